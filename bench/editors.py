"""Many people writing at once over HTTP: is a save ever lost, and how long does one take?

Run:  python -m bench.editors [--clients 50] [--items 5] [--seconds 60] [--pause 0] [--unchecked]
                              [--database postgres]

Starts gunicorn on a throw-away database and lets each client append its mark to a line, again and again,
always to the text it saw last, as a page does. Afterwards the history is walked: every text that was
accepted must stand there, made from exactly the text before it, and versions must be as many as accepted
saves. `--unchecked` lets clients claim that their text was made from the present one, which is what saving
without the comparison would do: it must show losses, or this bench could not see any.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import random
import re
import statistics
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.serving import served, settled, throw_away

LONGEST = 1500  # characters of a line before a client begins it anew
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


@dataclass
class Tally:
    accepted: dict[str, tuple[str, str]] = field(default_factory=dict)  # mark: text it was made from, uid
    conflicts: int = 0
    errors: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Editor(threading.Thread):
    """One person at one line: append a mark, save, and on a conflict go on from the other's text."""

    def __init__(self, number: int, job: dict[str, Any], options: argparse.Namespace, tally: Tally) -> None:
        super().__init__(daemon=True)
        self.number, self.job, self.options, self.tally = number, job, options, tally
        self.random = random.Random(number)  # noqa: S311 -- no secret
        self.address = f"/plans/{job['plan']}/items/{job['uid']}/edit/"

    def run(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.job["port"], timeout=60)
        base = dict(self.job["base"])
        self.ends = time.monotonic() + self.options.seconds
        count = 0
        while time.monotonic() < self.ends:
            count += 1
            time.sleep(self.options.pause * self.random.uniform(0.5, 1.5))
            base = self.save(base, f"[{self.number}.{count}]")

    def save(self, base: dict[str, Any], mark: str) -> dict[str, Any]:
        made_from = base["text"]
        text = mark if len(made_from) > LONGEST else made_from + mark
        claimed = self.present() if self.options.unchecked else base
        data = {
            "title": claimed["title"],
            "text": text,
            "kind": claimed["kind"],
            "numbered": "on",
            "base": json.dumps(claimed),
            "token": str(uuid.uuid4()),
            "person": self.job["person"],
        }
        start = time.perf_counter()
        status, answer = self.send(data)
        elapsed = time.perf_counter() - start
        with self.tally.lock:
            self.tally.times.append(elapsed)
            if status == 200:
                self.tally.accepted[mark] = (made_from, self.job["uid"])
                return answer["stored"] | answer["mine"]  # type: ignore[no-any-return]  # JSON
            if status == 409:
                self.tally.conflicts += 1
                return base | answer["theirs"]
            self.tally.errors.append(f"{status} {str(answer)[:200]}")
        time.sleep(0.2)
        return base

    def present(self) -> dict[str, Any]:
        self.connection.request("GET", self.address, headers={"Cookie": self.job["cookie"]} | FORM)
        answer = json.loads(self.connection.getresponse().read())
        found = re.search(r'name="base" value="([^"]*)"', answer["html"])
        assert found
        return json.loads(found[1].replace("&quot;", '"').replace("&amp;", "&"))  # type: ignore[no-any-return]  # JSON

    def send(self, data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        headers = FORM | {"Cookie": self.job["cookie"], "X-CSRFToken": self.job["csrf"]}
        for is_last in (False, True):
            try:
                self.connection.request("POST", self.address, urlencode(data), headers)
                response = self.connection.getresponse()
                body = response.read()
                break
            except (OSError, http.client.HTTPException) as error:
                # The server hangs up on who is silent for two seconds. Like a browser: dial again, ask again.
                self.connection.close()
                if is_last:
                    return 0, {"error": repr(error)}
        is_json = "json" in (response.headers.get("Content-Type") or "")
        return response.status, json.loads(body) if is_json else {
            "error": body[:200].decode(errors="replace")
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--items", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=0, help="seconds between two saves of one person")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--unchecked", action="store_true")
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    database = settled(options.database)
    with tempfile.TemporaryDirectory() as folder:
        throw_away(Path(folder), database)
        jobs = prepare(options)
        tally = measure(options, jobs, Path(folder))
        report(options, tally)


def prepare(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Make a plan, the people and their sessions; return what each client works with."""
    from django.conf import settings
    from django.middleware.csrf import _get_new_csrf_string
    from django.test import Client

    from plans.services.items import values_of
    from tests.builders import make_district, make_plan, make_secretary, node

    district = make_district()
    lines = [node(text="開始。") for _ in range(options.items)]
    plan = make_plan(district, chapters=(node("chapter", title="計畫內容", children=lines),))
    items = list(plan.items.filter(text="開始。"))
    jobs = []
    for number in range(options.clients):
        person = make_secretary(district)
        client = Client()
        client.force_login(person)
        item, csrf = items[number % len(items)], _get_new_csrf_string()
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        jobs.append(
            {
                "plan": plan.pk,
                "uid": str(item.uid),
                "person": person.pk,
                "csrf": csrf,
                "cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={csrf}",
                "base": values_of(item),
            }
        )
    return jobs


def measure(options: argparse.Namespace, jobs: list[dict[str, Any]], folder: Path) -> Tally:
    tally = Tally()
    with served(folder / "log", workers=options.workers) as port:
        people = [Editor(number, job | {"port": port}, options, tally) for number, job in enumerate(jobs)]
        for person in people:
            person.start()
        for person in people:
            person.join()
    return tally


def report(options: argparse.Namespace, tally: Tally) -> None:
    from django.db import connection

    from plans.models import Item

    lost, orphaned = [], []
    versions = sum(
        Item.objects.filter(uid__in={uid for _made, uid in tally.accepted.values()}).values_list(
            "version", flat=True
        )
    )
    items = len({uid for _made, uid in tally.accepted.values()})
    written: dict[str, list[str]] = defaultdict(list)
    for item in Item.objects.filter(uid__in={uid for _made, uid in tally.accepted.values()}):
        texts = [row.text for row in item.history.order_by("history_date", "history_id")]
        for before, after in itertools.pairwise(texts):
            mark = re.findall(r"\[[^\]]*\]$", after)[0]
            written[mark].append(after)
            if mark in tally.accepted and tally.accepted[mark][0] != before:
                orphaned.append(mark)  # made from another text than the one it took the place of
    lost = [mark for mark in tally.accepted if mark not in written]
    doubled = [mark for mark, texts in written.items() if len(texts) > 1]
    ordered = sorted(tally.times)
    p95 = ordered[int(len(ordered) * 0.95)] * 1000
    print(
        f"{connection.vendor}, load {os.getloadavg()[0]:.1f}, "
        f"{options.clients} clients on {options.items} items"
    )
    print(f"for {options.seconds:.0f} s: {len(tally.accepted)} saves accepted, {tally.conflicts} conflicts,")
    print(f"{len(tally.errors)} errors; versions counted {versions - items}")
    print(
        f"not in the history {len(lost)}, twice {len(doubled)}, written over another's text {len(orphaned)}"
    )
    print(
        f"a save: median {statistics.median(ordered) * 1000:.0f} ms, p95 {p95:.0f} ms, "
        f"slowest {ordered[-1] * 1000:.0f} ms"
    )
    for error in tally.errors[:5]:
        print("  ", error)
    goal = 500 if connection.vendor == "postgresql" else 800
    print(f"goal for p95: {goal} ms, {'reached' if p95 <= goal else 'missed'}")
    good = not (lost or doubled or orphaned or tally.errors) and versions - items == len(tally.accepted)
    print("LOSSES SHOWN, as expected" if options.unchecked and orphaned else "GOOD" if good else "NOT GOOD")


if __name__ == "__main__":
    main()
