"""Time to compare two plans of 60, 300 and 2,000 items: the pure part, the page, and its queries.

Run:  DEBUG=false SECRET_KEY=$(head -c 40 /dev/zero | tr '\\0' x) python -m bench.compare
Works on a throw-away database in memory (or in a database beside DATABASE_URL, as tests do). A tenth of the
lines is reworded, a twentieth removed, a twentieth added and some moved. "linked" knows which line was which,
as a plan made from last year's does; "by words" does not, as two imported years do. Medians of 9.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

os.environ["DJANGO_SETTINGS_MODULE"] = "districtplans.test_settings"

import django

django.setup()

from django.conf import settings  # noqa: E402 -- only after the set-up above
from django.db import connection  # noqa: E402 -- only after the set-up above
from django.test import Client  # noqa: E402 -- only after the set-up above
from django.test.runner import DiscoverRunner  # noqa: E402 -- only after the set-up above
from django.test.utils import CaptureQueriesContext  # noqa: E402 -- only after the set-up above

from plans.compare import compare  # noqa: E402 -- only after the set-up above
from plans.document import Node, PlanDocument  # noqa: E402 -- only after the set-up above

ROUNDS = 9
SIZES = (60, 300, 2000)
# Sentences of a usual length that are not all alike.
SUBJECTS = ("服務台", "各里辦公處", "公所網站", "調解委員會", "社區據點", "志工隊", "候位區", "單一窗口")
VERBS = ("每季檢討", "每月更新", "全年辦理", "逐案追蹤", "主動說明", "定期盤點", "隨時公布")
OBJECTS = (
    "申辦流程與書表範例",
    "等候時間及補件原因",
    "弱勢家庭訪視紀錄",
    "防災物資與收容場所",
    "多語資訊及無障礙設施",
)
ENDS = ("，並將結果公布於網站供民眾查閱。", "，由承辦課室彙整後提報會議。", "，年終列入成果報告。")


def sentence(number: int) -> str:
    subject, verb = SUBJECTS[number % 8], VERBS[number // 3 % 7]
    return f"{subject}{verb}{OBJECTS[number // 5 % 5]}{number}項{ENDS[number // 7 % 3]}"


def before(size: int, year: int) -> PlanDocument:
    from tests.builders import make_district, make_document, node

    groups = []
    for group in range(size // 12):
        lines = [node(text=sentence(group * 10 + place)) for place in range(10)]
        groups.append(node("heading", title=f"{OBJECTS[group % 5]}之精進{group}", children=lines))
    chapters = [node("chapter", title=f"第{number}部分", children=groups[number::5]) for number in range(5)]
    return make_document(make_district(), year=year, chapters=tuple(chapters))


def changed(document: PlanDocument, *, is_linked: bool) -> tuple[PlanDocument, dict[str, str]]:
    """Return next year's plan, and what it knows of which line was which."""
    from tests.builders import node

    links: dict[str, str] = {}
    count = 0

    def take(line: Node) -> list[Node]:
        nonlocal count
        count += 1
        below = [new for child in line.children for new in take(child)]
        if count % 30 == 7 and len(below) > 2:
            below.append(below.pop(0))
        fresh = node(line.kind, line.text, title=line.title, children=below)
        links[fresh.uid] = line.uid
        if line.children:
            return [fresh]
        if count % 20 == 3:
            return []
        if count % 10 == 4:
            fresh = replace(fresh, text=line.text.replace("，", "，自本年度起", 1).replace("每", "逐"))
        return [fresh, node(text=f"新增之{sentence(count + 5000)}")] if count % 20 == 9 else [fresh]

    chapters = tuple(new for chapter in document.chapters for new in take(chapter))
    facts = replace(document.facts, year=document.facts.year + 1)
    return PlanDocument(facts, chapters).numbered(), links if is_linked else {}


def median(work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def measure_pure(size: int) -> None:
    old = before(size, 2025)
    for name, is_linked in (("linked", True), ("by words", False)):
        new, links = changed(old, is_linked=is_linked)
        found = compare(old, new, predecessors=links)
        took = median(lambda new=new, links=links: compare(old, new, predecessors=links))
        counts = ", ".join(f"{kind} {count}" for kind, count in sorted(found.counts.items()))
        print(f"{size:5} items, {name:9} {took:8.1f} ms  {counts}")


def make_pages(size: int) -> tuple[Client, dict[str, str]]:
    """Return somebody who sees two linked years and two kept versions, and the addresses of comparisons."""
    from plans.models import Item, Plan
    from plans.services.plans import create_plan
    from plans.services.versions import keep_version
    from tests.builders import make_district, make_secretary

    district = make_district()
    secretary = make_secretary(district)
    document = before(size, 2025)
    old = create_plan(document, district=district, actor=secretary)
    next_year, links = changed(document, is_linked=True)
    new = create_plan(next_year, district=district, actor=secretary)
    keys = {str(uid): pk for uid, pk in Item.objects.filter(plan=old).values_list("uid", "pk")}
    items = list(Item.objects.filter(plan=new))
    for item in items:
        item.predecessor_id = keys.get(links.get(str(item.uid), ""))
    Item.objects.bulk_update(items, ["predecessor"], batch_size=500)
    Plan.objects.filter(pk=new.pk).update(predecessor=old)
    keep_version(new.pk, actor=secretary, name="before")
    for item in items[4::10]:
        item.text = item.text.replace("，", "，自本年度起", 1)
    Item.objects.bulk_update(items, ["text"], batch_size=500)
    keep_version(new.pk, actor=secretary, name="after")
    client = Client()
    client.force_login(secretary)
    page = f"/plans/{new.pk}/compare/"
    return client, {
        "two years": page,
        "two years, all lines": f"{page}?all=1",
        "two versions": f"{page}?of=version:2&with=version:1",
        "version and present": f"{page}?with=version:1",
    }


def measure_pages(size: int) -> None:
    client, paths = make_pages(size)
    empty = median(lambda: client.get("/accounts/password/change/"))
    for name, path in paths.items():
        with CaptureQueriesContext(connection) as queries:
            response = client.get(path)
        count = len(queries)
        assert response.status_code == 200, (path, response.status_code)
        took = median(lambda path=path: client.get(path))
        print(
            f"{size:5} items, {name:21} {took:8.1f} ms  {took / empty:5.1f}x an empty page, "
            f"{count} queries, {len(response.content) / 1024:.0f} KB"
        )


def main() -> None:
    settings.DEBUG = False
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        print(f"{connection.vendor}, load {os.getloadavg()[0]:.1f}, median of {ROUNDS}")
        print("the pure part")
        for size in SIZES:
            measure_pure(size)
        print("the page")
        for size in SIZES:
            measure_pages(size)
    finally:
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main()
