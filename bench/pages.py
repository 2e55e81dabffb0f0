"""Time and queries of plan page and editor with 60, 300 and 2,000 items; edits in them: bench/steps.py.

Run:  DEBUG=false SECRET_KEY=$(head -c 40 /dev/zero | tr '\\0' x) python -m bench.pages
Works on a throw-away database in memory (or in a database beside DATABASE_URL, as tests do). Each figure
is the median of 15 requests, subject and base in turns, of the whole request through Django's handler.
"""

from __future__ import annotations

import os
import statistics
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "districtplans.test_settings"

import django

django.setup()

from django.conf import settings  # noqa: E402 -- only after the set-up above
from django.db import connection  # noqa: E402 -- only after the set-up above
from django.test import Client  # noqa: E402 -- only after the set-up above
from django.test.runner import DiscoverRunner  # noqa: E402 -- only after the set-up above
from django.test.utils import CaptureQueriesContext  # noqa: E402 -- only after the set-up above

ROUNDS = 15
SIZES = (60, 300, 2000)


def make_plans() -> tuple[Client, dict[str, str]]:
    from plans.enums import Layout
    from tests.builders import make_district, make_plan, make_secretary, node

    district = make_district()
    client = Client()
    client.force_login(make_secretary(district))
    paths = {}
    for number, size in enumerate(SIZES):
        sentence = "由承辦課室每季檢討辦理情形，並將結果公布於本所網站，供民眾查閱及提出建議。"
        for layout in (Layout.OUTLINE, Layout.RESPONSIBILITY):
            groups = []
            for _ in range(size // 12):
                lines = [node(text=f"第{place}款{sentence}") for place in range(10)]
                groups.append(node("heading", title="便民服務及流程簡化措施", children=lines))
            theme = node("heading", title="優質服務", children=groups)
            chapter = node("chapter", title="計畫內容", layout=layout, children=[theme])
            year = 2030 + 2 * number + (layout == Layout.OUTLINE)
            plan = make_plan(district, year=year, chapters=(chapter,))
            paths[f"{size} items, {layout}"] = f"/plans/{plan.pk}/"
    return client, paths


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
        client, paths = make_plans()
        base_path = "/accounts/password/change/"
        for path in (base_path, *paths.values()):
            measure(client, path)
        base: list[float] = []
        times: dict[str, list[float]] = {name: [] for name in paths}
        editor: dict[str, list[float]] = {name: [] for name in paths}
        for _ in range(ROUNDS):
            base.append(measure(client, base_path))
            for name, path in paths.items():
                times[name].append(measure(client, path))
                editor[name].append(measure(client, f"{path}edit/"))
        print(f"{connection.vendor}, load {os.getloadavg()[0]:.1f}, median of {ROUNDS}")
        floor = statistics.median(base)
        print(f"{'an empty signed-in page':28} {floor:8.1f} ms")
        for name, path in paths.items():
            with CaptureQueriesContext(connection) as queries:
                client.get(path)
            middle = statistics.median(times[name])
            print(f"{name:28} {middle:8.1f} ms  {middle / floor:6.1f}x  {len(queries)} queries")
        for name, spent in editor.items():
            print(f"{name:28} {statistics.median(spent):8.1f} ms in the editor")
    finally:
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main()
