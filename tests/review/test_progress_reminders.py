"""What is said of progress in the digests: to whom, and from which day on."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import Appointment, User
from progress.models import Finding
from progress.queries.reports import values_of
from progress.services.findings import add_finding, take_finding_step
from progress.services.periods import allow_unit, close_period
from progress.services.reports import save_report
from progress.services.steps import take_step
from review.queries.reminders import reminders
from tests.builders import make_holder
from tests.progress.rows import IN_FIRST, Year, make_year

pytestmark = pytest.mark.django_db
DUE = dt.date(2026, 4, 10)
FOUND = dt.date(2026, 3, 20)


@pytest.fixture
def year() -> Year:
    year = make_year()
    year.chief(), year.staff()
    return year


def said(person: User, on: dt.date) -> list[str]:
    return [
        line.words % line.parameters for one in reminders(on) if one.person == person for line in one.lines
    ]


def file(year: Year, words: str = "法律諮詢") -> Any:
    report = year.report(words)
    values = {"narrative": "已辦理。", "actual": "25"}
    return save_report(
        report.pk, actor=year.secretary, base=values_of(report), values=values, at=IN_FIRST
    ).report


def test_staff_are_told_before_the_due_day_chiefs_on_it_the_secretariat_three_days_after(year: Year) -> None:
    filing = [
        "of 115年1月至3月 to file by 115年4月10日" in line
        for line in said(year.staff(), DUE - dt.timedelta(7))
    ]
    assert filing == [True]
    assert said(year.chief(), DUE - dt.timedelta(7)) == []
    assert len(said(year.chief(), DUE)) == 1
    secretary = [line for line in said(year.secretary, DUE + dt.timedelta(2)) if "民政課" in line]
    assert secretary == []
    assert len([line for line in said(year.secretary, DUE + dt.timedelta(3)) if "民政課" in line]) == 1


def test_a_unit_without_staff_has_its_chief_told_from_the_first(year: Year) -> None:
    chief = year.chief("社會課")
    assert len(said(chief, DUE - dt.timedelta(7))) == 1


def test_what_is_filed_waits_for_the_chief_and_then_for_the_secretariat(year: Year) -> None:
    report = file(year)
    take_step(report.pk, "submit", actor=year.staff(), at=IN_FIRST)
    day = dt.date(2026, 3, 20)
    assert [line for line in said(year.chief(), day) if "wait for you to check" in line]
    assert said(year.staff(), DUE) == []

    take_step(report.pk, "release", actor=year.chief(), at=IN_FIRST)

    assert [line for line in said(year.secretary, day) if "wait for you to accept" in line]
    take_step(report.pk, "accept", actor=year.secretary, at=IN_FIRST)
    assert not [line for line in said(year.secretary, day) if "wait for you to accept" in line]


def test_of_a_closed_period_nobody_is_reminded_but_a_unit_that_was_given_more_time(year: Year) -> None:
    late = dt.datetime(2026, 4, 20, 2, tzinfo=dt.UTC)
    close_period(year.period().pk, actor=year.secretary, at=late)
    assert not [line for line in said(year.staff(), late.date()) if "1月至3月" in line]
    until = late.date() + dt.timedelta(7)
    allow_unit(
        year.period().pk, year.units["民政課"], actor=year.secretary, due_on=until, reason="補正", at=late
    )
    assert [line for line in said(year.staff(), late.date()) if "115年4月27日" in line]


def find(year: Year, *, origin: str = "district", actor: User | None = None) -> Finding:
    return add_finding(
        year.plan,
        actor=actor or year.secretary,
        origin=origin,
        unit=year.units["民政課"],
        line=None,
        checked_on=FOUND,
        text="櫃檯無人。",
        measure="排班。",
        due_on=dt.date(2026, 3, 27),
        at=IN_FIRST,
    )


def told_of_finding(person: User, on: dt.date = FOUND) -> list[str]:
    return [line for line in said(person, on) if "櫃檯無人" in line]


def test_a_finding_is_told_to_its_unit(year: Year) -> None:
    find(year)
    assert [line.split(" is to be")[0] for line in told_of_finding(year.staff())] == ["A finding at 民政課"]
    assert told_of_finding(year.secretary) == []


def test_what_the_unit_answered_waits_for_the_secretariat_and_no_more_for_the_unit(year: Year) -> None:
    finding = find(year)
    take_finding_step(finding.pk, "answer", actor=year.staff(), text="已排班。", at=IN_FIRST)
    long_after = dt.date(2026, 4, 20)
    assert told_of_finding(year.staff(), long_after) == told_of_finding(year.chief(), long_after) == []
    (line,) = told_of_finding(year.secretary)
    assert "waits for your decision" in line

    take_finding_step(finding.pk, "follow", actor=year.secretary, text="請補班表。", at=IN_FIRST)

    assert len(told_of_finding(year.staff(), long_after)) == 1


def test_an_answer_to_the_city_waits_for_who_entered_the_finding_there(year: Year) -> None:
    checker, other = (make_holder(Role.EVALUATOR, year.district.city) for _ in range(2))
    finding = find(year, origin="city", actor=checker)
    take_finding_step(finding.pk, "answer", actor=year.staff(), text="已排班。", at=IN_FIRST)
    assert (len(told_of_finding(checker)), told_of_finding(other)) == (1, [])
    assert told_of_finding(year.secretary) == []

    Appointment.objects.filter(user=checker).update(ends_on=FOUND - dt.timedelta(1))

    assert (told_of_finding(checker), len(told_of_finding(other))) == ([], 1)


@pytest.mark.parametrize("plans", [1, 3])
def test_it_costs_the_same_for_any_number_of_plans(
    plans: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _n in range(plans):
        year = make_year()
        year.staff()
        report = file(year)
        take_step(report.pk, "release", actor=year.secretary, at=IN_FIRST)
    with time_machine.travel(IN_FIRST), django_assert_num_queries(15):
        assert len(reminders(DUE)) == plans
