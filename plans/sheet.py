"""The plan as the editor shows it: a row of pieces, each swapped alone.

A piece is the head of a chapter, a line outside tables, or a whole table. Of a table in which a step is taken
only rows are swapped. Ids are those of the elements on the page: `i-` and the uid of a line or chapter, `t-`
of a table, `m-` of a roster, `r-` of the line a row is of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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


def pieces_of(document: PlanDocument, rights: Rights) -> list[Piece]:
    """Return the sheet of a numbered document, for a person of these rights."""
    found: list[Piece] = []
    for chapter in lay_out(document):
        found.append(piece_of_chapter(replace(chapter, blocks=()), rights.writes))
        for block in chapter.blocks:
            if block.layout == Layout.OUTLINE:
                found += [piece_of_line(line, rights.writes) for line in block.lines]
            else:
                found.append(piece_of_table(block, rights.writes))
    return found


def piece_of_chapter(chapter: Chapter, writes: frozenset[str]) -> Piece:
    return Piece(f"i-{chapter.uid}", chapter=chapter, writes=writes & {chapter.uid})


def piece_of_line(line: Line, writes: frozenset[str]) -> Piece:
    return Piece(f"i-{line.uid}", line=line, writes=writes & {line.uid})


def piece_of_table(block: Block, writes: frozenset[str], name: str = "") -> Piece:
    """Return a table as a piece; one of a few rows only has a `name` of its own."""
    uids = {block.uid, *(line.uid for row in block.rows for cell in row.cells for line in cell.lines)}
    prefix = name or ("m" if block.layout == Layout.ROSTER else "t")
    return Piece(f"{prefix}-{block.uid}", table=block, writes=writes.intersection(uids))
