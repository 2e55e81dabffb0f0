"""A table as a file, beside the page that shows it, and the part of an address after its path."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from core.roc import roc_stamp
from core.sheet_files import Sheet
from plans.resources import FORMATS

EXTENSIONS = tuple(FORMATS)
# What tables of one page are called in the names of their files.
TABLES = {
    "units": "各課室",
    "chapters": "各章",
    "trend": "各期",
    "filings": "填報",
    "behind": "落後條目",
    "targets": "年度目標",
    "districts": "各區",
    "groups": "各組",
}


def asked_sheet(
    request: HttpRequest, name: str, sheets: Mapping[str, Callable[[], Sheet]], *, on: dt.date
) -> HttpResponse | None:
    """Return the table the address asks for as a file, None where it asks for the page.

    `table` names one of `sheets`, whose first is taken else; `format` one of FORMATS.
    """
    extension = request.GET.get("format", "")
    if extension not in FORMATS:
        return None
    table = request.GET.get("table", "")
    if table not in sheets:
        table = next(iter(sheets))
    if len(sheets) > 1:
        name += TABLES[table]
    file_format = FORMATS[extension]()
    sheet = sheets[table]()
    sheet.title = name
    file_name = f"{name}-{roc_stamp(on)}.{extension}"
    return HttpResponse(
        file_format.export_data(sheet),
        content_type=file_format.get_content_type(),
        headers={"Content-Disposition": content_disposition_header(True, file_name)},
    )


def query(**values: object) -> str:
    """Return the part of an address after `?` for the values that say something."""
    return urlencode({name: value for name, value in values.items() if value not in {None, ""}})
