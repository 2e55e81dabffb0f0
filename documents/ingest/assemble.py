"""Rows of a table into items: label columns give headings, the others what stands below them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from django.utils.translation import gettext as _

from core.text import strip_blank
from documents.ingest.cells import Label, read_label
from documents.ingest.content import Wrapping, build
from documents.ingest.heads import Role
from documents.ingest.nodes import Node
from documents.ingest.proposal import LOW_CONFIDENCE, Dropped, Kind, ReadingWarning
from documents.ingest.regions import Cell, TableRegion
from documents.ingest.units import Units, read_units
from plans.markers import ARABIC, read_marker

Column = Role | Literal["content"]

LABELS: Final[tuple[Column, ...]] = ("item", "focus", "dimension", "indicator", "emphasis")
KINDS: Final[dict[Column, Kind]] = {
    "content": "action",
    "action": "action",
    "target": "target",
    "remark": "note",
}
_LONGEST_UNITS: Final = 60  # characters; the names of all units of an office are hardly more
GUESSED: Final = 0.5  # what was taken from a neighbour because the source leaves it empty


@dataclass
class Row:
    """The cells of a row by column. A row that only goes on with what stands above has empty labels."""

    cells: dict[Column, Cell] = field(default_factory=dict)
    confidence: float = 1.0


@dataclass
class _Group:
    """Rows under one deepest heading, and the units printed for each of them."""

    heading: Node | None
    rows: list[tuple[list[Node], Cell | None]] = field(default_factory=list)


class Assembler:
    """Takes rows one after another; `region` receives the items and what was dropped."""

    def __init__(
        self,
        region: TableRegion,
        wrapping: Wrapping,
        *,
        known: Sequence[str] = (),
        units_by_row: bool = False,
    ) -> None:
        self.region = region
        self.wrapping = wrapping
        self.known = list(known)
        self.units_by_row = units_by_row
        self.open: dict[Column, Node] = {}
        self.groups: list[_Group] = []
        self.number = 0  # of the last numbered item under the open heading

    def add(self, row: Row) -> None:
        for column in LABELS:
            if cell := row.cells.get(column):
                self._open_heading(column, cell, row.confidence)
        if not self.groups:
            self.groups.append(_Group(None))
        self._check_units(row)
        nodes: list[Node] = []
        for column, kind in KINDS.items():
            if cell := row.cells.get(column):
                nodes += self._add_content(cell, kind, min(cell.confidence, row.confidence))
        units = row.cells.get("units")
        if nodes or units:
            self.groups[-1].rows.append(([node for node in nodes if node.kind != "note"], units))

    def finish(self) -> None:
        """Give the units to their items, once every row is known."""
        last: Units | None = None
        for group in self.groups:
            last = self._give_units(group, last)
        for node in self.region.nodes:
            _close(node)

    def _check_units(self, row: Row) -> None:
        """Sentences where units should stand are content in the wrong place; no unit's name is so long."""
        cell = row.cells.get("units")
        if cell is None or sum(len(strip_blank(line.text)) for line in cell.lines) <= _LONGEST_UNITS:
            return
        if read_units([line.text for line in cell.lines], self.known).doubtful:
            del row.cells["units"]
            content = row.cells.setdefault("content", Cell())
            content.lines += cell.lines
            content.confidence = min(content.confidence, GUESSED)

    def _open_heading(self, column: Column, cell: Cell, confidence: float) -> None:
        label = read_label(cell.lines)
        numbers = [line.number for line in cell.lines]
        node = Node(
            "heading",
            marker=label.marker,
            title=label.title,
            numbered=bool(label.marker),
            points=label.points,
            points_text=label.points_text,
            confidence=min(cell.confidence, confidence),
            first=min(numbers),
            last=max(numbers),
        )
        rank = LABELS.index(column)
        for other in LABELS[rank:]:
            self.open.pop(other, None)
        self._hang(node)
        self.open[column] = node
        self.groups.append(_Group(node))
        self.number = 0
        self._warn_when_low(node, label)

    def _warn_when_low(self, node: Node, label: Label) -> None:
        if node.confidence < LOW_CONFIDENCE:
            message = _("Please check where this cell ends: %(text)s") % {"text": label.title[:20]}
            self.region.warnings.append(ReadingWarning(node.first, "doubtful_cell", message))

    def _hang(self, node: Node) -> None:
        parent = next((self.open[column] for column in reversed(LABELS) if column in self.open), None)
        (parent.children if parent else self.region.nodes).append(node)

    def _add_content(self, cell: Cell, kind: Kind, confidence: float) -> list[Node]:
        nodes = build(cell.lines, kind, self.wrapping, before=self.number if kind == "action" else 0)
        for node in nodes:
            for part in node.walk():
                part.confidence = min(part.confidence, confidence)
            self._hang(node)
            marker = read_marker(node.marker)
            if kind == "action" and marker and marker.style == ARABIC:
                self.number = marker.value
        if nodes and confidence < LOW_CONFIDENCE:
            message = _("Please check which cell these lines belong to.")
            self.region.warnings.append(ReadingWarning(nodes[0].first, "doubtful_cell", message))
        return nodes

    def _give_units(self, group: _Group, last: Units | None) -> Units | None:
        """Give the units of a group of rows; return those of its last cell, for the cells merged below."""
        rows = [(nodes, self._read(cell) if cell else None) for nodes, cell in group.rows]
        printed = [units for _nodes, units in rows if units is not None]
        if not rows or (not printed and (last is None or group.heading is None)):
            return last
        first = rows[0][1]
        if (
            group.heading is not None
            and not self.units_by_row
            and len(printed) <= 1
            and (first or not printed)
        ):
            # One cell beside all rows of the heading; or none, and the cell above goes on beside it.
            self._give([group.heading], first or last, guessed=first is None)
            return first or last
        for (nodes, units), (_nodes, cell) in zip(rows, group.rows, strict=True):
            guessed = units is None and (self.units_by_row or last is None)
            last = units or last
            bearers = nodes or [group.heading or self._bearer(cell)]
            self._give(bearers, last, guessed=guessed)
        return last

    def _bearer(self, cell: Cell | None) -> Node:
        """An item for units beside which nothing else is printed."""
        node = Node("action", numbered=False, confidence=GUESSED)
        if cell is not None:
            node.first, node.last = cell.lines[0].number, cell.lines[-1].number
        self.region.nodes.append(node)
        return node

    def _give(self, nodes: Sequence[Node], units: Units | None, *, guessed: bool) -> None:
        for node in nodes:
            if units is not None:
                node.units += units.names
                node.all_units = node.all_units or units.all_units
                if units.doubtful:
                    node.confidence = min(node.confidence, 0.6)
            if guessed:
                node.confidence = min(node.confidence, GUESSED)
        if guessed and nodes:
            message = (
                _("No unit is printed beside this row; the one above was taken.")
                if units is not None
                else _("No unit is printed beside this row.")
            )
            self.region.warnings.append(ReadingWarning(nodes[0].first, "unit_missing", message))

    def _read(self, cell: Cell) -> Units:
        units = read_units([line.text for line in cell.lines], self.known)
        for order, label in units.labels:
            self.region.dropped.append(Dropped(cell.lines[order].number, label, "label"))
        if units.doubtful:
            number = cell.lines[0].number
            message = _("Not the name of a unit: %(text)s") % {"text": "、".join(units.names)}
            self.region.warnings.append(ReadingWarning(number, "doubtful_unit", message))
        return units


def _close(node: Node) -> None:
    """Stretch an item to the last line below it, and keep how those below are numbered."""
    for child in node.children:
        _close(child)
        node.last = max(node.last, child.last)
    node.child_style = _style_of(
        [child for child in node.children if child.kind != "target"] or node.children
    )


def _style_of(nodes: Sequence[Node]) -> str:
    markers = (read_marker(node.marker) for node in nodes if node.numbered and node.marker)
    styles = Counter(marker.style for marker in markers if marker is not None)
    return styles.most_common(1)[0][0] if styles else ""
