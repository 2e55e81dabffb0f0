"""Rows to sheets as files: XLSX, ODS and CSV, as they are to be read on a screen and on paper.

Printed, a table is as wide as its paper, in landscape; its heads stand on every page, pages are counted.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import openpyxl  # type: ignore[import-untyped]  # ships no types
import tablib
from odf import config, number, opendocument, style, table, text  # type: ignore[import-untyped]  # no types
from odf.namespaces import STYLENS  # type: ignore[import-untyped]  # no types
from openpyxl.styles import Alignment, Font, PatternFill  # type: ignore[import-untyped]  # ships no types
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]  # ships no types
from openpyxl.worksheet.properties import PageSetupProperties  # type: ignore[import-untyped]  # ships no types

from core.cells import shown
from core.roc import roc_date

# What spreadsheets take for the beginning of a formula, full width included: Chinese Excel folds it.
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")
# Characters XML 1.0 has no place for.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BLANKS = re.compile(r"^ +| {2,}|\t")
_HEADER_ROWS = re.compile(rb"<table:table-header-rows>.*?</table:table-header-rows>", re.DOTALL)
_IDENTITY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}")  # a digest too

# Days stay days, to be sorted and reckoned with, and are shown as 115年4月10日.
ROC_DAY = '[$-404]e"年"m"月"d"日"'
# Characters Excel refuses in the name of a sheet, and how long it may be.
_NOT_IN_NAME = re.compile(r"[\[\]:*?/\\]")
NAME_LIMIT = 31

HEAD = "E6F0F1"
LETTER = 0.2  # cm, about as wide as a Latin letter of ten points
MOST_LETTERS = 60  # of a column
HEAD_LETTERS = 10  # of a head, which may take more lines than one
IDENTITY_LETTERS = 8  # of one that no person reads
LINE = 15.0  # points of a line of text
MOST_POINTS = 400.0  # of a row; Excel takes 409


def disarm(cell: Any) -> Any:
    """Put an apostrophe before text a spreadsheet would run as a formula; numbers and dates stay."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def printable(text: str) -> str:
    """Return text as a sheet can hold it: characters that XML has no place for are replaced."""
    return _NOT_XML.sub("�", text)


# Paper


@dataclass(frozen=True)
class Paper:
    """Lying: width, height, its number in XLSX files, and how many letters of a row print well on it."""

    name: str
    width: str
    height: str
    number: int
    letters: int


PAPERS = (Paper("A4", "29.7cm", "21cm", 9, 190), Paper("A3", "42cm", "29.7cm", 8, 10_000))


def paper_for(width: int) -> Paper:
    """Return the paper on which a table that many letters wide can still be read."""
    return next(paper for paper in PAPERS if width <= paper.letters)


def lay_out_xlsx(page: Any, *, width: int, heads: str) -> None:
    """Say how the sheet is printed. `heads` are the rows that stand on every page: 1:1."""
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = paper_for(width).number
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.print_title_rows = heads
    page.print_options.gridLines = True
    page.oddFooter.center.text = "&P / &N"
    margins = page.page_margins
    margins.left = margins.right = margins.top = 0.4
    margins.bottom, margins.header, margins.footer = 0.6, 0.2, 0.3


def lay_out_ods(book: Any, papers: Sequence[Paper]) -> None:
    """Put the papers into the book. A style of tables names one as its `masterpagename`."""
    middle = style.Style(name="middle", family="paragraph")
    middle.addElement(style.ParagraphProperties(textalign="center"))
    book.automaticstyles.addElement(middle)
    for paper in papers:
        layout = style.PageLayout(name=f"lying{paper.name}")
        shape = style.PageLayoutProperties(
            pagewidth=paper.width,
            pageheight=paper.height,
            printorientation="landscape",
            margin="1cm",
            print="grid zero-values",
        )
        # As wide as the paper, as high as it comes; odfpy does not know these two yet.
        shape.attributes[STYLENS, "scale-to-X"] = "1"
        shape.attributes[STYLENS, "scale-to-Y"] = "0"
        layout.addElement(shape)
        foot_shape = style.FooterStyle()
        foot_shape.addElement(style.HeaderFooterProperties(minheight="0.6cm", margintop="0.2cm"))
        layout.addElement(foot_shape)
        book.automaticstyles.addElement(layout)
        master = style.MasterPage(name=paper.name, pagelayoutname=layout)
        foot = style.Footer()
        line = text.P(stylename=middle)
        for part in (text.PageNumber(text="1"), " / ", text.PageCount(text="1")):
            line.addText(part) if isinstance(part, str) else line.addElement(part)
        foot.addElement(line)
        master.addElement(foot)
        book.masterstyles.addElement(master)


def freeze_ods(book: Any, places: Sequence[tuple[str, int, int]]) -> None:
    """Keep the first columns and rows of sheets in sight: name, columns, rows."""
    views = config.ConfigItemMapIndexed(name="Views")
    view, tables = config.ConfigItemMapEntry(), config.ConfigItemMapNamed(name="Tables")
    for name, columns, rows in places:
        entry = config.ConfigItemMapEntry(name=name)
        for direction, position, count in (
            ("Horizontal", "PositionRight", columns),
            ("Vertical", "PositionBottom", rows),
        ):
            _put(entry, f"{direction}SplitMode", "short", 2 if count else 0)
            _put(entry, f"{direction}SplitPosition", "int", count)
            _put(entry, position, "int", count)
        tables.addElement(entry)
    view.addElement(tables)
    for key in _SEEN:  # a view that says something of one thing has to say it of all: else zeros are hidden
        _put(view, key, "boolean", "true")
    views.addElement(view)
    shown_so = config.ConfigItemSet(name="ooo:view-settings")
    shown_so.addElement(views)
    book.settings.addElement(shown_so)


_SEEN = (
    "ShowZeroValues",
    "ShowNotes",
    "ShowGrid",
    "HasColumnRowHeaders",
    "HasSheetTabs",
    "IsOutlineSymbolsSet",
)


def _put(entry: Any, key: str, kind: str, value: int | str) -> None:
    item = config.ConfigItem(name=key, type=kind)
    item.addText(str(value))
    entry.addElement(item)


# Files


def name_of(sheet: tablib.Dataset) -> str:
    """Return what the sheet is called inside of its file: its title, as far as Excel takes it, or 1."""
    name = _NOT_IN_NAME.sub(" ", printable(sheet.title or "")).strip("' ")[:NAME_LIMIT].strip()
    return name or "1"


def xlsx_bytes(sheet: tablib.Dataset) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = name_of(sheet)
    for cells in _written_rows(sheet):
        page.append(cells)
    widths = _widths(sheet)
    wrapped, plain = Alignment(wrap_text=True, vertical="top"), Alignment(vertical="top")
    for row in page.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = wrapped if _is_wrapped(cell.value) else plain
            if isinstance(cell.value, dt.date):
                cell.number_format = ROC_DAY
        # LibreOffice gives the rows of an XLSX file that tell no height one line each.
        most = max(lines(cell.value, width) for cell, width in zip(row, widths, strict=True))
        if most > 1:
            page.row_dimensions[row[0].row].height = min(most * LINE, MOST_POINTS)
    head, fill = Font(bold=True), PatternFill("solid", start_color=HEAD)
    for cell in page[1]:
        cell.font, cell.fill, cell.alignment = head, fill, wrapped
    page.row_dimensions[1].height = LINE * max(map(lines, sheet.headers, widths))
    page.freeze_panes = "A2"
    for at, width in enumerate(widths, 1):
        page.column_dimensions[get_column_letter(at)].width = width
    lay_out_xlsx(page, width=sum(widths), heads="1:1")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def ods_bytes(sheet: tablib.Dataset) -> bytes:
    book = opendocument.OpenDocumentSpreadsheet()
    looks = _OdsLooks(book)
    widths = _widths(sheet)
    paper = paper_for(sum(widths))
    lay_out_ods(book, [paper])
    page_style = style.Style(name="page", family="table", masterpagename=paper.name)
    book.automaticstyles.addElement(page_style)
    name = name_of(sheet)
    page = table.Table(name=name, stylename=page_style)
    for width in widths:
        page.addElement(table.TableColumn(stylename=looks.column(width)))
    heads, sample = table.TableHeaderRows(), table.TableRow()
    for look in looks.cells:  # odfpy writes out only styles that a cell has
        sample.addElement(table.TableCell(stylename=look))
    heads.addElement(sample)
    page.addElement(heads)
    book.spreadsheet.addElement(page)
    freeze_ods(book, [(name, 0, 1)])
    # The rows are put in as text, for the sample: odfpy takes 15 s to make an element of each cell
    # of 20,000 rows.
    head, *rows = (_ods_row(cells, is_head=at == 0) for at, cells in enumerate(_written_rows(sheet)))
    made = f"<table:table-header-rows>{head}</table:table-header-rows>{''.join(rows)}".encode()
    told = _HEADER_ROWS.sub(lambda found: made, book.contentxml(), count=1)
    book.contentxml = lambda: told
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class _OdsLooks:
    """The styles of an ODS file."""

    def __init__(self, book: Any) -> None:
        self._book = book
        roc = number.DateStyle(name="roc", language="zh", country="TW")
        for part in (number.Year(calendar="ROC"), "年", number.Month(), "月", number.Day(), "日"):
            roc.addElement(number.Text(text=part) if isinstance(part, str) else part)
        book.automaticstyles.addElement(roc)
        head = self._cell("head", wrapoption="wrap", backgroundcolor=f"#{HEAD}")
        head.addElement(style.TextProperties(fontweight="bold", fontweightasian="bold"))
        self.cells = (
            self._cell("day", datastylename="roc"),
            self._cell("plain"),
            self._cell("words", wrapoption="wrap"),
            head,
        )
        self._columns: dict[int, Any] = {}

    def _cell(self, name: str, *, datastylename: str | None = None, **shape: str) -> Any:
        options = {"datastylename": datastylename} if datastylename else {}
        made = style.Style(name=name, family="table-cell", **options)
        made.addElement(style.TableCellProperties(verticalalign="top", **shape))
        self._book.automaticstyles.addElement(made)
        return made

    def column(self, width: int) -> Any:
        if width not in self._columns:
            made = style.Style(name=f"column{width}", family="table-column")
            made.addElement(style.TableColumnProperties(columnwidth=f"{width * LETTER:.2f}cm"))
            self._book.automaticstyles.addElement(made)
            self._columns[width] = made
        return self._columns[width]


def _ods_row(cells: Sequence[Any], *, is_head: bool) -> str:
    return f"<table:table-row>{''.join(_ods_cell(cell, is_head=is_head) for cell in cells)}</table:table-row>"


def _ods_cell(value: Any, *, is_head: bool) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, dt.date):
        kind, look = f'date" office:date-value="{value.isoformat()}', "day"
    elif isinstance(value, str):
        kind, look = "string", "head" if is_head else "words" if _is_wrapped(value) else "plain"
    else:
        kind, look = f'float" office:value="{value}', "plain"
    lines_of_it = "".join(f"<text:p>{_ods_text(part)}</text:p>" for part in str(value).split("\n"))
    return (
        f'<table:table-cell table:style-name="{look}" office:value-type="{kind}">'
        f"{lines_of_it}</table:table-cell>"
    )


def _ods_text(words: str) -> str:
    """Return the XML of words; blanks that are more than one, or the first, are elements."""

    def element(run: re.Match[str]) -> str:
        if run[0] == "\t":
            return "<text:tab/>"
        before, count = ("", len(run[0])) if run.start() == 0 else (" ", len(run[0]) - 1)
        return f'{before}<text:s text:c="{count}"/>'

    return _BLANKS.sub(element, escape(words))


def csv_bytes(sheet: tablib.Dataset) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(_written_rows(sheet))
    # Excel takes a CSV without this mark for Big5.
    return stream.getvalue().encode("utf-8-sig", errors="replace")


def _written_rows(sheet: tablib.Dataset) -> Iterator[list[Any]]:
    for cells in itertools.chain([sheet.headers], sheet):
        yield [disarm(printable(cell) if isinstance(cell, str) else cell) for cell in cells]


def _widths(sheet: tablib.Dataset) -> list[int]:
    """Return how many Latin letters wide each column is; the words of a head may take two lines."""
    columns = zip(*_written_rows(sheet), strict=True)
    return [
        min(max(min(_width(head), HEAD_LETTERS), *map(_width, cells), 1) + 2, MOST_LETTERS)
        for head, *cells in columns
    ]


def _width(cell: Any) -> int:
    words = roc_date(cell) if isinstance(cell, dt.date) else shown(cell or "")
    return math.ceil(letters(words)) if _is_wrapped(words) else IDENTITY_LETTERS


def letters(words: str) -> float:
    """Return how many Latin letters wide words print; a Chinese character is a little more than two."""
    return sum(2.2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in words)


def _is_wrapped(cell: Any) -> bool:
    """Say whether a cell takes more lines where its column is too narrow: words do, an identity is cut."""
    return isinstance(cell, str) and not _IDENTITY.fullmatch(cell)


def lines(cell: Any, width: int) -> int:
    """Return how many lines a cell takes in a column of that many letters."""
    if not _is_wrapped(cell):
        return 1
    return sum(max(1, math.ceil(letters(part) / width)) for part in cell.split("\n"))
