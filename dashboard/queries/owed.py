"""What the first page says of progress: what a person's units have to file, what a district has filed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Max, Q

from core.due import Due
from progress.enums import COUNTED, WRITABLE, ReportStatus
from progress.models import Period, ProgressReport


@dataclass(frozen=True)
class OwedFiling(Due):
    """What one unit owes in a period that is open to it, or all units of a plan together."""

    district: int
    plan: int
    title: str
    period: int
    words: str
    unit: int
    unit_name: str
    is_secretariat: bool
    owed: int
    unfiled: int
    released: int
    unchecked: int


@dataclass(frozen=True)
class DistrictFiling(Due):
    """A plan's period as its secretariat follows it. `late` counts units that have not filed in time."""

    plan: int
    title: str
    period: int
    words: str
    owed: int
    released: int
    late: int

    @property
    def days_over(self) -> int:
        return super().days_over if self.released < self.owed else 0


@dataclass(frozen=True)
class ToCheck:
    """A period of which reports wait for the secretariat."""

    title: str
    period: int
    words: str
    unchecked: int


def owed_filings(
    units: Collection[int], districts: Collection[int], *, within: Collection[int], on: dt.date
) -> list[OwedFiling]:
    """Return what these units, and all units of these districts, owe in periods open to them; one query.

    `within` are the districts that all of them are in.
    """
    if not units and not districts:
        return []
    # From the few periods of these districts on: a district has many reports of years that are over.
    begun = Period.objects.filter(
        plan__district__in=within,
        plan__in_force__isnull=False,
        plan__year__gte=on.year - 1,
        opens_on__lte=on,
    )
    is_open = Q(period__closed_at__isnull=True) | Q(due__gte=on)
    rows = (
        ProgressReport.objects.owed()
        .with_due()
        .filter(
            is_open,
            Q(unit__in=units) | Q(unit__district__in=districts),
            period__in=begun.values("pk"),
        )
        .order_by()
        .values_list(
            *("unit__district_id", "period__plan_id", "period__plan__title", "period_id"),
            *("period__starts_on", "period__ends_on", "unit_id", "unit__name", "unit__is_secretariat"),
        )
        .annotate(
            Count("pk"),
            unfiled=Count("pk", filter=Q(status__in=WRITABLE)),
            released=Count("pk", filter=Q(status__in=COUNTED)),
            unchecked=Count("pk", filter=Q(status=ReportStatus.RELEASED)),
            until=Max("due"),
        )
    )
    found = []
    for district, plan, title, period, starts_on, ends_on, *rest in rows:
        unit, unit_name, is_secretariat, owed, unfiled, released, unchecked, until = rest
        words = Period(starts_on=starts_on, ends_on=ends_on).span_words
        found.append(
            OwedFiling(
                district, plan, title, period, words, unit, unit_name, is_secretariat,
                owed, unfiled, released, unchecked, due_on=until, on=on,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.due_on, one.period, one.unit))


def filings_of_districts(filings: Collection[OwedFiling], district: int) -> list[DistrictFiling]:
    """Return for each plan of a district its period at hand: the first due in which something is missing."""
    periods: dict[tuple[int, int], list[OwedFiling]] = defaultdict(list)
    for filing in filings:
        if filing.district == district:
            periods[filing.plan, filing.period].append(filing)
    at_hand: dict[int, DistrictFiling] = {}
    for (plan, period), rows in periods.items():
        first, missing = rows[0], [row for row in rows if row.unfiled]
        told = DistrictFiling(
            plan,
            first.title,
            period,
            first.words,
            sum(row.owed for row in rows),
            sum(row.released for row in rows),
            sum(row.days_over > 0 for row in missing),
            due_on=min(row.due_on for row in missing or rows),
            on=first.on,
        )
        before = at_hand.get(plan)
        if before is None or before.released == before.owed:
            at_hand[plan] = told
    return list(at_hand.values())


def periods_to_check(filings: Collection[OwedFiling], district: int) -> list[ToCheck]:
    """Return the periods of a district in which reports wait for the secretariat, the first due first."""
    found: dict[int, ToCheck] = {}
    for one in filings:
        if one.district == district and one.unchecked:
            before = found[one.period].unchecked if one.period in found else 0
            found[one.period] = ToCheck(one.title, one.period, one.words, before + one.unchecked)
    return list(found.values())
