"""Who may see and write which plan. Views reach rows only through these functions."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import SECRETARIAT_ROLES, Role
from accounts.models import District, Unit, User
from indicators.models import Indicator
from plans.document import PlanDocument
from plans.enums import EDITABLE, PART_STEPS, PartState
from plans.models import Comment, Item, Plan, PlanQuerySet, Responsibility
from plans.rights import Rights, rights_of_units, rights_to_all


def get_plans_to_view(user: User, *, on: dt.date) -> PlanQuerySet:
    return Plan.objects.visible_to(user, on)


def get_plan_to_view(user: User, pk: int, *, on: dt.date) -> Plan:
    """Return the plan with its district and city, or raise 404: an unseen plan does not exist."""
    plans = get_plans_to_view(user, on=on).select_related("district__city", "framework")
    return get_object_or_404(plans, pk=pk)


def is_of_district(user: User, district: District, *, on: dt.date) -> bool:
    """Say whether the user holds an appointment in the district, as a whole or at one of its units."""
    return district.pk in user.posts(on).inside


def is_secretariat(user: User, district: District, *, on: dt.date) -> bool:
    return district.pk in user.posts(on).at_districts(SECRETARIAT_ROLES)


def can_edit_plan(user: User, plan: Plan, *, on: dt.date) -> bool:
    """The secretariat writes every item of its own district's open plan."""
    return plan.status in EDITABLE and is_secretariat(user, plan.district, on=on)


def get_plan_to_edit(user: User, pk: int, *, on: dt.date) -> Plan:
    """Return the plan, or raise 404 if it is unseen and 403 if the user may not write it."""
    plan = get_plan_to_view(user, pk, on=on)
    if not can_edit_plan(user, plan, on=on):
        raise PermissionDenied
    return plan


def can_copy_plan(user: User, plan: Plan, *, on: dt.date) -> bool:
    """The secretariat makes a new plan from any of its own district's, open or not."""
    return is_secretariat(user, plan.district, on=on)


def get_plan_to_copy(user: User, pk: int, *, on: dt.date) -> Plan:
    """Return the plan, or raise 404 if it is unseen and 403 if no plan may be made from it."""
    plan = get_plan_to_view(user, pk, on=on)
    if not can_copy_plan(user, plan, on=on):
        raise PermissionDenied
    return plan


def can_begin_plans(user: User, *, on: dt.date) -> bool:
    """Say whether there is a district for which the user may begin or import a plan."""
    return user.posts(on).is_of_secretariat


def get_districts_to_write(user: User, *, on: dt.date) -> list[District]:
    """Return the districts for which the user may begin or import a plan."""
    keys = user.posts(on).at_districts(SECRETARIAT_ROLES)
    return list(District.objects.filter(pk__in=keys).select_related("city"))


# How many levels a plan may have (plans/services/items.py): so far up a line's units are looked for.
LEVELS = 12


def get_units_to_write_for(user: User, plan: Plan, *, on: dt.date) -> list[Unit]:
    """Return the units for whose lines the user may write in this plan now.

    A part the chief has released is closed to the unit's people until it is sent back.
    """
    if plan.status not in EDITABLE:
        return []
    released = Q(parts__round__plan=plan, parts__round__closed_at__isnull=True) & Q(
        parts__state=PartState.RELEASED
    )
    units = Unit.objects.filter(district=plan.district_id, pk__in=user.posts(on).at_units())
    return list(units.exclude(pk__in=Unit.objects.filter(released).values("pk")))


def get_names_to_write_for(user: User, plan: Plan, *, on: dt.date) -> frozenset[str] | None:
    """Return the names of the units for whose lines the user may write; None where that is every line."""
    if can_edit_plan(user, plan, on=on):
        return None
    return frozenset(unit.name for unit in get_units_to_write_for(user, plan, on=on))


def can_write_in(user: User, plan: Plan, *, on: dt.date) -> bool:
    """Say whether there is a line of the plan that the user may write now."""
    if can_edit_plan(user, plan, on=on):
        return True
    units = get_units_to_write_for(user, plan, on=on)
    named = Responsibility.objects.filter(item__plan=plan, item__removed_at__isnull=True, unit__in=units)
    return bool(units) and named.exists()


def get_rights(user: User, plan: Plan, document: PlanDocument, *, on: dt.date) -> Rights:
    """Return what the user may do with each line of the plan."""
    names = get_names_to_write_for(user, plan, on=on)
    if names is None:
        return rights_to_all(document)
    return rights_of_units(document, names) if names else Rights()


def get_item_to_view(user: User, plan_pk: int, uid: uuid.UUID, *, on: dt.date) -> Item:
    """Return a line of a plan the user may read, deleted ones too, or raise 404."""
    plan = get_plan_to_view(user, plan_pk, on=on)
    item = get_object_or_404(plan.items.select_related("criterion"), uid=uid)
    item.plan = plan
    return item


def get_item_to_edit(user: User, plan_pk: int, uid: uuid.UUID, *, on: dt.date) -> Item:
    """Return the line, or raise 404 if its plan is unseen and 403 if the user may not write it."""
    item = get_item_to_view(user, plan_pk, uid, on=on)
    if not can_edit_item(user, item, on=on):
        raise PermissionDenied
    return item


def can_edit_item(user: User, item: Item, *, on: dt.date) -> bool:
    """The secretariat writes every line of its open plan, a unit's people those it answers for by name."""
    if can_edit_plan(user, item.plan, on=on):
        return True
    units = get_units_to_write_for(user, item.plan, on=on)
    return bool(units) and bool({unit.pk for unit in units} & answering_units(item))


def can_arrange_item(user: User, item: Item, *, on: dt.date) -> bool:
    """Say whether the user may move or delete the line: for a unit, what stands below lines of its own."""
    if can_edit_plan(user, item.plan, on=on):
        return True
    return (
        item.parent is not None
        and can_edit_item(user, item, on=on)
        and can_edit_item(user, _of_plan(item.parent, item.plan), on=on)
    )


def can_shift_item(user: User, item: Item, step: str, *, on: dt.date) -> bool:
    """Say whether the user may take a step with a line they may arrange: no line comes to stand below one
    that is not theirs to write, and none of others is taken along."""
    if step in {"up", "down"} or can_edit_plan(user, item.plan, on=on):
        return True
    siblings = Item.objects.present().right_below(item.plan, item.parent_id)
    line = list(siblings.order_by("position", "pk").values_list("pk", flat=True))
    at = line.index(item.pk) if item.pk in line else 0
    if step == "in":
        return at == 0 or _can_edit_all(user, item.plan, {line[at - 1]}, on=on)
    above = item.parent.parent if item.parent else None
    return can_add_below(user, item.plan, above, on=on) and _can_edit_all(
        user, item.plan, set(line[at + 1 :]), on=on
    )


def can_remove_item(user: User, item: Item, *, on: dt.date) -> bool:
    """Say whether the user may delete a line they may arrange: nothing of others stands below it."""
    if can_edit_plan(user, item.plan, on=on):
        return True
    below = _below(item.plan.items.filter(removed_at__isnull=True), item)
    return _can_edit_all(user, item.plan, below, on=on)


def can_bring_back_item(user: User, item: Item, *, on: dt.date) -> bool:
    """Say whether the user may bring a deleted line back: for a unit, where its heading stands in the plan
    and all that was deleted together with it is the unit's."""
    if can_edit_plan(user, item.plan, on=on):
        return True
    if not can_arrange_item(user, item, on=on) or (item.parent and item.parent.removed_at):
        return False
    below = _below(item.plan.items.filter(removed_at=item.removed_at), item)
    return _can_edit_all(user, item.plan, below, on=on)


def can_add_below(user: User, plan: Plan, parent: Item | None, *, on: dt.date) -> bool:
    """Say whether the user may add lines below `parent`, or chapters where it is None."""
    if parent is None:
        return can_edit_plan(user, plan, on=on)
    return can_edit_item(user, _of_plan(parent, plan), on=on)


def answering_units(item: Item) -> set[int]:
    """Return the keys of the units that answer for a line by name: its own, or those it inherits."""
    return answering_units_of([item.pk])[item.pk]


def answering_units_of(items: Collection[int]) -> dict[int, set[int]]:
    """Return for the key of each line the units that answer for it by name: its own, or those it inherits.

    Two queries whatever the lines and their depth.
    """
    steps = ["parent__" * step for step in range(LEVELS)]
    names = [f"{step}{name}" for step in steps for name in ("pk", "all_units")]
    paths = {
        row[0]: [(row[at], row[at + 1]) for at in range(0, len(row), 2) if row[at] is not None]
        for row in Item.objects.filter(pk__in=items).values_list(*names)
    }
    named: dict[int, set[int]] = {}
    keys = {key for path in paths.values() for key, _all in path}
    for key, unit in Responsibility.objects.filter(item__in=keys).values_list("item_id", "unit_id"):
        named.setdefault(key, set()).add(unit)
    return {item: _nearest(paths.get(item, []), named) for item in items}


def _nearest(path: list[tuple[int, bool]], named: dict[int, set[int]]) -> set[int]:
    for key, all_units in path:
        if key in named:
            return named[key]
        if all_units:
            return set()
    return set()


def _can_edit_all(user: User, plan: Plan, lines: Collection[int], *, on: dt.date) -> bool:
    units = {unit.pk for unit in get_units_to_write_for(user, plan, on=on)}
    return all(units & answering for answering in answering_units_of(lines).values())


def _below(lines: QuerySet[Item], item: Item) -> set[int]:
    """Return the keys of those of the lines that stand below `item`, in one query."""
    children: dict[int | None, list[int]] = {}
    for key, parent in lines.values_list("pk", "parent_id"):
        children.setdefault(parent, []).append(key)
    found: set[int] = set()
    stack = list(children.get(item.pk, ()))
    while stack:
        key = stack.pop()
        if key not in found:
            found.add(key)
            stack.extend(children.get(key, ()))
    return found


def get_indicator_to_edit(
    user: User, plan_pk: int, uid: uuid.UUID, indicator_pk: int, *, on: dt.date
) -> tuple[Item, Indicator]:
    """Return a line and an indicator it is linked to, or raise 404 or 403.

    Who may not write every line of the plan that the indicator serves may not change it: its name and its
    value stand behind those lines too.
    """
    item = get_item_to_edit(user, plan_pk, uid, on=on)
    indicator = get_object_or_404(item.indicators, pk=indicator_pk)
    if indicator.pk in indicators_of_others(user, item, on=on):
        raise PermissionDenied
    return item, indicator


def indicators_of_others(
    user: User, item: Item, *, on: dt.date, indicators: Collection[int] | None = None
) -> set[int]:
    """Return which of these indicators, or of the line's own, serve lines that the user may not write.

    Lines of the district's other plans of that year count, for they promise the same value.
    """
    if can_edit_plan(user, item.plan, on=on):
        return set()
    units = {unit.pk for unit in get_units_to_write_for(user, item.plan, on=on)}
    links = list(
        Item.indicators.through.objects.filter(
            item__plan__district=item.plan.district_id,
            item__plan__year=item.plan.year,
            item__removed_at__isnull=True,
            indicator__in=item.indicators.all() if indicators is None else indicators,
        )
        .exclude(item=item)
        .values_list("indicator_id", "item_id")
    )
    answering = answering_units_of({line for _indicator, line in links})
    return {indicator for indicator, line in links if not units & answering[line]}


def _of_plan(item: Item, plan: Plan) -> Item:
    item.plan = plan  # loaded already, with its district
    return item


@dataclass(frozen=True)
class Membership:
    """What a person holds inside one district on a day: in its secretariat, and at which units."""

    is_secretariat: bool = False
    is_secretariat_chief: bool = False
    chief_of: frozenset[int] = frozenset()
    staff_of: frozenset[int] = frozenset()

    def works_in(self, unit: Unit) -> bool:
        """The secretariat is appointed to the district; its own unit is written by the same people."""
        return unit.pk in self.chief_of | self.staff_of or (unit.is_secretariat and self.is_secretariat)

    def leads(self, unit: Unit) -> bool:
        """Acting chiefs too: theirs is an appointment in force like any other."""
        return unit.pk in self.chief_of or (unit.is_secretariat and self.is_secretariat_chief)


def membership_of(user: User, district: int, *, on: dt.date) -> Membership | None:
    """Return what the user holds in a district, given by its key, or None for people from outside."""
    held = [one for one in user.posts(on).held if one.is_in(district)]
    if not held:
        return None
    roles = {one.role for one in held}
    return Membership(
        is_secretariat=bool(roles & SECRETARIAT_ROLES),
        is_secretariat_chief=Role.SECRETARIAT_CHIEF in roles,
        chief_of=frozenset(one.unit for one in held if one.unit and one.role == Role.SECTION_CHIEF),
        staff_of=frozenset(one.unit for one in held if one.unit and one.role == Role.UNIT_STAFF),
    )


def get_plan_inside(user: User, pk: int, *, on: dt.date) -> tuple[Plan, Membership]:
    """Return the plan and what the user holds in its district, or raise 404: the city is outside too."""
    plan = get_plan_to_view(user, pk, on=on)
    membership = membership_of(user, plan.district_id, on=on)
    if membership is None:
        raise Http404
    return plan, membership


def get_item_inside(user: User, plan_pk: int, uid: uuid.UUID, *, on: dt.date) -> tuple[Item, Membership]:
    """Return a line, deleted ones too, and what the user holds in its district, or raise 404."""
    plan, membership = get_plan_inside(user, plan_pk, on=on)
    item = get_object_or_404(plan.items.select_related("criterion", "parent"), uid=uid)
    return _of_plan(item, plan), membership


def get_plan_to_arrange_round(user: User, pk: int, *, on: dt.date) -> tuple[Plan, Membership]:
    """Return the plan whose writing round the user, of its secretariat, opens, changes and closes."""
    plan, membership = get_plan_inside(user, pk, on=on)
    if not membership.is_secretariat:
        raise PermissionDenied
    return plan, membership


def get_unit_inside(user: User, plan_pk: int, unit_pk: int, *, on: dt.date) -> tuple[Plan, Unit, Membership]:
    """Return a plan, a unit of its district and what the user holds there, or raise 404."""
    plan, membership = get_plan_inside(user, plan_pk, on=on)
    return plan, get_object_or_404(Unit, pk=unit_pk, district=plan.district_id), membership


def part_steps(membership: Membership, unit: Unit, state: str) -> frozenset[str]:
    """Return the steps of `PART_STEPS` the person may take with a unit's part that is in this state.

    The secretariat sends back what it was given; a chief, what the unit's people have given them.
    """
    held = {
        "ready": membership.works_in(unit),
        "writing": membership.works_in(unit),
        "release": membership.leads(unit),
        "take_back": membership.leads(unit),
        "send_back": membership.is_secretariat or (membership.leads(unit) and state == PartState.READY),
    }
    return frozenset(step for step, may in held.items() if may and state in PART_STEPS[step])


def get_unit_for_step(
    user: User, plan_pk: int, unit_pk: int, step: str, *, on: dt.date
) -> tuple[Plan, Unit, Membership]:
    """Return what `get_unit_inside` does for one who may ever take this step with the part, or raise 403.

    Whether the part is where the step leads on from is for the service to say, in words.
    """
    plan, unit, membership = get_unit_inside(user, plan_pk, unit_pk, on=on)
    if not any(step in part_steps(membership, unit, state) for state in PartState):
        raise PermissionDenied
    return plan, unit, membership


def get_thread_inside(user: User, plan_pk: int, pk: int, *, on: dt.date) -> tuple[Comment, Membership]:
    """Return the first comment of a thread for people of the plan's district, or raise 404."""
    plan, membership = get_plan_inside(user, plan_pk, on=on)
    comments = plan.comments.select_related("item").filter(answers__isnull=True)
    first = get_object_or_404(comments, pk=pk)
    _of_plan(first.item, plan)
    return first, membership


def get_comment_to_change(user: User, plan_pk: int, pk: int, *, on: dt.date) -> tuple[Comment, Membership]:
    """Return a comment for its author, or raise 403 for the others of the district."""
    plan, membership = get_plan_inside(user, plan_pk, on=on)
    comment = get_object_or_404(plan.comments.select_related("item"), pk=pk)
    _of_plan(comment.item, plan)
    if comment.author_id != user.pk:
        raise PermissionDenied
    return comment, membership
