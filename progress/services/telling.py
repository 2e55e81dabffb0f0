"""Telling units which lines they report on, when that is laid out or changes."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import partial

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import Unit, User
from accounts.notices import notify
from core.roc import roc_date
from plans.models import Plan
from plans.queries.people import people_of_units
from progress.models import Period, TrackedLine

NAMED = 3  # lines that stand in a notice

# Shown in the reader's language (accounts/notices.py), so they are only marked here.
FIRST = gettext_noop("%(plan)s: %(unit)s reports on %(count)s line(s), of %(period)s by %(due)s.")
MORE = gettext_noop(
    "%(plan)s: %(unit)s reports on %(count)s more line(s), of %(period)s by %(due)s: %(lines)s"
)
FEWER = gettext_noop("%(plan)s: %(unit)s no longer reports on %(count)s line(s): %(lines)s")

Pair = tuple[int, int]  # the keys of a unit and of a line it reports on


def tell_units(
    plan: Plan,
    periods: Sequence[Period],
    *,
    gained: Collection[Pair],
    lost: Collection[Pair],
    is_first: bool,
    actor: User,
    at: dt.datetime,
) -> None:
    """Tell the people of units which lines they report on from now on, and on which no more.

    `periods` are those that are open, of which the first that is due yet is named. Three queries, and those
    of the notices.
    """
    more, fewer = _by_unit(gained), _by_unit(lost)
    if not periods or not (more or fewer):
        return
    on = timezone.localdate(at)
    period = next((one for one in periods if one.due_on >= on), periods[-1])
    units = Unit.objects.filter(pk__in={*more, *fewer}).order_by("pk")
    people = people_of_units(units, on=on)
    keys = {line for lines in (*more.values(), *fewer.values()) for line in lines}
    words = dict(TrackedLine.objects.filter(pk__in=keys).order_by("position").values_list("pk", "words"))
    due = {"period": period.span_words, "due": roc_date(period.due_on)}
    for unit in units:
        address = reverse("progress:filing", args=[period.pk, unit.pk])
        send = partial(notify, people[unit.pk], sender=actor, address=address, at=at)
        for lines, message, facts in (
            (more.get(unit.pk, ()), FIRST if is_first else MORE, due),
            (fewer.get(unit.pk, ()), FEWER, {}),
        ):
            told = [words[pk] for pk in words if pk in lines]
            parameters = {"plan": plan.title, "unit": unit.name, "count": str(len(told))} | facts
            if told:
                send(words=message, parameters=parameters | {"lines": _named(told)})


def _by_unit(pairs: Collection[Pair]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for unit, line in pairs:
        found[unit].add(line)
    return found


def _named(lines: Sequence[str]) -> str:
    short = (line if len(line) <= 20 else f"{line[:20]}…" for line in lines[:NAMED])
    return "、".join(short) + ("…" if len(lines) > NAMED else "")
