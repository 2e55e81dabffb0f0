"""Read a table whose cells are separated by tabs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.text import strip_blank
from documents.ingest.assemble import Assembler, Column
from documents.ingest.cells import indent, width
from documents.ingest.content import Wrapping, learn_wrapping
from documents.ingest.grid import Placed, cut_cells, cut_rows, is_one_line_a_row, place_rows, place_stream
from documents.ingest.heads import Heads
from documents.ingest.nodes import Line
from documents.ingest.regions import TableRegion

_BODY: Final = ("content", "action", "target", "remark")


def read_tabbed(lines: Sequence[Line], heads: Heads, region: TableRegion, known: Sequence[str]) -> None:
    """Read the body of the table into `region`."""
    if is_one_line_a_row(lines):
        rows = cut_rows(lines, region.dropped)
        ways = [(place_rows(rows, columns), columns) for columns in _columns(heads)]
    else:
        slots = cut_cells(lines, region.dropped)
        ways = [(place_stream(slots, columns), columns) for columns in _columns(heads)]
    placed = min((placed for placed, _columns in ways), key=lambda way: way.cost)
    assembler = Assembler(region, _wrapping(placed), known=known)
    for row in placed.rows:
        assembler.add(row)
    assembler.finish()


def _columns(heads: Heads) -> list[list[Column]]:
    """The columns the heads may stand for: 執行重點 often spans the 重點 and its content."""
    plain: list[Column] = list(heads.roles)
    if "focus" not in plain or "action" in plain:
        return [plain]
    at = plain.index("focus")
    spanning: list[Column] = [*plain[: at + 1], "content", *plain[at + 1 :]]
    if "item" not in plain:
        return [spanning, plain]
    single: list[Column] = [*plain[:at], "content", *plain[at + 1 :]]
    return [spanning, single]


def _wrapping(placed: Placed) -> Wrapping:
    """How wide the column of contents is, from the lines that stand in it."""
    rooms: list[float] = []
    contents: list[list[Line]] = []
    for row in placed.rows:
        for column in _BODY:
            if cell := row.cells.get(column):
                contents.append(cell.lines)
                rooms += [
                    indent(line.text) + width(line.text)
                    for line in cell.lines
                    if strip_blank(line.text) and len(cell.lines) > 1
                ]
    # Cells written on a single line say nothing about the width.
    rooms = sorted(room for room in rooms if room <= 60)
    return learn_wrapping(contents, Wrapping(rooms[int(len(rooms) * 0.9)] if rooms else 40.0))
