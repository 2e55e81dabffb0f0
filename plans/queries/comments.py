"""Comments pinned to the lines of a plan: threads by line, and whom one may mention."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from accounts.models import Appointment, Unit, User
from plans.mentions import split_mentions
from plans.models import Comment, CommentQuerySet, Item, Plan
from plans.permissions import Membership
from plans.queries.rounds import Line, plan_lines


@dataclass(frozen=True)
class Person:
    """Somebody of the district, with where they work: 王小明（民政課）."""

    pk: int
    name: str
    place: str

    @property
    def label(self) -> str:
        return f"{self.name}（{self.place}）"


@dataclass(frozen=True)
class Names:
    """Who may be mentioned in a district on a day: its people and the units that exist."""

    people: tuple[Person, ...]
    units: tuple[Unit, ...]

    @property
    def all(self) -> set[str]:
        return {person.name for person in self.people} | {name for unit in self.units for name in unit.names}

    @property
    def suggestions(self) -> list[tuple[str, str]]:
        """Names with what tells them apart, units first."""
        units = [(unit.name, "") for unit in self.units]
        return [*units, *((person.name, person.place) for person in self.people)]

    def people_called(self, name: str) -> set[int]:
        """Two people of one name are both meant: better told for nothing than not told."""
        return {person.pk for person in self.people if person.name == name}

    def units_called(self, name: str) -> set[int]:
        """A unit's own name goes before another unit's short one."""
        own = {unit.pk for unit in self.units if unit.name == name}
        return own or {unit.pk for unit in self.units if name in unit.names}


@dataclass(frozen=True)
class Said:
    """One comment or answer, its words in pieces with the mentions marked."""

    comment: Comment
    pieces: tuple[tuple[str, bool], ...]
    is_changed: bool
    may_change: bool


@dataclass(frozen=True)
class Thread:
    """A comment with its answers, in the order they were written."""

    said: tuple[Said, ...]
    is_mine: bool

    @property
    def first(self) -> Comment:
        return self.said[0].comment

    @property
    def is_open(self) -> bool:
        return self.first.resolved_at is None

    @property
    def answers(self) -> int:
        return len(self.said) - 1

    @property
    def last(self) -> Comment:
        return self.said[-1].comment


@dataclass(frozen=True)
class LineThreads:
    """The threads of one line; no `line` where it was deleted from the plan."""

    uid: str
    words: str
    line: Line | None
    threads: list[Thread]


def names_of(plan: Plan, *, on: dt.date) -> Names:
    """Return whom a comment in this plan may mention; two queries."""
    place = Q(district=plan.district_id) | Q(unit__district=plan.district_id)
    rows = (
        Appointment.objects.in_force(on)
        .filter(place, user__is_active=True)
        .select_related("user", "unit")
        .order_by("unit__order", "unit__name", "user__username", "pk")
    )
    places: dict[int, list[str]] = defaultdict(list)
    people: dict[int, User] = {}
    for row in rows:
        people[row.user_id] = row.user
        where = row.unit.name if row.unit else row.get_role_display()
        if where not in places[row.user_id]:
            places[row.user_id].append(where)
    units = Unit.objects.filter(district=plan.district_id).active(on).order_by("order", "name")
    return Names(
        tuple(Person(pk, str(user), "、".join(places[pk])) for pk, user in people.items()), tuple(units)
    )


def open_counts(plan: Plan) -> dict[str, int]:
    """Return how many open threads each line has, by the line's uid as text; lines without are left out."""
    rows = Comment.objects.open_threads().filter(plan=plan).order_by().values_list("item__uid")
    return {str(uid): number for uid, number in rows.annotate(Count("pk"))}


def threads_of_item(item: Item, user: User, membership: Membership, names: Names) -> list[Thread]:
    """Return the threads of one line, open ones first; three queries."""
    found = _threads(Comment.objects.filter(item=item), user, membership, names.all)
    return sorted(found, key=lambda thread: not thread.is_open)


def threads_by_line(
    plan: Plan, user: User, membership: Membership, *, show: str = "open"
) -> tuple[list[LineThreads], int]:
    """Return the plan's threads by line, in the plan's order, and how many there are; four queries.

    `show` is open, mine or all. Lines with open threads come first, lines deleted from the plan last.
    """
    every = _threads(Comment.objects.filter(plan=plan), user, membership, ())
    lines = {line.pk: line for line in plan_lines(plan)}
    order = {pk: place for place, pk in enumerate(lines)}
    groups: dict[int, list[Thread]] = defaultdict(list)
    for thread in every:
        wanted = thread.is_open if show == "open" else thread.is_mine if show == "mine" else True
        if wanted:
            groups[thread.first.item_id].append(thread)
    found = []
    for pk, threads in groups.items():
        item = threads[0].first.item
        words = lines[pk].words if pk in lines else item.title or item.text
        threads.sort(key=lambda thread: not thread.is_open)
        found.append((pk, LineThreads(str(item.uid), words, lines.get(pk), threads)))
    found.sort(
        key=lambda pair: (
            not any(thread.is_open for thread in pair[1].threads),
            order.get(pair[0], len(order)),
        )
    )
    return [group for _pk, group in found], len(every)


def _threads(
    comments: CommentQuerySet, user: User, membership: Membership, names: Collection[str]
) -> list[Thread]:
    """Put comments into threads. Mine are those I wrote in, and those that mention me or a unit of mine."""
    # Resolving writes history as well: changed is what once said something else.
    earlier = Comment.history.filter(id=OuterRef("pk")).exclude(text=OuterRef("text"))
    rows = list(
        comments.select_related("author", "resolved_by", "item")
        .annotate(is_changed=Exists(earlier))
        .prefetch_related("mentioned_people", "mentioned_units")
        .order_by("written_at", "pk")
    )
    by_first: dict[int, list[Comment]] = defaultdict(list)
    for comment in rows:
        by_first[comment.answers_id or comment.pk].append(comment)
    return [
        Thread(
            tuple(
                Said(
                    comment,
                    tuple(split_mentions(comment.text, names)),
                    comment.is_changed,  # type: ignore[attr-defined]  # annotated above
                    can_change_comment(user, comment, last=group[-1], first=group[0]),
                )
                for comment in group
            ),
            any(_concerns(comment, user, membership) for comment in group),
        )
        for group in by_first.values()
    ]


def can_change_comment(user: User, comment: Comment, *, last: Comment, first: Comment) -> bool:
    """One's own words may be changed while nobody has answered them and the thread is open."""
    return comment.author_id == user.pk and comment.pk == last.pk and first.resolved_at is None


def _concerns(comment: Comment, user: User, membership: Membership) -> bool:
    return (
        comment.author_id == user.pk
        or user in comment.mentioned_people.all()
        or any(membership.works_in(unit) for unit in comment.mentioned_units.all())
    )
