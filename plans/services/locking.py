"""The plan's row is the lock of its tree, and counts the changes made under it."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from plans.enums import EDITABLE
from plans.models import Plan

TICK = dt.timedelta(microseconds=1)


def lock_plan(pk: int) -> Plan:
    """Return the plan, held against other writers until the transaction ends."""
    # SQLite ignores FOR UPDATE, but there BEGIN IMMEDIATE (settings.DATABASES) already lets only one
    # writer in. NO KEY: who writes a row that points to the plan, as whoever saves a report does, must not
    # wait for it with that report in their hands.
    return Plan.objects.select_for_update(no_key=True).get(pk=pk)


def lock_open(pk: int) -> Plan:
    """Return the locked plan. Raises ValidationError when it may not be written any more."""
    plan = lock_plan(pk)
    if plan.status not in EDITABLE:
        raise ValidationError(_("This plan is no longer open for changes."), code="closed")
    return plan


def count_change(plan: Plan, *, shape: bool = True) -> int:
    """Count one more change of the locked plan and return its revision. The caller saves the plan's row.

    `shape` says that more changed than the words of single lines: places, numbers, units, facts.
    """
    plan.revision += 1
    if shape:
        plan.shape_revision = plan.revision
    return plan.revision


def next_moment(plan: Plan) -> dt.datetime:
    """Return now, but never a moment the plan's history or its retired items have seen already.

    By its moment a replacement is told from others: a clock that stands still or is set back must not
    mix them up.
    """
    seen: tuple[dt.datetime | None, ...] = (
        plan.items.aggregate(at=Max("removed_at"))["at"],
        plan.history.aggregate(at=Max("history_date"))["at"],
    )
    return max(timezone.now(), *(moment + TICK for moment in seen if moment is not None))


def store_change(plan: Plan, *, shape: bool = True) -> int:
    """Count a change and write the counters alone: no line of the plan's own history."""
    revision = count_change(plan, shape=shape)
    Plan.objects.filter(pk=plan.pk).update(
        revision=plan.revision, shape_revision=plan.shape_revision, updated_at=timezone.now()
    )
    return revision
