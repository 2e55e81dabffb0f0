"""Sheets as files: any of XLSX, ODS and CSV to rows of typed cells, and rows to each of the three.

The library's own readers and writers lose what matters here: numbers become text once formulas are
disarmed, a number shown as 1,234 cannot be read from ODS, and CSV is taken for UTF-8.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple
from xml.etree.ElementTree import Element  # the type alone; parsing is defusedxml's

import openpyxl  # type: ignore[import-untyped]  # ships no types
import tablib
from defusedxml.ElementTree import iterparse  # type: ignore[import-untyped]  # ships no types
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.formats.base_formats import Format
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]  # ships no types

from core.cells import LAST_ROC_YEAR, Percent, Unreadable, is_empty, read_text
from core.sheet_writing import csv_bytes, ods_bytes, xlsx_bytes

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 32 * 1024 * 1024  # 20,000 rows take some 12; a hundred kept a process busy for 40 s
MAX_ROWS = 20_000
MAX_ROWS_IN_FILE = 200_000  # blank ones that a file writes out counted
LAST_ROW = 1_048_576  # of a sheet in any program
MAX_SHEETS = 30  # each may have a millionth row, which takes a tenth of a second to come to
HEADS_WITHIN = 20  # filled rows; above the heads people write titles and notes
MAX_COLUMNS = 100

_EARLY_DAY = re.compile(r"0\d{3}-\d\d-\d\d")
_BROKEN = re.compile(r"[ \t]*[\r\n][ \t\r\n]*")
_ARMED = re.compile(r"'+[=+\-@＝＋－＠\t\r\n]")


class Sheet(tablib.Dataset):  # type: ignore[misc]  # tablib ships no types
    """Rows under their heads. `row_numbers` says where each row stands in the file, blank ones counted."""

    row_numbers: list[int]


class Row(NamedTuple):
    """A row of a file: its number there, its cells without the empty ones at the end, its sheet's name."""

    number: int
    cells: list[Any]
    sheet: str = ""


def rearm(cell: Any) -> Any:
    """Take back the apostrophe of `sheet_writing.disarm`, so that what was exported is read as it was."""
    return cell[1:] if type(cell) is str and _ARMED.match(cell) else cell


# Reading


def read_sheet(data: bytes, *, has_heads: Callable[[list[Any]], bool] | None = None) -> Sheet:
    """Read the table of an XLSX, ODS or CSV file, told apart by content and not by name.

    It begins with the first row that `has_heads` knows, on whichever sheet, else with the first filled row of
    the first sheet. Raises ValidationError in words fit for the person who chose the file.
    """
    if len(data) > MAX_BYTES:
        raise ValidationError(
            _("This file is larger than %(limit)s MB. Split it into several."),
            params={"limit": MAX_BYTES // 1024**2},
        )
    try:
        return _table(_rows(data), has_heads or (lambda cells: False))
    except ValidationError:
        raise
    except Exception as error:
        # A broken or hostile workbook can make the parsers raise nearly anything.
        raise ValidationError(
            _("This file cannot be read. Save it again as XLSX, ODS or CSV and choose the new file.")
        ) from error


def _rows(data: bytes) -> Iterable[Row]:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise ValidationError(
            _("This is an old Excel file (.xls). Save it as .xlsx and choose the new file.")
        )
    if not data.startswith(b"PK\x03\x04"):
        return _csv_rows(_decode(data))
    names = names_of_parts(data)
    if "content.xml" in names:
        return ods_rows(data)
    if "xl/workbook.xml" in names:
        return xlsx_rows(data)
    raise ValidationError(_("This file is neither XLSX, ODS nor CSV. Save it as one of them."))


def names_of_parts(data: bytes) -> set[str]:
    """Return what a zip holds, once it is known not to unpack to more than can be read."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise ValidationError(_("This file unpacks to too much. Copy the rows into a new sheet."))
        return set(archive.namelist())


def _table(rows: Iterable[Row], has_heads: Callable[[list[Any]], bool]) -> Sheet:
    first: list[Row] = []
    for _name, page in itertools.groupby(filled_rows(rows), key=attrgetter("sheet")):
        found = list(itertools.islice(page, HEADS_WITHIN + MAX_ROWS + 1))
        first = first or found
        for at, row in enumerate(found[:HEADS_WITHIN]):
            if has_heads(row.cells):
                return _sheet_of(found[at:])
    return _sheet_of(first)


def _sheet_of(rows: list[Row]) -> Sheet:
    """Return the rows as a table whose heads are the first."""
    if len(rows) > MAX_ROWS + 1:
        raise ValidationError(
            _("The sheet has more than %(limit)s rows. Split it into several."),
            params={"limit": MAX_ROWS},
        )
    sheet = Sheet()
    sheet.row_numbers = [row.number for row in rows[1:]]
    heads = [read_text(cell) for row in rows[:1] for cell in row.cells]
    _fill(sheet, heads, [[rearm(cell) for cell in row.cells] for row in rows[1:]])
    return sheet


def filled_rows(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows that hold something, unless there are too many others, or one is too wide."""
    for count, row in enumerate(rows, 1):
        if count > MAX_ROWS_IN_FILE or row.number > LAST_ROW:
            raise ValidationError(_("The sheet has too many empty rows. Copy the table into a new sheet."))
        if len(row.cells) > MAX_COLUMNS:
            raise ValidationError(
                _("Row %(row)s has more than %(limit)s columns. Remove what does not belong to the table."),
                params={"row": row.number, "limit": MAX_COLUMNS},
            )
        if row.cells:
            yield row


def without_empty_end(cells: list[Any]) -> list[Any]:
    end = len(cells)
    while end and is_empty(cells[end - 1]):
        end -= 1
    return cells[:end]


def _fill(sheet: Sheet, heads: list[str], body: list[list[Any]]) -> None:
    """Give every row the width of the heads; columns without a head and without content are dropped."""
    width = max(map(len, [heads, *body]))
    heads += [""] * (width - len(heads))
    for cells in body:
        cells.extend([None] * (width - len(cells)))
    kept = []
    for at, head in enumerate(heads):
        filled = [n for n, cells in zip(sheet.row_numbers, body, strict=True) if not is_empty(cells[at])]
        if not head and filled:
            raise ValidationError(
                _("Column %(column)s has no name, but row %(row)s has something in it."),
                params={"column": get_column_letter(at + 1), "row": filled[0]},
            )
        if head:
            kept.append(at)
    sheet.headers = [heads[at] for at in kept]
    for cells in body:
        sheet.append([cells[at] for at in kept])


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    for encoding in ("utf-8-sig", "cp950", "big5hkscs"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValidationError(_("The text of this file is neither UTF-8 nor Big5. Save it as “CSV UTF-8”."))


def _csv_rows(content: str) -> Iterator[Row]:
    if "\x00" in content:
        raise ValidationError(_("This file is neither XLSX, ODS nor CSV. Save it as one of them."))
    first_line = content.lstrip().partition("\n")[0]
    delimiter = max(",\t;", key=first_line.count)
    # Rows are counted as a spreadsheet shows them: a cell with line breaks is still one row.
    lines = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    return (Row(at, without_empty_end(line)) for at, line in enumerate(lines, 1))


def xlsx_rows(data: bytes) -> Iterator[Row]:
    """Yield the rows of all sheets of an XLSX file, but none the file leaves out."""
    sheets = openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets
    if len(sheets) > MAX_SHEETS:
        raise ValidationError(
            _("This file has more than %(limit)s sheets. Remove those that were not taken out here."),
            params={"limit": MAX_SHEETS},
        )
    return (row for sheet in sheets for row in _rows_of(sheet))


def _rows_of(sheet: Any) -> Iterator[Row]:
    # Some programs write a wrong size into the file, and rows beyond it would not be read.
    sheet.reset_dimensions()
    # openpyxl gives one and the same object for each row it does not find. Where rows were deleted, there are
    # a million of them: LibreOffice writes the last row there is, though nothing is in it.
    left_out = None
    for at, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS + 1), 1):
        if row is left_out and at <= LAST_ROW:
            continue
        cells = without_empty_end([_xlsx_value(cell) for cell in row])
        left_out = None if cells else row
        yield Row(at, cells, sheet.title)


def _xlsx_value(cell: Any) -> Any:
    if cell.data_type in {"f", "e"}:
        return Unreadable(cell.value)
    if cell.data_type == "n" and isinstance(cell.value, (int, float)) and "%" in cell.number_format:
        return Percent(cell.value)
    if isinstance(cell.value, dt.date) and cell.value.year <= LAST_ROC_YEAR:
        return _day_as_seen(cell.value)
    return cell.value


def _day_as_seen(day: dt.date) -> str:
    """Return the day that LibreOffice shows for one of the first centuries, as 0115-06-30.

    It takes 115/6/30 for a day of the year 115, shows it in the calendar of that time, the Julian one, and
    writes the 29th into its files, by ours.
    """
    julian = day.toordinal() + 1_721_425 + 32_082
    years = (4 * julian + 3) // 1461
    rest = julian - 1461 * years // 4
    months = (5 * rest + 2) // 153
    year, month = years - 4800 + months // 10, months + 3 - 12 * (months // 10)
    return f"{year:04}-{month:02}-{rest - (153 * months + 2) // 5 + 1:02}"


_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def ods_rows(data: bytes) -> Iterator[Row]:
    """Yield the rows of all sheets of an ODS file. Empty rows the file tells as one are one here, too."""
    name, row_number = "", 1
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("content.xml") as content:
        for event, element in iterparse(content, events=("start", "end")):
            if event == "start":
                if element.tag == f"{_TABLE}table":
                    name, row_number = element.get(f"{_TABLE}name", ""), 1
            elif element.tag == f"{_TABLE}table-row":
                # The empty rest of a sheet is one wide row repeated a million times: look at its cells once.
                cells = without_empty_end(list(itertools.islice(_ods_cells(element), MAX_COLUMNS + 1)))
                times = int(element.get(f"{_TABLE}number-rows-repeated", 1))
                told = min(times, MAX_ROWS + 1) if cells else 1
                yield from (Row(row_number + time, [*cells], name) for time in range(told))
                row_number += times
                element.clear()


def _ods_cells(row: Element) -> Iterator[Any]:
    for element in row:
        if element.tag in {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}:
            times = min(int(element.get(f"{_TABLE}number-columns-repeated", 1)), MAX_COLUMNS + 1)
            yield from itertools.repeat(_ods_value(element), times)


def _ods_value(cell: Element) -> Any:
    kind = cell.get(f"{_OFFICE}value-type")
    content = "\n".join(_ods_text(line) for line in cell.findall(f"{_TEXT}p"))
    value = cell.get(f"{_OFFICE}value")
    if cell.get(f"{_TABLE}formula") is not None:
        return Unreadable(content or cell.get(f"{_TABLE}formula"))
    if kind in {"float", "percentage", "currency"} and value:
        amount = float(value)
        if kind == "percentage":
            return Percent(amount)
        return int(amount) if amount.is_integer() else amount
    if kind == "date":
        said = cell.get(f"{_OFFICE}date-value") or content
        is_early = _EARLY_DAY.match(said) and int(said[:4]) <= LAST_ROC_YEAR
        return _day_as_seen(dt.date.fromisoformat(said[:10])) if is_early else said
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value") == "true"
    return content or cell.get(f"{_OFFICE}string-value")


def _ods_text(element: Element) -> str:
    if element.tag == f"{_TEXT}s":
        return " " * min(int(element.get(f"{_TEXT}c", 1)), 1000)
    pieces = [
        {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}.get(element.tag, ""),
        _one_blank(element.text),
    ]
    for child in element:
        pieces += [_ods_text(child), _one_blank(child.tail)]
    return "".join(pieces)


def _one_blank(content: str | None) -> str:
    """Return the text with a break in the XML, and what indents the next line, as one blank.

    Blanks alone stay as they are, though others than one should be elements of their own: LibreOffice writes
    them as they are where a cell has several lines, and reads them so.
    """
    return _BROKEN.sub(" ", content or "")


# Formats of import-export


class AnySheet(Format):  # type: ignore[misc]  # import-export ships no types
    """The one way in: the content says which of the three it is, so nobody has to choose a format."""

    def __init__(
        self, encoding: str | None = None, *, has_heads: Callable[[list[Any]], bool] | None = None
    ) -> None:
        self.has_heads = has_heads

    def get_title(self) -> str:
        return "XLSX, ODS, CSV"

    def can_import(self) -> bool:
        return True

    def create_dataset(self, in_stream: bytes) -> Sheet:
        return read_sheet(in_stream, has_heads=self.has_heads)


class _Written(Format):  # type: ignore[misc]  # import-export ships no types
    extension: ClassVar[str]
    content_type: ClassVar[str]

    def __init__(self, encoding: str | None = None) -> None:
        pass

    def get_title(self) -> str:
        return self.extension.upper()

    def get_extension(self) -> str:
        return self.extension

    def get_content_type(self) -> str:
        return self.content_type

    def can_export(self) -> bool:
        return True


class XlsxSheet(_Written):
    extension = "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        return xlsx_bytes(dataset)


class OdsSheet(_Written):
    extension = "ods"
    content_type = "application/vnd.oasis.opendocument.spreadsheet"

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        return ods_bytes(dataset)


class CsvSheet(_Written):
    extension = "csv"
    content_type = "text/csv; charset=utf-8"

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        return csv_bytes(dataset)
