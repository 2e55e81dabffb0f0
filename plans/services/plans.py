"""Whole plans: written from a document, replaced by an import, brought back.

Broken rules raise ValidationError in words a form can show, here and in all services.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts.models import District, Unit, User
from core.history import save_as
from core.roc import to_roc
from core.text import fold
from indicators.models import Indicator, Milestone, YearlyTarget
from indicators.services import COUNTED_IN_LIMIT, NAME_LIMIT
from plans.document import MANNER, Node, PlanDocument, Target
from plans.enums import Removal
from plans.models import FACT_LIMIT, SERIES_LIMIT, Criterion, Framework, Item, Plan, Responsibility, RosterRow
from plans.services.locking import count_change, lock_open, next_moment

UNIT_NAME_LIMIT = 40
MOST_POINTS = 100_000
MOST_VALUE = Decimal(10) ** 16  # what the column of a target's value holds before the point
MOST_DIGITS = 15  # SQLite keeps a decimal as a float: what is longer comes back as another number
HUNDREDTH, TEN_THOUSANDTH = Decimal("0.01"), Decimal("0.0001")
# What a replacement writes over, besides the items, and its undoing brings back.
FACTS = ("title", "subtitle", "attribute", "note", "sign_off", "column_heads", "scheme")


@dataclass(frozen=True)
class Sources:
    """Where items of an imported document stood: marker and lines by the node's uid."""

    markers: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def create_plan(
    document: PlanDocument,
    *,
    district: District,
    actor: User,
    framework: Framework | None = None,
    sources: Sources | None = None,
) -> Plan:
    """Write a new plan from a document, in the district and year of its facts.

    Units the district does not have yet are added to it, for a name that is printed must not be lost.
    Raises ValidationError when the district has a plan of this series and year.
    """
    plan = Plan(district=district, framework=framework)
    store_plan(plan, document, actor=actor)
    _write_items(plan, document, actor=actor, sources=sources or Sources())
    return plan


def store_plan(plan: Plan, document: PlanDocument, *, actor: User) -> None:
    """Store the row of a new plan with the document's facts, for the year and series these name."""
    facts = document.facts
    plan.series, plan.year = facts.series, facts.year
    _check_length(facts.series, _("series"), SERIES_LIMIT)
    plan.clean_fields(exclude={field.name for field in Plan._meta.fields} - {"year"})  # noqa: SLF001 -- Django's documented API for fields
    take_facts(plan, document)
    if Plan.objects.filter(district=plan.district_id, series=facts.series, year=facts.year).exists():
        raise _taken(plan)
    try:
        # A savepoint, so that losing the race leaves the caller's transaction usable.
        with transaction.atomic():
            save_as(plan, actor)
    except IntegrityError as error:
        raise _taken(plan) from error


@transaction.atomic
def replace_items(pk: int, document: PlanDocument, *, actor: User, sources: Sources | None = None) -> Plan:
    """Put the document's items and facts in place of the open plan's own; `restore_replaced` undoes it.

    The items that stood there are retired, not deleted: comments and versions may name them.
    """
    plan = lock_open(pk)
    moment = next_moment(plan)
    _retire(list(plan.items.filter(removed_at__isnull=True)), moment, actor=actor)
    take_facts(plan, document)
    count_change(plan)
    save_as(plan, actor, at=moment)
    _write_items(plan, document, actor=actor, sources=sources or Sources())
    return plan


@transaction.atomic
def restore_replaced(pk: int, *, actor: User) -> Plan:
    """Undo the last replacement: the items retired together last come back, those present are retired."""
    plan = lock_open(pk)
    replaced = plan.items.filter(removed_as=Removal.REPLACED)
    last = replaced.aggregate(at=Max("removed_at"))["at"]
    before = plan.history.filter(history_date__lt=last).first() if last else None
    if last is None or before is None:
        raise ValidationError(_("Nothing of this plan was replaced, so there is nothing to bring back."))
    returning = list(replaced.filter(removed_at=last))
    moment = next_moment(plan)
    _retire(list(plan.items.filter(removed_at__isnull=True)), moment, actor=actor)
    for item in returning:
        item.removed_at, item.removed_as = None, ""
    bulk_update_with_history(
        returning, Item, ["removed_at", "removed_as"], batch_size=500, default_user=actor
    )
    for name in FACTS:
        setattr(plan, name, getattr(before, name))
    plan.search_text = search_text(plan)
    count_change(plan)
    save_as(plan, actor, at=moment)
    return plan


def search_text(plan: Plan) -> str:
    """Return what a search of the plan list looks through, folded."""
    district = plan.district
    parts = (
        plan.title,
        plan.subtitle,
        plan.series,
        district.agency_name,
        district.name,
        str(to_roc(plan.year)),
    )
    return " ".join(fold(part) for part in parts)


def _taken(plan: Plan) -> ValidationError:
    return ValidationError(
        _("%(agency)s already has a plan “%(series)s” for %(year)s."),
        code="taken",
        params={"agency": plan.district.agency_name, "series": plan.series, "year": to_roc(plan.year)},
    )


def take_facts(plan: Plan, document: PlanDocument) -> None:
    facts = document.facts
    for name, label in (
        ("title", _("title")),
        ("subtitle", _("subtitle")),
        ("attribute", _("agency attribute")),
    ):
        value = getattr(facts, name)
        _check_length(value, label, FACT_LIMIT)
        setattr(plan, name, value)
    plan.note = facts.note
    plan.sign_off = "\n".join(facts.sign_off)
    plan.scheme = facts.scheme
    plan.column_heads = {uid: list(names) for uid, names in facts.column_heads}
    plan.search_text = search_text(plan)


def _check_length(value: str, label: str, limit: int) -> None:
    # PostgreSQL would refuse the row without saying which field; SQLite would keep what no other can.
    if len(value) > limit:
        raise ValidationError(
            _("The %(name)s is longer than %(limit)d characters: “%(start)s…”"),
            params={"name": label, "limit": limit, "start": value[:30]},
        )


def _retire(items: list[Item], moment: dt.datetime, *, actor: User) -> None:
    """Mark items as no longer in the plan, all at one moment, by which they can be brought back together."""
    for item in items:
        item.removed_at, item.removed_as = moment, Removal.REPLACED
    bulk_update_with_history(items, Item, ["removed_at", "removed_as"], batch_size=500, default_user=actor)


def _write_items(plan: Plan, document: PlanDocument, *, actor: User, sources: Sources) -> None:
    written = write_tree(plan, document, actor=actor, sources=sources)
    _write_units(plan, written, actor=actor)
    write_rosters(written, actor=actor)
    _write_targets(plan, written, actor=actor)


def write_tree(
    plan: Plan,
    document: PlanDocument,
    *,
    actor: User,
    sources: Sources | None = None,
    predecessors: Mapping[str, int] | None = None,
) -> list[tuple[Item, Node]]:
    """Write the lines level by level, for a child needs its parent's key; two statements a level.

    `predecessors` holds the keys of the items lines go back to, by the lines' uids. Units, rosters and
    targets are for the caller.
    """
    sources, predecessors = sources or Sources(), predecessors or {}
    criteria = {}
    if plan.framework_id:
        criteria = {row.code: row for row in Criterion.objects.filter(framework=plan.framework_id)}
    written: list[tuple[Item, Node]] = []
    level: list[tuple[Item | None, int, Node]] = [
        (None, position, node) for position, node in enumerate(document.chapters)
    ]
    while level:
        items = []
        for parent, position, node in level:
            items.append(_new_item(plan, parent, position, node, sources))
            items[-1].criterion = criteria.get(node.criterion)
            items[-1].predecessor_id = predecessors.get(node.uid)
        items = bulk_create_with_history(items, Item, batch_size=500, default_user=actor)
        pairs = list(zip(items, (node for _parent, _position, node in level), strict=True))
        written += pairs
        level = [
            (item, position, child) for item, node in pairs for position, child in enumerate(node.children)
        ]
    return written


def _new_item(plan: Plan, parent: Item | None, position: int, node: Node, sources: Sources) -> Item:
    return Item(
        plan=plan,
        uid=uuid.UUID(node.uid) if node.uid else uuid.uuid4(),
        parent=parent,
        position=position,
        kind=node.kind,
        title=node.title,
        text=node.text,
        numbered=node.numbered,
        child_style=node.child_style,
        layout=node.layout,
        points=_points(node),
        points_text=node.points_text,
        all_units=node.all_units,
        source_marker=sources.markers.get(node.uid, "")[:30],
        source_lines=sources.lines.get(node.uid, "")[:30],
    )


def _points(node: Node) -> Decimal | None:
    if node.points is None:
        return None
    points = Decimal(node.points)
    points = points.quantize(HUNDREDTH) if points.is_finite() and 0 <= points < MOST_POINTS else Decimal(-1)
    # Asked again, for 99999.999 becomes one digit longer when it is rounded.
    if not 0 <= points < MOST_POINTS:
        raise ValidationError(
            _("%(points)s are no points: give a number from 0 to 99,999."), params={"points": node.points}
        )
    return points


def _write_units(plan: Plan, written: list[tuple[Item, Node]], *, actor: User) -> None:
    """Write who answers for which item, adding to the district the units it does not have yet."""
    known = _units_by_name(plan)
    if any(fold(name.name) not in known for _item, node in written for name in node.units):
        # Two imports of one district at once may both add the same unit. Not the key is locked, only
        # the row: the plans just written hold its key, each for itself.
        District.objects.select_for_update(no_key=True).get(pk=plan.district_id)
        known = _units_by_name(plan)
    rows = []
    for item, node in written:
        taken: set[int] = set()
        for position, name in enumerate(node.units):
            unit = known.get(fold(name.name))
            if unit is None:
                if len(name.name) > UNIT_NAME_LIMIT:
                    raise ValidationError(
                        _("“%(name)s” is too long for the name of a unit."), params={"name": name.name}
                    )
                unit = Unit(district_id=plan.district_id, name=name.name, order=len(known))
                save_as(unit, actor)
                known[fold(name.name)] = unit
            if unit.pk not in taken:
                taken.add(unit.pk)
                rows.append(Responsibility(item=item, unit=unit, duty=name.duty, position=position))
    bulk_create_with_history(rows, Responsibility, batch_size=500, default_user=actor)


def _units_by_name(plan: Plan) -> dict[str, Unit]:
    """Return the district's units by all their names; a unit's own name goes before another's short one."""
    units = list(Unit.objects.filter(district=plan.district_id).order_by("-order", "-pk"))
    known = {fold(name): unit for unit in units for name in unit.names}
    return known | {fold(unit.name): unit for unit in units}


def write_rosters(written: list[tuple[Item, Node]], *, actor: User) -> None:
    rows = [
        RosterRow(
            item=item,
            position=position,
            title=member.title,
            member=member.member,
            duty=member.duty,
            remark=member.remark,
        )
        for item, node in written
        for position, member in enumerate(node.roster)
    ]
    bulk_create_with_history(rows, RosterRow, batch_size=500, default_user=actor)


def _write_targets(plan: Plan, written: list[tuple[Item, Node]], *, actor: User) -> None:
    """Write an indicator with this year's target for each reading, linked to the item it was read from."""
    pairs: list[tuple[Item, Target]] = [(item, target) for item, node in written for target in node.targets]
    indicators = bulk_create_with_history(
        [
            Indicator(
                district_id=plan.district_id,
                **{name: getattr(target, name) for name in MANNER}
                | {"name": target.name[:NAME_LIMIT], "counted_in": target.counted_in[:COUNTED_IN_LIMIT]},
            )
            for _item, target in pairs
        ],
        Indicator,
        batch_size=500,
        default_user=actor,
    )
    targets = []
    for indicator, (_item, target) in zip(indicators, pairs, strict=True):
        value, value_max = _amount(target.value), _amount(target.value_max)
        if value is not None and value_max is not None and value_max < value:
            value, value_max = value_max, value
        targets.append(
            YearlyTarget(
                indicator=indicator,
                year=plan.year,
                value=value,
                value_max=value_max,
                baseline=_amount(target.start),
                quote=target.quote,
            )
        )
    bulk_create_with_history(targets, YearlyTarget, batch_size=500, default_user=actor)
    milestones = [
        Milestone(
            target=row,
            position=position,
            title=one.title,
            due_on=dt.date.fromisoformat(one.due_on),
            weight=Decimal(one.weight),
        )
        for row, (_item, target) in zip(targets, pairs, strict=True)
        for position, one in enumerate(target.milestones, 1)
    ]
    bulk_create_with_history(milestones, Milestone, batch_size=500, default_user=actor)
    link = Item.indicators.through
    link.objects.bulk_create(
        [
            link(item_id=item.pk, indicator_id=indicator.pk)
            for indicator, (item, _target) in zip(indicators, pairs, strict=True)
        ],
        batch_size=500,
    )


def _amount(text: str | None) -> Decimal | None:
    """Return a target's number, None where the column cannot hold it exactly: the quote still says it.

    A number of twenty digits in some sentence must not keep a plan from being saved, and a rounded one
    would be a promise nobody made.
    """
    try:
        amount = Decimal(text or "NaN")
    except InvalidOperation:
        return None
    if not amount.is_finite() or abs(amount) >= MOST_VALUE:
        return None
    if len(amount.normalize().as_tuple().digits) > MOST_DIGITS:
        return None
    held = amount.quantize(TEN_THOUSANDTH)
    return held if held == amount else None
