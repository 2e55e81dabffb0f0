"""How lines fare through a year, for demonstration data in bulk: what they tell, and what targets come to.

A line is on one of a few courses, so that all of this is reckoned once for each of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from districtplans.demo.years import DONE, REMEDY, WHY
from indicators.enums import Aggregation, ProgressState
from progress.enums import ReportStatus
from progress.models import CountedTarget, Period, ProgressReport
from progress.queries.counting import Year
from progress.queries.succession import Succession
from progress.services.counting import kept
from progress.standing import computed_state

# How much of what was planned by then is done at the end of each quarter, and how often a line fares so.
COURSES: tuple[tuple[tuple[str, str, str, str], int], ...] = (
    (("1", "1", "1", "1"), 34),
    (("1.2", "1.1", "1.05", "1"), 16),
    (("1", "1.05", "1.1", "1.15"), 12),
    (("0.6", "0.8", "1", "1"), 12),
    (("0.8", "0.7", "0.95", "1"), 8),
    (("1", "0.9", "0.75", "0.7"), 8),
    (("1", "1", "0.7", "0.6"), 6),
    (("0.5", "0.6", "0.65", "0.7"), 4),
)
CATCH_UP = dt.timedelta(days=45)
ALL = Decimal(100)
FiledIn = tuple[tuple[int, ReportStatus], ...]  # the periods a line was reported in, and where that stands


@dataclass(frozen=True)
class Told:
    """What a report says, and the values measured of the line's targets, in their order."""

    values: dict[str, Any]
    measured: tuple[dict[str, Decimal], ...]


class Courses:
    """What is told of lines and how their targets stand, for plans with the same targets and rhythm."""

    def __init__(self, on: dt.date) -> None:
        self.on = on
        self._told: dict[tuple[Any, ...], Told] = {}
        self._stands: dict[tuple[Any, ...], dict[str, Any]] = {}

    def told(
        self,
        targets: Sequence[CountedTarget],
        course: int,
        before: tuple[int, ...],
        period: Period,
        *,
        line: int,
        year: Sequence[Period],
    ) -> Told:
        """Return what a line's report says in a period, when those of the periods `before` were released."""
        key = (line, course, before, period.starts_on)
        if key not in self._told:
            planned = period.share_of_year
            actual = min((planned * Decimal(COURSES[course][0][period.number - 1])).quantize(Decimal(1)), ALL)
            report = ProgressReport(pk=period.number, period=period)
            filed = tuple((number, ReportStatus.ACCEPTED) for number in (*before, period.number))
            states = [str(self._attained(one, course, filed, year, report)["state"]) for one in targets]
            state = computed_state(planned, actual, states)
            values = {"planned": planned, "actual": actual, "state": state, "narrative": _one(DONE, *key)}
            if state == ProgressState.BEHIND:
                values |= {
                    "reason": _one(WHY, *key),
                    "countermeasure": _one(REMEDY, *key),
                    "catch_up_on": period.ends_on + CATCH_UP,
                }
            self._told[key] = Told(values, tuple(amounts(one, course, period.number) for one in targets))
        return self._told[key]

    def stands(
        self, target: CountedTarget, course: int, filed: FiledIn, year: Sequence[Period]
    ) -> dict[str, Any]:
        """Return how a target stands today when these reports were filed."""
        over = sum(period.ends_on < self.on for period in year)
        key = (target.pk, course, filed, over)
        if key not in self._stands:
            self._stands[key] = self._attained(target, course, filed, year, None)
        return self._stands[key]

    def _attained(
        self,
        target: CountedTarget,
        course: int,
        filed: FiledIn,
        year: Sequence[Period],
        writing: ProgressReport | None,
    ) -> dict[str, Any]:
        rows = [
            {"value": None, "numerator": None, "denominator": None, "state": ""}
            | {"target_id": target.pk, "report_id": number, "report__period__number": number}
            | {"report__unit_id": 0, "report__version": 0, "report__status": status}
            | amounts(target, course, number)
            for number, status in filed
        ]
        counting = Year(target.plan_id, [target])
        # In place of what it would read from the database.
        filers = {target.pk: Succession({period.number: {0} for period in year})}
        vars(counting).update(periods=list(year), measured={target.pk: rows}, filers=filers)
        on = None if writing else self.on
        return kept(counting.attain(target, on=on, writing=writing))


def amounts(target: CountedTarget, course: int, number: int) -> dict[str, Decimal]:
    """Return what was measured of a target in a period: its share of the year, or the parts of a ratio."""
    fared, value = [Decimal(share) for share in COURSES[course][0]], target.value or Decimal(0)
    if target.aggregation == Aggregation.RATIO:
        whole = Decimal(80 + (target.position * 7 + number * 13) % 80)
        # A ratio falls short by less than an amount does.
        share = min(value / 100 * (1 - (1 - fared[number - 1]) / 5), Decimal(1))
        part = (share * whole).to_integral_value(ROUND_CEILING)
        percent = (part / whole * 100).quantize(Decimal("0.0001"))
        return {"value": percent, "numerator": part, "denominator": whole}
    now = (value * number / 4 * fared[number - 1]).to_integral_value()
    before = (value * (number - 1) / 4 * fared[number - 2]).to_integral_value() if number > 1 else Decimal(0)
    return {"value": max(now - before, Decimal(0))}


def _one(texts: Sequence[str], line: int, course: int, before: tuple[int, ...], day: dt.date) -> str:
    return texts[(line + course + len(before) + day.month) % len(texts)]
