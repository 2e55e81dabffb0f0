"""The columns of the sheet a unit fills: which field each is, how it is shown in a cell and read from one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.cells import (
    Percent,
    every_language,
    is_empty,
    read_choice,
    read_day,
    read_decimal,
    read_flag,
    read_text,
)
from core.text import fold
from indicators.enums import ProgressState
from progress.forms import short_day
from progress.standing import PERCENT

YES = gettext_lazy("Yes")


@dataclass(frozen=True)
class Field:
    """A field of a report or of a target in it: `read` takes a cell, and gives what `save_report` takes."""

    name: str
    label: str | Promise
    read: Callable[[Any], Any]
    show: Callable[[Any], Any]
    width: int = 16
    choices: tuple[str | Promise, ...] = ()
    is_number: bool = False

    def is_head(self, cell: Any) -> bool:
        return fold(read_text(cell)) in {fold(head) for head in (self.name, *every_language(self.label))}


def _as_it_is(value: Any) -> Any:
    return value


def _read_flag(cell: Any) -> bool:
    return bool(read_flag(cell))


def _show_flag(value: bool) -> str:
    return str(YES) if value else ""


def _read_state(cell: Any) -> str:
    return read_choice(cell, ProgressState) or ""


def _show_state(value: str) -> str:
    return str(ProgressState(value).label) if value in ProgressState.values else value


def _read_day(cell: Any) -> str:
    if is_empty(cell):
        return ""
    day = read_day(cell)
    return day.isoformat() if day else ""


def _show_number(value: str) -> Any:
    """A number is a number in its cell, so that the program aligns it, sums it, and does not mark it."""
    if not value:
        return None
    return int(value) if value.lstrip("-").isdigit() else float(value)


def _text(name: str, label: str | Promise, width: int = 40) -> Field:
    return Field(name, label, read_text, _as_it_is, width)


def _number(name: str, label: str | Promise) -> Field:
    return Field(name, label, read_decimal, _show_number, 12, is_number=True)


def _flag(name: str, label: str | Promise) -> Field:
    return Field(name, label, _read_flag, _show_flag, 10, (YES,))


def _state(name: str, label: str | Promise) -> Field:
    return Field(name, label, _read_state, _show_state, 14, tuple(state.label for state in ProgressState))


REPORT_FIELDS = (
    _text("narrative", gettext_lazy("What was done"), 60),
    _flag("is_unchanged", gettext_lazy("Nothing new (無異動)")),
    _number("planned", gettext_lazy("Planned progress (%)")),
    _number("actual", gettext_lazy("Actual progress (%)")),
    _text("reason", gettext_lazy("Why it is behind")),
    _text("countermeasure", gettext_lazy("What is done about it")),
    Field("catch_up_on", gettext_lazy("Caught up by"), _read_day, short_day, 14),
    _state("state_given", gettext_lazy("State, where not the computed one")),
    _text("state_reason", gettext_lazy("Why this state"), 30),
)
TARGET_FIELDS = (
    _number("value", gettext_lazy("Result of this period")),
    _number("numerator", gettext_lazy("Of these")),
    _number("denominator", gettext_lazy("In all")),
    _state("state", gettext_lazy("State of this target")),
    _flag("confirmed", gettext_lazy("Right though unusual")),
)
MILESTONE_FIELDS = (
    _flag("reached", gettext_lazy("Milestone reached")),
    Field("reached_on", gettext_lazy("Reached on"), _read_day, short_day, 14),
)
KEY = gettext_lazy("Key (leave it as it is)")


def is_key_head(cell: Any) -> bool:
    return fold(read_text(cell)) in {fold(head) for head in every_language(KEY)}


def read_field(field: Field, cell: Any, *, counted_in: str = PERCENT) -> Any:
    """Return what a cell says, or raise ValidationError in words that say what to write instead.

    A cell that shows 25% says 25, where a percentage is asked for at all.
    """
    is_share = isinstance(cell, Percent) or (
        field.is_number and isinstance(cell, str) and fold(cell).endswith(PERCENT)
    )
    if is_share and counted_in != PERCENT:
        raise ValidationError(
            _("This cell shows a percentage, which is not counted here. Write the number alone.")
        )
    return field.read(cell)
