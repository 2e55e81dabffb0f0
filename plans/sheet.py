"""The plan as the editor shows it: a row of pieces, each swapped alone, and what changed between two sheets.

A piece is the head of a chapter, a line outside tables, or a whole table, whose cells may be merged. Ids
are those of the elements on the page: `i-` and the uid of a line or chapter, `t-` and the uid of a table.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from plans.blocks import Block, Chapter, Line
from plans.document import PlanDocument
from plans.enums import Layout
from plans.layout import lay_out
from plans.rights import Rights


@dataclass(frozen=True, slots=True)
class Piece:
    """One of `chapter`, `line` and `table` is there. `writes` names the lines in it the person may write."""

    id: str
    chapter: Chapter | None = None
    line: Line | None = None
    table: Block | None = None
    writes: frozenset[str] = frozenset()

    @property
    def number(self) -> str:
        return self.chapter.number if self.chapter else self.line.number if self.line else ""

    def without_number(self) -> Piece:
        if self.chapter:
            return replace(self, chapter=replace(self.chapter, number=""))
        return replace(self, line=replace(self.line, number="")) if self.line else self


@dataclass(frozen=True)
class Changes:
    """What turns one sheet into another: ids to take out, pieces to put behind an id, numbers to write."""

    remove: tuple[str, ...] = ()
    put: tuple[tuple[Piece, str], ...] = ()  # the id is "" for the first of the sheet
    numbers: dict[str, str] = field(default_factory=dict)


def pieces_of(document: PlanDocument, rights: Rights) -> list[Piece]:
    """Return the sheet of a numbered document, for a person of these rights."""
    found: list[Piece] = []
    for chapter in lay_out(document):
        head = replace(chapter, blocks=())
        found.append(_piece(f"i-{chapter.uid}", rights, [chapter.uid], chapter=head))
        for block in chapter.blocks:
            if block.layout == Layout.OUTLINE:
                found += [_piece(f"i-{line.uid}", rights, [line.uid], line=line) for line in block.lines]
            else:
                uids = [line.uid for row in block.rows for cell in row.cells for line in cell.lines]
                found.append(_piece(f"t-{block.uid}", rights, [block.uid, *uids], table=block))
    return found


def changes_between(
    before: Sequence[Piece], after: Sequence[Piece], *, always: Iterable[str] = ()
) -> Changes:
    """Return the fewest steps from one sheet to the other; pieces of the ids in `always` are put anyway."""
    old = {piece.id: (place, piece) for place, piece in enumerate(before)}
    now = {piece.id for piece in after}
    kept = [piece.id for piece in after if piece.id in old]
    staying = _longest_rise(kept, [old[key][0] for key in kept])
    put: list[tuple[Piece, str]] = []
    numbers: dict[str, str] = {}
    wanted = set(always)
    previous = ""
    for piece in after:
        was = old[piece.id][1] if piece.id in staying else None
        if was is None or piece.id in wanted:
            put.append((piece, previous))
        elif was != piece:
            if piece.table is None and was.without_number() == piece.without_number():
                numbers[piece.id] = piece.number
            else:
                put.append((piece, previous))
        previous = piece.id
    return Changes(tuple(key for key in old if key not in now), tuple(put), numbers)


def piece_of(pieces: Iterable[Piece], uid: str) -> Piece | None:
    """Return the piece a line stands in, itself or the table around it."""
    for piece in pieces:
        if piece.id == f"i-{uid}":
            return piece
        if piece.table and (
            piece.table.uid == uid
            or any(line.uid == uid for row in piece.table.rows for cell in row.cells for line in cell.lines)
        ):
            return piece
    return None


def _piece(
    key: str,
    rights: Rights,
    uids: Iterable[str],
    *,
    chapter: Chapter | None = None,
    line: Line | None = None,
    table: Block | None = None,
) -> Piece:
    return Piece(key, chapter, line, table, rights.writes.intersection(uids))


def _longest_rise(keys: Sequence[str], places: Sequence[int]) -> set[str]:
    """Return the most keys whose places rise: those that may stay while the others move."""
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
    found: set[str] = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        found.add(keys[at])
        at = before[at]
    return found
