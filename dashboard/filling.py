"""The rows of a city's table. A template is made once, and its open places are filled for each district.

A city has hundreds of rows with ten cells each: given to a template one by one they would take most of the
page's time.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from dashboard.queries.cities import CityRow

NONE = "—"


def filled_rows(rows: Iterable[CityRow], *, names_periods: bool) -> SafeString:
    """Return the rows as HTML; `names_periods` where districts file in different rhythms."""
    in_force, others = (_row(get_language(), is_in_force=is_in_force) for is_in_force in (True, False))
    plans = reverse("dashboard:plan-board", args=[0]).removesuffix("0/")
    before, after = reverse("review:in-force-pdf", args=[0]).split("0", 1)
    words: dict[object, str] = {}
    made = []
    for row in rows:
        state = row.standing.state
        if state not in words:
            words[state] = escape(str(state.label))
        told = {
            "agency": escape(row.district.agency_name),
            "group": escape(row.group),
            "state": state.value,
            "state_words": words[state],
        }
        if row.key is None:
            made.append(others.format(**told, days=_days(row)))
        else:
            plan = f"{plans}{row.key}/"
            numbers = _numbers(row, plan, names_period=names_periods)
            made.append(in_force.format(**told, **numbers, plan=plan, pdf=f"{before}{row.key}{after}"))
    return mark_safe("".join(made))  # noqa: S308 -- words are escaped above, all else numbers and addresses


@lru_cache(maxsize=8)
def _row(_language: str | None, *, is_in_force: bool) -> str:
    """Return the row with its places open, in the language of the page."""
    return render_to_string("dashboard/_city_row.html", {"is_in_force": is_in_force})


def _numbers(row: CityRow, plan: str, *, names_period: bool) -> dict[str, str]:
    """Return the cells that lead to the lines behind their numbers."""
    targets, total = row.targets, row.targets.total
    reports = f"{plan}reports/?period={row.span.number if row.span else ''}&amp;state="
    released = NONE
    if row.owed:
        released = f"{_link(f'{reports}released', f'{row.counted}／{row.owed}')} "
        released += f'<span class="muted">{escape(row.counted_words)}</span>'
        if names_period and row.span:
            released += f' <span class="board__note">{escape(row.span.words)}</span>'
    reached = _link(f"{plan}targets/?state=reached", f"{targets.reached}／{total}") if total else NONE
    return {
        "released": released,
        "behind": _count(f"{reports}behind", row.behind, warns=True),
        "overdue": _count(f"{plan}reports/?state=overdue", row.overdue, warns=True),
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


def _days(row: CityRow) -> str:
    standing = row.standing
    if not standing.days_words:
        return ""
    is_over = standing.days_left is not None and standing.days_left < 0
    return f' <span class="days{" days--over" if is_over else ""}">{escape(standing.days_words)}</span>'
