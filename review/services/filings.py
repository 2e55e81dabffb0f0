"""Keeping beside a filed version what it does not hold, and having all of it made as one file."""

from __future__ import annotations

from documents.services import request_package
from plans.models import Plan, PlanEvent
from review.models import Filing
from review.queries.packages import package_of
from review.queries.seals import digest_of_filing


def keep_filing(plan: Plan, event: PlanEvent, *, checks: str, responses: str) -> Filing:
    """Write down what stood beside the version when the locked plan was filed, and queue the package."""
    filing = Filing(event=event, checks=checks, responses=responses)
    filing.sha256 = digest_of_filing(filing)
    filing.save(force_insert=True)
    made = package_of(plan, event.version) if event.version else None
    if made is not None:
        request_package(plan, *made)
    return filing
