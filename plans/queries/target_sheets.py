"""A district's indicators and targets as the rows of their sheet."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count

from accounts.models import District
from indicators.models import Indicator, Milestone, YearlyTarget
from plans.document import MANNER

# Of an indicator as it is written: what a plan promises with it, and what no plan holds.
OF_INDICATOR = (*MANNER, "numerator_name", "denominator_name", "unit")
OF_YEAR = ("value", "value_max", "baseline_value", "quote")
NO_YEAR: Mapping[str, Any] = {
    **dict.fromkeys(OF_YEAR), "quote": "", "milestones": (), "proposal": False,
}  # fmt: skip


class SheetMilestone(NamedTuple):
    title: str
    due_on: dt.date
    weight: Decimal


@dataclass
class Row:
    """What stands of one indicator in one year, cell by cell, and how often it was written."""

    cells: dict[str, Any]
    version: int = 0
    target: int | None = None


def sheet_rows(district: District) -> list[Row]:
    """Return all rows of a district's sheet, in six queries."""
    indicators = list(
        Indicator.objects.filter(district=district).select_related("unit").order_by("name", "pk")
    )
    written = _times(Indicator.history.filter(district=district), "id")
    targets: dict[int, list[YearlyTarget]] = defaultdict(list)
    rows = YearlyTarget.objects.filter(indicator__district=district).order_by("-year")
    for target in rows.prefetch_related("milestones"):
        targets[target.indicator_id].append(target)
    keys = [target.pk for ones in targets.values() for target in ones]
    of_targets = _times(YearlyTarget.history.filter(id__in=keys), "id")
    of_milestones = _times(Milestone.history.filter(target__in=keys), "target")
    found = []
    for indicator in indicators:
        own = {name: getattr(indicator, name) for name in OF_INDICATOR} | {
            "key": indicator.pk,
            "unit": indicator.unit.name if indicator.unit else "",
            "retired": indicator.retired_on is not None,
        }
        for target in targets[indicator.pk]:
            version = written[indicator.pk] + of_targets[target.pk] + of_milestones[target.pk]
            found.append(Row(own | _of_year(target), version, target.pk))
        if not targets[indicator.pk]:
            found.append(Row({**own, **NO_YEAR, "year": None}, written[indicator.pk]))
    return found


def _of_year(target: YearlyTarget) -> dict[str, Any]:
    return {
        "year": target.year,
        "value": target.value,
        "value_max": target.value_max,
        "baseline_value": target.baseline,
        "quote": target.quote,
        "proposal": target.is_proposal,
        "milestones": tuple(
            SheetMilestone(one.title, one.due_on, one.weight) for one in target.milestones.all()
        ),
    }


def _times(history: Any, name: str) -> dict[int, int]:
    """Return how often rows were written, by their key."""
    counted = history.order_by().values(name).annotate(count=Count("history_id"))
    return defaultdict(int, counted.values_list(name, "count"))
