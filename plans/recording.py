"""What the audit log is told of plans.

A plan is named by agency, year and series, never by its title, and words of people inside the district are
left out: the city's auditor reads the log, and a draft is none of the city's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from core.audit import Place, Subject, record
from core.enums import AuditKind
from plans.models import Plan


def record_plan(
    kind: AuditKind,
    plan: Plan,
    *,
    actor: User | None,
    details: Mapping[str, Any],
    at: dt.datetime | None = None,
    subject: Subject | None = None,
) -> None:
    """Tell of something that concerns the plan, or a row of it that `subject` names."""
    record(
        kind,
        actor=actor,
        places=[place_of(plan)],
        subject=subject or subject_of(plan),
        details=details,
        at=at,
    )


def record_download(plan: Plan, what: str, *, actor: User | None, **details: Any) -> None:
    """Tell that somebody took something of the plan out of the site."""
    record_plan(AuditKind.EXPORT, plan, actor=actor, details={"what": what} | details)


def record_refused(plan: Plan, step: str, *, actor: User, error: ValidationError) -> None:
    """Tell of a step that the rules refused, after its transaction was rolled back.

    What only lacks a field is none: it was not yet asked for in full.
    """
    if not hasattr(error, "error_dict"):
        details = {"step": step, "reason": getattr(error, "code", None) or "condition"}
        record_plan(AuditKind.STEP_REFUSED, plan, actor=actor, details=details)


def place_of(plan: Plan) -> Place:
    return Place(plan.district.city_id, plan.district_id)


def subject_of(plan: Plan) -> Subject:
    return Subject("plans.plan", plan.pk, plan.label, plan.get_absolute_url())
