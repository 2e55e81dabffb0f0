"""Years that are followed: filed in full in the past, unevenly in the present."""

from __future__ import annotations

from pytest_django import Settings

from indicators.enums import ProgressState
from plans.models import Plan
from progress.enums import ReportStatus
from progress.models import CountedTarget, Finding, ProgressReport
from progress.queries.yearend import line_years


def reports(year: int) -> dict[str, int]:
    found = ProgressReport.objects.owed().filter(
        period__plan__district__name="安平區", period__plan__year=year
    )
    return {status: found.filter(status=status).count() for status in ReportStatus.values}


def test_past_years_are_accepted_in_full_and_the_present_is_under_way(seeded: Settings) -> None:
    for year in (2024, 2025):
        assert reports(year)["accepted"] == sum(reports(year).values()) == 64
    present = reports(2026)
    assert sum(present.values()) == 64
    assert present["accepted"] > 20
    assert present["draft"] > 10


def test_some_is_behind_and_says_why_and_some_is_ahead(seeded: Settings) -> None:
    states = set(ProgressReport.objects.exclude(status="draft").values_list("state", flat=True))
    assert {ProgressState.BEHIND, ProgressState.ON_SCHEDULE, ProgressState.AHEAD} <= states
    behind = ProgressReport.objects.filter(state=ProgressState.BEHIND).exclude(status="draft")
    assert not behind.filter(reason="").exists()
    counted = CountedTarget.objects.filter(plan__year=2025, value__isnull=False)
    assert counted.filter(is_reached=True).exists()
    assert counted.filter(is_reached=False).exists()


def test_no_unit_files_everything(seeded: Settings) -> None:
    for name in ("安平區", "阿蓮區"):
        owed = ProgressReport.objects.filter(period__plan__district__name=name, period__number=1)
        assert owed.values("unit").distinct().count() > 5


def test_the_results_of_a_past_year_are_written(seeded: Settings) -> None:
    plan = Plan.objects.get(district__name="安平區", year=2025)
    assert all("尚無" not in "".join(one.paragraphs) for one in line_years(plan))
    assert {finding.state for finding in Finding.objects.filter(plan=plan)} == {"released"}


def test_what_checks_found_this_year_is_still_followed(seeded: Settings) -> None:
    found = Finding.objects.filter(plan__district__name="安平區", plan__year=2026)
    assert {finding.state for finding in found} == {"followed"}
    assert {finding.origin for finding in found} == {"district", "city"}
    assert len({finding.unit_id for finding in found}) == len(found) == 3
