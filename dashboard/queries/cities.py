"""All districts of a city and a year: status and deadline, filing, what is behind, targets attained.

Everything that is counted comes from the database in one query, whose parts are put one below the other:
a city may have many districts, and each has hundreds of reports.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value

from accounts.models import City, District
from dashboard.figures import TargetTally, at_hand, group_order, percent_words, share
from indicators.enums import ProgressState
from plans.enums import FILED
from plans.models import Plan
from progress.enums import COUNTED, WRITABLE
from progress.models import CountedTarget, Period, PeriodChange, ProgressReport
from progress.models.reports import ProgressReportQuerySet
from review.queries.deadlines import Deadline, deadline_by_rule
from review.queries.overview import DistrictStanding, standings

State = ProgressState
# The parts of the one query; each row holds a key, the part and five numbers.
REPORTS, UNFILED, GIVEN, TARGETS, YEARS = range(5)
NUMBERS = ("first", "second", "third", "fourth", "fifth")
NO_TARGETS = TargetTally()


class Shown(NamedTuple):
    """A period of a plan, with as little as the board asks of the hundreds there are."""

    pk: int
    number: int
    words: str
    starts_on: dt.date
    ends_on: dt.date
    due_on: dt.date


@dataclass(frozen=True)
class CityRow:
    """A district's plan of the year. Without a plan in force there is nothing to count."""

    standing: DistrictStanding
    span: Shown | None = None
    owed: int = 0
    counted: int = 0
    behind: int = 0
    overdue: int = 0
    targets: TargetTally = NO_TARGETS

    @property
    def district(self) -> District:
        return self.standing.district

    @property
    def group(self) -> str:
        return self.district.evaluation_group

    @property
    def key(self) -> int | None:
        """The key of the plan in force, None where there is none."""
        return self.standing.plan.pk if self.standing.plan and self.standing.has_version_in_force else None

    @property
    def counted_share(self) -> Decimal | None:
        return share(self.counted, self.owed)

    @property
    def counted_words(self) -> str:
        return percent_words(self.counted_share)


@dataclass(frozen=True)
class CityGroup:
    """An evaluation group, or all of the city, taken together."""

    name: str
    rows: Sequence[CityRow]
    is_whole: bool = False

    @cached_property
    def districts(self) -> int:
        return len({row.district.pk for row in self.rows})

    @cached_property
    def in_force(self) -> int:
        return sum(row.key is not None for row in self.rows)

    @cached_property
    def owed(self) -> int:
        return sum(row.owed for row in self.rows)

    @cached_property
    def counted(self) -> int:
        return sum(row.counted for row in self.rows)

    @cached_property
    def counted_words(self) -> str:
        return percent_words(share(self.counted, self.owed))

    @cached_property
    def behind(self) -> int:
        return sum(row.behind for row in self.rows)

    @cached_property
    def overdue(self) -> int:
        return sum(row.overdue for row in self.rows)

    @cached_property
    def targets(self) -> TargetTally:
        names = ("total", "reached", "on_schedule", "behind", "not_started")
        return TargetTally(*(sum(getattr(row.targets, name) for row in self.rows) for name in names))


@dataclass
class CityBoard:
    city: City
    year: int
    deadline: Deadline | None  # of the year's plans
    rows: list[CityRow]
    years: list[int]
    ends: list[dt.date]  # last days of the periods that have begun, of all plans
    until: dt.date | None = None
    groups: list[str] = field(default_factory=list)

    @cached_property
    def whole(self) -> CityGroup:
        return CityGroup("", self.rows, is_whole=True)

    @cached_property
    def by_group(self) -> list[CityGroup]:
        found: dict[str, list[CityRow]] = defaultdict(list)
        for row in self.rows:
            found[row.group].append(row)
        return [CityGroup(name, found[name]) for name in sorted(found, key=group_order)]

    @cached_property
    def spans(self) -> list[str]:
        """The periods that are shown, in words: one where all districts file in the same rhythm."""
        return list(dict.fromkeys(row.span.words for row in self.rows if row.span))


def city_board(city: City, year: int, *, on: dt.date, until: dt.date | None = None) -> CityBoard:
    """Return the board of a city annotated by review.queries.deadlines.with_rules, in five queries.

    Of each plan the last period is shown that is over, or the last that ends by `until`.
    """
    deadline = deadline_by_rule(city, year, on=on)
    spans = _spans(city, year)
    shown = {plan: _shown(of_plan, on, until) for plan, of_plan in spans.items()}
    stand = standings(city, year, deadline)
    plans = [one.plan.pk for one in stand if one.plan and one.has_version_in_force]
    due = [span.pk for of_plan in spans.values() for span in of_plan if span.due_on < on]
    counts = _counts(city, plans, [span.pk for span in shown.values() if span], due, on=on)
    overdue = _overdue(spans, counts)
    rows = [_row(one, shown, counts, overdue) for one in stand]
    ends = {span.ends_on for of_plan in spans.values() for span in of_plan if span.starts_on <= on}
    return CityBoard(
        city,
        year,
        deadline,
        rows,
        sorted({on.year, *(key for part, key in counts if part == YEARS)}, reverse=True),
        sorted(ends),
        until,
        sorted({row.group for row in rows if row.group}, key=group_order),
    )


def listed_periods(
    city: City, year: int, *, on: dt.date, until: dt.date | None, group: str, is_due: bool
) -> list[int]:
    """Return the keys of the periods the board shows, of all districts or a group; one query.

    They are in the order of the districts. Where `is_due`, they are those of the year that are due.
    """
    spans = _spans(city, year, group).values()
    if is_due:
        return [span.pk for of_plan in spans for span in of_plan if span.due_on < on]
    shown = (_shown(of_plan, on, until) for of_plan in spans)
    return [span.pk for span in shown if span]


def _shown(spans: Sequence[Shown], on: dt.date, until: dt.date | None) -> Shown | None:
    if until is None:
        return at_hand(spans, on)
    over = [span for span in spans if span.ends_on <= until]
    return over[-1] if over else None


def _spans(city: City, year: int, group: str = "") -> dict[int, list[Shown]]:
    """Return the periods of each plan in force, in the order of the districts."""
    rows = Period.objects.filter(
        plan__district__city=city, plan__year=year, plan__in_force__isnull=False
    ).order_by("plan__district__code", "plan_id", "number")
    if group:
        rows = rows.filter(plan__district__evaluation_group=group)
    columns = ("plan_id", "pk", "number", "starts_on", "ends_on", "due_on")
    words: dict[tuple[dt.date, dt.date], str] = {}
    found: dict[int, list[Shown]] = defaultdict(list)
    for plan, pk, number, starts_on, ends_on, due_on in rows.values_list(*columns):
        named = words.get((starts_on, ends_on))
        if named is None:
            named = words[starts_on, ends_on] = Period(starts_on=starts_on, ends_on=ends_on).span_words
        found[plan].append(Shown(pk, number, named, starts_on, ends_on, due_on))
    return found


Counts = dict[tuple[int, int], tuple[int, ...]]


def _counts(
    city: City, plans: Sequence[int], shown: Sequence[int], due: Sequence[int], *, on: dt.date
) -> Counts:
    """Return the numbers of each part by part and key, of plans and periods by their keys, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(*_question(city.pk, tuple(plans), tuple(shown), tuple(due), on))
        return {(part, key): tuple(numbers) for key, part, *numbers in cursor.fetchall()}


@lru_cache(maxsize=16)
def _question(
    city: int, plans: tuple[int, ...], shown: tuple[int, ...], due: tuple[int, ...], on: dt.date
) -> tuple[str, tuple[Any, ...]]:
    """Return the query in the words of the database, with its parameters.

    It is kept, not its rows: a city asks the same all day, and to put it into words takes longer than to
    answer it.
    """
    first, *others = (
        _reports(shown),
        _unfiled(due),
        _given(on),
        _targets(plans),
        _years(city),
    )
    query: tuple[str, tuple[Any, ...]] = first.union(*others, all=True).query.sql_with_params()
    return query


def _reports(periods: Sequence[int]) -> QuerySet[Any, Any]:
    """By period: owed, released, behind."""
    rows = ProgressReport.objects.owed().filter(period__in=periods).order_by()
    return _part(
        rows, "period_id", REPORTS, Q(), Q(status__in=COUNTED), Q(status__in=COUNTED, state=State.BEHIND)
    )


def overdue_reports(due: Collection[int], on: dt.date) -> ProgressReportQuerySet:
    """Keep reports of periods that are due, by key, that nobody filed in time.

    As ProgressReportQuerySet.overdue says it of any.
    """
    given = PeriodChange.objects.filter(due_on__gte=on).order_by()
    own = given.filter(period=OuterRef("period"), unit=OuterRef("unit"))
    # In few periods anybody was given more time: only there it is looked for unit by unit.
    is_late = ~Q(period__in=given.values("period")) | ~Exists(own)
    return ProgressReport.objects.owed().filter(is_late, status__in=WRITABLE, period__in=due)


def overdue_counts(due: Sequence[int], on: dt.date) -> dict[int, int]:
    """Return by period that is due, by key, how many reports `overdue_reports` finds there; one query."""
    rows = _unfiled(due).union(_given(on), all=True)
    numbers = {(part, key): first for key, part, first, *_rest in rows}
    return {key: numbers.get((UNFILED, key), 0) - numbers.get((GIVEN, key), 0) for key in due}


def _unfiled(due: Sequence[int]) -> QuerySet[Any, Any]:
    """By period that is due: what nobody filed. An index has it, where it is not asked of which unit."""
    rows = ProgressReport.objects.owed().filter(status__in=WRITABLE, period__in=due)
    return _part(rows.order_by(), "period_id", UNFILED, Q())


def _given(on: dt.date) -> QuerySet[Any, Any]:
    """By period, of any city: what is not filed by units that were given more time, which few are at once."""
    given = PeriodChange.objects.filter(due_on__gte=on).order_by()
    own = given.filter(period=OuterRef("period"), unit=OuterRef("unit"))
    rows = ProgressReport.objects.owed().filter(
        Exists(own), status__in=WRITABLE, period__in=given.values("period")
    )
    return _part(rows.order_by(), "period_id", GIVEN, Q())


def _overdue(spans: Mapping[int, Sequence[Shown]], counts: Counts) -> dict[int, int]:
    """Return by plan how many reports `overdue_reports` finds, of any period."""
    late = {key: numbers[0] for (part, key), numbers in counts.items() if part == UNFILED}
    given = {key: numbers[0] for (part, key), numbers in counts.items() if part == GIVEN}
    return {
        plan: sum(late[span.pk] - given.get(span.pk, 0) for span in of_plan if span.pk in late)
        for plan, of_plan in spans.items()
    }


def _targets(plans: Sequence[int]) -> QuerySet[Any, Any]:
    """By plan: all targets, reached, on schedule, behind, not started."""
    # By the plans' keys: joined to them, PostgreSQL would read the targets of all years.
    rows = CountedTarget.objects.filter(plan__in=plans, removed_at__isnull=True, same_as__isnull=True)
    return _part(
        rows.order_by(),
        "plan_id",
        TARGETS,
        Q(),
        Q(state=State.DONE),
        Q(state__in=[State.ON_SCHEDULE, State.AHEAD]),
        Q(state=State.BEHIND),
        Q(state=State.NOT_STARTED),
    )


def _years(city: int) -> QuerySet[Any, Any]:
    """The years of which the city knows a plan."""
    known = Q(status__in=FILED) | Q(in_force__isnull=False)
    return _part(Plan.objects.filter(known, district__city=city).order_by(), "year", YEARS, Q())


def _part(rows: QuerySet[Any, Any], key: str, part: int, *conditions: Q) -> QuerySet[Any, Any]:
    """Return for each key how many rows meet each condition, made as wide as the other parts."""
    whole = IntegerField()
    # Of the key, not of the row: an index that has all the rest has that too.
    numbers = {
        name: Count(key, filter=condition) if condition else Count(key)
        for name, condition in zip(NUMBERS, conditions, strict=False)
    }
    empty = {name: Value(0, output_field=whole) for name in NUMBERS[len(conditions) :]}
    grouped = rows.values(key).annotate(part=Value(part, output_field=whole), **numbers, **empty)
    found: QuerySet[Any, Any] = grouped.values_list(key, "part", *NUMBERS)
    return found


def _row(
    standing: DistrictStanding,
    shown: Mapping[int, Shown | None],
    counts: Counts,
    overdue: Mapping[int, int],
) -> CityRow:
    if standing.plan is None or not standing.has_version_in_force:
        return CityRow(standing)
    plan: int = standing.plan.pk
    span = shown.get(plan)
    owed, counted, behind, *_rest = counts.get((REPORTS, span.pk if span else 0), (0, 0, 0))
    tally = TargetTally(*counts.get((TARGETS, plan), ()))
    return CityRow(standing, span, owed, counted, behind, overdue.get(plan, 0), tally)


# By what the table is sorted: a number of a row, and whether the most comes first.
SORTS: dict[str, tuple[Callable[[CityRow], Any], bool]] = {
    "district": (lambda row: row.district.code, False),
    "group": (lambda row: (group_order(row.group), row.district.code), False),
    "status": (lambda row: (row.standing.state.label, row.district.code), False),
    "filing": (lambda row: (row.counted_share is None, row.counted_share or 0), False),
    "behind": (lambda row: row.behind, True),
    "overdue": (lambda row: row.overdue, True),
    "reached": (lambda row: row.targets.reached_share or 0, True),
    "fine": (lambda row: row.targets.on_schedule_share or 0, True),
    "late": (lambda row: row.targets.behind_share or 0, True),
}


def arranged(rows: Sequence[CityRow], *, sort: str, is_reversed: bool, group: str = "") -> list[CityRow]:
    """Return the rows of a group, or all, sorted; rows that are alike stay in the order of the districts."""
    key, most_first = SORTS.get(sort, SORTS["district"])
    kept = [row for row in rows if not group or row.group == group]
    return sorted(kept, key=key, reverse=most_first != is_reversed)
