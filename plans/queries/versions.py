"""Kept versions of a plan, and the documents they hold."""

from __future__ import annotations

import hashlib

from django.db.models import QuerySet

from plans.document import PlanDocument
from plans.models import PlanVersion


def listed(versions: QuerySet[PlanVersion]) -> list[PlanVersion]:
    """Return versions as a list shows them: the newest first, with who made them, without what they hold."""
    return list(versions.defer("content").select_related("made_by").order_by("-number"))


def document_of(version: PlanVersion) -> PlanDocument:
    """Return the plan as it stood then, with the numbers it had. Raises UnreadableDocument."""
    return PlanDocument.from_json(version.content)


def is_intact(version: PlanVersion) -> bool:
    """Say whether the stored text is still the one its digest was taken of."""
    return hashlib.sha256(version.content.encode()).hexdigest() == version.sha256
