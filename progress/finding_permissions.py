"""Who enters, answers and releases findings. The city sees those of its own checks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import Role
from accounts.models import Unit, User
from plans.models import Plan
from plans.sight_permissions import get_plan_in_force
from progress.models import Finding, FindingFile, FindingOrigin, FindingQuerySet, FindingState, FindingStep
from progress.permissions import get_year_inside

CHECKERS = (Role.EVALUATOR, Role.CITY_ADMIN)


def get_findings_to_view(
    user: User, plan_pk: int, *, on: dt.date
) -> tuple[Plan, FindingQuerySet, str | None]:
    """Return a plan in force, its findings that the user may see, and on whose behalf they may enter one.

    Raises 404 where the plan is not seen.
    """
    try:
        plan, membership = get_year_inside(user, plan_pk, on=on)
    except Http404:
        plan, _version = get_plan_in_force(user, plan_pk, on=on)
        may_check = is_checker(user, plan, on=on)
        return plan, findings_seen(plan, is_inside=False), FindingOrigin.CITY if may_check else None
    origin = FindingOrigin.DISTRICT if membership.is_secretariat else None
    return plan, findings_seen(plan, is_inside=True), origin


def findings_seen(plan: Plan, *, is_inside: bool) -> FindingQuerySet:
    """Return the findings at a plan's units that its own people see; the city sees those of its checks."""
    return Finding.objects.filter(seen_of_plan(plan, is_inside=is_inside))


def seen_of_plan(plan: Plan, *, is_inside: bool) -> Q:
    """Return which findings these are."""
    return Q(plan=plan) if is_inside else Q(plan=plan, origin=FindingOrigin.CITY)


def seen_at(unit: Unit) -> Q:
    """Return which findings people of a unit's district see there, of all plans."""
    return Q(unit=unit)


def findings_of_city(cities: Collection[int]) -> FindingQuerySet:
    """Return what checks by cities found, in all their districts, for people of these cities, by key."""
    return Finding.objects.filter(origin=FindingOrigin.CITY, plan__district__city__in=cities)


def get_plan_to_check(user: User, plan_pk: int, *, on: dt.date) -> tuple[Plan, str]:
    """Return a plan at whose units the user may enter findings, and on whose behalf, or raise 404 or 403."""
    plan, _findings, origin = get_findings_to_view(user, plan_pk, on=on)
    if origin is None:
        raise PermissionDenied
    return plan, origin


def get_finding_to_view(user: User, pk: int, *, on: dt.date) -> tuple[Finding, frozenset[str]]:
    """Return a finding and the steps the user may take with it now, or raise 404."""
    finding = get_object_or_404(Finding.objects.select_related("plan", "unit", "line", "made_by"), pk=pk)
    plan, findings, origin = get_findings_to_view(user, finding.plan_id, on=on)
    if not findings.filter(pk=pk).exists():
        raise Http404
    finding.plan = plan
    steps: set[str] = set()
    if finding.state == FindingState.FOLLOWED:
        if origin == finding.origin:
            steps |= {FindingStep.FOLLOW, FindingStep.RELEASE}
        if _answers_for(user, finding, on=on):
            steps.add(FindingStep.ANSWER)
    elif origin == finding.origin:
        steps.add(FindingStep.REOPEN)
    return finding, frozenset(steps)


def get_finding_for_step(user: User, pk: int, step: str, *, on: dt.date) -> Finding:
    """Return a finding for one who may ever take this step with it, or raise 404 or 403."""
    finding, _steps = get_finding_to_view(user, pk, on=on)
    _plan, _findings, origin = get_findings_to_view(user, finding.plan_id, on=on)
    may = _answers_for(user, finding, on=on) if step == FindingStep.ANSWER else origin == finding.origin
    if not may:
        raise PermissionDenied
    return finding


def get_finding_file_to_view(user: User, pk: int, *, on: dt.date) -> FindingFile:
    """Return a file of a finding the user may see, or raise 404."""
    kept = get_object_or_404(FindingFile, pk=pk)
    kept.finding, _steps = get_finding_to_view(user, kept.finding_id, on=on)
    return kept


def is_checker(user: User, plan: Plan, *, on: dt.date) -> bool:
    return plan.district.city_id in user.posts(on).at_cities(CHECKERS)


def _answers_for(user: User, finding: Finding, *, on: dt.date) -> bool:
    try:
        _plan, membership = get_year_inside(user, finding.plan_id, on=on)
    except Http404:
        return False
    return membership.works_in(finding.unit)
