"""Kept versions of a plan, and the documents they hold."""

from __future__ import annotations

import hashlib

from django.db.models import QuerySet

from plans.document import PlanDocument
from plans.enums import PlanStatus, VersionKind
from plans.models import Plan, PlanVersion


def listed(versions: QuerySet[PlanVersion]) -> list[PlanVersion]:
    """Return versions as a list shows them: the newest first, with who made them, without what they hold."""
    return list(versions.defer("content").select_related("made_by").order_by("-number"))


def document_of(version: PlanVersion) -> PlanDocument:
    """Return the plan as it stood then, with the numbers it had. Raises UnreadableDocument."""
    return PlanDocument.from_json(version.content)


def standing_version(plan: Plan) -> PlanVersion | None:
    """Return the version a filed or decided plan stands by; None where none was ever filed.

    It is what lies with the city, else what is in force: what was filed of a revision that was given up since
    is neither.
    """
    if plan.status != PlanStatus.SUBMITTED and plan.in_force is not None:
        return plan.in_force
    return PlanVersion.objects.filter(plan=plan, kind=VersionKind.FILED).order_by("-number").first()


def given_up_versions(plan: Plan) -> set[int]:
    """Return the keys of the versions that were filed with a revision that was given up afterwards."""
    filed: set[int] = set()
    gone: set[int] = set()
    if plan.in_force_id is None:
        return gone  # there was no revision
    steps = plan.events.filter(step__in=("file", "approve", "give_up")).order_by("number")
    for step, version in steps.values_list("step", "version_id"):
        if step == "file" and version is not None:
            filed.add(version)
            continue
        gone |= filed if step == "give_up" else set()
        filed.clear()
    return gone


def is_intact(version: PlanVersion) -> bool:
    """Say whether the stored text is still the one its digest was taken of."""
    return hashlib.sha256(version.content.encode()).hexdigest() == version.sha256
