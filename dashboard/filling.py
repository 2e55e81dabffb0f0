"""The rows of a city's table. A template is made once, and its open places are filled for each district.

A city has hundreds of rows with ten cells each: given to a template one by one they would take most of the
page's time, and rows that are as they were are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import NamedTuple

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from dashboard.figures import TargetTally, percent_words, share
from dashboard.queries.cities import CityRow
from review.queries.overview import State

NONE = "—"


class Told(NamedTuple):
    """All that a row tells."""

    agency: str
    group: str
    state: str
    state_words: str
    days: int | None  # until the plan is due, below 0 when it is late
    days_words: str
    plan: int | None  # its key, where it is in force
    number: int | None  # of the period
    period: str  # in words, where rows tell of different ones
    counted: int
    owed: int
    behind: int
    overdue: int
    targets: TargetTally


def filled_rows(rows: Iterable[CityRow], *, names_periods: bool) -> SafeString:
    """Return the rows as HTML; `names_periods` where districts file in different rhythms."""
    language = get_language()
    words = {state: str(state.label) for state in State}
    made = []
    for row in rows:
        span, standing, district = row.span, row.standing, row.standing.district
        told = Told(
            district.agency_name,
            district.evaluation_group,
            standing.state.value,
            words[standing.state],
            standing.days_left,
            standing.days_words,
            row.key,
            span.number if span else None,
            span.words if span and names_periods else "",
            span.counted if span else 0,
            span.owed if span else 0,
            span.behind if span else 0,
            row.overdue,
            row.targets,
        )
        made.append(_filled(language, told))
    return mark_safe("".join(made))  # noqa: S308 -- words are escaped below, all else numbers and addresses


@lru_cache(maxsize=2048)
def _filled(language: str | None, told: Told) -> str:
    """Return a row as HTML; between two looks at the board few of them change."""
    row = _row(language, is_in_force=told.plan is not None)
    words = {
        "agency": escape(told.agency),
        "group": escape(told.group),
        "state": told.state,
        "state_words": escape(told.state_words),
    }
    if told.plan is None:
        return row.format(**words, days=_days(told))
    addresses = {
        "plan": reverse("dashboard:plan-board", args=[told.plan]),
        "pdf": reverse("review:in-force-pdf", args=[told.plan]),
    }
    return row.format(**words, **addresses, **_numbers(told, addresses["plan"]))


@lru_cache(maxsize=8)
def _row(_language: str | None, *, is_in_force: bool) -> str:
    """Return the row with its places open, in the language of the page."""
    return render_to_string("dashboard/_city_row.html", {"is_in_force": is_in_force})


def _numbers(told: Told, plan: str) -> dict[str, str]:
    """Return the cells that lead to the lines behind their numbers."""
    targets, total = told.targets, told.targets.total
    reports = f"{plan}reports/?period={told.number or ''}&amp;state="
    released = NONE
    if told.owed:
        released = f"{_link(f'{reports}released', f'{told.counted}／{told.owed}')} "
        released += f'<span class="muted">{escape(percent_words(share(told.counted, told.owed)))}</span>'
        if told.period:
            released += f' <span class="board__note">{escape(told.period)}</span>'
    reached = _link(f"{plan}targets/?state=reached", f"{targets.reached}／{total}") if total else NONE
    return {
        "released": released,
        "behind": _count(f"{reports}behind", told.behind, warns=True),
        "overdue": _count(f"{plan}reports/?state=overdue", told.overdue, warns=True),
        "reached": reached,
        "fine": _count(f"{plan}targets/?state=on_schedule", targets.on_schedule),
        "late": _count(f"{plan}targets/?state=behind", targets.behind, warns=True),
    }


def _count(address: str, number: int, *, warns: bool = False) -> str:
    """Return a number with the way to its lines; where there are none it leads nowhere."""
    return _link(address, str(number), warns=warns) if number else "0"


def _link(address: str, words: str, *, warns: bool = False) -> str:
    warning = ' class="warn"' if warns else ""
    return f'<a{warning} href="{address}">{words}</a>'


def _days(told: Told) -> str:
    if not told.days_words:
        return ""
    is_over = told.days is not None and told.days < 0
    return f' <span class="days{" days--over" if is_over else ""}">{escape(told.days_words)}</span>'
