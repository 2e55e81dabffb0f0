"""Lines that go from one unit to another within a year: where one alone reports in each period, they follow
each other, and what they report counts as that of one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from progress.models import ProgressReport


@dataclass(frozen=True)
class Succession:
    """Who reports on a line in each period of its year, by the keys of units."""

    by_period: Mapping[int, Collection[int]] = field(default_factory=dict)

    @property
    def units(self) -> set[int]:
        """All units that report, of those that follow each other the last alone."""
        found = {unit for units in self.by_period.values() for unit in units}
        return {self.as_one(unit) for unit in found}

    @property
    def asked(self) -> dict[int, set[int]] | None:
        """Who is asked in each period, those that follow each other as one; None where nobody ever is."""
        found = {number: {self.as_one(unit) for unit in units} for number, units in self.by_period.items()}
        return found or None

    def as_one(self, unit: int) -> int:
        """Return the unit, or the last of those that follow each other, if it is one of them."""
        if not self.by_period or any(len(units) > 1 for units in self.by_period.values()):
            return unit
        (last,) = self.by_period[max(self.by_period)]
        return last if any(unit in units for units in self.by_period.values()) else unit


def successions(rows: Iterable[tuple[int, int, int]]) -> dict[int, Succession]:
    """Return the succession on each line, or whatever else the first of a row names; then period and unit."""
    found: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for key, period, unit in rows:
        found[key][period].add(unit)
    return {key: Succession(by_period) for key, by_period in found.items()}


def successions_on(lines: Collection[int]) -> dict[int, Succession]:
    """Return the succession on each of these lines; one query."""
    rows = ProgressReport.objects.owed().filter(line__in=lines).order_by()
    return successions(rows.values_list("line_id", "period__number", "unit_id"))
