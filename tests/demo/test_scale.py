"""A city of many districts, made in bulk: it must stand as if the services had written it."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from districtplans.demo.scale import CITY, EVALUATOR, add_scale
from indicators.models import Indicator
from plans.models import Plan
from plans.queries.documents import plan_document
from progress.models import CountedTarget, Measurement, ProgressReport
from progress.services.counting import recount_plans, set_state
from tests.builders import make_holder
from tests.demo.test_again import rows

NOW = dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC)
TODAY = NOW.date()


@pytest.fixture
def scaled(seeded: Settings) -> list[Plan]:
    assert add_scale(2, now=NOW) == 6
    return list(Plan.objects.filter(district__city__name=CITY).order_by("district__code", "-year"))


def test_two_districts_have_three_years_of_sixty_lines_and_four_periods(scaled: list[Plan]) -> None:
    assert [(plan.district.name, plan.year) for plan in scaled] == [
        (name, year) for name in ("第001區", "第002區") for year in (2026, 2025, 2024)
    ]
    for plan in scaled:
        assert plan.tracked_lines.filter(is_tracked=True).count() == 60
        assert ProgressReport.objects.filter(period__plan=plan).count() == 60 * 4
        assert plan.counted_targets.count() == 32


def test_a_copy_is_the_plan_that_its_version_says_and_nothing_is_altered(scaled: list[Plan]) -> None:
    for plan in scaled:
        assert plan.in_force is not None
        assert plan_document(plan).to_json() == plan.in_force.content
        assert plan.title == f"{CITY}{plan.district.name}公所{plan.roc_year}年度提升服務執行計畫"
    call_command("verify_versions", stdout=io.StringIO())  # it would leave by sys.exit


def test_what_the_targets_come_to_is_what_counting_them_anew_finds(scaled: list[Plan]) -> None:
    ours = CountedTarget.objects.filter(plan__in=scaled).order_by("pk")
    before = list(ours.values())

    recount_plans(on=TODAY)

    assert list(ours.values()) == before
    assert {"behind", "on_schedule", "done"} <= set(ours.values_list("state", flat=True))


def test_reports_stand_as_saving_them_would_leave_them(scaled: list[Plan]) -> None:
    last = ProgressReport.objects.filter(period__plan__year=2026, period__number=3, period__plan__in=scaled)
    filed = list(last.exclude(status="draft").select_related("period", "line"))
    for report in filed:
        before = report.state
        set_state(report)
        assert report.state == before
        assert bool(report.reason) == (report.state == "behind")
    assert len({report.status for report in filed}) == 4
    assert (
        not ProgressReport.objects.filter(period__plan__in=scaled, status="draft").exclude(state="").exists()
    )
    assert not Measurement.objects.filter(report__period__plan__in=scaled, report__status="draft").exists()


def test_districts_fare_unevenly_and_indicators_live_on(scaled: list[Plan]) -> None:
    of_year = [
        tuple(plan.counted_targets.order_by("position").values_list("result", flat=True)) for plan in scaled
    ]
    assert len(set(of_year)) == 6
    assert Indicator.objects.filter(district__city__name=CITY).count() == 2 * 32


def test_run_again_it_adds_nothing_and_with_more_districts_only_those(scaled: list[Plan]) -> None:
    before = rows()

    assert add_scale(2, now=NOW) == 0
    assert rows() == before

    assert add_scale(3, now=NOW) == 3
    assert Plan.objects.filter(district__city__name=CITY).count() == 9


def test_the_command_adds_it_and_names_who_signs_in(seeded: Settings) -> None:
    out = io.StringIO()
    call_command("seed_demo", "--scale", "1", stdout=out)

    assert Plan.objects.filter(district__city__name=CITY).count() == 3
    assert EVALUATOR in out.getvalue()


def test_it_is_refused_where_people_work_in_earnest(seeded: Settings) -> None:
    make_holder("secretariat", Plan.objects.filter(district__name="三民區")[0].district)

    with pytest.raises(CommandError, match="並非示範"):
        call_command("seed_demo", "--scale", "2", stdout=io.StringIO())

    assert not Plan.objects.filter(district__city__name=CITY).exists()


@pytest.mark.parametrize("scale", ["0", "-3", "1000"])
def test_it_is_refused_for_a_number_that_is_none(seeded: Settings, scale: str) -> None:
    with pytest.raises(CommandError, match="1"):
        call_command("seed_demo", "--scale", scale, stdout=io.StringIO())


def test_it_is_refused_while_debug_is_off(seeded: Settings) -> None:
    seeded.DEBUG = False

    with pytest.raises(CommandError, match="DEBUG"):
        call_command("seed_demo", "--scale", "2", stdout=io.StringIO())

    assert not Plan.objects.filter(district__city__name=CITY).exists()
