"""Tables whose cells are separated by tabs: cells found, and laid into columns though some are missing.

Two ways of writing them are known. In one every cell begins with a tab at the start of a line and may go on
over several lines; in the other a line is a row. A row may lack cells, so that the others shift left: each
cell is laid where its text fits best, by a shortest path over the columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Final

from core.text import strip_blank
from documents.ingest.assemble import LABELS, Column, Row
from documents.ingest.cells import ends_paragraph, is_empty, is_rule, read_label, read_points, take_markup
from documents.ingest.nodes import Line
from documents.ingest.proposal import Dropped
from documents.ingest.regions import Cell
from documents.ingest.units import is_unit_line, read_units
from plans.markers import (
    ARABIC,
    ARABIC_PAREN,
    CHINESE,
    CHINESE_PAREN,
    LIKELY,
    read_marker,
    split_run,
)

_GAP: Final = 2.0  # a column without a cell
_MOST_CELLS: Final = 40  # of a row; no plan has so many columns
_FITS_POORLY: Final = 3.0  # a cell this much worse than the usual one is marked for a person to look at


@dataclass
class Slot:
    """A cell as found. `apart` says that a blank line stands before it."""

    lines: list[Line] = field(default_factory=list)
    apart: bool = False

    @property
    def text(self) -> str:
        return "".join(strip_blank(line.text) for line in self.lines)


@dataclass
class Placed:
    """Slots laid into columns. `cost` is what the laying cost for each row, for comparing ways to read."""

    rows: list[Row] = field(default_factory=list)
    cost: float = 0.0


def is_one_line_a_row(lines: Sequence[Line]) -> bool:
    """Is a line a row, rather than the beginning of one cell?"""
    tabbed = [line.text for line in lines if "\t" in line.text]
    single = sum(text.count("\t") == 1 and text.lstrip(" ").startswith("\t") for text in tabbed)
    return single * 2 < len(tabbed)


def cut_rows(lines: Sequence[Line], dropped: list[Dropped]) -> list[list[Slot]]:
    """Return the cells of each row, where a line is a row; one without a tab goes on with the last cell."""
    rows: list[list[Slot]] = []
    for line in lines:
        if is_empty(line.text):
            continue
        if is_rule(line.text.replace("\t", "")) and all(
            is_rule(piece) or len(strip_blank(piece)) < 2 for piece in line.text.split("\t")
        ):
            dropped.append(Dropped(line.number, line.text.strip(), "rule"))
            continue
        pieces = line.text.split("\t", _MOST_CELLS)
        slots = [Slot(_clean(Line(line.number, piece), dropped)) for piece in pieces]
        if rows and (len(pieces) == 1 or _completes(rows[-1], pieces, max(map(len, rows)))):
            rows[-1][-1].lines += slots[0].lines
            rows[-1] += slots[1:]
        else:
            rows.append(slots)
    for row in rows:
        while row and not row[-1].lines:
            row.pop()
    return [row for row in rows if row]


def _completes(row: Sequence[Slot], pieces: Sequence[str], columns: int) -> bool:
    """Does a line give a row that broke off inside a cell just the cells it lacks?"""
    if len(row) >= columns or len(row) + len(pieces) - 1 != columns or not strip_blank(pieces[0]):
        return False
    last = row[-1].lines[-1].text if row[-1].lines else ""
    return bool(last) and not ends_paragraph(last) and read_marker(pieces[0]) is None


def cut_cells(lines: Sequence[Line], dropped: list[Dropped]) -> list[Slot]:
    """Return the cells in a row of their own each, where every cell begins with a tab."""
    slots: list[Slot] = []
    apart = False
    for line in lines:
        if is_empty(line.text) and "\t" not in line.text:
            apart = True
            continue
        head, *pieces = line.text.split("\t")
        if is_rule(line.text.replace("\t", "")):
            dropped.append(Dropped(line.number, line.text.strip(), "rule"))
            continue
        if strip_blank(head):
            if not slots:
                slots.append(Slot())
            slots[-1].lines += _clean(Line(line.number, head), dropped)
        for piece in pieces:
            slots.append(Slot(_clean(Line(line.number, piece), dropped), apart))
            apart = False
    return slots


def _clean(line: Line, dropped: list[Dropped]) -> list[Line]:
    pieces, markup = take_markup(line)
    dropped += markup
    # A cell that stands on one line may hold a whole list.
    return [
        Line(line.number, part) for piece in pieces for part in split_run(piece.text) if strip_blank(part)
    ]


def place_stream(slots: Sequence[Slot], columns: Sequence[Column]) -> Placed:
    """Lay cells into rows and columns where nothing but their order and blank lines show where rows end."""
    best: list[dict[int, tuple[float, int]]] = []
    size = len(columns)
    for at, slot in enumerate(slots):
        here: dict[int, tuple[float, int]] = {}
        for column in range(size):
            own = fit(slot, columns[column])
            if at == 0:
                here[column] = (own + _GAP * column, -1)
                continue
            steps = (
                (cost + _step(before, column, size, apart=slot.apart), before)
                for before, (cost, _) in best[-1].items()
            )
            cost, before = min(steps)
            here[column] = (own + cost, before)
        best.append(here)
    if not best:
        return Placed()
    last = min(best[-1], key=lambda column: best[-1][column][0] + _GAP * (size - 1 - column))
    cost = best[-1][last][0]
    path = [last]
    for here in reversed(best[1:]):
        path.append(here[path[-1]][1])
    path.reverse()
    return Placed(_rows(slots, path, columns), cost / len(slots))


def _step(before: int, column: int, size: int, *, apart: bool) -> float:
    if column > before:
        return _GAP * (column - before - 1) + (0.7 if apart else 0.0)
    return _GAP * (size - 1 - before + column) + (0.0 if apart else 1.0)


def _rows(slots: Sequence[Slot], path: Sequence[int], columns: Sequence[Column]) -> list[Row]:
    rows: list[Row] = []
    before = len(columns)
    for slot, column in zip(slots, path, strict=True):
        if column <= before or not rows:
            rows.append(Row())
        before = column
        if slot.lines:
            sure = 0.6 if fit(slot, columns[column]) >= _FITS_POORLY else 1.0
            rows[-1].cells[columns[column]] = Cell(list(slot.lines), sure)
    return [row for row in rows if row.cells]


def place_rows(rows: Sequence[Sequence[Slot]], columns: Sequence[Column]) -> Placed:
    """Lay the cells of each row into columns."""
    placed = Placed()
    points = Points()
    for row in rows:
        cost, path = min(_ways(row, columns, points), key=lambda way: way[0])
        placed.cost += cost / max(1, len(rows))
        laid = Row()
        for slot, column in zip(row, path, strict=True):
            if not slot.lines:
                continue
            name = columns[column]
            if name in laid.cells:
                laid.cells[name].lines += slot.lines
                laid.cells[name].confidence = 0.5
            else:
                laid.cells[name] = Cell(list(slot.lines), 0.6 if fit(slot, name) >= _FITS_POORLY else 1.0)
            points.note(name, slot)
        placed.rows.append(laid)
    return placed


def _ways(row: Sequence[Slot], columns: Sequence[Column], points: Points) -> list[tuple[float, list[int]]]:
    """Every way to lay a row's cells in order, the surplus of a row too long going to the last column."""
    size = len(columns)
    fits = [[fit(slot, column) for column in columns] for slot in row[:size]]
    ways: list[tuple[float, list[int]]] = [(0.0, [])]
    for at in range(min(len(row), size)):
        ways = [
            (cost + fits[at][column], [*path, column])
            for cost, path in ways
            for column in range(path[-1] + 1 if path else 0, size - (min(len(row), size) - at) + 1)
        ]
    surplus = [size - 1] * (len(row) - size)
    return [
        (cost + _GAP * (size - len(path)) + _against_levels(row, path, columns, points), [*path, *surplus])
        for cost, path in ways
    ]


def _against_levels(
    row: Sequence[Slot], path: Sequence[int], columns: Sequence[Column], points: Points
) -> float:
    """A new heading needs the one below it in the same row; its points must fit into those above it."""
    filled = {columns[column]: slot for slot, column in zip(row, path, strict=False) if slot.lines}
    labels = [column for column in columns if column in LABELS]
    cost = 0.0
    for above, below in pairwise(labels):
        if above in filled and below not in filled:
            cost += 3.0
    for column in labels[:2]:
        if column in filled:
            cost += points.against(column, filled[column], new_above=labels[0] in filled)
    return cost


class Points:
    """What the points of the headings so far leave open: 400 for a 構面, 200 of it for its first 指標."""

    def __init__(self) -> None:
        self.whole: Decimal | None = None
        self.left = Decimal(0)

    def note(self, column: Column, slot: Slot) -> None:
        printed = _points(slot)
        if column == "dimension":
            self.whole = printed
            self.left = printed or Decimal(0)
        elif column == "indicator" and printed is not None:
            self.left -= printed

    def against(self, column: Column, slot: Slot, *, new_above: bool) -> float:
        printed = _points(slot)
        if printed is None or self.whole is None:
            return 0.0
        if column == "dimension":
            return 2.0 if self.left > 0 else -0.5
        if column == "indicator" and not new_above:
            return -0.5 if printed <= self.left else 2.0
        return 0.0


def _points(slot: Slot) -> Decimal | None:
    points = read_points(" ".join(line.text for line in slot.lines))[1] if slot.lines else None
    return Decimal(points) if points is not None else None


def fit(slot: Slot, column: Column) -> float:
    """What it costs to take the cell for one of this column: below zero fits well."""
    if not slot.lines:
        return {"content": 1.5, "action": 1.0, "emphasis": 0.5}.get(column, 0.0)
    text = slot.text
    found = read_marker(slot.lines[0].text)
    style = found.style if found and found.sureness >= LIKELY else ""
    has_units = len(text) <= 60 and (
        is_unit_line(" ".join(line.text for line in slot.lines))
        or not read_units([line.text for line in slot.lines]).doubtful
    )
    if column == "units":
        return -2.0 if has_units else 4.0
    if column in ("item", "focus"):
        return _fit_heading(column, style, text, has_units=has_units)
    if column in ("dimension", "indicator", "emphasis"):
        return _fit_scored(column, slot, text, style)
    cost = 3.0 if has_units and column == "content" else 0.0
    cost += {CHINESE: 2.0, CHINESE_PAREN: 1.5, ARABIC: -0.5, ARABIC_PAREN: -0.5}.get(style, 0.0)
    if column in ("action", "target"):
        whole = bool(style) or ends_paragraph(text) or len(text) > 30
        cost += -1.0 if whole else 1.0
        cost += 2.0 if _points(slot) is not None else 0.0
    return cost


def _fit_heading(column: Column, style: str, text: str, *, has_units: bool) -> float:
    expected = CHINESE if column == "item" else CHINESE_PAREN
    if has_units:
        return 4.0
    if style == expected:
        return -2.0
    return (3.0 if style else 1.5) + (2.0 if len(text) > (40 if column == "item" else 90) else 0.0)


def _fit_scored(column: Column, slot: Slot, text: str, style: str) -> float:
    label = read_label(slot.lines)
    cost = 2.0 if len(text) > 40 or ends_paragraph(text) or len(slot.lines) > 3 else -0.5
    if style in (ARABIC, ARABIC_PAREN):
        cost += 1.5
    if column == "emphasis":
        return cost + (1.5 if label.points is not None else -0.5)
    return cost + (-1.0 if label.points is not None else 0.5)
