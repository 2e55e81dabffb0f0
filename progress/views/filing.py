"""What a unit files: its form, the saving of one report, handing in, checking by the chief."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from core.uploads import ACCEPT
from plans.queries.people import units_without_chief
from plans.recording import record_refused
from plans.services.items import StaleSave, Values
from plans.views.answers import add_errors, refuse_other_person, wants_json
from progress.enums import NEEDS_REASON, ReportStep
from progress.forms import CommentForm, ReportForm, initial_of, is_day, short_day
from progress.models import ProgressReport
from progress.permissions import (
    get_filing,
    get_filing_to_write,
    get_report_for_step,
    get_report_to_view,
    get_report_to_write,
    report_steps,
)
from progress.queries.filing import Card, card_of, events_of, filing
from progress.queries.reports import told_of, values_of
from progress.services import reports, steps

GET_AND_POST = ["GET", "HEAD", "POST"]


@login_required
@never_cache
@require_safe
def filing_form(request: UserRequest, pk: int, unit_pk: int) -> HttpResponse:
    """All that a unit owes in a period, on one page."""
    today = timezone.localdate()
    period, unit, membership = get_filing(request.user, pk, unit_pk, on=today)
    shown = filing(period, unit, on=today)
    works_here = membership.works_in(unit)
    context = {
        "plan": period.plan,
        "period": period,
        "unit": unit,
        "filing": shown,
        "works_here": works_here,
        "is_chief": membership.leads(unit),
        "accept": ACCEPT,
        "upload_limit": settings.UPLOAD_MAX_BYTES // 1024**2,
        "cards": [
            (
                card,
                _form(request, card) if works_here and card.may_write else None,
                report_steps(membership, unit, card.report.status),
            )
            for card in shown.cards
        ],
    }
    response = render(request, "progress/filing_form.html", context)
    response["X-Person"] = str(request.user.pk)  # an open page asks whether it is still its own
    return response


@login_required
@never_cache
@require_http_methods(GET_AND_POST)
def report_edit(request: UserRequest, pk: int) -> HttpResponse:
    """The form of one report. A save merges with what others did; the same field gives both texts."""
    now = timezone.now()
    report, _membership = get_report_to_write(request.user, pk, on=timezone.localdate(now))
    refuse_other_person(request)
    card = card_of(report, on=timezone.localdate(now))
    form = _form(request, card)
    if request.method == "POST" and form.is_valid():
        values, base = form.values, form.cleaned_data["base"]
        for name in values:
            if request.POST.get(f"keep-{name}") == "theirs":
                values[name] = base.get(name)
        try:
            saved = reports.save_report(
                pk,
                actor=request.user,
                base=base,
                values=values,
                at=now,
                token=form.cleaned_data["token"],
            )
        except StaleSave as conflict:
            return _conflict(request, report, form, conflict)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return _saved(request, saved, values, base, left=_left(form))
    status = 422 if request.method == "POST" else 200
    if wants_json(request):
        return JsonResponse({"errors": form.errors.get_json_data()}, status=status)
    context = {"plan": report.period.plan, "period": report.period, "card": card, "form": form}
    return render(request, "progress/report_edit.html", context, status=status)


@login_required
@never_cache
@require_safe
def report_detail(request: UserRequest, pk: int) -> HttpResponse:
    """One report with all that was done with it."""
    today = timezone.localdate()
    report, membership = get_report_to_view(request.user, pk, on=today)
    context = {
        "plan": report.period.plan,
        "period": report.period,
        "card": card_of(report, on=today, is_inside=membership is not None),
        "events": events_of(report) if membership else [],
        "steps": report_steps(membership, report.unit, report.status) if membership else frozenset(),
        "is_inside": membership is not None,
        "works_here": membership is not None and membership.works_in(report.unit),
    }
    return render(request, "progress/report_detail.html", context)


@login_required
@require_http_methods(GET_AND_POST)
def report_step(request: UserRequest, pk: int, step: str) -> HttpResponse:
    """Take a step with one report: accept, return with a reason, take back, open again."""
    now = timezone.now()
    report, among = get_report_for_step(request.user, pk, step, on=timezone.localdate(now))
    label = ReportStep(step).label
    form = CommentForm(request.POST or None, submit=str(label))
    if form.is_valid():
        try:
            comment = form.cleaned_data["comment"]
            steps.take_step(pk, step, actor=request.user, at=now, comment=comment, among=among)
        except ValidationError as error:
            record_refused(report.period.plan, f"report_{step}", actor=request.user, error=error)
            add_errors(form, error)
        else:
            messages.success(request, _done_words(step))
            return redirect(_way_back(request, report))
    context = {
        "plan": report.period.plan,
        "period": report.period,
        "card": card_of(report, on=timezone.localdate(now)),
        "form": form,
        "step": step,
        "label": label,
        "needs_reason": step in NEEDS_REASON,
    }
    return render(
        request, "progress/report_step.html", context, status=422 if request.method == "POST" else 200
    )


@login_required
@never_cache
@require_http_methods(GET_AND_POST)
def filing_hand_in(request: UserRequest, pk: int, unit_pk: int) -> HttpResponse:
    """Hand in all that is ready; before that, a page that says what still lacks something."""
    now = timezone.now()
    today = timezone.localdate(now)
    period, unit, membership = get_filing_to_write(request.user, pk, unit_pk, on=today)
    shown = filing(period, unit, on=today)
    is_chief = membership.leads(unit)
    if request.method == "POST":
        chosen = {card.report.pk for card in shown.ready}
        if wanted := request.POST.getlist("reports"):
            chosen &= {int(key) for key in wanted if key.isdecimal()}
        outcome = steps.hand_in(period, unit, sorted(chosen), actor=request.user, is_chief=is_chief, at=now)
        _say_outcome(request, outcome, is_chief=is_chief)
        return redirect("progress:filing", period.pk, unit.pk)
    context = {
        "plan": period.plan,
        "period": period,
        "unit": unit,
        "filing": shown,
        "is_chief": is_chief,
        "lacks_chief": not is_chief and bool(units_without_chief([unit], on=today)),
    }
    return render(request, "progress/filing_hand_in.html", context)


@login_required
@require_POST
def filing_release(request: UserRequest, pk: int, unit_pk: int) -> HttpResponse:
    """The chief releases all that the unit's people submitted."""
    now = timezone.now()
    period, unit, membership = get_filing_to_write(request.user, pk, unit_pk, on=timezone.localdate(now))
    if not membership.leads(unit):
        raise PermissionDenied
    submitted = [card.report.pk for card in filing(period, unit, on=timezone.localdate(now)).submitted]
    outcome = steps.hand_in(period, unit, submitted, actor=request.user, is_chief=True, at=now)
    _say_outcome(request, outcome, is_chief=True)
    return redirect("progress:filing", period.pk, unit.pk)


def _form(request: UserRequest, card: Card, data: QueryDict | None = None) -> ReportForm:
    return ReportForm(
        data or request.POST or None,
        card=card,
        current=values_of(card.report),
        person=request.user.pk,
        token=str(uuid.uuid4()),
    )


def _left(form: ReportForm) -> str:
    """Say what could not be saved because a revision does not ask for it any more."""
    if not form.left_out:
        return ""
    return _(
        "The plan was revised while you were writing. This is not asked for any more and was not saved: "
        "%(what)s"
    ) % {"what": told_of(form.left_out)}


def _saved(
    request: UserRequest, saved: reports.Saved, values: Values, base: Values, *, left: str
) -> HttpResponse:
    report = saved.report
    if not wants_json(request):
        if left:
            messages.warning(request, left)
        if request.POST.get("then") == "evidence":
            return redirect("progress:evidence-list", report.pk)
        return redirect(f"{_filing_address(report)}#r-{report.pk}")
    card = card_of(report, on=timezone.localdate())
    sent = {name: saved.values[name] for name in values if name in saved.values}
    return JsonResponse(
        {
            "stored": saved.values,
            "fields": initial_of(saved.values),
            "mine": {name: value for name, value in sent.items() if value != base.get(name)},
            "revision": report.version,
            "state": card.report.state,
            "status": card.report.status_words,
            "left": left,
            "confirm": [name for name in card.lacks if name.startswith("value-")],
            "html": render_to_string("progress/_report_standing.html", {"card": card}, request),
        }
    )


def _conflict(
    request: UserRequest, report: ProgressReport, form: ReportForm, conflict: StaleSave
) -> HttpResponse:
    """Show both texts of each field two people changed."""
    fields = [
        {
            "name": name,
            "label": form.label_of(name),
            "mine": _shown(name, conflict.mine[name]),
            "theirs": _shown(name, conflict.theirs[name]),
        }
        for name in conflict.fields
    ]
    data = request.POST.copy()
    data["base"] = json.dumps(form.cleaned_data["base"] | conflict.theirs)
    data["token"] = str(uuid.uuid4())
    card = card_of(report, on=timezone.localdate())
    context = {
        "plan": report.period.plan,
        "period": report.period,
        "card": card,
        "form": _form(request, card, data),
        "fields": fields,
        "other": report.history.select_related("history_user").first(),
    }
    if wants_json(request):
        html = render_to_string("progress/_report_conflict.html", context, request)
        return JsonResponse({"html": html, "theirs": conflict.theirs}, status=409)
    return render(request, "progress/report_conflict.html", context, status=409)


def _shown(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return short_day(value) if is_day(name) else str(value or "")


def _filing_address(report: ProgressReport) -> str:
    return reverse("progress:filing", args=[report.period_id, report.unit_id])


def _way_back(request: UserRequest, report: ProgressReport) -> str:
    if request.POST.get("then") == "check":
        return reverse("progress:period-check", args=[report.period_id]) + f"#r-{report.pk}"
    return f"{_filing_address(report)}#r-{report.pk}"


def _done_words(step: str) -> str:
    return {
        ReportStep.SUBMIT: _("The report is with the chief now."),
        ReportStep.RELEASE: _("The report is with the secretariat now."),
        ReportStep.TAKE_BACK: _("The report is taken back; it can be changed again."),
        ReportStep.RETURN: _("The report is returned, and the unit has been told."),
        ReportStep.ACCEPT: _("The report is accepted."),
        ReportStep.REOPEN: _("The report is open again, and the unit has been told."),
    }[ReportStep(step)]


def _say_outcome(request: UserRequest, outcome: steps.Outcome, *, is_chief: bool) -> None:
    count = len(outcome.done)
    if count and is_chief:
        words = ngettext(
            "%(count)d report is with the secretariat now.",
            "%(count)d reports are with the secretariat now.",
            count,
        )
        messages.success(request, words % {"count": count})
    elif count:
        words = ngettext(
            "%(count)d report is with the chief now.", "%(count)d reports are with the chief now.", count
        )
        messages.success(request, words % {"count": count})
    else:
        messages.warning(request, _("No report was ready to be handed in."))
    for complaints in outcome.kept.values():
        messages.error(request, " ".join(complaints))
