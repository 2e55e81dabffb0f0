"""Files of a plan: ask for the PDF, see how far it is, fetch it; the JSON at once."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import condition, require_http_methods, require_safe

from accounts.http import UserRequest
from documents import queries, services
from documents.models import RenderedFile
from documents.permissions import get_file_to_fetch
from plans.document import UnreadableDocument
from plans.models import Plan, PlanVersion
from plans.permissions import get_plan_to_view
from plans.queries.comparing import sheet_of
from plans.queries.documents import plan_document
from plans.recording import record_download
from plans.version_permissions import get_sides_to_compare, get_version_to_view


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_pdf(request: UserRequest, pk: int) -> HttpResponse:
    """POST has the PDF of the plan made, as its rows stand or as it was filed; GET says how far it is."""
    plan = get_plan_to_view(request.user, pk, on=timezone.localdate())
    version = queries.version_to_print(plan)
    if version is not None:
        return _version_pdf(request, plan, version, address=reverse("documents:plan-pdf", args=[pk]))
    document = plan_document(plan)
    if request.method == "POST":
        file = services.request_file(plan, document)
        if not request.htmx:
            return redirect("documents:plan-pdf", pk)
    else:
        file = queries.file_of(plan, document) or RenderedFile(plan=plan, state="")
    template = "documents/_plan_pdf.html" if request.htmx else "documents/plan_pdf.html"
    context = {"plan": plan, "file": file, "address": reverse("documents:plan-pdf", args=[pk])}
    return render(request, template, context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def version_pdf(request: UserRequest, pk: int, number: int) -> HttpResponse:
    """POST has the PDF of a kept or filed version made, as it printed then; GET says how far it is."""
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    version = get_version_to_view(request.user, plan, number, on=today)
    address = reverse("documents:version-pdf", args=[pk, number])
    return _version_pdf(request, plan, version, address=address, is_one_of_many=True)


def _version_pdf(
    request: UserRequest, plan: Plan, version: PlanVersion, *, address: str, is_one_of_many: bool = False
) -> HttpResponse:
    if request.method == "POST":
        file = services.request_version(plan, version)
        if not request.htmx:
            return redirect(address)
    else:
        file = queries.version_file_of(plan, version) or RenderedFile(plan=plan, state="")
    template = "documents/_plan_pdf.html" if request.htmx else "documents/plan_pdf.html"
    context = {"plan": plan, "file": file, "address": address}
    if is_one_of_many:
        context["version"] = version
    return render(request, template, context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def comparison_pdf(request: UserRequest, pk: int) -> HttpResponse:
    """POST has the PDF of the two sides made that `of` and `with` name; GET says how far it is."""
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    names = {"of": request.GET.get("of", ""), "with": request.GET.get("with", "")}
    choice = get_sides_to_compare(request.user, plan, new=names["of"], old=names["with"], on=today)
    if choice.old is None:
        raise Http404
    try:
        sheet = sheet_of(choice.new, choice.old)
    except UnreadableDocument as error:  # the page of the comparison says so
        raise Http404 from error
    query = urlencode({"of": choice.new.key, "with": choice.old.key}, safe=":")
    address = f"{reverse('documents:comparison-pdf', args=[pk])}?{query}"
    if request.method == "POST":
        file = services.request_comparison(plan, sheet)
        if not request.htmx:
            return redirect(address)
    else:
        file = queries.comparison_file_of(sheet) or RenderedFile(plan=plan, state="")
    template = "documents/_plan_pdf.html" if request.htmx else "documents/comparison_pdf.html"
    context = {"plan": plan, "file": file, "address": address, "query": query, "sheet": sheet}
    return render(request, template, context)


@login_required
@require_safe
def plan_json(request: UserRequest, pk: int) -> HttpResponse:
    plan = get_plan_to_view(request.user, pk, on=timezone.localdate())
    version = queries.version_to_print(plan)
    body = version.content if version else plan_document(plan).to_json()
    response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, services.file_name(plan, ".json"))
    if request.method == "GET":
        record_download(plan, "json", actor=request.user)
    return response


@login_required
@require_safe
def file_download(request: UserRequest, pk: int) -> HttpResponseBase:
    file = get_file_to_fetch(request.user, pk, on=timezone.localdate())

    @condition(etag_func=lambda *_: f'"{file.sha256}"')
    def serve(_request: UserRequest, **_kwargs: Any) -> HttpResponseBase:
        name = services.name_of_file(file)
        try:
            content = file.file.open("rb")
        except FileNotFoundError as error:  # the page of the plan offers to make it again
            raise Http404 from error
        response = FileResponse(content, filename=name, content_type=f"application/{file.ending}")
        response["Cache-Control"] = "private, no-cache"
        response["X-Content-Type-Options"] = "nosniff"
        if request.method == "GET":
            record_download(file.plan, file.format, actor=request.user, digest=file.sha256)
        return response

    return serve(request)
