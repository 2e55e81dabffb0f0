"""Whose progress a person sees, and how much of it. Views reach rows only through these functions.

People of a district see all of it; people of its city what a chief has released, and how much was filed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.models import Appointment, City, District, Unit, User
from indicators.models import Indicator
from plans.models import Plan
from plans.permissions import Membership, membership_of
from plans.sight_permissions import get_plans_in_force
from progress.models import TrackedLine
from review.queries.deadlines import with_rules


@dataclass(frozen=True)
class Sight:
    """A plan in force, and what the reader holds in its district; None for people of the city."""

    plan: Plan
    membership: Membership | None

    @property
    def is_inside(self) -> bool:
        return self.membership is not None

    @property
    def is_secretariat(self) -> bool:
        return self.membership is not None and self.membership.is_secretariat


def get_year(user: User, pk: int, *, on: dt.date) -> Sight:
    """Return a plan in force for people of its district and of its city, or raise 404."""
    plans = get_plans_in_force(user, on=on).select_related("district__city", "filing_rule")
    plan = get_object_or_404(plans, pk=pk)
    return Sight(plan, membership_of(user, plan.district_id, on=on))


def get_year_inside(user: User, pk: int, *, on: dt.date) -> Sight:
    """Return a plan in force for people of its district, or raise 404, and 403 for those of the city."""
    sight = get_year(user, pk, on=on)
    if not sight.is_inside:
        raise PermissionDenied
    return sight


def get_year_to_check(user: User, pk: int, *, on: dt.date) -> Sight:
    """Return a plan in force for the secretariat of its district, or raise 404, and 403 for other readers."""
    sight = get_year(user, pk, on=on)
    if not sight.is_secretariat:
        raise PermissionDenied
    return sight


def get_line(user: User, pk: int, *, on: dt.date) -> tuple[TrackedLine, Sight]:
    """Return a line that is followed and the plan it stands in, or raise 404."""
    line = get_object_or_404(TrackedLine.objects.present(), pk=pk)
    sight = get_year(user, line.plan_id, on=on)
    return line, sight


def get_district(user: User, pk: int, *, on: dt.date) -> tuple[District, Membership | None]:
    """Return a district for its own people and those of its city, or raise 404."""
    district = get_object_or_404(District.objects.select_related("city"), pk=pk)
    membership = membership_of(user, pk, on=on)
    if membership is None and district.city_id not in user.posts(on).at_cities():
        raise Http404
    return district, membership


def get_indicator(user: User, pk: int, *, on: dt.date) -> tuple[Indicator, Membership | None]:
    """Return an indicator that counts in a plan in force which the user sees, or raise 404."""
    plans = get_plans_in_force(user, on=on)
    seen = Indicator.objects.filter(counted_targets__plan__in=plans).distinct()
    indicator = get_object_or_404(seen.select_related("district__city"), pk=pk)
    return indicator, membership_of(user, indicator.district_id, on=on)


def get_unit(user: User, pk: int, *, on: dt.date) -> tuple[Unit, Membership]:
    """Return a unit for people of its district, or raise 404."""
    unit = get_object_or_404(Unit.objects.select_related("district__city"), pk=pk)
    membership = membership_of(user, unit.district_id, on=on)
    if membership is None:
        raise Http404
    return unit, membership


def get_city(user: User, pk: int, *, on: dt.date) -> City:
    """Return a city for its own people, with its rule of deadlines, or raise 404."""
    return get_object_or_404(with_rules(_cities_of(user, on)), pk=pk)


def _cities_of(user: User, on: dt.date) -> QuerySet[City]:
    return City.objects.filter(pk__in=user.posts(on).at_cities())


@dataclass(frozen=True)
class OwnPlace:
    """A place whose dashboard is the user's own."""

    words: str
    address: str


def get_own_places(user: User, *, on: dt.date) -> list[OwnPlace]:
    """Return where the user's own dashboards are; one query.

    For people of a unit it is the unit's: the district's is one step from there.
    """
    if not user.is_active:
        return []
    held = (
        Appointment.objects.in_force(on)
        .filter(user=user)
        .select_related("city", "district", "unit__district")
        .order_by("pk")
    )
    found: dict[str, OwnPlace] = {}
    for row in held:
        if row.unit is not None:
            address = reverse("dashboard:unit-board", args=[row.unit.pk])
            words = f"{row.unit.district.agency_name} {row.unit.name}"
        elif row.district is not None:
            address = reverse("dashboard:district-board", args=[row.district.pk])
            words = row.district.agency_name
        elif row.city is not None:
            address, words = reverse("dashboard:city-board", args=[row.city.pk]), row.city.name
        else:
            continue  # no role is held nowhere
        found[address] = OwnPlace(words, address)
    return list(found.values())
