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
from progress.models import Finding, FindingOrigin, FindingStep, ProgressReport


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
    returned: int  # of which were handed in before
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
    """The findings of checks that a unit has to settle in a plan, due when the first of them is.

    What it answered waits for whose check it was: that is neither late nor due, unless all is answered.
    """

    district: int
    plan: int
    title: str
    unit: int
    count: int
    to_settle: int  # of which the unit has to do something yet
    late: int
    answered: int  # of which the unit had the last word
    to_decide: int  # of these, found by the district's own checks

    @property
    def with_city(self) -> int:
        """How many wait for the city, of those that are told to a district as a whole."""
        return self.count - self.to_settle - self.answered


class Owed(NamedTuple):
    filings: list[OwedFiling]
    findings: list[FollowedFindings]


def owed_of(units: Collection[int], whole: Collection[int], *, plans: Mapping[int, str], on: dt.date) -> Owed:
    """Return what these units owe in periods open to them, and what all units owe of plans in `whole`.

    `plans` are all the plans in force that may ask for it, with their titles. One query.
    """
    if not plans or not (units or whole):
        return Owed([], [])
    asked = plans if units else whole
    reports = _reports().filter(period__plan__in=asked, period__opens_on__lte=on)
    followed = _findings().filter(plan__in=asked)
    if units:
        reports = reports.filter(Q(unit__in=units) | Q(period__plan__in=whole))
        followed = followed.filter(Q(unit__in=units) | Q(plan__in=whole))
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
                is_secretariat, by_status.total(), unfiled, by_status[ReportStatus.RETURNED],
                released, unchecked, due_on=until, on=on,
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
    open_days = [row[-1] for row in rows if not row[0]]
    return FollowedFindings(
        district, plan, title, unit, len(rows), len(open_days), sum(day < on for day in open_days),
        len(rows) - len(open_days), sum(row[0] == FindingOrigin.DISTRICT for row in rows),
        due_on=min(open_days or [row[-1] for row in rows]), on=on,
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
            to_settle=sum(row.to_settle for row in rows),
            late=sum(row.late for row in rows),
            answered=sum(row.to_decide for row in rows),
            to_decide=sum(row.to_decide for row in rows),
            due_on=min(row.due_on for row in _open_first(rows)),
        )
        for rows in by_plan.values()
    ]


def _open_first(rows: list[FollowedFindings]) -> list[FollowedFindings]:
    """Return those where something is left to be done, all where everything is answered."""
    return [row for row in rows if row.to_settle] or rows


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
    """What checks by a city found that is still followed, due and late as FollowedFindings are."""

    count: int
    to_settle: int
    late: int
    answered: int


def findings_of_cities(cities: Collection[int], *, on: dt.date) -> dict[int, CityFindings]:
    """Return by city what its checks found, where anything is still followed; one query."""
    if not cities:
        return {}
    rows: dict[int, list[tuple[dt.date, bool]]] = defaultdict(list)
    followed = findings_of_city(cities).followed().with_last_step()
    columns = ("plan__district__city", "due_on", "last_step")
    for city, due_on, last in followed.values_list(*columns):
        rows[city].append((due_on, last == FindingStep.ANSWER))
    found = {}
    for city, days in rows.items():
        open_days = [due_on for due_on, is_answered in days if not is_answered]
        found[city] = CityFindings(
            count=len(days),
            to_settle=len(open_days),
            late=sum(due_on < on for due_on in open_days),
            answered=len(days) - len(open_days),
            due_on=min(open_days or [due_on for due_on, _is_answered in days]),
            on=on,
        )
    return found
