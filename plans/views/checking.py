"""The check list: what stops a plan's signature, and what should be looked at."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from plans.permissions import get_plan_inside, get_rights
from plans.queries.checks import check_list, findings_of


@login_required
@never_cache
@require_safe
def plan_checks(request: UserRequest, pk: int) -> HttpResponse:
    """The list as a page, or to htmx the panel beside the sheet; links lead to where the reader may write."""
    today = timezone.localdate()
    plan, _standing = get_plan_inside(request.user, pk, on=today)
    document, findings = findings_of(plan)
    rights = get_rights(request.user, plan, document, on=today)
    sheet = reverse("plans:plan-edit" if rights.any else "plans:plan-detail", args=[plan.pk])
    context = {
        "plan": plan,
        "checks": check_list(document, findings),
        "may_edit": rights.any,
        "sheet": sheet,
        "facts": reverse("plans:facts-edit", args=[plan.pk]) if rights.is_whole else sheet,
    }
    return render(request, "plans/_plan_checks.html" if request.htmx else "plans/plan_checks.html", context)
