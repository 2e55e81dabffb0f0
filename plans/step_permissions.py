"""Who may take which step of a plan's life, and in whose place."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404

from accounts.models import Appointment, User
from plans.models import Plan
from plans.permissions import get_plan_to_view
from plans.workflow import BY_NAME, CITY, Step, steps_from


@dataclass(frozen=True)
class Standing:
    """A role somebody holds for a plan on a day, and for whom they act in it."""

    role: str
    acting_for: User | None = None


def standings(user: User, plan: Plan, *, on: dt.date) -> list[Standing]:
    """Return the roles the user holds for the plan: in its district as a whole, and in its city."""
    if not user.is_active:
        return []
    held = Appointment.objects.in_force(on).filter(
        Q(district=plan.district_id) | Q(city=plan.district.city_id), user=user
    )
    # Who holds a role and also stands in for somebody in it takes the step in their own right.
    rows = held.select_related("acting_for").order_by("pk")
    return sorted(
        (Standing(row.role, row.acting_for) for row in rows), key=lambda one: one.acting_for is not None
    )


def has_stake(user: User, plan: Plan) -> bool:
    """Say whether the user may not judge the plan: whoever holds or held a place in its agency in the plan's
    year or the year before, or took a step on it for the district. Superusers too.
    """
    since, until = dt.date(plan.year - 1, 1, 1), dt.date(plan.year, 12, 31)
    place = Q(district=plan.district_id) | Q(unit__district=plan.district_id)
    served = Appointment.objects.filter(place, user=user, starts_on__lte=until).filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=since)
    )
    return served.exists() or plan.events.filter(actor=user).exclude(role__in=CITY).exists()


def get_steps(user: User, plan: Plan, *, on: dt.date) -> list[Step]:
    """Return the steps the user may take from where the plan stands, conditions apart."""
    found = steps_from(plan.status, [one.role for one in standings(user, plan, on=on)])
    if any(step.is_of_city for step in found) and has_stake(user, plan):
        return [step for step in found if not step.is_of_city]
    return found


def get_step_to_take(user: User, pk: int, name: str, *, on: dt.date) -> tuple[Plan, Step, Standing]:
    """Return the plan, the step and in which role the user takes it.

    Raises 404 if the plan is unseen or there is no such step, 403 if the user never may take it. Whether it
    is the step's turn is asked by the service: a page that is late gets words and no refusal.
    """
    plan = get_plan_to_view(user, pk, on=on)
    step = BY_NAME.get(name)
    if step is None:
        raise Http404
    for standing in standings(user, plan, on=on):
        if standing.role in step.roles:
            if step.is_of_city and has_stake(user, plan):
                raise PermissionDenied
            return plan, step, standing
    raise PermissionDenied
