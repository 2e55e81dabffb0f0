"""Time and queries of the dashboards, the desk and the deadlines for every role, in a city of 158 districts.

Run:  python -m bench.dashboards [--districts 158] [--tenfold] [--database postgres]
                                 [--only WORDS] [--explain WORDS]

Works on a throw-away database, laid out with the migrations and filled as `seed_demo --scale` does: three
years of plans in force, 60 lines in four periods each. With --tenfold each page is also asked for, in turns,
in a second database with ten times the plans: the same rows once more for 27 years before, so that the city's
tables have as many rows as in the first. Each figure is the median of 15 requests, subject and base in turns,
of the whole request through Django's handler; the base is an empty page for somebody signed in. Time is the
processor's, of this process and of the one that PostgreSQL serves it by, so that a busy machine changes it
little. Goals, by the rows of tables that a page has, or the reports it prints: 2.5 times the base up to 20
rows, 5 times up to 110, 8 times up to 170, and in proportion beyond; at most 8 queries, and 12 where all that
was filed in a period is read; at most 1.2 times as long among ten times the plans, on pages that have as many
rows then.

The city's board and the list of plans are also fetched as peers were: by one client from gunicorn with two
sync workers, by the clock. There the goal is 17 ms and 30 ms in the middle, a tenth of theirs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bench.serving import served, settled, throw_away

if TYPE_CHECKING:
    from django.test import Client

ROUNDS = 15
BASE = "/accounts/password/change/"
WAITING = 100  # plans of the coming year on the city's desk
READ = b'<li class="report panel"'
TOLD = b'<li id="r-'  # a report by its title
MOST_QUERIES = 8
TO_CHECK = "a period, to check"
MOST_OF_PLAN = 12  # on the page that has all that was filed of a plan in a period
MOST_GROWTH = 1.2
LIMITS = ((20, 2.5), (110, 5.0), (170, 8.0))  # rows, times the base
ABSOLUTE = {"city board": 17.0, "list of plans": 30.0}  # ms, for a client
WARM_UP, FETCHES = 10, 60


class Page:
    """A page somebody opens, and how long it took, in the database as it is and among ten times the plans."""

    def __init__(self, role: str, name: str, client: Client, path: str) -> None:
        self.role, self.name, self.client, self.path = role, name, client, path
        self.base: list[float] = []
        self.times: list[float] = []
        self.tenfold: list[float] = []
        self.rows = self.queries = self.rows_tenfold = self.queries_tenfold = 0

    def __str__(self) -> str:
        return f"{self.role}: {self.name}"

    @property
    def ratio(self) -> float:
        return statistics.median(self.times) / statistics.median(self.base)

    @property
    def growth(self) -> float:
        return statistics.median(self.tenfold) / statistics.median(self.times)

    @property
    def limit(self) -> float:
        return next((most for rows, most in LIMITS if self.rows <= rows), LIMITS[-1][1] * self.rows / 158)

    def told(self) -> str:
        middle = statistics.median(self.times)
        words = [
            f"{self!s:42} {self.rows:4} rows {middle:7.1f} ms {self.ratio:5.1f}x {self.queries:3} queries"
        ]
        if self.ratio > self.limit:
            words.append(f"over {self.limit:.1f}x")
        most = MOST_OF_PLAN if self.name == TO_CHECK else MOST_QUERIES
        if max(self.queries, self.queries_tenfold) > most:
            words.append(f"over {most} queries")
        if self.tenfold:
            words.append(f"tenfold {self.growth:.2f}x")
            if self.queries_tenfold != self.queries:
                words.append(f"with {self.queries_tenfold} queries")
            if self.rows_tenfold > self.rows:
                words.append(f"with {self.rows_tenfold - self.rows} rows more")
            elif self.growth > MOST_GROWTH:
                words.append(f"over {MOST_GROWTH}x")
        return "  ".join(words)


class Database:
    """A database of the bench, for all that asks for the default one."""

    def __init__(self, name: str) -> None:
        from django.db import connections
        from django.db.utils import load_backend

        settings = {**connections.settings["default"], "NAME": name}
        self.connection = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, "default")
        is_file = self.connection.vendor == "sqlite"
        usual = urlsplit(os.environ["DATABASE_URL"])
        self.address = f"sqlite:///{name}" if is_file else usual._replace(path=f"/{name}").geturl()

    def use(self) -> None:
        from django.db import connections

        connections["default"] = self.connection


def spent() -> float:
    """Return the seconds the processor gave to this process, and to PostgreSQL's process that serves it."""
    from django.db import connection

    own = time.process_time()
    if connection.vendor == "sqlite":
        return own
    connection.ensure_connection()
    told = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return own + int(told.split()[0]) / 1e9


def get(client: Client, path: str) -> tuple[float, bytes]:
    start = spent()
    response = client.get(path)
    elapsed = (spent() - start) * 1000
    assert response.status_code == 200, (path, response.status_code)
    return elapsed, response.content


def make_pages(only: str) -> list[Page]:
    """Return the pages to measure, each for everybody whose page it is."""
    from django.test import Client

    from accounts.enums import Role
    from accounts.models import City, District, Unit
    from districtplans.demo.scale import CITY
    from indicators.models import Indicator
    from plans.models import Plan
    from progress.models import Period, TrackedLine
    from tests.builders import make_holder

    city = City.objects.get(name=CITY)
    district = District.objects.filter(city=city)[0]
    unit = Unit.objects.filter(district=district)[0]
    plan = Plan.objects.filter(district=district, in_force__isnull=False).order_by("-year")[0]
    line = TrackedLine.objects.filter(plan=plan, targets__isnull=False)[0]
    indicator = Indicator.objects.filter(district=district)[0]
    board, of_city = f"/dashboard/plans/{plan.pk}/", f"/dashboard/cities/{city.pk}/"
    everywhere = {"first page": "/", "list of plans": "/plans/", "deadlines": "/deadlines/"}
    of_plan = {
        "district board": board,
        "reports of a period": f"{board}reports/?period=3",
        "all reports": f"{board}reports/",
        "targets": f"{board}targets/",
        "line": f"/dashboard/lines/{line.pk}/",
        "indicator": f"/dashboard/indicators/{indicator.pk}/",
    }
    of_unit = {"unit board": f"/dashboard/units/{unit.pk}/"}
    of_all = {
        "city board": of_city,
        "city board of a group, sorted": f"{of_city}?group=甲組&sort=behind",
        "city, what is behind": f"{of_city}reports/?state=behind",
        "city, what is overdue": f"{of_city}reports/?state=overdue",
        "city, all reports": f"{of_city}reports/",
        "city, targets behind": f"{of_city}targets/?state=behind",
        "overview": "/overview/",
        "desk, waiting": "/desk/",
        "desk, all filed": "/desk/?show=all",
    }
    period = Period.objects.get(plan=plan, number=3)
    inside = {"checks": f"{board}checks/", TO_CHECK: f"/periods/{period.pk}/check/"}
    seen = {
        Role.UNIT_STAFF: (unit, of_unit | of_plan),
        Role.SECTION_CHIEF: (unit, of_unit | of_plan),
        Role.SECRETARIAT: (district, of_unit | of_plan | inside),
        Role.DISTRICT_HEAD: (district, of_unit | of_plan),
        Role.EVALUATOR: (city, of_plan | of_all),
        Role.CITY_ADMIN: (city, of_all),
        Role.AUDITOR: (city, of_all),
    }
    pages = []
    for role, (place, paths) in seen.items():
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(make_holder(role, place))
        pages += [Page(str(role), name, client, path) for name, path in (everywhere | paths).items()]
    return [page for page in pages if only in str(page)]


def measure(pages: list[Page], usual: Database, tenfold: Database | None) -> None:
    databases = [usual, *([tenfold] if tenfold else [])]
    for page in pages:
        for database in databases:
            database.use()
            for path in (BASE, page.path, page.path):
                get(page.client, path)
    for _ in range(ROUNDS):
        for page in pages:
            usual.use()
            page.base.append(get(page.client, BASE)[0])
            page.times.append(get(page.client, page.path)[0])
            if tenfold:
                tenfold.use()
                get(page.client, BASE)
                page.tenfold.append(get(page.client, page.path)[0])
    for page in pages:
        if tenfold:
            page.queries_tenfold, page.rows_tenfold = counted(page, tenfold)
        page.queries, page.rows = counted(page, usual)
        page.queries_tenfold = page.queries_tenfold or page.queries


def counted(page: Page, database: Database) -> tuple[int, int]:
    """Return how many queries a page takes there, and how many rows it has."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    database.use()
    with CaptureQueriesContext(connection) as queries:
        content = get(page.client, page.path)[1]
    return len(queries), sum(map(content.count, (b"<tr", READ, TOLD)))


def report(pages: list[Page], usual: Database, tenfold: Database | None = None) -> None:
    from django.db import connection

    from plans.models import Plan
    from progress.models import ProgressReport

    began = os.getloadavg()[0]
    measure(pages, usual, tenfold)
    for database in (usual, tenfold) if tenfold else (usual,):
        database.use()
        print(f"{connection.vendor}, {Plan.objects.count()} plans, {ProgressReport.objects.count()} reports")
    usual.use()
    base = statistics.median([value for page in pages for value in page.base])
    print(f"median of {ROUNDS}; load {began:.1f} at the start and {os.getloadavg()[0]:.1f} at the end")
    print(f"the base {base:.1f} ms")
    for page in pages:
        print(page.told(), flush=True)


def fetch(pages: list[Page], folder: Path, database: Database) -> None:
    """Print how long a client waits for the pages that peers have, in the middle, of as many requests."""
    os.environ["DATABASE_URL"] = database.address
    with served(folder / "gunicorn.log", workers=2, threads=1) as port:
        for page in pages:
            if page.name not in ABSOLUTE:
                continue
            cookies = {"Cookie": "; ".join(f"{one.key}={one.value}" for one in page.client.cookies.values())}
            waited = []
            for _ in range(WARM_UP + FETCHES):
                start = time.perf_counter()
                connection = http.client.HTTPConnection("127.0.0.1", port)
                connection.request("GET", page.path, headers=cookies)
                response = connection.getresponse()
                size = len(response.read())
                waited.append((time.perf_counter() - start) * 1000)
                connection.close()
                assert response.status == 200, (page.path, response.status)
            middle, most = statistics.median(waited[WARM_UP:]), ABSOLUTE[page.name]
            told = f"{page!s:42} fetched, {size // 1000:4} kB {middle:7.1f} ms"
            print(told if middle <= most else f"{told}  over {most} ms", flush=True)


def explain(pages: list[Page], words: str) -> None:
    """Print how the database goes about the queries of the pages with these words in their name."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    how = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN (ANALYZE, BUFFERS)"
    for page in pages:
        if words not in str(page):
            continue
        with CaptureQueriesContext(connection) as queries:
            get(page.client, page.path)
        for query in queries:
            print(f"\n{page}, {query['time']} s: {query['sql'][:400]}")
            with connection.cursor() as cursor:
                cursor.execute(f"{how} {query['sql']}")
                for row in cursor.fetchall():
                    print("   ", *row)


# -- rows ---------------------------------------------------------------------------------------------

# Tables by their foreign keys to each other; what is not named here stays the same in a copy.
COPIED: dict[str, dict[str, str]] = {
    "plans.Plan": {"in_force_id": "plans.PlanVersion"},
    "plans.PlanVersion": {"plan_id": "plans.Plan"},
    "plans.PlanEvent": {"plan_id": "plans.Plan", "version_id": "plans.PlanVersion"},
    "plans.Item": {"plan_id": "plans.Plan", "parent_id": "plans.Item"},
    "plans.Responsibility": {"item_id": "plans.Item"},
    "plans.Item_indicators": {"item_id": "plans.Item"},
    "indicators.YearlyTarget": {},
    "progress.FilingRule": {"plan_id": "plans.Plan", "laid_out_from_id": "plans.PlanVersion"},
    "progress.TrackedLine": {"plan_id": "plans.Plan", "item_id": "plans.Item"},
    "progress.LineUnit": {"line_id": "progress.TrackedLine"},
    "progress.Period": {"plan_id": "plans.Plan"},
    "progress.PeriodTally": {"period_id": "progress.Period"},
    "progress.CountedTarget": {
        "plan_id": "plans.Plan",
        "line_id": "progress.TrackedLine",
        "item_id": "plans.Item",
    },
    "progress.ProgressReport": {"period_id": "progress.Period", "line_id": "progress.TrackedLine"},
    "progress.Measurement": {
        "report_id": "progress.ProgressReport",
        "target_id": "progress.CountedTarget",
    },
}
DAYS = ("starts_on", "ends_on", "opens_on", "due_on")


def last_keys() -> dict[str, int]:
    from django.apps import apps
    from django.db.models import Max

    return {name: apps.get_model(name).objects.aggregate(most=Max("pk"))["most"] for name in COPIED}


def multiply(times: int, upto: dict[str, int]) -> None:
    """Put the rows up to these keys in again until there are so many times as many, in years before."""
    from django.apps import apps
    from django.core.management.color import no_style
    from django.db import connection, transaction

    from districtplans.demo.scale import YEARS

    models = {name: apps.get_model(name) for name in COPIED}
    step = last_keys()
    with transaction.atomic(), connection.cursor() as cursor:
        for copy in range(1, times):
            for name, model in models.items():
                values = []
                for field in model._meta.concrete_fields:
                    column = f'"{field.column}"'
                    if field.primary_key or field.column in COPIED[name]:
                        column += f" + {copy * step[COPIED[name].get(field.column, name)]}"
                    elif field.column == "year":
                        column += f" - {copy * YEARS}"
                    elif name == "progress.Period" and field.column in DAYS:
                        column = earlier(column, copy * YEARS, connection.vendor)
                    elif field.column == "closed_at":
                        column = f"COALESCE({column}, CURRENT_TIMESTAMP)"  # as a year that is over is
                    values.append(column)
                columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
                table = f'"{model._meta.db_table}"'
                cursor.execute(
                    f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)} FROM {table}"  # noqa: S608
                    f" WHERE {model._meta.pk.column} <= {upto[name]}"
                )
        for statement in connection.ops.sequence_reset_sql(no_style(), list(models.values())):
            cursor.execute(statement)


def earlier(column: str, years: int, vendor: str) -> str:
    if vendor == "sqlite":
        return f"date({column}, '-{years} years')"
    return f"({column} - interval '{years} years')::date"


def add_waiting() -> None:
    """File plans of the coming year to the city, for its desk to show."""
    from django.utils import timezone

    from accounts.models import District
    from districtplans.demo.builder import author
    from districtplans.demo.scale import CITY
    from plans.models import Plan, PlanEvent

    now, actor = timezone.now(), author()
    plans = Plan.objects.bulk_create(
        Plan(
            district=district,
            year=now.year + 1,
            title=f"{district.agency_name}{now.year - 1910}年度提升服務執行計畫",
            status="submitted",
            filed_at=now - dt.timedelta(days=place % 40),
        )
        for place, district in enumerate(District.objects.filter(city__name=CITY)[:WAITING])
    )
    PlanEvent.objects.bulk_create(
        PlanEvent(plan=plan, number=1, step="file", before="signing", after="submitted", actor=actor, at=now)
        for plan in plans
    )


def analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("ANALYZE")
        else:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("SET max_parallel_workers_per_gather = 0")  # their time would not be seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--districts", type=int, default=158)
    parser.add_argument("--tenfold", action="store_true", help="measure again among ten times the plans")
    parser.add_argument("--only", default="", help="pages with these words in role and name")
    parser.add_argument("--explain", default="", help="how the database answers the pages with these words")
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    database = settled(options.database)
    with tempfile.TemporaryDirectory() as directory:
        throw_away(Path(directory), database, STATIC_ROOT=f"{directory}/static")
        run(options, Path(directory))


def run(options: Any, folder: Path) -> None:
    from django.core.management import call_command

    from districtplans.demo.scale import add_scale

    call_command("collectstatic", interactive=False, verbosity=0)  # pages ask for the names of its files
    start = time.perf_counter()
    add_scale(options.districts)
    print(f"filled in {time.perf_counter() - start:.0f} s")
    upto = last_keys()
    add_waiting()
    pages = make_pages(options.only)
    usual, tenfold = databases(is_twofold=options.tenfold)
    if tenfold:
        tenfold.use()
        multiply(10, upto)
        analyze()
    usual.use()
    analyze()
    report(pages, usual, tenfold)
    fetch(pages, folder, usual)
    if tenfold:
        print("among ten times the plans:")
        fetch(pages, folder, tenfold)
    if options.explain:
        (tenfold or usual).use()
        explain(pages, options.explain)


def databases(*, is_twofold: bool) -> tuple[Database, Database | None]:
    """Return the database as it is filled, and where asked for a second one with the same rows."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    is_file = connection.vendor == "sqlite"
    twin = str(Path(name).with_name("tenfold.sqlite3")) if is_file else f"{name}_tenfold"
    if is_twofold and is_file:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [twin])
    elif is_twofold:
        with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]  # of PostgreSQL alone
            connection.close()  # nobody may be in a database that is copied
            cursor.execute(f'DROP DATABASE IF EXISTS "{twin}"')
            cursor.execute(f'CREATE DATABASE "{twin}" TEMPLATE "{name}"')
    connection.close()
    return Database(name), Database(twin) if is_twofold else None


if __name__ == "__main__":
    main()
