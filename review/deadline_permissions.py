"""Who sets deadlines, who asks for more time, and who decides about it. Rows come only from here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import SECRETARIAT_ROLES, Role
from accounts.models import Appointment, City, User
from plans.models import Plan
from plans.permissions import get_plan_inside, is_secretariat
from plans.step_permissions import has_stake
from review.models import Extension, ExtensionQuerySet

DECIDING_ROLES = frozenset({Role.EVALUATOR, Role.CITY_ADMIN})


@dataclass(frozen=True)
class Holdings:
    """Where a person works on a day, as far as deadlines go; everything by keys but the cities."""

    cities: tuple[City, ...] = ()
    changeable: frozenset[int] = frozenset()  # the cities whose deadlines the person sets
    districts: frozenset[int] = frozenset()
    writes: frozenset[int] = frozenset()  # the districts for which the person asks for more time


def get_holdings(user: User, *, on: dt.date) -> Holdings:
    """Return where the user works, at a city, in a district or in one of its units; one query."""
    if not user.is_active:
        return Holdings()
    held = list(
        Appointment.objects.in_force(on)
        .filter(user=user)
        .select_related("city", "district__city", "unit__district__city")
    )
    districts = [row.unit.district if row.unit else row.district for row in held]
    cities = {row.city for row in held} | {district.city for district in districts if district}
    return Holdings(
        tuple(sorted((city for city in cities if city), key=lambda city: city.code)),
        frozenset(row.city_id for row in held if row.city_id and row.role == Role.CITY_ADMIN),
        frozenset(district.pk for district in districts if district),
        frozenset(row.district_id for row in held if row.district_id and row.role in SECRETARIAT_ROLES),
    )


def get_cities(user: User, *, on: dt.date) -> list[City]:
    """Return the cities the user works in, at the city or in one of its districts."""
    return list(get_holdings(user, on=on).cities)


def get_cities_to_change(user: User, *, on: dt.date) -> set[int]:
    """Return the keys of the cities whose deadlines the user sets."""
    return set(get_holdings(user, on=on).changeable)


def get_city_to_change(user: User, pk: int, *, on: dt.date) -> City:
    """Return the city for its administrator, or raise 404 outside the city and 403 inside."""
    held = get_holdings(user, on=on)
    city = next((city for city in held.cities if city.pk == pk), None)
    if city is None:
        raise Http404
    if pk not in held.changeable:
        raise PermissionDenied
    return city


def get_plan_to_extend(user: User, pk: int, *, on: dt.date) -> Plan:
    """Return the plan for the secretariat of its district, which asks for more time."""
    plan, membership = get_plan_inside(user, pk, on=on)
    if not membership.is_secretariat:
        raise PermissionDenied
    return plan


def get_extensions_to_view(user: User, *, on: dt.date) -> ExtensionQuerySet:
    """Return the requests the user may read: of the own districts, of the own cities."""
    posts = user.posts(on)
    return Extension.objects.filter(
        Q(plan__district__in=posts.inside) | Q(plan__district__city__in=posts.at_cities())
    )


def get_extension_to_view(user: User, pk: int, *, on: dt.date) -> Extension:
    """Return the request for people of the plan's district and city, or raise 404."""
    rows = get_extensions_to_view(user, on=on).select_related(
        "plan__district__city", "asked_by", "decided_by"
    )
    extension: Extension = get_object_or_404(rows, pk=pk)
    return extension


def can_decide_extension(user: User, extension: Extension, *, on: dt.date) -> bool:
    """Evaluators and administrators of the city decide, but nobody with a stake in the plan."""
    is_of_city = extension.plan.district.city_id in user.posts(on).at_cities(DECIDING_ROLES)
    return is_of_city and not has_stake(user, extension.plan)


def get_extension_to_decide(user: User, pk: int, *, on: dt.date) -> Extension:
    extension = get_extension_to_view(user, pk, on=on)
    if not can_decide_extension(user, extension, on=on):
        raise PermissionDenied
    return extension


def can_withdraw_extension(user: User, extension: Extension, *, on: dt.date) -> bool:
    return is_secretariat(user, extension.plan.district, on=on)


def get_extension_to_withdraw(user: User, pk: int, *, on: dt.date) -> Extension:
    extension = get_extension_to_view(user, pk, on=on)
    if not can_withdraw_extension(user, extension, on=on):
        raise PermissionDenied
    return extension
