"""How a plan stands while it is written: all its lines in their places, read in one query.

A document tells the same and more, but takes ten times as long to build: what a step changes is found here.
Pure; `plans/queries/shapes.py` reads it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from plans.numbering import Numbers
from plans.structure import NOBODY, ROSTER, Key, is_heading, is_table, label_of, source_of

# A line where it stands, as it was read: what `Spot` names, in that order, and all that holds of it in one
# number, for each column of all lines takes its time. Bare tuples, for to make an object of each takes longer
# than to read it, and of most only the key and the parent are looked at.
Row = tuple[Any, ...]
COLUMNS = ("pk", "parent_id", "kind", "child_style", "layout", "flags")
_KIND, _LAYOUT, _FLAGS = map(COLUMNS.index, ("kind", "layout", "flags"))


class Flag:
    """What holds of a line: it has a title, a text, a number, and all units answer for it."""

    TITLE, TEXT, NUMBERED, ALL_UNITS = 1, 2, 4, 8


@dataclass(frozen=True)
class Shape:
    """The rows of lines by key, and those below each in their order (None: the chapters).

    `rosters` are the lines that are nothing else; `named` and `rostered` those that name units in rows of
    their own, and those with a roster, where that was asked.
    """

    rows: Mapping[int, Row]
    below: Mapping[int | None, Sequence[Row]]
    rosters: AbstractSet[int]
    named: Collection[int] = frozenset()
    rostered: Collection[int] = frozenset()
    _spots: dict[int | None, list[Spot]] = field(default_factory=dict, init=False, compare=False)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Self:
        """Return the shape of rows that come in the order in which they stand below each line."""
        known: dict[int, Row] = {}
        below: dict[int | None, list[Row]] = defaultdict(list)
        rosters: set[int] = set()
        for row in rows:
            known[row[0]] = row
            below[row[1]].append(row)
            if row[_KIND] == ROSTER:
                rosters.add(row[0])
        return cls(known, dict(below), rosters)

    def renewed(self, parents: Collection[int | None], rows: Iterable[Row]) -> Self:
        """Return the shape in which `rows` are all that stands below `parents`, in their order."""
        fresh: dict[int | None, list[Row]] = {parent: [] for parent in parents}
        for row in rows:
            fresh[row[1]].append(row)
        now = {row[0]: row for line in fresh.values() for row in line}
        gone = {row[0] for parent in parents for row in self.at(parent)} - now.keys()
        known = {**self.rows, **now}
        below = {parent: line for parent, line in {**self.below, **fresh}.items() if line}
        for key in gone:
            del known[key]
            below.pop(key, None)
        fresh_rosters = {key for key, row in now.items() if row[_KIND] == ROSTER}
        rosters = (self.rosters - gone - now.keys()) | fresh_rosters
        return replace(self, rows=known, below=below, rosters=rosters)

    def at(self, parent: int | None) -> Sequence[Row]:
        return self.below.get(parent, ())

    def differs_at(self, parent: int | None, other: Shape) -> bool:
        mine, theirs = self.at(parent), other.at(parent)
        return mine is not theirs and mine != theirs  # most lists are the same objects in both

    def keys_at(self, parent: int | None) -> list[int]:
        return [row[0] for row in self.at(parent)]

    def spot(self, key: int) -> Spot:
        return Spot(self, self.rows[key])

    def spots(self, parent: int | None) -> list[Spot]:
        if parent not in self._spots:
            self._spots[parent] = [Spot(self, row) for row in self.at(parent)]
        return self._spots[parent]

    def labelled(self, parent: int | None, wanted: Collection[int]) -> list[tuple[Spot, str]]:
        """Return those wanted of the lines below `parent`, with their labels."""
        found, before = [], ""
        for row in self.at(parent):
            if row[0] in wanted:
                found.append((Spot(self, row), label_of(row[_KIND], before)))
            before = row[_KIND]
        return found

    def path(self, key: int | None) -> Iterator[int]:
        """Yield a line and those it stands below, from the inside out; nothing for one that is not there."""
        while key is not None and key in self.rows:
            yield key
            key = self.rows[key][1]

    def walk(self, key: int) -> Iterator[int]:
        """Yield a line and all below it."""
        stack = [key]
        while stack:
            key = stack.pop()
            yield key
            stack.extend(row[0] for row in self.at(key))

    def has(self, layout: str) -> bool:
        """Say whether any part of the plan asks for this layout."""
        return any(row[_LAYOUT] == layout for row in self.rows.values())

    def source(self, key: int) -> Key:
        """Return which line names the units that answer for this one."""
        source: Key = NOBODY
        for one in reversed([*self.path(key)]):
            source = source_of(self.spot(one), source)
        return source

    @cached_property
    def uneven(self) -> set[int]:
        """The chapters in which a heading stands below a line that is none.

        Everywhere else a heading is one level deeper than its depth. Where a level is skipped, its own hangs
        on all headings before it.
        """
        askew = [
            row[0]
            for parent, line in self.below.items()
            if parent is not None and parent in self.rows and not self._is_heading(parent)
            for row in line
            if row[_FLAGS] & Flag.TITLE and self._is_heading(row[0])
        ]
        paths = [list(self.path(key)) for key in askew]
        return {path[-1] for path in paths if not any(map(self._is_table, path[1:]))}

    def _is_heading(self, key: int) -> bool:
        row = self.rows[key]
        return row[1] is None or is_heading(row[_KIND], row[_FLAGS] & Flag.TITLE)

    def _is_table(self, key: int) -> bool:
        row = self.rows[key]
        return is_table(row[_KIND], row[_LAYOUT])

    @cached_property
    def holding_rosters(self) -> set[int]:
        """The lines that are rosters, have one, or stand above such a line."""
        found: set[int] = set()
        for key in (*self.rosters, *self.rostered):
            for above in self.path(key):
                if above in found:
                    break
                found.add(above)
        return found


class Spot:
    """A line of a shape, as the structure of a plan on paper asks for it."""

    __slots__ = ("child_style", "flags", "key", "kind", "layout", "parent", "shape")
    key: int
    parent: int | None
    kind: str
    child_style: str
    layout: str
    flags: int

    def __init__(self, shape: Shape, row: Row) -> None:
        self.shape = shape
        (
            self.key,
            self.parent,
            self.kind,
            self.child_style,
            self.layout,
            self.flags,
        ) = row

    @property
    def title(self) -> bool:
        return bool(self.flags & Flag.TITLE)

    @property
    def text(self) -> bool:
        return bool(self.flags & Flag.TEXT)

    @property
    def numbered(self) -> bool:
        return bool(self.flags & Flag.NUMBERED)

    @property
    def all_units(self) -> bool:
        return bool(self.flags & Flag.ALL_UNITS)

    @property
    def names_units(self) -> bool:
        return self.all_units or self.key in self.shape.named

    @property
    def has_roster(self) -> bool:
        return self.key in self.shape.rostered

    @property
    def holds_rosters(self) -> bool:
        return self.key in self.shape.holding_rosters

    @property
    def children(self) -> list[Spot]:
        return self.shape.spots(self.key)


class Numbering:
    """The numbers of a shape, computed for the lines they are asked of."""

    def __init__(self, shape: Shape, scheme: str) -> None:
        self.shape, self.scheme = shape, scheme
        self._ordinals: dict[int | None, dict[int, int]] = {}
        self._lines: dict[int, tuple[str, Numbers]] = {}

    def ordinals(self, parent: int | None) -> dict[int, int]:
        """Return for each line below `parent` which of its kind it is, 0 for one without a number."""
        if parent not in self._ordinals:
            count, line = Numbers(self.scheme).count, self.shape.at(parent)
            self._ordinals[parent] = {
                row[0]: count(kind=row[_KIND], numbered=bool(row[_FLAGS] & Flag.NUMBERED)) for row in line
            }
        return self._ordinals[parent]

    def among(self, parent: int | None) -> Numbers:
        """Return the numbering of the lines below `parent`."""
        return Numbers(self.scheme) if parent is None else self.line(parent)[1]

    def line(self, key: int) -> tuple[str, Numbers]:
        """Return the number of a line, and the numbering of the lines below it."""
        if key not in self._lines:
            spot = self.shape.spot(key)
            ordinal = self.ordinals(spot.parent)[key]
            numbers = self.among(spot.parent)
            self._lines[key] = numbers.at(ordinal, kind=spot.kind, child_style=spot.child_style)
        return self._lines[key]
