from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts.enums import CITY_ROLES, SECRETARIAT_ROLES, UNIT_ROLES, Role
from accounts.models import Appointment
from plans.enums import PlanStatus
from tests.builders import (
    LONG_AGO,
    make_city,
    make_district,
    make_holder,
    make_plan,
    make_secretary,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_home_sends_strangers_to_sign_in(client: Client) -> None:
    assert client.get("/").headers["Location"].startswith("/accounts/login/")


def test_home_without_appointment_says_what_to_do(client: Client) -> None:
    client.force_login(make_user())

    assert client.get("/").context["home"].appointments == []


def test_home_greets_by_full_name(client: Client) -> None:
    user = make_user()
    client.force_login(user)

    page = client.get("/").content.decode()

    assert user.full_name in page[page.index("<h1>") : page.index("</h1>")]
    assert user.username not in page


@pytest.mark.parametrize("role", Role)
def test_the_menu_offers_imports_to_those_who_may_import(client: Client, role: Role) -> None:
    district = make_district()
    place = make_unit(district) if role in UNIT_ROLES else district.city if role in CITY_ROLES else district
    client.force_login(make_holder(role, place))

    assert ('href="/imports/"' in client.get("/").content.decode()) == (role in SECRETARIAT_ROLES)


def test_the_menu_forgets_imports_when_the_appointment_ends(client: Client, time_machine) -> None:
    client.force_login(make_holder(Role.SECRETARIAT, make_district(), until=dt.date(2026, 3, 31)))
    found = []
    for moment in ("2026-03-31 23:30:00+08:00", "2026-04-01 00:30:00+08:00"):
        time_machine.move_to(moment, tick=False)
        found.append('href="/imports/"' in client.get("/").content.decode())

    assert found == [True, False]


def test_home_of_the_secretariat_shows_its_plans_and_offers_the_import(client: Client) -> None:
    plan = make_plan()
    client.force_login(make_secretary(plan.district))

    response = client.get("/")

    (own,) = response.context["home"].districts
    assert (own.district, own.plans, own.may_write) == (plan.district, [plan], True)
    assert f"/imports/new/?district={plan.district_id}" in response.content.decode()


def test_home_of_a_unit_leads_to_the_lines_that_name_it(client: Client) -> None:
    plan = make_plan()
    unit = plan.district.units.get(name="民政課")
    client.force_login(make_holder(Role.SECTION_CHIEF, unit))

    (own,) = client.get("/").context["home"].districts

    assert own.may_write is False
    (part,) = own.units
    ((found, lines),) = part.lines
    assert (part.unit, found) == (unit, plan)
    assert [line.words for line in lines] == ["便民服務"]
    assert f'id="i-{lines[0].uid}"' in client.get(f"/plans/{plan.pk}/").content.decode()


def test_home_of_an_evaluator_lists_every_district_of_the_city(client: Client, time_machine) -> None:
    time_machine.move_to("2026-06-01 23:30:00+08:00", tick=False)
    city = make_city()
    filed = make_plan(make_district(city), status=PlanStatus.SUBMITTED)
    waiting = make_plan(make_district(city))
    client.force_login(make_holder(Role.EVALUATOR, city))

    (own,) = client.get("/").context["home"].cities

    assert own.rows == [(filed.district, filed), (waiting.district, None)]
    assert own.filed == 1


@pytest.mark.parametrize("places", [1, 3])
def test_home_costs_the_same_for_any_number_of_places(
    client: Client, places: int, django_assert_num_queries
) -> None:
    user = make_user()
    for _ in range(places):
        plan = make_plan()
        unit = plan.district.units.get(name="民政課")
        Appointment.objects.create(user=user, role=Role.UNIT_STAFF, unit=unit, starts_on=LONG_AGO)
        Appointment.objects.create(
            user=user, role=Role.EVALUATOR, city=plan.district.city, starts_on=LONG_AGO
        )
    client.force_login(user)

    with django_assert_num_queries(6):
        client.get("/")
