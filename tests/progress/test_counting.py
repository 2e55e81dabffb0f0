from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial

import pytest

from accounts.models import User
from indicators.enums import ProgressState
from plans.document import UnitName
from progress.enums import ReportStep
from progress.models import ProgressReport
from progress.services.counting import recount_plans
from progress.services.steps import take_step
from tests.builders import node
from tests.dashboard.rows import release, write
from tests.progress.rows import IN_FIRST, counted, make_year
from tests.shared_database import shared_database  # noqa: F401 -- a fixture
from tests.test_concurrency import race


@pytest.mark.django_db
def test_a_target_is_counted_as_soon_as_it_is_laid_out() -> None:
    assert make_year().target("法律諮詢").state == ProgressState.NOT_STARTED


@pytest.mark.django_db
def test_more_is_expected_of_a_target_once_a_period_has_ended() -> None:
    year = make_year()

    for on, state, expected in (
        (dt.date(2026, 3, 31), ProgressState.NOT_STARTED, None),
        (dt.date(2026, 4, 1), ProgressState.BEHIND, 3),
    ):
        assert recount_plans(on=on) == 1
        target = year.target("法律諮詢")
        assert (target.state, target.expected) == (state, expected)


@pytest.mark.django_db
def test_what_was_released_is_in_the_count() -> None:
    year = make_year()
    release(year.report("法律諮詢"), actor=year.secretary, at=IN_FIRST, actual="25", 法律諮詢="3")

    recount_plans(on=dt.date(2026, 4, 1))

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
