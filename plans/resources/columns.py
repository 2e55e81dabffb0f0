"""The columns of plans' sheets, and what is said of a row that cannot be taken."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Container, Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.cells import LAST_ROC_YEAR, read_text, shown
from core.roc import from_roc, to_roc
from core.sheet_writing import printable
from core.sheets import ChoiceColumn, Column, WholeColumn
from plans.enums import Style
from plans.models import Plan
from plans.numbering import mark
from plans.services.items import clean_values

_BETWEEN_NAMES = re.compile(r"[、,，;；\n]")
_YEAR_WORDS = re.compile(r"民國|年度?")
_NUMBER = re.compile(r"\d+\.?\d*", re.ASCII)
_DAY = re.compile(r"(?:(?P<year>\d{4})[-/])?(?P<month>\d{1,2})[-/月](?P<day>\d{1,2})日?")


class UidColumn(Column):
    blank_keeps = True

    def read(self, cell: Any) -> str:
        text = read_text(cell)
        try:
            return str(uuid.UUID(text)) if text else ""
        except ValueError as error:
            words = _(
                "“%(value)s” is no identity of a line. Leave the cell as it was, or empty for a new line."
            )
            raise ValidationError(words, params={"value": shown(cell)}) from error

    def show(self, value: Any) -> str:
        return str(value)


class PointsColumn(Column):
    """Points as a number; None where the cell is empty."""

    def read(self, cell: Any) -> str | None:
        text = unicodedata.normalize("NFKC", read_text(cell)).replace(",", "").strip()
        try:
            points: str | None = clean_values({"points": text})["points"]
        except ValidationError as error:
            raise ValidationError(error.messages) from error
        return points

    def show(self, value: Any) -> int | Decimal:
        points = Decimal(str(value))
        return int(points) if points == points.to_integral_value() else points.normalize()


class StyleColumn(Column):
    """How the lines below are numbered, told by two numbers: 1. alone would become the number 1."""

    def read(self, cell: Any) -> str:
        word = _plain(read_text(cell))
        for style in Style:
            if word in {"", style.value, _plain(style.label), _plain(_sample(style))}:
                return str(style.value) if word else ""
        names = _(", ").join(_sample(style) for style in Style)
        raise ValidationError(
            _("“%(value)s” is not one of the names to choose from. Write one of: %(names)s."),
            params={"value": shown(cell), "names": names},
        )

    def show(self, value: str) -> str:
        return _sample(value) if value else ""


class NamesColumn(Column):
    """Names of units, with 、 between them."""

    def read(self, cell: Any) -> tuple[str, ...]:
        names = (name.strip() for name in _BETWEEN_NAMES.split(read_text(cell)))
        return tuple(dict.fromkeys(name for name in names if name))

    def show(self, value: Iterable[str]) -> str:
        return "、".join(value)


class OptionalChoiceColumn(ChoiceColumn):
    """A choice that may be none, which an empty cell says."""

    blank_keeps = False

    def read(self, cell: Any) -> str:
        return super().read(cell) or ""


# A sheet that was taken out when its head said so holds ROC years as well.
YEAR_HEADS = ("年度", "年", "年度（西元）")


class YearColumn(WholeColumn):
    """A ROC year, 114年 too; a Western one is understood as well."""

    def read(self, cell: Any) -> int | None:
        year = super().read(_YEAR_WORDS.sub("", cell) if isinstance(cell, str) else cell)
        return from_roc(year) if year is not None and year <= LAST_ROC_YEAR else year

    def show(self, value: int) -> int:
        return to_roc(value)


def meant_code(code: str, codes: Container[str]) -> str:
    """Return which of the codes is meant where a program took one for a day.

    3-1 comes back as 2026-03-01 or 3月1日, 1.2.3 as 2001-02-03: programs do so to what is typed, and to the
    cells of a CSV file.
    """
    day = None if code in codes else _DAY.fullmatch(code)
    if day is None:
        return code
    month, of_month = int(day["month"]), int(day["day"])
    meant = [f"{month}-{of_month}"]
    if day["year"]:
        meant += [mark.join(map(str, (int(day["year"]) % 100, month, of_month))) for mark in ".-"]
    found = [one for one in meant if one in codes]
    return found[0] if len(found) == 1 else code


def is_same_number(code: str, current: str) -> bool:
    """Say whether two codes such as 1.1 and 1.10 are one number, which is all a CSV file keeps of them."""
    both_numbers = _NUMBER.fullmatch(code) and _NUMBER.fullmatch(current)
    return bool(both_numbers) and Decimal(code) == Decimal(current)


def _sample(style: str) -> str:
    return f"{mark(style, 1, 1)} {mark(style, 2, 1)}"


def _plain(word: str) -> str:
    """Return a word without blanks and full width. Not folded, for A. and a. are two styles, 1 and ① too."""
    narrow = (chr(ord(char) - 0xFEE0) if "！" <= char <= "～" else char for char in word)
    return "".join("".join(narrow).split())


def is_same(value: Any, current: Any) -> bool:
    """Say whether a cell says what stands already, given what a sheet can hold of it."""
    if isinstance(current, str) and isinstance(value, str):
        return value in {current, read_text(printable(current))}
    return bool(value == current)


def not_open(plan: Plan) -> str:
    words = _("“%(title)s” is no longer open for changes (%(status)s). Remove its rows.")
    return words % {"title": plan.title, "status": plan.get_status_display()}


def stale(given: Any, present: int) -> str:
    if given is None:
        return _("This cell is empty. Fill it in.")
    words = _(
        "This was changed since the sheet was made (version %(given)s there, %(present)s now). "
        "Export it again, or remove the row."
    )
    return words % {"given": given, "present": present}
