"""The rows of a plan brought back to a document that was made from them: what stood there stands again.

Lines are found by their identity, retired ones too, and keep their comments and history; lines the document
does not have are retired.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal

from django.db.models import F
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts.models import Unit, User
from core.history import save_as
from indicators.enums import Aggregation
from indicators.models import Indicator, Milestone, YearlyTarget
from indicators.services import Step, set_milestones
from plans.document import MANNER, Node, PlanDocument, Target
from plans.document import Milestone as PromisedMilestone
from plans.enums import Removal
from plans.models import Criterion, Framework, Item, Plan, Responsibility, RosterRow
from plans.queries.documents import decimal_text, has_start
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
    plan.framework = _framework(plan, document)
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


def _framework(plan: Plan, document: PlanDocument) -> Framework | None:
    """Return the framework the document was written against; one renamed since is the present one."""
    name = document.facts.framework
    if not name:
        return None
    return Framework.objects.filter(city=plan.district.city_id, name=name).first() or plan.framework


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
    units = _units_by_any_name(plan)
    have: dict[int, list[Responsibility]] = {}
    for row in Responsibility.objects.filter(item__plan=plan).order_by("position", "pk"):
        have.setdefault(row.item_id, []).append(row)
    made = []
    for item, node in lines:
        wanted = [(units[unit.name], unit.duty) for unit in node.units if unit.name in units]
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


def _units_by_any_name(plan: Plan) -> dict[str, int]:
    """Return the district's units by the names they bear and bore; a present name goes before an old one."""
    known = dict(
        Unit.history.filter(district=plan.district_id).order_by("history_date").values_list("name", "id")
    )
    return known | dict(Unit.objects.filter(district=plan.district_id).values_list("name", "pk"))


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
    """Give each line the targets it had: values and names as they were, links taken away and put back."""
    linked: dict[int, list[YearlyTarget]] = {}
    links = Item.indicators.through.objects.filter(item__plan=plan).values_list("item_id", "indicator_id")
    targets = {
        row.indicator_id: row
        for row in YearlyTarget.objects.filter(
            indicator__in={indicator for _item, indicator in links}, year=plan.year
        )
        .select_related("indicator")
        .prefetch_related("milestones")
        .order_by("pk")
    }
    for item_key, indicator in sorted(links, key=lambda link: link[1]):
        if indicator in targets:
            linked.setdefault(item_key, []).append(targets[indicator])
    for item, node in lines:
        rows = linked.get(item.pk, [])
        if [_target_of(row) for row in rows] != list(node.targets):
            _restore_line_targets(plan, item, rows, node.targets, actor=actor)


def _restore_line_targets(
    plan: Plan, item: Item, rows: list[YearlyTarget], wanted: Sequence[Target], *, actor: User
) -> None:
    free = list(rows)
    pairs: list[tuple[Target, YearlyTarget | None]] = []
    # The same first, then those of one name, then those that once bore it: what is left over is another.
    tests: tuple[Callable[[YearlyTarget, Target], bool], ...] = (
        lambda row, target: _target_of(row) == target,
        lambda row, target: row.indicator.name == target.name,
        lambda row, target: row.indicator.history.filter(name=target.name).exists(),
    )
    waiting = list(wanted)
    for is_same in tests:
        for target in list(waiting):
            row = next((one for one in free if is_same(one, target)), None)
            if row is not None:
                pairs.append((target, row))
                free.remove(row)
                waiting.remove(target)
    pairs += [(target, _unlinked(plan, target)) for target in waiting]
    for target, row in pairs:
        _write_target(plan, item, row, target, actor=actor)
    # Taken off the line only: other lines and years may go on with them.
    item.indicators.remove(*(row.indicator for row in free))


def _unlinked(plan: Plan, target: Target) -> YearlyTarget | None:
    """Return this year's target of the district that says the same and hangs on no line of the plan."""
    rows = YearlyTarget.objects.filter(
        indicator__district=plan.district_id, indicator__name=target.name, year=plan.year
    )
    rows = rows.exclude(indicator__items__plan=plan).select_related("indicator")
    rows = rows.prefetch_related("milestones").order_by("pk")
    return next((row for row in rows if _target_of(row) == target), None)


def _write_target(plan: Plan, item: Item, row: YearlyTarget | None, target: Target, *, actor: User) -> None:
    if row is not None and _target_of(row) == target:
        item.indicators.add(row.indicator)
        return
    if row is None:
        row = YearlyTarget(indicator=Indicator(district_id=plan.district_id), year=plan.year)
    indicator = row.indicator
    for name in MANNER:
        setattr(indicator, name, getattr(target, name))
    save_as(indicator, actor)
    row.indicator = indicator
    row.value = Decimal(target.value) if target.value is not None else None
    row.value_max = Decimal(target.value_max) if target.value_max is not None else None
    row.quote = target.quote
    if has_start(target.aggregation, target.baseline):  # any other baseline is no promise and stays
        row.baseline = Decimal(target.start) if target.start is not None else None
    save_as(row, actor)
    item.indicators.add(indicator)
    _write_milestones(row, target, actor=actor)


def _write_milestones(row: YearlyTarget, target: Target, *, actor: User) -> None:
    keys = {one.title: one.pk for one in row.milestones.all()}
    steps = [
        Step(one.title, dt.date.fromisoformat(one.due_on), Decimal(one.weight), keys.get(one.title))
        for one in target.milestones
    ]
    if steps:
        set_milestones(row, steps, actor=actor)


def _target_of(row: YearlyTarget) -> Target:
    """Return a row as a document has it."""
    has_milestones = row.indicator.aggregation == Aggregation.MILESTONES
    milestones = row.milestones.all() if has_milestones else Milestone.objects.none()
    return Target(
        quote=row.quote,
        value=None if row.value is None else decimal_text(row.value),
        value_max=None if row.value_max is None else decimal_text(row.value_max),
        start=_start(row),
        milestones=tuple(
            PromisedMilestone(one.title, one.due_on.isoformat(), decimal_text(one.weight))
            for one in milestones
        ),
        **{name: getattr(row.indicator, name) for name in MANNER},
    )


def _start(row: YearlyTarget) -> str | None:
    is_start = has_start(row.indicator.aggregation, row.indicator.baseline)
    return decimal_text(row.baseline) if is_start and row.baseline is not None else None
