"""What a plan consists of on paper before any words: which lines, tables and rows, in which order.

Told by keys, and the same for the nodes of a document and for the places of a shape (`shape.py`). What they
say is for `layout.py` and `tables.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from enum import StrEnum
from typing import Generic, NamedTuple, Protocol, Self, TypeVar

from plans.enums import Kind, Layout

TARGETS_LABEL = "預期目標"
TABLE_LAYOUTS = (Layout.RESPONSIBILITY.value, Layout.TARGET_TABLE.value)
NOBODY = ""  # names no units

# Asked of every line: the member of an enumeration is looked up, and compared, in several times as long.
CHAPTER, HEADING, TARGET, NOTE, ROSTER = (
    str(kind.value) for kind in (Kind.CHAPTER, Kind.HEADING, Kind.TARGET, Kind.NOTE, Kind.TABLE)
)

Key = Hashable


class Part(Protocol):
    """A line of a plan. Of `title` and `text` only whether there is any is asked."""

    @property
    def key(self) -> Key: ...
    @property
    def kind(self) -> str: ...
    @property
    def layout(self) -> str: ...
    @property
    def title(self) -> object: ...
    @property
    def text(self) -> object: ...
    @property
    def names_units(self) -> bool: ...
    @property
    def has_roster(self) -> bool: ...
    @property
    def holds_rosters(self) -> bool: ...
    @property
    def children(self) -> Sequence[Self]: ...


PartT = TypeVar("PartT", bound=Part)


class What(StrEnum):
    CHAPTER = "chapter"
    LINE = "line"
    CELL_LINE = "cell_line"  # printed as in a cell: no heading, and its units are not named
    ROSTER = "roster"
    WORDS = "words"  # a roster's own, below it
    TABLE = "table"


class Slot(NamedTuple):
    """A place on paper for a line, with how it stands there; or for a table, `level` being that above it."""

    what: What
    key: Key
    indent: int = 0
    level: int = 0  # of the heading, chapters 1; 0 = no heading
    label: str = ""


class Holds(StrEnum):
    """What the cell of a row's own words holds."""

    ALL = "all"  # the line and all below it
    ALONE = "alone"  # the line without what stands below it, which has rows of its own
    TEXT = "text"  # the text behind a title that heads the row
    THEME = "theme"  # a theme that says all it has to say itself
    GROUP = "group"  # the actions and targets of a heading
    BESIDE = "beside"  # those that stand beside inner headings, which have rows of their own


WITH_BELOW = frozenset({Holds.ALL, Holds.GROUP, Holds.BESIDE})


class RowPlan(NamedTuple):
    """A row of a table: whose it is, the lines that head it from the outside in, what it holds.

    `merges` has a key for each column: neighbours with the same one, where there is one, are one cell.
    """

    key: Key
    path: tuple[Key, ...]
    merges: tuple[Key, ...]
    holds: Holds
    indent: int = 0
    label: str = ""


def label_of(kind: str, before: str) -> str:
    """Return what stands above a line of this kind behind one of the kind `before`, "" for the first."""
    return TARGETS_LABEL if kind == TARGET and before != TARGET else ""


def is_heading(kind: str, title: object) -> bool:
    """Say whether a line of an outline is a heading. A chapter is one, with a title or without."""
    return bool(title) and kind != ROSTER


def is_table(kind: str, layout: str) -> bool:
    """Say whether what stands below a line is a table and no outline."""
    return layout in TABLE_LAYOUTS and kind != ROSTER


def source_of(part: Part, above: Key) -> Key:
    """Return which line names the units that answer for this one: itself, or that of the line above."""
    return part.key if part.names_units else above


def labelled(children: Sequence[PartT]) -> list[tuple[PartT, str]]:
    befores = ["", *(child.kind for child in children)]
    return [(child, label_of(child.kind, before)) for child, before in zip(children, befores, strict=False)]


def all_below(part: PartT) -> list[tuple[PartT, str]]:
    return labelled(part.children)


def runs_below(
    chapter: PartT, told: Callable[[PartT], Sequence[tuple[PartT, str]] | None] = all_below
) -> Iterator[tuple[Slot, ...]]:
    """Yield the chapter's body: runs of lines, broken by each part that is a table.

    `told` returns what is told of the lines below one in an outline, with their labels; where it returns
    None, only that one itself is told.
    """
    if chapter.has_roster:
        yield (Slot(What.ROSTER, chapter.key),)
    if is_table(chapter.kind, chapter.layout):
        yield from _table(chapter, above=1 if chapter.title else 0)
        return
    run: list[Slot] = []
    heading = 1  # the level of the last heading; the next is at most one deeper, for no level may be skipped
    stack = [(child, 0, label) for child, label in reversed(told(chapter) or ())]
    while stack:
        part, depth, label = stack.pop()
        is_roster = part.kind == ROSTER
        below = told(part)
        level = min(depth + 2, heading + 1) if is_heading(part.kind, part.title) else 0
        heading = level or heading
        if not is_roster:
            run.append(Slot(What.LINE, part.key, depth, level, label))
        has_table = below is not None and is_table(part.kind, part.layout)
        if is_roster or has_table or (below is not None and part.has_roster):
            if run:
                yield tuple(run)
                run = []
            yield from _alone(part, above=heading)
        if below and not has_table:  # what stands below a roster comes after it
            stack.extend((child, depth + 1, name) for child, name in reversed(below))
    if run:
        yield tuple(run)


class Stretch(NamedTuple, Generic[PartT]):
    """Rows of a table that stand together: those of the last part of `path`, which heads them.

    Who names the units around that part is `above`.
    """

    layout: str
    path: tuple[PartT, ...]
    above: Key

    @property
    def key(self) -> Key:
        return self.path[-1].key

    def rows(self) -> list[RowPlan]:
        if self.layout == Layout.TARGET_TABLE:
            return [_group_row(self.path)] if len(self.path) == 1 else list(_target_rows(self.path))
        if len(self.path) == 1:
            key = self.key
            return [RowPlan(key, (key,), (key, "", "", source_of(self.path[0], self.above)), Holds.THEME)]
        return list(_focus_rows(self.path[0], self.path[1], self.above))


def stretches_of(top: PartT, above: Key) -> list[Stretch[PartT]]:
    """Return the table below `top` in stretches; `above` names who gives it its units, itself or another."""
    found = []
    for theme in top.children:
        if theme.kind in {ROSTER, NOTE}:
            continue
        if top.layout == Layout.TARGET_TABLE:
            inner, has_own = _headings(theme), bool(in_row(theme, Holds.GROUP))
        else:
            inner, has_own = [child for child in theme.children if child.kind != ROSTER], False
        if has_own or not inner:
            found.append(Stretch(top.layout, (theme,), above))
        source = source_of(theme, above)
        found += [Stretch(top.layout, (theme, part), source) for part in inner]
    return found


def in_row(part: PartT, holds: Holds) -> list[PartT]:
    """Return which of the lines right below a part of a table stand in its row, with all below them."""
    if holds not in WITH_BELOW:
        return []
    apart = {ROSTER} if holds == Holds.ALL else {ROSTER, HEADING}
    return [child for child in part.children if child.kind not in apart]


def _headings(part: PartT) -> list[PartT]:
    """Return what has rows of its own below a part of a target table."""
    return [child for child in part.children if child.kind == HEADING]


def rows_of(top: Part, above: Key) -> list[RowPlan]:
    """Return all rows of the table below `top`."""
    return [row for stretch in stretches_of(top, above) for row in stretch.rows()]


def last_slot(part: Part) -> Slot:
    """Return the last slot of a part of an outline and all below it."""
    while part.children and not is_table(part.kind, part.layout):
        part = part.children[-1]
    line = Slot(What.CHAPTER if part.kind == CHAPTER else What.LINE, part.key)
    return [line, *(run[-1] for run in _alone(part))][-1]


def _alone(part: Part, *, above: int = 0) -> Iterator[tuple[Slot, ...]]:
    """Yield the tables of a line of an outline."""
    if part.kind == ROSTER:
        yield from _roster(part)
        return
    if part.has_roster:
        yield (Slot(What.ROSTER, part.key),)
    if is_table(part.kind, part.layout):
        yield from _table(part, above=above)


def _roster(part: Part) -> Iterator[tuple[Slot, ...]]:
    yield (Slot(What.ROSTER, part.key),)
    if part.title and part.text:
        yield (Slot(What.WORDS, part.key),)


def _table(top: Part, *, above: int) -> Iterator[tuple[Slot, ...]]:
    """Yield the table below `top`, then what stands below it that is no row: notes, rosters."""
    yield (Slot(What.TABLE, top.key, level=above),)
    for child in top.children:
        if child.kind == NOTE:
            yield tuple(_cell_slots([child]))
        if child.holds_rosters:
            yield from _rosters(child)


def _rosters(part: Part) -> Iterator[tuple[Slot, ...]]:
    """Yield the rosters at and below a part of a table: no cell has room for one, so they follow it."""
    if part.kind == ROSTER:
        yield from _roster(part)
        rest = tuple(_cell_slots(part.children))
        if rest:
            yield rest
    elif part.has_roster:
        yield (Slot(What.ROSTER, part.key),)
    for child in part.children:
        if child.holds_rosters:
            yield from _rosters(child)


def _cell_slots(parts: Sequence[Part]) -> Iterator[Slot]:
    return (Slot(What.CELL_LINE, part.key, depth, 0, label) for part, depth, label in in_cell(parts))


def in_cell(parts: Sequence[PartT], indent: int = 0, label: str = "") -> Iterator[tuple[PartT, int, str]]:
    """Yield (part, indent, label) for the lines of a cell: the parts, and all below a level further in."""
    stack = [(part, indent, label) for part in reversed(parts)]
    while stack:
        part, depth, name = stack.pop()
        if part.kind == ROSTER:
            continue  # it is printed after the table
        yield part, depth, name
        stack.extend((child, depth + 1, inner) for child, inner in reversed(labelled(part.children)))


def _focus_rows(theme: Part, focus: Part, above: Key) -> Iterator[RowPlan]:
    path = (theme.key, focus.key)
    source = source_of(focus, above)
    below = [child for child in focus.children if child.kind != ROSTER]
    if (focus.title and focus.text) or not below:
        yield RowPlan(focus.key, path, (*path, "", source), Holds.TEXT)
    for child, label in labelled(below):
        yield from _content_rows(child, path, source, 0, label)


def _content_rows(
    part: Part, path: tuple[Key, ...], above: Key, indent: int, label: str
) -> Iterator[RowPlan]:
    """Yield the rows of one content item: one, or one for each part below it that names units of its own."""
    source = source_of(part, above)
    merges = (*path, "", source)
    if not _names_below(part):
        yield RowPlan(part.key, path, merges, Holds.ALL, indent, label)
        return
    yield RowPlan(part.key, path, merges, Holds.ALONE, indent, label)
    for child, name in labelled(part.children):
        if child.kind != ROSTER:
            yield from _content_rows(child, path, source, indent + 1, name)


def _names_below(part: Part) -> bool:
    """Say whether any line below this one names units of its own."""
    return any(child.names_units or _names_below(child) for child in part.children)


def _target_rows(path: tuple[PartT, ...]) -> Iterator[RowPlan]:
    """Yield a row for each 重點: the heading of the table below which there are no more headings.

    What stands beside inner headings has a row of its own before theirs.
    """
    inner = _headings(path[-1])
    if not inner or in_row(path[-1], Holds.BESIDE):
        yield _group_row(path)
    for child in inner:
        yield from _target_rows((*path, child))


def _group_row(path: tuple[Part, ...]) -> RowPlan:
    keys = tuple(part.key for part in path)
    holds = Holds.BESIDE if _headings(path[-1]) else Holds.GROUP
    merges = (heads[-1] if heads else ("-", keys[0]) for heads in head_columns(keys, holds))
    return RowPlan(keys[-1], keys, (*merges, "", ""), holds)


def head_columns(path: tuple[Key, ...], holds: Holds) -> list[tuple[Key, ...]]:
    """Return what of the path stands under 構面, under 指標 and under 重點.

    Fewer levels leave the middle empty, more stand together under the last. Beside inner headings the columns
    after the last of the path stay empty, for those follow there.
    """
    found = [keys for keys in (path[:1], path[1:2], path[2:]) if keys]
    while len(found) < 3:
        found.insert(len(found) if holds == Holds.BESIDE else 1, ())
    return found


def spans_of(rows: Sequence[RowPlan]) -> list[list[int]]:
    """Return for each cell how many rows it covers, 0 where it goes on from the row above."""
    spans: list[list[int]] = []
    open_in: dict[int, int] = {}  # by column the row in which its cell began
    for number, row in enumerate(rows):
        starts = starts_of(row, rows[number - 1] if number else None)
        spans.append([int(one) for one in starts])
        for column, is_start in enumerate(starts):
            if is_start:
                open_in[column] = number
            else:
                spans[open_in[column]][column] += 1
    return spans


def starts_of(row: RowPlan, before: RowPlan | None) -> tuple[bool, ...]:
    """Return which cells begin in a row and do not go on from the row before it."""
    if before is None:
        return (True,) * len(row.merges)
    return tuple(not key or key != was for key, was in zip(row.merges, before.merges, strict=True))
