"""The one door through which the pages take steps: the workflow's own rules, and those of the strip."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from plans.models import Plan, PlanEvent
from plans.queries.checks import check_record
from plans.services.facts import save_facts
from plans.services.items import is_taken
from plans.services.locking import lock_plan
from plans.services.steps import Letter, take_step
from plans.step_permissions import Standing
from plans.workflow import Step
from progress.services.layout import lay_out_plan
from review.models import SignatureState
from review.queries.responses import response_sheet
from review.queries.signing import Strip, holders_of
from review.services import signing
from review.services.filings import keep_filing
from review.services.remarks import check_answered
from review.services.telling import tell_places, tell_step


@transaction.atomic
def take(
    pk: int,
    step: Step,
    *,
    actor: User,
    standing: Standing,
    at: dt.datetime,
    comment: str = "",
    letter: Letter | None = None,
    subtitle: str | None = None,
    seen: int | None = None,
    token: uuid.UUID | None = None,
) -> PlanEvent:
    """Take a step, write the strip with it, and tell whose turn it is then.

    `seen` is the number of the plan's last step on the page this comes from; `subtitle` is what stands below
    the title of a plan whose revision begins. Raises ValidationError like `plans.services.steps.take_step`,
    with the code `moved_on` when the page is late.
    """
    plan = lock_plan(pk)
    if is_taken(plan, actor, token):
        last = plan.events.filter(step=step.name, actor=actor).order_by("-number").first()
        if last is not None:
            return last
    signing.check_seen(plan, seen)
    if plan.status in step.before and step.name in {"sign", "record_signature", "send_back"}:
        return _take_in_strip(
            plan, step, actor=actor, standing=standing, at=at, comment=comment, letter=letter, token=token
        )
    if plan.status in step.before and step.name in {"send_for_signature", "file"}:
        check_answered(plan)
    # Read before the plan is the city's: its check list as it stands, its answers as they were given.
    checks = check_record(plan).to_json() if step.name == "file" else ""
    event = take_step(
        pk,
        step,
        actor=actor,
        role=standing.role,
        at=at,
        comment=comment,
        letter=letter,
        acting_for=standing.acting_for,
        token=token,
    )
    plan.refresh_from_db()
    if step.name == "approve":
        lay_out_plan(pk, actor=actor, at=at)
    if step.name == "file":
        answered = response_sheet(plan, since_approval=True)
        keep_filing(plan, event, checks=checks, responses=answered.to_json() if answered.rounds else "")
    if step.name == "revise" and subtitle is not None:
        save_facts(plan.pk, actor=actor, base={"subtitle": plan.subtitle}, values={"subtitle": subtitle})
    if step.name == "send_for_signature":
        tell_places(plan, signing.begin_round(plan, event).turn, sender=actor, at=at)
    tell_step(plan, event)
    return event


def _take_in_strip(
    plan: Plan,
    step: Step,
    *,
    actor: User,
    standing: Standing,
    at: dt.datetime,
    comment: str,
    letter: Letter | None,
    token: uuid.UUID | None,
) -> PlanEvent:
    strip = signing.open_strip(plan)
    if step.name == "sign":
        signing.sign_place(
            plan.pk, strip.last.position, actor=actor, standing=standing, at=at, note=comment, token=token
        )
    elif step.name == "record_signature":
        outside = signing.Outside(_head_of(strip, at), letter=letter or Letter())
        signing.record_outside(
            plan.pk,
            strip.last.position,
            outside,
            actor=actor,
            standing=standing,
            at=at,
            note=comment,
            token=token,
        )
    else:
        signing.send_back_place(
            plan.pk,
            _place_of(strip, standing),
            actor=actor,
            standing=standing,
            at=at,
            reason=comment,
            token=token,
        )
    return plan.events.order_by("-number")[0]


def _place_of(strip: Strip, standing: Standing) -> int | None:
    """Return the place at which somebody of that role would decide, None where it has decided or is none."""
    waiting = [one for one in strip.signatures if one.state == SignatureState.WAITING]
    return next((one.position for one in waiting if one.role == standing.role), None)


def _head_of(strip: Strip, at: dt.datetime) -> str:
    """Return the name of the district's head on that day, who is said to have signed."""
    holders = holders_of(strip.plan, [strip.last], on=timezone.localdate(at))[strip.last.position]
    if not holders:
        raise ValidationError(_("Nobody is appointed as the head of this district today."))
    return str(holders[0].user)
