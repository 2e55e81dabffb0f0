"""What was filed to the city with a version (函報): one file, made in the background."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.http import UserRequest
from documents import queries, services
from documents.models import RenderedFile
from review.permissions import get_package_to_view


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def filing_package(request: UserRequest, pk: int, number: int) -> HttpResponse:
    """Show what lies in the package; POST has it made, GET says how far it is."""
    today = timezone.localdate()
    plan, version, package, approval = get_package_to_view(request.user, pk, number, on=today)
    address = reverse("review:filing-package", args=[pk, number])
    if request.method == "POST":
        file = services.request_package(plan, package, approval)
        if not request.htmx:
            return redirect(address)
    else:
        file = queries.package_file_of(package, approval) or RenderedFile(plan=plan, state="")
    context = {"plan": plan, "version": version, "package": package, "file": file, "address": address}
    template = "documents/_package.html" if request.htmx else "review/filing_package.html"
    return render(request, template, context)
