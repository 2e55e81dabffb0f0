"""Which units file for which lines."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from accounts.models import Unit
from plans.models import Plan
from progress.models import LineUnit, TrackedLine


class Filers:
    """Which units file for the lines of a plan, in two queries."""

    def __init__(self, plan: Plan) -> None:
        self.units = {unit.pk: unit for unit in Unit.objects.filter(district=plan.district_id)}
        self.named: dict[int, list[int]] = defaultdict(list)
        rows = LineUnit.objects.filter(line__plan=plan).order_by("position", "pk")
        for line, unit in rows.values_list("line_id", "unit_id"):
            self.named[line].append(unit)

    def of(self, line: TrackedLine, *, on: dt.date) -> list[int]:
        """Return the keys of the units that file for a line in a period that begins on that day.

        A unit that is gone by then is followed by its successor. Where nobody is named, the secretariat's
        unit files.
        """
        if line.collector_id:
            found = [self._standing(line.collector_id, on)]
        elif line.each_unit_files and line.all_units:
            found = [unit.pk for unit in self.units.values() if exists(unit, on)]
        else:
            found = [self._standing(unit, on) for unit in self.named[line.pk]]
        secretariat = [unit.pk for unit in self.units.values() if unit.is_secretariat and exists(unit, on)]
        return list(dict.fromkeys(unit for unit in found if unit is not None)) or secretariat[:1]

    def count(self, lines: Iterable[TrackedLine], *, on: dt.date) -> dict[int, int]:
        """Return for the key of each unit how many reports it owes in a period that begins on that day."""
        counts: dict[int, int] = defaultdict(int)
        for line in lines:
            if line.is_tracked:
                for unit in self.of(line, on=on):
                    counts[unit] += 1
        return dict(counts)

    def _standing(self, pk: int, on: dt.date) -> int | None:
        """Return the unit itself, or the one of those that followed it which stands on that day."""
        seen: set[int] = set()
        unit: Unit | None = self.units.get(pk)
        while unit is not None and unit.pk not in seen:
            seen.add(unit.pk)
            if unit.ends_on is None or unit.ends_on >= on:
                return int(unit.pk)
            unit = self.units.get(unit.successor_id or 0)
        return None


def exists(unit: Unit, on: dt.date) -> bool:
    return (unit.starts_on is None or unit.starts_on <= on) and (unit.ends_on is None or unit.ends_on >= on)
