"""Plans of which a person sees the version in force and not the rows.

While a plan in force is written or signed anew, its city reads what is in force and nothing else. Every
other page reaches plans through `get_plan_to_view`, to which such a plan does not exist.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import CITY_ROLES
from accounts.models import Appointment, User
from core.text import fold
from plans.enums import PlanStatus
from plans.models import MOST_WORDS, Plan, PlanQuerySet, PlanVersion
from plans.permissions import get_plans_to_view


def get_plans_in_force(user: User, *, on: dt.date) -> PlanQuerySet:
    """Return the plans whose version in force the user may read: with the rows, or alone."""
    plans = get_plans_to_view(user, on=on) | _plans_of_cities(user, on)
    return plans.filter(in_force__isnull=False)


def get_plans_to_list(user: User, *, on: dt.date) -> PlanQuerySet:
    """Return all plans that exist to the user, annotated `is_in_force_alone`.

    Of those that are, only agency, series and year may be shown: a title is a row being written.
    """
    seen = get_plans_to_view(user, on=on)
    return (seen | _plans_of_cities(user, on).filter(in_force__isnull=False)).annotate(
        is_in_force_alone=~Exists(seen.filter(pk=OuterRef("pk")))
    )


def is_of_city(user: User, city: int, *, on: dt.date) -> bool:
    """Say whether the user works for a city, given by its key: its plans in force are theirs to read."""
    held = Appointment.objects.in_force(on).filter(user=user, city=city, role__in=CITY_ROLES)
    return user.is_active and held.exists()


def _plans_of_cities(user: User, on: dt.date) -> PlanQuerySet:
    """Return every plan of the cities the user works for."""
    if not user.is_active:
        return Plan.objects.none()
    held = Appointment.objects.in_force(on).filter(user=user, role__in=CITY_ROLES)
    return Plan.objects.filter(district__city__in=held.values("city"))


def matching(plans: PlanQuerySet, words: str) -> PlanQuerySet:
    """Keep plans of `get_plans_to_list` that hold every word, as PlanQuerySet.matching; a title nobody may
    read is not found by it either.
    """
    for word in words.split()[:MOST_WORDS]:
        told = Q(is_in_force_alone=False, search_text__contains=fold(word))
        agency = Q(district__agency_name__contains=word) | Q(series__contains=word)
        plans = plans.filter(told | (Q(is_in_force_alone=True) & agency))
    return plans


def of_status(plans: PlanQuerySet, status: str) -> PlanQuerySet:
    """Keep plans of `get_plans_to_list` in a status; of one being written anew no more is known than that."""
    alone = Q(is_in_force_alone=True) if status == PlanStatus.REVISING else Q(pk__in=())
    return plans.filter(Q(is_in_force_alone=False, status=status) | alone)


def get_plan_in_force(user: User, pk: int, *, on: dt.date) -> tuple[Plan, PlanVersion]:
    """Return the plan and its version in force, or raise 404."""
    plans = get_plans_in_force(user, on=on).select_related("district__city", "in_force")
    plan = get_object_or_404(plans, pk=pk)
    if plan.in_force is None:  # the queryset keeps none of these
        raise Http404
    return plan, plan.in_force
