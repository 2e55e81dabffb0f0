"""Comments inside the district, pinned to lines. Also where the plan is closed: talking changes no line."""

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
from core.text import in_short
from plans.mentions import find_mentions
from plans.models import Comment, Item, Plan
from plans.queries.comments import Names, names_of
from plans.queries.people import people_of_units
from plans.services.items import clean_text, remember, taken_result
from plans.services.locking import lock_plan

TEXT_LIMIT = 4_000
LINE_SHOWN = 40  # characters of a line that stand in a notice

# Shown in the reader's language (accounts/notices.py), so they are only marked here.
MENTIONED = gettext_noop("%(name)s mentioned you in a comment on “%(line)s” (%(plan)s).")
UNIT_MENTIONED = gettext_noop("%(name)s mentioned %(unit)s in a comment on “%(line)s” (%(plan)s).")
ANSWERED = gettext_noop("%(name)s answered in a thread you wrote in, on “%(line)s” (%(plan)s).")
RESOLVED = gettext_noop("%(name)s marked a thread you wrote in as settled, on “%(line)s” (%(plan)s).")
REOPENED = gettext_noop("%(name)s opened a thread you wrote in again, on “%(line)s” (%(plan)s).")


@transaction.atomic
def add_comment(
    plan_pk: int,
    uid: uuid.UUID,
    *,
    actor: User,
    text: str,
    at: dt.datetime,
    answers: int | None = None,
    people: Collection[int] = (),
    units: Collection[int] = (),
    token: uuid.UUID | None = None,
) -> Comment:
    """Write a comment on a line, or an answer to the first comment of a thread there, and tell who is meant.

    Mentioned are the people and units given by their keys and those named after an @ in the text. A token
    that was used before is answered with the comment that was written then.
    """
    plan = lock_plan(plan_pk)
    if made := taken_result(plan, actor, token):
        return Comment.objects.get(pk=made["comment"], plan=plan)
    item = Item.objects.filter(plan=plan, uid=uid).first()
    if item is None:
        raise ValidationError(_("This plan has no such line."))
    first = None if answers is None else _open_first(item, answers)
    if first is None and item.removed_at is not None:
        raise ValidationError(_("This line is no longer in the plan; somebody deleted it."))
    names = names_of(plan, on=timezone.localdate(at))
    comment = Comment(plan=plan, item=item, answers=first, author=actor, text=_clean(text), written_at=at)
    _check_chosen(names, people, units)
    save_as(comment, actor, at=at)
    remember(plan, actor, token, {"comment": comment.pk})
    told = _mention(comment, names, at=at, people=people, units=units)
    if first is not None:
        _tell(comment, (_writers(first) & _inside(names)) - told, ANSWERED, at=at, sender=actor)
    return comment


@transaction.atomic
def change_comment(plan_pk: int, pk: int, *, actor: User, text: str, at: dt.datetime) -> Comment:
    """Change one's own words as long as nobody has answered; the history keeps what they were.

    Who is mentioned now and was not before is told; nobody is told anew.
    """
    plan = lock_plan(plan_pk)
    comment = Comment.objects.select_related("item", "answers").get(pk=pk, plan=plan)
    first = comment.answers or comment
    if comment.author_id != actor.pk:
        raise ValidationError(_("Only its author changes a comment."))
    if first.resolved_at is not None:
        raise ValidationError(_("This thread is settled. Open it again first."))
    if first.replies.filter(pk__gt=comment.pk).exists():
        raise ValidationError(
            _("Somebody has answered this meanwhile, so it stays as it is. Write an answer instead.")
        )
    text = _clean(text)
    if text != comment.text:
        comment.text = text
        save_as(comment, actor, at=at, update_fields=["text"])
        _mention(comment, names_of(plan, on=timezone.localdate(at)), at=at)
    return comment


@transaction.atomic
def resolve_comment(plan_pk: int, pk: int, *, actor: User, at: dt.datetime) -> Comment:
    """Mark a thread as settled; who wrote in it is told."""
    return _settle(lock_plan(plan_pk), pk, actor=actor, at=at, is_resolved=True)


@transaction.atomic
def reopen_comment(plan_pk: int, pk: int, *, actor: User, at: dt.datetime) -> Comment:
    return _settle(lock_plan(plan_pk), pk, actor=actor, at=at, is_resolved=False)


def _settle(plan: Plan, pk: int, *, actor: User, at: dt.datetime, is_resolved: bool) -> Comment:
    threads = Comment.objects.filter(pk=pk, plan=plan, answers__isnull=True)
    by, moment = (actor, at) if is_resolved else (None, None)
    # Only a thread that is not so already: of two people who press at once, one settles it.
    moved = threads.filter(resolved_at__isnull=is_resolved).update(resolved_by=by, resolved_at=moment)
    comment = threads.select_related("item").get()
    if moved:
        Comment.history.bulk_history_create([comment], update=True, default_user=actor, default_date=at)
        inside = _inside(names_of(plan, on=timezone.localdate(at)))
        words = RESOLVED if is_resolved else REOPENED
        _tell(comment, _writers(comment) & inside, words, at=at, sender=actor)
    return comment


def _open_first(item: Item, pk: int) -> Comment:
    first = Comment.objects.filter(pk=pk, item=item, answers__isnull=True).first()
    if first is None:
        raise ValidationError(_("The comment this answers is not there any more. Load the page anew."))
    if first.resolved_at is not None:
        raise ValidationError(_("This thread is settled. Open it again first."))
    return first


def _clean(text: str) -> str:
    words = clean_text(text).strip()
    if not words:
        raise ValidationError({"text": _("Write what you have to say.")})
    if len(words) > TEXT_LIMIT:
        raise ValidationError({"text": _("Write at most %(most)d characters.") % {"most": TEXT_LIMIT}})
    return words


def _check_chosen(names: Names, people: Collection[int], units: Collection[int]) -> None:
    if not set(people) <= _inside(names):
        raise ValidationError(
            {"people": _("Somebody you chose holds no appointment in this district today.")}
        )
    if not set(units) <= {unit.pk for unit in names.units}:
        raise ValidationError({"units": _("A unit you chose is not one of this district.")})


def _inside(names: Names) -> set[int]:
    """Return the people of the district today: nobody else hears of what is said inside it."""
    return {person.pk for person in names.people}


def _mention(
    comment: Comment,
    names: Names,
    *,
    at: dt.datetime,
    people: Collection[int] = (),
    units: Collection[int] = (),
) -> set[int]:
    """Add whom a comment mentions, tell those it did not mention before, and return who was told."""
    wanted_people, wanted_units = set(people), set(units)
    for _start, _end, name in find_mentions(comment.text, names.all):
        called = names.people_called(name)
        wanted_people |= called
        wanted_units |= set() if called else names.units_called(name)
    new_people = wanted_people - set(comment.mentioned_people.values_list("pk", flat=True))
    new_units = wanted_units - set(comment.mentioned_units.values_list("pk", flat=True))
    comment.mentioned_people.add(*new_people)
    comment.mentioned_units.add(*new_units)
    told = {comment.author_id}
    told |= _tell(comment, new_people - told, MENTIONED, at=at, sender=comment.author)
    for unit, staff in _staff_of([unit for unit in names.units if unit.pk in new_units], at).items():
        told |= _tell(comment, staff - told, UNIT_MENTIONED, at=at, sender=comment.author, unit=unit.name)
    return told


def _staff_of(units: Collection[Unit], at: dt.datetime) -> dict[Unit, set[int]]:
    people = people_of_units(units, on=timezone.localdate(at)) if units else {}
    return {unit: people[unit.pk] for unit in units}


def _writers(first: Comment) -> set[int]:
    """Return who has written in a thread so far."""
    return {first.author_id, *first.replies.values_list("author_id", flat=True)}


def _tell(
    comment: Comment, people: set[int], words: str, *, at: dt.datetime, sender: User, **parameters: str
) -> set[int]:
    item = comment.item
    short = in_short(item.title or item.text, LINE_SHOWN) or "—"
    page = reverse("plans:item-comments", args=[comment.plan_id, item.uid])
    notify(
        people,
        sender=sender,
        words=words,
        parameters={"name": str(sender), "line": short, "plan": comment.plan.title, **parameters},
        # To the thread, not to the single answer: of five answers by one person one notice is enough.
        address=f"{page}#c-{comment.answers_id or comment.pk}",
        at=at,
    )
    return people
