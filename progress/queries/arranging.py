"""What the secretariat arranges: the lines that are followed, the periods, and what was changed for units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from accounts.models import Unit
from plans.models import Plan
from progress.enums import FILED
from progress.models import FilingRule, PeriodChange, ProgressReport, TrackedLine
from progress.queries.filers import Filers


def rule_of(plan: Plan) -> FilingRule:
    return FilingRule.objects.get(plan=plan)


def units_of(plan: Plan, *, on: dt.date) -> list[Unit]:
    """Return the units of the plan's district that exist on that day."""
    return list(Unit.objects.active(on).filter(district=plan.district_id))


def tracked_lines(plan: Plan) -> list[TrackedLine]:
    """Return the lines that may be followed, in the order of the plan, with the units they name."""
    return list(plan.tracked_lines.present().prefetch_related("units"))


def owed_by_unit(plan: Plan, lines: Sequence[TrackedLine], *, on: dt.date) -> list[tuple[Unit, int]]:
    """Return how many reports each unit owes in a period, those that owe most first."""
    filers = Filers(plan)
    counts = filers.count(lines, on=on)
    return sorted(
        ((filers.units[pk], count) for pk, count in counts.items()), key=lambda one: (-one[1], one[0].order)
    )


def changes_of(plan: Plan) -> list[PeriodChange]:
    return list(
        PeriodChange.objects.filter(period__plan=plan)
        .select_related("period", "unit", "made_by")
        .order_by("-pk")
    )


def is_begun(plan: Plan) -> bool:
    """Say whether anything was written in, or done with, a report of the plan."""

    reports = ProgressReport.objects.filter(period__plan=plan)
    return (
        reports.filter(version__gt=0).exists()
        or reports.filter(status__in=FILED).exists()
        or reports.filter(evidence__isnull=False).exists()
    )
