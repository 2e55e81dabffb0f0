"""What the first page says of progress: what a person's units have to file, what a district has filed."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    Count,
    DateField,
    DateTimeField,
    F,
    IntegerField,
    Max,
    Q,
    QuerySet,
    Value,
    When,
)

from core.due import Due
from core.kept import kept_by_thread
from core.roc import roc_months
from progress.enums import COUNTED, WRITABLE, ReportStatus
from progress.finding_permissions import findings_of_city
from progress.models import Finding, FindingOrigin, FindingStep, Period, ProgressReport


@dataclass(frozen=True)
class OwedFiling(Due):
    """What one unit owes in a period that is open to it, or all units of a plan together."""

    district: int
    plan: int
    title: str
    period: int
    number: int
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
    number: int
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


@dataclass(frozen=True)
class FollowedFindings(Due):
    """The findings of checks that a unit has to settle in a plan, due when the first of them is."""

    district: int
    plan: int
    title: str
    unit: int
    count: int
    late: int
    answered: int  # of which the unit had the last word
    to_decide: int  # of these, found by the district's own checks


class Owed(NamedTuple):
    filings: list[OwedFiling]
    findings: list[FollowedFindings]


def owed_of(
    units: Collection[int], districts: Collection[int], *, plans: Mapping[int, str], on: dt.date
) -> Owed:
    """Return what these units, and all units of these districts, owe in periods open to them; one query.

    `plans` are the plans in force that may ask for it, with their titles.
    """
    if not plans or not (units or districts):
        return Owed([], [])
    # From the few periods of these plans on: a district has many reports of years that are over.
    begun = Period.objects.filter(plan__in=plans, opens_on__lte=on)
    of_them = Q(unit__in=units)
    if districts:
        of_them |= Q(unit__district__in=districts)
    reports = _reports().filter(of_them, period__in=begun.values("pk"))
    followed = _findings().filter(of_them, plan__in=plans)
    counts: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    findings: dict[tuple[int, int], list[tuple[Any, ...]]] = defaultdict(list)
    for period, unit, status, *words, count, until in reports.union(followed, all=True):
        if period is None:
            findings[words[3], unit].append((status, *words, until))
        else:
            counts[period, unit, *words, until][status] = count
    found = []
    for key, by_status in counts.items():
        period, unit, district, name, is_secretariat, plan, number, *dates, closed_at, until = key
        if closed_at is not None and until < on:
            continue
        unfiled = sum(by_status[status] for status in WRITABLE)
        released = sum(by_status[status] for status in COUNTED)
        unchecked = by_status[ReportStatus.RELEASED]
        found.append(
            OwedFiling(
                district, plan, plans[plan], period, number, roc_months(*dates), unit, name,
                is_secretariat, by_status.total(), unfiled, released, unchecked, due_on=until, on=on,
            )
        )  # fmt: skip
    return Owed(
        sorted(found, key=lambda one: (one.due_on, one.period, one.unit)),
        [_followed(plan, unit, rows, plans[plan], on) for (plan, unit), rows in sorted(findings.items())],
    )


# Both are put together once, and never asked themselves.


@kept_by_thread
def _reports() -> QuerySet[Any, Any]:
    """Return how many reports are in each status, by period and unit. They are summed up above: to the
    database four sums are four times the words.
    """
    rows = ProgressReport.objects.owed().with_due().order_by()
    return rows.values_list(
        *("period_id", "unit_id", "status", "unit__district_id", "unit__name", "unit__is_secretariat"),
        *("period__plan_id", "period__number", "period__starts_on", "period__ends_on", "period__closed_at"),
    ).annotate(Count("pk"), until=Max("due"))


@kept_by_thread
def _findings() -> QuerySet[Any, Any]:
    """Return findings that are followed, each as wide as a row of reports, without a period."""
    day: DateField[Any, Any] = DateField()
    rows = Finding.objects.followed().with_last_step().order_by()
    return rows.annotate(
        none=Value(None, output_field=IntegerField()),
        number=Value(None, output_field=IntegerField()),
        answered=Case(
            When(last_step=FindingStep.ANSWER, then=F("origin")), default=Value("")
        ),  # by whom it is to be decided
        first=Value(None, output_field=day),
        last=Value(None, output_field=day),
        closed=Value(None, output_field=DateTimeField()),
        one=Value(1),
    ).values_list(
        *("none", "unit_id", "answered", "unit__district_id", "unit__name", "unit__is_secretariat"),
        *("plan_id", "number", "first", "last", "closed", "one", "due_on"),
    )


def _followed(
    plan: int, unit: int, rows: Sequence[tuple[Any, ...]], title: str, on: dt.date
) -> FollowedFindings:
    _answered, district, *_rest = rows[0]
    days = [row[-1] for row in rows]
    return FollowedFindings(
        district, plan, title, unit, len(rows), sum(day < on for day in days),
        sum(bool(row[0]) for row in rows), sum(row[0] == FindingOrigin.DISTRICT for row in rows),
        due_on=min(days), on=on,
    )  # fmt: skip


def findings_of_district(findings: Collection[FollowedFindings], district: int) -> list[FollowedFindings]:
    """Return the findings at all units of a district together, for each plan."""
    by_plan: dict[int, list[FollowedFindings]] = defaultdict(list)
    for one in findings:
        if one.district == district:
            by_plan[one.plan].append(one)
    return [
        replace(
            rows[0],
            count=sum(row.count for row in rows),
            late=sum(row.late for row in rows),
            answered=sum(row.to_decide for row in rows),
            to_decide=sum(row.to_decide for row in rows),
            due_on=min(row.due_on for row in rows),
        )
        for rows in by_plan.values()
    ]


def filings_of_districts(filings: Collection[OwedFiling], district: int) -> list[DistrictFiling]:
    """Return the periods of each plan of a district in which units are late, and the first that is due yet
    and where something is missing; where nothing is, the last.
    """
    periods: dict[tuple[int, int], list[OwedFiling]] = defaultdict(list)
    for filing in filings:
        if filing.district == district:
            periods[filing.plan, filing.period].append(filing)
    by_plan: dict[int, list[DistrictFiling]] = defaultdict(list)
    for (plan, period), rows in periods.items():
        first, missing = rows[0], [row for row in rows if row.unfiled]
        by_plan[plan].append(
            DistrictFiling(
                plan,
                first.title,
                period,
                first.number,
                first.words,
                sum(row.owed for row in rows),
                sum(row.released for row in rows),
                sum(row.days_over > 0 for row in missing),
                due_on=min(row.due_on for row in missing or rows),
                on=first.on,
            )
        )
    found: list[DistrictFiling] = []
    for told in by_plan.values():
        late = [one for one in told if one.late]
        open_yet = [one for one in told if not one.late and one.released < one.owed]
        found += [*late, *open_yet[:1]] or told[-1:]
    return found


def periods_to_check(filings: Collection[OwedFiling], district: int) -> list[ToCheck]:
    """Return the periods of a district in which reports wait for the secretariat, the first due first."""
    found: dict[int, ToCheck] = {}
    for one in filings:
        if one.district == district and one.unchecked:
            before = found[one.period].unchecked if one.period in found else 0
            found[one.period] = ToCheck(one.title, one.period, one.words, before + one.unchecked)
    return list(found.values())


@dataclass(frozen=True)
class CityFindings(Due):
    """What checks by a city found that is still followed, due when the first of it is."""

    count: int
    late: int
    answered: int


def findings_of_cities(cities: Collection[int], *, on: dt.date) -> dict[int, CityFindings]:
    """Return by city what its checks found, where anything is still followed; one query."""
    if not cities:
        return {}
    rows: dict[int, list[tuple[dt.date, str | None]]] = defaultdict(list)
    followed = findings_of_city(cities).followed().with_last_step()
    columns = ("plan__district__city", "due_on", "last_step")
    for city, due_on, last in followed.values_list(*columns):
        rows[city].append((due_on, last))
    return {
        city: CityFindings(
            count=len(found),
            late=sum(due_on < on for due_on, _last in found),
            answered=sum(last == FindingStep.ANSWER for _due_on, last in found),
            due_on=min(due_on for due_on, _last in found),
            on=on,
        )
        for city, found in rows.items()
    }
