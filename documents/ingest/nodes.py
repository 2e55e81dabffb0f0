"""What the readers of outlines and tables hand each other: lines of the source, and a tree of nodes.

A Line is one physical line of the source; a Node is an item before it has an id. `propose.py`
flattens the tree into a Proposal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from documents.ingest.proposal import Kind, Layout


@dataclass(frozen=True)
class Line:
    """A line of the source, or the part of one that lies in a cell. `number` counts from 1."""

    number: int
    text: str


@dataclass
class Node:
    """An item being read. `first` and `last` are line numbers; the fields are those of ProposedItem."""

    kind: Kind
    marker: str = ""
    title: str = ""
    text: str = ""
    numbered: bool = True
    child_style: str = ""
    layout: Layout = ""
    units: list[str] = field(default_factory=list)
    all_units: bool = False
    points: str | None = None
    points_text: str = ""
    confidence: float = 1.0
    first: int = 0
    last: int = 0
    children: list[Node] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()
