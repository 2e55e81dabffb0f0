"""What was filed to the city with a version, as one file (documents/packages.py)."""

from __future__ import annotations

from dataclasses import replace

from django.utils import timezone

from documents.approvals import Approval
from documents.packages import Package
from plans.models import Plan, PlanVersion
from review.queries.approvals import letter_words, printed_approval


def package_of(plan: Plan, version: PlanVersion) -> tuple[Package, Approval] | None:
    """Return what was filed and what its PDF prints of the signatures, None for a version never filed.

    What the city decided afterwards stands in none of it. A version filed before filings were kept comes
    without its check list.
    """
    filings = plan.events.filter(version=version, step="file").select_related("filing")
    event = filings.order_by("number").first()
    if event is None:
        return None
    kept = getattr(event, "filing", None)
    package = Package(
        document=version.content,
        version=version.number,
        seal=version.seal,
        round=plan.events.filter(step="file", number__lte=event.number).count(),
        filed_on=timezone.localdate(event.at).isoformat(),
        letter=letter_words(event),
        checks=kept.checks if kept else "",
        responses=kept.responses if kept else "",
    )
    return package, replace(printed_approval(plan, version), decision="")
