"""All districts of a city and a year in one table: where each plan stands, as far as the city knows."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import City, District
from core.roc import to_roc
from core.sheet_files import Sheet
from plans.enums import FILED, PlanStatus
from plans.models import Plan, PlanEvent

# What the city sees of a plan's way. Of what a district does between these steps it knows nothing.
TOLD_STEPS = ("file", "withdraw", "return", "approve")


_NAMES = ("taken_by__full_name", "taken_by__username")


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
class OverviewRow:
    """A district's plan. `plan` is None where none was filed; then nothing is known of it."""

    district: District
    state: State
    plan: Plan | None = None
    filed_on: dt.date | None = None
    approved_on: dt.date | None = None
    rounds: int = 0
    taken_by: str = ""
    deadline: dt.date | None = None
    days_left: int | None = None

    @property
    def is_on_desk(self) -> bool:
        return self.plan is not None and self.plan.status in FILED

    @property
    def has_version_in_force(self) -> bool:
        return self.plan is not None and self.plan.in_force_id is not None


@dataclass(frozen=True)
class Overview:
    city: City
    year: int
    rows: Sequence[OverviewRow]

    @property
    def sums(self) -> list[tuple[State, int]]:
        """Return how many rows are in each state, those there are."""
        counted = Counter(row.state for row in self.rows)
        return [(state, counted[state]) for state in State if counted[state]]


def overview(city: City, year: int) -> Overview:
    """Return every district of the city with its plans of the year, in three queries."""
    plans = (
        Plan.objects.filter(district__city=city, year=year)
        .select_related("taken_by")
        .only(
            "district",
            "series",
            "year",
            "status",
            "in_force",
            "filed_at",
            "taken_by__full_name",
            "taken_by__username",
        )
        .order_by("series", "pk")
    )
    events = PlanEvent.objects.filter(plan__district__city=city, plan__year=year, step__in=TOLD_STEPS)
    told: dict[int, list[tuple[str, dt.date]]] = defaultdict(list)
    for plan_id, step, at in events.order_by("plan_id", "number").values_list("plan_id", "step", "at"):
        told[plan_id].append((step, timezone.localdate(at)))
    by_district: dict[int, list[Plan]] = defaultdict(list)
    for plan in plans:
        if plan.status in FILED or plan.in_force_id is not None or told[plan.pk]:
            by_district[plan.district_id].append(plan)
    rows = []
    for district in District.objects.filter(city=city):
        known = by_district[district.pk]
        rows += [_row(district, plan, told[plan.pk]) for plan in known]
        if not known:
            rows.append(OverviewRow(district, State.MISSING))
    return Overview(city, year, rows)


def years(cities: Iterable[City], *, on: dt.date) -> list[int]:
    """Return the years of which the cities know a plan, and the present one, the latest first."""
    known = Q(status__in=FILED) | Q(in_force__isnull=False)
    found = Plan.objects.filter(known, district__city__in=list(cities)).order_by()
    return sorted({on.year, *found.values_list("year", flat=True).distinct()}, reverse=True)


def _row(district: District, plan: Plan, told: Sequence[tuple[str, dt.date]]) -> OverviewRow:
    last: Mapping[str, dt.date] = dict(told)
    filed_at = timezone.localdate(plan.filed_at) if plan.filed_at else None
    return OverviewRow(
        district=district,
        state=_state(plan, told[-1][0] if told else ""),
        plan=plan,
        filed_on=last.get("file", filed_at),
        approved_on=last.get("approve"),
        rounds=sum(step == "file" for step, _day in told),
        taken_by=str(plan.taken_by) if plan.taken_by and plan.status == PlanStatus.SUBMITTED else "",
    )


def _state(plan: Plan, last: str) -> State:
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
        _("Agency"), _("Year"), _("Plan"), _("Status"), _("Filed"), _("Approved"), _("Rounds"),
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
                row.deadline,
                row.days_left,
                row.taken_by,
                _("yes") if row.has_version_in_force else _("no"),
            ]
        )
    return sheet
