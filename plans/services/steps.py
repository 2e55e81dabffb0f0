"""The steps of the workflow. One function takes them all, as the table in `plans/workflow.py` says."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.enums import AuditKind
from core.history import save_as
from plans.document import PlanDocument
from plans.enums import Condition, PlanStatus, VersionKind
from plans.models import Plan, PlanEvent, PlanVersion
from plans.queries.digests import digest_of, digest_of_text
from plans.queries.documents import plan_document
from plans.queries.steps import failing_conditions, is_as_signed
from plans.recording import record_plan
from plans.services.items import is_taken, remember
from plans.services.locking import count_change, lock_plan
from plans.services.restoring import restore_document
from plans.services.versions import write_version
from plans.workflow import OPEN, Step, after_step


@dataclass(frozen=True)
class Letter:
    """The official letter behind a step: its number and date."""

    number: str = ""
    on: dt.date | None = None


@transaction.atomic
def take_step(
    pk: int,
    step: Step,
    *,
    actor: User,
    role: str,
    at: dt.datetime,
    comment: str = "",
    letter: Letter | None = None,
    acting_for: User | None = None,
    token: uuid.UUID | None = None,
) -> PlanEvent:
    """Take one step of a plan and write it down. Whether `actor` may is asked before, in permissions.

    Raises ValidationError when the plan is no longer where the step begins, or a condition does not hold.
    """
    # Under the lock: of two people at one step, or a step and a save, the second finds what the first left.
    plan = lock_plan(pk)
    if is_taken(plan, actor, token):
        last = plan.events.filter(step=step.name, actor=actor).order_by("-number").first()
        if last is not None:
            return last
    letter = letter or Letter()
    if plan.status not in step.before:
        raise ValidationError(
            _("The plan is in the state “%(state)s” by now, so this step is not possible any more."),
            params={"state": plan.get_status_display()},
            code="moved_on",
        )
    if missing := failing_conditions(plan, step, actor=actor, on=timezone.localdate(at)):
        raise ValidationError([condition.label for condition in missing], code="condition")
    comment = comment.strip()
    if step.needs_comment and not comment:
        raise ValidationError({"comment": _("Give the reason: the others read it.")})
    if step.needs_document and not (letter.number.strip() and letter.on):
        raise ValidationError({"document_number": _("Give the number and the date of the letter.")})
    before = plan.status
    version = make_version(plan, actor=actor, at=at) if step.makes_version else _version_of(plan)
    plan.status = after_step(step, has_version_in_force=plan.in_force_id is not None)
    _mark(plan, step, actor=actor, at=at, version=version)
    count_change(plan)
    if step.name == "give_up" and plan.in_force is not None:
        restore_document(plan, PlanDocument.from_json(plan.in_force.content), actor=actor)
    save_as(plan, actor)
    remember(plan, actor, token)
    return _write_event(
        plan,
        step=step.name,
        before=before,
        version=version,
        actor=actor,
        role=role,
        acting_for=acting_for,
        at=at,
        comment=comment,
        letter=letter,
    )


def make_version(plan: Plan, *, actor: User, at: dt.datetime) -> PlanVersion:
    """Write the working text of a locked plan as its next version, chained to the one before.

    Raises ValidationError where it is not what the head signed: targets shared with other plans, names of
    units and agencies are not under the plan's lock, so this asks of the very text that is written.
    """
    content = plan_document(plan).to_json()
    if not is_as_signed(plan, digest_of_text(content)):
        raise ValidationError([Condition.AS_SIGNED.label], code="condition")
    last = PlanVersion.objects.filter(plan=plan).defer("content").order_by("-number").first()
    # On paper and in lists the name of a version is Chinese, as plans are.
    name = f"第{plan.events.filter(step='file').count() + 1}次函報"
    return write_version(plan, last, content=content, kind=VersionKind.FILED, name=name, actor=actor, at=at)


def _mark(plan: Plan, step: Step, *, actor: User, at: dt.datetime, version: PlanVersion | None) -> None:
    """Write what a step leaves on the plan's row besides the status."""
    if step.name in {"sign", "record_signature"}:
        plan.signed_by, plan.signed_at = actor, at
        plan.signed_sha256 = plan_document(plan).digest()
    elif step.name == "take_in_hand":
        plan.taken_by, plan.taken_at = actor, at
    elif step.name == "put_back":
        plan.taken_by, plan.taken_at = None, None
    elif step.name == "file":
        plan.filed_at = at
    elif step.name == "approve":
        plan.in_force = version
        plan.taken_by, plan.taken_at = None, None
    if step.after == OPEN or step.after in {PlanStatus.REVISING, PlanStatus.DRAFT} or step.name == "give_up":
        plan.signed_by, plan.signed_at, plan.signed_sha256 = None, None, ""
        plan.taken_by, plan.taken_at = None, None
        plan.filed_at = None


def _version_of(plan: Plan) -> PlanVersion | None:
    """Return the version a step speaks of: while the city has the plan the one filed, else that in force."""
    if plan.status == PlanStatus.SUBMITTED:
        filed = PlanVersion.objects.filter(plan=plan, kind=VersionKind.FILED)
        return filed.order_by("-number").first()
    return plan.in_force


def _write_event(
    plan: Plan,
    *,
    step: str,
    before: str,
    version: PlanVersion | None,
    actor: User,
    role: str,
    acting_for: User | None,
    at: dt.datetime,
    comment: str,
    letter: Letter,
) -> PlanEvent:
    last = plan.events.order_by("-number").first()
    event = PlanEvent(
        plan=plan,
        number=last.number + 1 if last else 1,
        step=step,
        before=before,
        after=plan.status,
        version=version,
        actor=actor,
        role=role,
        acting_for=acting_for,
        at=at,
        comment=comment,
        document_number=letter.number.strip(),
        document_on=letter.on,
        previous_sha256=last.sha256 if last else "",
    )
    event.sha256 = digest_of(event)
    event.save(force_insert=True)
    details = {
        "step": step,
        "before": before,
        "after": event.after,
        "version": version.number if version else None,
        "role": role,
        "acting_for": acting_for,
        "document_number": event.document_number,
        "document_on": event.document_on,
    }
    said = {name: value for name, value in details.items() if value not in {None, ""}}
    record_plan(AuditKind.STEP, plan, actor=actor, at=at, details=said)
    return event
