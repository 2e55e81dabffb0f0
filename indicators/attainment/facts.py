"""What goes into the arithmetic of attainment, and what comes out."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import pgettext

from indicators.attainment.reasons import Reason
from indicators.enums import Aggregation, Baseline, Comparator, Direction, Frequency, Per, ProgressState


@dataclass(frozen=True, slots=True)
class Stage:
    """A milestone. `is_due` is for the caller to say, who knows the day."""

    key: int
    weight: Decimal
    title: str = ""
    is_due: bool = False


@dataclass(frozen=True, slots=True)
class Yardstick:
    """How an indicator is read: the fields of its row that the arithmetic needs."""

    comparator: str = Comparator.AT_LEAST
    aggregation: str = Aggregation.SUM
    counted_in: str = ""
    direction: str = Direction.NONE
    per: str = Per.WHOLE
    frequency: str = Frequency.NONE
    baseline: str = Baseline.NONE
    decimals: int = 0
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """What is promised for the year. Without a value it is qualitative, done or not, or a direction only.

    `baseline` is last year's result where the indicator is measured against it, else what a level starts
    from (the 16 of 16小時→8小時).
    """

    value: Decimal | None = None
    value_max: Decimal | None = None
    baseline: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A period of filing, from and to which fraction of the year it goes.

    Whether it counts as over is for the caller to say: the day after its last, or when its filing is due.
    """

    number: int
    start: Fraction
    end: Fraction
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Filed:
    """A unit's result of one period; of several for the same, the one of the highest `version` counts.

    A share is filed as numerator and denominator, a mean too wherever possible; `value` is then not looked
    at. What is done or not is 1 or 0. `reached` names the milestones reached by the end of the period.
    """

    period: int
    unit: Hashable = 0
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    reached: frozenset[int] | None = None
    is_accepted: bool = True
    version: int = 0

    @property
    def has_parts(self) -> bool:
        return self.numerator is not None and self.denominator is not None

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was measured: 無異動."""
        return self.value is None and self.reached is None and not self.has_parts


@dataclass(frozen=True, slots=True)
class Part:
    """What one unit has contributed. Values of a sum add up to its result, as do the parts of shares."""

    unit: Hashable
    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Attainment:
    """How an indicator stands in a year, and why.

    `result` is what was measured so far, in what the indicator counts: the amount, share, mean or level; the
    number of periods reached where each counts; the weight of the milestones reached. Where it is measured
    against last year `change` is what the target speaks of. `percent` is None wherever there is no number
    to be had. `is_reached` is None where that cannot be said. `is_lost`: the target cannot be reached any
    more. `missing` are periods that are over with nothing filed, `waiting` counts results that wait to be
    accepted and are not in here.
    """

    state: ProgressState
    reasons: tuple[Reason, ...] = ()
    result: Decimal | None = None
    change: Decimal | None = None
    percent: Decimal | None = None
    expected: Decimal | None = None
    is_reached: bool | None = None
    is_lost: bool = False
    missing: tuple[int, ...] = ()
    waiting: int = 0
    parts: tuple[Part, ...] = ()

    @property
    def words(self) -> str:
        """Return the reasons as one line in the language of the reader."""
        return pgettext("between remarks", "; ").join(reason.words for reason in self.reasons)
