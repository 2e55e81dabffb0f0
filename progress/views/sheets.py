"""What a unit reports as a sheet: taken out, filled by whoever, and brought back by one of its people."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import UserRequest
from accounts.models import Unit
from core.admin import SheetStorage
from core.books import WRITERS
from core.roc import roc_stamp
from plans.recording import record_download
from progress.models import Period
from progress.permissions import get_filing, get_filing_to_write
from progress.queries.filing import filing
from progress.resources import SheetRun, cards_to_fill, filing_file, run_sheet
from progress.sheet_forms import FilledSheetConfirmation, FilledSheetForm, seal

PROBLEMS_SHOWN = 200


@login_required
@never_cache
@require_safe
def filing_sheet(request: UserRequest, pk: int, unit_pk: int) -> HttpResponse:
    """The sheet as a file of the format asked for, or the page on which to take it out and bring it back."""
    today = timezone.localdate()
    period, unit, membership = get_filing(request.user, pk, unit_pk, on=today)
    shown = filing(period, unit, on=today)
    extension = request.GET.get("format", "")
    if extension in WRITERS:
        data, content_type = filing_file(shown, extension)
        if request.method == "GET":
            record_download(period.plan, "filing", actor=request.user, format=extension)
        name = f"{unit.name}-{period.span_words}-{roc_stamp(today)}.{extension}"
        headers = {"Content-Disposition": content_disposition_header(True, name) or ""}
        return HttpResponse(data, content_type=content_type, headers=headers)
    context = _context(period, unit) | {
        "form": FilledSheetForm(),
        "cards": cards_to_fill(shown),
        "works_here": membership.works_in(unit),
    }
    return render(request, "progress/filing_sheet.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def filing_sheet_import(request: UserRequest, pk: int, unit_pk: int) -> HttpResponse:
    """A sheet is chosen, looked at, and then written: the second step names what the first one stored."""
    now = timezone.now()
    period, unit, _membership = get_filing_to_write(request.user, pk, unit_pk, on=timezone.localdate(now))
    if "token" in request.POST:
        return _confirm(request, period, unit)
    form = FilledSheetForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        data = form.cleaned_data["file"].read()
        try:
            run = run_sheet(period, unit, data, actor=request.user, at=now, is_preview=True)
        except ValidationError as error:
            form.add_error("file", error)
        else:
            return _preview(request, period, unit, data, run)
    status = 422 if request.method == "POST" else 200
    return render(
        request, "progress/filing_sheet_import.html", _context(period, unit) | {"form": form}, status=status
    )


def _context(period: Period, unit: Unit) -> dict[str, object]:
    return {"plan": period.plan, "period": period, "unit": unit}


def _preview(
    request: UserRequest, period: Period, unit: Unit, data: bytes, run: SheetRun, *, status: int = 200
) -> HttpResponse:
    token = ""
    if run.may_be_written:
        storage = SheetStorage()
        storage.save(data)
        looked_at = {clash.key: clash.stored for clash in run.clashes}
        token = seal(storage.name, looked_at, period=period, unit=unit, person=request.user)
    context = _context(period, unit) | {
        "run": run,
        "problems": run.problems[:PROBLEMS_SHOWN],
        "more_problems": len(run.problems[PROBLEMS_SHOWN:]),
        "token": token,
        "form": FilledSheetForm(),
    }
    return render(request, "progress/filing_sheet_preview.html", context, status=status)


def _confirm(request: UserRequest, period: Period, unit: Unit) -> HttpResponse:
    form = FilledSheetConfirmation(request.POST, period=period, unit=unit, person=request.user)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["token"])))
        return redirect("progress:filing-sheet-import", period.pk, unit.pk)
    storage = SheetStorage(name=form.cleaned_data["token"])
    try:
        data = storage.read()
    except FileNotFoundError:
        messages.error(request, _("This preview is no longer there. Choose the sheet again."))
        return redirect("progress:filing-sheet-import", period.pk, unit.pk)
    run = run_sheet(
        period,
        unit,
        data,
        actor=request.user,
        at=timezone.now(),
        is_preview=False,
        looked_at=form.looked_at,
        chosen=form.chosen,
    )
    storage.remove()
    if run.problems or run.is_stale:
        messages.error(
            request, _("Nothing was written: since the preview something has changed. Look again.")
        )
        return _preview(request, period, unit, data, run, status=409)
    count = len(run.written)
    words = ngettext("%(count)d report is written.", "%(count)d reports are written.", count)
    messages.success(request, words % {"count": count})
    return redirect("progress:filing", period.pk, unit.pk)
