"""Every write to a plan. Broken rules raise ValidationError in words a form can show."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts.models import District, Unit, User
from core.history import save_as
from core.roc import to_roc
from core.text import fold
from indicators.models import Indicator, YearlyTarget
from plans.document import Node, PlanDocument, Target
from plans.enums import EDITABLE
from plans.models import FACT_LIMIT, Criterion, Framework, Item, Plan, Responsibility, RosterRow

UNIT_NAME_LIMIT = 40
MOST_POINTS = 100_000


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
    facts = document.facts
    plan = Plan(district=district, series=facts.series, year=facts.year, framework=framework)
    _take_facts(plan, document)
    if Plan.objects.filter(district=district, series=facts.series, year=facts.year).exists():
        raise _taken(plan)
    try:
        # A savepoint, so that losing the race leaves the caller's transaction usable.
        with transaction.atomic():
            save_as(plan, actor)
    except IntegrityError as error:
        raise _taken(plan) from error
    _write_items(plan, document, actor=actor, sources=sources or Sources())
    return plan


@transaction.atomic
def replace_items(pk: int, document: PlanDocument, *, actor: User, sources: Sources | None = None) -> Plan:
    """Put the document's items and facts in place of the open plan's own; `restore_replaced` undoes it.

    The items that stood there are retired, not deleted: comments and versions may name them.
    """
    plan = _lock_open(pk)
    _retire(list(plan.items.filter(removed_at__isnull=True)), actor=actor)
    _take_facts(plan, document)
    save_as(plan, actor)
    _write_items(plan, document, actor=actor, sources=sources or Sources())
    return plan


@transaction.atomic
def restore_replaced(pk: int, *, actor: User) -> Plan:
    """Undo the last replacement: the items retired together last come back, those present are retired."""
    plan = _lock_open(pk)
    last = plan.items.filter(removed_at__isnull=False).order_by("-removed_at").values("removed_at").first()
    before = plan.history.filter(history_date__lt=last["removed_at"]).first() if last else None
    if last is None or before is None:
        raise ValidationError(_("Nothing of this plan was replaced, so there is nothing to bring back."))
    returning = list(plan.items.filter(removed_at=last["removed_at"]))
    _retire(list(plan.items.filter(removed_at__isnull=True)), actor=actor)
    for item in returning:
        item.removed_at = None
    bulk_update_with_history(returning, Item, ["removed_at"], batch_size=500, default_user=actor)
    for name in (
        "title",
        "subtitle",
        "attribute",
        "note",
        "sign_off",
        "column_heads",
        "scheme",
        "search_text",
    ):
        if hasattr(before, name):
            setattr(plan, name, getattr(before, name))
    plan.search_text = search_text(plan)
    save_as(plan, actor)
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


def _lock_open(pk: int) -> Plan:
    # The plan's row is the lock for its tree. SQLite ignores FOR UPDATE, but there BEGIN IMMEDIATE
    # (settings.DATABASES) already lets only one writer in.
    plan = Plan.objects.select_for_update().get(pk=pk)
    if plan.status not in EDITABLE:
        raise ValidationError(_("This plan is no longer open for changes."))
    return plan


def _take_facts(plan: Plan, document: PlanDocument) -> None:
    facts = document.facts
    for name, label in (
        ("title", _("title")),
        ("subtitle", _("subtitle")),
        ("attribute", _("agency attribute")),
    ):
        value = getattr(facts, name)
        if len(value) > FACT_LIMIT:
            raise ValidationError(
                _("The %(name)s is longer than %(limit)d characters: “%(start)s…”"),
                params={"name": label, "limit": FACT_LIMIT, "start": value[:30]},
            )
        setattr(plan, name, value)
    plan.note = facts.note
    plan.sign_off = "\n".join(facts.sign_off)
    plan.scheme = facts.scheme
    plan.column_heads = {uid: list(names) for uid, names in facts.column_heads}
    plan.search_text = search_text(plan)


def _retire(items: list[Item], *, actor: User) -> None:
    """Mark items as no longer in the plan, all at one moment, by which they can be brought back together."""
    now = timezone.now()
    for item in items:
        item.removed_at = now
    bulk_update_with_history(items, Item, ["removed_at"], batch_size=500, default_user=actor)


def _write_items(plan: Plan, document: PlanDocument, *, actor: User, sources: Sources) -> None:
    """Write the tree level by level, for a child needs its parent's key; two statements a level."""
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
        items = bulk_create_with_history(items, Item, batch_size=500, default_user=actor)
        pairs = list(zip(items, (node for _parent, _position, node in level), strict=True))
        written += pairs
        level = [
            (item, position, child) for item, node in pairs for position, child in enumerate(node.children)
        ]
    _write_units(plan, written, actor=actor)
    _write_rosters(written, actor=actor)
    _write_targets(plan, written, actor=actor)


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
    if not 0 <= points < MOST_POINTS:
        raise ValidationError(
            _("%(points)s are no points: give a number from 0 to 99,999."), params={"points": points}
        )
    return points.quantize(Decimal("0.01"))


def _write_units(plan: Plan, written: list[tuple[Item, Node]], *, actor: User) -> None:
    known: dict[str, Unit] = {}
    for unit in Unit.objects.filter(district=plan.district_id).order_by("-order", "-pk"):
        known |= {fold(name): unit for name in unit.names}
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


def _write_rosters(written: list[tuple[Item, Node]], *, actor: User) -> None:
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
                name=target.name[:200],
                counted_in=target.counted_in[:20],
                comparator=target.comparator,
                aggregation=target.aggregation,
                per=target.per,
            )
            for _item, target in pairs
        ],
        Indicator,
        batch_size=500,
        default_user=actor,
    )
    targets = [
        YearlyTarget(
            indicator=indicator,
            year=plan.year,
            value=None if target.value is None else Decimal(target.value),
            value_max=None if target.value_max is None else Decimal(target.value_max),
            quote=target.quote,
        )
        for indicator, (_item, target) in zip(indicators, pairs, strict=True)
    ]
    bulk_create_with_history(targets, YearlyTarget, batch_size=500, default_user=actor)
    link = Item.indicators.through
    link.objects.bulk_create(
        [
            link(item_id=item.pk, indicator_id=indicator.pk)
            for indicator, (item, _target) in zip(indicators, pairs, strict=True)
        ],
        batch_size=500,
    )
