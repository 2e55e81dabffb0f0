"""The round in which the units write their part of a plan, from its opening to its end.

All steps hold the plan's lock. A part is moved by a WHERE on the state it was in, so that of two people
who press at once one is told that the other was first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from simple_history.utils import bulk_create_with_history

from accounts.enums import SECRETARIAT_ROLES, UNIT_ROLES
from accounts.models import Appointment, Unit, User
from accounts.notices import notify
from core.history import save_as
from core.roc import roc_date
from core.text import in_short
from plans.enums import PART_STEPS, PartState
from plans.models import Plan, UnitPart, WritingRound
from plans.queries.people import people_of_units, secretariat_of
from plans.queries.rounds import open_round_of, owed_lines
from plans.services.locking import lock_open, lock_plan

NOTE_LIMIT = 2_000
LONGEST = dt.timedelta(days=366)

# Shown in the reader's language (accounts/notices.py), so they are only marked here.
OPENED = gettext_noop("%(plan)s is open for writing: %(unit)s is asked to finish its part by %(due)s.")
DUE_CHANGED = gettext_noop("%(plan)s: %(unit)s is now asked to finish its part by %(due)s.")
REMINDED = gettext_noop("Reminder: the part of %(unit)s in %(plan)s is due on %(due)s.")
READY = gettext_noop("%(plan)s: the part of %(unit)s is ready to be released.")
RELEASED = gettext_noop("%(plan)s: %(unit)s has released its part.")
TAKEN_BACK = gettext_noop("%(plan)s: %(unit)s has taken back its release and goes on writing.")
SENT_BACK = gettext_noop("%(plan)s: the part of %(unit)s was sent back. Reason: %(reason)s")
REASON_SHOWN = 60  # characters of a reason that stand in the notice; its page shows all of it


@dataclass(frozen=True)
class Reminded:
    """Units that were reminded, those that had been today already, and those where nobody could be told."""

    sent: tuple[Unit, ...]
    today_already: tuple[Unit, ...]
    nobody: tuple[Unit, ...]


@transaction.atomic
def open_round(
    plan_pk: int, *, actor: User, due_on: dt.date, at: dt.datetime, note: str = ""
) -> WritingRound:
    """Open the round, with a part for each unit a line names, and tell the people of these units."""
    plan = lock_open(plan_pk)
    if open_round_of(plan):
        raise ValidationError(_("A writing round of this plan is open already."), code="open")
    _check_due(due_on, at)
    units = _units(owed_lines(plan))
    if not units:
        raise ValidationError(
            _("No line of this plan names a unit, so nobody would be asked to write. Name the units first.")
        )
    current = WritingRound(plan=plan, due_on=due_on, note=_note(note), opened_by=actor, opened_at=at)
    save_as(current, actor, at=at)
    parts = [UnitPart(round=current, unit=unit) for unit in units]
    bulk_create_with_history(parts, UnitPart, default_user=actor, default_date=at)
    _tell_units(plan, units, OPENED, sender=actor, at=at, parameters={"due": roc_date(due_on)})
    return current


@transaction.atomic
def change_round(plan_pk: int, *, actor: User, due_on: dt.date, at: dt.datetime, note: str) -> WritingRound:
    """Change the due date or the note; units that have not released hear of another due date."""
    plan = lock_open(plan_pk)
    current = _open_round(plan)
    is_moved = due_on != current.due_on
    if is_moved:
        _check_due(due_on, at)
    if not is_moved and _note(note) == current.note:
        return current
    current.due_on, current.note = due_on, _note(note)
    save_as(current, actor, at=at, update_fields=["due_on", "note"])
    if is_moved:
        units = _unreleased_units(plan, current)
        _tell_units(plan, units, DUE_CHANGED, sender=actor, at=at, parameters={"due": roc_date(due_on)})
    return current


@transaction.atomic
def close_round(plan_pk: int, *, actor: User, at: dt.datetime) -> WritingRound:
    """Close the round, whatever is released; also of a plan that is open for changes no more."""
    current = _open_round(lock_plan(plan_pk))
    if not WritingRound.objects.filter(pk=current.pk, closed_at__isnull=True).update(closed_at=at):
        raise _closed()
    current.closed_at = at
    WritingRound.history.bulk_history_create([current], update=True, default_user=actor, default_date=at)
    return current


@transaction.atomic
def mark_part(plan_pk: int, unit_pk: int, state: str, *, actor: User, at: dt.datetime) -> UnitPart:
    """Mark a unit's part as ready for its chief, who is told, or take what is ready back to writing."""
    plan, part = _part(plan_pk, unit_pk, actor=actor, at=at)
    if state == PartState.READY:
        if _move(part, PartState.READY, allowed=PART_STEPS["ready"], actor=actor, at=at):
            chiefs = people_of_units([part.unit], on=timezone.localdate(at), chiefs_alone=True)[unit_pk]
            _tell(plan, part.unit, chiefs, READY, sender=actor, at=at, parameters={})
    elif state == PartState.WRITING:
        _move(part, PartState.WRITING, allowed=PART_STEPS["writing"], actor=actor, at=at)
    else:
        raise ValidationError(_("A part is marked as ready, or taken back to writing."))
    return part


@transaction.atomic
def release_part(plan_pk: int, unit_pk: int, *, actor: User, at: dt.datetime) -> UnitPart:
    """The chief releases the unit's part: its people write no more, and the secretariat is told."""
    plan, part = _part(plan_pk, unit_pk, actor=actor, at=at)
    if _move(part, PartState.RELEASED, allowed=PART_STEPS["release"], actor=actor, at=at, note=""):
        _tell_secretariat(plan, part.unit, RELEASED, sender=actor, at=at)
    return part


@transaction.atomic
def take_back_part(plan_pk: int, unit_pk: int, *, actor: User, at: dt.datetime) -> UnitPart:
    """The chief takes the release back, as long as the round is open; the unit writes again."""
    plan, part = _part(plan_pk, unit_pk, actor=actor, at=at)
    if _move(part, PartState.WRITING, allowed=PART_STEPS["take_back"], actor=actor, at=at):
        _tell_secretariat(plan, part.unit, TAKEN_BACK, sender=actor, at=at)
    return part


@transaction.atomic
def send_back_part(plan_pk: int, unit_pk: int, *, actor: User, reason: str, at: dt.datetime) -> UnitPart:
    """Send a part that is ready or released back to the unit's people, who are told the reason."""
    reason = _note(reason)
    if not reason:
        raise ValidationError({"reason": _("Say what is to be changed: the unit reads it.")})
    plan, part = _part(plan_pk, unit_pk, actor=actor, at=at)
    if _move(part, PartState.SENT_BACK, allowed=PART_STEPS["send_back"], actor=actor, at=at, note=reason):
        parameters = {"reason": in_short(reason, REASON_SHOWN)}
        _tell_units(plan, [part.unit], SENT_BACK, sender=actor, at=at, parameters=parameters)
    return part


@transaction.atomic
def remind_units(
    plan_pk: int, units: Collection[int], *, actor: User, at: dt.datetime, again: bool = False
) -> Reminded:
    """Remind those of the units, given by their keys, that have not released their part.

    A unit that was reminded today (in Taipei) is left out unless `again` says to remind it once more.
    """
    plan = lock_open(plan_pk)
    current = _open_round(plan)
    wanted = [unit for unit in _unreleased_units(plan, current) if unit.pk in set(units)]
    parts = {unit.pk: _part_of(current, unit, actor=actor, at=at) for unit in wanted}
    today = timezone.localdate(at)
    already = [unit for unit in wanted if _is_on(parts[unit.pk].reminded_at, today) and not again]
    due = [unit for unit in wanted if unit not in already]
    people = people_of_units(due, on=today)
    sent = [unit for unit in due if people[unit.pk]]
    _tell_units(plan, sent, REMINDED, sender=actor, at=at, parameters={"due": roc_date(current.due_on)})
    reminded = [parts[unit.pk] for unit in sent]
    for part in reminded:
        part.reminded_at = at
    UnitPart.objects.filter(pk__in=[part.pk for part in reminded]).update(reminded_at=at)
    UnitPart.history.bulk_history_create(reminded, update=True, default_user=actor, default_date=at)
    return Reminded(tuple(sent), tuple(already), tuple(unit for unit in due if not people[unit.pk]))


def touch_part(plan: Plan, actor: User, *, on: dt.date, units: Collection[int] | None = None) -> None:
    """Note that a unit has begun to write; called under the plan's lock when a person changes a line.

    One query when there is nothing to note. `units` are the keys of the units that answer for the line;
    without them every unit the person works in is taken to have begun.
    """
    parts = UnitPart.objects.filter(
        round__plan=plan, round__closed_at__isnull=True, unit=OuterRef("pk")
    ).values("state")
    held = Appointment.objects.in_force(on).filter(user=actor)
    worked_in = Q(pk__in=held.filter(role__in=UNIT_ROLES).values("unit"))
    begun = Unit.objects.filter(district=plan.district_id)
    if units is not None:
        # The secretariat writes everywhere; its own unit has begun when one of that unit's lines is changed.
        is_secretary = held.filter(role__in=SECRETARIAT_ROLES, district=plan.district_id)
        worked_in |= Q(Exists(is_secretary), is_secretariat=True)
        begun = begun.filter(pk__in=units)
    rounds = WritingRound.objects.filter(plan=plan, closed_at__isnull=True).values("pk")
    begun = (
        begun.filter(worked_in)
        .annotate(round=Subquery(rounds[:1]), state=Subquery(parts[:1]))
        .filter(Q(state__isnull=True) | Q(state=PartState.NOT_BEGUN), round__isnull=False)
    )
    waiting = list(begun)
    if not waiting:
        return
    current = _open_round(plan)
    at = timezone.now()
    owing = owed_lines(plan).keys() if any(unit.state is None for unit in waiting) else set()
    for unit in waiting:
        if unit.state is not None or unit.pk in owing:
            part = _part_of(current, unit, actor=actor, at=at)
            _move(part, PartState.WRITING, allowed={PartState.NOT_BEGUN}, actor=actor, at=at)


def _open_round(plan: Plan) -> WritingRound:
    current = open_round_of(plan)
    if current is None:
        raise _closed()
    return current


def _closed() -> ValidationError:
    return ValidationError(_("No writing round of this plan is open any more."), code="closed")


def _part(plan_pk: int, unit_pk: int, *, actor: User, at: dt.datetime) -> tuple[Plan, UnitPart]:
    """Return the locked plan and the unit's part in the open round."""
    plan = lock_open(plan_pk)
    current = _open_round(plan)
    part = UnitPart.objects.filter(round=current, unit=unit_pk).select_related("unit").first()
    if part is None:
        unit = next((unit for unit in _units(owed_lines(plan)) if unit.pk == unit_pk), None)
        if unit is None:
            raise ValidationError(_("No line of this plan names this unit, so it owes no part."))
        part = _part_of(current, unit, actor=actor, at=at)
    return plan, part


def _part_of(current: WritingRound, unit: Unit, *, actor: User, at: dt.datetime) -> UnitPart:
    """Return the unit's part, made now when the unit was named after the round was opened."""
    part = UnitPart.objects.filter(round=current, unit=unit).select_related("unit").first()
    if part is None:
        part = UnitPart(round=current, unit=unit)
        save_as(part, actor, at=at)
    return part


def _move(
    part: UnitPart,
    state: PartState,
    *,
    allowed: Collection[str],
    actor: User,
    at: dt.datetime,
    note: str | None = None,
) -> bool:
    """Move a part, with a row of its history. Raises ValidationError when it may not be moved from there.

    Returns False when the same person has taken this very step: a button pressed twice.
    """
    if (part.state, part.changed_by_id) == (state, actor.pk) and note in {None, part.note}:
        return False
    values = {"state": state, "changed_by": actor, "changed_at": at}
    if note is not None:
        values["note"] = note
    before = part.state
    if before not in allowed or not UnitPart.objects.filter(pk=part.pk, state=before).update(**values):
        raise ValidationError(
            _("The part of %(unit)s is now in the state “%(state)s”, so this step is not possible any more."),
            code="moved",
            params={"unit": part.unit, "state": part.get_state_display()},
        )
    for name, value in values.items():
        setattr(part, name, value)
    UnitPart.history.bulk_history_create([part], update=True, default_user=actor, default_date=at)
    return True


def _check_due(due_on: dt.date, at: dt.datetime) -> None:
    today = timezone.localdate(at)
    if due_on < today:
        raise ValidationError({"due_on": _("This day has passed. Give today or a later day.")})
    if due_on > today + LONGEST:
        raise ValidationError({"due_on": _("This day is more than a year away. Is the year right?")})


def _note(text: str) -> str:
    words = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(words) > NOTE_LIMIT:
        raise ValidationError(_("Write at most %(most)d characters."), params={"most": NOTE_LIMIT})
    return words


def _is_on(moment: dt.datetime | None, day: dt.date) -> bool:
    return moment is not None and timezone.localdate(moment) == day


def _units(keys: Collection[int]) -> list[Unit]:
    return list(Unit.objects.filter(pk__in=keys).order_by("order", "name"))


def _unreleased_units(plan: Plan, current: WritingRound) -> list[Unit]:
    released = current.parts.filter(state=PartState.RELEASED).values_list("unit_id", flat=True)
    return _units(owed_lines(plan).keys() - set(released))


def _tell_units(
    plan: Plan,
    units: Collection[Unit],
    words: str,
    *,
    sender: User,
    at: dt.datetime,
    parameters: Mapping[str, str],
) -> None:
    people = people_of_units(units, on=timezone.localdate(at))
    for unit in units:
        _tell(plan, unit, people[unit.pk], words, sender=sender, at=at, parameters=parameters)


def _tell_secretariat(plan: Plan, unit: Unit, words: str, *, sender: User, at: dt.datetime) -> None:
    people = secretariat_of(plan.district_id, on=timezone.localdate(at))
    _tell(plan, unit, people, words, sender=sender, at=at, parameters={})


def _tell(
    plan: Plan,
    unit: Unit,
    people: Collection[int],
    words: str,
    *,
    sender: User,
    at: dt.datetime,
    parameters: Mapping[str, str],
) -> None:
    notify(
        people,
        sender=sender,
        words=words,
        parameters={"plan": plan.title, "unit": unit.name, **parameters},
        address=reverse("plans:round-part", args=[plan.pk, unit.pk]),
        at=at,
    )
