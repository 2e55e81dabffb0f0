"""Writes about deadlines: a city's rule, and requests for more time (展延)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.enums import Role
from accounts.models import Appointment, City, User
from accounts.notices import notify
from core.audit import Place, Subject, record
from core.enums import AuditKind
from core.history import save_as
from core.roc import roc_date
from plans.models import Plan
from plans.queries.people import secretariat_of
from plans.recording import record_plan, subject_of
from plans.services.locking import lock_plan
from review.models import DeadlineKind, DeadlineRule, Extension, ExtensionDecision
from review.models.deadlines import REASON_LIMIT
from review.queries.deadlines import days_left
from review.services.mail import write_mails

LONGEST = dt.timedelta(days=366)

# Shown in the reader's language, so they are only marked here.
ASKED = gettext_noop("%(plan)s: the district asks for an extension until %(until)s.")
GRANTED = gettext_noop("%(plan)s: the extension is granted until %(until)s.")
REFUSED = gettext_noop("%(plan)s: the extension is refused.")


@transaction.atomic
def save_rule(city: City, *, actor: User, values: dict[str, Any]) -> DeadlineRule:
    """Write the city's rule for the filing of plans; there is one, made now or changed.

    With it whether plans are revised in the last two months of their year, `allows_late_revision`.
    """
    # Under the lock: of two who make it at once, one changes the other's.
    city = City.objects.select_for_update().get(pk=city.pk)
    values = dict(values)
    allows = values.pop("allows_late_revision", city.allows_late_revision)
    rule = DeadlineRule.objects.filter(city=city, kind=DeadlineKind.PLAN_FILING).first()
    rule = rule or DeadlineRule(city=city, kind=DeadlineKind.PLAN_FILING)
    changes = {
        name: [getattr(rule, name), value]
        for name, value in values.items()
        if rule.pk is None or getattr(rule, name) != value
    }
    for name, value in values.items():
        setattr(rule, name, value)
    rule.full_clean(exclude=["city"])
    if allows != city.allows_late_revision:
        changes["allows_late_revision"] = [city.allows_late_revision, allows]
        city.allows_late_revision = allows
        city.save(update_fields=["allows_late_revision"])
    details = {"change": "changed" if rule.pk else "added", "changes": changes}
    save_as(rule, actor)
    subject = Subject("review.deadlinerule", rule.pk, city.name)
    record(AuditKind.SETTING, actor=actor, places=[Place(city.pk)], subject=subject, details=details)
    return rule


@transaction.atomic
def ask_extension(plan_pk: int, *, actor: User, until: dt.date, reason: str, at: dt.datetime) -> Extension:
    """Ask the city for more time; the people who decide there are told."""
    plan = lock_plan(plan_pk)
    today = timezone.localdate(at)
    deadline = days_left(plan, on=today)
    if deadline is None:
        raise ValidationError(_("The city has set no deadline, so there is nothing to extend."))
    if deadline.is_met:
        raise ValidationError(_("The plan has been filed already, so the deadline is met."))
    if plan.extensions.waiting().exists():
        raise ValidationError(_("A request for this plan waits for the city's decision already."))
    _check_until(until, after=deadline.due_on, today=today, field="until")
    extension = Extension(
        plan=plan, asked_until=until, reason=_words(reason, "reason"), asked_by=actor, asked_at=at
    )
    save_as(extension, actor, at=at)
    _record(extension, "asked", until, actor=actor, at=at)
    _tell(extension, _deciders(plan, on=today), ASKED, until, sender=actor, at=at)
    return extension


@transaction.atomic
def withdraw_extension(pk: int, *, actor: User, at: dt.datetime) -> Extension:
    """Take a request back that is not decided yet."""
    return _close(pk, ExtensionDecision.WITHDRAWN, actor=actor, at=at)


@transaction.atomic
def decide_extension(
    pk: int, *, actor: User, is_granted: bool, until: dt.date | None, comment: str, at: dt.datetime
) -> Extension:
    """Grant a day, which need not be the one asked for, or refuse with a reason; the secretariat is told."""
    extension = Extension.objects.select_related("plan").get(pk=pk)
    if not extension.is_waiting:
        raise _decided()
    today = timezone.localdate(at)
    if is_granted:
        deadline = days_left(extension.plan, on=today)
        after = deadline.due_on if deadline else today
        until = until or extension.asked_until
        _check_until(until, after=after, today=today, field="until")
        decision, comment = ExtensionDecision.GRANTED, comment.strip()[:REASON_LIMIT]
    else:
        until, decision = None, ExtensionDecision.REFUSED
        comment = _words(comment, "comment")
    extension = _close(pk, decision, actor=actor, at=at, granted_until=until, comment=comment)
    words = GRANTED if is_granted else REFUSED
    people = secretariat_of(extension.plan.district_id, on=today)
    _tell(extension, people, words, until, sender=actor, at=at)
    return extension


def _close(pk: int, decision: ExtensionDecision, *, actor: User, at: dt.datetime, **values: Any) -> Extension:
    values |= {"decision": decision, "decided_by": actor, "decided_at": at}
    # Matching on the old state lets the database refuse the second of two people at once.
    if not Extension.objects.waiting().filter(pk=pk).update(**values):
        raise _decided()
    extension = Extension.objects.select_related("plan__district").get(pk=pk)
    _record(extension, str(decision), extension.granted_until, actor=actor, at=at)
    Extension.history.bulk_history_create([extension], update=True, default_user=actor, default_date=at)
    return extension


def _record(extension: Extension, how: str, until: dt.date | None, *, actor: User, at: dt.datetime) -> None:
    subject = replace(
        subject_of(extension.plan),
        model="review.extension",
        key=extension.pk,
        address=reverse("review:extension-detail", args=[extension.pk]),
    )
    details = {"how": how} | ({"until": until} if until else {})
    record_plan(AuditKind.EXTENSION, extension.plan, actor=actor, at=at, subject=subject, details=details)


def _decided() -> ValidationError:
    return ValidationError(_("This request has been decided or withdrawn meanwhile."), code="decided")


def _check_until(until: dt.date, *, after: dt.date, today: dt.date, field: str) -> None:
    if until <= after or until < today:
        raise ValidationError(
            {field: _("Give a day after the present due date, %(due)s.") % {"due": roc_date(after)}}
        )
    if until > today + LONGEST:
        raise ValidationError({field: _("This day is more than a year away. Is the year right?")})


def _words(text: str, field: str) -> str:
    words = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not words:
        raise ValidationError({field: _("Give the reason: the others read it.")})
    if len(words) > REASON_LIMIT:
        raise ValidationError({field: _("Write at most %(most)d characters.") % {"most": REASON_LIMIT}})
    return words


def _deciders(plan: Plan, *, on: dt.date) -> set[int]:
    held = Appointment.objects.in_force(on).filter(
        city__districts=plan.district_id, role__in=[Role.EVALUATOR, Role.CITY_ADMIN], user__is_active=True
    )
    return set(held.values_list("user_id", flat=True))


def _tell(
    extension: Extension,
    people: set[int],
    words: str,
    until: dt.date | None,
    *,
    sender: User,
    at: dt.datetime,
) -> None:
    parameters = {"plan": extension.plan.title} | ({"until": roc_date(until)} if until else {})
    address = reverse("review:extension-detail", args=[extension.pk])
    notify(people, sender=sender, words=words, parameters=parameters, address=address, at=at)
    write_mails(
        people,
        sender=sender,
        name=f"extension-{extension.pk}-{extension.decision}",
        words=words,
        parameters=parameters,
        address=address,
        comment=extension.comment if extension.decided_at else extension.reason,
        at=at,
    )
