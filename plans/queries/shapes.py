"""How a plan stands while it is written, read from its rows."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connections
from django.db.models import BooleanField, ExpressionWrapper, IntegerField, Q, QuerySet
from django.db.models.functions import Cast

from plans.models import Item, ItemQuerySet, Plan, Responsibility, RosterRow
from plans.shape import COLUMNS, Flag, Row, Shape


def shape_of(plan: Plan) -> Shape:
    """Return how all present lines stand, in one query."""
    return Shape.of(_rows(Item.objects.present().filter(plan=plan)))


def shape_after(plan: Plan, before: Shape, changed: Collection[Item]) -> Shape:
    """Return the shape once these lines were changed, each with its `parent` as it is now.

    Only what stands below them and below the lines they stood and stand below is read anew.
    """
    parents: set[int | None] = set()
    for item in changed:
        parents |= {item.pk, item.parent_id}
        if item.pk in before.rows:
            parents.add(before.spot(item.pk).parent)
    if not parents:
        return before
    # The plan is asked for only where no parent says it: SQLite would read all its lines to find the few.
    stands = Q(parent__in=parents - {None})
    if None in parents:
        stands |= Q(parent=None, plan=plan)
    return before.renewed(parents, _rows(Item.objects.present().filter(stands)))


def roster_keys(plan: Plan) -> frozenset[int]:
    rows = RosterRow.objects.filter(item__plan=plan).order_by()
    return frozenset(rows.values_list("item_id", flat=True))


def unit_keys(plan: Plan) -> frozenset[int]:
    """Return the keys of the lines that name units one by one."""
    rows = Responsibility.objects.filter(item__plan=plan).order_by()
    return frozenset(key for (key,) in _fetched(rows.values_list("item_id")))


def words_of(keys: Collection[int]) -> Iterable[tuple[int, uuid.UUID, str, str, str]]:
    """Return (line, uid, title, text, words about points), of deleted lines too."""
    rows = Item.objects.filter(pk__in=keys).order_by()
    return rows.values_list("pk", "uid", "title", "text", "points_text")


def units_of(keys: Collection[int]) -> Iterable[tuple[int, str, str]]:
    """Return (line, name of the unit, duty), in the order in which they are printed."""
    rows = Responsibility.objects.filter(item__in=keys).order_by("position", "pk")
    return rows.values_list("item_id", "unit__name", "duty")


def rosters_of(keys: Collection[int]) -> Iterable[tuple[int, str, str, str, str]]:
    """Return (line, title, member, duty, remark), in the order in which they are printed."""
    rows = RosterRow.objects.filter(item__in=keys).order_by("position", "pk")
    return rows.values_list("item_id", "title", "member", "duty", "remark")


def _rows(items: ItemQuerySet) -> list[Row]:
    flags = (
        _number(~Q(title="")) * Flag.TITLE
        + _number(~Q(text="")) * Flag.TEXT
        + Cast("numbered", IntegerField()) * Flag.NUMBERED
        + Cast("all_units", IntegerField()) * Flag.ALL_UNITS
    )
    return _fetched(items.annotate(flags=flags).order_by("position", "pk").values_list(*COLUMNS))


def _fetched(values: QuerySet[Any, Any]) -> list[Row]:
    """Return rows past Django's conversion of each value, which takes longer than all the rest."""
    with connections[values.db].cursor() as cursor:
        cursor.execute(*values.query.get_compiler(values.db).as_sql())
        rows: list[Row] = cursor.fetchall()
    return rows


def _number(condition: Q) -> Cast:
    return Cast(ExpressionWrapper(condition, output_field=BooleanField()), IntegerField())
