"""How much of a yearly target is attained, where it should be by now, and why one says so.

Pure: dataclasses in, dataclasses out; no rows, no clock. Numbers go in as Decimal, are reckoned in fractions
and come out as Decimal, exact to fifty digits; only `rounded` of indicators/phrases.py rounds, half up, for
display.

    attain(yardstick, goal, filed, terms, units=…, stated=…) -> Attainment

    Yardstick   how the indicator is read: comparator, aggregation, per, frequency, baseline, milestones …
    Goal        the year's value, highest value and baseline
    Filed       one unit's result of one period; accepted or not; the highest version of it counts
    Term        a period of the year as fractions of it, and whether it is over (`even_terms` makes them)
    Attainment  result, percent, expected by now, state, is_reached, is_lost, missing, parts, reasons

`Attainment.words` tells the reasons in the reader's language; each is a `Reason`, a code with parameters,
that may be stored. In which order results are given does not matter. What waits to be accepted is only
counted (`waiting`), unless `with_waiting` asks how things would stand then.

What the words of a plan come to
================================

Sum. Results of all periods and units are added. By now a target is due in the share of the year that is
over; what is counted in whole things is due in whole things, so of 7場次 three are due after half a year
(rounded down to the indicator's decimals, and up where one would be ahead of it). "At least" is complete
as soon as it is reached, for it cannot be lost again.

At most, less than. A limit on a sum may be used up evenly, rounded up; who has used more is behind, and who
is past the limit has lost it (`is_lost`). It is complete when the year is over and every period was filed.
A limit that is kept is attained to 100 %, never more; past it the limit is divided by the result.

Exactly, between. Both ends hold; complete when the year is over. Who is in the range before that is ahead.

Ratio. Σ numerator / Σ denominator, times a hundred for per cent, whatever is measured in which period; never
a mean of ratios. A denominator of 0 brings nothing in; if they are 0 altogether there is no number. Shares
filed without their parts cannot be put together, so there is no number either; a single one stands as it
is. A ratio or mean of the year is made of all its periods, so it has to be right at any time.

Mean. Weighed by the denominators where all results have them, else a plain mean. Per person, unit, village
or "each": what one of them is given adds up over the year (終身學習時數每人80小時: of each period the mean
over the persons, these added up), and is due evenly. That goes for things gained, not for scores (分, %)
nor limits (每人等候10分鐘), which are plain means. Per case or session nothing adds up: the mean counts.

Sum per person, village, household. As such a mean: each period's mean over them, added up.

Per unit. Unless it is a mean, each unit has to reach the target for itself, and the one furthest from it
decides. Units that have to file but did not count too, if `units` names them.

Latest. Each unit's latest result; what is counted is added over the units, heights (%, 分, times, per person)
are averaged. From a baseline the way to the target is even. A limit has to be kept always. Otherwise
nothing is due before the year ends. Complete when the year is over only, for a level may be lost again.

Each period. Each round counts for itself: the result is how many were reached, of all of the year. A round
missed cannot be made up; the state stays behind. The indicator's frequency and the periods of filing need
not be the same (rounds.py): within a longer period they are owed together. A change against last year
in each period is filed as that change.

Against last year. `Goal.baseline` is last year's result, and what is filed is this year's amount or level,
not the change. Counted in %, the target is a change in per cent of it; counted in 百分點, in points of a
share; else in pieces. Less is better turns "at least" into a reduction. Sums are compared with the same
share of last year. The percentage is the part of the promised change that was made. Without last year's
result there is a result, but no judgement (`is_reached` is None). A direction without a number (提高使用率)
is reached or not, without a percentage; while nothing is measured of it, the state is the one a person gives.

Done or not. 1 or 0, by each unit that has to; there is no percentage. Milestones: the weight of those reached
in the latest filing; one that is due and not reached makes it behind.

Without a number. The state is the one a person gives (`stated`): of the target itself, or where nobody spoke
of that, of the line it stands under (progress/standing.py). Stopped is always for a person to say.

Nothing filed. Not started, as long as nothing is due; behind once something is, and when the year is over.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction

from indicators.attainment.bounds import Bounds, bounds_of
from indicators.attainment.case import Case, Verdict, finished
from indicators.attainment.counting import counting
from indicators.attainment.facts import Attainment, Filed, Goal, Part, Stage, Term, Yardstick
from indicators.attainment.marks import (
    judge_done,
    judge_milestones,
    judge_rounds,
    judge_state,
    judge_without_baseline,
)
from indicators.attainment.numbers import judge_each_unit, judge_number
from indicators.attainment.reasons import WORDS, Reason
from indicators.enums import Aggregation, Baseline, Comparator, Per, ProgressState

__all__ = [
    "WORDS",
    "Attainment",
    "Filed",
    "Goal",
    "Part",
    "Reason",
    "Stage",
    "Term",
    "Yardstick",
    "attain",
    "even_terms",
]


def attain(
    yardstick: Yardstick,
    goal: Goal,
    filed: Iterable[Filed],
    terms: Sequence[Term],
    *,
    units: Collection[Hashable] = (),
    owed: Mapping[int, Collection[Hashable]] | None = None,
    stated: ProgressState | None = None,
    with_waiting: bool = False,
) -> Attainment:
    """Return how an indicator stands against its target of a year.

    `terms` are all periods of the year in order. `units` are those that have to file in each of them; left
    empty, a period counts as filed when anybody did. Where they differ from period to period `owed` tells
    them by its number; in one it does not name nobody has to. Raises ValueError for a result of a period that
    is none of the year's, and for two results of the same version.
    """
    rows, waiting = counting(filed, with_waiting=with_waiting)
    if strangers := {row.period for row in rows} - {term.number for term in terms}:
        message = f"no such periods in the year: {sorted(strangers)}"
        raise ValueError(message)
    case = Case(yardstick, goal, rows, terms, units, stated, owed)
    return finished(case, _judge(case), waiting)


def even_terms(count: int, over: int = 0) -> tuple[Term, ...]:
    """Return the periods of a year cut evenly, of which so many are over."""
    return tuple(
        Term(number, Fraction(number - 1, count), Fraction(number, count), is_over=number <= over)
        for number in range(1, count + 1)
    )


def _judge(case: Case) -> Verdict:
    yardstick, goal = case.yardstick, case.goal
    if yardstick.aggregation == Aggregation.MILESTONES:
        return judge_milestones(case)
    if yardstick.comparator == Comparator.DONE or yardstick.aggregation == Aggregation.DONE:
        return judge_done(case)
    if yardstick.aggregation == Aggregation.EACH_PERIOD and goal.value is not None:
        # What last year's same period was is not known here: such a change is filed as it is.
        return judge_rounds(case, Bounds.of(yardstick.comparator, goal.value, goal.value_max))
    is_change = yardstick.baseline == Baseline.LAST_YEAR and goal.value is not None
    if is_change and not goal.baseline and (goal.baseline is None or yardstick.counted_in == "%"):
        code = "no_baseline" if goal.baseline is None else "zero_baseline"
        return judge_without_baseline(case, code)
    return _judge_number(case)


def _judge_number(case: Case) -> Verdict:
    yardstick = case.yardstick
    bounds = bounds_of(yardstick, case.goal)
    is_only_stated = case.goal.value is None and case.stated is not None and not case.rows
    if bounds is None or is_only_stated:
        return judge_state(case)
    is_each_ones = yardstick.per == Per.UNIT and yardstick.aggregation != Aggregation.MEAN
    if is_each_ones and yardstick.baseline == Baseline.NONE:
        return judge_each_unit(case, bounds)
    return judge_number(case, bounds)
