"""A district's indicators and targets as a sheet: taken out, and brought in after a look at what it does."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import UserRequest
from accounts.models import District
from core.admin import SheetStorage
from core.audit import Place, record
from core.enums import AuditKind
from core.roc import to_roc
from plans.indicator_permissions import get_sight, get_sight_to_keep
from plans.resources import FORMATS, SheetRun, run_targets, targets_file
from plans.sheet_forms import SheetConfirmation, SheetForm, seal

ROWS_SHOWN, PROBLEMS_SHOWN = 200, 100


@login_required
@never_cache
@require_safe
def indicator_sheet(request: UserRequest, district_pk: int) -> HttpResponse:
    """The district's indicators as a file of the format asked for, or the page on which to choose one."""
    today = timezone.localdate()
    sight = get_sight(request.user, district_pk, on=today)
    if not sight.is_whole:
        raise PermissionDenied
    extension = request.GET.get("format", "")
    if extension in FORMATS:
        data, content_type = targets_file(sight.district, extension)
        record(
            AuditKind.EXPORT,
            actor=request.user,
            places=[Place(sight.district.city_id, sight.district.pk)],
            details={"what": "rows", "of": "indicators.yearlytarget", "format": extension},
        )
        words = _("Indicators %(agency)s") % {"agency": sight.district.agency_name}
        name = f"{words}-{to_roc(today.year)}{today:%m%d}.{extension}"
        headers = {"Content-Disposition": content_disposition_header(True, name)}
        return HttpResponse(data, content_type=content_type, headers=headers)
    context = {"sight": sight, "district": sight.district, "form": SheetForm()}
    return render(request, "indicators/indicator_sheet.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def indicator_sheet_import(request: UserRequest, district_pk: int) -> HttpResponse:
    """A sheet is chosen, looked at, and then written: the second step names what the first one stored."""
    today = timezone.localdate()
    district = get_sight_to_keep(request.user, district_pk, on=today).district
    if "token" in request.POST:
        return _confirm(request, district)
    form = SheetForm(request.POST or None, request.FILES or None)
    context = {"district": district, "form": form}
    if form.is_valid():
        data = form.cleaned_data["file"].read()
        try:
            run = run_targets(district, data, actor=request.user, on=today, is_preview=True)
        except ValidationError as error:
            form.add_error("file", error)
        else:
            context |= _preview(request, district, data, run)
            return render(request, "indicators/indicator_sheet_preview.html", context)
    status = 422 if request.method == "POST" else 200
    return render(request, "indicators/indicator_sheet_import.html", context, status=status)


def _preview(request: UserRequest, district: District, data: bytes, run: SheetRun) -> dict[str, object]:
    token = ""
    if run.rows:
        storage = SheetStorage()
        storage.save(data)
        token = seal(storage.name, place=district, person=request.user)
    return {
        "run": run,
        "rows": run.rows[:ROWS_SHOWN],
        "more_rows": len(run.rows[ROWS_SHOWN:]),
        "problems": run.problems[:PROBLEMS_SHOWN],
        "more_problems": len(run.problems[PROBLEMS_SHOWN:]),
        "token": token,
    }


def _confirm(request: UserRequest, district: District) -> HttpResponse:
    form = SheetConfirmation(request.POST, place=district, person=request.user)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["token"])))
        return redirect("indicators:indicator-sheet-import", district.pk)
    storage = SheetStorage(name=form.cleaned_data["token"])
    try:
        data = storage.read()
    except FileNotFoundError:
        messages.error(request, _("This preview is no longer there. Choose the sheet again."))
        return redirect("indicators:indicator-sheet-import", district.pk)
    storage.remove()
    run = run_targets(district, data, actor=request.user, on=timezone.localdate(), is_preview=False)
    if run.problems:
        messages.error(request, _("Nothing was imported: since the preview something has changed."))
        context = {"district": district, "form": SheetForm()} | _preview(request, district, data, run)
        return render(request, "indicators/indicator_sheet_preview.html", context, status=409)
    said = ngettext("%(count)d row is written.", "%(count)d rows are written.", len(run.rows))
    messages.success(request, said % {"count": len(run.rows)})
    return redirect(f"{reverse('indicators:indicator-list')}?district={district.pk}")
