"""What a step changes on a sheet in the editor: pieces and rows that go, that come, numbers to be written.

Found between two shapes of a plan: only at the lists whose lines changed, and at what stands above those. The
sheet of a plan of 2,000 lines is not made anew for one of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, cast

from plans.enums import Kind, Style
from plans.numbering import Numbers
from plans.shape import Numbering, Shape, Spot
from plans.structure import (
    WITH_BELOW,
    Key,
    RowPlan,
    Slot,
    What,
    all_below,
    in_row,
    is_table,
    last_slot,
    runs_below,
    starts_of,
    stretches_of,
)

ROW = "row"


class Mark(NamedTuple):
    """An element of the sheet: what it is, and the key of the line it belongs to."""

    what: str
    key: int


class Put(NamedTuple):
    """An element to put behind another (None: first of the sheet), or where it stands already."""

    mark: Mark
    behind: Mark | None = None
    stays: bool = False


# Rows with the spans of their cells. How many rows these cover in all is told by the page, which has them.
Rows = list[tuple[RowPlan, tuple[int, ...]]]


@dataclass(frozen=True)
class Cut:
    """Some of a sheet: the slots of pieces, and rows by the table they stand in."""

    slots: tuple[Slot, ...] = ()
    rows: Mapping[int, Rows] = field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """What turns one sheet into the other; `cut` is what has to be shown for what is put."""

    remove: tuple[Mark, ...] = ()
    put: tuple[Put, ...] = ()
    numbers: Mapping[int, str] = field(default_factory=dict)
    cut: Cut = field(default_factory=Cut)


def mark_of(slot: Slot) -> Mark:
    is_line = slot.what in {What.CHAPTER, What.LINE, What.CELL_LINE}
    return Mark(What.LINE if is_line else slot.what, pk_of(slot.key))


def cut_out(shape: Shape, marks: Collection[Mark]) -> Cut:
    """Return the elements of these marks, as far as they are on the sheet."""
    wanted = set(marks)
    opened = {key for mark in marks for key in shape.path(mark.key)}
    sheet = _Sheet(shape, opened)
    rows: dict[int, Rows] = {}
    for top in sheet.tables:
        table = _Table(shape, top)
        pairs = [pair for at, key in enumerate(table.keys) if key in opened for pair in table.pairs(at)]
        found = [_cut_row(*pair) for pair in pairs if Mark(ROW, pk_of(pair[0].key)) in wanted]
        rows |= {top: found} if found else {}
    return Cut(tuple(slot for mark, slot in sheet.slots.items() if mark in wanted), rows)


class _Sheet:
    """What stands on a sheet, in order, as far as it is opened, with some lines beside that.

    All else is passed over: what stands below other lines, and most lines beside one that is opened. Only in
    chapters with uneven levels everything is told, in those of a second shape too.
    """

    def __init__(
        self,
        shape: Shape,
        opened: AbstractSet[int],
        beside: AbstractSet[int] = frozenset(),
        *,
        other: Shape | None = None,
    ) -> None:
        self.shape, self.opened, self.told = shape, opened, opened | beside
        self.shapes = [shape, other] if other else [shape]
        self.shut: set[int] = set()
        self.slots = {mark_of(slot): slot for slot in self._read()}

    @property
    def tables(self) -> list[int]:
        """The tables that are opened."""
        return [mark.key for mark in self.slots if mark.what == What.TABLE and mark.key in self.opened]

    def end_of(self, slot: Slot) -> Mark:
        """Return the last element of a line and of what was passed over below it."""
        key = pk_of(slot.key)
        return mark_of(last_slot(self.shape.spot(key)) if key in self.shut else slot)

    def _read(self) -> Iterator[Slot]:
        for chapter in self.shape.spots(None):
            yield Slot(What.CHAPTER, chapter.key)
            if chapter.key not in self.opened:
                self.shut.add(chapter.key)
                continue
            is_even = is_table(chapter.kind, chapter.layout) or not any(
                chapter.key in shape.uneven for shape in self.shapes
            )
            for run in runs_below(chapter, self._told if is_even else all_below):
                for slot in run:
                    # The level above a table is no matter here: in the editor its row heads are no headings.
                    yield slot._replace(level=0) if slot.what == What.TABLE else slot

    def _told(self, spot: Spot) -> list[tuple[Spot, str]] | None:
        if spot.key not in self.opened:
            self.shut.add(spot.key)
            return None
        # The last is told too, for what follows stands behind it.
        return self.shape.labelled(spot.key, self.told | {*self.shape.keys_at(spot.key)[-1:]})


class _Table:
    """The rows of a table, made for the stretches they are asked of."""

    def __init__(self, shape: Shape, top: int) -> None:
        self.stretches = stretches_of(shape.spot(top), shape.source(top))
        self.keys = [pk_of(stretch.key) for stretch in self.stretches]
        self.places = {key: at for at, key in enumerate(self.keys)}
        self._rows: dict[int, list[RowPlan]] = {}

    def pairs(self, at: int) -> list[tuple[RowPlan, RowPlan | None]]:
        """Return each row of a stretch with the row before it."""
        rows = self.rows(at)
        last = self.rows(at - 1)[-1] if at else None
        return list(zip(rows, [last, *rows], strict=False))

    def rows(self, at: int) -> list[RowPlan]:
        if at not in self._rows:
            self._rows[at] = self.stretches[at].rows()
        return self._rows[at]

    def key_before(self, at: int) -> int | None:
        return self.keys[at - 1] if at else None


def _cut_row(row: RowPlan, before: RowPlan | None) -> tuple[RowPlan, tuple[int, ...]]:
    return row, tuple(map(int, starts_of(row, before)))


def changes_between(before: Shape, after: Shape, scheme: str) -> Changes:
    return _Comparison(before, after, scheme).changes()


class _Comparison:
    """Two shapes of a plan, and the lists that differ between them.

    Lines that came, went to another list or level or became something else count as moved, with all below
    them. All other lines stand in the same order in both.
    """

    def __init__(self, before: Shape, after: Shape, scheme: str) -> None:
        self.before, self.after = before, after
        self.old_numbers, self.numbers = Numbering(before, scheme), Numbering(after, scheme)
        parents = {*before.below, *after.below}
        self.lists = {parent for parent in parents if before.differs_at(parent, after)}
        tops = [top for parent in self.lists for top in _moved(before, after, parent)]
        self.moved = {key for top in tops for key in after.walk(top)}
        self.above = {key for shape in (before, after) for parent in self.lists for key in shape.path(parent)}
        gone = {key for parent in self.lists for key in before.keys_at(parent) if key not in after.rows}
        were = {key for top in tops if top in before.rows for key in before.walk(top)}
        # What stands below any other line is the same on both sheets.
        self.opened = self.above | self.moved | were | gone
        self.changed = self.moved | gone

    def changes(self) -> Changes:
        beside = self._beside()
        old = _Sheet(self.before, self.opened, beside, other=self.after)
        now = _Sheet(self.after, self.opened, beside, other=self.before)
        numbers = self._numbers()
        remove = [mark for mark in old.slots if mark not in now.slots]
        put: list[Put] = []
        slots: list[Slot] = []
        rows: dict[int, Rows] = {}
        last: Slot | None = None
        for mark, slot in now.slots.items():
            if mark.key in self.moved or mark not in old.slots:
                put.append(Put(mark, now.end_of(last) if last else None))
                slots.append(slot)
            elif slot != old.slots[mark]:
                put.append(Put(mark, stays=True))
                slots.append(slot)
            elif slot.what == What.TABLE and mark.key in self.above:
                gone, come, rows[mark.key] = self._rows(mark.key)
                remove += gone
                put += come
            last = slot
        for key in [key for key in numbers if self.after.spot(key).kind == Kind.TABLE]:
            del numbers[key]  # the number of a roster is part of its caption
            put.append(Put(Mark(What.ROSTER, key), stays=True))
            slots.append(Slot(What.ROSTER, key))
        return Changes(tuple(remove), tuple(put), numbers, Cut(tuple(slots), rows))

    def _beside(self) -> set[int]:
        """Return the neighbours of what changed: it stands behind one, and the other may get a label."""
        found: set[int] = set()
        for shape in (self.before, self.after):
            for parent in self.lists:
                line = shape.keys_at(parent)
                for at, key in enumerate(line):
                    if key in self.changed:
                        found.update(line[max(at - 1, 0) : at + 2])
        return found

    def _numbers(self) -> dict[int, str]:
        """Return the new number of each line that stays and has another one now."""
        found: dict[int, str] = {}
        stack = [
            parent
            for parent in self.lists
            if parent is None or (parent in self.after.rows and parent not in self.moved)
        ]
        while stack:
            for key, number, inner in self._renumbered(stack.pop()):
                if number:
                    found[key] = number
                if key not in self.lists and self._tells(key, inner.style):
                    stack.append(key)
        return found

    def _renumbered(self, parent: int | None) -> Iterator[tuple[int, str, Numbers]]:
        """Yield the lines below one that stay and are numbered otherwise now, with how those below are."""
        is_like = self.numbers.among(parent).is_like(self.old_numbers.among(parent))
        was = self.old_numbers.ordinals(parent)
        for key, ordinal in self.numbers.ordinals(parent).items():
            if key in self.moved or (is_like and ordinal == was[key]):
                continue
            (number, inner), (old, old_inner) = self.numbers.line(key), self.old_numbers.line(key)
            if number != old or not inner.is_like(old_inner):
                yield key, number, inner

    def _tells(self, key: int, style: str) -> bool:
        """Say whether numbers below a line may tell of its own: 1-1. does, also below lines without one."""
        return style == Style.PAIR or any(not child.numbered for child in self.after.spots(key))

    def _rows(self, top: int) -> tuple[list[Mark], list[Put], Rows]:
        """Return which rows of a table go and which are put.

        A row is put anew where its words changed, or where the row before it is another, so that other cells
        begin in it. How many rows a cell covers is for the page to count.
        """
        old, now = _Table(self.before, top), _Table(self.after, top)
        were = {
            row.key: (row, before)
            for at, key in enumerate(old.keys)
            if key in self.opened
            for row, before in old.pairs(at)
        }
        going = set(were)
        come: list[Put] = []
        rows: Rows = []
        for at, key in enumerate(now.keys):
            pairs = now.pairs(at) if key in self.opened else []
            if not pairs and self._follows_another(key, old, now):
                [(row, before), *_rest] = old.pairs(old.places[key])
                were[row.key] = row, before
                pairs = now.pairs(at)[:1]
            for row, before in pairs:
                going.discard(row.key)
                mark, was = Mark(ROW, pk_of(row.key)), were.get(row.key)
                if mark.key in self.moved or was is None:
                    behind = Mark(What.TABLE, top) if before is None else Mark(ROW, pk_of(before.key))
                    come.append(Put(mark, behind))
                elif row != was[0] or starts_of(row, before) != starts_of(*was) or self._is_rewritten(row):
                    come.append(Put(mark, stays=True))
                else:
                    continue
                rows.append(_cut_row(row, before))
        return [Mark(ROW, pk_of(key)) for key in going], come, rows

    def _follows_another(self, key: int, old: _Table, now: _Table) -> bool:
        """Say whether the row before a stretch that stays as it is may be another than it was."""
        before = now.key_before(now.places[key])
        return before in self.opened or before != old.key_before(old.places[key])

    def _is_rewritten(self, row: RowPlan) -> bool:
        """Say whether the words of a row are others, apart from numbers."""
        key = pk_of(row.key)
        if key in self.moved:
            return True
        if row.holds not in WITH_BELOW:
            return False
        inner = (spot.key for spot in in_row(self.after.spot(key), row.holds))
        return key in self.lists or not self.above.isdisjoint(inner)


def _moved(before: Shape, after: Shape, parent: int | None) -> list[int]:
    """Return the lines below `parent` that do not stand there as they did, as few as explain the order."""
    old = {row: at for at, row in enumerate(before.at(parent))}
    stay = [row for row in after.at(parent) if row in old]
    kept, places = [row[0] for row in stay], [old[row] for row in stay]
    staying = _longest_rise(places)
    if len(staying) == len(kept) - 1:
        staying = _without_least(kept, places, staying, after)
    stand = {kept[at] for at in staying}
    return [key for key in after.keys_at(parent) if key not in stand]


def _without_least(kept: list[int], places: list[int], staying: set[int], shape: Shape) -> set[int]:
    """Of two lines that changed places let that move which has less below it."""
    every = set(range(len(kept)))
    [out] = every - staying
    ways = [at for at in (out, out - 1, out + 1) if at in every and _rises(places[:at] + places[at + 1 :])]
    least = min(ways, key=lambda at: sum(1 for _key in shape.walk(kept[at])))
    return every - {least}


def _rises(places: Sequence[int]) -> bool:
    return all(one < other for one, other in pairwise(places))


def _longest_rise(places: Sequence[int]) -> set[int]:
    """Return where the most places stand that rise: those that may stay while the others move."""
    ends: list[int] = []  # ends[n]: index of the smallest place a rise of n + 1 can end with
    before: list[int] = []
    tops: list[int] = []
    for at, place in enumerate(places):
        length = bisect_left(tops, place)
        before.append(ends[length - 1] if length else -1)
        if length == len(ends):
            ends.append(at)
            tops.append(place)
        else:
            ends[length], tops[length] = at, place
    found: set[int] = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        found.add(at)
        at = before[at]
    return found


def pk_of(key: Key) -> int:
    """Return a key of a shape as what it is there."""
    return cast("int", key)
