"""The results of a plan's year: read, written, printed, filed with the city, received or returned."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import UserRequest
from documents import queries as files
from documents import services as making
from documents.models import RenderedFile
from plans.recording import record_refused
from plans.results import lay_out_with_results
from plans.views.answers import add_errors
from progress.models import YearEnd, YearEndState
from progress.queries.yearend import line_years, unaccepted, unfiled, year_end_sheet, year_ends_of
from progress.services.summaries import save_summary
from progress.yearend import YearEndSheet
from review.services import year_ends
from review.year_end_forms import FileYearEndForm, ReceiveForm, SummaryForm
from review.year_end_permissions import (
    YearEndSight,
    get_line_to_summarise,
    get_year_end_to_decide,
    get_year_end_to_file,
    get_year_end_to_view,
)

GET_AND_POST = ["GET", "HEAD", "POST"]


@login_required
@never_cache
@require_safe
def year_end(request: UserRequest, pk: int) -> HttpResponse:
    """The results in the plan's own layout: as they stand; to the city as they were filed."""
    today = timezone.localdate()
    sight = get_year_end_to_view(request.user, pk, on=today)
    plan = sight.plan
    sheet, filed = _sheet(sight), year_ends_of(plan)
    last = filed[0] if filed else None
    context = {
        "plan": plan,
        "sight": sight,
        "document": sheet.document,
        "chapters": lay_out_with_results(sheet.document, sheet.by_uid),
        "filed": filed,
        "last": last,
        "may_file": sight.may_write and (last is None or last.state == YearEndState.RETURNED),
        "may_decide": sight.may_decide and last is not None and last.state == YearEndState.FILED,
        "lines": line_years(plan) if sight.may_write else [],
        "unfiled": unfiled(plan) if sight.is_inside else 0,
        "unaccepted": unaccepted(plan) if sight.is_inside else 0,
    }
    return render(request, "review/year_end.html", context)


@login_required
@require_http_methods(GET_AND_POST)
def year_end_pdf(request: UserRequest, pk: int) -> HttpResponse:
    """POST has the results made as a PDF; GET says how far it is."""
    sight = get_year_end_to_view(request.user, pk, on=timezone.localdate())
    sheet = _sheet(sight)
    address = reverse("review:year-end-pdf", args=[pk])
    if request.method == "POST":
        file = making.request_year_end(sight.plan, sheet)
        if not request.htmx:
            return redirect(address)
    else:
        file = files.year_end_file_of(sheet) or RenderedFile(plan=sight.plan, state="")
    template = "documents/_plan_pdf.html" if request.htmx else "review/year_end_pdf.html"
    context = {"plan": sight.plan, "file": file, "address": address, "title": sheet.title}
    return render(request, template, context)


@login_required
@require_http_methods(GET_AND_POST)
def year_end_file(request: UserRequest, pk: int) -> HttpResponse:
    """File the results with the city, after a page that says what is still missing."""
    now = timezone.now()
    plan = get_year_end_to_file(request.user, pk, on=timezone.localdate(now))
    form = FileYearEndForm(request.POST or None)
    if form.is_valid():
        try:
            year_ends.file_year_end(plan.pk, actor=request.user, at=now, letter=form.letter)
        except ValidationError as error:
            record_refused(plan, "year_file", actor=request.user, error=error)
            add_errors(form, error)
        else:
            messages.success(request, _("The results are filed, and the city has been told."))
            return redirect("review:year-end", pk)
    context = {"plan": plan, "form": form, "unfiled": unfiled(plan), "unaccepted": unaccepted(plan)}
    status = 422 if request.method == "POST" else 200
    return render(request, "review/year_end_file.html", context, status=status)


@login_required
@require_http_methods(GET_AND_POST)
def year_end_decide(request: UserRequest, pk: int) -> HttpResponse:
    """The city dates the receipt, which closes the plan, or returns the results with a reason."""
    now = timezone.now()
    today = timezone.localdate(now)
    row = get_year_end_to_decide(request.user, pk, on=today)
    form = ReceiveForm(request.POST or None, on=today)
    if form.is_valid():
        data = form.cleaned_data
        try:
            if request.POST.get("step") == "return":
                year_ends.return_year_end(pk, actor=request.user, at=now, comment=data["comment"])
                done = _("The results are returned, and the district has been told.")
            else:
                day = data["received_on"] or today
                year_ends.receive_year_end(pk, actor=request.user, at=now, received_on=day)
                done = _("The receipt is dated; the plan is closed.")
        except ValidationError as error:
            record_refused(row.plan, "year_decide", actor=request.user, error=error)
            add_errors(form, error)
        else:
            messages.success(request, done)
            return redirect("review:year-end", row.plan_id)
    context = {"plan": row.plan, "row": row, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "review/year_end_decide.html", context, status=status)


@login_required
@require_http_methods(GET_AND_POST)
def summary_edit(request: UserRequest, pk: int) -> HttpResponse:
    """Write what came of a line, in the place of what the units reported last."""
    line = get_line_to_summarise(request.user, pk, on=timezone.localdate())
    year = next((one for one in line_years(line.plan) if one.line.pk == pk), None)
    if year is None:
        raise Http404
    text = year.summary.text if year.summary else ""
    form = SummaryForm(request.POST or None, text=text, reported=year.reported)
    if form.is_valid():
        try:
            save_summary(pk, actor=request.user, base=form.cleaned_data["base"], text=form.words)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return redirect(f"{reverse('review:year-end', args=[line.plan_id])}#i-{line.item.uid}")
    context = {"plan": line.plan, "line": line, "year": year, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "review/summary_edit.html", context, status=status)


def _sheet(sight: YearEndSight) -> YearEndSheet:
    """Return the results as they stand now; to the city, and once the plan is closed, as they were filed."""
    last = YearEnd.objects.filter(plan=sight.plan).order_by("-number").first()
    if last is not None and (not sight.is_inside or last.state == YearEndState.RECEIVED):
        return YearEndSheet.from_json(last.content)
    return year_end_sheet(sight.plan)
