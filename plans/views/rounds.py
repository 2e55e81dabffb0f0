"""The round in which the units write: the board of the secretariat, and what a unit owes.

Steps answer with a way back to the page; to htmx, which shows a unit's part beside the sheet, with that part.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from accounts.models import Unit
from plans.desk_forms import RemindForm, RoundForm, SendBackForm
from plans.enums import EDITABLE
from plans.models import Plan
from plans.permissions import (
    Membership,
    get_plan_inside,
    get_plan_to_arrange_round,
    get_unit_for_step,
    get_unit_inside,
    part_steps,
)
from plans.queries.rounds import board
from plans.services import rounds

GET_AND_POST = ["GET", "HEAD", "POST"]


@login_required
@require_safe
def round_board(request: UserRequest, pk: int) -> HttpResponse:
    """How far each unit is; the secretariat opens, changes, reminds and closes here."""
    today = timezone.localdate()
    plan, membership = get_plan_inside(request.user, pk, on=today)
    return _board_page(request, plan, membership, RoundForm(on=today), on=today)


@login_required
@require_POST
def round_open(request: UserRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    plan, membership = get_plan_to_arrange_round(request.user, pk, on=timezone.localdate(now))
    form = RoundForm(request.POST, on=timezone.localdate(now))
    if form.is_valid() and _is_done(
        form, lambda: rounds.open_round(plan.pk, actor=request.user, at=now, **form.cleaned_data)
    ):
        messages.success(request, _("The writing round is open, and the units have been told."))
        return redirect("plans:round-board", plan.pk)
    return _board_page(request, plan, membership, form, on=timezone.localdate(now), status=422)


@login_required
@require_http_methods(GET_AND_POST)
def round_change(request: UserRequest, pk: int) -> HttpResponse:
    """Another due date, another note."""
    now = timezone.now()
    today = timezone.localdate(now)
    plan, _membership = get_plan_to_arrange_round(request.user, pk, on=today)
    shown = board(plan, on=today)
    form = RoundForm(request.POST or None, on=today, current=shown.round)
    if form.is_valid() and _is_done(
        form, lambda: rounds.change_round(plan.pk, actor=request.user, at=now, **form.cleaned_data)
    ):
        messages.success(request, _("The writing round has been changed."))
        return redirect("plans:round-board", plan.pk)
    context = {"plan": plan, "board": shown, "form": form}
    return render(request, "plans/round_change.html", context, status=_status(request))


@login_required
@require_http_methods(GET_AND_POST)
def round_close(request: UserRequest, pk: int) -> HttpResponse:
    """Close the round, after a page that says what is not released yet."""
    now = timezone.now()
    plan, _membership = get_plan_to_arrange_round(request.user, pk, on=timezone.localdate(now))
    if request.method == "POST":
        _take(
            request,
            lambda: rounds.close_round(plan.pk, actor=request.user, at=now),
            _("The writing round is closed."),
        )
        return redirect("plans:round-board", plan.pk)
    context = {"plan": plan, "board": board(plan, on=timezone.localdate(now))}
    return render(request, "plans/round_close.html", context)


@login_required
@require_http_methods(GET_AND_POST)
def round_remind(request: UserRequest, pk: int) -> HttpResponse:
    """Remind units at one click. Those reminded today already are asked about on a page of its own."""
    now = timezone.now()
    plan, _membership = get_plan_to_arrange_round(request.user, pk, on=timezone.localdate(now))
    shown = board(plan, on=timezone.localdate(now))
    if request.method != "POST":
        chosen = request.GET.getlist("unit")
        form = RemindForm(rows=shown.unreleased, initial={"units": chosen, "again": True})
        context = {"plan": plan, "board": shown, "form": form}
        return render(request, "plans/round_remind.html", context)
    form = RemindForm(request.POST, rows=shown.unreleased)
    if form.is_valid():
        try:
            done = rounds.remind_units(
                plan.pk,
                form.cleaned_data["units"],
                actor=request.user,
                at=now,
                again=form.cleaned_data["again"],
            )
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            _say_who_was_reminded(request, done)
            if done.today_already:
                query = urlencode([("unit", unit.pk) for unit in done.today_already])
                return redirect(f"{reverse('plans:round-remind', args=[plan.pk])}?{query}")
    else:
        messages.error(request, _("These units have nothing left to be reminded of. Look again."))
    return redirect("plans:round-board", plan.pk)


@login_required
@require_safe
def round_part(request: UserRequest, pk: int, unit_pk: int) -> HttpResponse:
    """What one unit owes: its lines, with the way to each, and the steps of its part."""
    today = timezone.localdate()
    plan, unit, membership = get_unit_inside(request.user, pk, unit_pk, on=today)
    return _part_page(request, plan, unit, membership, on=today)


@login_required
@require_POST
def round_mark(request: UserRequest, pk: int, unit_pk: int) -> HttpResponse:
    """The unit's people mark their part as ready, or take it back to writing."""
    now = timezone.now()
    state = request.POST.get("state", "")
    plan, unit, membership = get_unit_for_step(request.user, pk, unit_pk, "ready", on=timezone.localdate(now))
    said = {
        "ready": _("The part is ready, and the chief has been told."),
        "writing": _("The part is back in writing."),
    }
    return _step(
        request,
        (plan, unit, membership),
        lambda: rounds.mark_part(plan.pk, unit.pk, state, actor=request.user, at=now),
        said.get(state, ""),
    )


@login_required
@require_POST
def round_release(request: UserRequest, pk: int, unit_pk: int) -> HttpResponse:
    now = timezone.now()
    plan, unit, membership = get_unit_for_step(
        request.user, pk, unit_pk, "release", on=timezone.localdate(now)
    )
    return _step(
        request,
        (plan, unit, membership),
        lambda: rounds.release_part(plan.pk, unit.pk, actor=request.user, at=now),
        _("The part is released, and the secretariat has been told."),
    )


@login_required
@require_POST
def round_take_back(request: UserRequest, pk: int, unit_pk: int) -> HttpResponse:
    """The chief takes the release back."""
    now = timezone.now()
    plan, unit, membership = get_unit_for_step(
        request.user, pk, unit_pk, "take_back", on=timezone.localdate(now)
    )
    return _step(
        request,
        (plan, unit, membership),
        lambda: rounds.take_back_part(plan.pk, unit.pk, actor=request.user, at=now),
        _("The release is taken back; the unit writes again."),
    )


@login_required
@require_http_methods(GET_AND_POST)
def round_send_back(request: UserRequest, pk: int, unit_pk: int) -> HttpResponse:
    """Send a part back with a reason: the secretariat to the unit, or the chief to the unit's people."""
    now = timezone.now()
    plan, unit, _membership = get_unit_for_step(
        request.user, pk, unit_pk, "send_back", on=timezone.localdate(now)
    )
    form = SendBackForm(request.POST or None)
    if form.is_valid() and _is_done(
        form,
        lambda: rounds.send_back_part(plan.pk, unit.pk, actor=request.user, at=now, **form.cleaned_data),
    ):
        messages.success(request, _("The part of %(unit)s is sent back.") % {"unit": unit})
        return redirect("plans:round-part", plan.pk, unit.pk)
    context = {"plan": plan, "unit": unit, "form": form}
    return render(request, "plans/round_send_back.html", context, status=_status(request))


def _board_page(
    request: UserRequest,
    plan: Plan,
    membership: Membership,
    form: RoundForm,
    *,
    on: dt.date,
    status: int = 200,
) -> HttpResponse:
    shown = board(plan, on=on)
    form.helper.form_action = reverse("plans:round-open", args=[plan.pk])
    rows = [(row, part_steps(membership, row.unit, row.state)) for row in shown.rows]
    context = {
        "plan": plan,
        "board": shown,
        "rows": rows,
        "own": [row for row in shown.owing if membership.works_in(row.unit)],
        "is_secretariat": membership.is_secretariat,
        "may_open": membership.is_secretariat and plan.status in EDITABLE and not shown.is_open,
        "form": form,
    }
    return render(request, "plans/round_board.html", context, status=status)


def _part_page(
    request: UserRequest,
    plan: Plan,
    unit: Unit,
    membership: Membership,
    *,
    on: dt.date,
    said: str = "",
    wrong: str = "",
) -> HttpResponse:
    shown = board(plan, on=on)
    row = shown.row_of(unit)
    context = {
        "plan": plan,
        "board": shown,
        "row": row,
        "steps": part_steps(membership, unit, row.state) if shown.is_open and row.lines else frozenset(),
        "works_here": membership.works_in(unit),
        "may_write": plan.status in EDITABLE
        and (membership.is_secretariat or (membership.works_in(unit) and not row.is_released)),
        "said": said,
        "wrong": wrong,
    }
    return render(request, "plans/_round_part.html" if request.htmx else "plans/round_part.html", context)


def _step(
    request: UserRequest, place: tuple[Plan, Unit, Membership], step: Callable[[], object], said: str
) -> HttpResponse:
    """Take a step of a unit's part and answer with the part as it stands then."""
    plan, unit, membership = place
    if not request.htmx:
        _take(request, step, said)
        return redirect("plans:round-part", plan.pk, unit.pk)
    wrong = ""
    try:
        step()
    except ValidationError as error:
        wrong = " ".join(error.messages)
    today = timezone.localdate()
    return _part_page(request, plan, unit, membership, on=today, said="" if wrong else said, wrong=wrong)


def _take(request: UserRequest, step: Callable[[], object], said: str) -> None:
    try:
        step()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, said)


def _is_done(form: RoundForm | SendBackForm, step: Callable[[], object]) -> bool:
    """Take a form's step; what is wrong with it is said beside the form."""
    try:
        step()
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def _status(request: UserRequest) -> int:
    return 422 if request.method == "POST" else 200


def _say_who_was_reminded(request: UserRequest, done: rounds.Reminded) -> None:
    names = "、".join
    if done.sent:
        units = names(unit.name for unit in done.sent)
        messages.success(request, _("Reminded: %(units)s.") % {"units": units})
    if done.nobody:
        units = names(unit.name for unit in done.nobody)
        words = _("Nobody is appointed today at %(units)s, so nobody there could be told.")
        messages.warning(request, words % {"units": units})
    if not (done.sent or done.nobody or done.today_already):
        messages.info(request, _("Every unit has released its part; nobody had to be reminded."))
