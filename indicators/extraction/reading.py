"""What the reader hands back."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from indicators.enums import Aggregation, Baseline, Comparator, Direction, Frequency, Origin, Per


@dataclass(frozen=True)
class Reading:
    """One promise read from a sentence.

    `quote` is `text[start:end]`, the words that carry the promise, as they stand. `value` is None for
    what is done or not done, and for a mere direction (提高使用率). `value_max` is the upper end of a
    range. `counted_in` is the measure word as printed, width folded (％ is %, 9大類 is 類); 萬 and 千 are
    multiplied out. `baseline_value` is what a change starts from (16 in 16小時→8小時), `due` the date that
    stands with the number, both as far as the sentence says.
    """

    quote: str
    start: int
    end: int
    name: str
    comparator: Comparator
    value: Decimal | None
    value_max: Decimal | None
    counted_in: str
    aggregation: Aggregation
    per: Per
    origin: Origin
    frequency: Frequency = Frequency.NONE
    direction: Direction = Direction.NONE
    baseline: Baseline = Baseline.NONE
    baseline_value: Decimal | None = None
    due: str = ""

    @property
    def qualitative(self) -> bool:
        """Say whether progress is a state rather than a number."""
        return self.value is None
