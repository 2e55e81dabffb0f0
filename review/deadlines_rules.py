"""Due dates by the calendar: moved off holidays, inner dates counted backwards in working days."""

from __future__ import annotations

import calendar as months
import datetime as dt
from dataclasses import dataclass

from core.working_days import Calendar, next_working_day, working_days_before


@dataclass(frozen=True)
class Rule:
    """Each year on this day of the month, on its last where `day` is None, with working days before it."""

    month: int
    day: int | None = None
    signing_days: int = 0
    check_days: int = 0
    units_days: int = 0


@dataclass(frozen=True)
class Dates:
    """A year's dates. `named_on` is the day the rule names, before it is moved off a holiday.

    Inner dates are the last day of each step: the units' round, the secretariat's check, the signing; the
    units begin on `begin_on` at the latest.
    """

    named_on: dt.date
    due_on: dt.date
    begin_on: dt.date
    units_on: dt.date
    check_on: dt.date
    signing_on: dt.date
    is_certain: bool

    @property
    def is_moved(self) -> bool:
        return self.named_on != self.due_on


def dates_of(rule: Rule, year: int, calendar: Calendar) -> Dates:
    """Return the dates of a plan's year."""
    last = months.monthrange(year, rule.month)[1]
    named_on = dt.date(year, rule.month, min(rule.day or last, last))
    due_on = next_working_day(named_on, calendar)
    # The plan is filed on the due date itself; signing ends on the working day before.
    signing_on = working_days_before(due_on, 1, calendar)
    check_on = working_days_before(signing_on, rule.signing_days, calendar)
    units_on = working_days_before(check_on, rule.check_days, calendar)
    begin_on = working_days_before(units_on, rule.units_days, calendar)
    is_certain = all(calendar.knows(day.year) for day in (begin_on, due_on))
    return Dates(named_on, due_on, begin_on, units_on, check_on, signing_on, is_certain)


# Days before (positive) and after a due date on which people are reminded; later, every week.
BEFORE = (14, 7, 3, 1, 0)
AFTER = (1, 3, 7)
WEEK = 7


def is_reminded_on(days_left: int) -> bool:
    """Say whether people are reminded so many days before a due date, or after it where negative."""
    over = -days_left
    return days_left in BEFORE or over in AFTER or (over > AFTER[-1] and over % WEEK == 0)


def reminder_is_due(due_on: dt.date, *, on: dt.date, since: dt.date | None) -> bool:
    """Say whether a reminder of this due date falls on a day after `since`, up to `on`.

    `since` is when the person was reached last: what they missed meanwhile is due now. Whoever was never
    reached is reminded of everything that is near.
    """
    if since is None:
        return (due_on - on).days <= BEFORE[0]
    days = (on - since).days
    if days > WEEK:  # a step of the row lies within any week past the due date
        return (due_on - on).days <= BEFORE[0]
    return any(is_reminded_on((due_on - on).days + step) for step in range(max(days, 0)))
