"""Reading the cells of a sheet as people type them: ROC dates, full-width digits, 是 and 否.

Each reader takes the cell as the file gave it (text, number, date, true or false) and raises
ValidationError in words that say what to write instead.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.numerals import parse_entry, parse_integer
from core.roc import from_roc
from core.text import fold, is_blank

TRUE_WORDS = frozenset({"1", "true", "yes", "y", "t", "v", "是", "有", "真", "✓", "✔"})
FALSE_WORDS = frozenset({"0", "false", "no", "n", "f", "x", "否", "無", "非", "假", "✗", "✘"})

_YMD = re.compile(
    r"(?:民國|西元)?(?P<year>\d{1,4})(?:[-/.]|年)(?P<month>\d{1,2})(?:[-/.]|月)(?P<day>\d{1,2})日?"
)
_COMPACT = re.compile(r"(?P<year>\d{3,4})(?P<month>\d{2})(?P<day>\d{2})")
# What a spreadsheet, or a CSV written by it, adds after a date that has no time.
_MIDNIGHT = re.compile(r"[T ]0{1,2}:00(?::00(?:\.0+)?)?$")
LAST_ROC_YEAR = 300
FIRST_DAY = dt.date(1899, 12, 30)  # the day 0 of spreadsheets
SERIALS = range(36_526, 73_051)  # from 2000 to 2099
FLOAT_DIGITS = 15  # that a binary fraction keeps of what was typed


class Unreadable(str):
    """A cell that holds a formula or an error of the spreadsheet, not a value."""

    __slots__ = ()


class Percent(float):
    """A number that its cell shows as a percentage: 0.25 where a person wrote, and sees, 25%."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{_exact(self).normalize():f}%" if math.isfinite(self) else repr(float(self))


def is_empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and all(map(is_blank, cell)))


def read_text(cell: Any) -> str:
    """Return the cell as text; a whole number without its .0, a share as 25%, a date as 2025-03-05."""
    _refuse_unreadable(cell)
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and not isinstance(cell, Percent):
        cell = int(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        cell = cell.date()
    text = str(cell).replace("\r\n", "\n").replace("\r", "\n").strip().strip("\ufeff\u200b\xa0")
    # Control characters come in by copy and paste; nobody sees them, and no later search finds the name.
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc")


def read_whole(cell: Any) -> int | None:
    """Return a counting number: 340123, "340,123", 34萬. None for an empty cell."""
    _refuse_unreadable(cell)
    if is_empty(cell):
        return None
    number: int | None = None
    if isinstance(cell, (float, Decimal)) and not isinstance(cell, Percent):
        number = int(cell) if math.isfinite(cell) and cell == int(cell) else None
    elif isinstance(cell, int) and not isinstance(cell, bool):
        number = cell
    elif isinstance(cell, str):
        number = parse_integer(cell)
    if number is None:
        raise ValidationError(
            _("“%(value)s” is not a whole number. Write digits alone, such as 12345."),
            params={"value": shown(cell)},
        )
    return number


def read_decimal(cell: Any) -> str:
    """Return a number as it stands in its cell: 12.5, "12.5", 25 where 25% is shown. "" for an empty cell.

    Text that is no number comes back as it is, for whoever knows what is asked for to refuse it.
    """
    _refuse_unreadable(cell)
    if is_empty(cell):
        return ""
    if isinstance(cell, bool) or not isinstance(cell, (int, float, Decimal)):
        return unicodedata.normalize("NFKC", read_text(cell))
    number = _exact(cell)
    return f"{number.normalize():f}" if number.is_finite() else str(number)


def read_amount(cell: Any) -> Decimal | None:
    """Return an exact number: 12.5, "3,380", 20萬4千, -2. None for an empty cell."""
    _refuse_unreadable(cell)
    if is_empty(cell):
        return None
    number: Decimal | None = None
    if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool):
        number = _exact(cell)
    elif isinstance(cell, str):
        number = parse_entry(read_text(cell))
    if number is None or not number.is_finite():
        raise ValidationError(
            _("“%(value)s” is not a number. Write digits, such as 12, 3380 or 12.5."),
            params={"value": shown(cell)},
        )
    return number


def _exact(cell: float | Decimal) -> Decimal:
    """Return a number as a person reads it: 0.1 is a tenth, 25 where 25% is shown, 57 where a program that
    reckons in binary fractions left 56.99999999999999.
    """
    if not isinstance(cell, float):
        return Decimal(str(cell))
    number = Decimal(f"{float(cell):.{FLOAT_DIGITS}g}")
    return number * 100 if isinstance(cell, Percent) else number


def read_day(cell: Any) -> dt.date | None:
    """Return a date: a date cell, 2025-03-05, 2025/3/5, 114/3/5, 114年3月5日, 1140305. None when empty.

    Years up to 300 are read as ROC years, also in a date cell: some programs keep 114/3/5 as the year 114.
    A number such as 46203 is the day a program counts as that, whose cell lost its date format.
    """
    _refuse_unreadable(cell)
    if is_empty(cell):
        return None
    if isinstance(cell, dt.datetime):
        cell = cell.date()
    if isinstance(cell, dt.date):
        parts: tuple[int, int, int] | None = (cell.year, cell.month, cell.day)
    elif _is_serial(cell):
        counted = FIRST_DAY + dt.timedelta(days=int(cell))
        parts = (counted.year, counted.month, counted.day)
    else:
        parts = _date_parts(read_text(cell))
    day = _date_of(parts)
    if day is None:
        raise ValidationError(
            _("“%(value)s” is not a date. Write it as 2025-03-05, 114/3/5 or 114年3月5日."),
            params={"value": shown(cell)},
        )
    return day


def _is_serial(cell: Any) -> bool:
    """Say whether a number is a day of this century as spreadsheets count them; 1150305 is none."""
    is_number = isinstance(cell, (int, float)) and not isinstance(cell, (bool, Percent))
    return is_number and SERIALS.start <= cell < SERIALS.stop


def read_flag(cell: Any) -> bool | None:
    """Return true or false: 是, 否, yes, no, 1, 0, TRUE, FALSE. None for an empty cell."""
    _refuse_unreadable(cell)
    if is_empty(cell):
        return None
    if isinstance(cell, bool):
        return cell
    word = fold(read_text(cell))
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValidationError(
        _("“%(value)s” is neither yes nor no. Write 是 or 否."),
        params={"value": shown(cell)},
    )


def read_choice(cell: Any, choices: type[models.TextChoices]) -> str | None:
    """Return the value whose name the cell gives, in any language of the site. None for an empty cell."""
    _refuse_unreadable(cell)
    if is_empty(cell):
        return None
    word = fold(read_text(cell))
    for choice in choices:
        if word in {fold(choice.value), *map(fold, every_language(choice.label))}:
            return str(choice.value)
    names = _(", ").join(str(choice.label) for choice in choices)
    raise ValidationError(
        _("“%(value)s” is not one of the names to choose from. Write one of: %(names)s."),
        params={"value": shown(cell), "names": names},
    )


def every_language(label: str | Promise) -> Iterator[str]:
    """Yield the label in each language of the site."""
    for code, _name in settings.LANGUAGES:
        with override(code):
            yield str(label)


def shown(cell: Any) -> str:
    """Return the cell as a message quotes it: one line, not too long."""
    text = " ".join(str(cell).split())
    return text if len(text) <= 60 else text[:59] + "…"


def _refuse_unreadable(cell: Any) -> None:
    if isinstance(cell, Unreadable):
        raise ValidationError(
            _("This cell holds a formula or an error (%(value)s). Put the value itself in its place."),
            params={"value": shown(cell)},
        )


def _date_parts(text: str) -> tuple[int, int, int] | None:
    text = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", text).strip())
    text = re.sub(r"\s+", "", text)
    match = _YMD.fullmatch(text) or _COMPACT.fullmatch(text)
    return (int(match["year"]), int(match["month"]), int(match["day"])) if match else None


def _date_of(parts: tuple[int, int, int] | None) -> dt.date | None:
    if parts is None:
        return None
    year, month, day = parts
    if 1 <= year <= LAST_ROC_YEAR:
        year = from_roc(year)
    if year < from_roc(1):
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
