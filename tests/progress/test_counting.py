from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial

import pytest

from accounts.models import User
from indicators.enums import ProgressState
from plans.document import UnitName
from progress.enums import ReportStep
from progress.models import FilingRule, ProgressReport
from progress.services.counting import count_ended
from progress.services.steps import take_step
from tests.builders import node
from tests.dashboard.rows import release, write
from tests.progress.rows import IN_FIRST, Year, counted, make_year
from tests.shared_database import shared_database  # noqa: F401 -- a fixture
from tests.test_concurrency import race


def counted_on(year: Year) -> dt.date | None:
    return FilingRule.objects.get(plan=year.plan).counted_on


@pytest.mark.django_db
def test_a_plan_is_counted_when_it_is_laid_out() -> None:
    year = make_year()

    assert year.target("法律諮詢").state == ProgressState.NOT_STARTED
    assert counted_on(year) == dt.date(2026, 1, 5)


@pytest.mark.django_db
def test_more_is_expected_of_a_target_once_a_period_has_ended() -> None:
    year = make_year()

    assert count_ended(dt.date(2026, 3, 31)) == 0
    assert year.target("法律諮詢").state == ProgressState.NOT_STARTED
    assert count_ended(dt.date(2026, 4, 1)) == 1

    target = year.target("法律諮詢")
    assert (target.state, target.expected) == (ProgressState.BEHIND, 3)
    assert counted_on(year) == dt.date(2026, 4, 1)
    assert count_ended(dt.date(2026, 4, 2)) == 0


@pytest.mark.django_db
def test_a_plan_never_counted_is_counted() -> None:
    year = make_year()
    FilingRule.objects.filter(plan=year.plan).update(counted_on=None)

    assert count_ended(dt.date(2026, 1, 6)) == 1
    assert counted_on(year) == dt.date(2026, 1, 6)


@pytest.mark.django_db
def test_what_was_released_is_in_the_count() -> None:
    year = make_year()
    release(year.report("法律諮詢"), actor=year.secretary, at=IN_FIRST, actual="25", 法律諮詢="3")

    count_ended(dt.date(2026, 4, 1))

    target = year.target("法律諮詢")
    assert (target.result, target.attainment, target.state) == (3, 25, ProgressState.ON_SCHEDULE)


@pytest.mark.slow
@pytest.mark.usefixtures("shared_database")
def test_two_units_that_release_at_once_are_both_counted() -> None:
    """On PostgreSQL neither transaction sees what the other has not committed yet."""
    shared = node(
        "heading",
        title="諮詢",
        units=(UnitName("民政課"), UnitName("社會課")),
        children=[counted("辦理12場。", "諮詢", "12", "場")],
    )
    for _time in range(8):
        year = make_year(node("chapter", title="內容", children=[shared]))
        reports = [year.report("諮詢", unit=unit) for unit in ("民政課", "社會課")]
        for report in reports:
            write(report, actor=year.secretary, at=IN_FIRST, actual="25", 諮詢="4")

        race(*(partial(step_of, report, year.secretary) for report in reports))

        assert year.target("諮詢").result == Decimal(8)


def step_of(report: ProgressReport, actor: User) -> ProgressReport:
    return take_step(report.pk, ReportStep.RELEASE, actor=actor, at=IN_FIRST, tells=False)
