"""Telling whose turn it is after a step: on the site, and by mails written in the same transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.enums import Role
from accounts.models import Appointment, User
from accounts.notices import notify
from core.text import in_short
from plans.models import Plan, PlanEvent
from plans.queries.people import secretariat_of
from review.models import Place, Remark
from review.queries.signing import holders_of
from review.services.mail import write_decision, write_mails

REASON_SHOWN = 80  # characters of a reason that stand in a notice

# Shown in the reader's language (accounts/notices.py), so they are only marked here.
NEXT = gettext_noop("%(plan)s waits for your signature.")
SIGNED = gettext_noop("%(name)s signed %(plan)s; it can be filed to the city now.")
SENT_BACK = gettext_noop("%(name)s sent %(plan)s back: %(reason)s")
FILED = gettext_noop("%(plan)s was filed and waits for an evaluator.")
TAKEN = gettext_noop("%(name)s has taken %(plan)s in hand.")
RETURNED = gettext_noop("The city returned %(plan)s: %(reason)s")
APPROVED = gettext_noop("The city has decided: %(plan)s is in force.")


def tell_places(plan: Plan, places: Collection[Place], *, sender: User, at: dt.datetime) -> None:
    """Tell those who hold these places that the plan waits for them."""
    held = holders_of(plan, places, on=timezone.localdate(at)) if places else {}
    people = {holder.user.pk for holders in held.values() for holder in holders}
    address, parameters = reverse("review:signing", args=[plan.pk]), {"plan": plan.title}
    notify(people, sender=sender, words=NEXT, parameters=parameters, address=address, at=at)
    write_mails(
        people,
        sender=sender,
        name=f"turn-{plan.pk}-{at.timestamp():.6f}",
        words=NEXT,
        parameters=parameters,
        address=address,
        at=at,
    )


def tell_step(plan: Plan, event: PlanEvent) -> None:
    """Tell those whose turn it is after a step; the places of the strip are told by `tell_places`."""
    on = timezone.localdate(event.at)
    secretariat = {"sign": SIGNED, "send_back": SENT_BACK, "take_in_hand": TAKEN, "return": RETURNED}
    if event.step in secretariat:
        recipients, words = secretariat_of(plan.district_id, on=on), secretariat[event.step]
    elif event.step == "approve":
        recipients = secretariat_of(plan.district_id, on=on) | _holders(Role.DISTRICT_HEAD, plan, on=on)
        words = APPROVED
    elif event.step == "file":
        recipients, words = _holders(Role.EVALUATOR, plan, on=on), FILED
    else:
        return
    parameters = {
        "plan": plan.title,
        "name": str(event.actor),
        "reason": in_short(event.comment, REASON_SHOWN),
    }
    address = _address(event)
    notify(recipients, sender=event.actor, words=words, parameters=parameters, address=address, at=event.at)
    write_decision(event, recipients, words=words, parameters=parameters, address=address)


def _address(event: PlanEvent) -> str:
    """Return where the reader goes on: an evaluator at the desk, the secretariat at the remarks, if any."""
    if event.step == "file":
        return reverse("review:desk-plan", args=[event.plan_id])
    if event.step == "return" and Remark.objects.filter(version=event.version_id).exists():
        return reverse("review:response-table", args=[event.plan_id])
    return event.plan.get_absolute_url()


def _holders(role: Role, plan: Plan, *, on: dt.date) -> set[int]:
    place = {"city": plan.district.city_id} if role == Role.EVALUATOR else {"district": plan.district_id}
    held = Appointment.objects.in_force(on).filter(role=role, user__is_active=True, **place)
    return set(held.values_list("user_id", flat=True))
