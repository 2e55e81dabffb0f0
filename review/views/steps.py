"""The steps of a plan's life: where it stands, the page of each step, the record of all."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import UserRequest
from core.roc import to_roc
from plans.enums import Condition, state_label
from plans.models import Plan
from plans.permissions import get_plan_to_view, is_of_district
from plans.queries.steps import failing_conditions
from plans.recording import record_refused
from plans.step_permissions import get_step_to_take
from plans.successors import with_revision
from plans.views.answers import add_errors, token_of
from plans.workflow import Step, after_step
from review.permissions import has_taken, may_still_see
from review.queries.signing import strip_of
from review.queries.standing import LooseEnds, event_rows, loose_ends, remarks_of, remarks_with, standing_of
from review.services import signing
from review.services.steps import take
from review.step_forms import StepForm
from review.words import EXPLAINED, label_of


@login_required
@require_safe
def plan_standing(request: UserRequest, pk: int) -> HttpResponse:
    """Whose turn it is and since when, and what the reader may do now."""
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    context = {"plan": plan, "standing": standing_of(plan, request.user, on=today)}
    template = "review/_plan_standing.html" if request.htmx else "review/plan_standing.html"
    return render(request, template, context)


@login_required
@require_safe
def plan_events(request: UserRequest, pk: int) -> HttpResponse:
    """The record of the plan: every step, who took it and in whose place, with what words and letter."""
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    is_inside = is_of_district(request.user, plan.district, on=today)
    rows = event_rows(plan, is_inside=is_inside)
    return render(request, "review/plan_events.html", {"plan": plan, "rows": rows, "is_inside": is_inside})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step_take(request: UserRequest, pk: int, name: str) -> HttpResponse:
    """Say what a step does and what hinders it, and take it."""
    now = timezone.now()
    today = timezone.localdate(now)
    if has_taken(request.user, pk, token_of(request)):
        # Pressed twice. The first press may have moved the plan out of this person's sight.
        messages.info(request, _("This step was taken already; it was not taken twice."))
        return _way_on(request, pk)
    plan, step, standing = get_step_to_take(request.user, pk, name, on=today)
    decision = plan.district.city.decision
    subtitle = revision_line(plan, on=today) if step.name == "revise" else None
    form = StepForm(
        request.POST or None, step=step, decision=decision, seen=last_event(plan), subtitle=subtitle
    )
    status = 200
    if form.is_valid():
        try:
            take(
                plan.pk,
                step,
                actor=request.user,
                standing=standing,
                at=now,
                comment=form.cleaned_data["comment"],
                letter=form.letter,
                subtitle=form.cleaned_data.get("subtitle"),
                seen=form.cleaned_data["seen"],
                token=form.cleaned_data["token"],
            )
        except ValidationError as error:
            record_refused(plan, step.name, actor=request.user, error=error)
            add_errors(form, error)
            status = 409 if getattr(error, "code", "") == "moved_on" else 422
        else:
            messages.success(request, _("Done: %(step)s.") % {"step": label_of(step, decision)})
            return _way_on(request, plan.pk, step)
    elif form.is_bound:
        status = 422
    plan.refresh_from_db()
    return _step_page(request, plan, step, form, status=status)


def _way_on(request: UserRequest, pk: int, step: Step | None = None) -> HttpResponse:
    """Lead to the plan, or home where the step took it out of this person's sight; the city to its desk."""
    is_seen = may_still_see(request.user, pk, on=timezone.localdate())
    if step is not None and step.is_of_city:
        return redirect("review:desk-plan", pk) if is_seen else redirect("review:desk")
    return redirect("plans:plan-detail", pk) if is_seen else redirect("home")


def revision_line(plan: Plan, *, on: dt.date) -> str:
    """Return what is proposed to stand below the title of a plan that is revised from that day on."""
    return with_revision(plan.subtitle, year=to_roc(on.year), month=on.month)


def last_event(plan: Plan) -> int:
    return plan.events.order_by("-number").values_list("number", flat=True).first() or 0


def _step_page(request: UserRequest, plan: Plan, step: Step, form: StepForm, *, status: int) -> HttpResponse:
    is_its_turn = plan.status in step.before
    missing = (
        failing_conditions(plan, step, actor=request.user, on=timezone.localdate()) if is_its_turn else []
    )
    places = signing.waiting_before_head(plan) if step.name in {"sign", "record_signature"} else []
    unanswered = remarks_of(plan).unanswered if step.name in {"send_for_signature", "file"} else 0
    may_go = is_its_turn and not missing and not places and not unanswered
    context = {
        "plan": plan,
        "step": step,
        "label": label_of(step, plan.district.city.decision),
        "explained": EXPLAINED.get(step.name, ""),
        "after": state_label(
            after_step(step, has_version_in_force=plan.in_force_id is not None), plan.district.city.decision
        ),
        "remarks": remarks_with(plan, step) if is_its_turn else None,
        "is_its_turn": is_its_turn,
        "missing": missing,
        "unanswered": unanswered,
        "has_errors": Condition.NO_ERRORS in missing,
        "sent_version": strip_of(plan).version if Condition.AS_SIGNED in missing else None,
        "places": places,
        "may_go": may_go,
        "loose_ends": loose_ends(plan, step, on=timezone.localdate()) if may_go else LooseEnds(),
        "form": form,
    }
    return render(request, "review/step_take.html", context, status=status)
