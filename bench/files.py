"""Files handed out to those who may have them, against the same bytes as a static file in the same server.

Run:  python -m bench.files [--kilobytes 300] [--rounds 200] [--database postgres]

Starts gunicorn on a throw-away database with one plan in force, whose PDF is there, and fetches that in turns
with a file of the same bytes that WhiteNoise hands out: by a person of the district and by an evaluator of
the city, whole, and with the digest they have already (304). One connection stays open, one process
serves. Time is told twice: by the clock, and as the processor's, of the server's process and of PostgreSQL's,
so that a busy machine changes it little. Ratios are of static time to ours, 1.0 is as fast; the goal is 1.0
for a 304 and 0.55 for the body, both of WhiteNoise's body.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.serving import free_port, settled, start_server, throw_away

WARM_UP = 20
NAME = "bench/plan.pdf"


@dataclass
class Fetch:
    """One way to ask for the bytes, and how long the answers took."""

    name: str
    path: str
    headers: dict[str, str]
    status: int
    size: int
    clock: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)

    def go(self, connection: http.client.HTTPConnection, spent: Callable[[], float]) -> None:
        began, start = spent(), time.perf_counter()
        connection.request("GET", self.path, headers=self.headers)
        response = connection.getresponse()
        body = response.read()
        self.clock.append((time.perf_counter() - start) * 1000)
        self.work.append((spent() - began) * 1000)
        assert (response.status, len(body)) == (self.status, self.size), (
            self.name,
            response.status,
            len(body),
        )


def make_file(data: bytes) -> tuple[Any, dict[str, str]]:
    """Return the file of a plan in force, and the cookies of those who may fetch it by who they are."""
    from django.conf import settings
    from django.core.files.base import ContentFile
    from django.test import Client
    from django.utils import timezone

    from accounts.enums import Role
    from documents import services
    from documents.models import FileState
    from plans.models import Plan
    from tests.builders import make_holder

    plan = Plan.objects.filter(in_force__isnull=False).select_related("district__city", "in_force")[0]
    file = services.request_version(plan, plan.in_force)
    file.file.save(f"{plan.pk}.pdf", ContentFile(data), save=False)
    file.state, file.sha256, file.ready_at = FileState.READY, hashlib.sha256(data).hexdigest(), timezone.now()
    file.save()
    cookies = {}
    for who, person in {
        "of the district": make_holder(Role.SECRETARIAT, plan.district),
        "of the city": make_holder(Role.EVALUATOR, plan.district.city),
    }.items():
        client = Client()
        client.force_login(person)
        cookies[who] = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    return file, cookies


def spending(server: int) -> Callable[[], float]:
    """Return what tells the seconds of the processor that the server's processes have had."""
    from django.db import connection

    # The arbiter starts the one process that serves, which holds on to one connection.
    (worker,) = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    processes = [worker]
    if connection.vendor == "postgresql":
        own = connection.connection.info.backend_pid if connection.connection else 0
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            processes += [str(pid) for (pid,) in cursor.fetchall() if pid != own]

    def spent() -> float:
        # Of each thread: the one that serves is none that the process began with.
        return (
            sum(
                int(told.read_text().split()[0])
                for process in processes
                for told in Path(f"/proc/{process}/task").glob("*/schedstat")
            )
            / 1e9
        )

    return spent


def measure(fetches: list[Fetch], port: int, server: int, rounds: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(WARM_UP):
        for fetch in fetches:
            fetch.go(connection, lambda: 0.0)
    spent = spending(server)
    for fetch in fetches:
        fetch.clock, fetch.work = [], []
    for _ in range(rounds):
        for fetch in fetches:
            fetch.go(connection, spent)


def report(fetches: list[Fetch]) -> None:
    base = fetches[0]
    for fetch in fetches:
        clock, work = statistics.median(fetch.clock), statistics.mean(fetch.work)
        words = f"{fetch.name:34} {clock:7.2f} ms {work:7.2f} ms of the processor"
        if fetch is not base:
            of_clock = statistics.median(base.clock) / clock
            of_work = statistics.mean(base.work) / work
            goal = 1.0 if fetch.status == 304 else 0.55
            words += f"  {of_clock:.2f}x by the clock, {of_work:.2f}x by the processor"
            words += "" if of_work >= goal else f"  under {goal}x"
        print(words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kilobytes", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    database = settled(options.database)
    with tempfile.TemporaryDirectory() as directory:
        throw_away(Path(directory), database, STATIC_ROOT=f"{directory}/static")
        run(Path(directory), options)


def run(folder: Path, options: argparse.Namespace) -> None:
    from django.core.management import call_command
    from django.db import connection

    from districtplans.demo.scale import add_scale

    call_command("collectstatic", interactive=False, verbosity=0)
    add_scale(1)
    data = b"%PDF-1.7\n" + os.urandom(options.kilobytes * 1024 - 9)
    copy = folder / "static" / NAME
    copy.parent.mkdir()
    copy.write_bytes(data)
    file, cookies = make_file(data)
    base = Fetch("WhiteNoise, the body", f"/static/{NAME}", {}, 200, len(data))
    fetches = [base]
    for who, cookie in cookies.items():
        headers, known = {"Cookie": cookie}, {"Cookie": cookie, "If-None-Match": f'"{file.sha256}"'}
        fetches += [
            Fetch(f"a person {who}, 304", f"/files/{file.pk}/", known, 304, 0),
            Fetch(f"a person {who}, the body", f"/files/{file.pk}/", headers, 200, len(data)),
        ]
    port, began = free_port(), os.getloadavg()[0]
    server = start_server(port, folder / "server.log", workers=1, threads=2)
    try:
        measure(fetches, port, server.pid, options.rounds)
    finally:
        server.terminate()
        server.wait(20)
    print(f"{connection.vendor}, {options.kilobytes} kB, {options.rounds} times each")
    print(f"load {began:.1f} at the start and {os.getloadavg()[0]:.1f} at the end")
    report(fetches)


if __name__ == "__main__":
    main()
