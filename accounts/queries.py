"""People with what the head of every page wants to know of them."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from django.db.models import Exists, OuterRef, QuerySet

from accounts.enums import AUDIT_ROLES, CITY_ROLES, SECRETARIAT_ROLES
from accounts.models import Appointment, User


def person_on(day: dt.date, pk: int) -> User | None:
    """Return the person, annotated `is_appointed`, `is_of_secretariat`, `is_of_city` and `reads_audit_log`:
    whether that day they hold any role, a secretariat's, one of a city, or one that reads a city's audit log.
    """
    return _people_on(day).filter(pk=pk).first()


@lru_cache(maxsize=2)
def _people_on(day: dt.date) -> QuerySet[User]:
    # The query is kept, not its rows: every request asks it, and making it anew costs more than its answer.
    held = Appointment.objects.in_force(day).filter(user=OuterRef("pk"))
    return User.objects.annotate(
        is_appointed=Exists(held),
        is_of_secretariat=Exists(held.filter(role__in=SECRETARIAT_ROLES)),
        is_of_city=Exists(held.filter(role__in=CITY_ROLES)),
        reads_audit_log=Exists(held.filter(role__in=AUDIT_ROLES)),
    )
