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
from core.text import in_short
from plans.models import Plan
from plans.queries.people import people_of_units
from progress.models import Period, ProgressReport, TrackedLine

NAMED = 3  # lines that stand in a notice

# Shown in the reader's language (accounts/notices.py), so they are only marked here.
FIRST = gettext_noop("%(plan)s: %(unit)s reports on %(count)s line(s), of %(period)s by %(due)s.")
MORE = gettext_noop(
    "%(plan)s: %(unit)s reports on %(count)s more line(s), of %(period)s by %(due)s: %(lines)s"
)
MORE_LATE = gettext_noop(
    "%(plan)s: %(unit)s reports on %(count)s more line(s), also of %(late)s period(s) that are over; "
    "of %(period)s by %(due)s: %(lines)s"
)
ALL_LATE = gettext_noop(
    "%(plan)s: %(unit)s reports on %(count)s more line(s), of %(late)s period(s) that are all over: %(lines)s"
)
FEWER = gettext_noop("%(plan)s: %(unit)s no longer reports on %(count)s line(s): %(lines)s")


def tell_units(
    plan: Plan,
    periods: Sequence[Period],
    *,
    gained: Collection[ProgressReport],
    lost: Collection[tuple[int, int]],
    is_first: bool,
    actor: User,
    at: dt.datetime,
) -> None:
    """Tell the people of units which lines they report on from now on, and on which no more.

    `periods` are those that are open, in their order, `gained` the reports that are asked for anew, `lost`
    the keys of units and lines. Three queries, and those of the notices.
    """
    on = timezone.localdate(at)
    more: dict[int, list[ProgressReport]] = defaultdict(list)
    for report in gained:
        more[report.unit_id].append(report)
    fewer: dict[int, set[int]] = defaultdict(set)
    for unit_pk, line in lost:
        fewer[unit_pk].add(line)
    if not periods or not (more or fewer):
        return
    units = Unit.objects.filter(pk__in={*more, *fewer}).order_by("pk")
    people = people_of_units(units, on=on)
    keys = {report.line_id for report in gained} | {line for _unit, line in lost}
    words = dict(TrackedLine.objects.filter(pk__in=keys).order_by("position").values_list("pk", "words"))
    for unit in units:
        asked = {report.period_id for report in more[unit.pk]}
        period = _next_due([one for one in periods if one.pk in asked] or periods, on)
        address = reverse("progress:filing", args=[period.pk, unit.pk])
        send = partial(notify, people[unit.pk], sender=actor, address=address, at=at)
        facts_of_more = {"period": period.span_words, "due": roc_date(period.due_on)}
        late = sum(one.due_on < on for one in periods if one.pk in asked)
        message_of_more = FIRST if is_first else MORE
        if late and not is_first:
            facts_of_more["late"] = str(late)
            message_of_more = ALL_LATE if period.due_on < on else MORE_LATE
        for lines, message, facts in (
            ({report.line_id for report in more[unit.pk]}, message_of_more, facts_of_more),
            (fewer[unit.pk], FEWER, {}),
        ):
            told = [words[pk] for pk in words if pk in lines]
            parameters = {"plan": plan.title, "unit": unit.name, "count": str(len(told))} | facts
            if told:
                send(words=message, parameters=parameters | {"lines": _named(told)})


def _next_due(periods: Sequence[Period], on: dt.date) -> Period:
    """Return the first period that is due yet, the last where none is."""
    return next((one for one in periods if one.due_on >= on), periods[-1])


def _named(lines: Sequence[str]) -> str:
    return "、".join(in_short(line, 20) for line in lines[:NAMED]) + ("…" if len(lines) > NAMED else "")
