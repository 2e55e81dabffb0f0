"""What is done or not, what has milestones, what is reached period by period, what has no number at all."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from fractions import Fraction

from indicators.attainment.bounds import Bounds
from indicators.attainment.case import Case, Verdict, listed
from indicators.attainment.counting import exact, put_together, way_of
from indicators.attainment.facts import Filed, Stage
from indicators.attainment.reasons import Reason, because
from indicators.attainment.rounds import Outcome, Round, outcome_of, rounds_of
from indicators.enums import Per, ProgressState
from indicators.phrases import rounded

State = ProgressState
_WHOLE = Fraction(100)


def judge_rounds(case: Case, bounds: Bounds) -> Verdict:
    """Judge what has to be reached in each period. One missed is missed: no later one makes up for it."""
    rounds = rounds_of(case.yardstick, case.terms)
    units = case.all_units if case.yardstick.per == Per.UNIT else case.units
    outcomes = [outcome_of(one, case.yardstick, bounds, case.rows, units, owed=case.owed) for one in rounds]
    reached, over = outcomes.count(Outcome.REACHED), sum(one.is_over for one in rounds)
    missed = [one for one, outcome in zip(rounds, outcomes, strict=True) if outcome is Outcome.MISSED]
    is_reached = bool(rounds) and reached == len(rounds)
    if is_reached:
        state = State.DONE
    elif case.is_final or missed or Outcome.NOT_FILED in outcomes:
        state = State.BEHIND
    else:
        state = State.ON_SCHEDULE if case.rows else State.NOT_STARTED
    reasons = [because("rounds", reached=str(reached), total=str(len(rounds)), over=str(over))]
    if missed:
        reasons.append(because("rounds_missed", periods=listed(map(_label, missed))))
    return Verdict(
        state,
        tuple(reasons),
        is_reached,
        result=Fraction(reached) if case.rows else None,
        percent=Fraction(reached, len(rounds)) * _WHOLE if case.rows and rounds else None,
        expected=Fraction(over),
        is_lost=bool(missed),
    )


def judge_done(case: Case) -> Verdict:
    """Judge what is done or not: by each unit that has to, as it said last; or by the state given."""
    last: dict[Hashable, Filed] = {}
    for row in sorted(case.rows, key=lambda one: one.period):
        last[row.unit] = row
    done = [unit for unit in case.all_units if unit in last and (last[unit].value or 0) >= 1]
    is_reached = bool(done) and len(done) == len(case.all_units)
    is_reached = is_reached or case.stated is State.DONE
    if is_reached:
        state = State.DONE
    elif case.is_final:
        state = State.BEHIND
    else:
        state = case.stated or (State.ON_SCHEDULE if case.rows else State.NOT_STARTED)
    reasons = [because("done" if is_reached else "not_done")]
    if len(case.all_units) > 1:
        told = because("units_done", reached=str(len(done)), total=str(len(case.all_units)))
        reasons.append(told)
    return Verdict(state, tuple(reasons), is_reached)


def judge_milestones(case: Case) -> Verdict:
    """Judge by the weight of the milestones reached. One that is due and not reached is late in any case."""
    stages = case.yardstick.stages
    whole = sum((Fraction(stage.weight) for stage in stages), Fraction())
    if not whole:
        return _as_stated(case, "no_milestones")
    last: dict[Hashable, frozenset[int]] = {}
    for row in sorted(case.rows, key=lambda one: one.period):
        if row.reached is not None:
            last[row.unit] = row.reached
    keys = frozenset[int]().union(*last.values())
    result = _weight([stage for stage in stages if stage.key in keys]) / whole * _WHOLE
    due = _weight([stage for stage in stages if stage.is_due]) / whole * _WHOLE
    late = [stage for stage in stages if stage.is_due and stage.key not in keys]
    is_reached = result >= (_WHOLE if case.goal.value is None else Fraction(case.goal.value))
    if is_reached:
        state = State.DONE
    elif case.is_final or late:
        state = State.BEHIND
    elif not last:
        state = State.NOT_STARTED
    else:
        state = State.AHEAD if result > due else State.ON_SCHEDULE
    return Verdict(
        state,
        (*_of_milestones(case, keys, result, due), *_of_late(late)),
        is_reached,
        result=result if last else None,
        percent=_of_goal(case, result) if last else None,
        expected=due,
    )


def judge_state(case: Case) -> Verdict:
    """Take the state a person gave: no number was promised that a result could be held against."""
    result = put_together(case.yardstick, way_of(case.yardstick), case.rows)
    return replace(_as_stated(case, "no_number"), result=result)


def judge_without_baseline(case: Case, code: str) -> Verdict:
    """Tell the result of what is measured against last year, where last year's is not known or nothing."""
    result = put_together(case.yardstick, way_of(case.yardstick), case.rows)
    number = exact(result)
    if number is None:
        return Verdict(State.NOT_STARTED, (because("nothing"),))
    told = because(code, result=rounded(number, case.yardstick.decimals))
    return Verdict(State.ON_SCHEDULE, (told,), result=result)


def _as_stated(case: Case, code: str) -> Verdict:
    is_reached = True if case.stated is State.DONE else None
    return Verdict(case.stated or State.NOT_STARTED, (because(code),), is_reached)


def _of_milestones(case: Case, keys: frozenset[int], result: Fraction, due: Fraction) -> list[Reason]:
    """Tell how many are reached and due; and what they weigh, where one weighs more than another."""
    stages = case.yardstick.stages
    reached, expected = sum(one.key in keys for one in stages), sum(one.is_due for one in stages)
    told = [because("milestones_of", reached=str(reached), total=str(len(stages)), expected=str(expected))]
    if len({stage.weight for stage in stages}) > 1:
        shown = [
            rounded(number, case.yardstick.decimals)
            for share in (result, due)
            if (number := exact(share)) is not None
        ]
        told.append(because("milestones_weigh", result=shown[0], expected=shown[1]))
    return told


def _of_late(late: list[Stage]) -> list[Reason]:
    return [because("milestones_late", titles=listed(stage.title for stage in late))] if late else []


def _of_goal(case: Case, result: Fraction) -> Fraction:
    """Return how much is attained of what is promised: all milestones, or so many per cent of them."""
    return result if not case.goal.value else result / Fraction(case.goal.value) * _WHOLE


def _weight(stages: list[Stage]) -> Fraction:
    return sum((Fraction(stage.weight) for stage in stages), Fraction())


def _label(round_: Round) -> str:
    first, last = round_.terms[0].number, round_.terms[-1].number
    return str(last) if first == last else f"{first}–{last}"
