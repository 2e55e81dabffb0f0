"""Time of each edit in plans of 60, 300 and 2,000 items: steps, new lines, deletion, what follows them.

Run:  DEBUG=false SECRET_KEY=$(head -c 40 /dev/zero | tr '\\0' x) python -m bench.steps [layout ...]
Works on a throw-away database in memory (or in a database beside DATABASE_URL, as tests do). Each figure is
the median of 15 requests, sent as the editor's script sends them and taken in turns in each plan:
milliseconds by the clock and of this process, and how many times those in the smallest plan. Goal: 1.5 times.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "districtplans.test_settings"

import django

django.setup()

from django.conf import settings  # noqa: E402 -- only after the set-up above
from django.db import connection  # noqa: E402 -- only after the set-up above
from django.test import Client  # noqa: E402 -- only after the set-up above
from django.test.runner import DiscoverRunner  # noqa: E402 -- only after the set-up above
from django.test.utils import CaptureQueriesContext  # noqa: E402 -- only after the set-up above

ROUNDS, WARM = 15, 2
SIZES = (60, 300, 2000)
LAYOUTS = ("outline", "responsibility", "responsibility with units", "target_table")
SENTENCE = "由承辦課室每季檢討辦理情形，並將結果公布於本所網站，供民眾查閱及提出建議。"


def make_plan_of(size: int, layout: str, year: int, district: Any) -> int:
    from plans.document import UnitName
    from tests.builders import make_plan, node

    name, has_units = layout.removesuffix(" with units"), layout.endswith(" with units")
    groups = []
    for _ in range(size // 12):
        lines = [
            node(
                text=f"第{place}款{SENTENCE}",
                units=(UnitName(f"第{place % 4}課"),) if has_units and place % 2 else (),
            )
            for place in range(10)
        ]
        groups.append(node("heading", title="便民服務及流程簡化措施", children=lines))
    theme = node("heading", title="優質服務", children=groups)
    chapter = node("chapter", title="計畫內容", layout=name, children=[theme])
    return make_plan(district, year=year, chapters=(chapter,)).pk


class Editor:
    """One plan open in the editor: sends what its script sends, each time from an up-to-date page."""

    def __init__(self, client: Client, plan: int) -> None:
        from plans.models import Item, Plan

        self.client, self.plan, self.items, self.plans = client, plan, Item.objects, Plan.objects
        self.path = f"/plans/{plan}/"
        rows = list(Item.objects.filter(plan=plan).order_by("pk"))
        self.headings = [row for row in rows if row.kind == "heading" and row.parent_id != rows[0].pk]
        self.heading = self.headings[len(self.headings) // 2]
        self.lines = [row for row in rows if row.parent_id == self.heading.pk]
        self.line = self.lines[5]
        self.count = itertools.count(1)

    def revision(self) -> str:
        return str(self.plans.values_list("revision", flat=True).get(pk=self.plan))

    def send(self, what: str, data: dict[str, Any]) -> dict[str, Any]:
        own = {"token": str(uuid.uuid4()), "revision": self.revision()}
        with taken:
            response = self.client.post(self.path + what, own | data, HTTP_ACCEPT="application/json")
        assert response.status_code == 200, response.content[:300]
        answer: dict[str, Any] = response.json()
        assert not answer.get("reload") or what.endswith("edit/"), what
        return answer

    def at(self, item: Any, what: str, **data: str) -> dict[str, Any]:
        return self.send(f"items/{item.uid}/{what}/", data)

    def get(self, what: str) -> None:
        with taken:
            response = self.client.get(self.path + what)
        assert response.status_code == 200, response.content[:300]

    def save(self, **changed: str) -> None:
        from plans.services.items import values_of

        base = values_of(self.items.get(pk=self.line.pk))
        data = {name: base[name] for name in ("title", "text", "kind")} | {"numbered": "on"}
        self.at(self.line, "edit", **data | changed, base=json.dumps(base))


class Stopwatch:
    """Adds up what was spent inside `with`."""

    def __init__(self) -> None:
        self.wall = self.own = 0.0

    def __enter__(self) -> None:
        self.started = time.perf_counter(), time.process_time()

    def __exit__(self, *_what: object) -> None:
        self.wall += time.perf_counter() - self.started[0]
        self.own += time.process_time() - self.started[1]

    def read(self) -> tuple[float, float]:
        spent = self.wall * 1000, self.own * 1000
        self.wall = self.own = 0.0
        return spent


taken = Stopwatch()


def edits(editor: Editor) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield each edit by name; those that come in pairs undo one another."""
    line, heading, lines = editor.line, editor.heading, editor.lines
    yield "save words", lambda: editor.save(text=f"{SENTENCE}{next(editor.count)}")
    yield "show a line again", lambda: editor.get(f"edit/?pieces=i-{line.uid}")
    yield "line up", lambda: editor.at(line, "step", step="up")
    yield "line down", lambda: editor.at(line, "step", step="down")
    yield "line in", lambda: editor.at(line, "step", step="in")
    yield "line out", lambda: editor.at(line, "step", step="out")
    yield (
        "line under another heading",
        lambda: editor.at(line, "move", place=str(editor.headings[0].uid), how="below"),
    )
    yield "line back", lambda: editor.at(line, "move", place=str(lines[4].uid), how="after")
    yield "heading up", lambda: editor.at(heading, "step", step="up")
    yield "heading down", lambda: editor.at(heading, "step", step="down")
    yield "line deleted", lambda: editor.at(line, "delete")
    yield "line brought back", lambda: editor.at(line, "bring-back")
    yield "heading deleted", lambda: editor.at(heading, "delete")
    yield "heading brought back", lambda: editor.at(heading, "bring-back")
    new: list[str] = []

    def add() -> None:
        new[:] = editor.send(
            "items/add/",
            {"parent": str(heading.uid), "after": str(line.uid), "kind": "action", "text": SENTENCE},
        )["uids"]

    def paste() -> None:
        text = "\n".join(SENTENCE for _ in range(5))
        new[:] = editor.send("items/paste/", {"after": str(line.uid), "lines": text})["uids"]

    def drop() -> None:
        editor.items.filter(uid__in=new).delete()

    yield "new line", add
    yield "", drop
    yield "paste of five lines", paste
    yield "", drop
    yield "beat", lambda: editor.send("presence/", {"uid": str(line.uid)})
    yield "marks", lambda: editor.get("marks/")


def report(
    layout: str, spent: dict[tuple[int, str], list[tuple[float, float]]], queries: dict[str, int]
) -> None:
    print(f"\n{layout}, load {os.getloadavg()[0]:.1f}")
    for name, found in queries.items():
        columns = []
        for way in (0, 1):
            times = [statistics.median(one[way] for one in spent[size, name][WARM:]) for size in SIZES]
            columns += [f"{time:6.1f}" for time in times] + ["ms"]
            columns += [f"{time / times[0]:5.2f}x" for time in times[1:]]
            columns += ["  own time"] * (way == 0)
        print(f"{name:27}", *columns, f" {found} queries")


def main(layouts: list[str]) -> None:
    from tests.builders import make_district, make_secretary

    settings.DEBUG = False
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        district = make_district()
        client = Client()
        client.force_login(make_secretary(district))
        years = itertools.count(2001)
        print(f"{connection.vendor}, {', '.join(map(str, SIZES))} items, median of {ROUNDS}")
        for layout in layouts:
            editors = {
                size: Editor(client, make_plan_of(size, layout, next(years), district)) for size in SIZES
            }
            spent: dict[tuple[int, str], list[tuple[float, float]]] = defaultdict(list)
            queries: dict[str, int] = {}
            for _ in range(WARM + ROUNDS):
                pairs = zip(*(list(edits(editor)) for editor in editors.values()), strict=True)
                for pair in pairs:
                    for size, (name, edit) in zip(SIZES, pair, strict=True):
                        taken.read()
                        edit()
                        spent[size, name].append(taken.read())
            for name, edit in edits(editors[SIZES[-1]]):
                with CaptureQueriesContext(connection) as captured:
                    edit()
                if name:
                    queries[name] = len(captured)
            report(layout, spent, queries)
    finally:
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main(sys.argv[1:] or list(LAYOUTS))
