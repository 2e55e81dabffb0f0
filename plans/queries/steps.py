"""What a step of the workflow waits for."""

from __future__ import annotations

import datetime as dt

from accounts.models import Appointment, User
from plans.enums import Condition
from plans.models import Plan
from plans.queries.checks import errors_of
from plans.queries.documents import plan_document
from plans.workflow import CITY, Step

OF_HOLDERS = frozenset({Condition.TAKEN, Condition.TAKEN_BY_ME, Condition.NOT_TAKEN})
LAST_MONTHS = 2  # of the plan's year, in which it is revised only where the city allows it


def failing_conditions(plan: Plan, step: Step, *, actor: User, on: dt.date) -> list[Condition]:
    """Return the conditions of a step that do not hold now."""
    taken_by = holder_of(plan, on=on) if OF_HOLDERS.intersection(step.conditions) else None
    return [
        condition
        for condition in step.conditions
        if not _holds(plan, condition, actor=actor, taken_by=taken_by, on=on)
    ]


def _holds(plan: Plan, condition: Condition, *, actor: User, taken_by: User | None, on: dt.date) -> bool:
    if condition == Condition.NO_ERRORS:
        return not errors_of(plan)
    if condition == Condition.AS_SIGNED:
        return not plan.signed_sha256 or is_as_signed(plan, plan_document(plan).digest())
    if condition == Condition.REVISION_ALLOWED:
        first_late_day = dt.date(plan.year, 13 - LAST_MONTHS, 1)
        return on < first_late_day or plan.district.city.allows_late_revision
    return {
        Condition.SIGNED: plan.signed_at is not None,
        Condition.NOT_SIGNED: plan.signed_at is None,
        Condition.TAKEN: taken_by is not None,
        Condition.TAKEN_BY_ME: taken_by == actor,
        Condition.NOT_TAKEN: taken_by is None,
        Condition.IN_FORCE: plan.in_force_id is not None,
    }[condition]


def is_as_signed(plan: Plan, sha256: str) -> bool:
    """Say whether a text is the one the head signed. Nobody knows of plans signed before that was kept."""
    return plan.signed_sha256 in ("", sha256)


def holder_of(plan: Plan, *, on: dt.date) -> User | None:
    """Return the evaluator who has the plan in hand; one who is no evaluator any more has let go of it."""
    if plan.taken_by is None:
        return None
    held = Appointment.objects.in_force(on).filter(
        user=plan.taken_by, city=plan.district.city_id, role__in=CITY, user__is_active=True
    )
    return plan.taken_by if held.exists() else None
