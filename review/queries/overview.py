"""All districts of a city and a year in one table: where each plan stands, as far as the city knows."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import FilteredRelation, OuterRef, Q, Subquery, TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts.models import City, District, User
from core.roc import to_roc
from core.sheet_files import Sheet
from plans.enums import FILED, PlanStatus, state_label
from plans.models import Plan
from review.models import DeadlineKind, Extension
from review.queries.deadlines import Deadline, deadline_of_city

# What the city sees of a plan's way. Of what a district does between these steps it knows nothing.
TOLD_STEPS = ("file", "withdraw", "return", "approve")

# What the rows of the table need of a plan, and of who has it in hand; models with all they have cost more.
_PLAN = ("id", "district_id", "series", "year", "status", "in_force_id", "filed_at", "taken_by_id")
_HOLDER = {name: f"taken_by__{name}" for name in ("id", "full_name", "username")}


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
    return overview_by(city, year, deadline_of_city(city, year, on=on))


def overview_by(city: City, year: int, usual: Deadline | None) -> Overview:
    """Return what `overview` does, where it is known until when plans are to be filed; two queries."""
    by_district: dict[int, list[_Known]] = defaultdict(list)
    for known in _known(city, year):
        by_district[known.plan.district_id].append(known)
    rows = []
    for district in District.objects.filter(city=city):
        found = by_district[district.pk]
        told = [known for known in found if known.is_told]
        rows += [_row(district, known, usual) for known in told]
        if not told:
            # An extension is granted to a plan the city knows of by that request alone.
            until = max((known.until for known in found if known.until), default=None)
            rows.append(OverviewRow(district, State.MISSING, deadline=_deadline(usual, until)))
    return Overview(city, year, rows, usual)


@dataclass
class _Known:
    """A plan with what its city was told of it, and until when it was given more time."""

    plan: Plan
    until: dt.date | None
    told: list[tuple[str, dt.date]] = field(default_factory=list)

    @property
    def is_told(self) -> bool:
        return self.plan.status in FILED or self.plan.in_force_id is not None or bool(self.told)


def _known(city: City, year: int) -> Iterable[_Known]:
    granted = Extension.objects.granted().filter(plan=OuterRef("pk"), kind=DeadlineKind.PLAN_FILING)
    # Joined and not fetched by themselves: a row of the plan for each step, and one where there is none.
    rows = (
        Plan.objects.filter(district__city=city, year=year)
        .annotate(
            told=FilteredRelation("events", condition=Q(events__step__in=TOLD_STEPS)),
            until=Subquery(granted.order_by("-granted_until").values("granted_until")[:1]),
        )
        .order_by("series", "pk", "told__number")
        .values_list("told__step", "told__at", "until", *_HOLDER.values(), *_PLAN)
    )
    found: dict[int, _Known] = {}
    for step, at, until, *values in rows:
        holder, plan = values[: len(_HOLDER)], values[len(_HOLDER) :]
        known = found.get(plan[0])
        if known is None:
            known = found[plan[0]] = _Known(Plan.from_db(rows.db, _PLAN, plan), until)
            if holder[0] is not None:
                known.plan.taken_by = User.from_db(rows.db, list(_HOLDER), holder)
        if step:
            known.told.append((step, timezone.localdate(at)))
    return found.values()


def _deadline(usual: Deadline | None, until: dt.date | None, *, is_met: bool = False) -> Deadline | None:
    return None if usual is None else replace(usual, extended_until=until, is_met=is_met)


def years(cities: Iterable[City], *, on: dt.date) -> list[int]:
    """Return the years of which the cities know a plan, and the present one, the latest first."""
    known = Q(status__in=FILED) | Q(in_force__isnull=False)
    found = Plan.objects.filter(known, district__city__in=list(cities)).order_by()
    return sorted({on.year, *found.values_list("year", flat=True).distinct()}, reverse=True)


def _row(district: District, known: _Known, usual: Deadline | None) -> OverviewRow:
    plan, told = known.plan, known.told
    last = dict(told)
    filed_at = timezone.localdate(plan.filed_at) if plan.filed_at else None
    is_met = plan.status in FILED or plan.in_force_id is not None
    return OverviewRow(
        district=district,
        state=_state(plan, told[-1][0] if told else ""),
        plan=plan,
        filed_on=last.get("file", filed_at),
        approved_on=last.get("approve"),
        rounds=sum(step == "file" for step, _day in told),
        taken_by=str(plan.taken_by) if plan.taken_by and plan.status == PlanStatus.SUBMITTED else "",
        deadline=_deadline(usual, known.until, is_met=is_met),
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
