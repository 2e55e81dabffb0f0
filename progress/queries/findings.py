"""Findings of checks, and what was done about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, TextChoices
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.due import CountsDays
from core.kept import kept_by_thread
from progress.models import (
    Finding,
    FindingEntry,
    FindingFile,
    FindingQuerySet,
    FindingState,
    FindingStep,
)


class FindingShow(TextChoices):
    """Which findings a list shows."""

    ALL = "", gettext_lazy("all")
    FOLLOWED = FindingState.FOLLOWED.value, FindingState.FOLLOWED.label
    OVERDUE = "overdue", pgettext_lazy("finding", "Overdue")
    ANSWERED = "answered", gettext_lazy("Answered, to be decided")
    RELEASED = FindingState.RELEASED.value, FindingState.RELEASED.label


@dataclass(frozen=True)
class FindingRow(CountsDays):
    finding: Finding
    on: dt.date
    steps: int = 0
    last_step: str = ""

    @property
    def is_followed(self) -> bool:
        return self.finding.state == FindingState.FOLLOWED

    @property
    def is_late(self) -> bool:
        """Whether the unit still has to do something and its day has passed, as FindingQuerySet.overdue."""
        return self.is_followed and not self.is_answered and self.days_over > 0

    @property
    def is_answered(self) -> bool:
        """Whether the unit had the last word, so that whose check it was is asked."""
        return self.is_followed and self.last_step == FindingStep.ANSWER

    @property
    def due_on(self) -> dt.date:
        return self.finding.due_on

    @property
    def unit_name(self) -> str:
        return self.finding.unit.name

    @property
    def text(self) -> str:
        return self.finding.text

    @property
    def measure(self) -> str:
        return self.finding.measure


def finding_rows(findings: FindingQuerySet, *, on: dt.date) -> list[FindingRow]:
    """Return findings with the steps taken, those still followed first; one query."""
    rows = findings.with_last_step().annotate(steps=Count("entries"))
    rows = rows.select_related("unit", "line", "plan__district").order_by("state", "due_on", "pk")
    return [
        FindingRow(one, on, one.steps, one.last_step or "")  # type: ignore[attr-defined]  # annotated above
        for one in rows
    ]


def followed_rows(which: Q, *, on: dt.date) -> list[FindingRow]:
    """Return findings that are still followed, the first due first, as boards show them; one query."""
    rows = _followed().filter(which)
    return [FindingRow(one, on, last_step=one.last_step or "") for one in rows]


@kept_by_thread
def _followed() -> FindingQuerySet:
    """Return all that are followed. It is put together once, and never asked itself."""
    rows = Finding.objects.followed().with_last_step()
    return rows.select_related("unit").order_by("due_on", "pk")


def finding_page(
    findings: FindingQuerySet, *, on: dt.date, show: str, page: str, per_page: int
) -> tuple[Page[Finding], list[FindingRow]]:
    """Return a page of findings of many plans, and its rows, those still followed first; two queries."""
    if show == FindingShow.OVERDUE:
        findings = findings.overdue(on)
    elif show == FindingShow.ANSWERED:
        findings = findings.answered()
    elif show:
        findings = findings.filter(state=show)
    rows = findings.with_last_step().select_related("unit", "line", "plan__district")
    found = Paginator(rows.order_by("state", "due_on", "pk"), per_page).get_page(page)
    return found, [FindingRow(one, on, last_step=one.last_step or "") for one in found]


def shown(rows: Iterable[FindingRow], *, show: str, unit: str) -> list[FindingRow]:
    """Return the rows a list is narrowed to."""
    of_unit = [row for row in rows if not unit or str(row.finding.unit_id) == unit]
    if show == FindingShow.OVERDUE:
        return [row for row in of_unit if row.is_late]
    if show == FindingShow.ANSWERED:
        return [row for row in of_unit if row.is_answered]
    return [row for row in of_unit if not show or row.finding.state == show]


def entries_of(finding: Finding) -> list[FindingEntry]:
    """Return the steps taken, each with its files."""
    return list(finding.entries.select_related("author").prefetch_related("files"))


def files_with(finding: Finding) -> list[FindingFile]:
    """Return the files that came with the finding itself."""
    return list(finding.files.filter(entry__isnull=True))
