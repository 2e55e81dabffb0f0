"""Who may see and change a district's indicators. Views reach them only through these.

The secretariat keeps them, the district's head reads all of them, a unit's people those they answer for: the
indicator is theirs, or a line of theirs shows it. The city reads what versions in force promise, which is no
row; to everybody else there is nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import SECRETARIAT_ROLES
from accounts.models import District, User
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
    posts = user.posts(on)
    whole, kept = posts.at_districts(), posts.at_districts(SECRETARIAT_ROLES)
    seen = District.objects.filter(Q(pk__in=posts.inside) | Q(city__in=posts.at_cities()))
    own = [one.district or one.district_of_unit for one in posts.held]
    return [
        Sight(
            district,
            is_secretariat=district.pk in kept,
            is_inside=district.pk in posts.inside,
            units=frozenset() if district.pk in whole else posts.units_in(district.pk),
        )
        for district in sorted(
            seen.select_related("city"),
            key=lambda one: own.index(one.pk) if one.pk in own else len(own),
        )
    ]


def get_sight(user: User, district_pk: int, *, on: dt.date) -> Sight:
    """Return what the person may see of a district, or raise 404."""
    for sight in get_sights(user, on=on):
        if sight.district.pk == district_pk:
            return sight
    raise Http404


def get_sight_to_keep(user: User, district_pk: int, *, on: dt.date) -> Sight:
    """Return the district for its secretariat, or raise 404 if nothing of it is seen and 403 otherwise."""
    sight = get_sight(user, district_pk, on=on)
    if not sight.is_secretariat:
        raise PermissionDenied
    return sight


def own_indicators(sight: Sight) -> set[int] | None:
    """Return the indicators a unit's people answer for, none for the city; None for those who see all."""
    if sight.is_whole:
        return None
    own = Indicator.objects.filter(unit__in=sight.units)
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
