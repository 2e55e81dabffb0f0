"""Between which numbers a result has to be, and how much of the way there it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Self

from indicators.attainment.facts import Goal, Yardstick
from indicators.enums import Baseline, Comparator
from indicators.phrases import is_reduction

_WHOLE = Fraction(100)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lowest and the highest number that will do, None where there is no such end."""

    low: Fraction | None = None
    high: Fraction | None = None
    is_open: bool = False  # more than, less than: the end itself will not do

    @classmethod
    def of(cls, comparator: str, value: Decimal, value_max: Decimal | None) -> Self:
        first = Fraction(value)
        if comparator in {Comparator.AT_LEAST, Comparator.MORE_THAN}:
            return cls(low=first, is_open=comparator == Comparator.MORE_THAN)
        if comparator in {Comparator.AT_MOST, Comparator.LESS_THAN}:
            return cls(high=first, is_open=comparator == Comparator.LESS_THAN)
        return cls(first, first if value_max is None else Fraction(value_max))

    def times(self, factor: int) -> Self:
        return replace(
            self,
            low=None if self.low is None else self.low * factor,
            high=None if self.high is None else self.high * factor,
        )

    def holds(self, number: Fraction) -> bool:
        """Say whether the number will do."""
        return not self.is_below(number) and not self.is_above(number)

    def is_below(self, number: Fraction) -> bool:
        return self.low is not None and (number < self.low or (self.is_open and number == self.low))

    def is_above(self, number: Fraction) -> bool:
        return self.high is not None and (number > self.high or (self.is_open and number == self.high))

    def percent(self, number: Fraction) -> Fraction:
        """Return how much of the target is attained, in per cent, never less than none.

        More than the least is more than 100. A limit that is kept is kept: 100 and not more; beyond it, the
        limit's share of the number. Of a least of zero or less there are no shares: all or nothing.
        """
        if self.high is not None and number > self.high:
            return max(self.high / number * _WHOLE, Fraction()) if number > 0 else Fraction()
        if self.low is not None and (self.high is None or number < self.low):
            if self.low <= 0:
                return _WHOLE if self.holds(number) else Fraction()
            return max(number / self.low * _WHOLE, Fraction())
        return _WHOLE


def bounds_of(yardstick: Yardstick, goal: Goal) -> Bounds | None:
    """Return what the result has to keep to; None where there is no number it could be held against.

    What is promised as a change against last year is turned into the amount or level that makes the change.
    """
    if yardstick.comparator == Comparator.DONE:
        return None
    if yardstick.baseline != Baseline.LAST_YEAR:
        return None if goal.value is None else Bounds.of(yardstick.comparator, goal.value, goal.value_max)
    if goal.baseline is None:
        return None
    if goal.value is None:
        return Bounds.of(yardstick.comparator, goal.baseline, None)
    promised = Bounds.of(yardstick.comparator, goal.value, goal.value_max)
    low, high = promised.low, promised.high
    if is_reduction(yardstick.comparator, yardstick.direction):
        low, high = _negative(high), _negative(low)
    return Bounds(_moved(yardstick, goal, low), _moved(yardstick, goal, high), promised.is_open)


def change_bounds(yardstick: Yardstick, goal: Goal) -> Bounds | None:
    """Return what is promised of the change itself, counted in the direction it is promised in."""
    if goal.value is None or yardstick.baseline != Baseline.LAST_YEAR:
        return None
    return Bounds.of(yardstick.comparator, goal.value, goal.value_max)


def change_of(yardstick: Yardstick, goal: Goal, result: Fraction, share: Fraction) -> Fraction | None:
    """Return by how much the result differs from `share` of last year's, as the target counts it.

    In per cent where the target is, in percentage points or pieces otherwise; None where last year had
    nothing to take a percentage of.
    """
    if goal.baseline is None:
        return None
    before = Fraction(goal.baseline) * share
    change = result - before
    if is_reduction(yardstick.comparator, yardstick.direction):
        change = -change
    if yardstick.counted_in == "%":
        return change / before * _WHOLE if before else None
    return change


def floor(number: Fraction, decimals: int) -> Fraction:
    return Fraction(math.floor(number * 10**decimals), 10**decimals)


def ceiling(number: Fraction, decimals: int) -> Fraction:
    return Fraction(math.ceil(number * 10**decimals), 10**decimals)


def _moved(yardstick: Yardstick, goal: Goal, change: Fraction | None) -> Fraction | None:
    if change is None or goal.baseline is None:
        return None
    before = Fraction(goal.baseline)
    return before * (1 + change / _WHOLE) if yardstick.counted_in == "%" else before + change


def _negative(number: Fraction | None) -> Fraction | None:
    return None if number is None else -number
