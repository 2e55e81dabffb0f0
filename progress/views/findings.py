"""Findings of unannounced checks: the list of a plan, entering one, and following it until it is released."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import UserRequest
from accounts.models import Unit
from core.roc import to_roc
from plans.recording import record_download, record_refused
from plans.views.answers import add_errors
from plans.views.tables import EXTENSIONS, asked_sheet, query
from progress.finding_forms import FindingFilter, FindingForm, FindingStepForm
from progress.finding_permissions import (
    get_finding_file_to_view,
    get_finding_for_step,
    get_finding_to_view,
    get_findings_to_view,
    get_plan_to_check,
)
from progress.models import FindingStep
from progress.queries.arranging import tracked_lines, units_of
from progress.queries.findings import FindingRow, entries_of, files_with, finding_rows, shown
from progress.resources.findings import findings_sheet
from progress.services import findings
from progress.views.handing_out import download, show_picture

GET_AND_POST = ["GET", "HEAD", "POST"]


@login_required
@require_safe
def finding_list(request: UserRequest, pk: int) -> HttpResponse:
    """The findings at a plan's units, those still followed first."""
    today = timezone.localdate()
    plan, found, origin = get_findings_to_view(request.user, pk, on=today)
    rows = finding_rows(found, on=today)
    units = {str(row.finding.unit_id): row.finding.unit for row in rows}
    by_order = sorted(units.items(), key=lambda pair: (pair[1].order, pair[1].pk))
    search = FindingFilter(request.GET, units=[(key, unit.name) for key, unit in by_order])
    chosen = search.chosen
    narrowed = shown(rows, **chosen)
    name = f"{plan.district.agency_name}{to_roc(plan.year)}年度平時查核"
    if answer := asked_sheet(request, name, {"findings": partial(findings_sheet, narrowed)}, on=today):
        if request.method == "GET":
            record_download(plan, "findings", actor=request.user, format=request.GET["format"])
        return answer
    context = {
        "plan": plan,
        "plan_name": plan.label,
        "rows": narrowed,
        "total": len(rows),
        "search": search,
        "may_enter": origin is not None,
        "query": query(**chosen),
        "extensions": EXTENSIONS,
    }
    template = "progress/_finding_table.html" if request.htmx else "progress/finding_list.html"
    return render(request, template, context)


@login_required
@require_http_methods(GET_AND_POST)
def finding_new(request: UserRequest, pk: int) -> HttpResponse:
    """Enter what a check found."""
    now = timezone.now()
    today = timezone.localdate(now)
    plan, origin = get_plan_to_check(request.user, pk, on=today)
    tracked = tracked_lines(plan)
    form = FindingForm(
        request.POST or None,
        request.FILES or None,
        units=units_of(plan, on=today),
        tracked=tracked,
        on=today,
    )
    if form.is_valid():
        data = form.cleaned_data
        files = data.pop("file")
        unit = get_object_or_404(Unit, pk=data["unit"], district=plan.district_id)
        line = next((one for one in tracked if one.pk == data["line"]), None)
        try:
            finding = findings.add_finding(
                plan,
                actor=request.user,
                origin=origin,
                at=now,
                files=files,
                **(data | {"unit": unit, "line": line}),
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The finding is entered, and the unit has been told."))
            return redirect(finding)
    form.ask_for_files_again()
    status = 422 if request.method == "POST" else 200
    context = {"plan": plan, "plan_name": plan.label, "form": form}
    return render(request, "progress/finding_new.html", context, status=status)


@login_required
@require_safe
def finding_detail(request: UserRequest, pk: int) -> HttpResponse:
    """A finding and all that was done about it, with the steps that may be taken."""
    today = timezone.localdate()
    finding, steps = get_finding_to_view(request.user, pk, on=today)
    entries = entries_of(finding)
    last = entries[-1].step if entries else ""
    context = {
        "plan": finding.plan,
        "plan_name": finding.plan.label,
        "finding": finding,
        "files": files_with(finding),
        "entries": entries,
        "steps": [(step, step.label) for step in FindingStep if step in steps],
        "counted": FindingRow(finding, today, len(entries), last),
    }
    return render(request, "progress/finding_detail.html", context)


@login_required
@require_http_methods(GET_AND_POST)
def finding_step(request: UserRequest, pk: int, step: str) -> HttpResponse:
    """Answer a finding, keep following it, release it, or follow it again."""
    now = timezone.now()
    finding = get_finding_for_step(request.user, pk, step, on=timezone.localdate(now))
    label = FindingStep(step).label
    form = FindingStepForm(
        request.POST or None,
        request.FILES or None,
        submit=label,
        asks_day=step in {FindingStep.FOLLOW, FindingStep.REOPEN},
    )
    if form.is_valid():
        data = form.cleaned_data
        files = data.pop("file")
        try:
            findings.take_finding_step(pk, step, actor=request.user, at=now, files=files, **data)
        except ValidationError as error:
            record_refused(finding.plan, f"finding_{step}", actor=request.user, error=error)
            add_errors(form, error)
        else:
            messages.success(request, _("It is written down, and the others have been told."))
            return redirect(finding)
    form.ask_for_files_again()
    context = {"plan": finding.plan, "finding": finding, "form": form, "label": label}
    status = 422 if request.method == "POST" else 200
    return render(request, "progress/finding_step.html", context, status=status)


@login_required
@require_safe
def finding_file(request: UserRequest, pk: int) -> HttpResponse | FileResponse:
    """Hand out a file under its own name, always as one to be stored."""
    kept = get_finding_file_to_view(request.user, pk, on=timezone.localdate())
    return download(request, kept, kept.finding.plan, "finding_file")


@login_required
@require_safe
def finding_picture(request: UserRequest, pk: int) -> HttpResponse | FileResponse:
    """Show a picture."""
    return show_picture(request, get_finding_file_to_view(request.user, pk, on=timezone.localdate()))
