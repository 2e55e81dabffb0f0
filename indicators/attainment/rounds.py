"""What is promised for each period: rounds, each of which has to be reached for itself."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction

from indicators.attainment.bounds import Bounds
from indicators.attainment.counting import is_held, put_together, way_of
from indicators.attainment.facts import Filed, Term, Yardstick
from indicators.enums import Frequency, Per

# How often a year something comes round. Offices are open on some 250 days.
_A_YEAR: dict[str, Fraction] = {
    Frequency.DAY: Fraction(250),
    Frequency.WEEK: Fraction(52),
    Frequency.TWO_WEEKS: Fraction(26),
    Frequency.MONTH: Fraction(12),
    Frequency.TWO_MONTHS: Fraction(6),
    Frequency.QUARTER: Fraction(4),
    Frequency.FOUR_MONTHS: Fraction(3),
    Frequency.HALF_YEAR: Fraction(2),
    Frequency.SEMESTER: Fraction(2),
    Frequency.YEAR: Fraction(1),
    Frequency.TWO_YEARS: Fraction(1, 2),
}


class Outcome(Enum):
    REACHED = auto()
    MISSED = auto()
    NOT_FILED = auto()  # over, and what is filed is not enough or not all
    OPEN = auto()


@dataclass(frozen=True, slots=True)
class Round:
    """Periods that count as one, and how many times the promise falls due in them."""

    terms: tuple[Term, ...]
    times: int

    @property
    def is_over(self) -> bool:
        return all(term.is_over for term in self.terms)


def rounds_of(yardstick: Yardstick, terms: Sequence[Term]) -> list[Round]:
    """Return the rounds of the year, by where 每月, 每四個月 end among the periods of filing.

    A period in which several end owes as many; one in which none ends is counted with the next. Filed
    quarterly, 每月2次 owes six a quarter and 每四個月 one by the second, third and fourth quarter.
    """
    often = yardstick.frequency or (yardstick.per if yardstick.per in _A_YEAR else "")
    a_year = _A_YEAR.get(often)
    if a_year is None:
        return [Round((term,), 1) for term in terms]
    rounds: list[Round] = []
    gathered: list[Term] = []
    for term in terms:
        gathered.append(term)
        times = math.floor(term.end * a_year) - math.floor(term.start * a_year)
        if times:
            rounds.append(Round(tuple(gathered), times))
            gathered = []
    return rounds or ([Round(tuple(gathered), 1)] if gathered else [])


def outcome_of(
    round_: Round,
    yardstick: Yardstick,
    bounds: Bounds,
    rows: Collection[Filed],
    units: Collection[Hashable],
    *,
    owed: Mapping[int, Collection[Hashable]] | None = None,
) -> Outcome:
    """Say how a round came out. `units` have to file; where each has to reach it, they are all there are.

    With `owed` those alone that it names in a period.
    """
    if not is_held(yardstick):
        bounds = bounds.times(round_.times)
    numbers = {term.number for term in round_.terms}
    own = [row for row in rows if row.period in numbers]
    asked = {number: units if owed is None else {*units} & {*owed.get(number, ())} for number in numbers}
    if yardstick.per != Per.UNIT:
        return _of_one(round_, yardstick, bounds, own, asked, is_known=owed is not None)
    outcomes = {
        _of_one(
            round_,
            yardstick,
            bounds,
            [row for row in own if row.unit == unit],
            {number: [one for one in there if one == unit] for number, there in asked.items()},
            is_known=owed is not None,
        )
        for unit in units
        if any(unit in there for there in asked.values())
    }
    # The worst decides.
    order = (Outcome.MISSED, Outcome.NOT_FILED, Outcome.OPEN, Outcome.REACHED)
    none = Outcome.NOT_FILED if round_.is_over else Outcome.OPEN
    return next((outcome for outcome in order if outcome in outcomes), none)


def _of_one(
    round_: Round,
    yardstick: Yardstick,
    bounds: Bounds,
    rows: Collection[Filed],
    asked: Mapping[int, Collection[Hashable]],
    *,
    is_known: bool,
) -> Outcome:
    """Say how a round came out for all, or for one unit; `is_known` where nobody else may have to file."""
    way = way_of(yardstick)
    number = put_together(yardstick, way, rows)
    filed = {(row.period, row.unit) for row in rows}
    periods = {row.period for row in rows}
    is_whole = all(
        (is_known or period in periods) and all((period, unit) in filed for unit in units)
        for period, units in asked.items()
    )
    if number is not None:
        # Once there are enough, more do no harm, unless there is a limit or the number may fall again.
        is_settled = is_whole or (bounds.high is None and way.adds_up)
        if bounds.holds(number) and is_settled:
            return Outcome.REACHED
        if bounds.is_above(number) and way.adds_up:
            return Outcome.MISSED  # what only grows has gone past its limit
    if not round_.is_over:
        return Outcome.OPEN
    return Outcome.MISSED if is_whole and number is not None else Outcome.NOT_FILED
