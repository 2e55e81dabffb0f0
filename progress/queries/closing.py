"""Whether a plan's year can still be written on."""

from __future__ import annotations

import datetime as dt

from plans.enums import PlanStatus
from plans.models import Plan
from progress.models import YearEnd, YearEndState


def last_day_of(plan: Plan) -> dt.date:
    return plan.ends_on or dt.date(plan.year, 12, 31)


def is_year_filed(plan: Plan, *, on: dt.date) -> bool:
    """Say whether the results of a plan's year are with the city, or received by it: they stand as filed.

    Before the year is over they cannot be, so nothing is asked for.
    """
    if plan.status == PlanStatus.CLOSED:
        return True
    return on > last_day_of(plan) and is_with_city(plan)


def is_with_city(plan: Plan) -> bool:
    """Say whether results of the plan lie with the city, be it that it received them only now."""
    return YearEnd.objects.filter(plan=plan).exclude(state=YearEndState.RETURNED).exists()
