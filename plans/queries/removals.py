"""Lines that were deleted from a plan and can be brought back."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _

from plans.enums import Removal as RemovedAs
from plans.models import Item, Plan, Responsibility
from plans.queries.history import LABEL_LENGTH, Line, day_of, time_of

REMOVALS_PER_PAGE = 50


@dataclass(frozen=True)
class RemovedLine:
    """A deleted line; with `below` more, deleted together with it. `can_return` for the person who looks."""

    line: Line
    below: int
    can_return: bool


@dataclass(frozen=True)
class Removal:
    """Lines that were deleted at one moment, by one person."""

    at: dt.datetime
    who: str
    lines: tuple[RemovedLine, ...]

    @property
    def day(self) -> str:
        return day_of(self.at)

    @property
    def time(self) -> str:
        return time_of(self.at)


def removals(
    plan: Plan, *, number: str | None, units: Collection[int] | None
) -> tuple[list[Removal], Page[Any]]:
    """Return a page of what was deleted and can be brought back, the last deleted first.

    `units` are those the person writes for, None for who may bring back everything.
    """
    removed = plan.items.filter(removed_at__isnull=False, removed_as=RemovedAs.DELETED)
    moments = removed.order_by("-removed_at").values_list("removed_at", flat=True).distinct()
    page = Paginator(moments, REMOVALS_PER_PAGE).get_page(number)
    rows = list(
        removed.filter(removed_at__in=list(page))
        .order_by("-removed_at", "position", "pk")
        .values_list("removed_at", "pk", "parent_id", "uid", "title", "text")
    )
    people = dict(
        Item.history.filter(plan=plan, removed_at__in=list(page), history_type="~")
        .order_by("-history_id")
        .values_list("removed_at", "history_user__full_name")
    )
    answering = _Answering(plan) if units else None
    together: dict[int, list[int]] = defaultdict(
        list
    )  # all that came down with an outermost line, itself too
    moments_of = {pk: at for at, pk, *_rest in rows}
    parents = {pk: parent for _at, pk, parent, *_rest in rows}
    outermost: dict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    for at, pk, *rest in rows:
        top = pk
        while moments_of.get(parents[top]) == at:
            top = parents[top]
        together[top].append(pk)
        if top == pk:
            outermost[at].append((pk, *rest))

    def told(pk: int, parent: int | None, uid: object, title: str, text: str) -> RemovedLine:
        can_return = units is None or (
            answering is not None and answering.lets_return(units, together[pk], parent)
        )
        words = (title or text)[:LABEL_LENGTH] or _("(no words)")
        return RemovedLine(Line(str(uid), "", words, is_present=False), len(together[pk]) - 1, can_return)

    found = [
        Removal(at, people.get(at) or "", tuple(told(*row) for row in lines))
        for at, lines in outermost.items()
    ]
    return found, page


class _Answering:
    """Which units answer for which line by name, retired lines too: theirs, or those of what is above."""

    def __init__(self, plan: Plan) -> None:
        rows = list(plan.items.values_list("pk", "parent_id", "all_units", "removed_at"))
        self._above = {pk: (parent, all_units) for pk, parent, all_units, _removed_at in rows}
        self._present = {pk for pk, _parent, _all_units, removed_at in rows if removed_at is None}
        self._named: dict[int, set[int]] = defaultdict(set)
        for line, unit in Responsibility.objects.filter(item__plan=plan).values_list("item_id", "unit_id"):
            self._named[line].add(unit)

    def units(self, line: int | None) -> set[int]:
        while line is not None:
            parent, all_units = self._above[line]
            if line in self._named:
                return self._named[line]
            if all_units:
                return set()
            line = parent
        return set()

    def lets_return(self, units: Collection[int], lines: Collection[int], parent: int | None) -> bool:
        """As `can_bring_back_item` of plans/permissions.py, for many lines at once."""
        return parent in self._present and all(
            self.units(one).intersection(units) for one in (*lines, parent)
        )
