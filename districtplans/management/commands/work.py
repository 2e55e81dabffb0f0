from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from core.audit_seals import seal_events
from documents.services import forget_files, forget_tasks, take_up_stuck_files, take_up_stuck_imports
from plans.services.presence import forget_old
from review.services.mail import send_waiting

logger = logging.getLogger(__name__)

# Fonts and layout leave some memory behind; a fresh process now and then keeps it bounded.
JOBS_BEFORE_RENEWAL = 200
NICE = 10  # pages come before documents
FORGET_EVERY = 3600.0  # seconds between deletions of what nobody asks for any more
LOOK_EVERY = 30.0  # seconds between looks for work a dead worker left
SEAL_EVERY = 60.0  # seconds between seals of the audit log
POST_EVERY = 2.0  # seconds between looks for mails to send
POST_REST = 30.0  # seconds before a mail server that was not there is asked again
REST = 5.0  # seconds between two starts of a worker that cannot stay alive, as while the database is away


class Command(BaseCommand):
    help = "Do the background work: read imports, make files, send mails. Runs until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--interval", type=float, default=0.5, help="seconds between looks for work")
        parser.add_argument("--as-worker", action="store_true", help="for this command's own use")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["as_worker"]:
            work_until_closed(options["interval"], sys.stdin.fileno())
        else:
            self.supervise(options["interval"])

    def supervise(self, interval: float) -> None:
        os.nice(NICE)
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        # A thread of its own: a slow mail server must not keep this one from looking after the worker.
        postman = threading.Thread(target=self.post, args=(stopping,), daemon=True)
        postman.start()
        child, started, looked, forgot, sealed = start_worker(interval), time.monotonic(), 0.0, 0.0, 0.0
        while not stopping.is_set():
            if child.poll() is not None:
                stopping.wait(max(0.0, started + REST - time.monotonic()))
                child, started = start_worker(interval), time.monotonic()
            if time.monotonic() - looked > LOOK_EVERY:
                looked = time.monotonic()
                self.take_up()
            if time.monotonic() - forgot > FORGET_EVERY:
                forgot = time.monotonic()
                self.forget()
            if time.monotonic() - sealed > SEAL_EVERY:
                sealed = time.monotonic()
                self.seal()
            stopping.wait(0.5)
        # The worker ends by itself when its input does, after the job in hand; a signal would break that off.
        child.communicate()
        postman.join(REST)  # a mail that takes longer stays claimed, and is seen to by the next worker

    def post(self, stopping: threading.Event) -> None:
        """Send mails until told to stop."""
        rest = POST_EVERY
        while not stopping.wait(rest):
            rest = POST_EVERY
            try:
                close_old_connections()
                if send_waiting(timezone.now()) is None:
                    rest = POST_REST
            except DatabaseError as error:
                self.stderr.write(f"could not look for mails to send: {error}")
                rest = POST_REST
            except Exception:  # the next mails must not wait for somebody to start the worker anew
                logger.exception("mails could not be sent")
                rest = POST_REST
        connection.close()

    def forget(self) -> None:
        try:
            close_old_connections()
            for forget in (forget_old, forget_files, forget_tasks):
                forget(timezone.now())
        except DatabaseError as error:
            self.stderr.write(f"could not delete what is out of date: {error}")

    def seal(self) -> None:
        try:
            close_old_connections()
            seal_events(timezone.now())
        except DatabaseError as error:
            self.stderr.write(f"could not seal the audit log: {error}")

    def take_up(self) -> None:
        now = timezone.now()
        try:
            close_old_connections()  # the database may have been started anew since the last look
            taken = take_up_stuck_files(now) + take_up_stuck_imports(now)
        except DatabaseError as error:
            self.stderr.write(f"could not look for work left over: {error}")
            return
        if taken:
            self.stdout.write(f"took up {taken} job(s) left by a stopped worker")


def start_worker(interval: float) -> subprocess.Popen[bytes]:
    """Start the process that works: a new interpreter, for a forked one inherits open connections.

    Its input is a pipe that closes when this process ends, however it ends; so no worker is left behind.
    """
    command = (
        *(sys.executable, str(settings.BASE_DIR / "manage.py"), "work", "--as-worker"),
        *("--interval", str(interval)),
    )
    # A session of its own: Ctrl+C in a terminal reaches all of a session, and would break off the job.
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 -- our own command line


def work_until_closed(interval: float, lifeline: int) -> None:
    """Do one job after another until there were many, or the file descriptor `lifeline` closes."""
    worker = Worker(
        queue_names=["*"],
        interval=interval,
        batch=False,
        backend_name="default",
        startup_delay=False,
        max_tasks=JOBS_BEFORE_RENEWAL,
        worker_id=get_random_string(32),
        excluded_queue_names=[],
    )

    def watch() -> None:
        while os.read(lifeline, 1024):
            pass
        worker.running = False

    threading.Thread(target=watch, daemon=True).start()
    # A manager of services may signal every process at once: the job in hand is finished all the same.
    worker.configure_signals()
    worker.run()
