"""What is promised for each period: rounds, each of which has to be reached for itself."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Sequence
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
    round_: Round, yardstick: Yardstick, bounds: Bounds, rows: Collection[Filed], units: Collection[Hashable]
) -> Outcome:
    """Say how a round came out. `units` have to file; where each has to reach it, they are all there are."""
    if not is_held(yardstick):
        bounds = bounds.times(round_.times)
    numbers = {term.number for term in round_.terms}
    own = [row for row in rows if row.period in numbers]
    if yardstick.per != Per.UNIT:
        return _of_one(round_, yardstick, bounds, own, units)
    outcomes = {
        _of_one(round_, yardstick, bounds, [row for row in own if row.unit == unit], [unit]) for unit in units
    }
    # The worst decides.
    order = (Outcome.MISSED, Outcome.NOT_FILED, Outcome.OPEN, Outcome.REACHED)
    none = Outcome.NOT_FILED if round_.is_over else Outcome.OPEN
    return next((outcome for outcome in order if outcome in outcomes), none)


def _of_one(
    round_: Round, yardstick: Yardstick, bounds: Bounds, rows: Collection[Filed], units: Collection[Hashable]
) -> Outcome:
    way = way_of(yardstick)
    number = put_together(yardstick, way, rows)
    filed = {(row.period, row.unit) for row in rows}
    is_whole = {term.number for term in round_.terms} == {row.period for row in rows} and all(
        (term.number, unit) in filed for term in round_.terms for unit in units
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
