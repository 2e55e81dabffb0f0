"""What the pieces of a digest are made of: who holds which role, and one thing that waits for them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from accounts.enums import SECRETARIAT_ROLES, Role
from accounts.models import Appointment, Unit
from plans.models import Plan
from review.deadlines_rules import reminder_is_due
from review.models import Place


@dataclass(frozen=True)
class Line:
    """One thing that waits. `counted_from` is its due date, or where it has none the day it began to wait."""

    words: str
    parameters: dict[str, str]
    address: str
    counted_from: dt.date
    has_due_date: bool = False

    def is_fresh(self, *, on: dt.date, since: dt.date | None) -> bool:
        return reminder_is_due(self.counted_from, on=on, since=since)


class Holders:
    """Who holds which role where on the day; one query for all places there are."""

    def __init__(self, on: dt.date) -> None:
        self.by_place: dict[tuple[str, int], set[int]] = defaultdict(set)
        rows = Appointment.objects.in_force(on).filter(user__is_active=True)
        for role, user, *places in rows.values_list("role", "user_id", "city_id", "district_id", "unit_id"):
            place = next(pk for pk in places if pk is not None)
            self.by_place[role, place].add(user)

    def of(self, place: int, *roles: str) -> set[int]:
        return set().union(*(self.by_place[role, place] for role in roles))

    def of_unit(self, unit: Unit, *roles: str) -> set[int]:
        """The people of the secretariat's own unit are those appointed to the district's secretariat too."""
        found = self.of(unit.pk, *roles)
        if unit.is_secretariat:
            chiefs_alone = set(roles) == {Role.SECTION_CHIEF}
            found |= self.of(
                unit.district_id, *({Role.SECRETARIAT_CHIEF} if chiefs_alone else SECRETARIAT_ROLES)
            )
        return found

    def of_signing_place(self, plan: Plan, place: Place) -> set[int]:
        if place.unit is not None:
            return self.of_unit(place.unit, Role.SECTION_CHIEF)
        return self.of(plan.district_id, place.role)


Found = Iterator[tuple[set[int], Line]]
