"""The sign-off strip: one page to read and decide, and what is signed outside."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from plans import layout
from plans.queries.documents import plan_document
from plans.recording import record_download, record_refused
from plans.step_permissions import Standing
from plans.views.answers import add_errors, token_of
from review.models import Signature
from review.permissions import (
    get_place_to_decide,
    get_place_to_record,
    get_scan,
    get_secretariat_standing,
    get_strip_to_view,
    has_taken,
    places_held,
)
from review.queries.signing import Strip, version_before
from review.queries.standing import standing_of
from review.services import signing as services
from review.step_forms import OutsideForm, PlaceSendBackForm, SignForm
from review.views.steps import last_event
from review.words import ANOTHER_TEXT

GET_AND_POST = ["GET", "HEAD", "POST"]


@login_required
@require_safe
def signing(request: UserRequest, pk: int) -> HttpResponse:
    """The strip as it stands, the plan, and the button of whoever's turn it is."""
    today = timezone.localdate()
    strip, membership = get_strip_to_view(request.user, pk, on=today)
    mine = _my_place(request, strip, on=today)
    form = SignForm(seen=last_event(strip.plan)) if mine else None
    return _signing_page(
        request, strip, form, mine, is_secretariat=membership.is_secretariat, on=today, status=200
    )


@login_required
@require_POST
def place_sign(request: UserRequest, pk: int, position: int) -> HttpResponse:
    """Sign at a place."""
    now = timezone.now()
    today = timezone.localdate(now)
    strip, place, standing = get_place_to_decide(request.user, pk, position, on=today)
    if has_taken(request.user, pk, token_of(request)):
        return _twice(request, pk)
    form = SignForm(request.POST, seen=last_event(strip.plan))
    status = 422
    if form.is_valid():
        try:
            services.sign_place(
                pk, position, actor=request.user, standing=standing, at=now, **form.cleaned_data
            )
        except ValidationError as error:
            record_refused(strip.plan, "sign", actor=request.user, error=error)
            add_errors(form, error)
            status = _status_of(error)
        else:
            messages.success(request, _("You have signed as %(place)s.") % {"place": place.label})
            return redirect("review:signing", pk)
    strip, membership = get_strip_to_view(request.user, pk, on=today)
    return _signing_page(
        request, strip, form, place, is_secretariat=membership.is_secretariat, on=today, status=status
    )


@login_required
@require_http_methods(GET_AND_POST)
def place_send_back(request: UserRequest, pk: int, position: int) -> HttpResponse:
    """Send the plan back from a place, with the reason."""
    now = timezone.now()
    strip, place, standing = get_place_to_decide(request.user, pk, position, on=timezone.localdate(now))
    if has_taken(request.user, pk, token_of(request)):
        return _twice(request, pk)
    form = PlaceSendBackForm(request.POST or None, seen=last_event(strip.plan))
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            services.send_back_place(
                pk, position, actor=request.user, standing=standing, at=now, **form.cleaned_data
            )
        except ValidationError as error:
            record_refused(strip.plan, "send_back", actor=request.user, error=error)
            add_errors(form, error)
            status = _status_of(error)
        else:
            messages.success(request, _("The plan is back with the secretariat, with your reason."))
            return redirect("plans:plan-detail", pk)
    context = {"plan": strip.plan, "place": place, "form": form, "strip": strip}
    return render(request, "review/signing_send_back.html", context, status=status)


@login_required
@require_http_methods(GET_AND_POST)
def place_record(request: UserRequest, pk: int, position: int) -> HttpResponse:
    """The secretariat records that a place has signed on paper or in another system."""
    now = timezone.now()
    today = timezone.localdate(now)
    strip, place = get_place_to_record(request.user, pk, position, on=today)
    if has_taken(request.user, pk, token_of(request)):
        return _twice(request, pk)
    holder = next(iter(strip.holders(today)[position]), None)
    initial = {
        "name": str(holder.user) if holder else "",
        "title": holder.user.job_title if holder else "",
        "acting_for": str(holder.acting_for) if holder and holder.acting_for else "",
    }
    form = OutsideForm(
        request.POST or None, request.FILES or None, seen=last_event(strip.plan), initial=initial
    )
    status = 422 if form.is_bound else 200
    if form.is_valid():
        standing = get_secretariat_standing(request.user, strip.plan, on=today)
        try:
            services.record_outside(
                pk,
                position,
                form.outside,
                actor=request.user,
                standing=standing,
                at=now,
                note=form.cleaned_data["note"],
                seen=form.cleaned_data["seen"],
                token=form.cleaned_data["token"],
            )
        except ValidationError as error:
            record_refused(strip.plan, "record_signature", actor=request.user, error=error)
            add_errors(form, error)
            status = _status_of(error)
        else:
            messages.success(request, _("The signature of %(place)s is recorded.") % {"place": place.label})
            return redirect("review:signing", pk)
    context = {"plan": strip.plan, "place": place, "form": form, "strip": strip}
    return render(request, "review/signing_record.html", context, status=status)


@login_required
@require_safe
def scan_download(request: UserRequest, pk: int, sent: int, position: int) -> FileResponse:
    signature = get_scan(request.user, pk, position, sent, on=timezone.localdate())
    try:
        content = signature.scan.open()
    except FileNotFoundError as error:
        raise Http404 from error
    if request.method == "GET":
        record_download(signature.round.plan, "scan", actor=request.user, file=signature.scan_name)
    # Never shown inside the site: it is a file somebody brought.
    return FileResponse(content, as_attachment=True, filename=signature.scan_name)


def _signing_page(
    request: UserRequest,
    strip: Strip,
    form: SignForm | None,
    mine: Signature | None,
    *,
    is_secretariat: bool,
    on: dt.date,
    status: int,
) -> HttpResponse:
    document = plan_document(strip.plan)
    turn = {one.position for one in strip.turn}
    held = strip.holders(on)
    if mine is not None and form is not None:
        form.helper.form_action = reverse("review:place-sign", args=[strip.plan.pk, mine.position])
    context = {
        "plan": strip.plan,
        "strip": strip,
        "is_other_text": strip.is_open and not strip.is_of(document.digest()),
        "other_text": ANOTHER_TEXT,
        "boxes": [(one, held[one.position], one.position in turn) for one in strip.signatures],
        "mine": mine if mine is not None and mine.position in turn else None,
        "form": form,
        "may_record": is_secretariat,
        "standing": standing_of(strip.plan, request.user, on=on, strip=strip),
        "before": version_before(strip),
        "document": document,
        "chapters": layout.lay_out(document),
    }
    return render(request, "review/signing.html", context, status=status)


def _my_place(request: UserRequest, strip: Strip, *, on: dt.date) -> Signature | None:
    held: dict[int, Standing] = places_held(request.user, strip, on=on) if strip.turn else {}
    return next((one for one in strip.turn if one.position in held), None)


def _twice(request: UserRequest, pk: int) -> HttpResponse:
    messages.info(request, _("This step was taken already; it was not taken twice."))
    return redirect("review:signing", pk)


def _status_of(error: ValidationError) -> int:
    return 409 if getattr(error, "code", "") == "moved_on" else 422
