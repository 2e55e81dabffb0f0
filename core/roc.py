"""The Republic of China calendar: ROC year 1 is 1912. Years are stored Western and shown ROC."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

OFFSET = 1911
# 115年4月30日, 115.4.30, 115/4/30, 115-4-30; a year of four figures is a Western one.
_DATE = re.compile(r"(?:民國)?(\d{1,4})[年./-](\d{1,2})[月./-](\d{1,2})日?")
_COMPACT = re.compile(r"(\d{3}|\d{4})(\d\d)(\d\d)")


def to_roc(year: int) -> int:
    return year - OFFSET


def from_roc(year: int) -> int:
    return year + OFFSET


def roc_date(day: dt.date) -> str:
    """Return 114年3月5日, as documents write a date."""
    return f"{to_roc(day.year)}年{day.month}月{day.day}日"


def roc_stamp(day: dt.date) -> str:
    """Return 1151130, as names of files end."""
    return f"{to_roc(day.year)}{day:%m%d}"


def roc_months(first: dt.date, last: dt.date) -> str:
    """Return 115年1月至3月, or 115年1月, as documents name a part of a year."""
    begin = f"{to_roc(first.year)}年{first.month}月"
    return begin if first.month == last.month else f"{begin}至{last.month}月"


def read_roc_date(text: str) -> dt.date:
    """Return the day a person wrote: 115年4月30日, 115.4.30, 1150430, or Western 2026-04-30.

    Raises ValueError for what is no day.
    """
    words = "".join(unicodedata.normalize("NFKC", text).split())
    found = _DATE.fullmatch(words) or _COMPACT.fullmatch(words)
    if found is None:
        raise ValueError(text)
    year, month, day = (int(part) for part in found.groups())
    return dt.date(year if year >= 1000 else from_roc(year), month, day)
