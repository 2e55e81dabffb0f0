"""The city's remarks on a filed plan, and the district's answers. All under the plan's lock.

A remark is written and changed only while its author's desk has the plan in hand; with the return or the
approval it is told to the district, and then stays as it is.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Unit, User
from accounts.notices import notify
from core.history import save_as
from plans.enums import EDITABLE, PlanStatus
from plans.models import Plan
from plans.queries.people import people_of_units
from plans.services.items import clean_text, remember, taken_result
from plans.services.locking import lock_plan
from review.models import Adoption, Answer, Remark
from review.queries.responses import filed_version, place_of

TEXT_LIMIT = 4_000

# Shown in the reader's language (accounts/notices.py), so it is only marked here.
NAMED = gettext_noop("%(name)s named %(unit)s in an answer to the city: %(remark)s (%(plan)s).")
WORDS_SHOWN = 40


@transaction.atomic
def add_remark(
    plan_pk: int,
    *,
    actor: User,
    uid: uuid.UUID | None,
    text: str,
    at: dt.datetime,
    token: uuid.UUID | None = None,
) -> Remark:
    """Write a remark on a line of the filed version, or with None on the plan as a whole.

    Raises ValidationError when the plan is not in the actor's hand, or the line is none of the version.
    """
    plan = lock_plan(plan_pk)
    if made := taken_result(plan, actor, token):
        return Remark.objects.get(pk=made["remark"], plan=plan)
    _check_in_hand(plan, actor)
    version = filed_version(plan)
    if version is None:
        raise ValidationError(_("This plan was filed without a version, so nothing can be pinned to it."))
    place = place_of(version, uid)
    if place is None:
        raise ValidationError(_("This line is not in the plan as it was filed."))
    position, line = place
    remark = Remark(
        plan=plan,
        version=version,
        item_uid=uid,
        line=line,
        position=position,
        author=actor,
        text=_clean(text),
        written_at=at,
    )
    save_as(remark, actor, at=at)
    remember(plan, actor, token, {"remark": remark.pk})
    return remark


@transaction.atomic
def change_remark(plan_pk: int, pk: int, *, actor: User, text: str, at: dt.datetime) -> Remark:
    """Change what a remark of the present round says; whoever has the plan in hand may."""
    remark = _draft(lock_plan(plan_pk), pk, actor)
    words = _clean(text)
    if words != remark.text:
        remark.text = words
        save_as(remark, actor, at=at, update_fields=["text"])
    return remark


@transaction.atomic
def remove_remark(plan_pk: int, pk: int, *, actor: User) -> None:
    """Delete a remark of the present round, which nobody outside the city has seen; the history keeps it."""
    remark = _draft(lock_plan(plan_pk), pk, actor)
    remark._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001 -- simple-history's documented way
    remark.delete()


@transaction.atomic
def answer_remark(
    plan_pk: int,
    pk: int,
    *,
    actor: User,
    adoption: str,
    text: str,
    at: dt.datetime,
    units: Collection[int] = (),
) -> Answer:
    """Write or change the district's answer; units that are named anew are told.

    Only while the plan is open: what the head signs is not changed behind their back.
    """
    plan = lock_plan(plan_pk)
    remark = Remark.objects.told().select_related("answer").filter(pk=pk, plan=plan).first()
    if remark is None:
        raise ValidationError(_("This remark is not there any more. Load the page anew."))
    answer = getattr(remark, "answer", None) or Answer(remark=remark)
    if plan.status not in EDITABLE:
        raise ValidationError(_("Answers are written while the plan is open; now it is not."))
    words = clean_text(text).strip()
    _check_answer(adoption, words)
    named = Unit.objects.filter(pk__in=units, district=plan.district_id)
    if len(named) != len(set(units)):
        raise ValidationError({"units": _("A unit you chose is not one of this district.")})
    before = set(answer.units.values_list("pk", flat=True)) if answer.pk else set()
    answer.adoption, answer.text, answer.answered_by, answer.answered_at = adoption, words, actor, at
    save_as(answer, actor, at=at)
    answer.units.set(named)
    _tell(answer, [unit for unit in named if unit.pk not in before], actor=actor, at=at)
    return answer


def unanswered(plan: Plan) -> int:
    """Return how many remarks of returned rounds still wait for an answer."""
    return Remark.objects.filter(plan=plan).to_answer().count()


def check_answered(plan: Plan) -> None:
    """Raise ValidationError, in words, while a remark of the city waits for its answer.

    Called before a plan is sent for signature and before it is filed (services/steps.py).
    """
    if left := unanswered(plan):
        raise ValidationError(
            _("%(count)d remarks of the city have no answer yet; they come before signature and filing."),
            params={"count": left},
            code="unanswered",
        )


def _check_in_hand(plan: Plan, actor: User) -> None:
    if plan.status != PlanStatus.SUBMITTED:
        raise ValidationError(_("The plan is not with the city any more, so its remarks stay as they are."))
    if plan.taken_by_id is None:
        raise ValidationError(_("Take the plan in hand first."))
    if plan.taken_by_id != actor.pk:
        raise ValidationError(_("Another evaluator has this plan in hand."))


def _draft(plan: Plan, pk: int, actor: User) -> Remark:
    _check_in_hand(plan, actor)
    version = filed_version(plan)
    remark = Remark.objects.filter(pk=pk, plan=plan, version=version).first()
    if remark is None:
        raise ValidationError(_("This remark is not there any more. Load the page anew."))
    return remark


def _clean(text: str) -> str:
    words = clean_text(text).strip()
    if not words:
        raise ValidationError({"text": _("Write what you have to say.")})
    return _short_enough(words)


def _short_enough(words: str) -> str:
    if len(words) > TEXT_LIMIT:
        raise ValidationError({"text": _("Write at most %(most)d characters.") % {"most": TEXT_LIMIT}})
    return words


def _check_answer(adoption: str, words: str) -> None:
    if adoption not in Adoption:
        raise ValidationError({"adoption": _("Say whether the remark is accepted.")})
    if adoption != Adoption.ACCEPTED and not words:
        raise ValidationError({"text": _("Give the reason why the remark is not accepted as it stands.")})
    _short_enough(words)


def _tell(answer: Answer, units: Collection[Unit], *, actor: User, at: dt.datetime) -> None:
    remark = answer.remark
    short = " ".join(remark.text.split())
    people = people_of_units(units, on=timezone.localdate(at)) if units else {}
    for unit in units:
        notify(
            people[unit.pk],
            sender=actor,
            words=NAMED,
            parameters={
                "name": str(actor),
                "unit": unit.name,
                "remark": short if len(short) <= WORDS_SHOWN else f"{short[:WORDS_SHOWN]}…",
                "plan": remark.plan.title,
            },
            address=f"{reverse('review:response-table', args=[remark.plan_id])}#r-{remark.pk}",
            at=at,
        )
