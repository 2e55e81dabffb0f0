"""How long something is due yet, or has been."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol


class Dated(Protocol):
    """Anything that is due on a day and is looked at on another."""

    @property
    def due_on(self) -> dt.date: ...
    @property
    def on(self) -> dt.date: ...


class CountsDays:
    """Counts the days of what is `Dated`."""

    @property
    def days_left(self: Dated) -> int:
        """Days until it is due, 0 on that day, negative when it has passed."""
        return (self.due_on - self.on).days

    @property
    def days_over(self: Dated) -> int:
        return max((self.on - self.due_on).days, 0)


@dataclass(frozen=True, kw_only=True)
class Due(CountsDays):
    """What is due on a day and looked at on another."""

    due_on: dt.date
    on: dt.date
