"""From the lines of a file to a Proposal: furniture away, tables and outline read, facts and targets found.

Pure: `propose` needs neither rows nor a request. Every non-blank character of the source ends in the
proposal or among its unplaced lines; `accounting.py` checks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from documents.ingest.cells import read_points
from documents.ingest.facts import take_attribute, take_back, take_front
from documents.ingest.furniture import find_furniture
from documents.ingest.joining import Block, read_blocks, split_label
from documents.ingest.levels import TableBlock
from documents.ingest.nodes import Line, Node
from documents.ingest.outline import read_outline
from documents.ingest.proposal import (
    LOW_CONFIDENCE,
    Columns,
    Proposal,
    ProposedItem,
    ReadingWarning,
    Span,
    Unplaced,
)
from documents.ingest.regions import TableRegion
from documents.ingest.tables import find_tables
from documents.ingest.targets import LONGEST_READ, read_item

_LONGEST_LINE = 100_000  # a cell with half a chapter in it has a few thousand characters


def propose(source: Sequence[str], *, units: Sequence[str] = ()) -> Proposal:
    """Read a plan. `units` are names of the district's units, which help to tell unit cells apart."""
    return _Reading(source, units).run()


@dataclass
class _Placed:
    """A region and the block that stands for it."""

    region: TableRegion
    block: TableBlock
    node: Node | None = None  # of a roster


@dataclass
class _Reading:
    source: Sequence[str]
    units: Sequence[str]
    proposal: Proposal = field(default_factory=Proposal)
    ids: dict[int, int] = field(default_factory=dict)  # id() of a node to the id of its item

    def run(self) -> Proposal:
        self.proposal.source = list(self.source)
        furniture = find_furniture(self.source)
        lines = []
        for number, text in enumerate(self.source, 1):
            if number in furniture.lines:
                self.proposal.unplaced.append(Unplaced(number, text.strip()))
                text = ""  # noqa: PLW2901 -- the blank line stays, it tells where paragraphs end
            lines.append(Line(number, text.replace("\f", "")))
        placed = [_stand_in(region) for region in self._find_tables(lines, furniture.breaks)]
        blocks = self._blocks(lines, placed, furniture.breaks)
        outline_blocks = self._take_facts(blocks, placed)
        outline = read_outline(outline_blocks)
        self.proposal.dropped += outline.dropped
        self.proposal.warnings += outline.warnings
        self._add_items(outline.nodes, None)
        self._add_tables(placed, {id(block): node for block, node in outline.bodies})
        self._warn()
        return self.proposal

    def _find_tables(self, lines: list[Line], breaks: set[int]) -> list[TableRegion]:
        if all(len(line.text) <= _LONGEST_LINE for line in lines):
            return find_tables(lines, self.units, breaks=breaks)
        message = _("A line is too long for a plan; no tables were looked for.")
        self.proposal.warnings.append(ReadingWarning(1, "long_line", message))
        return []

    def _blocks(self, lines: Sequence[Line], placed: Sequence[_Placed], breaks: set[int]) -> list[Block]:
        """The paragraphs outside the tables."""
        covered = {n for p in placed for n in range(p.region.first, p.region.last + 1)}
        cuts = {p.region.last + 1 for p in placed}
        outside = [line for line in lines if line.number not in covered]
        blocks = read_blocks(outside, breaks=breaks, cuts=cuts, document=lines)
        return [part for block in blocks for part in (split_label(block) or (block,))]

    def _take_facts(self, blocks: Sequence[Block], placed: Sequence[_Placed]) -> list[Block | TableBlock]:
        """Take front and back matter out; what of it is no fact goes below a chapter without a name."""
        facts, dropped = self.proposal.plan, self.proposal.dropped
        tables = [p.block for p in placed]
        first_table = min((block.first for block in tables), default=len(self.source) + 1)
        begins = next(
            (i for i, b in enumerate(blocks) if b.marker or b.label or b.first > first_table), len(blocks)
        )
        ends = max((i for i, b in enumerate(blocks) if b.marker or b.label), default=-1) + 1
        last_table = max((block.first for block in tables), default=0)
        ends = max(ends, next((i for i, b in enumerate(blocks) if b.first > last_table), len(blocks)))
        back = {ends + i for i in take_back(blocks[ends:], facts, dropped)}
        front = take_front([b for i, b in enumerate(blocks[:begins]) if i not in back], facts, dropped)
        rest = [b for i, b in enumerate(blocks) if i >= begins and i not in back]
        rest = [b for b in rest if not take_attribute(b, facts, dropped)]
        self._add_front(front, nothing_else=not rest and not tables)
        kept: list[Block | TableBlock] = [*rest, *tables]
        return sorted(kept, key=lambda block: block.first)

    def _add_front(self, front: Sequence[Block], *, nothing_else: bool) -> None:
        """Text before the first chapter becomes a chapter without number and name, one item a paragraph."""
        if not front:
            return
        span = Span(front[0].first, front[0].last)
        chapter = self._add(Node("chapter", numbered=False, confidence=0.5), None, span)
        for block in front:
            node = Node(
                "action", text=block.text, numbered=False, first=block.first, last=block.last, confidence=0.5
            )
            self._add(node, chapter, Span(block.first, block.last))
        code, message = "before_chapters", _("Text before the first chapter was put into one without a name.")
        if nothing_else:
            code, message = "no_structure", _("No chapters or numbered lines were found in this text.")
        self.proposal.warnings.append(ReadingWarning(front[0].first, code, message))

    def _add_items(self, nodes: Sequence[Node], parent: ProposedItem | None) -> None:
        for node in nodes:
            item = self._add(node, parent, Span(node.first, node.last))
            self._add_items(node.children, item)

    def _add(self, node: Node, parent: ProposedItem | None, span: Span) -> ProposedItem:
        if node.title and not node.points and node.kind in ("chapter", "heading"):
            node.title, node.points, node.points_text = read_points(node.title)
        item = ProposedItem(
            id=len(self.proposal.items) + 1,
            parent=parent.id if parent else None,
            kind=node.kind,
            marker=node.marker,
            title=node.title,
            text=node.text,
            numbered=node.numbered,
            child_style=node.child_style,
            layout=node.layout,
            units=list(node.units),
            all_units=node.all_units,
            points=node.points,
            points_text=node.points_text,
            confidence=round(node.confidence, 2),
            lines=span,
        )
        self.proposal.items.append(item)
        self.ids[id(node)] = item.id
        self._read_targets(item)
        return item

    def _read_targets(self, item: ProposedItem) -> None:
        if len(item.text or item.title) > LONGEST_READ:
            message = _("This line is very long; no target values were looked for in it.")
            self.proposal.warnings.append(ReadingWarning(item.lines.first, "long_line", message))
        self.proposal.targets += read_item(item)

    def _add_tables(self, placed: Sequence[_Placed], bodies: dict[int, Node]) -> None:
        """Take over what the tables hold besides items."""
        for table in placed:
            region = table.region
            body = table.node or bodies.get(id(table.block))
            item = self.ids.get(id(body)) if body is not None else None
            span = Span(region.first, region.last)
            self.proposal.columns.append(Columns(item, list(region.heads), span))
            for member in region.members:
                member.item = item or 0
                self.proposal.task_force.append(member)
            self.proposal.dropped += region.dropped
            self.proposal.unplaced += region.unplaced
            self.proposal.warnings += region.warnings
        self.proposal.unplaced.sort(key=lambda unplaced: unplaced.line)

    def _warn(self) -> None:
        """Say what a person should look at, in the order of the lines."""
        if not any(item.kind == "chapter" and item.numbered for item in self.proposal.items) and not any(
            warning.code == "no_structure" for warning in self.proposal.warnings
        ):
            message = _("No chapters were found.")
            self.proposal.warnings.append(ReadingWarning(1, "no_chapters", message))
        for item in self.proposal.items:
            if item.confidence < LOW_CONFIDENCE:
                message = _("This line was placed with little certainty.")
                self.proposal.warnings.append(ReadingWarning(item.lines.first, "uncertain", message))
        self.proposal.warnings.sort(key=lambda warning: warning.line)


def _stand_in(region: TableRegion) -> _Placed:
    if region.layout != "roster":
        return _Placed(region, TableBlock(region.first, region.nodes, region.layout))
    node = Node(
        "table", title=region.title, numbered=False, layout="roster", first=region.first, last=region.last
    )
    return _Placed(region, TableBlock(region.first, [node, *region.nodes]), node)
