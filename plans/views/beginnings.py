"""Beginning a plan: the four ways to, and what making it from last year's will change."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import UserRequest
from core.roc import to_roc
from plans.beginning_forms import CopyForm, EarlierForm, EmptyForm, FrameworkForm, PlaceForm, WayForm
from plans.models import Plan, PlanQuerySet
from plans.permissions import get_districts_to_write, get_plan_to_copy, get_plans_to_view
from plans.queries.beginnings import (
    copy_preview,
    earlier_plans,
    frameworks_in_force,
    next_year,
    plan_of_year,
)
from plans.services.beginnings import begin_empty, begin_from_framework, copy_plan


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_new(request: UserRequest) -> HttpResponse:
    """Choose district, year and series, and one of the ways to begin; htmx swaps the ways."""
    today = timezone.localdate()
    districts = get_districts_to_write(request.user, on=today)
    if not districts:
        raise PermissionDenied
    plans = get_plans_to_view(request.user, on=today)
    given = request.POST if request.method == "POST" else request.GET
    form = PlaceForm(given, districts=districts, likely_year=lambda at: next_year(plans, at, on=today))
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        place = form.cleaned_data
        context |= {"place": place, "existing": plan_of_year(plans, **place)}
        if context["existing"] is None:
            ways = _ways(request, place, plans)
            chosen = next((way for way in ways.values() if way.is_bound and way.is_valid()), None)
            if chosen and (answer := _begin(request, chosen, place)):
                return answer
            context["ways"] = ways
    template = "plans/_plan_new_ways.html" if request.htmx else "plans/plan_new.html"
    return render(request, template, context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_copy(request: UserRequest, pk: int) -> HttpResponse:
    """Show what making a plan from this one will change, and make it."""
    today = timezone.localdate()
    source = get_plan_to_copy(request.user, pk, on=today)
    form = CopyForm(request.GET, source=source)
    context: dict[str, Any] = {"source": source, "form": form}
    if form.is_valid():
        year, series = form.cleaned_data["year"], form.cleaned_data["series"]
        plans = get_plans_to_view(request.user, on=today)
        existing = plan_of_year(plans, district=source.district, year=year, series=series)
        preview = copy_preview(source, year=year, series=series)
        context |= {"preview": preview, "existing": existing}
        if request.method == "POST" and existing is None:
            try:
                plan = copy_plan(source.pk, year=year, series=series, actor=request.user)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                words = _("The plan of %(year)s is made: %(lines)s lines from that of %(old)s.")
                numbers = {"year": plan.roc_year, "lines": preview.lines, "old": source.roc_year}
                messages.success(request, words % numbers)
                return redirect("plans:plan-edit", plan.pk)
    return render(request, "plans/plan_copy.html", context)


def _ways(request: UserRequest, place: dict[str, Any], plans: PlanQuerySet) -> dict[str, WayForm]:
    """Return a form for each way that is open for this place, the one that was sent being bound."""
    ways: dict[str, WayForm] = {}
    if earlier := earlier_plans(plans, **place):
        ways["earlier"] = EarlierForm(request.POST, place=place, plans=earlier)
    if frameworks := list(frameworks_in_force(place["district"], place["year"])):
        ways["framework"] = FrameworkForm(request.POST, place=place, frameworks=frameworks)
    return ways | {"empty": EmptyForm(request.POST, place=place)}


def _begin(request: UserRequest, form: WayForm, place: dict[str, Any]) -> HttpResponse | None:
    """Begin in the way of the valid form; None, with the reason on the form, where that is refused."""
    data = form.cleaned_data
    if isinstance(form, EarlierForm):
        query = {"year": to_roc(place["year"]), "series": place["series"]}
        return redirect(f"{reverse('plans:plan-copy', args=[data['source'].pk])}?{urlencode(query)}")
    plan: Plan
    try:
        if isinstance(form, FrameworkForm):
            plan = begin_from_framework(
                data["framework"], **place, chapters=data["chapters"], actor=request.user
            )
        else:
            plan = begin_empty(**place, chapters=data["chapters"], actor=request.user)
    except ValidationError as error:
        form.add_error(None, error)
        return None
    messages.success(request, _("The plan of %(year)s is begun.") % {"year": plan.roc_year})
    return redirect("plans:plan-edit", plan.pk)
