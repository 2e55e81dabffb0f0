from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import UserRequest
from plans import layout
from plans.forms import PlanFilter
from plans.permissions import (
    can_begin_plans,
    can_copy_plan,
    can_edit_plan,
    can_write_in,
    get_plan_to_edit,
    get_plan_to_view,
    is_of_district,
)
from plans.queries.documents import plan_document
from plans.queries.lists import page_of_years, was_replaced, without_page
from plans.services.plans import restore_replaced
from plans.sight_permissions import get_plan_in_force, get_plans_to_list

PLANS_PER_PAGE = 50
# Of a plan, what the list shows: it has thirty columns, and some are long.
LISTED = (
    *("year", "series", "title", "subtitle", "status", "updated_at"),
    *("district__agency_name", "district__city__decision"),
)


@login_required
@require_safe
def plan_list(request: UserRequest) -> HttpResponse:
    today = timezone.localdate()
    plans = get_plans_to_list(request.user, on=today)
    search = PlanFilter(request.GET, queryset=plans)
    rows, number = search.qs.select_related("district__city").only(*LISTED), request.GET.get("page")
    context = {
        "search": search,
        "page": page_of_years(rows, search.years, number, PLANS_PER_PAGE)
        if search.is_empty
        else Paginator(rows, PLANS_PER_PAGE).get_page(number),
        "query": without_page(request.GET),
        "may_begin": can_begin_plans(request.user, on=today),
    }
    return render(request, "plans/_plan_table.html" if request.htmx else "plans/plan_list.html", context)


@login_required
@require_safe
def plan_detail(request: UserRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    try:
        plan = get_plan_to_view(request.user, pk, on=today)
    except Http404:
        # The city goes on reading what is in force while the district writes anew.
        plan, _version = get_plan_in_force(request.user, pk, on=today)
        return redirect("review:in-force", plan.pk)
    document = plan_document(plan)
    may_edit = can_edit_plan(request.user, plan, on=today)
    context = {
        "plan": plan,
        "document": document,
        "chapters": layout.lay_out(document),
        "entries": layout.entries(document),
        "may_edit": may_edit,
        "may_write": can_write_in(request.user, plan, on=today),
        "is_inside": is_of_district(request.user, plan.district, on=today),
        "may_copy": can_copy_plan(request.user, plan, on=today),
        "was_replaced": was_replaced(plan),
    }
    return render(request, "plans/plan_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_restore(request: UserRequest, pk: int) -> HttpResponse:
    """Bring back the lines an import replaced, after a page that asks."""
    plan = get_plan_to_edit(request.user, pk, on=timezone.localdate())
    if request.method == "POST":
        try:
            restore_replaced(plan.pk, actor=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("The lines from before the import are back."))
        return redirect(plan)
    return render(request, "plans/plan_restore.html", {"plan": plan})
