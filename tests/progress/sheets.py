"""What people do to a sheet between taking it out and bringing it back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import openpyxl
from odf import opendocument, table, text
from openpyxl.utils import column_index_from_string
from openpyxl.utils.cell import coordinate_from_string

from core.books import address, read_book

Edits = Mapping[tuple[str, str], Any]  # by sheet and cell: what is typed there, None to empty it


def place_of(data: bytes, sheet: str, row: str, head: str) -> tuple[str, str]:
    """Return the cell in the row that holds certain words, below a head."""
    rows = read_book(data)[sheet]
    heads = next(one for one in rows if head in one.cells)
    found = next(
        one for one in rows if one.number > heads.number and any(row in str(cell) for cell in one.cells)
    )
    return sheet, address(heads.cells.index(head), found.number)


def edit(data: bytes, edits: Edits, *, formats: Mapping[tuple[str, str], str] | None = None) -> bytes:
    """Return the file with other values in some cells, as an office program saves it."""
    is_xlsx = "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(data)).namelist()
    return _edit_xlsx(data, edits, formats or {}) if is_xlsx else _edit_ods(data, edits, formats or {})


def _edit_xlsx(data: bytes, edits: Edits, formats: Mapping[tuple[str, str], str]) -> bytes:
    book, stream = openpyxl.load_workbook(io.BytesIO(data)), io.BytesIO()
    for (sheet, place), value in edits.items():
        cell = book[sheet][place]
        cell.value = value
        if (sheet, place) in formats:
            cell.number_format = formats[sheet, place]
    book.save(stream)
    return stream.getvalue()


def _edit_ods(data: bytes, edits: Edits, formats: Mapping[tuple[str, str], str]) -> bytes:
    book, stream = opendocument.load(io.BytesIO(data)), io.BytesIO()
    pages = {one.getAttribute("name"): one for one in book.getElementsByType(table.Table)}
    for (sheet, place), value in edits.items():
        letters, number = coordinate_from_string(place)
        row = pages[sheet].getElementsByType(table.TableRow)[number - 1]
        _write(row.childNodes[column_index_from_string(letters) - 1], value, formats.get((sheet, place), ""))
    book.save(stream)
    return stream.getvalue()


def _write(cell: Any, value: Any, number_format: str) -> None:
    for child in list(cell.childNodes):
        cell.removeChild(child)
    for name in ("valuetype", "value", "formula"):
        if cell.getAttribute(name) is not None:
            cell.removeAttribute(name)
    if value is None:
        return
    if isinstance(value, str) and value.startswith("="):
        cell.setAttribute("formula", f"of:{value}")
        value = 3.0  # what the program last computed
    if isinstance(value, str):
        cell.setAttribute("valuetype", "string")
    else:
        cell.setAttribute("valuetype", "percentage" if "%" in number_format else "float")
        cell.setAttribute("value", str(value))
    for line in str(value).split("\n"):
        cell.addElement(text.P(text=line))
