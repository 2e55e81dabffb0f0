"""Which row a refused request was about, and so whose auditor reads of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import City, District, User
from accounts.recording import places_of, places_of_person, subject_of
from core.audit import Place, Subject, record
from core.enums import AuditKind
from plans import recording
from plans.models import Plan
from progress.models import Evidence, Finding, FindingFile, Period, ProgressReport, TrackedLine, YearEnd
from review.models import Extension


def record_refusal(request: HttpRequest) -> None:
    """Tell that somebody who is signed in was refused what they asked for."""
    user = request.user
    if isinstance(user, User):
        subject, places = _subject_of(request)
        record(
            AuditKind.REFUSAL,
            actor=user,
            places=places or places_of_person(user, on=timezone.localdate()),
            subject=replace(subject, address=request.path),
            details={"method": request.method or "", "page": _page_of(request)},
        )


def _page_of(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _subject_of(request: HttpRequest) -> tuple[Subject, list[Place]]:
    """Return what the address names by its first key and whose it is, nothing where it names no row."""
    match = request.resolver_match
    if match is None or not match.kwargs:
        return Subject(), []
    first = match.route.partition("/")[0]
    row = _row_of(first, next(iter(match.kwargs.values())))
    if isinstance(row, Plan):
        return recording.subject_of(row), [recording.place_of(row)]
    if row is not None:
        return subject_of(row), places_of(row)
    return Subject(), []


# By the first word of an address, the plan of the row its key is of.
PLANS: dict[str, QuerySet[Any, Any]] = {
    "plans": Plan.objects.values("pk"),
    "desk": Plan.objects.values("pk"),
    "extensions": Extension.objects.values("plan"),
    "periods": Period.objects.values("plan"),
    "reports": ProgressReport.objects.values("period__plan"),
    "evidence": Evidence.objects.values("report__period__plan"),
    "findings": Finding.objects.values("plan"),
    "finding-files": FindingFile.objects.values("finding__plan"),
    "year-ends": YearEnd.objects.values("plan"),
    "lines": TrackedLine.objects.values("plan"),
}


def _row_of(first: str, key: Any) -> Plan | City | District | None:
    """Return the row of an address such as /plans/12/edit/, by its first word and the key after it."""
    if not isinstance(key, int):
        return None
    if first in PLANS:
        return Plan.objects.select_related("district").filter(pk__in=PLANS[first].filter(pk=key)).first()
    if first == "districts":
        return District.objects.filter(pk=key).first()
    return City.objects.filter(pk=key).first() if first == "deadlines" else None
