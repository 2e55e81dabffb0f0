"""The version in force of a plan: to read, as PDF, as JSON. Also while the rows are written anew."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import UserRequest
from documents import queries, services
from documents.models import RenderedFile
from plans import layout
from plans.document import PlanDocument, UnreadableDocument
from plans.models import PlanVersion
from plans.permissions import get_plans_to_view
from plans.queries.versions import document_of
from plans.recording import record_download
from plans.sight_permissions import get_plan_in_force
from review.queries.approvals import decision_words


@login_required
@require_safe
def in_force(request: UserRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    plan, version = get_plan_in_force(request.user, pk, on=today)
    document = _document(version)
    context = {
        "plan": plan,
        "version": version,
        "decision": decision_words(plan, version.pk),
        "document": document,
        "chapters": layout.lay_out(document),
        "entries": layout.entries(document),
        "sees_rows": get_plans_to_view(request.user, on=today).filter(pk=pk).exists(),
    }
    return render(request, "review/in_force.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def in_force_pdf(request: UserRequest, pk: int) -> HttpResponse:
    """POST has the PDF made; GET says how far it is."""
    plan, version = get_plan_in_force(request.user, pk, on=timezone.localdate())
    document = _document(version)
    if request.method == "POST":
        file = services.request_version(plan, version)
        if not request.htmx:
            return redirect("review:in-force-pdf", pk)
    else:
        file = queries.version_file_of(plan, version) or RenderedFile(plan=plan, state="")
    template = "documents/_plan_pdf.html" if request.htmx else "review/in_force_pdf.html"
    address = reverse("review:in-force-pdf", args=[pk])
    return render(
        request, template, {"plan": plan, "file": file, "address": address, "title": document.facts.title}
    )


@login_required
@require_safe
def in_force_json(request: UserRequest, pk: int) -> HttpResponse:
    plan, version = get_plan_in_force(request.user, pk, on=timezone.localdate())
    response = HttpResponse(version.content, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, services.file_name(plan, ".json"))
    if request.method == "GET":
        record_download(plan, "json_in_force", actor=request.user, version=version.number)
    return response


def _document(version: PlanVersion) -> PlanDocument:
    try:
        return document_of(version)
    except UnreadableDocument as error:  # `verify_versions` names it
        raise Http404 from error
