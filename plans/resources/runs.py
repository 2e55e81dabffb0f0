"""Lines and targets out as a file, and a file brought in: looked at first, then written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from accounts.models import District, User
from core.sheet_files import CsvSheet, OdsSheet, XlsxSheet, read_sheet
from plans.models import Plan
from plans.resources.lines import ItemResource, ToldRow
from plans.resources.targets import TargetResource

FORMATS = {"ods": OdsSheet, "xlsx": XlsxSheet, "csv": CsvSheet}


@dataclass(frozen=True)
class SheetRun:
    """What a sheet does, or why nothing of it is done: then `problems` holds whole sentences."""

    rows: tuple[ToldRow, ...]
    unchanged: int
    problems: tuple[str, ...] = ()

    @property
    def added(self) -> int:
        return sum(1 for row in self.rows if row.is_new)

    @property
    def changed(self) -> int:
        return len(self.rows) - self.added


def lines_file(plan: Plan, extension: str) -> tuple[bytes, str]:
    """Return the plan's lines as a file of one of FORMATS, and the type of its content."""
    file_format = FORMATS[extension]()
    data: bytes = file_format.export_data(ItemResource(plan=plan).export())
    return data, file_format.get_content_type()


def targets_file(district: District, extension: str) -> tuple[bytes, str]:
    """Return the district's indicators with their targets as such a file."""
    file_format = FORMATS[extension]()
    data: bytes = file_format.export_data(TargetResource(district=district).export())
    return data, file_format.get_content_type()


def run_sheet(plan: Plan, data: bytes, *, actor: User, on: dt.date, is_preview: bool) -> SheetRun:
    """Bring a sheet into the plan, all of it or nothing. Raises ValidationError where it cannot be read."""
    return _run(ItemResource(plan=plan, on=on), data, actor=actor, is_preview=is_preview)


def run_targets(district: District, data: bytes, *, actor: User, on: dt.date, is_preview: bool) -> SheetRun:
    """Bring a sheet of indicators and targets into the district, in the way of `run_sheet`."""
    return _run(TargetResource(district=district, on=on), data, actor=actor, is_preview=is_preview)


def _run(resource: ItemResource | TargetResource, data: bytes, *, actor: User, is_preview: bool) -> SheetRun:
    sheet = read_sheet(data, has_heads=resource.has_heads)
    result = resource.import_data(sheet, dry_run=is_preview, rollback_on_validation_errors=True, user=actor)
    for error in result.base_errors:
        if not isinstance(error.error, ValidationError):
            raise error.error  # no fault of the sheet
    problems = [words for error in result.base_errors for words in error.error.messages]
    problems += [
        words for _number, errors in result.row_errors() for one in errors for words in one.error.messages
    ]
    problems += [words for row in result.invalid_rows for words in row.error.messages]
    told = () if problems else tuple(resource.told)
    return SheetRun(told, result.totals["skip"], tuple(problems))
