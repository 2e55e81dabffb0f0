"""The periods of a plan's year. Pure: days in, days out."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from core.working_days import Calendar, next_working_day
from progress.enums import MONTHS, Rhythm


@dataclass(frozen=True)
class Span:
    """A period with the days on which it is filed: from `opens_on` to the end of `due_on`."""

    number: int
    starts_on: dt.date
    ends_on: dt.date
    opens_on: dt.date
    due_on: dt.date


def spans(
    first: dt.date,
    last: dt.date,
    rhythm: str,
    *,
    days_to_file: int,
    approved_on: dt.date,
    late_days: int,
    days: Calendar,
) -> Iterator[Span]:
    """Yield the periods from the plan's first day to its last, cut at the months of the calendar.

    Filing of a period opens on its first day, and is due `days_to_file` after its last. One that was over
    when the plan was approved opens on the approval, and is due `late_days` later. A due day that is not
    worked moves to the next one that is.
    """
    months = MONTHS[Rhythm(rhythm)]
    starts, number = first, 1
    while starts <= last:
        end_month = ((starts.month - 1) // months + 1) * months
        ends = min(last, dt.date(starts.year, end_month, calendar.monthrange(starts.year, end_month)[1]))
        opens = approved_on if ends < approved_on else max(starts, approved_on)
        due = usual_due_day(ends, opens, days_to_file=days_to_file, late_days=late_days, days=days)
        yield Span(number, starts, ends, opens, due)
        starts, number = ends + dt.timedelta(1), number + 1


def usual_due_day(
    ends_on: dt.date, opens_on: dt.date, *, days_to_file: int, late_days: int, days: Calendar
) -> dt.date:
    """Return when filing of a period is due that nobody set a day for."""
    is_late = ends_on < opens_on
    due = opens_on + dt.timedelta(late_days) if is_late else ends_on + dt.timedelta(days_to_file)
    return next_working_day(max(due, opens_on), days)


class Opening(NamedTuple):
    """Whether a unit may file in a period on a day, until when, and how many days are left."""

    is_open: bool
    is_early: bool
    due_on: dt.date
    days_left: int

    @property
    def is_overdue(self) -> bool:
        return self.days_left < 0

    @property
    def days_over(self) -> int:
        return max(-self.days_left, 0)


def opening(
    *,
    opens_on: dt.date,
    due_on: dt.date,
    later: dt.date | None,
    is_closed: bool,
    is_year_filed: bool,
    on: dt.date,
) -> Opening:
    """Return whether filing is open; `later` is the last day given to the unit alone.

    Late filing goes on until the period is closed; after that only while `later` has not passed. Once the
    results of the year are filed, nothing is.
    """
    due = max(due_on, later) if later else due_on
    is_early = on < opens_on
    is_open = not is_early and not is_year_filed and (not is_closed or (later is not None and on <= later))
    return Opening(is_open, is_early, due, (due - on).days)
