"""Counting: how a target stands after what was filed, kept with it for the pages of many districts.

What counts is what a chief has released. The state of a report that is being written takes its own numbers in
already, as if its period were over, so that the writer sees what they come to.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from indicators.attainment import Attainment
from plans.enums import PlanStatus
from progress.models import CountedTarget, Period, ProgressReport, YearEndState
from progress.queries.counting import Year, store
from progress.services.tallies import tally_periods
from progress.standing import computed_state

TEN_THOUSANDTH = Decimal("0.0001")
MOST = Decimal(10) ** 15  # what the columns hold


@transaction.atomic
def recount(targets: Iterable[CountedTarget], *, on: dt.date, skips_locked: bool = False) -> None:
    """Count targets of one plan anew, with what was released until that day, and store what changed.

    Two units may release results of one target at once: the second waits here for the first, and then reads
    what the first left. With `skips_locked` it leaves out what somebody else is counting just then.
    """
    keys = [target.pk for target in targets if target.same_as_id is None]
    # NO KEY: a measurement that is being written holds its target's key, and must not be waited for.
    rows = CountedTarget.objects.select_for_update(of=("self",), no_key=True, skip_locked=skips_locked)
    wanted = list(rows.filter(pk__in=keys).order_by("pk"))
    if not wanted:
        return
    year = Year(wanted[0].plan_id, wanted)
    for target in wanted:
        values = kept(year.attain(target, on=on))
        if any(getattr(target, name) != value for name, value in values.items()):
            CountedTarget.objects.filter(pk=target.pk).update(**values)


def kept(found: Attainment) -> dict[str, Any]:
    """Return how a target stands as its row keeps it."""
    return {
        "result": _held(found.result),
        "expected": _held(found.expected),
        "attainment": _held(found.percent),
        "state": str(found.state),
        "is_reached": found.is_reached,
        "reasons": [store(reason) for reason in found.reasons],
    }


def recount_plans(*, on: dt.date) -> int:
    """Count the targets of all plans anew whose year is not long over: with the days more is expected.

    Each plan by itself, so that nobody who files waits for all of them. Returns how many were counted.
    """
    plans: dict[int, list[CountedTarget]] = defaultdict(list)
    rows = CountedTarget.objects.present().filter(same_as__isnull=True, plan__year__gte=on.year - 1)
    # Results that are with the city, or received, stand as they were filed.
    stands = Q(plan__status=PlanStatus.CLOSED) | Q(plan__year_ends__state=YearEndState.FILED)
    for target in rows.exclude(stands):
        plans[target.plan_id].append(target)
    for plan, targets in plans.items():
        recount(targets, on=on, skips_locked=True)
        tally_periods(Period.objects.filter(plan=plan).values_list("pk", flat=True))
    return len(plans)


def set_state(report: ProgressReport) -> None:
    """Set the state of a report, not saved yet, from its progress and from how its targets stand with it."""
    targets = [one for one in report.line.targets.all() if one.same_as_id is None and one.removed_at is None]
    year = Year(report.line.plan_id, targets)
    found = [year.attain(target, writing=report) for target in targets]
    states = [
        str(one.state)
        for target, one in zip(targets, found, strict=True)
        # A milestone is late whether or not the report speaks of it.
        if target.pk in year.milestones
        or any(row["report_id"] == report.pk for row in year.measured[target.pk])
    ]
    report.state = report.state_given or computed_state(report.planned, report.actual, states)


def _held(value: Decimal | None) -> Decimal | None:
    """Return a number as its column holds it, None where it is too large for any."""
    if value is None or abs(value) >= MOST:
        return None
    return value.quantize(TEN_THOUSANDTH)
