"""Who sees, files and receives the results of a plan's year."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import Role
from accounts.models import User
from documents.models import RenderedFile
from plans.enums import PlanStatus
from plans.models import Plan
from plans.sight_permissions import get_plan_in_force
from plans.step_permissions import has_stake, standings
from progress.models import TrackedLine, YearEnd
from progress.permissions import get_year_inside, get_year_to_arrange


@dataclass(frozen=True)
class YearEndSight:
    """What somebody may do with the results of a plan. The city sees what was filed, and nothing before."""

    plan: Plan
    is_inside: bool
    may_write: bool = False
    may_decide: bool = False


def get_year_end_to_view(user: User, plan_pk: int, *, on: dt.date) -> YearEndSight:
    """Return a plan in force and what the user may do with its results, or raise 404."""
    try:
        plan, membership = get_year_inside(user, plan_pk, on=on)
    except Http404:
        plan, _version = get_plan_in_force(user, plan_pk, on=on)
        if not YearEnd.objects.filter(plan=plan).exists():
            raise
        return YearEndSight(plan, is_inside=False, may_decide=_may_decide(user, plan, on=on))
    may_write = membership.is_secretariat and plan.status != PlanStatus.CLOSED
    return YearEndSight(plan, is_inside=True, may_write=may_write)


def get_year_end_to_file(user: User, plan_pk: int, *, on: dt.date) -> Plan:
    """Return a plan whose results the user, of its secretariat, files, or raise 404 or 403."""
    plan, _membership = get_year_to_arrange(user, plan_pk, on=on)
    return plan


def get_year_end_to_decide(user: User, pk: int, *, on: dt.date) -> YearEnd:
    """Return filed results for an evaluator of the city without a stake in them, or raise 404 or 403."""
    row = get_object_or_404(YearEnd.objects.select_related("plan"), pk=pk)
    sight = get_year_end_to_view(user, row.plan_id, on=on)
    row.plan = sight.plan
    if not sight.may_decide:
        raise PermissionDenied
    return row


def get_line_to_summarise(user: User, pk: int, *, on: dt.date) -> TrackedLine:
    """Return a line whose results the user, of the secretariat, writes, or raise 404 or 403."""
    line = get_object_or_404(TrackedLine.objects.present().select_related("item"), pk=pk)
    line.plan = get_year_end_to_file(user, line.plan_id, on=on)
    return line


def can_fetch_year_end(_user: User, file: RenderedFile, _on: dt.date) -> bool:
    """Of the city, who sees the plan: what was filed, and not the results as they once stood."""
    return YearEnd.objects.filter(plan=file.plan_id, content=file.content).exists()


def _may_decide(user: User, plan: Plan, *, on: dt.date) -> bool:
    is_evaluator = any(one.role == Role.EVALUATOR for one in standings(user, plan, on=on))
    return is_evaluator and not has_stake(user, plan)
