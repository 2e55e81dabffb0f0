"""Who reads the audit log, and of what: auditors and administrators of a city, their city's events.

Nobody else, superusers neither: those find all of it in the admin, where events of no city are too.
"""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied

from accounts.enums import AUDIT_ROLES
from accounts.models import City, User
from core.models import AuditEvent, AuditEventQuerySet


def get_cities_to_audit(user: User, *, on: dt.date) -> list[City]:
    """Return the cities whose events the user may read, or raise 403 where there is none."""
    cities = list(City.objects.filter(pk__in=user.posts(on).at_cities(AUDIT_ROLES)))
    if not cities:
        raise PermissionDenied
    return cities


def get_events_of(city: City) -> AuditEventQuerySet:
    """Return the events of a city of `get_cities_to_audit` and of its districts."""
    return AuditEvent.objects.filter(city=city.pk)
