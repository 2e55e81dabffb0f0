"""Who sees and writes what of a plan's progress. Views reach rows only through these functions."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import Unit, User
from plans.models import Plan
from plans.permissions import Membership, get_plan_inside, membership_of
from plans.sight_permissions import get_plans_in_force
from progress.enums import COUNTED, REPORT_STEPS, ReportStatus, ReportStep
from progress.models import Evidence, Period, ProgressReport


def get_year_inside(user: User, plan_pk: int, *, on: dt.date) -> tuple[Plan, Membership]:
    """Return a plan in force and what the user holds in its district, or raise 404."""
    plan, membership = get_plan_inside(user, plan_pk, on=on)
    if plan.in_force_id is None:
        raise Http404
    return plan, membership


def get_year_to_arrange(user: User, plan_pk: int, *, on: dt.date) -> tuple[Plan, Membership]:
    """Return a plan in force for its secretariat, who arranges lines and periods, or raise 404 or 403."""
    plan, membership = get_year_inside(user, plan_pk, on=on)
    if not membership.is_secretariat:
        raise PermissionDenied
    return plan, membership


def get_period_inside(user: User, pk: int, *, on: dt.date) -> tuple[Period, Membership]:
    """Return a period for people of its plan's district, or raise 404."""
    inside = Period.objects.filter(plan__district__in=user.posts(on).inside, plan__in_force__isnull=False)
    period = get_object_or_404(inside.select_related("plan__district__city"), pk=pk)
    membership = membership_of(user, period.plan.district_id, on=on)
    if membership is None:
        raise Http404
    return period, membership


def get_period_to_arrange(user: User, pk: int, *, on: dt.date) -> tuple[Period, Membership]:
    """Return a period for the secretariat of its district, or raise 404 or 403."""
    period, membership = get_period_inside(user, pk, on=on)
    if not membership.is_secretariat:
        raise PermissionDenied
    return period, membership


def get_filing(user: User, period_pk: int, unit_pk: int, *, on: dt.date) -> tuple[Period, Unit, Membership]:
    """Return a period, a unit of its district and what the user holds there, or raise 404."""
    period, membership = get_period_inside(user, period_pk, on=on)
    unit = get_object_or_404(Unit, pk=unit_pk, district=period.plan.district_id)
    unit.district = period.plan.district
    return period, unit, membership


def get_filing_to_write(
    user: User, period_pk: int, unit_pk: int, *, on: dt.date
) -> tuple[Period, Unit, Membership]:
    """Return what `get_filing` does for people of the unit, or raise 403 for others of the district."""
    period, unit, membership = get_filing(user, period_pk, unit_pk, on=on)
    if not membership.works_in(unit):
        raise PermissionDenied
    return period, unit, membership


def get_report_to_view(user: User, pk: int, *, on: dt.date) -> tuple[ProgressReport, Membership | None]:
    """Return a report, or raise 404. People of the city, for whom None stands, see what was released."""
    rows = ProgressReport.objects.select_related("period__plan__district__city", "line", "unit").with_due()
    report = get_object_or_404(rows, pk=pk)
    try:
        period, membership = get_period_inside(user, report.period_id, on=on)
    except Http404:
        seen = get_plans_in_force(user, on=on).filter(pk=report.period.plan_id)
        if report.status not in COUNTED or not seen.exists():
            raise
        return report, None
    report.period = period
    return report, membership


def get_report_to_write(user: User, pk: int, *, on: dt.date) -> tuple[ProgressReport, Membership]:
    """Return a report for people of its unit, or raise 404 or 403. Whether it is open the service says."""
    report, membership = get_report_to_view(user, pk, on=on)
    if membership is None or not membership.works_in(report.unit):
        raise PermissionDenied
    return report, membership


def report_steps(membership: Membership, unit: Unit, status: str) -> frozenset[str]:
    """Return the steps a person may take with a report of the unit that is in this status.

    A chief returns to their people what waits for them; the secretariat what was released.
    """
    chief, secretariat = membership.leads(unit), membership.is_secretariat
    held = {
        ReportStep.SUBMIT: membership.works_in(unit),
        ReportStep.RELEASE: chief,
        ReportStep.TAKE_BACK: chief or (membership.works_in(unit) and status == ReportStatus.SUBMITTED),
        ReportStep.RETURN: (chief and status == ReportStatus.SUBMITTED)
        or (secretariat and status == ReportStatus.RELEASED),
        ReportStep.ACCEPT: secretariat,
        ReportStep.REOPEN: secretariat,
    }
    return frozenset(step for step, may in held.items() if may and status in REPORT_STEPS[step][0])


def get_report_for_step(
    user: User, pk: int, step: str, *, on: dt.date
) -> tuple[ProgressReport, frozenset[str]]:
    """Return a report and the statuses in which the user may take this step with it, or raise 404 or 403."""
    report, membership = get_report_to_view(user, pk, on=on)
    among = statuses_for(step, membership, report.unit) if membership else frozenset()
    if not among:
        raise PermissionDenied
    return report, among


def statuses_for(step: str, membership: Membership, unit: Unit) -> frozenset[str]:
    """Return the statuses of reports of a unit in which a person may take this step."""
    return frozenset(one for one in ReportStatus if step in report_steps(membership, unit, one))


def get_evidence_to_view(user: User, pk: int, *, on: dt.date) -> Evidence:
    """Return a piece of evidence that stands behind a report the user may see, or raise 404."""
    evidence = get_object_or_404(Evidence.objects.filter(removed_at__isnull=True), pk=pk)
    evidence.report, _membership = get_report_to_view(user, evidence.report_id, on=on)
    return evidence


def get_evidence_to_write(user: User, pk: int, *, on: dt.date) -> Evidence:
    """Return a piece of evidence, a removed one too, for people of the report's unit, or raise 404 or 403."""
    evidence = get_object_or_404(Evidence, pk=pk)
    evidence.report, _membership = get_report_to_write(user, evidence.report_id, on=on)
    return evidence
