"""Until when a plan is to be filed, and what the days before are for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, When

from accounts.models import City, District, User
from core.due import CountsDays
from core.working_days import Calendar
from plans.enums import FILED
from plans.models import Plan, PlanQuerySet
from review.deadlines_rules import Dates, Rule, dates_of
from review.models import (
    DeadlineKind,
    DeadlineRule,
    Extension,
    ExtensionDecision,
    ExtensionQuerySet,
    Holiday,
)

_RULE = ("month", "day", "signing_days", "check_days", "units_days")
_RULES = "district__city__deadline_rules"  # from a plan


@dataclass(frozen=True)
class Deadline(CountsDays):
    """When something is due, seen on a day. `is_met` says that it was filed, and days count no more."""

    dates: Dates
    on: dt.date
    extended_until: dt.date | None = None
    is_met: bool = False

    @property
    def due_on(self) -> dt.date:
        return self.extended_until or self.dates.due_on

    @property
    def is_extended(self) -> bool:
        return self.extended_until is not None


def days_left(plan: Plan, *, on: dt.date) -> Deadline | None:
    """Return when a plan is to be filed, or None where its city has no rule; two queries."""
    return deadlines_of([plan], on=on).get(plan.pk)


def deadlines_of(plans: Iterable[Plan], *, on: dt.date) -> dict[int, Deadline]:
    """Return when each plan is to be filed, by its key; two queries. Cities without a rule have none."""
    known = {plan.pk: plan for plan in plans}
    if not known:
        return {}
    rows = with_granted(Plan.objects.filter(pk__in=known, **{f"{_RULES}__kind": DeadlineKind.PLAN_FILING}))
    found = list(rows.values_list("pk", "granted", *(F(f"{_RULES}__{name}") for name in _RULE)))
    calendar = calendar_of({plan.year for plan in known.values()})
    return {pk: _deadline(known[pk], Rule(*values), calendar, granted, on) for pk, granted, *values in found}


def with_granted(plans: PlanQuerySet) -> PlanQuerySet:
    """Annotate `granted`: until when a plan may be filed later than others, None where that was not asked."""
    rows = Extension.objects.granted().filter(plan=OuterRef("pk"), kind=DeadlineKind.PLAN_FILING)
    # Of several the last day holds.
    return plans.annotate(granted=Subquery(rows.order_by("-granted_until").values("granted_until")[:1]))


def _deadline(plan: Plan, rule: Rule, calendar: Calendar, granted: dt.date | None, on: dt.date) -> Deadline:
    is_met = plan.status in FILED or plan.in_force_id is not None
    return Deadline(dates_of(rule, plan.year, calendar), on, extended_until=granted, is_met=is_met)


def deadline_of_city(city: City, year: int, *, on: dt.date) -> Deadline | None:
    """Return when plans of a year are to be filed in a city, or None where it has no rule; two queries."""
    row = rule_of(city)
    return None if row is None else Deadline(dates_of(as_rule(row), year, calendar_of({year})), on)


def with_rules(cities: QuerySet[City]) -> QuerySet[City]:
    """Annotate the rules by which the cities' plans are filed; `deadline_by_rule` takes them from there."""
    named = Q(deadline_rules__kind=DeadlineKind.PLAN_FILING)
    joined = cities.annotate(filing_rule=FilteredRelation("deadline_rules", condition=named))
    return joined.annotate(**{f"rule_{name}": F(f"filing_rule__{name}") for name in _RULE})


def deadline_by_rule(city: City, year: int, *, on: dt.date) -> Deadline | None:
    """Return what `deadline_of_city` does, of a city annotated by `with_rules`; one query."""
    values = [getattr(city, f"rule_{name}") for name in _RULE]
    return None if values[0] is None else Deadline(dates_of(Rule(*values), year, calendar_of({year})), on)


def deadlines_of_districts(districts: Collection[int], year: int, *, on: dt.date) -> dict[int, Deadline]:
    """Return by the district's key when its plan of a year is to be filed, extensions apart; two queries."""
    rules = _rules_of_districts(districts)
    calendar = calendar_of({year})
    return {pk: Deadline(dates_of(rule, year, calendar), on) for pk, rule in rules.items()}


def as_rule(row: DeadlineRule) -> Rule:
    return Rule(*(getattr(row, name) for name in _RULE))


def calendar_of(years: Iterable[int]) -> Calendar:
    """Return the government's calendar of these years and those around them; one query."""
    years = sorted(years)
    first, last = dt.date(years[0] - 1, 1, 1), dt.date(years[-1] + 1, 12, 31)
    rows = Holiday.objects.filter(day__range=(first, last)).values_list("day", "is_working")
    known = list(rows)
    return Calendar(
        holidays=frozenset(day for day, is_working in known if not is_working),
        worked=frozenset(day for day, is_working in known if is_working),
    )


def _rules_of_districts(districts: Collection[int]) -> dict[int, Rule]:
    rows = District.objects.filter(
        pk__in=districts, city__deadline_rules__kind=DeadlineKind.PLAN_FILING
    ).values_list("pk", *(F(f"city__deadline_rules__{name}") for name in _RULE))
    return {pk: Rule(*values) for pk, *values in rows}


@dataclass
class CityDates:
    """The page's part about one city: its rule, the dates of two years, what waits, and what may be done."""

    city: City
    rule: DeadlineRule | None
    years: list[tuple[int, Deadline]] = field(default_factory=list)
    may_change: bool = False


def city_dates(
    cities: Collection[City],
    rules: Mapping[int, DeadlineRule],
    calendar: Calendar,
    *,
    changeable: Collection[int],
    on: dt.date,
) -> list[CityDates]:
    """Return what the page of deadlines shows of the cities, whose rules stand by their keys."""
    return [
        CityDates(
            city,
            rules.get(city.pk),
            [
                (year, Deadline(dates_of(as_rule(rules[city.pk]), year, calendar), on))
                for year in (on.year, on.year + 1)
                if city.pk in rules
            ],
            city.pk in changeable,
        )
        for city in cities
    ]


def rules_of(cities: Iterable[City]) -> dict[int, DeadlineRule]:
    """Return the rules by which plans are filed, by their cities' keys; one query."""
    rows = DeadlineRule.objects.filter(city__in=list(cities), kind=DeadlineKind.PLAN_FILING)
    return {row.city_id: row for row in rows}


def rule_of(city: City) -> DeadlineRule | None:
    return DeadlineRule.objects.filter(city=city, kind=DeadlineKind.PLAN_FILING).first()


@dataclass(frozen=True)
class OwnDeadline:
    """A plan of one's own district, until when it is filed, and whether more time may be asked for."""

    plan: Plan
    deadline: Deadline
    may_ask: bool


def plans_to_file(user: User, districts: Collection[int], *, on: dt.date) -> list[Plan]:
    """Return the plans of the user's districts that are still to be filed, as `own_deadlines` needs them; one
    query.
    """
    plans = with_granted(Plan.objects.visible_to(user, on)).filter(
        district__in=districts, in_force__isnull=True, year__gte=on.year - 1
    )
    waiting = Extension.objects.waiting().filter(plan=OuterRef("pk"))
    return list(
        plans.exclude(status__in=FILED).select_related("district").annotate(has_asked=Exists(waiting))
    )


def own_deadlines(
    plans: Iterable[Plan],
    rules: Mapping[int, DeadlineRule],
    calendar: Calendar,
    *,
    writes: Collection[int],
    on: dt.date,
) -> list[OwnDeadline]:
    """Return until when plans are to be filed, and for which of them more time may be asked for."""
    found = []
    for plan in plans:
        rule = rules.get(plan.district.city_id)
        granted, has_asked = plan.granted, plan.has_asked  # type: ignore[attr-defined]  # annotated
        if rule is not None:
            deadline = _deadline(plan, as_rule(rule), calendar, granted, on)
            found.append(OwnDeadline(plan, deadline, plan.district_id in writes and not has_asked))
    return found


MOST_EXTENSIONS = 50


def listed_extensions(rows: ExtensionQuerySet, *, plan: Plan | None = None) -> list[Extension]:
    """Return the newest requests, those not decided first; one query."""
    if plan is not None:
        rows = rows.filter(plan=plan)
    is_waiting = Case(When(decision=ExtensionDecision.WAITING, then=0), default=1)
    rows = rows.select_related("plan__district", "asked_by").order_by(is_waiting, "-asked_at", "-pk")
    return list(rows[:MOST_EXTENSIONS])
