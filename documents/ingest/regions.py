"""What is known of a table while it is read: its cells and rows, and in the end the region it takes up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from documents.ingest.nodes import Line, Node
from documents.ingest.proposal import Dropped, ProposedMember, ReadingWarning, Unplaced

TableLayout = Literal["responsibility", "target_table", "roster"]


@dataclass
class Cell:
    """The lines of one cell, without the blanks and marks that separate cells."""

    lines: list[Line] = field(default_factory=list)
    confidence: float = 1.0

    def __bool__(self) -> bool:
        return bool(self.lines)


@dataclass
class TableRegion:
    """A table found in the source: `nodes` hang under the item before it, a roster has `members` instead.

    Every non-blank character between `first` and `last` stands once in nodes, members, title, dropped or
    unplaced; only units may stand at several items: those of a cell that covers several rows, or of the
    row above.
    """

    layout: TableLayout
    first: int
    last: int
    heads: list[str]
    nodes: list[Node] = field(default_factory=list)
    members: list[ProposedMember] = field(default_factory=list)
    title: str = ""
    dropped: list[Dropped] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    warnings: list[ReadingWarning] = field(default_factory=list)
