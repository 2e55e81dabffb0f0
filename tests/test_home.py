from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import CITY_ROLES, SECRETARIAT_ROLES, UNIT_ROLES, Role
from accounts.models import Appointment
from plans.document import Node, UnitName
from plans.enums import PartState, PlanStatus
from plans.models import Plan
from plans.services.rounds import release_part
from progress.enums import ReportStep
from progress.services.periods import allow_unit, close_period
from progress.services.steps import take_step
from tests.builders import (
    LONG_AGO,
    make_city,
    make_district,
    make_holder,
    make_plan,
    make_secretary,
    make_unit,
    make_user,
    node,
)
from tests.dashboard.rows import AFTER_DUE, release, wide_year
from tests.plans.desk_rows import make_desk
from tests.progress.rows import counted, make_year, put_in_force

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


def test_home_says_whose_post_is_held_for_another(client: Client) -> None:
    district = make_district()
    head, deputy = make_holder(Role.DISTRICT_HEAD, district), make_user()
    Appointment.objects.create(
        user=deputy, role=Role.DISTRICT_HEAD, district=district, starts_on=LONG_AGO, acting_for=head
    )

    for person, is_acting in ((head, False), (deputy, True)):
        client.force_login(person)
        assert ("區長（代理）" in client.get("/").content.decode()) is is_acting


def test_the_menu_offers_imports_to_those_who_may_import(client: Client) -> None:
    district = make_district()
    unit, offered = make_unit(district), set()
    for role in Role:
        place = unit if role in UNIT_ROLES else district.city if role in CITY_ROLES else district
        client.force_login(make_holder(role, place))
        if 'href="/imports/"' in client.get("/notices/").content.decode():
            offered.add(role)

    assert offered == SECRETARIAT_ROLES


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


def test_home_leads_to_the_editor_while_a_unit_may_write(client: Client) -> None:
    desk = make_desk()
    desk.open_round()
    civil, welfare = desk.units.values()
    release_part(desk.plan.pk, welfare.pk, actor=desk.chiefs["社會課"], at=timezone.now())

    for unit, sheet in ((civil, "edit/"), (welfare, "")):
        client.force_login(desk.staff[unit.name])
        line = desk.item(f"{unit.name}業務")
        found = client.get("/").content.decode()
        assert f'href="/plans/{desk.plan.pk}/{sheet}#i-{line.uid}"' in found


def test_home_of_an_evaluator_lists_every_district_of_the_city(client: Client, time_machine) -> None:
    time_machine.move_to("2026-06-01 23:30:00+08:00", tick=False)
    city = make_city()
    filed = make_plan(make_district(city), status=PlanStatus.SUBMITTED)
    waiting = make_plan(make_district(city))
    client.force_login(make_holder(Role.EVALUATOR, city))

    (own,) = client.get("/").context["home"].cities

    assert own.rows == [(filed.district, filed), (waiting.district, None)]
    assert (own.filed, own.filed_ahead) == (1, 0)


def test_home_of_an_evaluator_tells_of_plans_filed_for_the_year_after(client: Client, time_machine) -> None:
    time_machine.move_to("2026-11-29 10:00:00+08:00", tick=False)
    city = make_city()
    ahead = make_plan(make_district(city), status=PlanStatus.SUBMITTED, year=2027)
    make_plan(make_district(city), year=2027)
    client.force_login(make_holder(Role.EVALUATOR, city))

    response = client.get("/")

    (own,) = response.context["home"].cities
    assert (own.filed, own.filed_ahead) == (0, 1)
    assert f'href="/overview/?city={city.pk}&amp;year=2027"' in response.content.decode()
    listed = client.get(f"/overview/?city={city.pk}&year=2027").content.decode()
    assert ahead.get_absolute_url() in listed or f"/desk/{ahead.pk}/" in listed


@pytest.mark.parametrize("places", [1, 3])
def test_home_costs_the_same_for_any_number_of_places(
    client: Client, places: int, django_assert_num_queries
) -> None:
    user = make_user()
    for _ in range(places):
        desk = make_desk(units=1)
        desk.open_round()
        plan, unit = desk.plan, desk.units["民政課"]
        before = make_plan(plan.district, year=timezone.localdate().year - 1)
        put_in_force(before, actor=user, at=AFTER_DUE)
        Appointment.objects.create(user=user, role=Role.UNIT_STAFF, unit=unit, starts_on=LONG_AGO)
        Appointment.objects.create(
            user=user, role=Role.EVALUATOR, city=plan.district.city, starts_on=LONG_AGO
        )
    client.force_login(user)

    with django_assert_num_queries(8):
        client.get("/")


@pytest.mark.parametrize("districts", [1, 3])
def test_home_of_a_city_costs_the_same_for_any_number_of_plans_in_force(
    client: Client, districts: int, django_assert_num_queries
) -> None:
    city = make_city()
    for _ in range(districts):
        make_year(district=make_district(city), year=timezone.localdate().year)
    client.force_login(make_holder(Role.EVALUATOR, city))

    with django_assert_num_queries(6):
        assert client.get("/").content.decode().count("state--approved") == districts


@pytest.mark.parametrize("years", [1, 3])
def test_home_of_a_district_costs_the_same_for_any_number_of_plans_in_force(
    client: Client, years: int, django_assert_num_queries
) -> None:
    district, this = make_district(), timezone.localdate().year
    year = make_year(district=district, year=this)
    for earlier in range(1, years):
        put_in_force(make_plan(district, year=this - earlier), actor=year.secretary, at=AFTER_DUE)
    client.force_login(year.secretary)

    with django_assert_num_queries(5):
        assert client.get("/").content.decode().count("state--approved") == years


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        ("2026-03-08 23:30:00+08:00", 1),
        ("2026-03-09 00:30:00+08:00", 0),
        ("2026-03-09 23:30:00+08:00", 0),
        ("2026-03-10 00:30:00+08:00", -1),
    ],
)
def test_home_says_what_a_unit_owes_and_until_when(
    client: Client, time_machine, moment: str, days: int
) -> None:
    time_machine.move_to("2026-03-02 12:00:00+08:00", tick=False)
    desk = make_desk()
    desk.open_round(days=7)
    civil, welfare = desk.units.values()
    release_part(desk.plan.pk, welfare.pk, actor=desk.chiefs["社會課"], at=timezone.now())
    time_machine.move_to(moment, tick=False)

    for person, unit, state in (
        (desk.staff["民政課"], civil, PartState.NOT_BEGUN),
        (desk.chiefs["社會課"], welfare, PartState.RELEASED),
    ):
        client.force_login(person)
        response = client.get("/")
        (own,) = response.context["home"].districts
        (part,) = own.units[0].parts
        assert (part.plan, part.due_on, part.state) == (desk.plan, dt.date(2026, 3, 9), state)
        assert (part.days_left, part.days_over) == (days, max(-days, 0))
        assert f"/plans/{desk.plan.pk}/round/units/{unit.pk}/" in response.content.decode()


def test_home_of_the_secretariat_leads_to_the_round(client: Client) -> None:
    desk = make_desk()
    client.force_login(desk.secretary)
    board = f'<a href="/plans/{desk.plan.pk}/round/">'
    ask = client.get("/").content.decode()
    desk.open_round()

    (own,) = client.get("/").context["home"].districts

    assert board in ask
    ((_plan, current, _may_ask),) = own.plans_with_rounds
    assert (current.released, len(current.states)) == (0, 2)
    assert board in client.get("/").content.decode()
    Plan.objects.filter(pk=desk.plan.pk).update(status=PlanStatus.SUBMITTED)
    assert board not in client.get("/").content.decode()


def test_home_of_a_unit_says_what_is_to_be_filed_and_until_when(client: Client, time_machine) -> None:
    time_machine.move_to(AFTER_DUE, tick=False)
    year = make_year()
    client.force_login(year.staff())

    response = client.get("/")

    ((own,),) = [district.units for district in response.context["home"].districts]
    assert [(one.unfiled, one.days_left) for one in own.filings] == [(1, -10), (1, 81)]
    assert [one.filings for one in response.context["home"].districts] == [[]]
    page = response.content.decode()
    assert f'href="/periods/{year.period().pk}/units/{year.units["民政課"].pk}/"' in page
    assert "逾期 10 日" in page


def test_home_of_the_secretariat_says_how_far_the_filing_is(client: Client, time_machine) -> None:
    time_machine.move_to(AFTER_DUE, tick=False)
    year = make_year()
    release(year.report("法律諮詢"), actor=year.secretary, planned="25", actual="25")
    client.force_login(year.secretary)

    (own,) = client.get("/").context["home"].districts

    told = [(one.number, one.owed, one.released, one.late, one.days_left) for one in own.filings]
    assert told == [(1, 2, 1, 1, -10), (2, 2, 0, 0, 81)]
    assert own.own_filings == []
    release(year.report("關懷訪視"), actor=year.secretary, at=AFTER_DUE, planned="25", actual="25")
    (own,) = client.get("/").context["home"].districts
    assert [(one.owed, one.released, one.late, one.days_left) for one in own.filings] == [(2, 0, 0, 81)]


def test_of_a_year_that_is_over_only_what_is_missing_is_told(client: Client, time_machine) -> None:
    year = wide_year(2)
    time_machine.move_to(dt.datetime(2027, 1, 20, 2, tzinfo=dt.UTC), tick=False)
    client.force_login(year.secretary)

    def told() -> list[tuple[int, int]]:
        (own,) = client.get("/").context["home"].districts
        return [(one.owed, one.released) for one in own.filings]

    assert told() == [(2, 0)] * 4  # each in which a unit is late
    for number in (0, 1):
        for period in (1, 2, 3, 4):
            share = str(period * 25)
            values = {"planned": share, "actual": share, f"活動{number}": "3"}
            release(year.report(f"項目{number}", period), actor=year.secretary, at=timezone.now(), **values)
    assert told() == []


def test_home_of_the_secretariat_says_what_its_own_unit_owes(client: Client, time_machine) -> None:
    time_machine.move_to(AFTER_DUE, tick=False)
    year, other = (make_year(own_office()) for _ in range(2))
    Appointment.objects.create(
        user=year.secretary, role=Role.SECRETARIAT, district=other.district, starts_on=LONG_AGO
    )
    client.force_login(year.secretary)

    found = client.get("/").context["home"].districts

    assert [[one.unit for one in own.own_filings] for own in found] == [
        [one.units["秘書室"].pk] * 2 for one in (year, other)
    ]
    client.force_login(make_holder(Role.DISTRICT_HEAD, year.district))
    (own,) = client.get("/").context["home"].districts
    assert own.own_filings == []


def own_office() -> Node:
    """Return a chapter whose one line is the secretariat's own unit's."""
    lines = [counted("辦理講習2場次。", "講習", "2", "場次")]
    line = node("heading", title="服務講習", units=(UnitName("秘書室"),), children=lines)
    return node("chapter", title="計畫內容", children=[line])


def test_home_leads_the_secretariat_alone_to_what_waits_to_be_checked(client: Client, time_machine) -> None:
    time_machine.move_to(AFTER_DUE, tick=False)
    year = make_year()
    address = f'href="/periods/{year.period().pk}/check/"'
    client.force_login(year.secretary)
    assert address not in client.get("/").content.decode()
    for words in ("法律諮詢", "關懷訪視"):
        release(year.report(words), actor=year.secretary, planned="25", actual="25")

    page = client.get("/").content.decode()

    assert (page.count(address), page.count("尚有 2 項待審核")) == (1, 1)
    client.force_login(make_holder(Role.DISTRICT_HEAD, year.district))
    assert address not in client.get("/").content.decode()
    take_step(year.report("法律諮詢").pk, ReportStep.ACCEPT, actor=year.secretary, at=AFTER_DUE, tells=False)
    client.force_login(year.secretary)
    assert "尚有 1 項待審核" in client.get("/").content.decode()


def test_home_forgets_a_closed_period_but_for_units_it_was_opened_for(client: Client, time_machine) -> None:
    time_machine.move_to(AFTER_DUE, tick=False)
    year = make_year()
    close_period(year.period().pk, actor=year.secretary, at=AFTER_DUE)
    found = {}
    for allowed in (False, True):
        if allowed:
            allow_unit(
                year.period().pk,
                year.units["民政課"],
                actor=year.secretary,
                due_on=dt.date(2026, 4, 30),
                reason="補件。",
                at=AFTER_DUE,
            )
        for unit in ("民政課", "社會課"):
            client.force_login(year.staff(unit))
            (own,) = client.get("/").context["home"].districts
            found[allowed, unit] = [one.days_left for one in own.units[0].filings]
    assert found == {
        (False, "民政課"): [81],
        (False, "社會課"): [81],
        (True, "民政課"): [10, 81],
        (True, "社會課"): [81],
    }
