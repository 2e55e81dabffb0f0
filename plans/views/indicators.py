"""A district's indicators apart from any plan: the list over years, one indicator, targets, milestones."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from accounts.models import Unit, UnitQuerySet
from core.form_values import BasedForm
from core.roc import to_roc
from indicators.enums import Aggregation, Comparator, Direction
from indicators.services import FIELDS, bring_back_indicator, retire_indicator
from plans.indicator_forms import (
    IndicatorFilter,
    IndicatorForm,
    YearForm,
    add_errors,
    milestone_forms,
    steps_of,
)
from plans.indicator_permissions import (
    Sight,
    get_indicator_to_keep,
    get_indicator_to_view,
    get_sight_to_keep,
    get_sights,
    own_indicators,
)
from plans.queries.indicators import (
    IndicatorRow,
    holds_of,
    indicator_rows,
    keep,
    rows_in_force,
    served_plans,
    target_years,
)
from plans.queries.lists import without_page
from plans.services import indicators as services
from plans.services.readings import StaleTarget
from plans.sight_permissions import get_plans_in_force

ROWS_PER_PAGE = 50
YEARS_BACK, YEARS_AHEAD = 5, 3

Form = TypeVar("Form", bound=BasedForm)


@login_required
@never_cache
@require_safe
def indicator_list(request: UserRequest) -> HttpResponse:
    """What a district counts, over the years; to its city, what its plans in force promise."""
    today = timezone.localdate()
    sights = get_sights(request.user, on=today)
    sight = _chosen(sights, request.GET.get("district", ""))
    units = list(Unit.objects.filter(district=sight.district)) if sight and sight.is_inside else None
    search = IndicatorFilter(
        _asked(request, sight, today.year),
        districts=[one.district for one in sights],
        years=range(today.year + YEARS_AHEAD, today.year - YEARS_BACK, -1),
        units=units,
    )
    year = search.chosen("year", today.year)
    rows = _rows(request, sight, search, year=year, units=units, on=today) if sight else []
    context = {
        "sight": sight,
        "search": search,
        "year": year,
        "page": Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "query": without_page(request.GET),
    }
    template = "indicators/_indicator_table.html" if request.htmx else "indicators/indicator_list.html"
    return render(request, template, context)


@login_required
@never_cache
@require_safe
def indicator_detail(request: UserRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    indicator, sight = get_indicator_to_view(request.user, pk, on=today)
    plans = served_plans(indicator)
    years = target_years(indicator, plans)
    known = {one.target.year for one in years}
    context = {
        "indicator": indicator,
        "sight": sight,
        "plans": plans,
        "years": years,
        "held_by": holds_of([served.plan for served in plans]).manner,
        "free_years": [year for year in range(today.year - 1, today.year + 3) if year not in known],
        "is_removable": sight.is_secretariat and services.is_removable(indicator),
    }
    return render(request, "indicators/indicator_detail.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def indicator_new(request: UserRequest) -> HttpResponse:
    """A new indicator of the district the address names, or of the person's own."""
    today = timezone.localdate()
    district = _number(request.GET.get("district", ""))
    if district is None:
        own = [sight for sight in get_sights(request.user, on=today) if sight.is_secretariat]
        if not own:
            raise PermissionDenied
        district = own[0].district.pk
    sight = get_sight_to_keep(request.user, district, on=today)
    form = IndicatorForm(request.POST or None, values=_first_values(), units=_units(sight.district.pk, today))
    if form.is_valid():
        try:
            indicator = services.add_indicator(sight.district, actor=request.user, values=form.values)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The indicator is there. Set its target of a year."))
            return redirect("indicators:indicator-detail", indicator.pk)
    return _form(request, form, {"sight": sight, "title": _("New indicator")})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def indicator_edit(request: UserRequest, pk: int) -> HttpResponse:
    """How an indicator is read. What others changed meanwhile is not written over."""
    today = timezone.localdate()
    indicator = get_indicator_to_keep(request.user, pk, on=today)
    options: dict[str, Any] = {
        "values": {name: getattr(indicator, name) for name in FIELDS},
        "units": _units(indicator.district_id, today, also=indicator.unit_id),
    }
    form: IndicatorForm = IndicatorForm(request.POST or None, **options)
    if form.is_valid():
        try:
            services.save_indicator(pk, actor=request.user, base=form.base_values, values=form.values)
        except StaleTarget as stale:
            form = _rebased(form, request, stale, options)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The indicator is changed."))
            return redirect("indicators:indicator-detail", pk)
    held_by = holds_of([served.plan for served in served_plans(indicator)]).manner
    context = {"indicator": indicator, "held_by": held_by, "title": _("How the indicator is read")}
    return _form(request, form, context)


@login_required
@require_POST
def indicator_retire(request: UserRequest, pk: int) -> HttpResponse:
    """Retire an indicator, or with `step=back` bring it back."""
    today = timezone.localdate()
    get_indicator_to_keep(request.user, pk, on=today)
    try:
        if request.POST.get("step") == "back":
            bring_back_indicator(pk, actor=request.user)
            messages.success(request, _("The indicator is in use again."))
        else:
            retire_indicator(pk, actor=request.user, on=today)
            messages.success(request, _("The indicator is retired. Its targets stay, and go on counting."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("indicators:indicator-list")
    return redirect("indicators:indicator-detail", pk)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def indicator_remove(request: UserRequest, pk: int) -> HttpResponse:
    """Delete an indicator nothing uses, after a page that asks."""
    indicator = get_indicator_to_keep(request.user, pk, on=timezone.localdate())
    if request.method == "POST":
        try:
            services.remove_indicator(pk, actor=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("indicators:indicator-detail", pk)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": indicator.name})
        return redirect(f"{reverse('indicators:indicator-list')}?district={indicator.district_id}")
    return render(request, "indicators/indicator_remove.html", {"indicator": indicator})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def year_edit(request: UserRequest, pk: int, year: int) -> HttpResponse:
    """The target of a year, the first one too."""
    indicator = get_indicator_to_keep(request.user, pk, on=timezone.localdate())
    target = indicator.targets.filter(year=year).first()
    options: dict[str, Any] = {"values": services.values_of_year(target), "indicator": indicator}
    form: YearForm = YearForm(request.POST or None, **options)
    if form.is_valid():
        try:
            services.save_year(pk, year, actor=request.user, base=form.base_values, values=form.values)
        except StaleTarget as stale:
            form = _rebased(form, request, stale, options)
        except ValidationError as error:
            add_errors(form, error)
        else:
            words = _("The target of ROC year %(year)s is written.") % {"year": to_roc(year)}
            messages.success(request, words)
            return redirect("indicators:indicator-detail", pk)
    held_by = holds_of([served.plan for served in served_plans(indicator)]).years.get(year)
    context = {"indicator": indicator, "year": year, "target": target, "held_by": held_by, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "indicators/year_edit.html", context, status=status)


@login_required
@require_POST
def year_remove(request: UserRequest, pk: int, year: int) -> HttpResponse:
    get_indicator_to_keep(request.user, pk, on=timezone.localdate())
    try:
        services.take_year_away(pk, year, actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The target of ROC year %(year)s is gone.") % {"year": to_roc(year)})
    return redirect("indicators:indicator-detail", pk)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def milestones_edit(request: UserRequest, pk: int, year: int) -> HttpResponse:
    """The milestones of a year's target, all at once: their weights have to add up."""
    indicator = get_indicator_to_keep(request.user, pk, on=timezone.localdate())
    target = indicator.targets.filter(year=year).first()
    if target is None or indicator.aggregation != Aggregation.MILESTONES:
        messages.error(request, _("Milestones belong to a target that is told by weighted milestones."))
        return redirect("indicators:indicator-detail", pk)
    formset = milestone_forms(request.POST or None, target.milestones.all())
    problems: list[str] = []
    if request.method == "POST" and formset.is_valid():
        try:
            services.save_milestones(pk, year, steps_of(formset), actor=request.user)
        except ValidationError as error:
            problems = error.messages
        else:
            messages.success(request, _("The milestones are written."))
            return redirect("indicators:indicator-detail", pk)
    held_by = holds_of([served.plan for served in served_plans(indicator)]).years.get(year)
    context = {
        "indicator": indicator,
        "year": year,
        "formset": formset,
        "problems": problems,
        "held_by": held_by,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "indicators/milestones_edit.html", context, status=status)


def _rows(
    request: UserRequest,
    sight: Sight,
    search: IndicatorFilter,
    *,
    year: int,
    units: list[Unit] | None,
    on: dt.date,
) -> list[IndicatorRow]:
    words = search.chosen("q", "")
    if units is None:
        plans = get_plans_in_force(request.user, on=on).filter(district=sight.district)
        return keep(rows_in_force(plans, year=year), words=words)
    rows = indicator_rows(sight.district, year=year, units=units, only=own_indicators(sight))
    return keep(rows, words=words, unit=search.chosen("unit"), use=search.chosen("use", ""))


def _chosen(sights: list[Sight], asked: str) -> Sight | None:
    """Return the district the address names, or the first; None for a person who sees none."""
    if not asked:
        return sights[0] if sights else None
    for sight in sights:
        if str(sight.district.pk) == asked:
            return sight
    raise Http404


def _asked(request: UserRequest, sight: Sight | None, year: int) -> QueryDict:
    """Return the search as the address has it, with the district and the year that are meant without them."""
    data = request.GET.copy()
    if sight:
        data["district"] = str(sight.district.pk)
    data.setdefault("year", str(year))
    return data


def _first_values() -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(FIELDS, "")
    return values | {
        "comparator": Comparator.AT_LEAST,
        "aggregation": Aggregation.SUM,
        "direction": Direction.NONE,
        "decimals": 0,
        "unit": None,
    }


def _units(district: int, on: dt.date, also: int | None = None) -> UnitQuerySet:
    units: UnitQuerySet = Unit.objects.filter(district=district)
    return units.active(on) | units.filter(pk__in=[also] if also else [])


def _rebased(form: Form, request: UserRequest, stale: StaleTarget, options: dict[str, Any]) -> Form:
    """Return the form as sent, made from what stands now, with what others wrote told at the fields."""
    again = type(form).rebased(request.POST, **options)
    again.add_error(None, stale)
    for name in stale.fields:
        again.add_error(name, _("It stands at: %(value)s") % {"value": again.shown(name)})
    return again


def _form(request: UserRequest, form: IndicatorForm, context: dict[str, Any]) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, "indicators/indicator_form.html", {"form": form, **context}, status=status)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
