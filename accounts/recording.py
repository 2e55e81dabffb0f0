"""What the audit log is told of people, appointments and places, and whose events a person's are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils import timezone

from accounts.models import Appointment, City, District, Unit, User
from core.audit import NOWHERE, Place, Subject, merged, record
from core.enums import AuditKind

KINDS: dict[type[models.Model], AuditKind] = {
    User: AuditKind.PERSON,
    Appointment: AuditKind.APPOINTMENT,
    City: AuditKind.PLACE,
    District: AuditKind.PLACE,
    Unit: AuditKind.PLACE,
}


def record_row(
    row: City | District | Unit | User | Appointment,
    change: str,
    *,
    actor: User | None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    """Tell that a row was `added`, `changed` (from what to what, by field) or `deleted`."""
    details: dict[str, Any] = {"change": change}
    if isinstance(row, Appointment):
        details["role"] = row.role
        if change != "changed":
            details |= {"starts_on": row.starts_on, "ends_on": row.ends_on, "acting_for": row.acting_for}
    if changes:
        details["changes"] = {name: list(values) for name, values in changes.items() if name != "password"}
    record(KINDS[type(row)], actor=actor, places=places_of(row), subject=subject_of(row), details=details)


def record_city_download(city: City, what: str, *, actor: User, **details: Any) -> None:
    """Tell that somebody took a table of all districts of a city out of the site."""
    told = {"what": what} | details
    record(AuditKind.EXPORT, actor=actor, places=[Place(city.pk)], subject=subject_of(city), details=told)


def subject_of(row: City | District | Unit | User | Appointment) -> Subject:
    meta = row._meta  # noqa: SLF001 -- Django's documented API for models
    return Subject(meta.label_lower, row.pk, _name_of(row))


def _name_of(row: City | District | Unit | User | Appointment) -> str:
    """Return a name that needs no surroundings: of a unit with its agency, of a person with the user name."""
    match row:
        case User():
            return f"{row} ({row.username})" if row.full_name else row.username
        case Unit():
            return f"{row.district.agency_name}{row.name}"
        case Appointment():
            place = row.unit or row.district or row.city
            return f"{_name_of(row.user)} {_name_of(place)}" if place else _name_of(row.user)
        case _:
            return str(row)


def places_of(row: City | District | Unit | User | Appointment) -> list[Place]:
    match row:
        case City():
            return [Place(row.pk)]
        case District():
            return [Place(row.city_id, row.pk)]
        case Unit():
            return [Place(row.district.city_id, row.district_id)]
        case Appointment():
            place = row.unit or row.district or row.city
            return places_of(place) if place else [NOWHERE]
        case _:
            return places_of_person(row, on=timezone.localdate())


def places_of_person(user: User, *, on: dt.date) -> list[Place]:
    """Return where the user works on that day; where they hold nothing then, where they ever did."""
    rows = Appointment.objects.filter(user=user).values_list(
        "starts_on",
        "ends_on",
        "city_id",
        "district__city_id",
        "district_id",
        "unit__district__city_id",
        "unit__district_id",
    )
    found = [
        (
            first <= on and (last is None or last >= on),
            Place(city or of_district or of_unit, district or unit),
        )
        for first, last, city, of_district, district, of_unit, unit in rows
    ]
    return merged([place for is_held, place in found if is_held] or [place for _held, place in found])
