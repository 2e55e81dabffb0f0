"""The strip as a PDF prints it. What stands on paper is Chinese, whatever the language of the site."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import override

from core.roc import roc_date
from core.templatetags.districtplans import roc_datetime
from documents.approvals import Approval, Seal
from plans.enums import EDITABLE, PlanStatus, VersionKind, state_label
from plans.models import Plan, PlanEvent, PlanVersion
from review.models import Signature, SignatureState
from review.queries.signing import DRAFTER, Strip, places_of, strip_of


def printed_approval(plan: Plan, version: PlanVersion | None) -> Approval:
    """Return the boxes of the round a version was filed with; of the plan as it stands, those of its round.

    A plan that is being written prints empty boxes, and so does a version that was kept and never filed. A
    version the city has decided on says so.
    """
    if version is not None:
        filing = plan.events.filter(version=version, step="file").order_by("number").first()
        strip = strip_of(plan, before=filing.number) if filing else None
    else:
        strip = None if plan.status in EDITABLE else strip_of(plan)
    seals = _signed(strip, strip.sent) if strip and strip.sent else _empty(plan)
    if version is None:
        return Approval(seals)
    number = version.number if version.kind == VersionKind.FILED else 0
    return Approval(seals, decision_words(plan, version.pk), number)


def decision_words(plan: Plan, version: int) -> str:
    """Return by whom, when, by what letter and how a version was decided on, "" where it was not: …函核定."""
    approval = plan.events.filter(version=version, step="approve").order_by("number").first()
    if approval is None:
        return ""
    city = plan.district.city
    letter = letter_words(approval) or roc_date(timezone.localdate(approval.at))
    with override("zh-hant"):  # as on all papers, whatever the language of the site
        return f"{city.name}政府{letter}{state_label(PlanStatus.APPROVED, city.decision)}"


def letter_words(event: PlanEvent) -> str:
    """Return the letter behind a step as papers name it, "" without one: 115年4月28日府研考字第…號函."""
    if not event.document_number:
        return ""
    ending = "函" if event.document_number.endswith("號") else ""
    return f"{roc_date(event.document_on) if event.document_on else ''}{event.document_number}{ending}"


def _empty(plan: Plan) -> tuple[Seal, ...]:
    return (Seal(DRAFTER), *(Seal(place.label) for place in places_of(plan.district)))


def _signed(strip: Strip, sent: PlanEvent) -> tuple[Seal, ...]:
    drafter = _lines(str(sent.actor), sent.actor.job_title, str(sent.acting_for or ""), roc_datetime(sent.at))
    return (Seal(DRAFTER, drafter), *(Seal(one.label, _said(one)) for one in strip.signatures))


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
