"""Filters every template may use without loading them."""

from __future__ import annotations

from django import template

from core.roc import to_roc

register = template.Library()


@register.filter
def roc_year(year: int | None) -> str:
    """Return the ROC year of a Western one: 2025 gives 114."""
    return "" if year is None else str(to_roc(year))
