"""The sign-off strip (陳核): each place signs, sends back, or is recorded as signed outside.

All under the plan's lock. The last place is the head's, whose signature is the step `sign` of the plan; the
strip and the step are written in one transaction, so neither stands without the other.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.enums import AuditKind
from core.history import save_as
from core.uploads import digest_of_file
from plans.enums import PlanStatus
from plans.models import Plan, PlanEvent, PlanVersion
from plans.queries.documents import plan_document
from plans.recording import record_plan
from plans.services.items import is_taken, remember
from plans.services.locking import lock_plan
from plans.services.steps import Letter, take_step
from plans.services.versions import keep_version
from plans.step_permissions import Standing
from plans.workflow import BY_NAME
from review.models import Signature, SignatureState, SigningChain, SigningRound
from review.queries.seals import seal_of_signature
from review.queries.signing import Strip, holders_of, strip_of
from review.services.telling import tell_places, tell_step
from review.words import ANOTHER_TEXT

MAX_SCAN = 20 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Outside:
    """A signature that was given on paper or in another system: by whom, under which letter, with a scan."""

    name: str
    title: str = ""
    acting_for: str = ""
    letter: Letter = field(default_factory=Letter)
    scan: File[bytes] | None = None


@transaction.atomic
def sign_place(
    plan_pk: int,
    position: int,
    *,
    actor: User,
    standing: Standing,
    at: dt.datetime,
    note: str = "",
    seen: int | None = None,
    token: uuid.UUID | None = None,
) -> Signature:
    """Sign at a place of the present round; at the last place this is the step `sign`.

    `seen` is the number of the plan's last step on the page that was read: unread text is not signed.
    Raises ValidationError when the round is over, places before have not signed, or this one has decided.
    """
    plan = lock_plan(plan_pk)
    if is_taken(plan, actor, token):
        return _at(strip_of(plan), position)
    strip, signature = _open_place(plan, position, seen=seen)
    text = plan_document(plan).digest()
    if signature.position == strip.last.position:
        event = take_step(
            plan.pk,
            BY_NAME["sign"],
            actor=actor,
            role=standing.role,
            at=at,
            comment=note,
            acting_for=standing.acting_for,
            token=token,
        )
        tell_step(plan, event)
        text = _text_signed(plan)
    else:
        remember(plan, actor, token)
        _record_place(plan, signature, "signed", actor=actor, standing=standing, at=at)
    check_text(strip, text)
    _decide(
        signature,
        SignatureState.SIGNED,
        actor=actor,
        standing=standing,
        at=at,
        note=note,
        text_sha256=text,
    )
    _tell_next(strip, actor=actor, at=at)
    return signature


@transaction.atomic
def send_back_place(
    plan_pk: int,
    position: int | None,
    *,
    actor: User,
    standing: Standing,
    at: dt.datetime,
    reason: str,
    seen: int | None = None,
    token: uuid.UUID | None = None,
) -> PlanEvent:
    """Send the plan back from a place, or with None from outside the strip: the round is over."""
    plan = lock_plan(plan_pk)
    strip = None
    if not is_taken(plan, actor, token):
        check_seen(plan, seen)
        if position is not None:
            strip = open_strip(plan)
            if _at(strip, position).state != SignatureState.WAITING:
                raise _decided(_at(strip, position))
    event = take_step(
        plan.pk,
        BY_NAME["send_back"],
        actor=actor,
        role=standing.role,
        at=at,
        comment=reason,
        acting_for=standing.acting_for,
        token=token,
    )
    if strip is not None and position is not None:
        _decide(
            _at(strip, position),
            SignatureState.SENT_BACK,
            actor=actor,
            standing=standing,
            at=at,
            note=reason,
        )
    if strip is not None or position is None:
        tell_step(plan, event)
    return event


@transaction.atomic
def record_outside(
    plan_pk: int,
    position: int,
    outside: Outside,
    *,
    actor: User,
    standing: Standing,
    at: dt.datetime,
    note: str = "",
    seen: int | None = None,
    token: uuid.UUID | None = None,
) -> Signature:
    """Record that a place has signed outside; for the head's this is the step `record_signature`."""
    plan = lock_plan(plan_pk)
    if is_taken(plan, actor, token):
        return _at(strip_of(plan), position)
    strip, signature = _open_place(plan, position, seen=seen)
    if not outside.name.strip():
        raise ValidationError({"name": _("Say who signed.")})
    if not (outside.letter.number.strip() and outside.letter.on):
        raise ValidationError({"document_number": _("Give the number and the date of the letter.")})
    if outside.scan is not None and (outside.scan.size or 0) > MAX_SCAN:
        raise ValidationError({"scan": _("A file may have at most 20 MB.")})
    text = plan_document(plan).digest()
    if signature.position == strip.last.position:
        take_step(
            plan.pk,
            BY_NAME["record_signature"],
            actor=actor,
            role=standing.role,
            at=at,
            comment=note,
            letter=outside.letter,
            acting_for=standing.acting_for,
            token=token,
        )
        text = _text_signed(plan)
    else:
        remember(plan, actor, token)
        _record_place(plan, signature, "outside", actor=actor, standing=standing, at=at, name=outside.name)
    check_text(strip, text)
    if outside.scan is not None:
        signature.scan_sha256 = digest_of_file(outside.scan)
        signature.scan_name = (outside.scan.name or "")[-200:]
        signature.scan.save(outside.scan.name or "scan", outside.scan, save=False)
    _decide(
        signature,
        SignatureState.OUTSIDE,
        actor=actor,
        standing=replace(standing, acting_for=None),
        at=at,
        note=note,
        name=outside.name.strip(),
        title=outside.title.strip(),
        acting_for=outside.acting_for.strip(),
        document_number=outside.letter.number.strip(),
        document_on=outside.letter.on,
        text_sha256=text,
    )
    _tell_next(strip, actor=actor, at=at)
    return signature


def begin_round(plan: Plan, sent: PlanEvent) -> Strip:
    """Write the places of a round that a sending has begun, as the district's chain has them now."""
    strip = strip_of(plan)
    version = _keep_text(plan, actor=sent.actor, number=strip.number)
    started = SigningRound.objects.create(plan=plan, sent=sent, version=version)
    is_usual = not SigningChain.objects.filter(district=plan.district_id).exists()
    held = holders_of(plan, strip.signatures, on=timezone.localdate(sent.at)) if is_usual else {}
    for signature in strip.signatures:
        signature.round = started
        # Of the usual places one that nobody holds stops no plan; the head's always signs.
        if is_usual and signature != strip.last and not held[signature.position]:
            signature.is_required = False
        save_as(signature, sent.actor, at=sent.at)
    return strip


def _keep_text(plan: Plan, *, actor: User, number: int) -> PlanVersion | None:
    """Keep the text that goes round, or return the last version where it is that text already."""
    try:
        # On paper and in lists the name of a version is Chinese, as plans are.
        return keep_version(plan.pk, actor=actor, name=f"第{number}次陳核")
    except ValidationError:
        return PlanVersion.objects.filter(plan=plan).defer("content").order_by("-number").first()


def open_strip(plan: Plan) -> Strip:
    """Return the strip of the locked plan while it is being signed. Raises ValidationError otherwise."""
    strip = strip_of(plan)
    if strip.sent is None or plan.status != PlanStatus.SIGNING:
        raise ValidationError(
            _("The plan is in the state “%(state)s” by now, so nothing is signed any more."),
            params={"state": plan.get_status_display()},
            code="moved_on",
        )
    # Sent by a command: the round is written when the first of its places is asked for.
    return strip if strip.signatures[0].pk else begin_round(plan, strip.sent)


def check_seen(plan: Plan, seen: int | None) -> None:
    """Raise ValidationError when the locked plan has taken a step since the page was made."""
    last = plan.events.order_by("-number").values_list("number", flat=True).first() or 0
    if seen is not None and seen != last:
        raise ValidationError(
            _("Since you opened this page the plan took another step. Look again before you decide."),
            code="moved_on",
        )


def check_text(strip: Strip, text: str) -> None:
    """Raise ValidationError when the text of that digest is not the one that was sent round.

    Targets shared with other plans, names of units and agencies are not locked with the plan.
    """
    if not strip.is_of(text):
        raise ValidationError(ANOTHER_TEXT, code="condition")


def _text_signed(plan: Plan) -> str:
    """Return the digest that the head's step has just written down."""
    plan.refresh_from_db(fields=["signed_sha256"])
    return plan.signed_sha256


def waiting_before_head(plan: Plan) -> list[str]:
    """Return the labels of the places that must sign before the head and have not."""
    strip = strip_of(plan)
    return [one.label for one in strip.missing_before(strip.last)] if strip.is_open else []


def _open_place(plan: Plan, position: int, *, seen: int | None) -> tuple[Strip, Signature]:
    """Return the strip and a place whose turn it is, or raise ValidationError in words."""
    check_seen(plan, seen)
    strip = open_strip(plan)
    signature = _at(strip, position)
    if signature.state != SignatureState.WAITING:
        raise _decided(signature)
    if missing := strip.missing_before(signature):
        raise ValidationError(
            _("These places sign first: %(places)s."),
            params={"places": "、".join(one.label for one in missing)},
            code="turn",
        )
    if signature not in strip.turn:
        raise ValidationError(_("The district head has signed already."), code="condition")
    return strip, signature


def _at(strip: Strip, position: int) -> Signature:
    signature = strip.at(position)
    if signature is None:
        raise ValidationError(_("The strip of this round has no such place."), code="moved_on")
    return signature


def _decided(signature: Signature) -> ValidationError:
    return ValidationError(
        _("This place has decided already: %(name)s, %(state)s."),
        params={"name": signature.name, "state": signature.get_state_display()},
        code="moved_on",
    )


def _decide(
    signature: Signature,
    state: SignatureState,
    *,
    actor: User,
    standing: Standing,
    at: dt.datetime,
    note: str,
    **values: Any,
) -> None:
    kept: dict[str, Any] = {
        "state": state,
        "person": actor,
        "name": str(actor),
        "title": actor.job_title,
        "acting_for": str(standing.acting_for) if standing.acting_for else "",
        "decided_at": at,
        "note": note.strip(),
    }
    for name, value in (kept | values).items():
        setattr(signature, name, value)
    signature.seal = seal_of_signature(signature)
    save_as(signature, actor, at=at)


def _record_place(
    plan: Plan,
    signature: Signature,
    how: str,
    *,
    actor: User,
    standing: Standing,
    at: dt.datetime,
    **more: Any,
) -> None:
    """Tell the audit log of a place that has signed; the head's place is a step, which tells of itself."""
    details = {"how": how, "place": signature.label, "role": standing.role, **more}
    if standing.acting_for and how == "signed":
        details["acting_for"] = standing.acting_for
    record_plan(AuditKind.SIGNATURE, plan, actor=actor, at=at, details=details)


def _tell_next(strip: Strip, *, actor: User, at: dt.datetime) -> None:
    """Tell the places whose turn has come by this decision; those that were waiting already know."""
    waited = {one.position for one in strip.turn}  # as `_open_place` counted it, before the decision
    strip.plan.refresh_from_db(fields=["status", "signed_at"])
    came = [one for one in replace(strip).turn if one.position not in waited]
    tell_places(strip.plan, came, sender=actor, at=at)
