"""The audit log searched, a page at a time, the newest first."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from accounts.models import City, District, User
from core.models import MOST_WORDS, AuditEvent, AuditEventQuerySet
from core.roc import roc_date
from core.text import fold
from districtplans.audit.links import links_of
from districtplans.audit.permissions import get_events_of
from districtplans.audit.words import Told, codes_like, kinds_like, tell

PER_PAGE = 50
MOST_PEOPLE = 1000  # whom a part of a name may mean
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
_CURSOR = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")


class TooManyPeople(Exception):  # noqa: N818 -- named for what it says
    """A part of a name that means more people than can be looked for."""


@dataclass(frozen=True)
class Search:
    """What is looked for in the log of a city. Days are Taipei ones, the last included."""

    city: City
    words: str = ""
    person: str = ""
    kind: str = ""
    district: int | None = None
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True)
class EventRow:
    event: AuditEvent
    told: Told
    place: str
    link: str

    @property
    def at(self) -> str:
        """The moment to the second, Taipei time: 115年4月10日 10:30:15."""
        local = timezone.localtime(self.event.at)
        return f"{roc_date(local.date())} {local:%H:%M:%S}"

    @property
    def kind(self) -> str:
        return str(self.event.get_kind_display())

    @property
    def person(self) -> str:
        """The name, or what is known in its place; empty for what a command did."""
        return self.event.name or self.event.username


@dataclass(frozen=True)
class EventPage:
    """Some events, with the cursors of the pages before and after; empty where there is none."""

    rows: list[EventRow]
    newer: str = ""
    older: str = ""

    @property
    def is_whole(self) -> bool:
        return not (self.newer or self.older)


def find_events(search: Search) -> AuditEventQuerySet:
    """Return the events searched for, the newest first. Raises TooManyPeople."""
    events = get_events_of(search.city)
    if search.kind:
        events = events.filter(kind=search.kind)
    if search.district:
        events = events.filter(district=search.district)
    if search.person.strip():
        events = _of_person(events, search.person.strip())
    if search.since:
        events = events.filter(at__gte=_midnight(search.since))
    if search.until:
        events = events.filter(at__lt=_midnight(search.until + dt.timedelta(days=1)))
    for word in search.words.split()[:MOST_WORDS]:
        events = events.filter(_holds(fold(word), search.city))
    return events.order_by("-at", "-pk")


def _holds(word: str, city: City) -> Q:
    """Return the condition that an event is told with the folded word, or with a name of a code in it."""
    condition = Q(search_text__contains=word) | Q(kind__in=kinds_like(word))
    for code in sorted(codes_like(word, city)):
        condition |= Q(search_text__contains=code)
    return condition


def _of_person(events: AuditEventQuerySet, part: str) -> AuditEventQuerySet:
    """Keep events of the people a part of a name means, and of itself: it may have been typed in vain."""
    people = User.objects.filter(Q(full_name__icontains=part) | Q(username__icontains=part))
    found = list(people.order_by("pk").values_list("username", flat=True)[: MOST_PEOPLE + 1])
    if len(found) > MOST_PEOPLE:
        raise TooManyPeople
    if part not in found and events.filter(username=part).exists():
        found.append(part)
    # Of one name an index gives the events in their order; of several they are sorted, or all looked through.
    return events.filter(username=found[0]) if len(found) == 1 else events.filter(username__in=found)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def page_of(
    events: AuditEventQuerySet,
    city: City,
    reader: User,
    *,
    districts: Mapping[int, str],
    before: str = "",
    after: str = "",
    on: dt.date,
) -> EventPage:
    """Return the newest events, or those before or after a cursor. One that cannot be read is left aside."""
    older, newer = read_cursor(before), read_cursor(after)
    if newer is not None and older is None:
        found = list(events.filter(_after(*newer)).order_by("at", "pk")[: PER_PAGE + 1])
        has_newer, has_older = len(found) > PER_PAGE, True
        shown = found[:PER_PAGE][::-1]
    else:
        found = list((events.filter(_before(*older)) if older else events)[: PER_PAGE + 1])
        has_newer, has_older = older is not None, len(found) > PER_PAGE
        shown = found[:PER_PAGE]
    rows = rows_of(shown, city, districts, links_of(shown, reader, on=on))
    return EventPage(
        rows,
        newer=cursor_of(shown[0]) if shown and has_newer else "",
        older=cursor_of(shown[-1]) if shown and has_older else "",
    )


def rows_of(
    events: list[AuditEvent], city: City, districts: Mapping[int, str], links: Mapping[int, str]
) -> list[EventRow]:
    return [
        EventRow(
            event,
            tell(event, city),
            districts.get(event.district or 0, city.name),
            links.get(event.pk, ""),
        )
        for event in events
    ]


def district_names(city: City) -> dict[int, str]:
    return dict(District.objects.filter(city=city).values_list("pk", "agency_name"))


def cursor_of(event: AuditEvent) -> str:
    return f"{(event.at - EPOCH) // MICROSECOND}-{event.pk}"


def read_cursor(text: str) -> tuple[dt.datetime, int] | None:
    found = _CURSOR.fullmatch(text)
    if found is None:
        return None
    return EPOCH + int(found[1]) * MICROSECOND, int(found[2])


def _before(at: dt.datetime, pk: int) -> Q:
    # The first condition says nothing new; but by it an index is entered where the page begins.
    return Q(at__lte=at) & (Q(at__lt=at) | Q(pk__lt=pk))


def _after(at: dt.datetime, pk: int) -> Q:
    return Q(at__gte=at) & (Q(at__gt=at) | Q(pk__gt=pk))
