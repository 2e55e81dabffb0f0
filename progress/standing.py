"""Where a line stands, and what a report still lacks. Pure: values in, values out.

Planned and actual progress are percentages of the line's year; what they differ by is percentage points.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from indicators.attainment import Reason
from indicators.enums import ProgressState

ALL = Decimal(100)
UNUSUAL = 3  # times a whole year's target in one period
WHOLE_NUMBERS = frozenset("場次梯人件則個家份群類種項格里戶題")  # by the first character: 場次, 人次
PERCENT = "%"

LACKING = {
    "narrative": _("Say what was done, or why there is nothing new."),
    "actual": _("Give the actual progress in percent."),
    "planned": _("Give the planned progress in percent."),
    "reason": _("The line is behind: give the reason."),
    "countermeasure": _("The line is behind: say what is done about it."),
    "catch_up_on": _("The line is behind: say by when it catches up."),
    "state_reason": _("The state was set by hand: say why."),
}


def computed_state(planned: Decimal | None, actual: Decimal | None, targets: Iterable[str] = ()) -> str:
    """Return the state of a line from its progress and the states of its targets, "" where nothing is known.

    One target behind its pace makes the line be behind, unless all of the line is done.
    """
    states = set(targets)
    if actual is None:
        return ProgressState.BEHIND if ProgressState.BEHIND in states else ""
    if actual >= ALL:
        return ProgressState.DONE
    if ProgressState.BEHIND in states:
        return ProgressState.BEHIND
    wanted = planned or Decimal(0)
    if actual == 0 and wanted == 0:
        return ProgressState.NOT_STARTED
    if actual < wanted:
        return ProgressState.BEHIND
    return ProgressState.AHEAD if actual > wanted else ProgressState.ON_SCHEDULE


@dataclass(frozen=True, slots=True)
class Word:
    """What a unit's report of a period says of how a target stands."""

    period: int
    unit: int
    state: str


# The further down, the nearer to done; what several units say comes to the first that any of them says.
_FURTHEST = (
    ProgressState.BEHIND,
    ProgressState.NOT_STARTED,
    ProgressState.ON_SCHEDULE,
    ProgressState.AHEAD,
    ProgressState.DONE,
    ProgressState.STOPPED,
)


def state_of_words(words: Iterable[Word], owed: Iterable[tuple[int, int]] = ()) -> str:
    """Return how a target without a number stands by what was said of it, "" where nothing was.

    The newest word counts. Where several units report, it is the newest of each of those that report in the
    newest period anything was said of, or have yet to (`owed`, periods and units); the one furthest from done
    decides, and one that said nothing yet has not started. Units that are gone by then are not asked.
    """
    said = sorted(words, key=lambda one: one.period)
    if not said:
        return ""
    newest = said[-1].period
    by_unit = {one.unit: one.state for one in said}
    units = {one.unit for one in said if one.period == newest}
    units |= {unit for period, unit in owed if period == newest}
    states = {by_unit.get(unit, ProgressState.NOT_STARTED) for unit in units}
    found = min(states, key=_FURTHEST.index)
    if found == ProgressState.NOT_STARTED and len(states) > 1:
        return ProgressState.ON_SCHEDULE
    return found


def lacking(values: Mapping[str, Any], state: str) -> Iterator[str]:
    """Yield the names of the fields that a report in that state still needs before it can be submitted."""
    wanted = ["narrative", "planned", "actual"]
    if state == ProgressState.BEHIND:
        wanted += ["reason", "countermeasure", "catch_up_on"]
    if values.get("state_given"):
        wanted.append("state_reason")
    for name in wanted:
        if values.get(name) in {None, ""}:
            yield name


def reason_of(stored: list[Any]) -> Reason:
    """Return a reason as it was stored: its code, and its parameters by name."""
    code, parameters = stored
    return Reason(
        code,
        tuple(
            (name, told if isinstance(told, str) else reason_of(told)) for name, told in parameters.items()
        ),
    )


@dataclass(frozen=True)
class Measured:
    """What stands in the fields of one target of a report."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


def complaints(
    measured: Measured, *, counted_in: str, target: Decimal | None, is_ratio: bool
) -> Iterator[tuple[str, bool, str]]:
    """Yield what is wrong with a measured value: the field, whether it may be confirmed, and why in a word.

    `fraction`: half a session. `negative`, `parts`, `empty`: impossible. `unusual`: far over the target.
    """
    value = measured.value
    for name, number in (
        ("value", value),
        ("numerator", measured.numerator),
        ("denominator", measured.denominator),
    ):
        if number is not None and number < 0:
            yield name, False, "negative"
    if is_ratio and (measured.numerator is None) != (measured.denominator is None):
        yield "denominator" if measured.denominator is None else "numerator", False, "parts"
    if is_ratio and measured.denominator == 0 and measured.numerator:
        yield "denominator", False, "empty"
    if value is None:
        return
    if counted_in[:1] in WHOLE_NUMBERS and value != value.to_integral_value():
        yield "value", False, "fraction"
    if counted_in == PERCENT and value > ALL and (target is None or target <= ALL):
        yield "value", True, "over_hundred"
    elif target is not None and target > 0 and counted_in != PERCENT and value > target * UNUSUAL:
        yield "value", True, "unusual"
