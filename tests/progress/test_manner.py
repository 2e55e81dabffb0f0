"""A target is read as the version in force promises it, whatever its indicator's row says by now."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps

from indicators.enums import ProgressState
from indicators.models import Indicator, YearlyTarget
from indicators.services import FIELDS, set_baseline
from plans.document import Target
from plans.models import Plan
from plans.services.indicators import save_indicator, save_year, values_of_year
from progress.models import CountedTarget
from progress.queries.yearend import line_years
from progress.services.counting import recount_plans
from tests.builders import make_plan, node
from tests.dashboard.rows import BEHIND, as_, release, write
from tests.progress.rows import IN_FIRST, Year, make_year, put_in_force

LINE, NAME = "陳情處理", "抱怨件數"
MANNER = [("direction", "more"), ("frequency", "month"), ("baseline", ""), ("decimals", 2)]
COLUMNS = ("direction", "frequency", "against", "decimals", "result", "expected", "attainment", "state",
           "is_reached", "reasons")  # fmt: skip


@pytest.fixture(autouse=True)
def after_first() -> Iterator[None]:
    with time_machine.travel(dt.datetime(2026, 4, 2, 2, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def year(db: None) -> Year:
    """Return a year that promises a tenth fewer complaints than the 1,000 of last year; 301 are released."""
    target = Target(
        "抱怨件數較上年度減少10%以上。", NAME, ">=", "10", None, "%", "sum",
        baseline="last_year", direction="less",
    )  # fmt: skip
    line = node("heading", title=LINE, children=[node("target", target.quote, targets=(target,))])
    year = make_year(node("chapter", title="計畫內容", children=[line]))
    set_baseline(indicator_of(year), 2026, Decimal(1000), actor=year.secretary)
    release(year.report(LINE), actor=year.secretary, at=IN_FIRST, actual="25", 抱怨件數="300.5", **BEHIND)
    return year


def indicator_of(year: Year) -> Indicator:
    return Indicator.objects.get(name=NAME, district=year.district)


def change(year: Year, **values: Any) -> None:
    """Write how the indicator is read, as its page does."""
    row = indicator_of(year)
    base = {name: getattr(row, name) for name in FIELDS}
    save_indicator(row.pk, actor=year.secretary, base=base, values=base | values)


def open_revision(year: Year) -> None:
    Plan.objects.filter(pk=year.plan.pk).update(status="revising")


def seen(year: Year) -> list[str]:
    """Return what the pages on which the target stands say, without their markup."""
    unit, target = year.units["秘書室"].pk, year.target(NAME)
    pages = [
        f"/periods/{year.period(1).pk}/units/{unit}/",
        f"/periods/{year.period(2).pk}/units/{unit}/",
        f"/dashboard/lines/{target.line_id}/",
        f"/dashboard/indicators/{target.indicator_id}/",
        f"/dashboard/plans/{year.plan.pk}/targets/",
    ]
    client = as_(year.secretary)
    answers = [client.get(page) for page in pages]
    assert [answer.status_code for answer in answers] == [200] * len(pages)
    texts = [re.sub(r"<[^>]+>|\s+", " ", answer.content.decode()) for answer in answers]
    return [*texts, *(words for line in line_years(year.plan) for words in line.targets)]


def counted(year: Year) -> dict[str, Any]:
    """Return the target as it is kept, counted anew as it is every morning."""
    recount_plans(on=dt.date(2026, 4, 2))
    return {name: getattr(year.target(NAME), name) for name in COLUMNS}


@pytest.mark.parametrize(("name", "value"), MANNER)
class TestARevision:
    def test_changes_nothing_while_it_is_under_way(self, year: Year, name: str, value: Any) -> None:
        before, shown = counted(year), seen(year)
        open_revision(year)

        change(year, **{name: value})

        assert (counted(year), seen(year)) == (before, shown)

    def test_is_counted_and_shown_from_its_approval_on(self, year: Year, name: str, value: Any) -> None:
        before, shown = counted(year), seen(year)
        open_revision(year)
        change(year, **{name: value})

        put_in_force(year.plan, actor=year.secretary, at=IN_FIRST)

        column = {"baseline": "against"}.get(name, name)
        assert before[column] != value
        assert counted(year)[column] == value
        assert seen(year) != shown

    def test_leaves_the_state_of_a_report_that_is_written_meanwhile(
        self, year: Year, name: str, value: Any
    ) -> None:
        open_revision(year)
        change(year, **{name: value})

        with time_machine.travel(dt.datetime(2026, 7, 2, 2, tzinfo=dt.UTC), tick=False):
            write(
                year.report(LINE, 2),
                actor=year.secretary,
                at=dt.datetime(2026, 7, 2, 2, tzinfo=dt.UTC),
                actual="50",
                抱怨件數="149.5",
            )

        # Of 900 in the whole year 450 may be there: exactly as many are, counted in whole numbers or not.
        assert year.report(LINE, 2).state == ProgressState.ON_SCHEDULE


def test_next_years_plan_does_not_change_how_this_years_is_read(year: Year) -> None:
    before, shown = counted(year), seen(year)
    plan = make_plan(year.district, year=2027, chapters=(node("chapter", title="計畫內容"),), status="draft")
    chapter = plan.items.get()
    chapter.indicators.add(indicator_of(year))

    for name, value in MANNER:
        change(year, **{name: value})

    assert (counted(year), seen(year)) == (before, shown)


def test_a_new_name_is_shown_from_its_approval_on(year: Year) -> None:
    before = seen(year)
    open_revision(year)
    row = indicator_of(year)
    base = {name: getattr(row, name) for name in FIELDS}
    save_indicator(row.pk, actor=year.secretary, base=base, values=base | {"name": "民眾抱怨"})

    assert seen(year) == before
    put_in_force(year.plan, actor=year.secretary, at=IN_FIRST)
    page = as_(year.secretary).get(f"/dashboard/indicators/{row.pk}/").content.decode()
    assert "<h1>民眾抱怨</h1>" in page


def test_where_a_level_starts_in_a_revision_is_not_taken_for_last_years_result(year: Year) -> None:
    """A revision that turns growth into a level writes its start where last year's result stood."""
    before = counted(year)
    open_revision(year)
    change(year, baseline="", aggregation="latest")
    row = YearlyTarget.objects.get(indicator=indicator_of(year), year=2026)
    base = values_of_year(row)

    save_year(
        row.indicator_id, 2026, actor=year.secretary, base=base, values=base | {"baseline": Decimal(16)}
    )

    assert year.target(NAME).baseline == 1000
    assert counted(year) == before


def test_last_years_result_is_taken_up_by_what_the_version_in_force_measures(year: Year) -> None:
    open_revision(year)
    change(year, baseline="")

    set_baseline(indicator_of(year), 2026, Decimal(400), actor=year.secretary)

    assert (year.target(NAME).baseline, year.target(NAME).state) == (400, ProgressState.BEHIND)


class TestMigration:
    """Rows that were laid out before they held how they are read."""

    def migrate(self) -> None:
        CountedTarget.objects.update(direction="none", frequency="", against="", decimals=0)
        migration: Any = import_module("progress.migrations.0009_keep_manner_of_counted_targets")
        migration.keep(apps, None)

    def test_they_are_read_as_their_version_promises(self, year: Year) -> None:
        before = counted(year)
        open_revision(year)
        change(year, direction="more", frequency="month", baseline="", decimals=2)

        self.migrate()

        assert counted(year) == before

    def test_what_a_version_no_longer_promises_is_read_as_its_indicator_is(self, year: Year) -> None:
        CountedTarget.objects.update(removed_at=dt.datetime(2026, 4, 1, tzinfo=dt.UTC))
        open_revision(year)
        change(year, frequency="month", decimals=2)

        self.migrate()

        row = year.target(NAME)
        assert (row.direction, row.frequency, row.against, row.decimals) == ("less", "month", "last_year", 2)

    def test_a_sentence_without_a_number_is_left(self, year: Year) -> None:
        other = make_year()
        self.migrate()
        row = other.plan.counted_targets.get(quote="諮詢紀錄於三日內歸檔。")
        assert (row.direction, row.frequency, row.against, row.decimals) == ("none", "", "", 0)
