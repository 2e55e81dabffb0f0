"""Who may see and change a district's indicators. Views reach them only through these.

The secretariat keeps them, the district's head reads all of them, a unit's people those they answer for: the
indicator is theirs, or a line of theirs shows it. The city reads what versions in force promise, which is no
row; to everybody else there is nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import CITY_ROLES, SECRETARIAT_ROLES, UNIT_ROLES
from accounts.models import Appointment, District, User
from indicators.models import Indicator
from plans.models import Item
from plans.permissions import answering_units_of


@dataclass(frozen=True)
class Sight:
    """What a person holds towards a district's indicators."""

    district: District
    is_secretariat: bool = False
    is_inside: bool = False  # of the district; the city reads what is in force
    units: frozenset[int] = frozenset()  # a unit's people see what is theirs

    @property
    def is_whole(self) -> bool:
        return self.is_inside and not self.units


def get_sights(user: User, *, on: dt.date) -> list[Sight]:
    """Return the districts whose indicators the person may see, their own first."""
    if not user.is_active:
        return []
    held = list(
        Appointment.objects.in_force(on)
        .filter(user=user)
        .select_related("district__city", "unit__district__city")
        .order_by("pk")
    )
    found: dict[int, Sight] = {}
    for district in [one.district for one in held if one.district]:
        roles = {one.role for one in held if one.district_id == district.pk}
        found[district.pk] = Sight(district, is_secretariat=bool(roles & SECRETARIAT_ROLES), is_inside=True)
    for unit in [one.unit for one in held if one.unit and one.role in UNIT_ROLES]:
        own = found.get(unit.district_id, Sight(unit.district, is_inside=True))
        if own.units or unit.district_id not in found:
            found[unit.district_id] = Sight(own.district, is_inside=True, units=own.units | {unit.pk})
    cities = {one.city_id for one in held if one.city_id and one.role in CITY_ROLES}
    if cities:
        for district in District.objects.filter(city__in=cities).select_related("city"):
            found.setdefault(district.pk, Sight(district))
    return list(found.values())


def get_sight(user: User, district_pk: int | None, *, on: dt.date) -> Sight:
    """Return what the person may see of a district, or of the first of theirs, or raise 404."""
    for sight in get_sights(user, on=on):
        if district_pk is None or sight.district.pk == district_pk:
            return sight
    raise Http404


def get_sight_to_keep(user: User, district_pk: int, *, on: dt.date) -> Sight:
    """Return the district for its secretariat, or raise 404 if nothing of it is seen and 403 otherwise."""
    sight = get_sight(user, district_pk, on=on)
    if not sight.is_secretariat:
        raise PermissionDenied
    return sight


def own_indicators(sight: Sight) -> set[int] | None:
    """Return the indicators a unit's people answer for; None for those who see all of the district."""
    if sight.is_whole:
        return None
    own = Indicator.objects.filter(district=sight.district, unit__in=sight.units)
    links = list(
        Item.indicators.through.objects.filter(
            item__plan__district=sight.district, item__removed_at__isnull=True
        ).values_list("indicator_id", "item_id")
    )
    answering = answering_units_of({item for _indicator, item in links})
    shown = {indicator for indicator, item in links if sight.units & answering[item]}
    return shown | set(own.values_list("pk", flat=True))


def get_indicator_to_view(user: User, pk: int, *, on: dt.date) -> tuple[Indicator, Sight]:
    """Return an indicator to the people of its district who see it, or raise 404."""
    indicator = get_object_or_404(Indicator.objects.select_related("unit", "district__city"), pk=pk)
    sight = get_sight(user, indicator.district_id, on=on)
    if not sight.is_inside:
        raise Http404
    own = own_indicators(sight)
    if own is not None and indicator.pk not in own:
        raise Http404
    return indicator, sight


def get_indicator_to_keep(user: User, pk: int, *, on: dt.date) -> Indicator:
    """Return the indicator for its district's secretariat; 404 if it is unseen and 403 otherwise."""
    indicator, sight = get_indicator_to_view(user, pk, on=on)
    if not sight.is_secretariat:
        raise PermissionDenied
    return indicator
