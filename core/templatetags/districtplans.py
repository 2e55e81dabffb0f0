"""Filters every template may use without loading them."""

from __future__ import annotations

import datetime as dt

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
    """Return a day as 114年3月5日."""
    return "" if day is None else roc_date(day)


@register.filter
def roc_datetime(moment: dt.datetime | None) -> str:
    """Return a moment as 114年3月5日 14:07, Taipei time."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{roc_date(local.date())} {local:%H:%M}"
