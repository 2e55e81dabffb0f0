"""Which days are worked, and due dates moved off those that are not. Pure: days in, days out.

The government's calendar of each year is kept by an app above, which provides it here to all others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

DAY = dt.timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """The government's days off and the Saturdays worked, of the years whose calendar is known."""

    holidays: frozenset[dt.date] = frozenset()
    worked: frozenset[dt.date] = frozenset()

    def is_working(self, day: dt.date) -> bool:
        return day in self.worked or (day.weekday() < SATURDAY and day not in self.holidays)

    def knows(self, year: int) -> bool:
        """Say whether the year's calendar was loaded; if not, weekends alone are known of it."""
        return any(day.year == year for day in self.holidays | self.worked)


def next_working_day(day: dt.date, calendar: Calendar) -> dt.date:
    """Return the day itself where it is worked, else the next one that is."""
    while not calendar.is_working(day):
        day += DAY
    return day


def working_days_before(day: dt.date, count: int, calendar: Calendar) -> dt.date:
    """Return the working day that many working days before; with 0 the day itself, or the one before it."""
    while not calendar.is_working(day):
        day -= DAY
    for _step in range(count):
        day -= DAY
        while not calendar.is_working(day):
            day -= DAY
    return day


Source = Callable[[Iterable[int]], Calendar]

_sources: list[Source] = []


def provide_calendar(source: Source) -> None:
    """Have days looked up there from now on."""
    _sources[:] = [source]


def calendar_of(years: Iterable[int]) -> Calendar:
    """Return the calendar of these years as it is kept; where nobody keeps any, weekends alone are known."""
    return _sources[0](years) if _sources else Calendar()
