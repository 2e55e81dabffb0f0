"""Read a table whose cells a converter gave one below the other: columns first, then rows, then items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from documents.ingest.assemble import Assembler, Column, Row
from documents.ingest.content import Wrapping, learn_wrapping
from documents.ingest.narrow_columns import Read, read_columns
from documents.ingest.narrow_lines import CONTENT, FOCUS, ITEM, UNITS, find_shape, is_top_level, see_lines
from documents.ingest.nodes import Line
from documents.ingest.proposal import Unplaced
from documents.ingest.regions import Cell, TableRegion

_NAMES: Final[dict[int, Column]] = {ITEM: "item", FOCUS: "focus", CONTENT: "content", UNITS: "units"}
_SURE: Final = 2.0  # a margin below this is shown to a person
_DOUBTFUL: Final = 0.6


def read_narrow(
    lines: Sequence[Line], region: TableRegion, known: Sequence[str], pages: frozenset[int] = frozenset()
) -> None:
    """Read the body of the table into `region`. `pages` are lines known to begin a page."""
    seen, furniture = see_lines(lines, known, pages)
    region.unplaced += [Unplaced(line.number, line.text.strip()) for line in furniture]
    shape = find_shape(seen)
    builder = _Rows()
    for read in read_columns(seen, shape):
        builder.add(read)
    rows = builder.rows
    by_row = _has_units_by_row(rows)
    if not by_row:
        _lift_units(rows)
    contents = [row.cells["content"].lines for row in rows if "content" in row.cells]
    wrapping = learn_wrapping(contents, Wrapping(shape.widths[CONTENT], shape.marked))
    assembler = Assembler(region, wrapping, known=known, units_by_row=by_row)
    for row in rows:
        assembler.add(row)
    assembler.finish()


class _Rows:
    """Collects rows from lines with their columns."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.labels: dict[int, Cell] = {}
        self.number = 0
        self.before: Read | None = None

    def add(self, read: Read) -> None:
        column = read.column
        if column in (ITEM, FOCUS):
            self._add_label(read)
        elif column == CONTENT:
            self._add_content(read)
        else:
            row = self.rows[-1] if self.rows else self._new_row()
            self._append(row, read)
        self.before = read

    def _add_label(self, read: Read) -> None:
        if read.event != "start" and read.column in self.labels:
            self._put(self.labels[read.column], read)
            return
        row = self.rows[-1] if self.rows else self._new_row()
        if any(_NAMES[other] in row.cells for other in range(read.column, 4)):
            row = self._new_row()
        self._append(row, read)
        self.labels[read.column] = row.cells[_NAMES[read.column]]
        self.number = 0

    def _add_content(self, read: Read) -> None:
        row = self.rows[-1] if self.rows else self._new_row()
        if "content" in row.cells and self._begins_row(read):
            row = self._new_row()
        if is_top_level(read.seen) and read.seen.marker is not None:
            self.number = read.seen.marker.value if self._is_next(read) else self.number
        self._append(row, read)

    def _begins_row(self, read: Read) -> bool:
        if self._is_next(read):
            return True
        after_unit = self.before is not None and self.before.column == UNITS
        return read.event == "start" and after_unit and not read.seen.page

    def _is_next(self, read: Read) -> bool:
        """Is the line the next of 1. 2. 3.? In the middle of a paragraph only a sure marker is."""
        marker = read.seen.marker
        if marker is None or not is_top_level(read.seen):
            return False
        return marker.value == self.number + 1 or (marker.sureness == 1.0 and marker.value > self.number)

    def _new_row(self) -> Row:
        self.rows.append(Row())
        return self.rows[-1]

    def _append(self, row: Row, read: Read) -> None:
        self._put(row.cells.setdefault(_NAMES[read.column], Cell()), read)

    def _put(self, cell: Cell, read: Read) -> None:
        cell.lines.append(Line(read.seen.line.number, read.seen.line.text))
        if read.margin < _SURE:
            cell.confidence = min(cell.confidence, _DOUBTFUL)


def _groups(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows below each 重點 that hold content or units."""
    groups: list[list[Row]] = []
    for row in rows:
        if not groups or "focus" in row.cells or "item" in row.cells:
            groups.append([])
        groups[-1].append(row)
    return groups


def _has_units_by_row(rows: Sequence[Row]) -> bool:
    """Has each numbered row its own unit's cell, or each 重點 one, printed behind its last row?"""
    alone = several = 0
    for group in _groups(rows):
        printed = ["units" in row.cells for row in group]
        if len(group) > 1:
            several += sum(printed) > 1
            alone += sum(printed) == 1 and printed[-1]
    return several >= alone


def _lift_units(rows: Sequence[Row]) -> None:
    """Put the one unit's cell of each 重點 beside its first row."""
    for group in _groups(rows):
        printed = [row for row in group if "units" in row.cells]
        if len(printed) == 1 and printed[0] is not group[0]:
            group[0].cells["units"] = printed[0].cells.pop("units")
