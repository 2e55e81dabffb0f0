"""Time and queries of the city's desk and overview: 158 districts of one city, three years.

Run:  DEBUG=false SECRET_KEY=$(head -c 40 /dev/zero | tr '\\0' x) python -m bench.review
Works on a throw-away database in memory (or in a database beside DATABASE_URL, as tests do). Each figure is
the median of 15 requests, subject and base in turns, of the whole request through Django's handler. Goals:
a table of 158 rows in at most 8 times an empty signed-in page, lists in at most 8 queries.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import time
from itertools import cycle

os.environ["DJANGO_SETTINGS_MODULE"] = "districtplans.test_settings"

import django

django.setup()

from django.conf import settings  # noqa: E402 -- only after the set-up above
from django.db import connection  # noqa: E402 -- only after the set-up above
from django.test import Client  # noqa: E402 -- only after the set-up above
from django.test.runner import DiscoverRunner  # noqa: E402 -- only after the set-up above
from django.test.utils import CaptureQueriesContext  # noqa: E402 -- only after the set-up above

ROUNDS = 15
DISTRICTS = 158
YEARS = (2024, 2025, 2026)
FILING = ("send_for_signature", "sign", "file")
TAKEN = (*FILING, "take_in_hand")
APPROVED = (*TAKEN, "approve")
# Earlier years are in force; of the last one districts stand everywhere.
WAYS = ((), FILING, FILING, TAKEN, (*TAKEN, "return", *FILING), APPROVED, (*TAKEN, "return"))
BASE = "/accounts/password/change/"


def make_city() -> tuple[Client, dict[str, str]]:
    from accounts.enums import Role
    from review.models import DeadlineRule
    from tests.builders import make_city, make_district, make_holder
    from tests.review.desk_rows import make_way

    city = make_city()
    DeadlineRule.objects.create(city=city, month=4)
    evaluator = make_holder(Role.EVALUATOR, city)
    steps = cycle(WAYS)
    plan = None
    for _ in range(DISTRICTS):
        district = make_district(city)
        for year in YEARS:
            names = next(steps) if year == YEARS[-1] else APPROVED
            way = make_way(district=district, evaluator=evaluator, year=year)
            if names:
                way.go(*names, at=dt.datetime(year, 4, 10, tzinfo=dt.UTC))
            if year == YEARS[-1] and names == TAKEN and plan is None:
                plan = way.plan
    assert plan is not None
    client = Client()
    client.force_login(evaluator)
    return client, {
        "desk, waiting": "/desk/",
        "desk, all filed": "/desk/?show=all",
        "desk, one plan": f"/desk/{plan.pk}/?since=year",
        "overview, this year": f"/overview/?year={YEARS[-1]}",
        "overview, all in force": f"/overview/?year={YEARS[0]}",
        "list of plans": "/plans/",
        "first page": "/",
    }


def measure(client: Client, path: str) -> float:
    start = time.perf_counter()
    response = client.get(path)
    elapsed = time.perf_counter() - start
    assert response.status_code == 200, (path, response.status_code)
    return elapsed * 1000


def main() -> None:
    settings.DEBUG = False
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        client, paths = make_city()
        for path in (BASE, *paths.values()):
            measure(client, path)
        base: list[float] = []
        times: dict[str, list[float]] = {name: [] for name in paths}
        for _ in range(ROUNDS):
            for name, path in paths.items():
                base.append(measure(client, BASE))
                times[name].append(measure(client, path))
        floor = statistics.median(base)
        print(f"{connection.vendor}, load {os.getloadavg()[0]:.1f}, median of {ROUNDS}")
        print(f"{'an empty signed-in page':28} {floor:8.1f} ms")
        for name, path in paths.items():
            with CaptureQueriesContext(connection) as queries:
                client.get(path)
            middle = statistics.median(times[name])
            print(f"{name:28} {middle:8.1f} ms  {middle / floor:6.1f}x  {len(queries)} queries")
    finally:
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main()
