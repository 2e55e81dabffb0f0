from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import City, District
from core.sheet_files import read_sheet
from plans.models import Plan
from progress.models import PeriodTally, ProgressReport
from progress.services.counting import recount_plans
from progress.services.periods import allow_unit
from review.models import DeadlineRule, Extension
from review.models.deadlines import ExtensionDecision
from review.queries.deadlines import deadline_of_city
from review.queries.overview import State, overview, standings
from tests.builders import make_city, make_district, make_holder, make_plan
from tests.dashboard.rows import AFTER_DUE, BEHIND, IN_SECOND, as_, release, wide_year
from tests.progress.rows import Year, make_year
from tests.review.desk_rows import make_way

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 4, 20)


@pytest.fixture(autouse=True)
def after_the_first_quarter() -> Any:
    with time_machine.travel(AFTER_DUE, tick=False):
        yield


@pytest.fixture
def city() -> City:
    city = make_city()
    DeadlineRule.objects.create(city=city, month=4)
    return city


@pytest.fixture
def client(city: City) -> Client:
    return as_(make_holder(Role.EVALUATOR, city))


def district_of(city: City, group: str = "") -> District:
    district = make_district(city)
    district.evaluation_group, district.code = group, f"{district.pk:08}"
    district.save()
    return district


@pytest.fixture
def years(city: City) -> list[Year]:
    """Two districts that are followed: the first has filed all, one line behind, the second nothing."""
    first, second = (make_year(district=district_of(city, group)) for group in ("甲", "乙"))
    release(first.report("法律諮詢"), actor=first.secretary, planned="25", actual="9", 法律諮詢="1", **BEHIND)
    release(first.report("關懷訪視"), actor=first.secretary, planned="25", actual="25")
    recount_plans(on=dt.date(2026, 4, 5))
    return [first, second]


def address(city: City, rest: str = "") -> str:
    return f"/dashboard/cities/{city.pk}/{rest}"


def test_each_district_has_its_numbers(city: City, client: Client, years: list[Year]) -> None:
    third = district_of(city)
    make_plan(third, title="秘密的草案")  # a draft, of which the city knows nothing
    make_year()  # of another city

    response = client.get(address(city))

    rows = {row.district.pk: row for row in response.context["rows"]}
    numbers = {
        pk: (row.owed, row.counted, row.behind, row.overdue, row.targets.total, row.targets.behind)
        for pk, row in rows.items()
    }
    assert numbers == {
        years[0].district.pk: (2, 2, 1, 0, 3, 2),
        years[1].district.pk: (2, 0, 0, 2, 3, 1),
        third.pk: (0, 0, 0, 0, 0, 0),
    }
    assert rows[third.pk].standing.days_left == 10
    assert "秘密的草案" not in response.content.decode()
    whole = response.context["board"].whole
    assert (whole.districts, whole.in_force, whole.owed, whole.counted) == (3, 2, 4, 2)
    assert whole.counted_words == "50%"


def test_each_reads_it_in_their_own_language(city: City, client: Client, years: list[Year]) -> None:
    for language, seen, unseen in (("zh-hant", "適用中", "In force"), ("en", "In force", "適用中")) * 2:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        page = client.get(address(city)).content.decode()
        assert (seen in page, unseen in page) == (True, False)


def test_a_row_follows_what_is_filed(city: City, client: Client, years: list[Year]) -> None:
    second = years[1]
    row = f"/dashboard/plans/{second.plan.pk}/reports/?period=1&amp;state=released"
    assert f'{row}">0／2</a>' in client.get(address(city)).content.decode()
    release(second.report("關懷訪視"), actor=second.secretary, planned="25", actual="25")
    assert f'{row}">1／2</a>' in client.get(address(city)).content.decode()


def test_groups_are_taken_together(city: City, client: Client, years: list[Year]) -> None:
    board = client.get(address(city)).context["board"]
    assert [(one.name, one.counted, one.overdue) for one in board.by_group] == [("甲", 2, 0), ("乙", 0, 2)]


def test_a_group_without_anything_leads_nowhere_as_a_district_does(city: City, years: list[Year]) -> None:
    for year in years:
        Plan.objects.filter(pk=year.plan.pk).update(in_force=None, status="draft")
    page = as_(make_holder(Role.EVALUATOR, city)).get(address(city)).content.decode()
    assert "0／0" not in page
    assert "state=reached" not in page


def test_each_number_of_a_group_leads_to_as_many_lines(city: City, client: Client, years: list[Year]) -> None:
    page = client.get(address(city)).content.decode()
    table = page[page.index('<h2 id="groups">') : page.index('<h2 class="city-title">')]
    links = re.findall(r'href="([^"]+state=[^"]+)">(\d+)[／<]', table)

    found = [len(client.get(unescape(link)).context["found"].rows) for link, _number in links]

    assert found == [int(number) for _link, number in links]
    states = {link.rpartition("=")[2] for link, _number in links}
    assert states == {"released", "behind", "overdue", "reached"}  # of none it leads nowhere


def test_one_group_is_shown(city: City, client: Client, years: list[Year]) -> None:
    rows = client.get(address(city, "?group=甲")).context["rows"]
    assert [row.district.pk for row in rows] == [years[0].district.pk]


@pytest.mark.parametrize(
    ("sort", "places"),
    [
        ("district", [0, 1]),
        ("-district", [1, 0]),
        ("group", [0, 1]),
        ("-group", [1, 0]),
        ("filing", [1, 0]),
        ("-filing", [0, 1]),
        ("behind", [0, 1]),
        ("overdue", [1, 0]),
        ("-overdue", [0, 1]),
        ("nonsense", [0, 1]),
    ],
)
def test_the_table_is_sorted(
    city: City, client: Client, years: list[Year], sort: str, places: list[int]
) -> None:
    rows = client.get(address(city), {"sort": sort}).context["rows"]
    assert [row.district.pk for row in rows] == [years[place].district.pk for place in places]


def test_heads_say_how_the_table_is_sorted(city: City, client: Client, years: list[Year]) -> None:
    for sort, words in (("", "ascending"), ("overdue", "descending"), ("-overdue", "ascending")):
        page = client.get(address(city), {"sort": sort}).content.decode()
        assert page.count("aria-sort=") == 1
        assert f'aria-sort="{words}"' in page


def test_an_earlier_day_shows_the_periods_that_ended_by_then(city: City, years: list[Year]) -> None:
    with time_machine.travel(dt.datetime(2026, 7, 20, 2, tzinfo=dt.UTC), tick=False):
        client = as_(make_holder(Role.AUDITOR, city))
        boards = {
            until: client.get(address(city), {"until": until}).context["rows"]
            for until in ("", "2026-03-31", "2026-06-30", "2026-02-28", "x")
        }

    shown = {until: [row.span and row.span.number for row in rows] for until, rows in boards.items()}
    assert shown == {
        "": [2, 2],
        "2026-03-31": [1, 1],
        "2026-06-30": [2, 2],
        "2026-02-28": [None, None],
        "x": [2, 2],
    }


def test_more_time_given_to_a_unit_is_no_delay(city: City, years: list[Year]) -> None:
    second = years[1]
    allow_unit(
        second.period().pk,
        second.units["民政課"],
        actor=second.secretary,
        due_on=TODAY,
        reason="颱風。",
        at=AFTER_DUE,
    )
    client = as_(make_holder(Role.AUDITOR, city))

    rows = client.get(address(city)).context["rows"]
    reports = ProgressReport.objects.filter(period__plan=second.plan).overdue(TODAY)

    assert [row.overdue for row in rows] == [0, 1]
    assert reports.count() == 1


def test_numbers_lead_to_their_lines(city: City, client: Client, years: list[Year]) -> None:
    found = {
        query: len(client.get(address(city, f"{which}/?year=2026&{query}")).context["found"].rows)
        for which, queries in (
            ("reports", ("", "state=behind", "state=overdue", "state=released", "group=甲&state=overdue")),
            ("targets", ("state=behind&group=", "state=reached", "group=乙")),
        )
        for query in queries
    }
    assert found == {
        "": 4,
        "state=behind": 1,
        "state=overdue": 2,
        "state=released": 2,
        "group=甲&state=overdue": 0,
        "state=behind&group=": 3,
        "state=reached": 0,
        "group=乙": 3,
    }


def test_lists_hold_no_words_that_were_not_released(city: City, client: Client, years: list[Year]) -> None:
    report = years[1].report("法律諮詢")
    ProgressReport.objects.filter(pk=report.pk).update(
        reason="課室內部討論", narrative="課室內部討論", state="behind"
    )
    for rest in ("reports/?year=2026", "reports/?year=2026&state=overdue", "reports/?year=2026&format=csv"):
        assert "課室內部討論" not in client.get(address(city, rest)).content.decode()
    assert client.get(address(city, "reports/?year=2026&state=submitted")).context["found"].page.number == 1


@pytest.mark.parametrize(("table", "rows"), [("districts", 2), ("groups", 3)])
@pytest.mark.parametrize("extension", ["ods", "xlsx", "csv"])
def test_tables_are_taken_out_as_sheets(years: list[Year], table: str, rows: int, extension: str) -> None:
    city = years[0].district.city
    client = as_(make_holder(Role.AUDITOR, city))
    response = client.get(address(city, f"?table={table}&format={extension}"))
    sheet = read_sheet(response.content)
    row = dict(zip(sheet.headers, sheet[0], strict=True))
    assert len(sheet) == rows
    assert str(row["應填數"]) == "2"
    if extension != "csv":
        assert isinstance(row["應填數"], int)


@pytest.mark.parametrize("districts", [1, 3])
@pytest.mark.parametrize(("rest", "queries"), [("", 6), ("reports/?year=2026", 6), ("targets/?year=2026", 6)])
def test_it_costs_the_same_for_any_number_of_districts(
    city: City, rest: str, queries: int, districts: int, *, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(districts):
        year = wide_year(2, district=district_of(city))
        release(year.report("項目0"), actor=year.secretary, at=IN_SECOND, planned="25", actual="9", **BEHIND)
    client = as_(make_holder(Role.EVALUATOR, city))
    client.get(address(city, rest))

    with django_assert_num_queries(queries):
        response = client.get(address(city, rest))

    found = response.context.get("found")
    assert len(found.rows if found else response.context["rows"]) == districts * (2 if rest else 1)


def test_a_year_without_plans_is_an_empty_board(city: City, client: Client) -> None:
    district_of(city)
    for year in ("1990", "x", "99999", "²⁰²⁶"):
        assert client.get(address(city), {"year": year}).status_code == 200
    assert client.get(address(city), {"year": "1990"}).context["board"].whole.owed == 0


def test_the_board_is_asked_with_the_city_of_its_people(city: City, client: Client) -> None:
    for other in (make_city(), make_city()):
        assert client.get(address(other)).status_code == 404


def test_a_city_without_a_rule_has_no_deadline(years: list[Year]) -> None:
    city = make_city()
    make_district(city)
    response = as_(make_holder(Role.CITY_ADMIN, city)).get(address(city))
    assert response.context["board"].deadline is None


def test_a_period_without_a_tally_owes_nothing(city: City, client: Client, years: list[Year]) -> None:
    PeriodTally.objects.all().delete()
    for path in ("", "reports/?state=overdue"):
        assert client.get(address(city, path)).status_code == 200


def test_more_time_is_taken_off_the_list_of_what_is_overdue(
    city: City, client: Client, years: list[Year]
) -> None:
    def count() -> int:
        return client.get(address(city, "reports/?state=overdue")).context["page"].paginator.count

    before = count()
    year = years[1]
    allow_unit(
        year.period().pk,
        year.units["民政課"],
        actor=year.secretary,
        due_on=AFTER_DUE.date(),
        reason="人力異動。",
        at=AFTER_DUE,
    )
    assert count() == before - 1


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        (("send_for_signature", "sign", "file", "take_in_hand", "return"), State.RETURNED),
        (("send_for_signature", "sign", "file", "withdraw"), State.WITHDRAWN),
        (("send_for_signature", "sign", "file"), State.SUBMITTED),
        (("send_for_signature",), State.MISSING),
    ],
)
def test_the_board_says_where_a_plan_stands_as_the_overview_does(
    city: City, steps: tuple[str, ...], state: State
) -> None:
    way = make_way(*steps, district=make_district(city))
    make_way("send_for_signature", "sign", "file", district=way.plan.district, year=2025)
    Extension.objects.create(
        plan=way.plan,
        asked_until=dt.date(2026, 6, 10),
        reason="理由",
        asked_by=way.secretary,
        asked_at=AFTER_DUE,
        decision=ExtensionDecision.GRANTED,
        granted_until=dt.date(2026, 6, 10),
        decided_at=AFTER_DUE,
    )
    on = dt.date(2026, 5, 20)
    usual = deadline_of_city(city, 2026, on=on)
    (row,) = [one for one in standings(city, 2026, usual) if one.district.pk == way.plan.district_id]
    (other,) = [one for one in overview(city, 2026, on=on).rows if one.district.pk == way.plan.district_id]
    assert (row.state, row.days_left) == (state, other.days_left)
    assert (row.state, row.plan and row.plan.pk) == (other.state, other.plan and other.plan.pk)
    assert row.days_left == (None if state == State.SUBMITTED else 21)
