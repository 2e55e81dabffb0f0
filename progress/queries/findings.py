"""Findings of checks, and what was done about them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from core.due import CountsDays
from progress.models import Finding, FindingEntry, FindingState


@dataclass(frozen=True)
class FindingRow(CountsDays):
    finding: Finding
    on: dt.date
    answers: int = 0

    @property
    def is_followed(self) -> bool:
        return self.finding.state == FindingState.FOLLOWED

    @property
    def due_on(self) -> dt.date:
        return self.finding.due_on


def finding_rows(findings: QuerySet[Finding], *, on: dt.date) -> list[FindingRow]:
    """Return findings with how often they were answered, those still followed first; one query."""
    rows = findings.select_related("unit", "line", "plan__district").annotate(steps=Count("entries"))
    return [FindingRow(one, on, one.steps) for one in rows.order_by("state", "due_on", "pk")]


def entries_of(finding: Finding) -> list[FindingEntry]:
    return list(finding.entries.select_related("author"))
