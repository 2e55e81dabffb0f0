"""An account that is switched off holds nothing any more, whatever its appointments say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client
from django.utils import timezone

from accounts.enums import CITY_ROLES, DISTRICT_ROLES, UNIT_ROLES
from accounts.models import Appointment, User
from plans import permissions, sight_permissions, step_permissions
from plans.models import Plan
from plans.services.versions import keep_version
from review import deadline_permissions, desk_permissions
from review.models import Extension
from tests.builders import LONG_AGO, make_plan, make_unit, make_user

pytestmark = pytest.mark.django_db

ON = dt.date(2026, 4, 10)
Ask = Callable[[User, Plan], Any]

INSIDE: dict[str, Ask] = {
    "plans": lambda user, plan: permissions.get_plans_to_view(user, on=ON),
    "of the district": lambda user, plan: permissions.is_of_district(user, plan.district, on=ON),
    "the secretariat": lambda user, plan: permissions.is_secretariat(user, plan.district, on=ON),
    "districts": lambda user, plan: permissions.get_districts_to_write(user, on=ON),
    "units": lambda user, plan: permissions.get_units_to_write_for(user, plan, on=ON),
    "roles": lambda user, plan: step_permissions.standings(user, plan, on=ON),
    "steps": lambda user, plan: step_permissions.get_steps(user, plan, on=ON),
    "plans in force": lambda user, plan: sight_permissions.get_plans_in_force(user, on=ON),
    "cities": lambda user, plan: deadline_permissions.get_cities(user, on=ON),
    "extensions": lambda user, plan: deadline_permissions.get_extensions_to_view(user, on=ON),
    "an extension": lambda user, plan: deadline_permissions.get_extension_to_view(
        user, plan.extensions.get().pk, on=ON
    ),
}
AT_THE_CITY: dict[str, Ask] = (
    {name: ask for name, ask in INSIDE.items() if name in {"roles", "plans in force", "cities", "extensions"}}
    | {
        "cities to change": lambda user, plan: deadline_permissions.get_cities_to_change(user, on=ON),
        "an extension": INSIDE["an extension"],
        "to decide": lambda user, plan: deadline_permissions.can_decide_extension(
            user, plan.extensions.get(), on=ON
        ),
        "the desk": lambda user, plan: desk_permissions.get_overseer(user, on=ON).cities,
    }
    | {"of the city": lambda user, plan: sight_permissions.is_of_city(user, plan.district.city_id, on=ON)}
)


@pytest.fixture
def plan() -> Plan:
    plan = make_plan()
    Extension.objects.create(
        plan=plan, reason="颱風。", asked_until=ON, asked_by=make_user(), asked_at=timezone.now()
    )
    Plan.objects.filter(pk=plan.pk).update(in_force=keep_version(plan.pk, actor=make_user(), name="初稿"))
    plan.refresh_from_db()
    return plan


def hold_all(user: User, *, roles: frozenset[str], **place: Any) -> User:
    for role in sorted(roles):
        Appointment.objects.create(user=user, role=role, starts_on=LONG_AGO, **place)
    return user


def answer(ask: Ask, user: User, plan: Plan) -> bool:
    """Say whether the person is given anything."""
    try:
        return bool(ask(user, plan))
    except (PermissionDenied, Http404):
        return False


@pytest.mark.parametrize("name", INSIDE)
def test_inside_the_district(plan: Plan, name: str) -> None:
    user = hold_all(make_user(), roles=DISTRICT_ROLES, district=plan.district)
    hold_all(user, roles=UNIT_ROLES, unit=make_unit(plan.district))

    assert answer(INSIDE[name], user, plan) is True
    user.is_active = False
    user.save()
    assert answer(INSIDE[name], user, plan) is False


@pytest.mark.parametrize("name", AT_THE_CITY)
def test_at_the_city(plan: Plan, name: str) -> None:
    user = hold_all(make_user(), roles=CITY_ROLES, city=plan.district.city)

    assert answer(AT_THE_CITY[name], user, plan) is True
    user.is_active = False
    user.save()
    assert answer(AT_THE_CITY[name], user, plan) is False


def test_who_is_switched_off_while_signed_in_is_signed_out(client: Client, plan: Plan) -> None:
    user = hold_all(make_user(), roles=DISTRICT_ROLES, district=plan.district)
    client.force_login(user)
    assert client.get(plan.get_absolute_url()).status_code == 200

    User.objects.filter(pk=user.pk).update(is_active=False)

    assert client.get(plan.get_absolute_url()).headers["Location"].startswith("/accounts/login/")
