"""The round in which the units write: who owes which lines, and how far each unit is."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Max, Subquery
from django.utils.text import Truncator

from accounts.models import Unit
from core.due import CountsDays
from plans.enums import EDITABLE, Kind, PartState
from plans.models import Item, Plan, UnitPart, WritingRound
from plans.numbering import Numbers

PLACE_SHOWN = 30  # characters of each line above a line that say where it stands


@dataclass(frozen=True)
class Line:
    """A line of a plan with its number, and the keys of the units that answer for it by name.

    `words` are its title, or its text where it has none; `text` is what stands below a title. `path` holds
    the lines above it, outermost first: key, and number with words.
    """

    pk: int
    uid: str
    number: str
    words: str
    kind: str
    is_empty: bool
    units: frozenset[int]
    path: tuple[tuple[int, str], ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Change:
    """By whom and when a line was changed last."""

    name: str
    at: dt.datetime


@dataclass(frozen=True)
class LineGroup:
    """Lines of a unit that stand at one place of the plan, each with its depth there and its last change."""

    place: str
    lines: list[tuple[Line, int, Change | None]]


@dataclass(frozen=True)
class UnitRow:
    """How far one unit is. A unit named after the round was opened has no `part` yet, and has not begun."""

    unit: Unit
    part: UnitPart | None
    lines: tuple[Line, ...]
    changes: dict[int, Change] = field(default_factory=dict)  # by the line's key, since the round began

    @property
    def state(self) -> str:
        return self.part.state if self.part else PartState.NOT_BEGUN

    @property
    def get_state_display(self) -> str:
        return str(PartState(self.state).label)

    @property
    def is_released(self) -> bool:
        return self.state == PartState.RELEASED

    @property
    def empty(self) -> int:
        return sum(line.is_empty for line in self.lines)

    @property
    def changed(self) -> int:
        return len(self.changes)

    @property
    def last_change(self) -> Change | None:
        return max(self.changes.values(), key=lambda change: change.at, default=None)

    @property
    def groups(self) -> list[LineGroup]:
        """The unit's lines below the place each stands at: the lines above it that are not the unit's own."""
        own = {line.pk for line in self.lines}
        groups: list[LineGroup] = []
        for line in self.lines:
            foreign = [at for at, (pk, _words) in enumerate(line.path, 1) if pk not in own]
            cut = max(foreign, default=0)
            place = "　".join(words for _pk, words in line.path[:cut])
            if not groups or groups[-1].place != place:
                groups.append(LineGroup(place, []))
            groups[-1].lines.append((line, len(line.path) - cut, self.changes.get(line.pk)))
        return groups


@dataclass(frozen=True)
class Board(CountsDays):
    """The plan's latest round, None before the first, with the units that owe a part."""

    round: WritingRound | None
    rows: tuple[UnitRow, ...]
    on: dt.date
    is_open: bool

    @property
    def due_on(self) -> dt.date:
        return self.round.due_on if self.round else self.on

    @property
    def owing(self) -> list[UnitRow]:
        """Units that still have lines to write for: a part whose lines went to others is owed no more."""
        return [row for row in self.rows if row.lines]

    @property
    def unreleased(self) -> list[UnitRow]:
        return [row for row in self.owing if not row.is_released]

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """How many units are in each state: the state, its name, the number."""
        found = Counter(row.state for row in self.owing)
        return [(state.value, str(state.label), found[state]) for state in PartState]

    def row_of(self, unit: Unit) -> UnitRow:
        return next((row for row in self.rows if row.unit == unit), UnitRow(unit, None, ()))


def plan_lines(plan: Plan) -> list[Line]:
    """Return the lines that stand in the plan, in document order; one query.

    A line that names nobody is answered for by those the nearest line above it names, as in
    `plans.document.effective_units`.
    """
    rows: dict[int, list[Any]] = {}
    named: dict[int, set[int]] = defaultdict(set)
    found: Iterable[tuple[Any, ...]] = (
        Item.objects.present()
        .filter(plan=plan)
        .order_by("position", "pk")
        .values_list(
            "pk", "responsibilities__unit_id", "uid", "parent_id", "kind", "title", "text", "numbered",
            "child_style", "all_units",
        )
    )  # fmt: skip
    for pk, unit, *row in found:
        rows[pk] = row  # one for each unit that is named, the same but for the unit
        if unit is not None:
            named[pk].add(unit)
    children: dict[int | None, list[int]] = defaultdict(list)
    for pk, row in rows.items():
        children[row[1]].append(pk)

    def walk(
        parent: int | None, numbers: Numbers, above: frozenset[int], path: tuple[tuple[int, str], ...]
    ) -> Iterator[Line]:
        for pk in children[parent]:
            uid, _parent, kind, title, text, numbered, child_style, all_units = rows[pk]
            number, inner = numbers.take(kind=kind, numbered=numbered, child_style=child_style)
            units = frozenset(named[pk]) if named[pk] or all_units else above
            title, text = title.strip(), text.strip()
            words = title or text
            is_empty = not words and kind != Kind.TABLE
            yield Line(pk, str(uid), number, words, kind, is_empty, units, path, text if title else "")
            yield from walk(pk, inner, units, (*path, (pk, f"{number}{Truncator(words).chars(PLACE_SHOWN)}")))

    return list(walk(None, Numbers(plan.scheme), frozenset(), ()))


def owed_lines(plan: Plan) -> dict[int, list[Line]]:
    """Return by the unit's key the lines it answers for by name. 各課室 makes no unit owe a part."""
    owed: dict[int, list[Line]] = defaultdict(list)
    for line in plan_lines(plan):
        for unit in line.units:
            owed[unit].append(line)
    return dict(owed)


def units_of_line(plan: Plan, uid: UUID | None) -> frozenset[int]:
    """Return the keys of the units that answer for a line by name; none where it is deleted."""
    return next((line.units for line in plan_lines(plan) if line.uid == str(uid)), frozenset())


def open_round_of(plan: Plan) -> WritingRound | None:
    return WritingRound.objects.filter(plan=plan, closed_at__isnull=True).first()


def released_units(plan: Plan) -> set[int]:
    """Return the keys of the units whose part is released in the open round: their people do not write."""
    parts = UnitPart.objects.filter(round__plan=plan, round__closed_at__isnull=True, state=PartState.RELEASED)
    return set(parts.values_list("unit_id", flat=True))


def board(plan: Plan, *, on: dt.date) -> Board:
    """Return the plan's latest round in four queries; before the first round, the units one would ask."""
    latest = WritingRound.objects.filter(plan=plan).order_by("-opened_at", "-pk").values("pk")[:1]
    parts = list(
        UnitPart.objects.filter(round=Subquery(latest)).select_related("round__opened_by", "changed_by")
    )
    # A round is opened with at least one part, so that without parts there was none.
    current = parts[0].round if parts else None
    is_open = current is not None and current.closed_at is None and plan.status in EDITABLE
    by_unit = {part.unit_id: part for part in parts}
    owed = owed_lines(plan)
    wanted = by_unit.keys() | (owed.keys() if current is None or is_open else set())
    units = Unit.objects.filter(pk__in=wanted).order_by("order", "name")
    changes = _changes(plan, current) if current else {}
    rows = tuple(
        UnitRow(
            unit,
            by_unit.get(unit.pk),
            tuple(owed.get(unit.pk, ())),
            {line.pk: changes[line.pk] for line in owed.get(unit.pk, ()) if line.pk in changes},
        )
        for unit in units
    )
    return Board(current, rows, on, is_open)


def _changes(plan: Plan, current: WritingRound) -> dict[int, Change]:
    """Return the last change of each line changed in the round, by the line's key."""
    history = Item.history.filter(plan_id=plan.pk, history_date__gte=current.opened_at)
    if current.closed_at:
        history = history.filter(history_date__lte=current.closed_at)
    # The database picks the last row of each line: a round of some weeks leaves one for every autosave.
    last = history.order_by().values("id").annotate(last=Max("history_id")).values("last")
    rows = Item.history.filter(history_id__in=last).values_list(
        "id", "history_date", "history_user__full_name", "history_user__username"
    )
    return {pk: Change(full_name or username or "", at) for pk, at, full_name, username in rows}


@dataclass(frozen=True)
class OpenRound:
    """An open round as the first page shows it: due when, and where each unit that was asked stands."""

    plan_id: int
    due_on: dt.date
    states: dict[int, str]

    def state_of(self, unit: Unit) -> str:
        return self.states.get(unit.pk, PartState.NOT_BEGUN)

    @property
    def released(self) -> int:
        return sum(state == PartState.RELEASED for state in self.states.values())


def open_rounds(plans: list[Plan]) -> dict[int, OpenRound]:
    """Return the open rounds of those plans that may be written, by the plan's key; one query."""
    keys = [plan.pk for plan in plans if plan.status in EDITABLE]
    found: dict[int, OpenRound] = {}
    rows = UnitPart.objects.filter(round__plan__in=keys, round__closed_at__isnull=True).order_by("pk")
    for plan, due_on, unit, state in rows.values_list("round__plan_id", "round__due_on", "unit_id", "state"):
        found.setdefault(plan, OpenRound(plan, due_on, {})).states[unit] = state
    return found
