"""A calendar of holidays is loaded when periods stand already: the days to come follow it when told to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.core.management import call_command

from core.enums import AuditKind
from core.models import AuditEvent
from plans.models import Plan
from progress.models import Period
from progress.services.periods import allow_unit, change_dates, close_period, move_due_days, open_again
from review.models import Holiday
from tests.progress.rows import Year, make_year

pytestmark = pytest.mark.django_db
MAY = dt.datetime(2026, 5, 4, 2, tzinfo=dt.UTC)
DAY = dt.date


@pytest.fixture(autouse=True)
def in_may() -> Iterator[None]:
    with time_machine.travel(MAY, tick=False):
        yield


@pytest.fixture
def year() -> Year:
    """Return a year laid out by weekends alone, and days off in each quarter that came to be known later."""
    year = make_year()
    for day in (DAY(2026, 4, 10), DAY(2026, 7, 10), DAY(2026, 10, 12), DAY(2027, 1, 11)):
        Holiday.objects.create(day=day, name="放假")
    return year


def days(year: Year) -> list[DAY]:
    return [period.due_on for period in year.plan.periods.order_by("number")]


BEFORE = [DAY(2026, 4, 10), DAY(2026, 7, 10), DAY(2026, 10, 12), DAY(2027, 1, 11)]
MOVED = [DAY(2026, 4, 10), DAY(2026, 7, 13), DAY(2026, 10, 13), DAY(2027, 1, 12)]


def test_days_to_come_move_and_what_is_due_already_stays(
    year: Year, capsys: pytest.CaptureFixture[str]
) -> None:
    assert days(year) == BEFORE

    call_command("move_due_days", "--dry-run")
    assert (days(year), AuditEvent.objects.filter(kind=AuditKind.REPORT).count()) == (BEFORE, 0)
    call_command("move_due_days")

    assert days(year) == MOVED
    said = capsys.readouterr().out.splitlines()
    assert said[:4] == said[4:]
    assert said[0] == f"{year.plan.title}　115年4月至6月 → 2026-07-13"
    assert said[3] == "3 period(s)"


def test_each_move_is_written_down_as_nobodys(year: Year) -> None:
    move_due_days(year.plan.pk, at=MAY)

    last = year.period(2).history.first()
    assert (last.due_on, last.history_user, last.history_date) == (DAY(2026, 7, 13), None, MAY)
    told = AuditEvent.objects.filter(kind=AuditKind.REPORT).order_by("pk")
    assert [(one.actor, one.details["step"], one.details["due_on"]) for one in told] == [
        (None, "period_moved", str(day)) for day in MOVED[1:]
    ]


def test_told_twice_nothing_is_written_again(year: Year) -> None:
    move_due_days(year.plan.pk, at=MAY)
    assert move_due_days(year.plan.pk, at=MAY) == []
    assert year.period(2).history.count() == 2


def test_a_day_that_is_worked_after_all_brings_it_back(year: Year) -> None:
    move_due_days(year.plan.pk, at=MAY)
    Holiday.objects.all().delete()
    assert [period.number for period in move_due_days(year.plan.pk, at=MAY)] == [2, 3, 4]
    assert days(year) == BEFORE


def test_a_day_that_a_person_set_stays(year: Year) -> None:
    period = year.period(3)
    change_dates(period.pk, actor=year.secretary, opens_on=period.opens_on, due_on=DAY(2026, 10, 30), at=MAY)
    change_dates(period.pk, actor=year.secretary, opens_on=period.opens_on, due_on=period.due_on, at=MAY)

    move_due_days(year.plan.pk, at=MAY)

    assert days(year) == [*MOVED[:2], BEFORE[2], MOVED[3]]


def test_what_was_closed_and_opened_again_moves_and_what_is_closed_does_not(year: Year) -> None:
    july = dt.datetime(2026, 7, 3, 2, tzinfo=dt.UTC)
    close_period(year.period(2).pk, actor=year.secretary, at=july)
    move_due_days(year.plan.pk, at=july)
    closed = days(year)
    open_again(year.period(2).pk, actor=year.secretary, at=july)

    move_due_days(year.plan.pk, at=july)

    assert (closed, days(year)) == ([*BEFORE[:2], *MOVED[2:]], MOVED)


def test_more_time_for_a_unit_stands_beside_it(year: Year) -> None:
    allow_unit(
        year.period(2).pk,
        year.units["民政課"],
        actor=year.secretary,
        due_on=DAY(2026, 7, 31),
        reason="颱風。",
        at=MAY,
    )
    move_due_days(year.plan.pk, at=MAY)
    assert days(year) == MOVED
    assert year.period(2).changes.get().due_on == DAY(2026, 7, 31)


def test_periods_that_were_over_at_the_approval_move_too() -> None:
    year = make_year(at=MAY)
    assert days(year)[0] == DAY(2026, 6, 3)
    Holiday.objects.create(day=DAY(2026, 6, 3), name="放假")
    move_due_days(year.plan.pk, at=MAY)
    assert days(year)[0] == DAY(2026, 6, 4)


def test_a_day_never_moves_into_the_past(year: Year) -> None:
    Period.objects.filter(plan=year.plan, number=1).update(due_on=DAY(2026, 5, 20))
    move_due_days(year.plan.pk, at=MAY)
    assert days(year)[0] == DAY(2026, 5, 20)


def test_a_plan_that_is_closed_keeps_its_days(year: Year) -> None:
    Plan.objects.filter(pk=year.plan.pk).update(status="closed")
    call_command("move_due_days")
    assert days(year) == BEFORE
