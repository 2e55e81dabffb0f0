"""The Republic of China calendar: ROC year 1 is 1912. Years are stored Western and shown ROC."""

from __future__ import annotations

import datetime as dt

OFFSET = 1911


def to_roc(year: int) -> int:
    return year - OFFSET


def from_roc(year: int) -> int:
    return year + OFFSET


def roc_date(day: dt.date) -> str:
    """Return 114年3月5日, as documents write a date."""
    return f"{to_roc(day.year)}年{day.month}月{day.day}日"
