from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from documents.services import take_up_stuck_files, take_up_stuck_imports

# Fonts and layout leave some memory behind; a fresh process now and then keeps it bounded.
JOBS_BEFORE_RENEWAL = 200
NICE = 10  # pages come before documents
LOOK_EVERY = 30.0  # seconds between looks for work a dead worker left


class Command(BaseCommand):
    help = "Do the background work: read imports, make files. Runs until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--interval", type=float, default=0.5, help="seconds between looks for work")

    def handle(self, *args: Any, **options: Any) -> None:
        os.nice(NICE)
        child: subprocess.Popen[bytes] | None = None

        def stop(*_: Any) -> None:
            if child is not None:
                child.terminate()
            sys.exit(0)

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        looked = 0.0
        while True:
            if child is None or child.poll() is not None:
                child = self.start_worker(options["interval"])
            if time.monotonic() - looked > LOOK_EVERY:
                looked = time.monotonic()
                self.take_up()
            time.sleep(0.5)

    @staticmethod
    def start_worker(interval: float) -> subprocess.Popen[bytes]:
        """Start the process that works: a new interpreter, for a forked one inherits open connections."""
        command = (
            *(sys.executable, str(settings.BASE_DIR / "manage.py"), "db_worker", "--queue-name", "*"),
            *("--interval", str(interval), "--max-tasks", str(JOBS_BEFORE_RENEWAL), "--no-reload"),
        )
        return subprocess.Popen(command)  # noqa: S603 -- our own command line

    def take_up(self) -> None:
        now = timezone.now()
        taken = take_up_stuck_files(now) + take_up_stuck_imports(now)
        if taken:
            self.stdout.write(f"took up {taken} job(s) left by a stopped worker")
