"""The progress report of a district for a meeting: made in the background, watched, fetched."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods

from accounts.http import UserRequest
from dashboard.meeting import meeting_report
from dashboard.permissions import get_year_inside
from dashboard.printing import CHINESE, MEETING
from dashboard.queries.years import year_rows
from dashboard.views.boards import number_of
from documents import queries, services
from documents.models import RenderedFile
from progress.finding_permissions import seen_of_plan
from progress.queries.findings import followed_rows


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_pdf(request: UserRequest, pk: int) -> HttpResponse:
    """POST has the report of a period made as it stands today; GET says how far it is."""
    today = timezone.localdate()
    plan = get_year_inside(request.user, pk, on=today).plan
    year = year_rows(plan, on=today, is_inside=True)
    span = year.span(number_of(request.GET.get("period", "")))
    if span is None:
        raise Http404
    findings = followed_rows(seen_of_plan(plan, is_inside=True), on=today)
    with translation.override(CHINESE):
        report = meeting_report(
            plan.district.agency_name, plan.year, plan.series, year, span, findings=findings
        )
    content = report.to_json()
    address = f"{reverse('dashboard:meeting-pdf', args=[pk])}?period={span.number}"
    if request.method == "POST":
        file = services.request_kind(plan, content, MEETING)
        if not request.htmx:
            return redirect(address)
    else:
        file = queries.file_of_kind(content, MEETING) or RenderedFile(plan=plan, state="")
    template = "documents/_plan_pdf.html" if request.htmx else "dashboard/meeting_pdf.html"
    context = {"plan": plan, "span": span, "report": report, "file": file, "address": address}
    return render(request, template, context)
