"""The lines of a plan as a sheet: taken out by whoever may read it, brought in by who may write in it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import UserRequest
from core.admin import SheetStorage
from core.roc import to_roc
from plans.models import Plan
from plans.permissions import get_plan_to_view, get_rights
from plans.queries.documents import plan_document
from plans.recording import record_download
from plans.resources import FORMATS, SheetRun, lines_file, run_sheet
from plans.sheet_forms import SheetConfirmation, SheetForm, seal

ROWS_SHOWN, PROBLEMS_SHOWN = 200, 100


@login_required
@never_cache
@require_safe
def plan_sheet(request: UserRequest, pk: int) -> HttpResponse:
    """The plan's lines as a file of the format asked for, or the page on which to choose one."""
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    extension = request.GET.get("format", "")
    if extension in FORMATS:
        data, content_type = lines_file(plan, extension)
        name = f"{plan.title}-{to_roc(today.year)}{today:%m%d}.{extension}"
        headers = {"Content-Disposition": content_disposition_header(True, name)}
        if request.method == "GET":
            record_download(plan, "lines", actor=request.user, format=extension)
        return HttpResponse(data, content_type=content_type, headers=headers)
    may_import = get_rights(request.user, plan, plan_document(plan), on=today).any
    return render(
        request, "plans/plan_sheet.html", {"plan": plan, "form": SheetForm(), "may_import": may_import}
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def plan_sheet_import(request: UserRequest, pk: int) -> HttpResponse:
    """A sheet is chosen, looked at, and then written: the second step names what the first one stored."""
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    rights = get_rights(request.user, plan, plan_document(plan), on=today)
    if not rights.any:
        raise PermissionDenied
    if "token" in request.POST:
        return _confirm(request, plan)
    form = SheetForm(request.POST or None, request.FILES or None)
    context = {"plan": plan, "form": form, "may_import": True, "is_whole": rights.is_whole}
    if form.is_valid():
        data = form.cleaned_data["file"].read()
        try:
            run = run_sheet(plan, data, actor=request.user, on=today, is_preview=True)
        except ValidationError as error:
            form.add_error("file", error)
        else:
            return render(
                request, "plans/plan_sheet_preview.html", context | _preview(request, plan, data, run)
            )
    status = 422 if request.method == "POST" else 200
    return render(request, "plans/plan_sheet_import.html", context, status=status)


def _preview(request: UserRequest, plan: Plan, data: bytes, run: SheetRun) -> dict[str, object]:
    token = ""
    if run.rows:
        storage = SheetStorage()
        storage.save(data)
        token = seal(storage.name, place=plan, person=request.user)
    return {
        "run": run,
        "rows": run.rows[:ROWS_SHOWN],
        "more_rows": len(run.rows[ROWS_SHOWN:]),
        "problems": run.problems[:PROBLEMS_SHOWN],
        "more_problems": len(run.problems[PROBLEMS_SHOWN:]),
        "token": token,
    }


def _confirm(request: UserRequest, plan: Plan) -> HttpResponse:
    form = SheetConfirmation(request.POST, place=plan, person=request.user)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["token"])))
        return redirect("plans:plan-sheet-import", plan.pk)
    storage = SheetStorage(name=form.cleaned_data["token"])
    try:
        data = storage.read()
    except FileNotFoundError:
        messages.error(request, _("This preview is no longer there. Choose the sheet again."))
        return redirect("plans:plan-sheet-import", plan.pk)
    storage.remove()
    run = run_sheet(plan, data, actor=request.user, on=timezone.localdate(), is_preview=False)
    if run.problems:
        messages.error(request, _("Nothing was imported: since the preview something has changed."))
        context = {"plan": plan, "form": SheetForm(), "may_import": True} | _preview(request, plan, data, run)
        return render(request, "plans/plan_sheet_preview.html", context, status=409)
    said = ngettext("%(count)d line is written.", "%(count)d lines are written.", len(run.rows))
    messages.success(request, said % {"count": len(run.rows)})
    return redirect("plans:plan-edit", plan.pk)
