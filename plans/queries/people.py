"""Who is to be told: the people of units and of the secretariat, by the appointments of a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db.models import Q

from accounts.enums import SECRETARIAT_ROLES, UNIT_ROLES, Role
from accounts.models import Appointment, Unit


def people_of_units(
    units: Collection[Unit], *, on: dt.date, chiefs_alone: bool = False
) -> dict[int, set[int]]:
    """Return the keys of the people of each unit, of one district, by the unit's key; in one query.

    The people of the secretariat's own unit are those appointed to the district's secretariat too.
    """
    unit_roles = {Role.SECTION_CHIEF} if chiefs_alone else UNIT_ROLES
    secretariat_roles = {Role.SECRETARIAT_CHIEF} if chiefs_alone else SECRETARIAT_ROLES
    secretariats = {unit.district_id: unit.pk for unit in units if unit.is_secretariat}
    found: dict[int, set[int]] = {unit.pk: set() for unit in units}
    rows = (
        Appointment.objects.in_force(on)
        .filter(
            Q(unit__in=found, role__in=unit_roles) | Q(district__in=secretariats, role__in=secretariat_roles),
            user__is_active=True,
        )
        .values_list("unit_id", "district_id", "user_id")
    )
    for unit, district, user in rows:
        found[unit if unit is not None else secretariats[district]].add(user)
    return found


def units_without_chief(units: Collection[Unit], *, on: dt.date) -> list[Unit]:
    """Return those whose chief's post nobody holds that day: what they submit waits for nobody."""
    chiefs = people_of_units(units, on=on, chiefs_alone=True)
    return [unit for unit in units if not chiefs[unit.pk]]


def secretariat_of(district: int, *, on: dt.date) -> set[int]:
    """Return the keys of the people of a district's secretariat."""
    held = Appointment.objects.in_force(on).filter(district=district, role__in=SECRETARIAT_ROLES)
    return set(held.filter(user__is_active=True).values_list("user_id", flat=True))
