"""Time of the audit log's page with many events, of writing one, of sealing and verifying all.

Run:  DEBUG=false SECRET_KEY=$(head -c 40 /dev/zero | tr '\\0' x) python -m bench.audit [--events 200000]
Works on a throw-away database in memory (or in a database beside DATABASE_URL, as tests do). The events are
of six cities and 158 districts; more than half of them are of the city that is read. Each figure of a page is
the median of seven requests, subject and base in turns, of the whole request through Django's handler.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import statistics
import time
from collections.abc import Callable
from functools import partial

os.environ["DJANGO_SETTINGS_MODULE"] = "districtplans.test_settings"

import django

django.setup()

from django.conf import settings  # noqa: E402 -- only after the set-up above
from django.db import connection, transaction  # noqa: E402 -- only after the set-up above
from django.test import Client  # noqa: E402 -- only after the set-up above
from django.test.runner import DiscoverRunner  # noqa: E402 -- only after the set-up above
from django.test.utils import CaptureQueriesContext  # noqa: E402 -- only after the set-up above
from django.utils import timezone  # noqa: E402 -- only after the set-up above

ROUNDS = 7
CITIES, DISTRICTS, PEOPLE = 6, 158, 4000
YEARS = 3
BASE = "/accounts/password/change/"
KINDS = {
    "sign_in": 45,
    "sign_out": 25,
    "export": 12,
    "step": 8,
    "sign_in_failed": 4,
    "refusal": 3,
    "extension": 2,
    "appointment": 1,
}
SURNAMES, NAMES = "王李陳林張黃吳劉蔡楊許鄭謝洪郭", "小大文美志俊淑雅家怡明華玲芬豪傑君婷宏偉"


def make_log(count: int) -> tuple[Client, dict[str, str]]:
    from accounts.enums import Role
    from accounts.models import User
    from core.audit import digest_of, words_of
    from core.models import AuditEvent
    from tests.builders import make_city, make_district, make_holder

    chance = random.Random(1)  # noqa: S311 -- no secret
    cities = [make_city() for _ in range(CITIES)]
    districts = [make_district(cities[0 if number % 2 else number % CITIES]) for number in range(DISTRICTS)]
    names = [
        "".join((chance.choice(SURNAMES), chance.choice(NAMES), chance.choice(NAMES))) for _ in range(PEOPLE)
    ]
    User.objects.bulk_create(User(username=f"staff{at}", full_name=name) for at, name in enumerate(names))
    now = timezone.now()
    kinds = chance.choices(list(KINDS), list(KINDS.values()), k=count)
    rows = []
    for number, kind in enumerate(kinds):
        person = chance.randrange(PEOPLE)
        district = districts[person % DISTRICTS]
        is_of_plan = kind in {"export", "step", "extension", "refusal"}
        year = 113 + number % 3
        row = AuditEvent(
            kind=kind,
            at=now - dt.timedelta(days=365 * YEARS) * (1 - number / count),
            actor=person,
            username=f"staff{person}",
            name=names[person],
            city=district.city_id,
            district=district.pk,
            subject="plans.plan" if is_of_plan else "",
            key=number % 500 if is_of_plan else None,
            label=f"{district.agency_name}{year}年度提升服務執行計畫" if is_of_plan else "",
            address=f"/plans/{number % 500}/" if is_of_plan else "",
            client=f"10.{person % 200}.{person % DISTRICTS}.7",
            details={"step": "approve", "before": "submitted", "after": "approved"} if kind == "step" else {},
        )
        row.search_text = words_of(row)
        row.sha256 = digest_of(row)
        rows.append(row)
        if len(rows) == 5000:
            AuditEvent.objects.bulk_create(rows)
            rows = []
    AuditEvent.objects.bulk_create(rows)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    client = Client()
    client.force_login(make_holder(Role.AUDITOR, cities[0]))
    old = timezone.localdate() - dt.timedelta(days=700)
    roc = f"{old.year - 1911}.{old.month}.{old.day}"
    district = next(one for one in districts if one.city_id == cities[0].pk)
    paths = {
        "newest": "",
        "a kind": "kind=appointment",
        "a district": f"district={district.pk}",
        "a person": f"person={names[1]}",
        "a part of a name": "person=王",
        "days two years ago": f"since={roc}&until={roc}",
        "a word that is everywhere": "q=計畫",
        "a word of a step": "q=核定",
        "a word that is nowhere": "q=沒有這個詞",
        "that, of one kind": "q=沒有這個詞&kind=refusal",
        "that, of a month": f"q=沒有這個詞&since={roc}&until={(old + dt.timedelta(days=30)).year - 1911}."
        f"{(old + dt.timedelta(days=30)).month}.{(old + dt.timedelta(days=30)).day}",
        "an old page": f"before={int((now - dt.timedelta(days=800)).timestamp() * 1_000_000)}-1",
    }
    return client, {name: f"/audit/?{query}" for name, query in paths.items()}


def timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def get(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200, path


def write_one() -> None:
    from core.audit import Place, Subject, record
    from core.enums import AuditKind

    with transaction.atomic():
        record(AuditKind.EXPORT, actor=None, places=[Place(1, 2)], subject=Subject("plans.plan", 1, "某計畫"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    options = parser.parse_args()
    settings.DEBUG = False
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        client, paths = make_log(options.events)
        measure_pages(client, paths, options.events)
        measure_rest(client)
    finally:
        runner.teardown_databases(databases)


def measure_pages(client: Client, paths: dict[str, str], events: int) -> None:
    for path in (BASE, *paths.values()):
        get(client, path)
    base: list[float] = []
    times: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(ROUNDS):
        for name, path in paths.items():
            base.append(timed(partial(get, client, BASE)))
            times[name].append(timed(partial(get, client, path)))
    floor = statistics.median(base)
    print(f"{connection.vendor}, {events} events, load {os.getloadavg()[0]:.1f}, median of {ROUNDS}")
    print(f"{'an empty signed-in page':28} {floor:8.1f} ms")
    for name, path in paths.items():
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        middle = statistics.median(times[name])
        print(f"{name:28} {middle:8.1f} ms  {middle / floor:6.1f}x  {len(queries)} queries")


def measure_rest(client: Client) -> None:
    from core.audit_seals import AuditTally, altered_events, seal_events

    print(f"{'to write an event':28} {statistics.median(timed(write_one) for _ in range(50)):8.2f} ms")
    print(f"{'to seal all':28} {timed(lambda: seal_events(timezone.now())) / 1000:8.1f} s")
    print(f"{'to verify all':28} {timed(lambda: list(altered_events(AuditTally()))) / 1000:8.1f} s")
    day = timezone.localdate() - dt.timedelta(days=100)
    since = f"{day.year - 1911}.{day.month}.{day.day}"
    for kind in ("csv", "xlsx", "ods"):
        spent = timed(partial(get, client, f"/audit/?format={kind}&kind=export&since={since}"))
        print(f"{kind + ' of some months':28} {spent / 1000:8.1f} s")


if __name__ == "__main__":
    main()
