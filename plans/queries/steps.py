"""What a step of the workflow waits for."""

from __future__ import annotations

import datetime as dt

from accounts.models import User
from plans.enums import Condition
from plans.models import Plan
from plans.queries.checks import errors_of
from plans.workflow import Step

LAST_MONTHS = 2  # of the plan's year, in which it is revised only where the city allows it


def failing_conditions(plan: Plan, step: Step, *, actor: User, on: dt.date) -> list[Condition]:
    """Return the conditions of a step that do not hold now."""
    return [condition for condition in step.conditions if not _holds(plan, condition, actor=actor, on=on)]


def _holds(plan: Plan, condition: Condition, *, actor: User, on: dt.date) -> bool:
    if condition == Condition.NO_ERRORS:
        return not errors_of(plan)
    if condition == Condition.REVISION_ALLOWED:
        first_late_day = dt.date(plan.year, 13 - LAST_MONTHS, 1)
        return on < first_late_day or plan.district.city.allows_late_revision
    return {
        Condition.SIGNED: plan.signed_at is not None,
        Condition.NOT_SIGNED: plan.signed_at is None,
        Condition.TAKEN: plan.taken_by_id is not None,
        Condition.TAKEN_BY_ME: plan.taken_by_id == actor.pk,
        Condition.NOT_TAKEN: plan.taken_by_id is None,
        Condition.IN_FORCE: plan.in_force_id is not None,
    }[condition]
