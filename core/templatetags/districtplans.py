"""Filters every template may use without loading them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django import template
from django.utils import timezone

from core.roc import roc_date, to_roc

register = template.Library()


@register.filter
def roc_year(year: int | None) -> str:
    """Return the ROC year of a Western one: 2025 gives 114."""
    return "" if year is None else str(to_roc(year))


@register.filter
def roc_day(day: dt.date | None) -> str:
    """Return a day as 114年3月5日, of a moment that day in Taipei."""
    if isinstance(day, dt.datetime):
        day = timezone.localtime(day).date()
    return "" if day is None else roc_date(day)


@register.filter
def roc_datetime(moment: dt.datetime | None) -> str:
    """Return a moment as 114年3月5日 14:07, Taipei time."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{roc_date(local.date())} {local:%H:%M}"


@register.filter
def percent(value: Decimal | None) -> str:
    """Return 75% or 4.50%, and a dash for None.

    What floatformat:"-2" makes of a number with two places, in a tenth of its time: tables have hundreds.
    """
    if value is None:
        return "—"
    return f"{value:.0f}%" if value == value.to_integral_value() else f"{value:.2f}%"


@register.filter
def shortened(words: str, most: int) -> str:
    """Return words cut to so many characters, as truncatechars does, which looks at each of them."""
    return words if len(words) <= most else f"{words[: most - 1]}…"
