"""The strip as a PDF prints it. What stands on paper is Chinese, whatever the language of the site."""

from __future__ import annotations

from django.utils import timezone

from core.roc import roc_date
from core.templatetags.districtplans import roc_datetime
from documents.approvals import Approval, Seal
from plans.enums import EDITABLE
from plans.models import Plan, PlanEvent, PlanVersion
from review.models import Signature, SignatureState
from review.queries.signing import DRAFTER, Strip, places_of, strip_of


def printed_approval(plan: Plan, version: PlanVersion | None) -> Approval:
    """Return the boxes of the round a version was filed with; of the plan as it stands, those of its round.

    A plan that is being written prints empty boxes, and so does a version that was kept and never filed.
    """
    if version is not None:
        filing = plan.events.filter(version=version, step="file").order_by("number").first()
        strip = strip_of(plan, before=filing.number) if filing else None
    else:
        strip = None if plan.status in EDITABLE else strip_of(plan)
    return _signed(strip, strip.sent) if strip and strip.sent else _empty(plan)


def _empty(plan: Plan) -> Approval:
    return Approval((Seal(DRAFTER), *(Seal(place.label) for place in places_of(plan.district))))


def _signed(strip: Strip, sent: PlanEvent) -> Approval:
    drafter = _lines(str(sent.actor), sent.actor.job_title, str(sent.acting_for or ""), roc_datetime(sent.at))
    return Approval((Seal(DRAFTER, drafter), *(Seal(one.label, _said(one)) for one in strip.signatures)))


def _said(one: Signature) -> tuple[str, ...]:
    if not one.is_done or one.decided_at is None:
        return ()
    if one.state == SignatureState.OUTSIDE:
        day = roc_date(one.document_on or timezone.localdate(one.decided_at))
        return _lines(one.name, one.title, one.acting_for, day, one.document_number)
    return _lines(one.name, one.title, one.acting_for, roc_datetime(one.decided_at))


def _lines(name: str, title: str, acting_for: str, *rest: str) -> tuple[str, ...]:
    words = (f"{title}　{name}" if title else name, f"代理 {acting_for}" if acting_for else "", *rest)
    return tuple(line for line in words if line)
