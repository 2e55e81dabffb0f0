"""The tallies of periods: what stands in them is what the reports come to, whatever was done."""

from __future__ import annotations

import random
from functools import partial
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.exceptions import ValidationError

from indicators.enums import ProgressState
from plans.document import UnitName
from progress.enums import COUNTED, WRITABLE, ReportStatus, ReportStep
from progress.models import PeriodTally, ProgressReport
from progress.services.counting import recount_plans
from progress.services.periods import close_period, open_again
from progress.services.steps import hand_in, take_step, take_steps
from progress.services.tracking import Choice, choose_lines
from tests.builders import node
from tests.dashboard.rows import AFTER_DUE, BEHIND, release, wide_year, write
from tests.progress.rows import IN_FIRST, Year, counted, make_year, put_in_force
from tests.shared_database import shared_database  # noqa: F401 -- a fixture
from tests.test_concurrency import race

Numbers = tuple[int, int, int, int]


def kept(year: Year) -> dict[int, Numbers]:
    """Return owed, unfiled, released and behind by the number of the period."""
    rows = PeriodTally.objects.filter(period__plan=year.plan)
    numbers = ("owed", "unfiled", "counted", "behind")
    return {number: tuple(told) for number, *told in rows.values_list("period__number", *numbers)}  # type: ignore[misc]


def counted_one_by_one(year: Year) -> dict[int, Numbers]:
    found = {}
    for period in year.plan.periods.all():
        owed = [one for one in period.reports.all() if one.removed_at is None]
        told = [one for one in owed if one.status in COUNTED]
        found[period.number] = (
            len(owed),
            sum(one.status in WRITABLE for one in owed),
            len(told),
            sum(one.state == ProgressState.BEHIND for one in told),
        )
    return found


@pytest.mark.django_db
class TestSteps:
    @pytest.fixture(autouse=True)
    def in_first_quarter(self) -> Any:
        with time_machine.travel(IN_FIRST, tick=False):
            yield

    def test_a_plan_that_is_laid_out_owes_all_of_it(self) -> None:
        assert kept(wide_year(3)) == dict.fromkeys((1, 2, 3, 4), (3, 3, 0, 0))

    def test_each_step_moves_a_report_on(self) -> None:
        year = wide_year(2)
        report = year.report("項目0")
        take = partial(take_step, report.pk, actor=year.secretary, at=IN_FIRST, tells=False)
        write(report, actor=year.secretary, at=IN_FIRST, planned="25", actual="9", **BEHIND)
        assert kept(year)[1] == (2, 2, 0, 0)
        take(ReportStep.SUBMIT)
        assert kept(year)[1] == (2, 1, 0, 0)
        take(ReportStep.RELEASE)
        assert kept(year)[1] == (2, 1, 1, 1)
        take(ReportStep.ACCEPT)
        assert kept(year)[1] == (2, 1, 1, 1)
        take(ReportStep.REOPEN, comment="請補正。")
        assert kept(year)[1] == (2, 2, 0, 0)
        assert kept(year)[2] == (2, 2, 0, 0)

    def test_what_is_caught_up_is_not_behind(self) -> None:
        year = wide_year(1)
        report = year.report("項目0")
        release(report, actor=year.secretary, at=IN_FIRST, planned="25", actual="9", **BEHIND)
        take_step(report.pk, ReportStep.RETURN, actor=year.secretary, at=IN_FIRST, comment="請更新。")
        release(report, actor=year.secretary, at=IN_FIRST, actual="25", 活動0="3")
        assert kept(year)[1] == (1, 0, 1, 0)

    def test_of_many_at_once_those_that_are_kept_stay(self) -> None:
        year = wide_year(3)
        first, second, third = (year.report(f"項目{number}") for number in range(3))
        for report in (first, second):
            write(
                report,
                actor=year.secretary,
                at=IN_FIRST,
                planned="25",
                actual="25",
                **{report.line.words[-3:]: "1"},
            )
        outcome = hand_in(
            year.period(),
            year.units["民政課"],
            [first.pk, second.pk, third.pk],
            actor=year.secretary,
            is_chief=True,
            at=IN_FIRST,
        )
        assert (len(outcome.done), list(outcome.kept)) == (2, [third.pk])
        assert kept(year) == counted_one_by_one(year)
        assert kept(year)[1][:3] == (3, 1, 2)

    def test_a_refused_step_changes_nothing(self) -> None:
        year = wide_year(1)
        with pytest.raises(ValidationError):
            take_step(year.report("項目0").pk, ReportStep.ACCEPT, actor=year.secretary, at=IN_FIRST)
        assert kept(year)[1] == (1, 1, 0, 0)

    def test_lines_that_are_no_longer_followed_are_not_owed(self) -> None:
        year = wide_year(2)
        lines = {line.pk: Choice(line.words != "項目1", None) for line in year.plan.tracked_lines.all()}
        choose_lines(year.plan.pk, lines, actor=year.secretary, at=IN_FIRST)
        assert kept(year) == counted_one_by_one(year)
        assert kept(year)[1] == (1, 1, 0, 0)

    def test_a_line_that_a_revision_takes_out_is_not_owed(self) -> None:
        year = make_year()
        before = kept(year)
        item = year.line("法律諮詢").item
        item.removed_at = IN_FIRST
        item.save()
        put_in_force(year.plan, actor=year.secretary, at=IN_FIRST)
        assert kept(year) == counted_one_by_one(year)
        assert kept(year)[2][0] < before[2][0]

    def test_a_period_that_is_opened_again_is_counted(self) -> None:
        year = wide_year(2)
        line = year.line("項目1")
        with time_machine.travel(AFTER_DUE, tick=False):
            close_period(year.period().pk, actor=year.secretary, at=AFTER_DUE)
            choose_lines(year.plan.pk, {line.pk: Choice(False)}, actor=year.secretary, at=AFTER_DUE)
            assert [kept(year)[number][0] for number in (1, 2)] == [2, 1]
            open_again(year.period().pk, actor=year.secretary, at=AFTER_DUE)
        assert kept(year) == counted_one_by_one(year)
        assert kept(year)[1][0] == 1

    def test_a_tally_that_went_astray_is_counted_anew_in_the_morning(self) -> None:
        year = wide_year(2)
        PeriodTally.objects.filter(period=year.period()).update(owed=9)
        PeriodTally.objects.filter(period=year.period(2)).delete()
        recount_plans(on=IN_FIRST.date())
        assert kept(year) == counted_one_by_one(year)

    def test_whatever_is_done_in_whatever_order(self) -> None:
        year = wide_year(4)
        reports = [year.report(f"項目{number}", period) for number in range(4) for period in (1,)]
        for number, report in enumerate(reports):
            write(
                report, actor=year.secretary, at=IN_FIRST, planned="25", actual="9" if number % 2 else "25",
                **(BEHIND if number % 2 else {}), **{f"活動{number}": "1" if number % 2 else "3"},
            )  # fmt: skip
        dice = random.Random(5)  # noqa: S311 -- no secret: the same order each time
        for _turn in range(60):
            step = dice.choice(list(ReportStep))
            if dice.random() < 0.3:
                keys = [one.pk for one in dice.sample(reports, 2)]
                take_steps(keys, step, actor=year.secretary, at=IN_FIRST, comment="理由。")
            else:
                try:
                    take_step(
                        dice.choice(reports).pk,
                        step,
                        actor=year.secretary,
                        at=IN_FIRST,
                        comment="理由。",
                        tells=False,
                    )
                except ValidationError:
                    continue
            assert kept(year) == counted_one_by_one(year)
        assert len({one.status for one in ProgressReport.objects.filter(period=year.period())}) > 1


@pytest.mark.django_db
def test_what_there_was_before_is_counted_by_the_migration() -> None:
    with time_machine.travel(IN_FIRST, tick=False):
        year = wide_year(3)
        release(year.report("項目0"), actor=year.secretary, at=IN_FIRST, planned="25", actual="9", **BEHIND)
        gone = year.report("項目1")
        gone.removed_at = IN_FIRST
        gone.save()
        PeriodTally.objects.all().delete()
        migration: Any = import_module("progress.migrations.0012_count_tallies_of_periods")
        migration.count(apps, None)
    assert (
        kept(year) == counted_one_by_one(year) == {1: (2, 1, 1, 1), **dict.fromkeys((2, 3, 4), (3, 3, 0, 0))}
    )


def of(title: str, unit: str) -> Any:
    """Return a line of a unit, with a target of twelve."""
    target = counted(f"{title}12場。", title, "12", "場")
    return node("heading", title=title, units=(UnitName(unit),), children=[target])


@pytest.mark.slow
@pytest.mark.usefixtures("shared_database")
class TestAtOnce:
    """Units that take steps in one period wait for each other at its tally, and nowhere for ever."""

    def test_units_that_release_at_once_are_all_counted(self) -> None:
        for _time in range(8):
            year = make_year(
                node("chapter", title="內容", children=[of("講座", "民政課"), of("訪視", "社會課")])
            )
            reports = [year.report("講座"), year.report("訪視", unit="社會課")]
            for report, name in zip(reports, ("講座", "訪視"), strict=True):
                write(report, actor=year.secretary, at=IN_FIRST, planned="25", actual="25", **{name: "3"})
            step = partial(take_step, step=ReportStep.RELEASE, actor=year.secretary, at=IN_FIRST, tells=False)
            found = race(*(partial(step, report.pk) for report in reports))
            assert [type(one) for one in found] == [ProgressReport] * 2, found
            assert kept(year) == counted_one_by_one(year)
            assert kept(year)[1] == (2, 0, 2, 0)

    def test_many_at_once_beside_a_single_one(self) -> None:
        for _time in range(8):
            year = wide_year(4)
            reports = [year.report(f"項目{number}") for number in range(4)]
            for number, report in enumerate(reports):
                write(
                    report,
                    actor=year.secretary,
                    at=IN_FIRST,
                    planned="25",
                    actual="25",
                    **{f"活動{number}": "3"},
                )
                take_step(report.pk, ReportStep.RELEASE, actor=year.secretary, at=IN_FIRST, tells=False)
            keys = [report.pk for report in reports]
            found = race(
                partial(take_steps, keys[:3], ReportStep.ACCEPT, actor=year.secretary, at=IN_FIRST),
                partial(
                    take_step,
                    keys[3],
                    ReportStep.RETURN,
                    actor=year.secretary,
                    at=IN_FIRST,
                    comment="請補。",
                    tells=False,
                ),
            )
            assert not [one for one in found if isinstance(one, Exception)], found
            assert kept(year) == counted_one_by_one(year)
            assert kept(year)[1] == (4, 1, 3, 0)
            statuses = ProgressReport.objects.filter(pk__in=keys).values_list("status", flat=True)
            assert sorted(statuses) == [*[ReportStatus.ACCEPTED] * 3, ReportStatus.RETURNED]
