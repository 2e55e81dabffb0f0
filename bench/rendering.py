"""What pages take while the worker makes a PDF of 60 pages without pause, against when it rests.

Run:  python -m bench.rendering [--seconds 60] [--slice 6] [--pages 60] [--database postgres]

Starts gunicorn and `manage.py work` on a throw-away database, with plans of three districts in force and one
more that is long. As soon as a file of that one is made it is asked for anew, so that the worker always has
one in hand. A person fetches pages one after the other, for `--slice` seconds while the worker works and as
long while it is stopped (SIGSTOP), in turns until each had `--seconds`. Goals: the median at most 1.1 times,
the 99th percentile at most twice that of the pages alone. To be run on two cores that do nothing else: by the
clock, unlike the other benches, for what is waited for is what is asked.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench.serving import ROOT, served, settled, throw_away

DEEP = 3  # files that are asked for, so that one always waits
LINES_A_PAGE = 14.6
SENTENCE = (
    "由承辦課室每季檢討辦理情形，並將結果公布於本所網站，供民眾查閱及提出建議，必要時邀集相關單位研商改進。"
)


def make_long_plans(pages: int) -> None:
    """Queue the PDF of a plan in so many pages, in several wordings, each of which is a file."""
    from documents.services import request_file
    from plans.queries.documents import plan_document
    from tests.builders import make_plan, node

    for number in range(DEEP):
        lines = [node(text=f"第{place}款{SENTENCE}") for place in range(int(pages * LINES_A_PAGE))]
        groups = [
            node("heading", title=f"便民措施{at}", children=lines[at : at + 12])
            for at in range(0, len(lines), 12)
        ]
        plan = make_plan(year=2031 + number, chapters=(node("chapter", title="計畫內容", children=groups),))
        request_file(plan, plan_document(plan))


def ask_anew(stop: threading.Event, made: list[int]) -> None:
    """Ask for every file again that is made; `made` gets the pages of each."""
    import pikepdf
    from django.db import connection

    from documents.models import FileState, RenderedFile
    from documents.tasks import render_file

    while not stop.wait(0.2):
        for file in RenderedFile.objects.filter(state=FileState.READY):
            if len(made) < DEEP:
                with pikepdf.open(file.file.path) as pdf:
                    made.append(len(pdf.pages))
            else:
                made.append(0)
            RenderedFile.objects.filter(pk=file.pk).update(state=FileState.WAITING, attempts=0)
            render_file.enqueue(file.pk)
        for file in RenderedFile.objects.filter(state=FileState.FAILED):
            sys.exit(f"the file could not be made: {file.message}")
    connection.close()


def make_person() -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers of somebody of a district, and the pages they look at by name."""
    from django.conf import settings
    from django.test import Client

    from accounts.enums import Role
    from plans.models import Plan
    from tests.builders import make_holder

    plan = Plan.objects.filter(in_force__isnull=False).select_related("district").order_by("-year")[0]
    client = Client()
    client.force_login(make_holder(Role.SECRETARIAT, plan.district))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"}, {
        "an empty page": "/accounts/password/change/",
        "first page": "/",
        "list of plans": "/plans/",
        "district board": f"/dashboard/plans/{plan.pk}/",
        "plan": f"/plans/{plan.pk}/",
    }


def working(supervisor: int) -> int:
    """Return the process that makes files; the one that looks after it starts it anew now and then."""
    (child,) = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    return int(child)


Times = dict[tuple[bool, str], list[float]]


def measure(port: int, worker: int, options: argparse.Namespace) -> Times:
    headers, pages = make_person()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times: Times = defaultdict(list)

    def fetch(name: str) -> float:
        start = time.perf_counter()
        connection.request("GET", pages[name], headers=headers)
        response = connection.getresponse()
        response.read()
        assert response.status == 200, (pages[name], response.status)
        return (time.perf_counter() - start) * 1000

    for name in [*pages] * 10:
        fetch(name)
    for number in range(2 * round(options.seconds / options.slice)):
        is_busy = bool(number % 2)
        child = working(worker)
        os.kill(child, signal.SIGCONT if is_busy else signal.SIGSTOP)
        time.sleep(0.3)
        ends = time.monotonic() + options.slice
        for name in itertools.cycle(pages):
            if time.monotonic() > ends:
                break
            times[is_busy, name].append(fetch(name))
        os.kill(child, signal.SIGCONT)
    return times


def report(times: Times) -> None:
    names = list(dict.fromkeys(name for _busy, name in times))
    every: dict[bool, list[float]] = {
        is_busy: [value for name in names for value in times[is_busy, name]] for is_busy in (False, True)
    }
    for name in [*names, "all of them"]:
        alone, beside = (
            every[is_busy] if name == "all of them" else times[is_busy, name] for is_busy in (False, True)
        )
        words = [f"{name:16} {len(alone):5} alone, {len(beside):5} beside"]
        for title, rank, goal in (("p50", 50, 1.1), ("p99", 99, 2.0)):
            old, new = (statistics.quantiles(values, n=100)[rank - 1] for values in (alone, beside))
            words.append(f"{title} {old:6.1f} → {new:6.1f} ms {new / old:.2f}x")
            words += [f"over {goal}x"] if new / old > goal else []
        print("  ".join(words))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--slice", type=float, default=6)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    database = settled(options.database)
    with tempfile.TemporaryDirectory() as directory:
        throw_away(Path(directory), database, STATIC_ROOT=f"{directory}/static")
        run(Path(directory), options)


def run(folder: Path, options: Any) -> None:
    from django.core.management import call_command
    from django.db import connection

    from districtplans.demo.scale import add_scale

    call_command("collectstatic", interactive=False, verbosity=0)
    add_scale(3)
    make_long_plans(options.pages)
    stop, made = threading.Event(), list[int]()
    asking = threading.Thread(target=ask_anew, args=(stop, made), daemon=True)
    began = os.getloadavg()[0]
    with served(folder / "server.log") as port:
        worker = subprocess.Popen([sys.executable, "manage.py", "work"], cwd=ROOT)
        try:
            asking.start()
            while len(made) < DEEP:  # with its fonts loaded
                time.sleep(0.5)
            times = measure(port, worker.pid, options)
        finally:
            stop.set()
            os.kill(working(worker.pid), signal.SIGKILL)  # the file in hand is nobody's
            worker.terminate()
            worker.wait(30)
    pages = "/".join(map(str, made[:DEEP]))
    print(f"{connection.vendor}, {len(made)} files made of {pages} pages")
    print(
        f"load {began:.1f} at the start and {os.getloadavg()[0]:.1f} at the end, {os.cpu_count()} processors"
    )
    report(times)


if __name__ == "__main__":
    main()
