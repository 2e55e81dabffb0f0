"""All districts of a city and a year in one table: where each plan stands, as far as the city knows."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

from django.db.models import (
    Case,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts.models import City, District, User
from core.kept import kept_by_thread
from core.roc import to_roc
from core.sheet_files import Sheet
from plans.enums import FILED, PlanStatus, state_label
from plans.models import Plan, PlanEvent
from review.models import DeadlineKind, Extension
from review.queries.deadlines import Deadline, deadline_of_city

# What the city sees of a plan's way. Of what a district does between these steps it knows nothing.
TOLD_STEPS = ("file", "withdraw", "return", "approve")

# Who has a plan in hand.
_HOLDER = {name: f"taken_by__{name}" for name in ("id", "full_name", "username")}


class SeenDistrict(NamedTuple):
    """What a row tells of its district. Models of hundreds of them would cost more than all else of a row."""

    pk: int
    code: str
    agency_name: str
    evaluation_group: str


class SeenPlan(NamedTuple):
    """What a row tells of a plan."""

    pk: int
    district_id: int
    series: str
    status: str
    in_force_id: int | None
    taken_by_id: int | None
    filed_at: dt.datetime | None = None  # of the overview's rows alone


STANDS = SeenPlan._fields[:-1]  # without the day, which costs most to read


class State(TextChoices):
    """Where a plan stands for the city."""

    MISSING = "missing", gettext_lazy("Not filed yet")
    SUBMITTED = "submitted", gettext_lazy("Filed, waiting for the city")
    TAKEN = "taken", gettext_lazy("In hand of an evaluator")
    RETURNED = "returned", gettext_lazy("Returned to the district")
    WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn by the district")
    APPROVED = "approved", gettext_lazy("In force")
    REVISING = "revising", gettext_lazy("being revised")
    CLOSED = "closed", pgettext_lazy("plan", "Closed")


@dataclass(frozen=True)
class DistrictStanding:
    """Where a district's plan stands. `plan` is None where none was filed; then nothing is known of it."""

    district: SeenDistrict
    state: State
    plan: SeenPlan | None = None
    deadline: Deadline | None = None

    @property
    def days_left(self) -> int | None:
        """Days until the plan is due, below 0 when it is late; None where it is filed, or nothing is due."""
        return None if self.deadline is None or self.deadline.is_met else self.deadline.days_left

    @property
    def days_words(self) -> str:
        left = self.days_left
        if left is None:
            return ""
        if left < 0:
            return ngettext("%(days)d day late", "%(days)d days late", -left) % {"days": -left}
        return ngettext("%(days)d day", "%(days)d days", left) % {"days": left}

    @property
    def is_on_desk(self) -> bool:
        return self.plan is not None and self.plan.status in FILED

    @property
    def has_version_in_force(self) -> bool:
        return self.plan is not None and self.plan.in_force_id is not None


@dataclass(frozen=True)
class OverviewRow(DistrictStanding):
    """The same, with when it came there and who has it in hand."""

    filed_on: dt.date | None = None
    approved_on: dt.date | None = None
    rounds: int = 0
    taken_by: str = ""


Row = TypeVar("Row", bound=DistrictStanding)


@dataclass(frozen=True)
class Overview:
    city: City
    year: int
    rows: Sequence[OverviewRow]
    deadline: Deadline | None = None

    @property
    def decided(self) -> str:
        """What the city calls its yes: 核定, 核備 or 備查."""
        return str(state_label(PlanStatus.APPROVED, self.city.decision))

    @property
    def sums(self) -> list[tuple[State, int]]:
        """Return how many rows are in each state, those there are."""
        counted = Counter(row.state for row in self.rows)
        return [(state, counted[state]) for state in State if counted[state]]


def overview(city: City, year: int, *, on: dt.date) -> Overview:
    """Return every district of the city with its plans of the year, in four queries."""
    usual = deadline_of_city(city, year, on=on)
    values = District.objects.filter(city=city).values_list(*SeenDistrict._fields)
    districts = [SeenDistrict(*one) for one in values]
    return Overview(city, year, _each_district(districts, _known(city, year), usual, _row), usual)


def standings(city: City, year: int, usual: Deadline | None) -> list[DistrictStanding]:
    """Return where each district's plans stand, where it is known until when they are due; one query.

    Of a plan's steps the last alone is read: it says where the plan stands. Where the city has it or decided
    on it, the status says so by itself, and no step is looked for.
    """
    width = len(SeenDistrict._fields)
    districts: dict[SeenDistrict, None] = {}
    plans = []
    for values in _districts_with_plans(city.pk, year).all():
        *plan, told, until = values[width:]
        districts[SeenDistrict(*values[:width])] = None
        if plan[0] is not None:
            plans.append(_Known(SeenPlan(*plan), until, told or ""))
    return _each_district(districts, plans, usual, _standing)


@kept_by_thread
def _districts_with_plans(city: int, year: int) -> QuerySet[Any, Any]:
    """Return the question for each district and plan, to be asked with `all()`: it is put together once."""
    steps = PlanEvent.objects.filter(plan=OuterRef("of_year"), step__in=TOLD_STEPS)
    last = Subquery(steps.order_by("-number").values("step")[:1])
    rows = (
        District.objects.filter(city=city)
        .annotate(
            of_year=FilteredRelation("plans", condition=Q(plans__year=year)),
            last=Case(When(of_year__status__in=FILED, then=Value("")), default=last),
            until=_granted_until("of_year"),
        )
        .order_by("code", "of_year__series", "of_year__pk")
    )
    return rows.values_list(*SeenDistrict._fields, *(f"of_year__{name}" for name in STANDS), "last", "until")


def _each_district(
    districts: Iterable[SeenDistrict],
    plans: Iterable[_Known],
    usual: Deadline | None,
    row_of: Callable[[SeenDistrict, _Known | None, Deadline | None], Row],
) -> list[Row]:
    by_district: dict[int, list[_Known]] = defaultdict(list)
    for known in plans:
        by_district[known.plan.district_id].append(known)
    met = usual and replace(usual, is_met=True)
    rows = []
    for district in districts:
        found = by_district[district.pk]
        told = [known for known in found if known.is_told]
        rows += [
            row_of(district, known, _until(met if known.is_met else usual, known.until)) for known in told
        ]
        if not told:
            # An extension is granted to a plan the city knows of by that request alone.
            until = max((known.until for known in found if known.until), default=None)
            rows.append(row_of(district, None, _until(usual, until)))
    return rows


@dataclass
class _Known:
    """A plan with what its city was told of it, and until when it was given more time."""

    plan: SeenPlan
    until: dt.date | None
    last: str = ""  # step that was told
    taken_by: str = ""
    told: list[tuple[str, dt.date]] = field(default_factory=list)

    @property
    def is_met(self) -> bool:
        return self.plan.status in FILED or self.plan.in_force_id is not None

    @property
    def is_told(self) -> bool:
        return self.is_met or bool(self.last)


def _known(city: City, year: int) -> Iterable[_Known]:
    # Joined and not fetched by themselves: a row of the plan for each step, and one where there is none.
    rows = (
        Plan.objects.filter(district__city=city, year=year)
        .annotate(until=_granted_until("pk"))
        .annotate(told=FilteredRelation("events", condition=Q(events__step__in=TOLD_STEPS)))
        .order_by("series", "pk", "told__number")
        .values_list("told__step", "told__at", "until", *_HOLDER.values(), *SeenPlan._fields)
    )
    found: dict[int, _Known] = {}
    for step, at, until, *values in rows:
        holder, plan = values[: len(_HOLDER)], values[len(_HOLDER) :]
        known = found.get(plan[0])
        if known is None:
            known = found[plan[0]] = _Known(SeenPlan(*plan), until)
            if holder[0] is not None:
                known.taken_by = str(User.from_db(rows.db, list(_HOLDER), holder))
        if step:
            known.last = step
            known.told.append((step, timezone.localdate(at)))
    return found.values()


def _granted_until(plan: str) -> Subquery:
    granted = Extension.objects.granted().filter(plan=OuterRef(plan), kind=DeadlineKind.PLAN_FILING)
    return Subquery(granted.order_by("-granted_until").values("granted_until")[:1])


def _until(deadline: Deadline | None, until: dt.date | None) -> Deadline | None:
    return replace(deadline, extended_until=until) if deadline and until else deadline


def years(cities: Iterable[City], *, on: dt.date) -> list[int]:
    """Return the years of which the cities know a plan, and the present one, the latest first."""
    known = Q(status__in=FILED) | Q(in_force__isnull=False)
    found = Plan.objects.filter(known, district__city__in=list(cities)).order_by()
    return sorted({on.year, *found.values_list("year", flat=True).distinct()}, reverse=True)


def _standing(district: SeenDistrict, known: _Known | None, deadline: Deadline | None) -> DistrictStanding:
    if known is None:
        return DistrictStanding(district, State.MISSING, deadline=deadline)
    return DistrictStanding(district, _state(known.plan, known.last), known.plan, deadline)


def _row(district: SeenDistrict, known: _Known | None, deadline: Deadline | None) -> OverviewRow:
    if known is None:
        return OverviewRow(district, State.MISSING, deadline=deadline)
    plan, last = known.plan, dict(known.told)
    filed_at = timezone.localdate(plan.filed_at) if plan.filed_at else None
    return OverviewRow(
        district=district,
        state=_state(plan, known.last),
        plan=plan,
        deadline=deadline,
        filed_on=last.get("file", filed_at),
        approved_on=last.get("approve"),
        rounds=sum(step == "file" for step, _day in known.told),
        taken_by=known.taken_by if plan.status == PlanStatus.SUBMITTED else "",
    )


def _state(plan: SeenPlan, last: str) -> State:
    if plan.status == PlanStatus.SUBMITTED:
        return State.SUBMITTED if plan.taken_by_id is None else State.TAKEN
    if plan.status in FILED:
        return State.CLOSED if plan.status == PlanStatus.CLOSED else State.APPROVED
    if last == "return":
        return State.RETURNED
    if plan.in_force_id is not None:
        return State.REVISING
    return State.WITHDRAWN


def overview_sheet(overview: Overview) -> Sheet:
    """Return the table as a sheet; days are days, so that a spreadsheet sorts them."""
    sheet = Sheet()
    sheet.headers = [
        _("Agency"), _("Year"), _("Plan"), _("Status"), _("Filed"), overview.decided, _("Rounds"),
        _("Deadline"), _("Days left"), _("In hand of"), _("Version in force"),
    ]  # fmt: skip
    for row in overview.rows:
        sheet.append(
            [
                row.district.agency_name,
                to_roc(overview.year),
                row.plan.series if row.plan else "",
                str(row.state.label),
                row.filed_on,
                row.approved_on,
                row.rounds,
                row.deadline.due_on if row.deadline else None,
                row.days_left,
                row.taken_by,
                _("yes") if row.has_version_in_force else _("no"),
            ]
        )
    return sheet
