"""The rows of a plan brought back to a document that was made from them: what stood there stands again.

Lines are found by their identity, retired ones too, and keep their comments and history; lines the document
does not have are retired.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal

from django.db.models import F
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts.models import Unit, User
from core.history import save_as
from indicators.models import YearlyTarget
from plans.document import Node, PlanDocument, Target
from plans.enums import Removal
from plans.models import Criterion, Item, Plan, Responsibility, RosterRow
from plans.services.locking import next_moment
from plans.services.plans import take_facts

COLUMNS = (
    *("parent", "position", "kind", "title", "text", "numbered", "child_style", "layout", "criterion"),
    *("points", "points_text", "all_units", "removed_at", "removed_as"),
)


def _columns(item: Item) -> tuple[object, ...]:
    names = (f"{name}_id" if name in {"parent", "criterion"} else name for name in COLUMNS)
    return tuple(getattr(item, name) for name in names)


def restore_document(plan: Plan, document: PlanDocument, *, actor: User) -> None:
    """Write the document over the rows of a locked plan. It must be one made from this plan's rows."""
    rows = {str(item.uid): item for item in plan.items.all()}
    before = {key: _columns(item) for key, item in rows.items()}
    criteria = {row.code: row for row in Criterion.objects.filter(framework=plan.framework_id)}
    places = list(_places(document.chapters))
    missing = [
        Item(plan=plan, uid=uuid.UUID(node.uid), position=0, kind=node.kind)
        for node, _parent, _position in places
        if node.uid not in rows
    ]
    for item in bulk_create_with_history(missing, Item, batch_size=500, default_user=actor):
        rows[str(item.uid)] = item
    for node, parent, position in places:
        item = rows[node.uid]
        item.parent = rows[parent] if parent else None
        item.position = position
        item.kind, item.title, item.text = node.kind, node.title, node.text
        item.numbered, item.child_style, item.layout = node.numbered, node.child_style, node.layout
        item.criterion = criteria.get(node.criterion)
        item.points = Decimal(node.points) if node.points is not None else None
        item.points_text, item.all_units = node.points_text, node.all_units
        item.removed_at, item.removed_as = None, ""
    staying = {node.uid for node, _parent, _position in places}
    moment = next_moment(plan)
    for key, item in rows.items():
        if key not in staying and item.removed_at is None:
            item.removed_at, item.removed_as = moment, Removal.DELETED
    # A line that stands as it stood leaves no trace in the history.
    changed = [item for key, item in rows.items() if before.get(key) != _columns(item)]
    for item in changed:
        item.changed_in = plan.revision
        item.version += 1
    columns = [*COLUMNS, "changed_in", "version"]
    bulk_update_with_history(changed, Item, columns, batch_size=500, default_user=actor)
    _restore_units(plan, [(rows[node.uid], node) for node, _parent, _position in places], actor=actor)
    _restore_rosters(plan, [(rows[node.uid], node) for node, _parent, _position in places], actor=actor)
    _restore_targets(plan, [(rows[node.uid], node) for node, _parent, _position in places], actor=actor)
    _restore_enclosures(plan, document, actor=actor)
    take_facts(plan, document)


def _restore_enclosures(plan: Plan, document: PlanDocument, *, actor: User) -> None:
    """Put back the attachments the document names, found by their digest, and take out the others."""
    moment = next_moment(plan)
    # Those that are there first; databases do not agree where NULL stands.
    rows = list(plan.attachments.order_by(F("removed_at").asc(nulls_first=True), "pk"))
    staying: set[int] = set()
    for position, wanted in enumerate(document.enclosures):
        row = next((one for one in rows if one.sha256 == wanted.sha256 and one.pk not in staying), None)
        if row is not None:
            staying.add(row.pk)
            before = (row.position, row.title, row.removed_at)
            row.position, row.title, row.removed_at = position, wanted.title, None
            if before != (position, wanted.title, None):
                save_as(row, actor)
    for row in rows:
        if row.pk not in staying and row.removed_at is None:
            row.removed_at = moment
            save_as(row, actor)


def _places(chapters: Sequence[Node]) -> list[tuple[Node, str, int]]:
    """Return each node with its parent's uid ("" at the top) and its place among its siblings."""
    found: list[tuple[Node, str, int]] = []
    stack = [(chapter, "", at) for at, chapter in enumerate(chapters)]
    while stack:
        node, parent, position = stack.pop()
        found.append((node, parent, position))
        stack.extend((child, node.uid, at) for at, child in enumerate(node.children))
    return found


def _restore_units(plan: Plan, lines: list[tuple[Item, Node]], *, actor: User) -> None:
    units = {unit.name: unit for unit in Unit.objects.filter(district=plan.district_id)}
    have: dict[int, list[Responsibility]] = {}
    for row in Responsibility.objects.filter(item__plan=plan).order_by("position", "pk"):
        have.setdefault(row.item_id, []).append(row)
    made = []
    for item, node in lines:
        wanted = [(units[unit.name].pk, unit.duty) for unit in node.units if unit.name in units]
        if [(row.unit_id, row.duty) for row in have.get(item.pk, [])] == wanted:
            continue
        for row in have.get(item.pk, []):
            row._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001 -- simple-history's documented way
            row.delete()
        made += [
            Responsibility(item=item, unit_id=unit, duty=duty, position=position)
            for position, (unit, duty) in enumerate(wanted)
        ]
    bulk_create_with_history(made, Responsibility, batch_size=500, default_user=actor)


def _restore_rosters(plan: Plan, lines: list[tuple[Item, Node]], *, actor: User) -> None:
    have: dict[int, list[RosterRow]] = {}
    for row in RosterRow.objects.filter(item__plan=plan).order_by("position", "pk"):
        have.setdefault(row.item_id, []).append(row)
    made = []
    for item, node in lines:
        rows = have.get(item.pk, [])  # also of a line that is a table no more
        now = [(row.title, row.member, row.duty, row.remark) for row in rows]
        wanted = [(row.title, row.member, row.duty, row.remark) for row in node.roster]
        if now == wanted:
            continue
        for row in rows:
            row._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001 -- simple-history's documented way
            row.delete()
        made += [
            RosterRow(item=item, position=at, title=title, member=member, duty=duty, remark=remark)
            for at, (title, member, duty, remark) in enumerate(wanted)
        ]
    bulk_create_with_history(made, RosterRow, batch_size=500, default_user=actor)


def _restore_targets(plan: Plan, lines: list[tuple[Item, Node]], *, actor: User) -> None:
    """Give this year's targets of indicators that are still linked the values they had."""
    changed = []
    for item, node in lines:
        if not node.targets:
            continue
        rows = YearlyTarget.objects.filter(indicator__items=item, year=plan.year).select_related("indicator")
        by_name = {row.indicator.name: row for row in rows}
        for target in node.targets:
            row = by_name.get(target.name)
            if row is not None and _set_target(row, target):
                changed.append(row)
    bulk_update_with_history(
        changed, YearlyTarget, ["value", "value_max", "quote"], batch_size=500, default_user=actor
    )


def _set_target(row: YearlyTarget, target: Target) -> bool:
    """Write a target's values onto its row; say whether that changed it."""
    value = Decimal(target.value) if target.value is not None else None
    highest = Decimal(target.value_max) if target.value_max is not None else None
    before = (row.value, row.value_max, row.quote)
    row.value, row.value_max, row.quote = value, highest, target.quote
    return before != (value, highest, target.quote)
