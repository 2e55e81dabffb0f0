"""Sheets as a person brings them: made by other programs, chosen, looked at, confirmed."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape
from django.utils.translation import override
from odf import opendocument, table, text

from accounts.models import Appointment, City, District, Unit, User

FORMATS = {"xlsx": "0", "ods": "1", "csv": "2"}
MODELS = ["city", "district", "unit", "user", "appointment"]


def export(site: Client, model: str, kind: str) -> bytes:
    response = site.post(f"/admin/accounts/{model}/export/", {"format": FORMATS[kind], "resource": "0"})
    assert response.status_code == 200
    assert response["Content-Disposition"].endswith(f'.{kind}"')
    return response.content


def choose(site: Client, model: str, data: bytes, name: str = "sheet") -> Any:
    file = SimpleUploadedFile(name, data)
    response = site.post(
        f"/admin/accounts/{model}/import/", {"import_file": file, "format": "0", "resource": "0"}
    )
    assert response.status_code == 200
    return response


def confirm(site: Client, model: str, preview: Any) -> Any:
    return site.post(f"/admin/accounts/{model}/process_import/", preview.context["confirm_form"].initial)


def bring_in(site: Client, model: str, data: bytes) -> None:
    preview = choose(site, model, data)
    assert complaints(preview) == []
    assert confirm(site, model, preview).status_code == 302


def complaints(response: Any) -> list[str]:
    """What the page says is wrong: with the file, its heads or its rows."""
    result = response.context.get("result")
    # Lazy texts are spelt out here as the request spelt them.
    with override(response.headers["Content-Language"]):
        said = [str(error) for error in response.context["form"].errors.get("import_file", [])]
        if result:
            said += [str(message) for error in result.base_errors for message in error.error.messages]
            said += [str(message) for row in result.invalid_rows for message in row.error.messages]
    page = response.content.decode()
    assert [sentence for sentence in said if escape(sentence) not in page] == []
    return said


def kinds(response: Any) -> list[str]:
    return [row.import_type for row in response.context["result"].rows]


def sheet_of(kind: str, rows: list[list[Any]]) -> bytes:
    """Make a file as other programs make it, not by the site's own writers."""
    if kind == "csv":
        stream = io.StringIO()
        csv.writer(stream).writerows(rows)
        return stream.getvalue().encode()
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        stream_bytes = io.BytesIO()
        book.save(stream_bytes)
        return stream_bytes.getvalue()
    book = opendocument.OpenDocumentSpreadsheet()
    page = table.Table(name="工作表1")
    for row in rows:
        line = table.TableRow()
        for value in row:
            if isinstance(value, dt.date):
                cell = table.TableCell(valuetype="date", datevalue=value.isoformat())
                shown = f"{value:%Y/%m/%d}"
            elif isinstance(value, (int, float)):
                cell = table.TableCell(valuetype="float", value=str(value))
                shown = f"{value:,}"  # shown with thousands separators, as a formatted cell is
            else:
                cell = table.TableCell(valuetype="string")
                shown = str(value or "")
            cell.addElement(text.P(text=shown))
            line.addElement(cell)
        page.addElement(line)
    # The rest of the sheet, as LibreOffice writes it.
    rest = table.TableRow(numberrowsrepeated="1048570")
    rest.addElement(table.TableCell(numbercolumnsrepeated="1024"))
    page.addElement(rest)
    book.spreadsheet.addElement(page)
    stream_bytes = io.BytesIO()
    book.save(stream_bytes)
    return stream_bytes.getvalue()


def counts() -> list[int]:
    return [model.objects.count() for model in (City, District, Unit, User, Appointment)]
