"""Which rows of history a page of changes is made of: found and ordered by the database, thin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast

from plans.changes import SAME_CHANGE, SETTINGS, About, Page, Trace, page_of
from plans.models import Attachment, Item, Plan, Responsibility, RosterRow

CHANGES_PER_PAGE = 50
MOST_READ = 5_000  # rows for one page; an import of a very long plan is told in parts

Rows = QuerySet[Any]


@dataclass(frozen=True)
class Wanted:
    """Which changes are looked for: by a person, in lines with these words, about one thing, of one line.

    `until` is the moment before which a page begins; `cut_at`, where an earlier page ended inside a change,
    which goes on from there as another. `stroke` is the first and last moment of a change to many lines,
    which are then told one by one.
    """

    person: int | None = None
    words: str = ""
    about: str = ""
    item: int | None = None
    until: dt.datetime | None = None
    cut_at: dt.datetime | None = None
    stroke: tuple[dt.datetime, dt.datetime] | None = None


# The rows about a plan, by the source of a trace.
ROWS: dict[str, Callable[[Plan], Rows]] = {
    "item": lambda plan: Item.history.filter(plan=plan),
    "unit": lambda plan: Responsibility.history.filter(item__plan=plan),
    "roster": lambda plan: RosterRow.history.filter(item__plan=plan),
    "plan": lambda plan: Plan.history.filter(id=plan.pk),
    "attachment": lambda plan: Attachment.history.filter(plan=plan),
}
_SUBJECT = {"item": "id", "unit": "item_id", "roster": "item_id", "plan": "id", "attachment": "id"}
_KIND = {"item": "line", "unit": "line", "roster": "line", "plan": "plan", "attachment": "attachment"}
# Where changes about something are written; what is not named is only in rows of items.
_SOURCES: dict[str, tuple[str, ...]] = {
    "": tuple(ROWS),
    About.UNITS: ("item", "unit"),
    About.ROSTER: ("roster",),
    About.PLAN: ("plan",),
    About.ATTACHMENTS: ("attachment",),
}


def find_page(plan: Plan, wanted: Wanted) -> Page:
    """Return the rows of one page of changes, in two queries at most."""
    before = _read(plan, wanted, Q(history_date__lt=wanted.until) if wanted.until else Q(), MOST_READ + 1)
    later: list[Trace] = []
    if wanted.until and wanted.until != wanted.cut_at:
        end = min(wanted.until + SAME_CHANGE, wanted.cut_at or dt.datetime.max.replace(tzinfo=dt.UTC))
        soon = Q(history_date__gte=wanted.until, history_date__lt=end)
        later = _read(plan, wanted, soon, MOST_READ, is_oldest_first=True)
    return page_of(
        before[:MOST_READ],
        later,
        size=CHANGES_PER_PAGE,
        is_all=len(before) <= MOST_READ,
        by_stroke=wanted.stroke is None,
    )


def _read(plan: Plan, wanted: Wanted, when: Q, most: int, *, is_oldest_first: bool = False) -> list[Trace]:
    queries = []
    for source in _SOURCES.get(wanted.about, ("item",)):
        rows = _of_lines(plan, ROWS[source](plan).filter(when), source, wanted)
        if rows is None:
            continue
        if wanted.stroke:
            rows = rows.filter(history_date__range=wanted.stroke)
        if wanted.person:
            rows = rows.filter(history_user=wanted.person)
        if source == "item":
            rows = _about(rows, wanted.about)
        queries.append(_thin(rows, source))
    if not queries:
        return []
    union = queries[0].union(*queries[1:], all=True) if len(queries) > 1 else queries[0]
    order = ("history_date", "history_id") if is_oldest_first else ("-history_date", "-history_id")
    return [
        Trace(source, key, at, person, (_KIND[source], subject), kind == "+", is_removed, status)
        for source, key, at, person, subject, kind, is_removed, status in union.order_by(*order)[:most]
    ]


def _thin(rows: Rows, source: str) -> Rows:
    removed: Any = Value(False, output_field=BooleanField())
    if source == "item":
        removed = Q(removed_at__isnull=False)
    return rows.order_by().values_list(
        Value(source),
        "history_id",
        "history_date",
        "history_user_id",
        Cast(F(_SUBJECT[source]), IntegerField()),
        "history_type",
        removed,
        F("status") if source == "plan" else Value(""),
    )


def _of_lines(plan: Plan, rows: Rows, source: str, wanted: Wanted) -> Rows | None:
    """Keep rows of the line or lines looked for. None: the source knows no lines."""
    if not wanted.item and not wanted.words:
        return rows
    if _KIND[source] != "line":
        return None
    if wanted.item:
        rows = rows.filter(**{_SUBJECT[source]: wanted.item})
    if wanted.words:
        lines = plan.items.filter(Q(title__icontains=wanted.words) | Q(text__icontains=wanted.words))
        rows = rows.filter(**{f"{_SUBJECT[source]}__in": lines.values("pk")})
    return rows


def _about(rows: Rows, about: str) -> Rows:
    """Keep rows of items that may have changed what is asked for; `parts_of` has the last word."""
    if not about:
        return rows
    if about == About.ADDED:
        return rows.filter(history_type="+")
    before = Item.history.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
    rows = rows.filter(history_type="~").annotate(
        before=Subquery(before.order_by("-history_id").values("history_id")[:1])
    )
    fields = {
        About.WORDS: ("title", "text"),
        About.REMOVED: ("removed_at",),
        About.MOVED: ("parent_id", "position"),
        About.UNITS: ("all_units",),
        About.SETTINGS: SETTINGS,
    }[About(about)]
    same = Item.history.filter(history_id=OuterRef("before"))
    for name in fields:
        column = "criterion_id" if name == "criterion" else name
        is_same = Q(**{column: OuterRef(column)})
        if column in {"removed_at", "parent_id", "criterion_id", "points"}:
            is_same |= Q(**{f"{column}__isnull": True}) & Q(
                Exists(
                    Item.history.filter(
                        history_id=OuterRef(OuterRef("history_id")), **{f"{column}__isnull": True}
                    )
                )
            )
        same = same.filter(is_same)
    return rows.exclude(Exists(same))
