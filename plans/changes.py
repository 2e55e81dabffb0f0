"""What changed in a plan, told from the rows of its history: by whom, when, where, and each word of it.

A row of history holds a whole line as it then stood. Here rows become what a person remembers doing: many
saves of one line are one change, and what was written to many lines at one stroke is one change too.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

from plans.enums import Removal
from plans.words import EQUAL, Words, compare_words

# A line saved again by the same person within this time is still the same change.
SAME_CHANGE = dt.timedelta(minutes=10)
# Nobody types into five lines in so short a time: an import, a paste, a heading deleted with all below it.
SAME_STROKE = dt.timedelta(seconds=2)
STROKE_LINES = 5


class What(StrEnum):
    """What a change did. Names of fields besides: those of Item, Plan and Attachment, `units`, `roster`."""

    CREATED = "created"
    REMOVED = "removed"
    REPLACED = "replaced"
    BROUGHT_BACK = "brought_back"
    MOVED = "moved"


ACTS = frozenset(map(str, What))
# Fields whose texts are shown with the words marked.
WORDS = frozenset({"title", "text", "points_text", "roster", "subtitle", "attribute", "note", "sign_off"})
# How the parts of one change are ordered, and every field whose changes are told.
ORDER = (
    *What,
    "title",
    "text",
    *("kind", "numbered", "child_style", "layout", "criterion", "points", "points_text"),
    "all_units",
    "units",
    "roster",
    "subtitle",
    "attribute",
    "note",
    "sign_off",
    "column_heads",
    "framework",
    "scheme",
    "status",
    "year",
    "series",
    "starts_on",
    "ends_on",
    "file_name",
)


class About(StrEnum):
    """What changes can be about, as a person looks for them."""

    WORDS = "words"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    UNITS = "units"
    SETTINGS = "settings"
    ROSTER = "roster"
    PLAN = "plan"
    ATTACHMENTS = "attachments"


SETTINGS = ("kind", "numbered", "child_style", "layout", "criterion", "points", "points_text")
# Which parts of a change to a line belong to it. Those of the plan and of attachments do by their subject.
ABOUT: dict[str, frozenset[str]] = {
    About.WORDS: frozenset({"title", "text"}),
    About.ADDED: frozenset({What.CREATED}),
    About.REMOVED: frozenset({What.REMOVED, What.REPLACED, What.BROUGHT_BACK}),
    About.MOVED: frozenset({What.MOVED}),
    About.UNITS: frozenset({"units", "all_units"}),
    About.SETTINGS: frozenset(SETTINGS),
    About.ROSTER: frozenset({"roster"}),
}


@dataclass(frozen=True, slots=True)
class Trace:
    """A row of history as thin as grouping needs it. `subject` is the line, the plan or the attachment."""

    source: str
    key: int
    at: dt.datetime
    person: int | None
    subject: tuple[str, int]
    is_new: bool = False
    is_removed: bool = False  # what it left is a line out of the plan
    status: str = ""  # of the plan, where it is the plan's row


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one person that are one change, the oldest first."""

    traces: tuple[Trace, ...]

    @property
    def person(self) -> int | None:
        return self.traces[0].person

    @property
    def began_at(self) -> dt.datetime:
        return self.traces[0].at

    @property
    def ended_at(self) -> dt.datetime:
        return self.traces[-1].at

    @property
    def subjects(self) -> list[tuple[str, int]]:
        return list(dict.fromkeys(trace.subject for trace in self.traces))


@dataclass(frozen=True, slots=True)
class Page:
    """Groups, the latest first, and where the next older page begins: None when there is none.

    `cuts` says that the last group goes on there, for it was longer than what is read at once.
    """

    groups: tuple[Group, ...]
    older: dt.datetime | None = None
    cuts: bool = False


def group(traces: Iterable[Trace], *, by_stroke: bool = True) -> list[Group]:
    """Join rows to changes, the latest first: what one person did to many lines at one stroke, and what
    they did to one line with no pause of more than ten minutes. Each step of a plan is a change by itself."""
    by_person: dict[int | None, list[Trace]] = defaultdict(list)
    for trace in sorted(traces, key=lambda trace: (trace.at, trace.key)):
        by_person[trace.person].append(trace)
    groups: list[Group] = []
    for own in by_person.values():
        by_subject: dict[tuple[str, int], list[Trace]] = defaultdict(list)
        for run in _runs(own, SAME_STROKE):
            if by_stroke and len({trace.subject for trace in run}) >= STROKE_LINES:
                groups.append(Group(tuple(run)))
            else:
                for trace in run:
                    by_subject[trace.subject].append(trace)
        groups += [
            Group(tuple(run))
            for rows in by_subject.values()
            for run in _runs(rows, SAME_CHANGE, by_status=True)
        ]
    return sorted(groups, key=lambda one: (one.ended_at, one.traces[-1].key), reverse=True)


def page_of(
    traces: Sequence[Trace],
    later: Sequence[Trace] = (),
    *,
    size: int,
    is_all: bool,
    by_stroke: bool = True,
) -> Page:
    """Return the first `size` changes of `traces`, rows before some moment, the latest first.

    `later` are the rows of the ten minutes from that moment on: changes they belong to were on the page
    before. `is_all` says that there are no older rows than these.
    """
    groups = _without(later, [*traces, *later], by_stroke=by_stroke)
    whole = groups
    if not is_all:
        # What began just after the oldest row that was read may have begun before it.
        sure_from = traces[-1].at + SAME_CHANGE
        whole = groups[: next((at for at, one in enumerate(groups) if one.began_at <= sure_from), None)]
        if not whole:
            # All that was read lies within minutes. Rows of the last moment may have been read in part.
            rows = [trace for trace in traces if trace.at > traces[-1].at] or traces
            groups = _without(later, [*rows, *later], by_stroke=by_stroke)
            return Page(tuple(groups), older=rows[-1].at, cuts=True)
    shown = whole[:size]
    while len(shown) < len(whole) and whole[len(shown)].ended_at == shown[-1].ended_at:
        shown.append(whole[len(shown)])
    is_end = is_all and len(shown) == len(groups)
    return Page(tuple(shown), older=None if is_end or not shown else shown[-1].ended_at)


def _without(later: Sequence[Trace], traces: Iterable[Trace], *, by_stroke: bool) -> list[Group]:
    """Return the changes of these rows without those that the later ones belong to."""
    told = {(trace.source, trace.key) for trace in later}
    groups = group(traces, by_stroke=by_stroke)
    return [one for one in groups if not any((row.source, row.key) in told for row in one.traces)]


def _runs(traces: Sequence[Trace], pause: dt.timedelta, *, by_status: bool = False) -> list[list[Trace]]:
    """Cut rows, the oldest first, wherever more time than `pause` lies between two, or a step of the plan."""
    if not traces:
        return []
    runs = [[traces[0]]]
    for one, other in pairwise(traces):
        if other.at - one.at > pause or (by_status and other.status != one.status):
            runs.append([])
        runs[-1].append(other)
    return runs


# What a change did


@dataclass(frozen=True, slots=True)
class Step:
    """One row of history: the values it left and those before it; None where there was nothing.

    `parent`, `position`, `removed_at` and `removed_as` of a line are among them, besides what ORDER names.
    """

    at: dt.datetime
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    key: int = 0
    before_key: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a change did: `what` is of What or the name of a field. `before_key` names the row of
    history that holds the value before."""

    what: str
    before: Any = None
    after: Any = None
    before_key: int | None = None


@dataclass(slots=True)
class _Chain:
    """Parts of one field, in order; what somebody else wrote in between keeps two apart."""

    parts: list[Part] = field(default_factory=list)

    def add(self, part: Part) -> None:
        last = self.parts[-1] if self.parts else None
        if last is not None and last.after == part.before:
            self.parts[-1] = Part(part.what, last.before, part.after, last.before_key)
        else:
            self.parts.append(part)


def parts_of(steps: Iterable[Step]) -> tuple[Part, ...]:
    """Return what these rows of one line did together; what was undone in the end is left out."""
    ordered = sorted(steps, key=lambda step: (step.at, step.key))
    chains: dict[str, _Chain] = defaultdict(_Chain)
    acts: list[Part] = []
    created: dict[str, Any] | None = None
    for step in ordered:
        if step.before is None and step.after is not None:
            created = dict(step.after)
            acts.append(Part(What.CREATED, None, created))
        elif step.after is not None and step.before is not None:
            for part in _of_step(step, ordered):
                if created is not None and part.what in created:
                    created[part.what] = part.after  # what was set on a line just added is part of adding it
                elif part.what in ACTS:
                    acts.append(part)
                else:
                    chains[part.what].add(part)
        elif step.before is not None:
            acts.append(Part(What.REMOVED, dict(step.before)))
    changed = [part for chain in chains.values() for part in chain.parts if part.before != part.after]
    return tuple(sorted([*_net(acts), *changed], key=lambda part: ORDER.index(part.what)))


def _of_step(step: Step, all_steps: Sequence[Step]) -> list[Part]:
    before, after = step.before or {}, step.after or {}
    parts = []
    if bool(before.get("removed_at")) != bool(after.get("removed_at")):
        gone = bool(after.get("removed_at"))
        replaced = after.get("removed_as") == Removal.REPLACED
        what = What.BROUGHT_BACK if not gone else What.REPLACED if replaced else What.REMOVED
        parts.append(Part(what))
    names = [name for name in after if name in ORDER and before.get(name) != after[name]]
    parts += [Part(name, before.get(name), after[name], step.before_key) for name in names]
    moves = before.get("parent") != after.get("parent")
    if before.get("position") != after.get("position") and not parts:
        moves = moves or not _has_company(step, all_steps)
    if moves:
        parts.append(Part(What.MOVED, before.get("parent"), after.get("parent")))
    return parts


def _has_company(step: Step, all_steps: Sequence[Step]) -> bool:
    """Say whether the row was written along with units or roster rows.

    Lines that only make room for others change their place without a row of history. The place then turns
    up in the next row of the line, which is about something else.
    """
    return any(
        abs(other.at - step.at) <= SAME_STROKE and "position" not in (other.after or {})
        for other in all_steps
        if other is not step
    )


def _net(acts: Sequence[Part]) -> list[Part]:
    """Return moves joined to one, from the first place to the last, and the rest as it happened.

    A deletion and a return, one after the other, leave the line as it was and are left out.
    """
    moves = [part for part in acts if part.what == What.MOVED]
    rest: list[Part] = []
    for part in acts:
        if rest and {rest[-1].what, part.what} == {What.REMOVED, What.BROUGHT_BACK}:
            rest.pop()
        elif part.what != What.MOVED:
            rest.append(part)
    if moves and not any(part.what == What.CREATED for part in rest):
        rest.append(Part(What.MOVED, moves[0].before, moves[-1].after))
    return rest


# Words

CONTEXT = 20  # characters shown on either side of what changed


def marked(before: str, after: str) -> Words:
    """Return both texts in one, words marked; long stretches that both have are shortened."""
    words = compare_words(before, after)
    last = len(words) - 1
    return tuple(
        (mark, text if mark != EQUAL else _shortened(text, at > 0, at < last))
        for at, (mark, text) in enumerate(words)
    )


def _shortened(text: str, follows: bool, is_followed: bool) -> str:
    """Return a text both have, without its middle: what stands next to a change is kept."""
    head, tail = CONTEXT if follows else 0, CONTEXT if is_followed else 0
    if len(text) <= head + tail + 10:
        return text
    return f"{text[:head]}…{text[-tail:] if tail else ''}"
