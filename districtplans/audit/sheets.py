"""Found events as a sheet."""

from __future__ import annotations

from collections.abc import Iterable

import tablib
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from districtplans.audit.queries import EventRow

MOST_EVENTS = 20_000  # in one file, as many rows as a sheet may have that is read back


def events_sheet(rows: Iterable[EventRow]) -> tablib.Dataset:
    """Return the events with all that is known of them; by number and digest each is found in the log."""
    sheet = tablib.Dataset()
    sheet.headers = [
        _("Time"),
        capfirst(_("full name")),
        capfirst(_("user name")),
        _("Kind"),
        _("What happened"),
        _("Particulars"),
        capfirst(_("concerns")),
        _("Agency"),
        capfirst(_("from address")),
        _("Number of the event"),
        capfirst(_("digest")),
    ]
    for row in rows:
        event = row.event
        sheet.append(
            [
                f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}",
                event.name,
                event.username,
                event.get_kind_display(),
                row.told.what,
                "；".join(row.told.more),
                event.label,
                row.place,
                event.client,
                event.pk,
                event.sha256,
            ]
        )
    return sheet
