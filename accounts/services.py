"""Every write to places, people and appointments, with the rules the database cannot state in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import Appointment, City, District, Unit, User
from accounts.recording import record_row
from core.history import save_as
from core.roc import roc_date

PLACE_FIELDS: dict[type[models.Model], str] = {City: "city", District: "district", Unit: "unit"}

M = TypeVar("M", City, District, Unit, User, Appointment)
Values = Mapping[str, Any]


@transaction.atomic
def create_city(*, actor: User | None, values: Values) -> City:
    return _write(City(), values, actor)


@transaction.atomic
def update_city(pk: int, *, actor: User | None, values: Values) -> City:
    return _write(City.objects.select_for_update().get(pk=pk), values, actor)


@transaction.atomic
def create_district(*, actor: User | None, values: Values) -> District:
    return _write(District(), values, actor, check_district)


@transaction.atomic
def update_district(pk: int, *, actor: User | None, values: Values) -> District:
    return _write(District.objects.select_for_update().get(pk=pk), values, actor, check_district)


@transaction.atomic
def create_unit(*, actor: User | None, values: Values) -> Unit:
    return _write(Unit(), values, actor, check_unit)


@transaction.atomic
def update_unit(pk: int, *, actor: User | None, values: Values) -> Unit:
    unit: Unit = Unit.objects.select_for_update().get(pk=pk)
    return _write(unit, values, actor, check_unit)


@transaction.atomic
def create_person(*, actor: User | None, values: Values) -> User:
    """Enter a person who cannot sign in yet: the password is set by an administrator, never by a sheet."""
    user = User()
    user.set_unusable_password()
    return _write(user, values, actor)


@transaction.atomic
def update_person(pk: int, *, actor: User | None, values: Values) -> User:
    return _write(User.objects.select_for_update().get(pk=pk), values, actor)


@transaction.atomic
def appoint(
    user: User,
    role: Role | str,
    place: City | District | Unit,
    *,
    starts_on: dt.date,
    actor: User | None,
    ends_on: dt.date | None = None,
    acting_for: User | None = None,
) -> Appointment:
    """Give a person a role at one place, first and last day included."""
    values = {
        "user": user,
        "role": role,
        PLACE_FIELDS[type(place)]: place,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "acting_for": acting_for,
    }
    return _write(Appointment(), values, actor, check_appointment)


@transaction.atomic
def update_appointment(pk: int, *, actor: User | None, values: Values) -> Appointment:
    return _write(Appointment.objects.select_for_update().get(pk=pk), values, actor, check_appointment)


# The rules. Each raises ValidationError; the admin's forms ask them too.


def check_district(district: District) -> None:
    if (district.population is None) != (district.population_on is None):
        raise ValidationError(
            {
                "population_on": _(
                    "A population and the day it was counted on belong together: give both or none."
                )
            }
        )


def check_unit(unit: Unit) -> None:
    _check_days(unit.starts_on, unit.ends_on)
    successor = unit.successor
    if successor is None:
        return
    if successor.district_id != unit.district_id:
        raise ValidationError({"successor": _("The successor must be a unit of the same district.")})
    while successor is not None:
        if successor.pk == unit.pk:
            raise ValidationError({"successor": _("A unit cannot follow itself, nor by way of others.")})
        successor = successor.successor


def check_appointment(appointment: Appointment) -> None:
    _check_days(appointment.starts_on, appointment.ends_on)
    if appointment.acting_for_id and appointment.acting_for_id == appointment.user_id:
        raise ValidationError({"acting_for": _("Nobody acts for themselves. Leave this empty.")})
    if not (appointment.starts_on and appointment.user_id):
        return  # the model itself asks for them
    same = Appointment.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=appointment.starts_on),
        user=appointment.user_id,
        role=appointment.role,
        city=appointment.city_id,
        district=appointment.district_id,
        unit=appointment.unit_id,
    ).exclude(pk=appointment.pk)
    if appointment.ends_on:
        same = same.filter(starts_on__lte=appointment.ends_on)
    if other := same.first():
        raise ValidationError(
            {
                "starts_on": _(
                    "This person holds the same role there from %(from)s already. Change that one instead."
                )
                % {"from": roc_date(other.starts_on)}
            }
        )


def _check_days(first: dt.date | None, last: dt.date | None) -> None:
    if first and last and last < first:
        raise ValidationError({"ends_on": _("The last day is before the first. Correct one of the two.")})


def _write(row: M, values: Values, actor: User | None, check: Callable[[M], None] | None = None) -> M:
    """Set and save what differs, and tell the audit log; a row that is as wanted is not written again."""
    is_new = row.pk is None
    changed = [name for name, value in values.items() if is_new or getattr(row, name) != value]
    if not changed:
        return row
    changes = {} if is_new else {name: (getattr(row, name), values[name]) for name in changed}
    for name in changed:
        setattr(row, name, values[name])
    if check:
        check(row)
    # Constraints last and alone: for a rule the model states in words they would only add its name.
    row.full_clean(validate_constraints=False)
    row.validate_constraints()
    fields = None if is_new else changed
    if actor is None:
        row.save(update_fields=fields)
    else:
        save_as(row, actor, update_fields=fields)
    record_row(row, "added" if is_new else "changed", actor=actor, changes=changes)
    return row
