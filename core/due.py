"""How long something is due yet, or has been."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Due:
    """What is due on a day and looked at on another."""

    due_on: dt.date
    on: dt.date

    @property
    def days_left(self) -> int:
        """Days until it is due, 0 on that day, negative when it has passed."""
        return (self.due_on - self.on).days

    @property
    def days_over(self) -> int:
        return max(-self.days_left, 0)
