from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import Appointment, City
from core.sheet_files import read_sheet
from plans.enums import PlanStatus
from review.models import DeadlineRule, Extension, ExtensionDecision
from review.queries.overview import State, overview
from tests.builders import LONG_AGO, make_city, make_district, make_holder, make_plan, make_user
from tests.review.desk_rows import FILING, NOW, make_way

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 4, 20)
TAKEN = (*FILING, "take_in_hand")


@pytest.fixture
def city() -> City:
    return make_city()


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ((), State.MISSING),
        (("send_for_signature", "sign"), State.MISSING),
        (FILING, State.SUBMITTED),
        (TAKEN, State.TAKEN),
        ((*FILING, "withdraw"), State.WITHDRAWN),
        ((*TAKEN, "return"), State.RETURNED),
        ((*TAKEN, "return", "send_for_signature"), State.RETURNED),
        ((*TAKEN, "approve"), State.APPROVED),
        ((*TAKEN, "approve", "revise"), State.REVISING),
        ((*TAKEN, "approve", "revise", *TAKEN, "return"), State.RETURNED),
        ((*TAKEN, "approve", "revise", "give_up"), State.APPROVED),
    ],
)
def test_a_row_tells_what_the_city_knows(city: City, steps: tuple[str, ...], state: State) -> None:
    way = make_way(*steps, district=make_district(city))

    (row,) = overview(city, 2026, on=TODAY).rows

    assert row.state == state
    assert ((row.plan and row.plan.pk) == way.plan.pk) is (state != State.MISSING)
    assert row.rounds == steps.count("file")
    assert row.filed_on == (dt.date(2026, 4, 10) if "file" in steps else None)
    assert row.approved_on == (dt.date(2026, 4, 10) if "approve" in steps else None)
    assert row.has_version_in_force is ("approve" in steps)


def test_every_district_of_the_city_has_its_row_and_no_other(city: City) -> None:
    districts = [make_district(city) for _ in range(3)]
    make_way(*FILING, district=districts[1])
    make_way(*FILING)

    found = overview(city, 2026, on=TODAY)

    assert [row.district.pk for row in found.rows] == [district.pk for district in districts]
    assert found.sums == [(State.MISSING, 2), (State.SUBMITTED, 1)]


def test_overview_chooses_the_year_and_shows_nothing_of_drafts(client: Client, city: City) -> None:
    way = make_way(*TAKEN, "approve", district=make_district(city), year=2025)
    make_plan(way.plan.district, title="秘密的草案")
    client.force_login(way.evaluator)

    page = client.get("/overview/?year=2025").content.decode()
    assert f'href="/plans/{way.plan.pk}/in-force/pdf/"' in page
    assert f'href="/desk/{way.plan.pk}/?show=all"' in page
    page = client.get("/overview/?year=2026").content.decode()
    assert "秘密的草案" not in page
    assert f"/{way.plan.pk}/" not in page
    assert client.get("/overview/?year=1&city=x").status_code == 200


def test_a_plan_being_revised_leads_to_the_version_in_force(client: Client, city: City) -> None:
    way = make_way(*TAKEN, "approve", "revise", district=make_district(city))
    client.force_login(way.evaluator)

    page = client.get("/overview/?year=2026").content.decode()

    assert f'href="/plans/{way.plan.pk}/in-force/"' in page
    assert "/desk/{way.plan.pk}/" not in page


def test_who_works_for_two_cities_chooses_one_of_them_and_no_other(client: Client, city: City) -> None:
    evaluator, second, third = make_holder(Role.EVALUATOR, city), make_city(), make_city()
    Appointment.objects.create(user=evaluator, role=Role.AUDITOR, city=second, starts_on=LONG_AGO)
    client.force_login(evaluator)

    cities = [
        client.get(f"/overview/?city={key}").context["overview"].city for key in (second.pk, third.pk, "")
    ]

    assert cities == [second, city, city]


@pytest.mark.parametrize("extension", ["ods", "xlsx", "csv"])
def test_overview_is_taken_out_as_a_sheet(client: Client, city: City, extension: str) -> None:
    way = make_way(*FILING, district=make_district(city))
    make_district(city)
    client.force_login(way.evaluator)
    client.cookies.load({"django_language": "en"})

    response = client.get(f"/overview/?year=2026&format={extension}")

    sheet = read_sheet(response.content)
    assert len(sheet) == 2
    row = dict(zip(sheet.headers, sheet[0], strict=True))
    assert (row["Agency"], str(row["Year"]), row["Status"]) == (
        way.plan.district.agency_name,
        "115",
        "Filed, waiting for the city",
    )
    assert str(row["Filed"])[:10] == "2026-04-10"
    assert f".{extension}" in response.headers["Content-Disposition"]


@pytest.mark.parametrize("districts", [1, 3])
def test_overview_costs_the_same_for_any_number_of_districts(
    client: Client, city: City, districts: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ways = [make_way(*TAKEN, district=make_district(city)) for _ in range(districts)]
    client.force_login(ways[0].evaluator)
    DeadlineRule.objects.create(city=city, month=4)
    client.get("/overview/?year=2026")

    with django_assert_num_queries(7):
        response = client.get("/overview/?year=2026")

    assert len(response.context["overview"].rows) == districts


def test_the_days_left_are_counted_for_what_is_not_filed(city: City) -> None:
    late, extended, filed = (make_district(city) for _ in range(3))
    DeadlineRule.objects.create(city=city, month=4)
    plan = make_plan(extended)
    Extension.objects.create(
        plan=plan,
        reason="颱風",
        asked_until=dt.date(2026, 5, 15),
        asked_by=make_user(),
        asked_at=NOW,
        decision=ExtensionDecision.GRANTED,
        granted_until=dt.date(2026, 5, 10),
        decided_at=NOW,
    )
    make_way(*FILING, district=filed)

    rows = {row.district.pk: row for row in overview(city, 2026, on=dt.date(2026, 5, 3)).rows}

    assert [rows[district.pk].days_left for district in (late, extended, filed)] == [-3, 7, None]
    with translation.override("en"):
        assert [rows[district.pk].days_words for district in (late, extended, filed)] == [
            "3 days late",
            "7 days",
            "",
        ]


@pytest.mark.parametrize("status", [PlanStatus.SUBMITTED, PlanStatus.APPROVED, PlanStatus.CLOSED])
def test_plans_from_before_steps_were_recorded_have_their_row(city: City, status: str) -> None:
    plan = make_plan(make_district(city), status=status)

    (row,) = overview(city, 2026, on=TODAY).rows

    assert row.plan is not None
    assert (row.plan.pk, row.state) == (plan.pk, State(status))
