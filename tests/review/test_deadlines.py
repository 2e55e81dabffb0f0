"""Due dates by the calendar, extensions, and the pages about both."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import User
from core.models import AuditEvent
from core.working_days import Calendar, next_working_day, working_days_before
from plans.enums import PlanStatus
from plans.models import Plan
from review.deadline_permissions import get_holdings
from review.deadlines_rules import Rule, dates_of, reminder_is_due
from review.models import DeadlineRule, Extension, ExtensionDecision, Holiday, Mail
from review.queries.deadlines import calendar_of, days_left, deadline_of_city, deadlines_of
from review.services.deadlines import ask_extension, decide_extension, save_rule, withdraw_extension
from tests.builders import make_district, make_holder, make_plan, make_secretary, make_unit
from tests.plans.desk_rows import told

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
DAY = dt.date
AT = dt.datetime(2026, 4, 1, 4, tzinfo=dt.UTC)
ON = DAY(2026, 4, 1)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def calendar(year: int) -> Calendar:
    """The calendar as the fixture of the year has it."""
    rows = [row["fields"] for row in json.loads((FIXTURES / f"holidays_{year}.json").read_text())]
    return Calendar(
        frozenset(day(row["day"]) for row in rows if not row.get("is_working")),
        frozenset(day(row["day"]) for row in rows if row.get("is_working")),
    )


@pytest.mark.parametrize(
    ("year", "off", "working"),
    [
        # 115 as announced for 2025, and three that a law of that May added.
        (2025, 115 + 3, ["2025-02-08"]),
        (2026, 120, []),
    ],
)
def test_the_calendars_have_as_many_days_off_as_were_announced(
    year: int, off: int, working: list[str]
) -> None:
    found = calendar(year)
    days = [DAY(year, 1, 1) + dt.timedelta(number) for number in range(365)]

    assert sum(not found.is_working(one) for one in days) == off
    assert [one.isoformat() for one in sorted(found.worked)] == working
    assert all(one.weekday() >= 5 for one in found.worked)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-04-30", "2026-04-30"),
        ("2026-04-03", "2026-04-07"),  # four days off
        ("2026-02-14", "2026-02-23"),  # new year
        ("2025-02-08", "2025-02-08"),  # a Saturday that is worked
        ("2025-09-27", "2025-09-30"),
    ],
)
def test_a_day_off_moves_to_the_next_working_day(start: str, expected: str) -> None:
    assert next_working_day(day(start), calendar(day(start).year)) == day(expected)


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2026-04-30", 1, "2026-04-29"),
        ("2026-04-08", 2, "2026-04-02"),
        ("2026-02-23", 1, "2026-02-13"),
        ("2025-02-10", 1, "2025-02-08"),
        ("2026-05-03", 0, "2026-04-30"),
    ],
)
def test_working_days_are_counted_backwards(start: str, count: int, expected: str) -> None:
    assert working_days_before(day(start), count, calendar(day(start).year)) == day(expected)


def test_the_end_of_april_with_the_days_before_it() -> None:
    found = dates_of(Rule(4, None, 5, 5, 10), 2026, calendar(2026))

    assert [
        one.isoformat()
        for one in (found.begin_on, found.units_on, found.check_on, found.signing_on, found.due_on)
    ] == ["2026-03-30", "2026-04-15", "2026-04-22", "2026-04-29", "2026-04-30"]
    assert (found.is_moved, found.is_certain) == (False, True)


def test_a_month_without_that_day_ends_earlier_and_a_year_without_calendar_says_so() -> None:
    found = dates_of(Rule(2, 31), 2028, Calendar())

    assert found.named_on == DAY(2028, 2, 29)
    assert not found.is_certain
    assert dates_of(Rule(4), 2028, Calendar()).due_on == DAY(2028, 5, 1)  # a Sunday, by its weekday alone


@pytest.mark.parametrize(
    ("left", "since", "expected"),
    [
        (7, 1, True),
        (6, 1, False),
        (6, 2, True),  # nobody was reached yesterday
        (0, 1, True),
        (-1, 1, True),
        (-2, 1, False),
        (-14, 1, True),
        (-15, 1, False),
        (-15, 30, True),
        (5, 0, False),  # reached today already
        (12, None, True),
        (40, None, False),
    ],
)
def test_what_was_missed_is_due_with_the_next_reminder(left: int, since: int | None, expected: bool) -> None:
    reached = None if since is None else ON - dt.timedelta(since)

    assert reminder_is_due(ON + dt.timedelta(left), on=ON, since=reached) is expected


@pytest.fixture
def plan(db: None) -> Plan:
    plan = make_plan()
    DeadlineRule.objects.create(city=plan.district.city, month=4)
    return plan


def left(plan: Plan, on: dt.date = ON) -> int | None:
    deadline = days_left(plan, on=on)
    return deadline.days_left if deadline else None


@pytest.mark.django_db
def test_the_fixtures_load_by_what_they_name(plan: Plan) -> None:
    for _ in range(2):
        names = ("cities", "holidays_2025", "holidays_2026", "deadline_rules")
        call_command("loaddata", *(FIXTURES / f"{name}.json" for name in names), verbosity=0)

    assert Holiday.objects.count() == 41
    assert DeadlineRule.objects.filter(city__name="高雄市", month=4, day=None).count() == 1
    assert calendar_of({2026}).worked == {DAY(2025, 2, 8)}


def test_days_left_count_to_the_end_of_the_due_day(plan: Plan) -> None:
    assert left(plan) == 29
    assert left(plan, DAY(2026, 4, 30)) == 0
    assert left(plan, DAY(2026, 5, 2)) == -2
    assert left(make_plan()) is None  # a city without a rule
    city = deadline_of_city(plan.district.city, 2026, on=ON)
    assert city is not None
    assert city.due_on == DAY(2026, 4, 30)


@pytest.mark.parametrize("count", [1, 3])
def test_many_plans_cost_three_queries(
    plan: Plan, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        make_plan(make_district(plan.district.city))
    plans = list(Plan.objects.all())

    with django_assert_num_queries(2):
        found = deadlines_of(plans, on=ON)

    assert [deadline.days_left for deadline in found.values()] == [29] * (count + 1)


def test_an_extension_moves_the_deadline_of_its_plan_alone(plan: Plan) -> None:
    other = make_plan(make_district(plan.district.city))
    secretary = make_secretary(plan.district)
    evaluator = make_holder(Role.EVALUATOR, plan.district.city)
    User.objects.filter(pk=secretary.pk).update(email="lin@example.gov.tw")

    asked = ask_extension(plan.pk, actor=secretary, until=DAY(2026, 5, 29), reason="颱風。", at=AT)
    assert (left(plan), told(evaluator)) == (29, [
        "%(plan)s: the district asks for an extension until %(until)s."
    ])  # fmt: skip
    decide_extension(
        asked.pk, actor=evaluator, is_granted=True, until=DAY(2026, 5, 15), comment="酌予展延。", at=AT
    )

    assert (left(plan), left(other)) == (44, 29)
    assert told(secretary) == ["%(plan)s: the extension is granted until %(until)s."]
    mail = Mail.objects.get()
    assert mail.recipient == secretary
    assert "酌予展延。" in mail.body
    assert "115年5月15日" in mail.body


def test_of_two_decisions_the_first_holds(plan: Plan) -> None:
    asked = ask_extension(
        plan.pk, actor=make_secretary(plan.district), until=DAY(2026, 5, 29), reason="颱風。", at=AT
    )
    evaluator = make_holder(Role.EVALUATOR, plan.district.city)
    decide_extension(asked.pk, actor=evaluator, is_granted=False, until=None, comment="時程充裕。", at=AT)

    with pytest.raises(ValidationError, match=r"決定或撤回|meanwhile"):
        decide_extension(asked.pk, actor=evaluator, is_granted=True, until=None, comment="", at=AT)
    with pytest.raises(ValidationError, match=r"決定或撤回|meanwhile"):
        withdraw_extension(asked.pk, actor=asked.asked_by, at=AT)

    asked.refresh_from_db()
    assert (asked.decision, asked.comment, left(plan)) == (ExtensionDecision.REFUSED, "時程充裕。", 29)
    assert [row.history_user for row in asked.history.order_by("history_id")] == [asked.asked_by, evaluator]


@pytest.mark.parametrize(
    ("status", "until", "reason"),
    [
        (PlanStatus.SUBMITTED, DAY(2026, 5, 29), "颱風。"),
        (PlanStatus.DRAFT, DAY(2026, 4, 30), "颱風。"),  # no later than it is due
        (PlanStatus.DRAFT, DAY(2028, 4, 30), "颱風。"),
        (PlanStatus.DRAFT, DAY(2026, 5, 29), "  "),
    ],
)
def test_what_cannot_be_asked_for(plan: Plan, status: str, until: dt.date, reason: str) -> None:
    Plan.objects.filter(pk=plan.pk).update(status=status)

    with pytest.raises(ValidationError):
        ask_extension(plan.pk, actor=make_secretary(plan.district), until=until, reason=reason, at=AT)

    assert not Extension.objects.exists()


def test_one_request_waits_at_a_time(plan: Plan) -> None:
    secretary = make_secretary(plan.district)
    values: dict[str, Any] = {"actor": secretary, "until": DAY(2026, 5, 29), "reason": "颱風。", "at": AT}
    first = ask_extension(plan.pk, **values)
    with pytest.raises(ValidationError, match=r"待市府決定|waits"):
        ask_extension(plan.pk, **values)

    withdraw_extension(first.pk, actor=secretary, at=AT)
    assert ask_extension(plan.pk, **values).is_waiting


def test_a_rule_is_saved_with_who_changed_it(plan: Plan) -> None:
    admin = make_holder(Role.CITY_ADMIN, plan.district.city)
    values = {"month": 3, "day": 31, "signing_days": 3, "check_days": 3, "units_days": 10}

    rule = save_rule(plan.district.city, actor=admin, values=values)

    assert DeadlineRule.objects.get() == rule
    assert rule.history.latest().history_user == admin
    assert left(plan) == -1
    with pytest.raises(ValidationError):
        save_rule(plan.district.city, actor=admin, values=values | {"month": 13})


def page(
    client: Client, user: User, path: str, data: dict[str, str] | None = None, *, status: int = 200
) -> str:
    client.force_login(user)
    client.cookies.load({"django_language": "en"})
    response = client.post(path, data) if data is not None else client.get(path)
    assert response.status_code == status
    return re.sub(r"\s+", " ", response.content.decode())


def roc(one: dt.date) -> str:
    return f"{one.year - 1911}.{one.month}.{one.day}"


@pytest.mark.django_db
def test_from_request_to_decision_on_the_pages(client: Client) -> None:
    today = timezone.localdate()
    plan = make_plan(year=today.year)
    DeadlineRule.objects.create(city=plan.district.city, month=12)
    secretary = make_secretary(plan.district)
    evaluator = make_holder(Role.EVALUATOR, plan.district.city)
    until = DAY(today.year + 1, 1, 29)
    ask = f"/plans/{plan.pk}/extension/"
    assert ask in page(client, secretary, "/deadlines/")
    found = page(client, secretary, ask, {"until": roc(today), "reason": "颱風。"}, status=422)
    assert "Give a day after the present due date" in found
    page(client, secretary, ask, {"until": roc(until), "reason": "颱風。"}, status=302)

    extension = Extension.objects.get()
    path = f"/extensions/{extension.pk}/"
    assert ask not in page(client, secretary, "/deadlines/")
    assert "Withdraw the request" in page(client, secretary, path)
    assert path in page(client, evaluator, "/deadlines/")
    found = page(client, evaluator, path)
    assert "颱風。" in found
    assert "Withdraw the request" not in found
    assert "Give the reason" in page(client, evaluator, f"{path}decide/", {"decision": "refuse"}, status=422)
    page(client, evaluator, f"{path}decide/", {"decision": "grant", "until": roc(until)}, status=302)
    assert "meanwhile" in page(client, evaluator, f"{path}decide/", {"decision": "grant"}, status=422)

    assert "extended" in page(client, secretary, "/deadlines/")
    extension.refresh_from_db()
    assert extension.granted_until == until


def test_an_evaluator_with_a_stake_does_not_decide(client: Client, plan: Plan) -> None:
    secretary = make_secretary(plan.district)
    asked = ask_extension(plan.pk, actor=secretary, until=DAY(2026, 5, 29), reason="颱風。", at=AT)
    evaluator = make_holder(Role.EVALUATOR, plan.district.city)
    assert "Decide" in page(client, evaluator, f"/extensions/{asked.pk}/")

    moved = make_holder(Role.DISTRICT_HEAD, plan.district, until=DAY(2025, 12, 31))
    moved.appointments.create(role=Role.EVALUATOR, city=plan.district.city, starts_on=DAY(2026, 1, 1))

    assert "Decide" not in page(client, moved, f"/extensions/{asked.pk}/")
    page(client, moved, f"/extensions/{asked.pk}/decide/", {"decision": "grant"}, status=403)


def test_the_page_says_when_a_calendar_is_missing(client: Client, plan: Plan) -> None:
    head = make_holder(Role.DISTRICT_HEAD, plan.district)
    today = timezone.localdate()
    words = "has not been loaded yet"
    assert page(client, head, "/deadlines/").count(words) == 2

    Holiday.objects.create(day=DAY(today.year, 1, 1), name="開國紀念日")
    assert page(client, head, "/deadlines/").count(words) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_any_number_of_plans(
    client: Client, plan: Plan, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    secretary = make_secretary(plan.district)
    for number in range(count):
        other = make_plan(plan.district, series=f"計畫{number}", year=timezone.localdate().year)
        Extension.objects.create(
            plan=other, reason="颱風。", asked_until=DAY(2026, 5, 29), asked_by=secretary, asked_at=AT
        )
    client.force_login(secretary)
    client.get("/deadlines/")

    with django_assert_num_queries(6):
        response = client.get("/deadlines/")

    assert response.content.decode().count("/extensions/") == count


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "at", "may"),
    [
        (Role.CITY_ADMIN, "city", {"changeable"}),
        (Role.EVALUATOR, "city", set()),
        (Role.SECRETARIAT, "district", {"districts", "writes"}),
        (Role.SECRETARIAT_CHIEF, "district", {"districts", "writes"}),
        (Role.DISTRICT_HEAD, "district", {"districts"}),
        (Role.SECTION_CHIEF, "unit", {"districts"}),
    ],
)
def test_whose_deadlines_one_reads_changes_and_writes_for(role: Role, at: str, may: set[str]) -> None:
    unit = make_unit(make_district())
    district, city = unit.district, unit.district.city
    make_district(city)
    person = make_holder(role, {"city": city, "district": district, "unit": unit}[at])

    held = get_holdings(person, on=ON)

    assert held.cities == (city,)
    assert held.changeable == ({city.pk} if "changeable" in may else set())
    assert held.districts == ({district.pk} if "districts" in may else set())
    assert held.writes == ({district.pk} if "writes" in may else set())


def test_the_citys_administrator_allows_late_revisions(client: Client, plan: Plan) -> None:
    city = plan.district.city
    admin, path = make_holder(Role.CITY_ADMIN, city), f"/deadlines/{city.pk}/edit/"
    rule = {"month": "4", "day": "", "units_days": "5", "check_days": "5", "signing_days": "10"}
    assert "no plan is revised" in page(client, admin, "/deadlines/")

    page(client, admin, path, rule | {"allows_late_revision": "on"}, status=302)

    city.refresh_from_db()
    assert city.allows_late_revision
    assert "in the last two months of their year too" in page(client, admin, "/deadlines/")
    assert "checked" in page(client, admin, path)
    event = AuditEvent.objects.filter(kind="setting").latest("pk")
    assert event.details["changes"]["allows_late_revision"] == [False, True]
    page(client, admin, path, rule, status=302)
    city.refresh_from_db()
    assert not city.allows_late_revision


def test_requests_are_read_by_the_own_district_and_the_own_city(client: Client, plan: Plan) -> None:
    beside, elsewhere = make_plan(make_district(plan.district.city)), make_plan()
    DeadlineRule.objects.create(city=elsewhere.district.city, month=4)
    paths = {}
    for one in (plan, beside, elsewhere):
        asked = ask_extension(
            one.pk, actor=make_secretary(one.district), until=DAY(2026, 5, 29), reason="颱風。", at=AT
        )
        paths[one] = f"/extensions/{asked.pk}/"

    def listed(person: User) -> set[Plan]:
        text = page(client, person, "/deadlines/")
        return {one for one, path in paths.items() if path in text}

    assert listed(make_secretary(plan.district)) == {plan}
    assert listed(make_holder(Role.SECTION_CHIEF, make_unit(plan.district))) == {plan}
    assert listed(make_holder(Role.EVALUATOR, plan.district.city)) == {plan, beside}


def test_what_was_decided_is_neither_decided_again_nor_withdrawn(client: Client, plan: Plan) -> None:
    secretary, evaluator = make_secretary(plan.district), make_holder(Role.EVALUATOR, plan.district.city)
    asked = ask_extension(plan.pk, actor=secretary, until=DAY(2026, 5, 29), reason="颱風。", at=AT)
    path = f"/extensions/{asked.pk}/"
    assert f"{path}decide/" in page(client, evaluator, path)
    assert f"{path}withdraw/" in page(client, secretary, path)
    decide_extension(asked.pk, actor=evaluator, is_granted=True, until=DAY(2026, 5, 29), comment="", at=AT)

    assert f"{path}decide/" not in page(client, evaluator, path)
    assert f"{path}withdraw/" not in page(client, secretary, path)
