"""Findings of checks as a sheet: days are days, so that a spreadsheet sorts them."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.sheet_files import Sheet
from progress.queries.findings import FindingRow


def findings_sheet(rows: Iterable[FindingRow]) -> Sheet:
    sheet = Sheet()
    sheet.headers = [
        _("Unit"), _("Line of the plan"), _("What was found"), _("What is to be done"), _("Found by"),
        _("Checked on"), _("To be done by"), _("State"), _("Answered, to be decided"), _("Days overdue"),
        pgettext("finding", "Steps"),
    ]  # fmt: skip
    for row in rows:
        one = row.finding
        sheet.append(
            [
                one.unit.name,
                f"{one.line.number}{one.line.words}" if one.line else "",
                one.text,
                one.measure,
                one.get_origin_display(),
                one.checked_on,
                one.due_on,
                str(one.get_state_display()),
                _("yes") if row.is_answered else "",
                row.days_over if row.is_late else None,
                row.steps,
            ]
        )
    return sheet
