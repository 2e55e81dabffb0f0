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
from django.db.models import (
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)

from accounts.models import City
from core.kept import kept_by_thread
from core.roc import roc_months
from dashboard.figures import TargetTally, at_hand, group_order, percent_words, share, target_tally
from plans.enums import FILED
from plans.models import Plan
from progress.enums import WRITABLE
from progress.models import CountedTarget, Period, PeriodChange, ProgressReport
from progress.models.reports import ProgressReportQuerySet
from review.queries.deadlines import Deadline, deadline_by_rule
from review.queries.overview import DistrictStanding, SeenDistrict, standings

# The parts of the one query; each row holds a key, the part, a word and a number.
GIVEN, TARGETS, YEARS = range(3)
NO_TARGETS = TargetTally()


class Shown(NamedTuple):
    """A period of a plan, with as little as the board asks of the hundreds there are."""

    plan: int
    pk: int
    number: int
    starts_on: dt.date
    ends_on: dt.date
    due_on: dt.date
    owed: int = 0
    unfiled: int = 0
    counted: int = 0
    behind: int = 0

    @property
    def words(self) -> str:
        return roc_months(self.starts_on, self.ends_on)


PERIOD = ("plan_id", "pk", "number", "starts_on", "ends_on", "due_on")
TALLY = ("tally__owed", "tally__unfiled", "tally__counted", "tally__behind")


class CityRow(NamedTuple):
    """A district's plan of the year. Without a plan in force there is nothing to count."""

    standing: DistrictStanding
    key: int | None = None  # of the plan, where it is in force
    span: Shown | None = None
    overdue: int = 0
    targets: TargetTally = NO_TARGETS

    @property
    def owed(self) -> int:
        return self.span.owed if self.span else 0

    @property
    def counted(self) -> int:
        return self.span.counted if self.span else 0

    @property
    def behind(self) -> int:
        return self.span.behind if self.span else 0

    @property
    def district(self) -> SeenDistrict:
        return self.standing.district

    @property
    def group(self) -> str:
        return self.district.evaluation_group

    @property
    def counted_share(self) -> Decimal | None:
        return share(self.counted, self.owed)


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
    def spans(self) -> list[Shown]:
        return [row.span for row in self.rows if row.span]

    @cached_property
    def owed(self) -> int:
        return sum(span.owed for span in self.spans)

    @cached_property
    def counted(self) -> int:
        return sum(span.counted for span in self.spans)

    @cached_property
    def counted_words(self) -> str:
        return percent_words(share(self.counted, self.owed))

    @cached_property
    def behind(self) -> int:
        return sum(span.behind for span in self.spans)

    @cached_property
    def overdue(self) -> int:
        return sum(row.overdue for row in self.rows)

    @cached_property
    def targets(self) -> TargetTally:
        return TargetTally(*map(sum, zip(*(row.targets for row in self.rows), strict=True)))


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
        days = {(row.span.starts_on, row.span.ends_on): row.span for row in self.rows if row.span}
        return list(dict.fromkeys(span.words for span in days.values()))


def city_board(city: City, year: int, *, on: dt.date, until: dt.date | None = None) -> CityBoard:
    """Return the board of a city annotated by review.queries.deadlines.with_rules, in four queries.

    Of each plan the last period is shown that is over, or the last that ends by `until`.
    """
    deadline = deadline_by_rule(city, year, on=on)
    stand = standings(city, year, deadline)
    plans = tuple(one.plan.pk for one in stand if one.plan and one.has_version_in_force)
    spans = _spans(_periods_of(plans))
    shown = {plan: _shown(of_plan, on, until) for plan, of_plan in spans.items()}
    counts = _answers(_question(city.pk, plans, on))
    overdue = {
        # Never below none: somebody may file between the two questions.
        plan: sum(
            max(span.unfiled - counts.get((GIVEN, span.pk, ""), 0), 0) for span in of_plan if span.due_on < on
        )
        for plan, of_plan in spans.items()
    }
    targets = _tallies(counts)
    rows = [_row(one, shown, overdue, targets) for one in stand]
    ends = {span.ends_on for of_plan in spans.values() for span in of_plan if span.starts_on <= on}
    return CityBoard(
        city,
        year,
        deadline,
        rows,
        _years_between(counts, on),
        sorted(ends),
        until,
        sorted({row.group for row in rows if row.group}, key=group_order),
    )


def listed_periods(
    city: City, year: int, *, on: dt.date, until: dt.date | None = None, group: str = ""
) -> dict[int, Shown]:
    """Return the periods the board shows, of all districts or a group, by their keys; one query.

    They are in the order of the districts.
    """
    spans = _spans(_periods(city.pk, year, group))
    shown = (_shown(of_plan, on, until) for of_plan in spans.values())
    return {span.pk: span for span in shown if span}


def overdue_periods(city: City, year: int, *, on: dt.date, group: str = "") -> dict[int, int]:
    """Return how many reports `overdue_reports` finds in each period of the year that is due; two queries.

    By the keys of the periods, in the order of the districts.
    """
    given = dict(_given(on).values_list("period_id", "number"))
    rows = _periods(city.pk, year, group).filter(due_on__lt=on).values_list("pk", "tally__unfiled")
    return {key: max((unfiled or 0) - given.get(key, 0), 0) for key, unfiled in rows}


def _shown(spans: Sequence[Shown], on: dt.date, until: dt.date | None) -> Shown | None:
    if until is None:
        return at_hand(spans, on)
    over = [span for span in spans if span.ends_on <= until]
    return over[-1] if over else None


@kept_by_thread
def _periods(city: int, year: int, group: str) -> QuerySet[Period]:
    """Return the periods of plans in force, in the order of the districts. It is never asked itself."""
    rows = Period.objects.filter(
        plan__district__city=city, plan__year=year, plan__in_force__isnull=False
    ).order_by("plan__district__code", "plan_id", "number")
    return rows.filter(plan__district__evaluation_group=group) if group else rows


@kept_by_thread
def _periods_of(plans: tuple[int, ...]) -> QuerySet[Period]:
    """Return the periods of these plans, by their keys. It is never asked itself."""
    return Period.objects.filter(plan__in=plans).order_by("plan_id", "number")


def _spans(periods: QuerySet[Period]) -> dict[int, list[Shown]]:
    """Return the periods by their plan."""
    found: dict[int, list[Shown]] = defaultdict(list)
    for row in periods.values_list(*PERIOD, *TALLY):
        # Where nothing was laid out yet there is no tally.
        span = Shown(*row[: len(PERIOD)]) if row[-1] is None else Shown._make(row)
        found[span.plan].append(span)
    return found


Counts = dict[tuple[int, int, str], int]


def _answers(question: tuple[str, tuple[Any, ...]]) -> Counts:
    """Return the numbers by part, key and word."""
    with connection.cursor() as cursor:
        cursor.execute(*question)
        return {(part, key, word): number for key, part, word, number in cursor.fetchall()}


@lru_cache(maxsize=16)
def _question(city: int, plans: tuple[int, ...], on: dt.date) -> tuple[str, tuple[Any, ...]]:
    """Return all the board counts as one query in the words of the database, with its parameters.

    It is kept, not its rows: a city asks the same all day, and to put it into words takes longer than to
    answer it.
    """
    rows = _given(on).union(_targets(plans), _years(city), all=True)
    query: tuple[str, tuple[Any, ...]] = rows.query.sql_with_params()
    return query


def overdue_reports(due: Collection[int], on: dt.date) -> ProgressReportQuerySet:
    """Keep reports of periods that are due, by key, that nobody filed in time.

    As ProgressReportQuerySet.overdue says it of any.
    """
    given = PeriodChange.objects.filter(due_on__gte=on).order_by()
    own = given.filter(period=OuterRef("period"), unit=OuterRef("unit"))
    # In few periods anybody was given more time: only there it is looked for unit by unit.
    is_late = ~Q(period__in=given.values("period")) | ~Exists(own)
    return ProgressReport.objects.owed().filter(is_late, status__in=WRITABLE, period__in=due)


def _given(on: dt.date) -> QuerySet[Any, Any]:
    """By period, of any city: what is not filed by units that were given more time, which few are at once."""
    given = PeriodChange.objects.filter(due_on__gte=on).order_by()
    own = given.filter(period=OuterRef("period"), unit=OuterRef("unit"))
    rows = ProgressReport.objects.owed().filter(
        Exists(own), status__in=WRITABLE, period__in=given.values("period")
    )
    return _part(rows, "period_id", GIVEN)


def _targets(plans: Sequence[int]) -> QuerySet[Any, Any]:
    """By plan and state: how many targets. So an index holds them; numbers by state would take far longer."""
    # By the plans' keys: joined to them, PostgreSQL would read the targets of all years.
    rows = CountedTarget.objects.filter(plan__in=plans, removed_at__isnull=True, same_as__isnull=True)
    return _part(rows, "plan_id", TARGETS, word="state")


def _years(city: int) -> QuerySet[Any, Any]:
    """The first and the last year of which the city knows a plan: an index finds them among any number."""
    known = Plan.objects.filter(
        Q(status__in=FILED) | Q(in_force__isnull=False), district__city=OuterRef("pk")
    ).values("year")
    rows = City.objects.filter(pk=city).order_by()
    found: QuerySet[Any, Any] = rows.annotate(
        first=Subquery(known.order_by("year")[:1]),
        part=Value(YEARS, output_field=IntegerField()),
        word=Value(""),
        last=Subquery(known.order_by("-year")[:1]),
    ).values_list("first", "part", "word", "last")
    return found


def _years_between(counts: Counts, on: dt.date) -> list[int]:
    """Return the years from the first of which a plan is known, and the present one, the latest first."""
    ends = {on.year}
    for (part, first, _word), last in counts.items():
        if part == YEARS and first is not None:
            ends |= {first, last}
    return list(range(max(ends), min(ends) - 1, -1))


def _part(rows: QuerySet[Any, Any], key: str, part: int, *, word: str = "") -> QuerySet[Any, Any]:
    """Return how many rows there are for each key, and each word of it, as wide as the other parts."""
    grouped = rows.order_by().values(key, *([word] if word else []))
    # Of the key, not of the row: an index that has all the rest has that too.
    counted = grouped.annotate(
        part=Value(part, output_field=IntegerField()),
        word=F(word) if word else Value(""),
        number=Count(key),
    )
    found: QuerySet[Any, Any] = counted.values_list(key, "part", "word", "number")
    return found


def _tallies(counts: Counts) -> dict[int, TargetTally]:
    """Return by plan how many of its targets stand where."""
    states: dict[int, dict[str, int]] = defaultdict(dict)
    for (part, key, word), number in counts.items():
        if part == TARGETS:
            states[key][word] = number
    return {plan: target_tally(of_plan) for plan, of_plan in states.items()}


def _row(
    standing: DistrictStanding,
    shown: Mapping[int, Shown | None],
    overdue: Mapping[int, int],
    targets: Mapping[int, TargetTally],
) -> CityRow:
    if standing.plan is None or not standing.has_version_in_force:
        return CityRow(standing)
    plan: int = standing.plan.pk
    return CityRow(standing, plan, shown.get(plan), overdue.get(plan, 0), targets.get(plan, NO_TARGETS))


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
