"""The lines of plans as a sheet shows them: with their numbers, their places and the names of their units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from plans.enums import Duty
from plans.models import Item, Plan, Responsibility
from plans.numbering import number_rows


@dataclass(frozen=True, slots=True)
class Standing:
    """What a line's row says that the line itself does not hold. `place` counts from 1."""

    number: str
    level: int
    parent: str  # uid of the line above, "" for a chapter
    place: int
    leads: tuple[str, ...] = ()
    assists: tuple[str, ...] = ()
    units: tuple[tuple[int, str], ...] = ()  # key and duty, as they stand


def sheet_lines(plans: Collection[Plan]) -> tuple[list[Item], dict[int, Standing]]:
    """Return the present lines of the plans in the order they are read, and how each stands, by its key.

    Two queries, whatever the plans.
    """
    rows = Item.objects.present().filter(plan__in=plans).select_related("criterion")
    children: dict[tuple[int, int | None], list[Item]] = defaultdict(list)
    for item in rows.order_by("position", "pk"):
        children[item.plan_id, item.parent_id].append(item)
    units = _units(plans)
    lines: list[Item] = []
    standings: dict[int, Standing] = {}
    for plan in plans:
        read = _in_order(children, plan.pk)
        lines += [item for item, *_rest in read]
        numbers = dict(
            number_rows(
                ((one.pk, one.parent_id, one.kind, one.numbered, one.child_style) for one, *_rest in read),
                plan.scheme,
            )
        )
        for item, level, parent, place in read:
            named = units[item.pk]
            standings[item.pk] = Standing(
                number=numbers[item.pk],
                level=level,
                parent=parent,
                place=place,
                leads=tuple(name for _key, name, duty in named if duty == Duty.LEAD),
                assists=tuple(name for _key, name, duty in named if duty == Duty.ASSISTING),
                units=tuple((key, duty) for key, _name, duty in named),
            )
    return lines, standings


def _in_order(
    children: dict[tuple[int, int | None], list[Item]], plan: int
) -> list[tuple[Item, int, str, int]]:
    """Return each line with its level, the uid of the line above it and its place below that."""
    found: list[tuple[Item, int, str, int]] = []
    stack: list[tuple[Item, int, str, int]] = []

    def push(above: Item | None, level: int) -> None:
        below = children[plan, above.pk if above else None]
        uid = str(above.uid) if above else ""
        stack.extend((item, level, uid, place) for place, item in reversed(list(enumerate(below, 1))))

    push(None, 1)
    while stack:
        row = stack.pop()
        found.append(row)
        push(row[0], row[1] + 1)
    return found


def _units(plans: Collection[Plan]) -> dict[int, list[tuple[int, str, str]]]:
    named: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    rows: Any = Responsibility.objects.filter(item__plan__in=plans, item__removed_at__isnull=True)
    for item, *unit in rows.order_by("position", "pk").values_list(
        "item_id", "unit_id", "unit__name", "duty"
    ):
        named[item].append((unit[0], unit[1], unit[2]))
    return named
