"""Amounts that add up over the year, and heights that are held: shares, means, levels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from indicators.attainment.bounds import Bounds, ceiling, change_bounds, change_of, floor
from indicators.attainment.case import Case, Verdict, listed
from indicators.attainment.counting import Way, exact, lacks_parts, put_together, way_of
from indicators.attainment.reasons import Reason, Value, because
from indicators.enums import Baseline, ProgressState
from indicators.phrases import counted, is_reduction, result_measure, rounded

State = ProgressState


@dataclass(frozen=True, slots=True)
class Pace:
    """What a result has to be by now: `expected` as it is told, and beyond what it is behind or ahead."""

    code: str  # of the reason
    expected: Fraction | None = None
    is_behind: bool = False
    is_ahead: bool = False


def judge_number(case: Case, bounds: Bounds) -> Verdict:
    """Judge a result that is one number against the bounds of the year."""
    way = way_of(case.yardstick)
    result = put_together(case.yardstick, way, case.rows)
    if result is None:
        return _without_result(case, bounds, way)
    pace = (
        _pace_of_amount(case, bounds, result) if way.adds_up else _pace_of_height(case, bounds, result, way)
    )
    is_reached = bounds.holds(result)
    is_lost = way.adds_up and bounds.is_above(result)
    state, code = _state(case, bounds, pace, way, is_reached=is_reached, is_lost=is_lost)
    reasons = [_reason(case, bounds, result, code, pace.expected)]
    change = percent = None
    if case.yardstick.baseline == Baseline.LAST_YEAR:
        share = case.covered if way.adds_up else Fraction(1)
        change = change_of(case.yardstick, case.goal, result, share)
        promised = change_bounds(case.yardstick, case.goal)
        percent = promised.percent(change) if promised and change is not None else None
        reasons += _of_change(case, change)
    else:
        percent = bounds.percent(result)
    return Verdict(
        state, tuple(reasons), is_reached, result, change, percent, expected=pace.expected, is_lost=is_lost
    )


def judge_each_unit(case: Case, bounds: Bounds) -> Verdict:
    """Judge a promise each unit has to keep for itself: the one furthest from it decides."""
    verdicts = [judge_number(case.of(unit), bounds) for unit in case.all_units]
    if not verdicts:
        return judge_number(case, bounds)
    worst = min(verdicts, key=lambda one: (_RANKS[one.state], -1 if one.percent is None else one.percent))
    if len(verdicts) == 1:
        return worst
    reached = sum(one.is_reached is True for one in verdicts)
    state = worst.state
    if state is State.NOT_STARTED and any(one.state is not state for one in verdicts):
        state = State.ON_SCHEDULE
    told = because("units", reached=str(reached), total=str(len(verdicts)))
    return replace(
        worst,
        state=state,
        reasons=(*worst.reasons, told),
        is_reached=reached == len(verdicts),
        is_lost=any(one.is_lost for one in verdicts),
    )


_RANKS = {
    State.BEHIND: 0,
    State.NOT_STARTED: 1,
    State.ON_SCHEDULE: 2,
    State.AHEAD: 3,
    State.DONE: 4,
    State.STOPPED: 5,
}


def _state(
    case: Case, bounds: Bounds, pace: Pace, way: Way, *, is_reached: bool, is_lost: bool
) -> tuple[State, str]:
    """Return the state, and the code of the reason for it."""
    is_floor = way.adds_up and bounds.high is None
    if is_lost:
        return State.BEHIND, "limit_broken"
    if is_floor and is_reached:
        return State.DONE, "amount_reached"  # what is there cannot be lost again
    if case.is_final:
        # Of a limit nobody knows whether it was kept while a period is missing.
        is_known = not (way.adds_up and case.missing)
        state = State.DONE if is_reached and is_known else State.BEHIND
        return state, "amount_final" if is_floor else "level_final"
    if pace.is_behind:
        return State.BEHIND, pace.code
    return (State.AHEAD if pace.is_ahead else State.ON_SCHEDULE), pace.code


def _pace_of_amount(case: Case, bounds: Bounds, result: Fraction) -> Pace:
    """Let the amount grow evenly over the year; what is counted in whole things is due in whole things."""
    places = case.yardstick.decimals
    if bounds.low is None:
        allowed = ceiling((bounds.high or Fraction()) * case.covered, places)
        return Pace("limit", allowed, is_behind=result > allowed)
    expected = floor(bounds.low * case.due, places)
    return Pace(
        "amount" if bounds.high is None else "within",
        expected,
        is_behind=result < expected,
        is_ahead=result > ceiling((bounds.high or bounds.low) * case.covered, places),
    )


def _pace_of_height(case: Case, bounds: Bounds, result: Fraction, way: Way) -> Pace:
    """Say what a share, a mean or a level has to be by now.

    A share or mean of the year is made of all its periods, so it has to be right from the first. A level
    that starts from somewhere is on its way evenly; one that only has to be kept is to be kept always; and
    of one nobody knows the start of, nothing can be said before the year ends.
    """
    held = Pace("level", bounds.high if bounds.low is None else bounds.low, not bounds.holds(result))
    if way is not Way.LATEST:
        return held
    if case.goal.baseline is None:
        is_limit = bounds.low is None
        return held if is_limit else Pace("level_by_the_end", is_behind=bounds.is_above(result))
    start = Fraction(case.goal.baseline)
    if bounds.holds(start):
        return held
    end = bounds.low if bounds.is_below(start) else bounds.high
    if end is None or end == start:  # "more than it is" leads nowhere in particular
        return Pace("level_by_the_end")
    places = case.yardstick.decimals
    due, covered = (start + (end - start) * share for share in (case.due, case.covered))
    if end > start:
        expected = floor(due, places)
        is_behind = result < expected or bounds.is_above(result)
        is_ahead = result > ceiling(covered, places)
    else:
        expected = ceiling(due, places)
        is_behind = result > expected or bounds.is_below(result)
        is_ahead = result < floor(covered, places)
    is_early = bounds.holds(result) and case.covered < 1
    return Pace("level_on_its_way", expected, is_behind, is_ahead or is_early)


def _without_result(case: Case, bounds: Bounds, way: Way) -> Verdict:
    if case.rows:
        if way is Way.RATIO and (periods := lacks_parts(case.rows)):
            return Verdict(State.ON_SCHEDULE, (because("no_parts", periods=listed(periods)),))
        return Verdict(State.ON_SCHEDULE, (because("no_cases"),))
    if case.is_final:
        return Verdict(State.BEHIND, (because("nothing_final"),), is_reached=False)
    if way.adds_up and bounds.low is not None:
        expected = floor(bounds.low * case.due, case.yardstick.decimals)
        if expected > 0:
            told = because("nothing_expected", expected=_shown(case, expected, bounds))
            return Verdict(State.BEHIND, (told,), is_reached=False, expected=expected)
    return Verdict(State.NOT_STARTED, (because("nothing"),), is_reached=False)


def _reason(case: Case, bounds: Bounds, result: Fraction, code: str, expected: Fraction | None) -> Reason:
    measure = measure_of(case)
    shown = _shown(case, result, bounds, expected)
    if code.startswith("amount"):
        target: Value = counted(_shown(case, bounds.low or Fraction(), bounds), measure)
    else:
        target, shown = target_words(case, bounds), counted(shown, measure)
    parameters = {"result": shown, "target": target}
    if code in {"amount", "within", "limit", "level_on_its_way"} and expected is not None:
        parameters["expected"] = _shown(case, expected, bounds)
    return because(code, **parameters)


def _of_change(case: Case, change: Fraction | None) -> list[Reason]:
    if change is None or case.goal.baseline is None:
        return []
    baseline = counted(rounded(case.goal.baseline, case.yardstick.decimals), measure_of(case))
    if not change:
        return [because("unchanged", baseline=baseline)]
    goal = case.goal
    places = max(case.yardstick.decimals, 2) if case.yardstick.counted_in == "%" else case.yardstick.decimals
    shown = rounded(exact(abs(change)) or Decimal(0), places, beside=(goal.value, goal.value_max))
    # A change counts in the direction in which it was promised.
    is_down = (change < 0) != is_reduction(case.yardstick.comparator, case.yardstick.direction)
    told = counted(shown, case.yardstick.counted_in)
    return [because("down" if is_down else "up", change=told, baseline=baseline)]


def measure_of(case: Case) -> str:
    """Return what the result is counted in."""
    return result_measure(case.yardstick.counted_in, baseline=case.yardstick.baseline)


def target_words(case: Case, bounds: Bounds) -> Reason:
    """Return what the result has to be: at least 90%. A change against last year is told as what makes it."""
    measure = measure_of(case)
    if bounds.low is None or bounds.high is None or bounds.low == bounds.high:
        end = (bounds.high if bounds.low is None else bounds.low) or Fraction()
        if bounds.low is not None and bounds.high is not None:
            code = "exactly"
        elif bounds.low is not None:
            code = "more_than" if bounds.is_open else "at_least"
        else:
            code = "less_than" if bounds.is_open else "at_most"
        return because(code, amount=counted(_shown(case, end, bounds), measure))
    ends = "–".join(_shown(case, end, bounds) for end in (bounds.low, bounds.high))
    return because("between", amount=counted(ends, measure))


def _shown(case: Case, number: Fraction, bounds: Bounds, *others: Fraction | None) -> str:
    """Return the number rounded for display, never so that it seems to be on another side of a bound."""
    beside = [exact(other) for other in (bounds.low, bounds.high, *others) if other is not None]
    return rounded(exact(number) or Decimal(0), case.yardstick.decimals, beside=beside)
