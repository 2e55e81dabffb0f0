"""What a rewritten module asks at each check: is this the one that is switched off now?

Nothing here is imported by the site. `rewriting.py` writes calls of these functions into a copy of the tree;
with no mutant switched on they leave everything as it was.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

ACTIVE = int(os.environ.get("MUTANT", "-1"))
TOUCHED: set[int] = set()  # the sites met since somebody emptied it


def off(number: int) -> bool:
    TOUCHED.add(number)
    return number == ACTIVE


def dropping(function: Callable[..., Any], values: list[Any], named: dict[str, Any]) -> Any:
    """Call with all arguments but the one whose site is switched off; each is a pair of site and value."""
    left = [value for number, value in values if number is None or not off(number)]
    kept = {name: value for name, (number, value) in named.items() if number is None or not off(number)}
    if not left and not kept and getattr(function, "__name__", "") == "Q":
        return ~function(pk__in=[])  # an empty Q vanishes from a disjunction instead of being true
    return function(*left, **kept)


def joined(left_site: int, right_site: int, left: Any, right: Any, operator: Callable[..., Any]) -> Any:
    if off(left_site):
        return right
    return left if off(right_site) else operator(left, right)


def decorated(number: int, decorator: Callable[..., Any]) -> Callable[..., Any]:
    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        guarded = decorator(view)

        @functools.wraps(guarded)
        def choose(*args: Any, **kwargs: Any) -> Any:
            return (view if off(number) else guarded)(*args, **kwargs)

        return choose

    return decorate


def widened(number: int, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a permission function; switched off, it answers as if the person held every role everywhere."""
    if not off(number) or not args:
        return function(*args, **kwargs)
    from django.core.exceptions import PermissionDenied
    from django.db.models import QuerySet
    from django.http import Http404

    try:
        own = function(*args, **kwargs)
    except (PermissionDenied, Http404) as error:
        with all_powerful(args[0]) as powers:
            for _power in powers:
                try:
                    return function(*args, **kwargs)
                except (PermissionDenied, Http404):
                    continue
        raise error from error
    if isinstance(own, tuple):  # a row with what the person holds: nothing was refused
        return own
    if isinstance(own, QuerySet):
        with all_powerful(args[0]) as powers:
            found = {pk for _power in powers for pk in function(*args, **kwargs).values_list("pk", flat=True)}
        wide = own.all()
        wide.query.where = type(wide.query.where)()
        return wide.filter(pk__in=found)
    with all_powerful(args[0]) as powers:
        for _power in powers:
            for one in args:  # what a strip of signatures remembers of who holds what is another answer now
                if isinstance(known := getattr(one, "held", None), dict):
                    known.clear()
            if (answer := function(*args, **kwargs)) != own:
                return answer
    return own


@contextmanager
def all_powerful(user: Any) -> Iterator[Iterator[str]]:
    """Give the person all appointments of cities, of districts, of both, for a moment and uncounted."""
    from django.db import connection

    counted, connection.force_debug_cursor = connection.force_debug_cursor, False
    was_active, known = user.is_active, getattr(user, "known_posts", None)
    user.known_posts = None  # what was asked at the beginning of the request would hide them
    powers = _powers(user)
    try:
        yield powers
    finally:
        powers.close()  # takes the appointments back, also where not all were asked for
        connection.force_debug_cursor = counted
        user.is_active, user.known_posts = was_active, known


def _powers(user: Any) -> Generator[str, None, None]:
    from django.db import transaction

    from accounts.enums import CITY_ROLES, DISTRICT_ROLES, UNIT_ROLES
    from accounts.models import Appointment, City, District, Unit

    if not user.pk:
        return
    user.is_active = True
    of_city = [("city", City, CITY_ROLES)]
    of_district = [("district", District, DISTRICT_ROLES), ("unit", Unit, UNIT_ROLES)]
    for name, kinds in (("city", of_city), ("district", of_district), ("both", of_city + of_district)):
        with transaction.atomic():
            Appointment.objects.bulk_create(
                Appointment(user=user, role=role, starts_on=dt.date(1990, 1, 1), **{field: place})
                for field, model, roles in kinds
                for place, role in itertools.product(model.objects.all(), roles)
            )
            yield name
            transaction.set_rollback(True)
