"""Plans of which a person sees the version in force and not the rows.

While a plan in force is written or signed anew, its city reads what is in force and nothing else. Every
other page reaches plans through `get_plan_to_view`, to which such a plan does not exist.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from core.text import fold
from plans.enums import PlanStatus
from plans.models import MOST_WORDS, Plan, PlanQuerySet, PlanVersion, seen_by


def get_plans_in_force(user: User, *, on: dt.date) -> PlanQuerySet:
    """Return the plans whose version in force the user may read: with the rows, or alone."""
    is_seen = seen_by(user, on) | _of_cities_of(user, on)
    return Plan.objects.filter(is_seen, in_force__isnull=False)


def get_plans_to_list(user: User, *, on: dt.date) -> PlanQuerySet:
    """Return all plans that exist to the user, annotated `is_in_force_alone`.

    Of those that are, only agency, series and year may be shown: a title is a row being written.
    """
    is_seen = seen_by(user, on)
    is_listed = is_seen | (_of_cities_of(user, on) & Q(in_force__isnull=False))
    return Plan.objects.filter(is_listed).annotate(is_in_force_alone=~is_seen)


def is_of_city(user: User, city: int, *, on: dt.date) -> bool:
    """Say whether the user works for a city, given by its key: its plans in force are theirs to read."""
    return city in user.posts(on).at_cities()


def _of_cities_of(user: User, on: dt.date) -> Q:
    """Return the condition that a plan, in whatever state, is of a city the user works for."""
    cities = user.posts(on).at_cities()
    return Q(district__city__in=cities) if cities else Q(pk__in=())


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
