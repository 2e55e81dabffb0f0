"""Targets beside the sentences they are read from: the panel of a line, its forms, the plan's table."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts.http import UserRequest
from accounts.models import Unit, UnitQuerySet
from indicators.enums import Aggregation, Comparator, Direction
from plans.models import Item
from plans.permissions import (
    answering_units,
    can_edit_item,
    get_indicator_to_edit,
    get_item_inside,
    get_item_to_edit,
    get_plan_inside,
    get_rights,
    indicators_of_others,
)
from plans.queries.documents import plan_document
from plans.queries.targets import find_indicators, item_board, keep_rows, plan_rows, targets_of, years_of
from plans.readings import Found
from plans.services import readings
from plans.target_forms import IndicatorSearch, TargetFilter, TargetForm

OFFERS_SHOWN = 2  # below a line's form, where there is room for three lines with the way to the others


@login_required
@never_cache
@require_safe
def item_targets(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """What the line's words promise, beside its targets: a page, or to htmx the panel beside the sheet."""
    item, _standing = get_item_inside(request.user, pk, uid, on=timezone.localdate())
    return _panel(request, item)


@login_required
@never_cache
@require_safe
def item_offers(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """The few words about open numbers below a line's form; without htmx, the whole panel as a page."""
    item, _standing = get_item_inside(request.user, pk, uid, on=timezone.localdate())
    return _offers(request, item) if request.htmx else redirect("plans:item-targets", pk, uid)


@login_required
@require_POST
def target_change(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """One step with a reading or a target; answered where it was taken: panel, offers or table."""
    item = get_item_to_edit(request.user, pk, uid, on=timezone.localdate())
    step = STEPS.get(request.POST.get("step", ""))
    if step is None:
        raise Http404
    notice = problem = ""
    try:
        notice = step(request, item)
    except ValidationError as error:
        problem = " ".join(error.messages)
    return _answer(request, item, notice=notice, problem=problem)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def target_add(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """A new target: from the reading of the address, edited first, or written by hand."""
    item = get_item_to_edit(request.user, pk, uid, on=timezone.localdate())
    found = _reading(item, request.GET.get("reading", ""))
    values = _first_values(item, found)
    form = TargetForm(
        request.POST or None,
        values=values,
        units=_units(item),
        hidden={"digest": found.digest if found else "", "token": uuid.uuid4()},
    )
    if form.is_valid():
        digest = form.cleaned_data["digest"]
        try:
            if digest:
                readings.accept_reading(pk, uid, digest, actor=request.user, values=form.values)
            else:
                token = form.cleaned_data["token"]
                readings.add_target(pk, uid, actor=request.user, values=form.values, token=token)
        except ValidationError as error:
            _add_errors(form, error)
        else:
            return _answer(request, item, notice=_("The target is on the line."))
    return _form(request, item, form, {"title": _("New target"), "found": found})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def target_edit(request: UserRequest, pk: int, uid: uuid.UUID, indicator_pk: int) -> HttpResponse:
    """An indicator and its target of the plan's year. What others changed meanwhile is not written over."""
    today = timezone.localdate()
    item, indicator = get_indicator_to_edit(request.user, pk, uid, indicator_pk, on=today)
    target = indicator.targets.filter(year=item.plan.year).first()
    values = readings.values_of(indicator, target)
    options: dict[str, Any] = {"values": values, "units": _units(item), "hidden": {}}
    form = TargetForm(request.POST or None, **options)
    if form.is_valid():
        try:
            readings.edit_target(
                pk, uid, indicator_pk, actor=request.user, base=form.base_values, values=form.values
            )
        except readings.StaleTarget as stale:
            form = form.rebased(request.POST, **options)
            form.add_error(None, stale)
            for name in stale.fields:
                form.add_error(name, _("It stands at: %(value)s") % {"value": form.shown(name)})
        except ValidationError as error:
            _add_errors(form, error)
        else:
            return _answer(request, item, notice=_("The target is changed."))
    others = indicator.targets.exclude(year=item.plan.year).order_by("-year")
    context = {"title": _("Change the target"), "indicator": indicator, "other_years": list(others)}
    return _form(request, item, form, context)


@login_required
@never_cache
@require_safe
def target_link(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """Look among the district's indicators for one that this line shall have a target of."""
    item = get_item_to_edit(request.user, pk, uid, on=timezone.localdate())
    form = IndicatorSearch(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    context = {
        "plan": item.plan,
        "item": item,
        "form": form,
        "words": words,
        "found": find_indicators(item, words),
    }
    template = "plans/_target_link.html" if request.htmx else "plans/target_link.html"
    return render(request, template, context)


@login_required
@never_cache
@require_safe
def plan_targets(request: UserRequest, pk: int) -> HttpResponse:
    """All targets of the plan, three years side by side."""
    today = timezone.localdate()
    plan, _standing = get_plan_inside(request.user, pk, on=today)
    document = plan_document(plan)
    rights = get_rights(request.user, plan, document, on=today)
    form = TargetFilter(request.GET, is_whole=rights.is_whole or not rights.any)
    rows = plan_rows(plan, document, rights)
    wanted = form.cleaned_data if form.is_valid() else {}
    context = {
        "plan": plan,
        "form": form,
        "rows": keep_rows(
            rows,
            words=wanted.get("q", ""),
            state=wanted.get("state", ""),
            own=wanted.get("own", False),
        ),
        "total": sum(row.pairing is not None for row in rows),
        "open": sum(row.is_open for row in rows),
        "proposals": sum(row.is_proposal and row.may_change for row in rows),
        "years": years_of(plan),
        "query": request.GET.urlencode(),
        "may_edit": rights.any,
    }
    template = "plans/_plan_targets.html" if request.htmx else "plans/plan_targets.html"
    return render(request, template, context)


@login_required
@require_POST
def target_confirm(request: UserRequest, pk: int) -> HttpResponse:
    """Confirm all proposals the person may change and no sentence contradicts."""
    today = timezone.localdate()
    plan, _standing = get_plan_inside(request.user, pk, on=today)
    rights = get_rights(request.user, plan, plan_document(plan), on=today)
    if not rights.any:
        raise PermissionDenied
    lines = None if rights.is_whole else rights.writes
    try:
        done = readings.confirm_proposals(plan.pk, actor=request.user, lines=lines)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        _tell(request, done)
    return _to_table(request, pk)


def _accept(request: UserRequest, item: Item) -> str:
    digest, known = request.POST.get("reading", ""), _number(request.POST.get("indicator"))
    # An indicator that serves lines of others is linked as it stands: its value is theirs too.
    if known and indicators_of_others(request.user, item, on=timezone.localdate(), indicators=[known]):
        readings.link_indicator(item.plan_id, item.uid, known, actor=request.user)
        return _("The indicator serves this line too.")
    unit = None if known else _answering(item)
    readings.accept_reading(
        item.plan_id,
        item.uid,
        digest,
        actor=request.user,
        values={"unit": unit},
        indicator=known,
    )
    return _("The target is on the line.")


def _refuse(request: UserRequest, item: Item) -> str:
    readings.refuse_reading(item.plan_id, item.uid, request.POST.get("reading", ""), actor=request.user)
    return _("It is remembered that this number is no target.")


def _take_back(request: UserRequest, item: Item) -> str:
    readings.take_back_refusal(item.plan_id, item.uid, request.POST.get("reading", ""), actor=request.user)
    return _("The number is offered again.")


def _follow(request: UserRequest, item: Item) -> str:
    readings.update_target_from_text(
        item.plan_id, item.uid, _own(request, item), request.POST.get("reading", ""), actor=request.user
    )
    return _("The target has the number of the sentence.")


def _confirm(request: UserRequest, item: Item) -> str:
    readings.confirm_proposal(item.plan_id, item.uid, _own(request, item), actor=request.user)
    return _("The target is confirmed for this year.")


def _link(request: UserRequest, item: Item) -> str:
    indicator = _number(request.POST.get("indicator")) or 0
    readings.link_indicator(item.plan_id, item.uid, indicator, actor=request.user)
    return _("The indicator serves this line too.")


def _unlink(request: UserRequest, item: Item) -> str:
    indicator = _number(request.POST.get("indicator")) or 0
    readings.unlink_target(item.plan_id, item.uid, indicator, actor=request.user)
    return _("The target is off the line.")


STEPS: Mapping[str, Callable[[UserRequest, Item], str]] = {
    "accept": _accept,
    "refuse": _refuse,
    "take-back": _take_back,
    "follow": _follow,
    "confirm": _confirm,
    "link": _link,
    "unlink": _unlink,
}


def _own(request: UserRequest, item: Item) -> int:
    """Return the key of the indicator the request names, which the person may change."""
    key = _number(request.POST.get("indicator")) or 0
    get_indicator_to_edit(request.user, item.plan_id, item.uid, key, on=timezone.localdate())
    return key


def _answer(request: UserRequest, item: Item, *, notice: str = "", problem: str = "") -> HttpResponse:
    """Show the outcome where the step was taken; the other place, and scripts, are told of it by events."""
    place = request.POST.get("from", "")
    if request.htmx and place != "table":
        show, event = (_offers, "decided-below") if place == "offers" else (_panel, "decided-beside")
        response = show(request, item, notice=notice, problem=problem)
        trigger_client_event(response, event)
        return trigger_client_event(response, "targets-changed", {"uid": str(item.uid)})
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, notice)
    return (
        _to_table(request, item.plan_id)
        if place == "table"
        else redirect("plans:item-targets", item.plan_id, item.uid)
    )


def _panel(request: UserRequest, item: Item, *, notice: str = "", problem: str = "") -> HttpResponse:
    context = _context(request, item) | {"notice": notice, "problem": problem}
    template = "plans/_item_targets.html" if request.htmx else "plans/item_targets.html"
    return render(request, template, context)


def _offers(request: UserRequest, item: Item, *, notice: str = "", problem: str = "") -> HttpResponse:
    context = _context(request, item) | {"notice": notice, "problem": problem}
    waiting = context["targets"].waiting
    shown = OFFERS_SHOWN - bool(notice or problem)
    context |= {"shown": waiting[:shown], "more": len(waiting[shown:])}
    return render(request, "plans/_item_offers.html", context)


def _context(request: UserRequest, item: Item) -> dict[str, Any]:
    today = timezone.localdate()
    may_edit = item.removed_at is None and can_edit_item(request.user, item, on=today)
    locked = indicators_of_others(request.user, item, on=today) if may_edit else set()
    return {
        "plan": item.plan,
        "item": item,
        "may_edit": may_edit,
        "targets": targets_of(item, may_edit=may_edit, locked=locked),
    }


def _form(request: UserRequest, item: Item, form: TargetForm, context: Mapping[str, Any]) -> HttpResponse:
    template = "plans/_target_form.html" if request.htmx else "plans/target_form.html"
    # htmx swaps no 422; a form that is shown again in a panel is an answer like any other.
    status = 422 if request.method == "POST" and not request.htmx else 200
    return render(
        request, template, {"plan": item.plan, "item": item, "form": form, **context}, status=status
    )


def _to_table(request: UserRequest, pk: int) -> HttpResponse:
    query = QueryDict(request.POST.get("query", "")).urlencode()
    address = reverse("plans:plan-targets", args=[pk])
    return redirect(f"{address}?{query}" if query else address)


def _reading(item: Item, digest: str) -> Found | None:
    own = item_board(item).of(item.uid)
    return next((found for found in own.found if found.digest == digest), None)


def _first_values(item: Item, found: Found | None) -> dict[str, Any]:
    values = {
        **dict.fromkeys(readings.TARGET_FIELDS, ""),
        "value": None,
        "value_max": None,
        "comparator": Comparator.AT_LEAST,
        "aggregation": Aggregation.SUM,
        "direction": Direction.NONE,
    }
    if found:
        values = readings.values_of_reading(found)
    return values | {"unit": _answering(item)}


def _answering(item: Item) -> Unit | None:
    """Return the unit that answers for the line, None where there is none or more than one."""
    units = answering_units(item)
    return Unit.objects.filter(pk__in=units).first() if len(units) == 1 else None


def _units(item: Item) -> UnitQuerySet:
    units: UnitQuerySet = Unit.objects.filter(district=item.plan.district_id)
    return units.active(timezone.localdate()) | units.filter(pk__in=item.indicators.values("unit"))


def _add_errors(form: TargetForm, error: ValidationError) -> None:
    if hasattr(error, "error_dict"):
        for name, errors in error.error_dict.items():
            form.add_error(name if name in form.fields else None, errors)
    else:
        form.add_error(None, error)


def _tell(request: UserRequest, done: readings.Confirmed) -> None:
    told = ngettext("%(count)d target confirmed.", "%(count)d targets confirmed.", done.count)
    messages.success(request, told % {"count": done.count})
    if done.left:
        left = ngettext(
            "%(count)d differs from its sentence and was left for you to look at.",
            "%(count)d differ from their sentences and were left for you to look at.",
            done.left,
        )
        messages.warning(request, left % {"count": done.left})


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
