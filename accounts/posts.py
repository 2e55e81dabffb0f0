"""What a person holds on a day: their appointments in force, by keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from accounts.enums import AUDIT_ROLES, CITY_ROLES, DISTRICT_ROLES, SECRETARIAT_ROLES, UNIT_ROLES


@dataclass(frozen=True)
class Post:
    """One appointment. Of the places one is filled in, and with a unit the district it belongs to."""

    role: str
    city: int | None = None
    district: int | None = None  # as a whole
    unit: int | None = None
    district_of_unit: int | None = None

    def is_in(self, district: int) -> bool:
        return district in (self.district, self.district_of_unit)


@dataclass(frozen=True)
class Posts:
    """All a person holds on a day; nothing where the account is switched off."""

    day: dt.date
    held: tuple[Post, ...] = ()

    @cached_property
    def inside(self) -> frozenset[int]:
        """The districts whose people this person is one of, through the district or one of its units."""
        found = {one.district for one in self.held} | {one.district_of_unit for one in self.held}
        return frozenset(pk for pk in found if pk is not None)

    def at_cities(self, roles: Collection[str] = CITY_ROLES) -> frozenset[int]:
        return frozenset(one.city for one in self.held if one.city is not None and one.role in roles)

    def at_districts(self, roles: Collection[str] = DISTRICT_ROLES) -> frozenset[int]:
        return frozenset(one.district for one in self.held if one.district is not None and one.role in roles)

    def at_units(self, roles: Collection[str] = UNIT_ROLES) -> frozenset[int]:
        return frozenset(one.unit for one in self.held if one.unit is not None and one.role in roles)

    def units_in(self, district: int) -> frozenset[int]:
        """The units of a district that a role is held in."""
        held = (one for one in self.held if one.district_of_unit == district)
        return frozenset(one.unit for one in held if one.unit is not None)

    # What the head of every page asks.

    @property
    def is_of_secretariat(self) -> bool:
        return bool(self.at_districts(SECRETARIAT_ROLES))

    @property
    def is_of_city(self) -> bool:
        return bool(self.at_cities())

    @property
    def reads_audit_log(self) -> bool:
        return bool(self.at_cities(AUDIT_ROLES))
