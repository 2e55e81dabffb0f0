"""Who may see which kept version, and which plans side by side. Views reach rows only through these."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import District, User
from plans.enums import VersionKind
from plans.models import Plan, PlanVersion
from plans.permissions import get_plan_to_view, get_plans_to_view, is_of_district, is_secretariat
from plans.queries.comparing import Choice, choose
from plans.queries.versions import listed


def get_versions_to_view(user: User, district: District, *, on: dt.date) -> QuerySet[PlanVersion]:
    """Return the kept versions of the district's plans: its own people's all, for others what was filed."""
    plans = get_plans_to_view(user, on=on).filter(district=district)
    versions = PlanVersion.objects.filter(plan__in=plans)
    if is_of_district(user, district, on=on):
        return versions
    return versions.filter(kind=VersionKind.FILED)


def get_version_to_view(user: User, plan: Plan, number: int, *, on: dt.date) -> PlanVersion:
    """Return the plan's version of that number, or raise 404."""
    versions = get_versions_to_view(user, plan.district, on=on).select_related("made_by")
    return get_object_or_404(versions, plan=plan, number=number)


def can_keep_version(user: User, plan: Plan, *, on: dt.date) -> bool:
    """The secretariat keeps versions of its district's plans, open or not."""
    return is_secretariat(user, plan.district, on=on)


def get_plan_to_keep(user: User, pk: int, *, on: dt.date) -> Plan:
    """Return the plan, or raise 404 if it is unseen and 403 if the user may not keep a version of it."""
    plan = get_plan_to_view(user, pk, on=on)
    if not can_keep_version(user, plan, on=on):
        raise PermissionDenied
    return plan


def get_sides_to_compare(user: User, plan: Plan, *, new: str, old: str, on: dt.date) -> Choice:
    """Return the two sides the address names, or raise 404: what is unseen cannot be compared with."""
    plans = get_plans_to_view(user, on=on).filter(district=plan.district).select_related("district__city")
    versions = get_versions_to_view(user, plan.district, on=on)
    choice = choose(plan, plans, listed(versions), new=new, old=old)
    if choice is None:
        raise Http404
    return choice
