"""Last year's result comes in while this year is counted already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from indicators.enums import ProgressState
from indicators.models import Indicator, YearlyTarget
from indicators.services import record_result, set_baseline
from plans.document import Target
from plans.models import Plan
from plans.services.indicators import save_year, values_of_year
from progress.enums import ReportStep
from progress.models import YearEnd
from progress.queries.filing import filing
from progress.queries.reports import what_lacks
from progress.queries.yearend import line_years
from progress.resources.writing import fields_of
from progress.services.steps import take_step
from progress.standing import reason_of
from review.services.year_ends import return_year_end
from tests.builders import make_user, node
from tests.dashboard.rows import as_, release, write
from tests.progress.rows import IN_FIRST, Year, make_year
from tests.shared_database import shared_database  # noqa: F401 -- a fixture
from tests.test_concurrency import race


@pytest.fixture(autouse=True)
def after_first() -> Iterator[None]:
    with time_machine.travel(dt.datetime(2026, 4, 2, 2, tzinfo=dt.UTC), tick=False):
        yield


def growth(name: str = "回收量", **manner: Any) -> Any:
    target = Target(
        f"{name}較上年度成長10%以上。",
        name,
        **{"comparator": ">=", "value": "10", "value_max": None, "counted_in": "%", "aggregation": "sum"}
        | {"baseline": "last_year", "direction": "more"}
        | manner,
    )
    return node("target", target.quote, targets=(target,))


def year_of(*targets: Any) -> Year:
    line = node("heading", title="資源回收", children=targets or (growth(),))
    return make_year(node("chapter", title="計畫內容", children=[line]))


def indicator_of(year: Year, name: str = "回收量") -> Indicator:
    return Indicator.objects.get(name=name, district=year.district)


def told(year: Year, name: str = "回收量") -> str:
    return "；".join(reason_of(stored).words for stored in year.target(name).reasons)


@pytest.mark.django_db
def test_a_baseline_that_is_filled_in_has_its_target_judged() -> None:
    year = year_of()
    release(year.report("資源回收"), actor=year.secretary, at=IN_FIRST, actual="25", 回收量="300")
    assert year.target("回收量").is_reached is None
    assert told(year) == "目前 300，缺前一年實績，無法計算增減"
    indicator = indicator_of(year)
    target = YearlyTarget.objects.get(indicator=indicator)
    base = values_of_year(target)

    save_year(indicator.pk, 2026, actor=year.secretary, base=base, values=base | {"baseline": Decimal(1000)})

    counted = year.target("回收量")
    assert (counted.baseline, counted.state, counted.attainment) == (1000, ProgressState.AHEAD, 200)
    assert told(year) == "已達 300／1,100，至今應達 275；較前一年（1,000）增加 20%"


@pytest.mark.django_db
def test_a_baseline_that_is_changed_has_its_target_judged_anew() -> None:
    year = year_of()
    release(year.report("資源回收"), actor=year.secretary, at=IN_FIRST, actual="25", 回收量="300")
    states = []
    for before in (Decimal(1000), Decimal(1200), None):
        set_baseline(indicator_of(year), 2026, before, actor=year.secretary)
        states.append((year.target("回收量").state, year.target("回收量").is_reached))

    assert states == [
        (ProgressState.AHEAD, False),
        (ProgressState.BEHIND, False),
        (ProgressState.ON_SCHEDULE, None),
    ]


@pytest.mark.django_db
def test_last_years_result_is_taken_up_and_follows_when_it_is_received_anew() -> None:
    year = year_of()
    release(year.report("資源回收"), actor=year.secretary, at=IN_FIRST, actual="25", 回收量="300")
    indicator = indicator_of(year)
    YearlyTarget.objects.create(indicator=indicator, year=2025, value=Decimal(5))

    found = []
    for result in (Decimal(1000), Decimal("1100.5")):
        record_result(indicator.pk, 2025, actor=year.secretary, value=result)
        found.append((year.target("回收量").baseline, year.target("回收量").state))

    assert found == [(1000, ProgressState.AHEAD), (Decimal("1100.5"), ProgressState.BEHIND)]


@pytest.mark.django_db
def test_a_baseline_that_was_typed_stays_whatever_last_years_report_says() -> None:
    year = year_of()
    indicator = indicator_of(year)
    YearlyTarget.objects.create(indicator=indicator, year=2025, value=Decimal(5))
    set_baseline(indicator, 2026, Decimal(900), actor=year.secretary)

    record_result(indicator.pk, 2025, actor=year.secretary, value=Decimal(1000))

    assert year.target("回收量").baseline == 900


@pytest.mark.django_db
def test_only_the_targets_of_that_year_and_measure_are_counted() -> None:
    year = year_of(growth(), growth("減廢量"))
    other = year_of()
    set_baseline(indicator_of(year), 2026, Decimal(1000), actor=year.secretary)

    assert [year.target(name).baseline for name in ("回收量", "減廢量")] == [1000, None]
    assert other.target("回收量").baseline is None


@pytest.mark.django_db
def test_the_start_of_a_level_is_promised_and_waits_for_its_version() -> None:
    level = Target("縮短為8小時。", "處理時間", "<=", "8", None, "小時", "latest", start="16")
    year = year_of(node("target", level.quote, targets=(level,)))
    assert year.target("處理時間").baseline == 16

    set_baseline(indicator_of(year, "處理時間"), 2026, Decimal(20), actor=year.secretary)

    assert year.target("處理時間").baseline == 16


@pytest.mark.django_db
def test_the_results_of_a_plan_that_is_closed_stand() -> None:
    year = year_of()
    Plan.objects.filter(pk=year.plan.pk).update(status="closed")
    set_baseline(indicator_of(year), 2026, Decimal(1000), actor=year.secretary)
    assert year.target("回收量").baseline is None


@pytest.mark.django_db
def test_results_that_are_with_the_city_stand() -> None:
    year = year_of()
    filed = {"content": "{}", "filed_by": year.secretary, "filed_at": timezone.now()}
    row = YearEnd.objects.create(plan=year.plan, number=1, **filed)
    set_baseline(indicator_of(year), 2026, Decimal(1000), actor=year.secretary)
    assert year.target("回收量").baseline is None

    return_year_end(row.pk, actor=make_user(), at=timezone.now(), comment="請補。")
    assert year.target("回收量").baseline == 1000  # and what came in meanwhile is taken up


@pytest.mark.django_db
def test_a_baseline_that_is_refused_counts_nothing() -> None:
    year = year_of()
    with pytest.raises(ValidationError):
        set_baseline(indicator_of(year), 2026, Decimal("NaN"), actor=year.secretary)
    assert year.target("回收量").baseline is None


@pytest.mark.django_db
def test_what_is_filed_is_the_amount_and_never_a_percentage() -> None:
    year = year_of()
    target = year.target("回收量")
    page = as_(year.secretary).get(f"/periods/{year.period(1).pk}/units/{year.units['秘書室'].pk}/")
    assert "本期實績（%）" not in page.content.decode()
    release(year.report("資源回收"), actor=year.secretary, at=IN_FIRST, actual="25", 回收量="300")
    set_baseline(indicator_of(year), 2026, Decimal(1000), actor=year.secretary)

    (line,) = line_years(year.plan)
    assert line.targets == ("回收量：實績300（目標較前一年增加至少10%，達成率200%）",)
    assert (
        "300%"
        not in as_(year.secretary).get(f"/dashboard/indicators/{target.indicator_id}/").content.decode()
    )


@pytest.mark.django_db
def test_three_times_as_much_as_last_year_is_to_be_confirmed() -> None:
    year = year_of()
    set_baseline(indicator_of(year), 2026, Decimal(100), actor=year.secretary)
    write(year.report("資源回收"), actor=year.secretary, at=IN_FIRST, actual="25", 回收量="301")
    assert list(what_lacks(year.report("資源回收"))) == [f"value-{year.target('回收量').pk}"]


def direction() -> Any:
    """Return a line that promises a higher share than last year's, by however much (提高使用率)."""
    return growth(comparator=">", value=None, aggregation="ratio", decimals=1)


def form_of(year: Year, number: int = 1) -> str:
    page = f"/periods/{year.period(number).pk}/units/{year.units['秘書室'].pk}/"
    return as_(year.secretary).get(page).content.decode()


@pytest.mark.django_db
class TestADirectionWithoutANumber:
    def shares(self, year: Year, parts: tuple[str, str], **values: str) -> None:
        key = year.target("回收量").pk
        measured = {f"numerator-{key}": parts[0], f"denominator-{key}": parts[1]}
        release(year.report("資源回收"), actor=year.secretary, at=IN_FIRST, actual="25", **measured, **values)

    def test_its_form_asks_for_the_share_and_for_the_state(self) -> None:
        year = year_of(direction())
        key, page = year.target("回收量").pk, form_of(year)
        for name in ("numerator", "denominator", "state"):
            assert f'name="{name}-{key}"' in page
        assert "高於前一年" in page

    def test_what_is_measured_is_held_against_last_year(self) -> None:
        year = year_of(direction())
        set_baseline(indicator_of(year), 2026, Decimal(60), actor=year.secretary)

        self.shares(year, ("61", "100"), **{f"state-{year.target('回收量').pk}": "behind"})

        target = year.target("回收量")
        assert (target.result, target.state, target.is_reached) == (61, ProgressState.ON_SCHEDULE, True)
        assert told(year) in form_of(year)
        (line,) = line_years(year.plan)
        assert line.targets == ("回收量：實績61（目標高於前一年）",)

    def test_while_nothing_is_measured_the_state_given_stands(self) -> None:
        year = year_of(direction())
        set_baseline(indicator_of(year), 2026, Decimal(60), actor=year.secretary)
        key = f"state-{year.target('回收量').pk}"

        release(
            year.report("資源回收"), actor=year.secretary, at=IN_FIRST, actual="25", **{key: "on_schedule"}
        )

        target = year.target("回收量")
        assert (target.result, target.state, target.is_reached) == (None, ProgressState.ON_SCHEDULE, None)
        (line,) = line_years(year.plan)
        assert line.targets == ("回收量較上年度成長10%以上：符合進度",)

    def test_without_last_years_result_the_line_is_asked(self) -> None:
        year = year_of(direction())
        self.shares(year, ("61", "100"))
        target = year.target("回收量")
        assert (target.result, target.state) == (61, year.report("資源回收").state)
        assert target.state == ProgressState.ON_SCHEDULE

    def test_the_sheet_asks_for_it_too(self) -> None:
        year = year_of(direction())
        (card,) = filing(year.period(1), year.units["秘書室"], on=dt.date(2026, 4, 2)).cards
        (target,) = card.targets
        assert fields_of(target) == {"numerator", "denominator", "confirmed", "state"}


@pytest.mark.slow
@pytest.mark.usefixtures("shared_database")
def test_a_baseline_and_a_release_at_the_same_moment_are_both_in_the_count() -> None:
    for _time in range(8):
        year = year_of()
        report, person = year.report("資源回收"), make_user()
        write(report, actor=year.secretary, at=IN_FIRST, actual="25", 回收量="300")

        race(
            partial(take_step, report.pk, ReportStep.RELEASE, actor=person, at=IN_FIRST, tells=False),
            partial(set_baseline, indicator_of(year), 2026, Decimal(1000), actor=person),
        )

        counted = year.target("回收量")
        assert (counted.result, counted.baseline, counted.attainment) == (300, 1000, 200)
