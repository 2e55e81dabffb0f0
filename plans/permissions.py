"""Who may see and write which plan. Views reach rows only through these functions."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404

from accounts.enums import SECRETARIAT_ROLES, UNIT_ROLES
from accounts.models import Appointment, District, Unit, User
from plans.document import PlanDocument
from plans.enums import EDITABLE, PartState
from plans.models import Item, Plan, PlanQuerySet, Responsibility
from plans.rights import Rights, rights_of_units, rights_to_all


def get_plans_to_view(user: User, *, on: dt.date) -> PlanQuerySet:
    return Plan.objects.visible_to(user, on)


def get_plan_to_view(user: User, pk: int, *, on: dt.date) -> Plan:
    """Return the plan with its district and city, or raise 404: an unseen plan does not exist."""
    return get_object_or_404(get_plans_to_view(user, on=on).select_related("district__city"), pk=pk)


def is_of_district(user: User, district: District, *, on: dt.date) -> bool:
    """Say whether the user holds an appointment in the district, as a whole or at one of its units."""
    place = Q(district=district) | Q(unit__district=district)
    return user.is_active and Appointment.objects.in_force(on).filter(place, user=user).exists()


def is_secretariat(user: User, district: District, *, on: dt.date) -> bool:
    return (
        user.is_active
        and Appointment.objects.in_force(on)
        .filter(user=user, district=district, role__in=SECRETARIAT_ROLES)
        .exists()
    )


def can_edit_plan(user: User, plan: Plan, *, on: dt.date) -> bool:
    """The secretariat writes every item of its own district's open plan."""
    return plan.status in EDITABLE and is_secretariat(user, plan.district, on=on)


def get_plan_to_edit(user: User, pk: int, *, on: dt.date) -> Plan:
    """Return the plan, or raise 404 if it is unseen and 403 if the user may not write it."""
    plan = get_plan_to_view(user, pk, on=on)
    if not can_edit_plan(user, plan, on=on):
        raise PermissionDenied
    return plan


def get_districts_to_write(user: User, *, on: dt.date) -> list[District]:
    """Return the districts for which the user may begin or import a plan."""
    if not user.is_active:
        return []
    held = Appointment.objects.in_force(on).filter(user=user, role__in=SECRETARIAT_ROLES)
    return list(District.objects.filter(pk__in=held.values("district")).select_related("city"))


# How many levels a plan may have (plans/services/items.py): so far up a line's units are looked for.
LEVELS = 12


def get_units_to_write_for(user: User, plan: Plan, *, on: dt.date) -> list[Unit]:
    """Return the units for whose lines the user may write in this plan now.

    A part the chief has released is closed to the unit's people until it is sent back.
    """
    if not user.is_active or plan.status not in EDITABLE:
        return []
    held = Appointment.objects.in_force(on).filter(user=user, role__in=UNIT_ROLES)
    released = Q(parts__round__plan=plan, parts__round__closed_at__isnull=True) & Q(
        parts__state=PartState.RELEASED
    )
    units = Unit.objects.filter(district=plan.district_id, pk__in=held.values("unit"))
    return list(units.exclude(pk__in=Unit.objects.filter(released).values("pk")))


def get_rights(user: User, plan: Plan, document: PlanDocument, *, on: dt.date) -> Rights:
    """Return what the user may do with each line of the plan."""
    if can_edit_plan(user, plan, on=on):
        return rights_to_all(document)
    units = get_units_to_write_for(user, plan, on=on)
    return rights_of_units(document, [unit.name for unit in units]) if units else Rights()


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
    """Say whether the user may move or delete the line: a unit's people, what stands below lines of theirs."""
    if can_edit_plan(user, item.plan, on=on):
        return True
    return (
        item.parent is not None
        and can_edit_item(user, item, on=on)
        and can_edit_item(user, _of_plan(item.parent, item.plan), on=on)
    )


def can_add_below(user: User, plan: Plan, parent: Item | None, *, on: dt.date) -> bool:
    """Say whether the user may add lines below `parent`, or chapters where it is None."""
    if parent is None:
        return can_edit_plan(user, plan, on=on)
    return can_edit_item(user, _of_plan(parent, plan), on=on)


def answering_units(item: Item) -> set[int]:
    """Return the keys of the units that answer for a line by name: its own, or those it inherits.

    Two queries whatever the depth.
    """
    steps = ["parent__" * step for step in range(LEVELS)]
    names = [f"{step}{name}" for step in steps for name in ("pk", "all_units")]
    row = Item.objects.filter(pk=item.pk).values_list(*names).first() or ()
    path = [(row[at], row[at + 1]) for at in range(0, len(row), 2) if row[at] is not None]
    named: dict[int, set[int]] = {}
    rows = Responsibility.objects.filter(item__in=[key for key, _all in path]).values_list(
        "item_id", "unit_id"
    )
    for key, unit in rows:
        named.setdefault(key, set()).add(unit)
    for key, all_units in path:
        if all_units:
            return set()
        if key in named:
            return named[key]
    return set()


def _of_plan(item: Item, plan: Plan) -> Item:
    item.plan = plan  # loaded already, with its district
    return item
