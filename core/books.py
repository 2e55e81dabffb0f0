"""Workbooks to be filled in away from the site: several sheets, with cells to fill and cells to leave alone.

The cells to fill are yellow and open; the others are locked, without a password, so that nobody alters them
by accident. Formulas are disarmed on the way out and never evaluated on the way in (core/sheet_files.py).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import openpyxl  # type: ignore[import-untyped]  # ships no types
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from odf import number, opendocument, style, table, teletype, text  # type: ignore[import-untyped]  # no types
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side  # type: ignore[import-untyped]  # ships no types
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]  # ships no types
from openpyxl.worksheet.datavalidation import DataValidation  # type: ignore[import-untyped]  # ships no types

from core.sheet_files import (
    MAX_BYTES,
    Row,
    filled_rows,
    names_of_parts,
    ods_rows,
    rearm,
    xlsx_rows,
)
from core.sheet_writing import (
    HEAD,
    LINE,
    PAPERS,
    disarm,
    freeze_ods,
    lay_out_ods,
    lay_out_xlsx,
    lines,
    paper_for,
    printable,
)

OPEN, CLOSED, EDGE = "FFF7CC", "F3F1EC", "C9C5BA"
MOST_LINES = 12  # of a row when it is first seen


@dataclass(frozen=True)
class Column:
    """`choices` are offered in its open cells. Cells hold text, but with `is_number` what a program takes."""

    label: str
    width: int = 16
    choices: tuple[str, ...] = ()
    is_number: bool = False
    is_hidden: bool = False


@dataclass(frozen=True)
class Cell:
    value: Any = None
    is_open: bool = False


@dataclass
class Page:
    """One sheet: what is explained above the table, its heads, its rows."""

    name: str
    notes: Sequence[str] = ()
    columns: Sequence[Column] = ()
    rows: list[list[Cell]] = field(default_factory=list)
    is_hidden: bool = False

    @property
    def first_shown(self) -> int:
        return next(at for at, column in enumerate(self.columns) if not column.is_hidden)

    @property
    def width(self) -> int:
        """How many Latin letters wide all that is seen of it is."""
        return sum(column.width for column in self.columns if not column.is_hidden)


@dataclass(frozen=True)
class ReadRow:
    """A row of a file: its number there, and its cells."""

    number: int
    cells: list[Any]


def address(column: int, row: int) -> str:
    """Return the name of a cell, columns counted from 0: address(0, 3) is A3."""
    return f"{get_column_letter(column + 1)}{row}"


# Reading


def read_book(data: bytes) -> dict[str, list[ReadRow]]:
    """Return the filled rows of every sheet of an XLSX or ODS file, by its name.

    Raises ValidationError in words fit for the person who chose the file.
    """
    if len(data) > MAX_BYTES:
        raise ValidationError(
            _("This file is larger than %(limit)s MB. Split it into several."),
            params={"limit": MAX_BYTES // 1024**2},
        )
    if not data.startswith(b"PK\x03\x04"):
        raise ValidationError(_("This file is neither XLSX nor ODS. Save the sheet as one of them."))
    try:
        return _pages(data)
    except ValidationError:
        raise
    except Exception as error:
        # A broken or hostile workbook can make the parsers raise nearly anything.
        raise ValidationError(
            _("This file cannot be read. Save it again as XLSX or ODS and choose the new file.")
        ) from error


def _pages(data: bytes) -> dict[str, list[ReadRow]]:
    pages: dict[str, list[ReadRow]] = {}
    for row in filled_rows(_rows(data)):
        pages.setdefault(row.sheet, []).append(ReadRow(row.number, [rearm(cell) for cell in row.cells]))
    return pages


def _rows(data: bytes) -> Iterator[Row]:
    names = names_of_parts(data)
    if "content.xml" in names:
        return ods_rows(data)
    if "xl/workbook.xml" in names:
        return xlsx_rows(data)
    raise ValidationError(_("This file is neither XLSX nor ODS. Save the sheet as one of them."))


# Writing


def _written(value: Any) -> Any:
    return disarm(printable(value)) if isinstance(value, str) else value


def _height(page: Page, row: Sequence[Cell]) -> float:
    most = max(
        lines(cell.value, column.width)
        for cell, column in zip(row, page.columns, strict=True)
        if not column.is_hidden
    )
    return LINE * min(most, MOST_LINES) + 3


def _heads(page: Page) -> list[Cell]:
    return [Cell(column.label) for column in page.columns]


def book_as_xlsx(pages: Sequence[Page]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for page in pages:
        _write_xlsx_page(book.create_sheet(page.name), page)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


_SIDE = Side(style="thin", color=EDGE)
_EDGES = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
_WRAP = Alignment(wrap_text=True, vertical="top")


def _write_xlsx_page(sheet: Any, page: Page) -> None:
    first, last = page.first_shown + 1, len(page.columns)
    for at, note in enumerate(page.notes, 1):
        cell = sheet.cell(at, first, _written(note))
        cell.alignment, cell.font = _WRAP, Font(bold=at == 1, size=13 if at == 1 else 11)
        if last > first:
            sheet.merge_cells(start_row=at, end_row=at, start_column=first, end_column=last)
        sheet.row_dimensions[at].height = LINE * lines(note, page.width) + 6
    head = len(page.notes) + 1
    for at, column in enumerate(page.columns, 1):
        cell = sheet.cell(head, at, _written(column.label))
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", start_color=HEAD)
        cell.alignment, cell.border = _WRAP, _EDGES
        shape = sheet.column_dimensions[get_column_letter(at)]
        shape.width, shape.hidden = column.width, column.is_hidden
    sheet.row_dimensions[head].height = _height(page, _heads(page))
    for number_of_row, row in enumerate(page.rows, head + 1):
        sheet.row_dimensions[number_of_row].height = _height(page, row)
        for at, (one, column) in enumerate(zip(row, page.columns, strict=True), 1):
            cell = sheet.cell(number_of_row, at, _written(one.value))
            cell.alignment, cell.border = _WRAP, _EDGES
            cell.fill = PatternFill("solid", start_color=OPEN if one.is_open else CLOSED)
            cell.protection = Protection(locked=not one.is_open)
            if not column.is_number:
                cell.number_format = "@"  # what is typed stays as it is typed: no date is made of 3-1
    _offer_in_xlsx(sheet, page, head)
    sheet.freeze_panes = sheet.cell(head + 1, first + 1)
    sheet.sheet_state = "hidden" if page.is_hidden else "visible"
    lay_out_xlsx(sheet, width=page.width, heads=f"{head}:{head}")
    sheet.protection.sheet = True
    # Columns may be made wider and rows higher.
    sheet.protection.formatColumns = sheet.protection.formatRows = False


def _offer_in_xlsx(sheet: Any, page: Page, head: int) -> None:
    for at, column in enumerate(page.columns):
        rows = [number_of_row for number_of_row, row in enumerate(page.rows, head + 1) if row[at].is_open]
        if not (column.choices and rows):
            continue
        # Words that are not in the list are refused when the sheet is read, with the cell and the choices.
        offer = DataValidation(
            type="list", formula1=f'"{",".join(column.choices)}"', allow_blank=True, showErrorMessage=False
        )
        for number_of_row in rows:
            offer.add(address(at, number_of_row))
        sheet.add_data_validation(offer)


def book_as_ods(pages: Sequence[Page]) -> bytes:
    book = opendocument.OpenDocumentSpreadsheet()
    looks = _OdsLooks(book)
    lay_out_ods(book, PAPERS)
    for page in pages:
        book.spreadsheet.addElement(_ods_page(page, looks))
    freeze_ods(book, [(page.name, page.first_shown + 1, len(page.notes) + 1) for page in pages])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class _OdsLooks:
    """The styles of an ODS file, made when they are first asked for."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.made: dict[tuple[Any, ...], str] = {}
        self.offers = table.ContentValidations()
        as_text = number.TextStyle(name="as-text")
        as_text.addElement(number.TextContent())
        book.automaticstyles.addElement(as_text)

    def _style(self, key: tuple[Any, ...], family: str, *properties: Any, **options: Any) -> str:
        if key not in self.made:
            made = style.Style(name=f"s{len(self.made)}", family=family, **options)
            for one in properties:
                made.addElement(one)
            self.book.automaticstyles.addElement(made)
            self.made[key] = made.getAttribute("name")
        return self.made[key]

    def cell(self, colour: str, *, is_open: bool = False, is_text: bool = True, is_bold: bool = False) -> str:
        options = {"datastylename": "as-text"} if is_text else {}
        return self._style(
            (colour, is_open, is_text, is_bold),
            "table-cell",
            style.TableCellProperties(
                wrapoption="wrap",
                verticalalign="top",
                cellprotect="none" if is_open else "protected",
                **({"backgroundcolor": f"#{colour}", "border": f"0.5pt solid #{EDGE}"} if colour else {}),
            ),
            style.TextProperties(fontweight="bold", fontweightasian="bold")
            if is_bold
            else style.TextProperties(),
            **options,
        )

    def column(self, width: int) -> str:
        shape = style.TableColumnProperties(columnwidth=f"{width * 0.2:.2f}cm")
        return self._style(("column", width), "table-column", shape)

    def row(self, height: float) -> str:
        shape = style.TableRowProperties(rowheight=f"{height:.1f}pt", useoptimalrowheight="false")
        return self._style(("row", height), "table-row", shape)

    def page(self, page: Page) -> str:
        paper = paper_for(page.width).name
        shape = style.TableProperties(display="false" if page.is_hidden else "true")
        return self._style(("page", page.is_hidden, paper), "table", shape, masterpagename=paper)

    def offer(self, choices: tuple[str, ...]) -> str:
        key = ("offer", choices)
        if key not in self.made:
            self.made[key] = f"offer{len(self.made)}"
            listed = ";".join(f'"{one}"' for one in choices)
            made = table.ContentValidation(
                name=self.made[key], condition=f"of:cell-content-is-in-list({listed})", allowemptycell="true"
            )
            made.addElement(table.ErrorMessage(display="false"))
            if not self.offers.childNodes:  # they stand before all sheets, and nowhere where there are none
                self.book.spreadsheet.insertBefore(self.offers, self.book.spreadsheet.firstChild)
            self.offers.addElement(made)
        return self.made[key]


def _ods_page(page: Page, looks: _OdsLooks) -> Any:
    made = table.Table(name=page.name, stylename=looks.page(page), protected="true")
    for column in page.columns:
        made.addElement(
            table.TableColumn(
                stylename=looks.column(column.width), visibility="collapse" if column.is_hidden else "visible"
            )
        )
    for at, note in enumerate(page.notes):
        row = table.TableRow(stylename=looks.row(LINE * lines(note, page.width) + 6))
        for _before in range(page.first_shown):
            row.addElement(table.TableCell())
        span = len(page.columns) - page.first_shown
        row.addElement(_ods_cell(note, looks.cell("", is_bold=at == 0), numbercolumnsspanned=span))
        made.addElement(row)
    head = table.TableRow(stylename=looks.row(_height(page, _heads(page))))
    for column in page.columns:
        head.addElement(_ods_cell(column.label, looks.cell(HEAD, is_bold=True)))
    heads = table.TableHeaderRows()
    heads.addElement(head)
    made.addElement(heads)
    for cells in page.rows:
        row = table.TableRow(stylename=looks.row(_height(page, cells)))
        for cell, column in zip(cells, page.columns, strict=True):
            look = looks.cell(
                OPEN if cell.is_open else CLOSED, is_open=cell.is_open, is_text=not column.is_number
            )
            options = (
                {"contentvalidationname": looks.offer(column.choices)}
                if column.choices and cell.is_open
                else {}
            )
            row.addElement(_ods_cell(cell.value, look, **options))
        made.addElement(row)
    return made


def _ods_cell(value: Any, look: str, **options: Any) -> Any:
    if value is None or value == "":
        return table.TableCell(stylename=look, **options)
    written = _written(value)
    if isinstance(written, str):
        cell = table.TableCell(stylename=look, valuetype="string", **options)
    else:
        cell = table.TableCell(stylename=look, valuetype="float", value=str(written), **options)
    for part in str(written).split("\n"):
        line = text.P()
        teletype.addTextToElement(line, part)
        cell.addElement(line)
    return cell


WRITERS: Mapping[str, tuple[Callable[[Sequence[Page]], bytes], str]] = {
    "ods": (book_as_ods, "application/vnd.oasis.opendocument.spreadsheet"),
    "xlsx": (book_as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
