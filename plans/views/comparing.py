"""Kept versions of a plan, and any two plans or versions side by side."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import UserRequest
from plans import contrast, layout
from plans.document import UnreadableDocument
from plans.enums import PlanStatus, state_label
from plans.models import Plan
from plans.permissions import get_plan_to_view
from plans.queries.comparing import Side, sheet_of
from plans.queries.versions import document_of, is_intact, listed
from plans.services.versions import keep_version
from plans.version_forms import KeepForm, SidesForm
from plans.version_permissions import (
    can_keep_version,
    get_plan_to_keep,
    get_sides_to_compare,
    get_version_to_view,
    get_versions_to_view,
)


@login_required
@require_safe
def version_list(request: UserRequest, pk: int) -> HttpResponse:
    plan = get_plan_to_view(request.user, pk, on=timezone.localdate())
    may_keep = can_keep_version(request.user, plan, on=timezone.localdate())
    return _version_list(request, plan, _keep_form(plan) if may_keep else None)


@login_required
@require_POST
def version_keep(request: UserRequest, pk: int) -> HttpResponse:
    plan = get_plan_to_keep(request.user, pk, on=timezone.localdate())
    form = _keep_form(plan, request)
    if form.is_valid():
        try:
            version = keep_version(plan.pk, actor=request.user, name=form.cleaned_data["name"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request,
                _("Version %(number)d “%(name)s” is kept.")
                % {"number": version.number, "name": version.name},
            )
            return redirect("plans:version-list", pk)
    return _version_list(request, plan, form)


def _keep_form(plan: Plan, request: UserRequest | None = None) -> KeepForm:
    return KeepForm(request.POST if request else None, action=reverse("plans:version-keep", args=[plan.pk]))


def _version_list(request: UserRequest, plan: Plan, form: KeepForm | None) -> HttpResponse:
    versions = get_versions_to_view(request.user, plan.district, on=timezone.localdate())
    context = {"plan": plan, "versions": listed(versions.filter(plan=plan)), "form": form}
    status = 422 if form is not None and form.errors else 200
    return render(request, "plans/version_list.html", context, status=status)


@login_required
@require_safe
def version_detail(request: UserRequest, pk: int, number: int) -> HttpResponse:
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    version = get_version_to_view(request.user, plan, number, on=today)
    context = {
        "plan": plan,
        "version": version,
        "is_intact": is_intact(version),
        "approval": plan.events.filter(version=version, step="approve").order_by("number").first(),
        "approved": state_label(PlanStatus.APPROVED, plan.district.city.decision),
    }
    try:
        document = document_of(version)
    except UnreadableDocument:
        return render(request, "plans/version_detail.html", context)
    context |= {
        "document": document,
        "chapters": layout.lay_out(document),
        "entries": layout.entries(document),
    }
    return render(request, "plans/version_detail.html", context)


@login_required
@require_safe
def plan_compare(request: UserRequest, pk: int) -> HttpResponse:
    """Show what became of one plan, year or version in another; `of` names the new one, `with` the old."""
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    choice = get_sides_to_compare(
        request.user, plan, new=request.GET.get("of", ""), old=request.GET.get("with", ""), on=today
    )
    context = {"plan": plan, "choice": choice, "form": SidesForm(choice)}
    if choice.old is None:
        return render(request, "plans/plan_compare.html", context)
    try:
        sheet = sheet_of(choice.new, choice.old)
    except UnreadableDocument:
        messages.error(request, _("One of the two can no longer be read, so they cannot be compared."))
        return redirect("plans:version-list", pk)
    comparison = sheet.comparison()
    shows_all = request.GET.get("all") == "1"
    context |= {
        "sheet": sheet,
        "summary": contrast.summary(comparison),
        "is_same": comparison.is_same,
        "shows_all": shows_all,
        "entries": contrast.contrast(comparison, shows_all=shows_all),
        "heads": contrast.HEADS,
        "query": _query(choice.new, choice.old),
        "swapped": _query(choice.old, choice.new),
    }
    return render(request, "plans/plan_compare.html", context)


def _query(new: Side, old: Side) -> str:
    return urlencode({"of": new.key, "with": old.key}, safe=":")
