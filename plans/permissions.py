"""Who may see and write which plan. Views reach rows only through these functions."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404

from accounts.enums import SECRETARIAT_ROLES
from accounts.models import Appointment, District, User
from plans.enums import EDITABLE
from plans.models import Plan, PlanQuerySet


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
