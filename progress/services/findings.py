"""Entering what a check found, answering it, and following it until it is released."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Unit, User
from accounts.notices import notify, settle_notices
from core.history import save_as
from core.roc import roc_date
from core.text import in_short
from plans.models import Plan
from plans.queries.people import people_of_units, secretariat_of
from plans.services.locking import lock_plan
from progress.models import (
    Finding,
    FindingEntry,
    FindingOrigin,
    FindingState,
    FindingStep,
    TrackedLine,
)
from progress.models.reports import TEXT_LIMIT
from progress.recording import record_finding
from progress.services.finding_files import Checked, Files, checked, keep_files, not_kept_yet

LONGEST = dt.timedelta(days=3 * 366)
JUST_NOW = dt.timedelta(minutes=10)  # within which the same is taken for sent twice

# Shown in the reader's language (accounts/notices.py), so they are only marked here.
FOUND = gettext_noop("%(plan)s: a check found something at %(unit)s, to be done by %(due)s: %(text)s")
ANSWERED = gettext_noop("%(plan)s: %(unit)s answered the finding “%(finding)s”: %(text)s")
STILL_FOLLOWED = gettext_noop(
    "%(plan)s: the finding “%(finding)s” at %(unit)s is still followed, to be done by %(due)s: %(text)s"
)
RELEASED = gettext_noop("%(plan)s: the finding “%(finding)s” at %(unit)s is released: %(text)s")
# As notices that were sent by an earlier release have them.
EARLIER = (
    gettext_noop("%(unit)s answered a finding: %(text)s"),
    gettext_noop("A finding at %(unit)s is still followed: %(text)s"),
    gettext_noop("A finding at %(unit)s is released: %(text)s"),
)
# What is done with by each step, so that nobody has to read it any more.
TO_UNIT = (FOUND, STILL_FOLLOWED, EARLIER[1])
TO_DECIDERS = (ANSWERED, EARLIER[0])
DONE_BY = {
    FindingStep.ANSWER: TO_UNIT,
    FindingStep.FOLLOW: (*TO_UNIT, *TO_DECIDERS),
    FindingStep.RELEASE: (*TO_UNIT, *TO_DECIDERS),
    FindingStep.REOPEN: (RELEASED, EARLIER[2]),
}
# From which state each step leads, and where to.
STEPS = {
    FindingStep.ANSWER: (FindingState.FOLLOWED, FindingState.FOLLOWED),
    FindingStep.FOLLOW: (FindingState.FOLLOWED, FindingState.FOLLOWED),
    FindingStep.RELEASE: (FindingState.FOLLOWED, FindingState.RELEASED),
    FindingStep.REOPEN: (FindingState.RELEASED, FindingState.FOLLOWED),
}


def add_finding(
    plan: Plan,
    *,
    actor: User,
    origin: str,
    unit: Unit,
    line: TrackedLine | None,
    checked_on: dt.date,
    text: str,
    measure: str,
    due_on: dt.date,
    at: dt.datetime,
    files: Files = (),
) -> Finding:
    """Enter what a check found; the unit's people and the secretariat are told.

    The same by the same person just before is there once: whoever sends it again, because no answer came
    or a photo was forgotten, gets the one that arrived, with all files.
    """
    today = timezone.localdate(at)
    errors: dict[str, str] = {}
    if checked_on > today:
        errors["checked_on"] = _("The check lies in the future.")
    if due_on < checked_on:
        errors["due_on"] = _("It cannot be done before the check.")
    elif due_on < today:
        errors["due_on"] = _("This day has passed. Give today or a later day.")
    elif due_on > today + LONGEST:
        errors["due_on"] = _("This day is far off. Is the year right?")
    for name, words in (("text", text), ("measure", measure)):
        if not words.strip():
            errors[name] = _("Write a few words here.")
    if errors:
        raise ValidationError(errors)
    sent = checked(files)
    values: dict[str, Any] = {
        "line": line,
        "unit": unit,
        "origin": origin,
        "checked_on": checked_on,
        "text": text.strip(),
        "measure": measure.strip(),
        "due_on": due_on,
        "made_by": actor,
    }
    with transaction.atomic():
        lock_plan(plan.pk)
        just = Finding.objects.followed().filter(plan=plan, made_at__gte=at - JUST_NOW, **values)
        finding = just.first()
        if finding is None:
            finding = Finding(plan=plan, made_at=at, **values)
            save_as(finding, actor, at=at)
            record_finding(finding, "add", actor=actor, at=at)
            _tell_unit(finding, FOUND, finding.text, actor=actor, at=at)
        keep_files(finding, None, not_kept_yet(finding.files.all(), sent), actor=actor, at=at)
    return finding


def take_finding_step(
    pk: int,
    step: str,
    *,
    actor: User,
    text: str,
    at: dt.datetime,
    due_on: dt.date | None = None,
    files: Files = (),
) -> Finding:
    """Answer a finding, keep following it, release it, or follow it again. Each needs words.

    The same step sent twice is taken once, with the files of both. Raises ValidationError where the finding
    is no longer where the step begins.
    """
    sent = checked(files)
    with transaction.atomic():
        return _take_step(pk, step, actor=actor, text=text, at=at, due_on=due_on, sent=sent)


def _take_step(
    pk: int, step: str, *, actor: User, text: str, at: dt.datetime, due_on: dt.date | None, sent: Checked
) -> Finding:
    finding = (
        Finding.objects.select_for_update(of=("self",)).select_related("plan__district", "unit").get(pk=pk)
    )
    before, after = STEPS[FindingStep(step)]
    text = text.strip()
    last = finding.entries.order_by("pk").last()
    said = (step, text, due_on, actor.pk)
    if last and (last.step, last.text, last.due_on, last.author_id) == said and last.at >= at - JUST_NOW:
        # Who had forgotten a photo, or sends them in turns, loses none.
        keep_files(finding, last, not_kept_yet(last.files.all(), sent), actor=actor, at=at)
        return finding
    if finding.state != before:
        raise ValidationError(
            _("This finding is by now in the state “%(state)s”, so this step is not possible any more."),
            params={"state": finding.get_state_display()},
            code="moved_on",
        )
    if not text:
        raise ValidationError({"text": _("Write a few words: the others read them.")})
    if len(text) > TEXT_LIMIT:
        raise ValidationError({"text": _("Write at most %(most)d characters.") % {"most": TEXT_LIMIT}})
    if due_on is not None and due_on < timezone.localdate(at):
        raise ValidationError({"due_on": _("This day has passed. Give today or a later day.")})
    settle_notices({finding.get_absolute_url(): DONE_BY[FindingStep(step)]}, at=at)
    entry = FindingEntry.objects.create(
        finding=finding, step=step, text=text, due_on=due_on, author=actor, at=at
    )
    finding.state = after
    if due_on is not None:
        finding.due_on = due_on
    save_as(finding, actor, at=at, update_fields=["state", "due_on"])
    record_finding(finding, step, actor=actor, at=at)
    if step == FindingStep.ANSWER:
        _tell_followers(finding, text, actor=actor, at=at)
    else:
        words = RELEASED if step == FindingStep.RELEASE else STILL_FOLLOWED
        _tell_unit(finding, words, text, actor=actor, at=at)
    keep_files(finding, entry, sent, actor=actor, at=at)
    return finding


def _tell_unit(finding: Finding, words: str, text: str, *, actor: User, at: dt.datetime) -> None:
    on = timezone.localdate(at)
    people = people_of_units([finding.unit], on=on)[finding.unit_id]
    if finding.origin == FindingOrigin.CITY:
        people |= secretariat_of(finding.plan.district_id, on=on)
    _notify(people, finding, words, text, actor=actor, at=at)


def _tell_followers(finding: Finding, text: str, *, actor: User, at: dt.datetime) -> None:
    """Tell those who follow the finding: the secretariat, and who entered it."""
    people = secretariat_of(finding.plan.district_id, on=timezone.localdate(at)) | {finding.made_by_id}
    _notify(people, finding, ANSWERED, text, actor=actor, at=at)


def _notify(
    people: set[int], finding: Finding, words: str, text: str, *, actor: User, at: dt.datetime
) -> None:
    parameters = {
        "plan": finding.plan.label,  # not its title: the city does not see one that is being written
        "unit": finding.unit.name,
        "finding": in_short(finding.text, 30),
        "text": in_short(text, 60),
        "due": roc_date(finding.due_on),
    }
    notify(
        people, sender=actor, words=words, parameters=parameters, address=finding.get_absolute_url(), at=at
    )
