"""What the city's desk shows: the plans that wait, and one of them with what changed in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Appointment, User
from core.paging import page_of_parts
from plans.compare import RowKind
from plans.contrast import Line, contrast, summary
from plans.document import PlanDocument
from plans.enums import FILED, PlanStatus, VersionKind
from plans.models import Plan, PlanEvent, PlanQuerySet, PlanVersion
from plans.queries.comparing import NOW, Side, sheet_of
from plans.queries.documents import plan_document
from plans.queries.versions import document_of, given_up_versions
from plans.workflow import CITY
from review.queries.deadlines import Deadline

WAITING, MINE, NOBODY, ALL = SHOWS = ("waiting", "mine", "nobody", "all")


@dataclass(frozen=True)
class DeskRow:
    plan: Plan
    round: int
    days: int | None  # it has waited for the city; None where it waits no more
    has_stake: bool
    deadline: Deadline | None = None
    holder: User | None = None

    @property
    def days_words(self) -> str:
        if self.days is None:
            return ""
        return ngettext("%(days)s day", "%(days)s days", self.days) % {"days": self.days}

    @property
    def round_words(self) -> str:
        return _("round %(number)s") % {"number": self.round} if self.round else ""


def shown(plans: PlanQuerySet, show: str, user: User, *, on: dt.date) -> PlanQuerySet:
    """Keep of the filed plans what one of SHOWS lists, the one that has waited longest first."""
    plans = plans.filter(_conditions(user, on)[show])
    waiting = Case(When(status=PlanStatus.SUBMITTED, then=F("filed_at")))
    return plans.order_by(waiting.asc(nulls_last=True), "-year", "district__code", "pk")


@dataclass(frozen=True)
class Counts:
    """How many plans each of SHOWS lists, and how many of each year wait no more, the latest first."""

    shows: Mapping[str, int]
    decided: Sequence[tuple[int, int]]


def counts(plans: PlanQuerySet, user: User, *, on: dt.date) -> Counts:
    """Count the filed plans; one query of two parts, of which an index answers the one that is long."""
    conditions = _conditions(user, on)
    numbers = ("year_or_none", "first", "second", "third")
    of_years = (
        plans.order_by()
        .values("year")
        .annotate(
            year_or_none=F("year"),
            first=Count("year"),
            second=Count("year", filter=conditions[WAITING]),
            third=Value(0),
        )
    )
    waiting = plans.filter(conditions[WAITING]).order_by().annotate(year_or_none=Value(0))
    of_waiting = waiting.values("year_or_none").annotate(
        first=Count("pk"),
        second=Count("pk", filter=conditions[MINE]),
        third=Count("pk", filter=conditions[NOBODY]),
    )
    rows = of_years.values_list(*numbers).union(of_waiting.values_list(*numbers), all=True)
    found = {year: counted for year, *counted in rows}
    waiting_mine_nobody = found.pop(0, (0, 0, 0))
    years = sorted(found.items(), reverse=True)
    filed = sum(all_there_are for _year, (all_there_are, *_rest) in years)
    return Counts(
        dict(zip(SHOWS, (*waiting_mine_nobody, filed), strict=True)),
        [(year, all_there_are - waits) for year, (all_there_are, waits, _none) in years],
    )


def page_of(rows: PlanQuerySet, show: str, counted: Counts, number: str | None, per_page: int) -> Page[Any]:
    """Return a page of what `shown` keeps. Of all plans those of the years on it alone are put in order."""
    waiting = (None, counted.shows[show if show != ALL else WAITING])
    found = page_of_parts([waiting, *(counted.decided if show == ALL else ())], number, per_page)
    if show == ALL:
        decided = Q(year__in=[year for year in found.parts if year]) & ~Q(status=PlanStatus.SUBMITTED)
        rows = rows.filter(decided | Q(status=PlanStatus.SUBMITTED) if None in found.parts else decided)
    page: Page[Any] = found.page
    page.object_list = list(rows[found.places])
    return page


def _conditions(user: User, on: dt.date) -> dict[str, Q]:
    waiting = Q(status=PlanStatus.SUBMITTED)
    return {
        WAITING: waiting,
        MINE: waiting & Q(taken_by=user),
        NOBODY: waiting & ~Q(_is_held(on)),
        ALL: Q(status__in=FILED),
    }


def _is_held(on: dt.date) -> Exists:
    """Say whether a plan is in somebody's hand, as plans.queries.steps.holder_of does for one."""
    held = Appointment.objects.in_force(on).filter(
        user=OuterRef("taken_by"), city=OuterRef("district__city"), role__in=CITY, user__is_active=True
    )
    return Exists(held)


def with_holders(plans: PlanQuerySet, *, on: dt.date) -> PlanQuerySet:
    """Annotate `is_held`: whether an evaluator has the plan in hand, and is one still."""
    return plans.annotate(is_held=_is_held(on))


def with_rounds(plans: PlanQuerySet) -> PlanQuerySet:
    """Annotate `rounds`: how often the plan was filed."""
    filings = PlanEvent.objects.filter(plan=OuterRef("pk"), step="file").order_by().values("plan")
    return plans.annotate(
        rounds=Coalesce(Subquery(filings.annotate(times=Count("pk")).values("times")), Value(0))
    )


def with_own_steps(plans: PlanQuerySet, user: User) -> PlanQuerySet:
    """Annotate `has_own_steps`: whether the user took a step of the plan for its district."""
    own = PlanEvent.objects.filter(plan=OuterRef("pk"), actor=user).exclude(role__in=CITY)
    return plans.annotate(has_own_steps=Exists(own))


def waiting_days(plan: Plan, *, on: dt.date) -> int | None:
    if plan.status != PlanStatus.SUBMITTED or plan.filed_at is None:
        return None
    return (on - timezone.localdate(plan.filed_at)).days


def desk_row(
    plan: Plan, served: Callable[[int, int], bool], deadline: Deadline | None, *, on: dt.date
) -> DeskRow:
    """Return the row of a plan that `with_rounds`, `with_own_steps` and `with_holders` annotated.

    `served` says whether the reader held a place in a district in a year or the year before.
    """
    rounds: int = plan.rounds  # type: ignore[attr-defined]  # annotated
    is_held: bool = plan.is_held  # type: ignore[attr-defined]  # annotated
    has_own_steps: bool = plan.has_own_steps  # type: ignore[attr-defined]  # annotated
    return DeskRow(
        plan,
        rounds,
        waiting_days(plan, on=on),
        has_own_steps or served(plan.district_id, plan.year),
        deadline,
        plan.taken_by if is_held else None,
    )


@dataclass(frozen=True)
class Neighbours:
    """The plans before and after one in the worklist, and its place there."""

    previous: int | None
    next: int | None
    place: int | None
    total: int


def neighbours(keys: Sequence[int], pk: int) -> Neighbours:
    """A plan that has left the list, taken in hand meanwhile, leads on to the first of the others."""
    if pk not in keys:
        return Neighbours(None, keys[0] if keys else None, None, len(keys))
    at = keys.index(pk)
    return Neighbours(
        keys[at - 1] if at else None, keys[at + 1] if at + 1 < len(keys) else None, at + 1, len(keys)
    )


# -- one plan -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Since:
    """Something to compare the filed plan with. `key` names it in the address of the desk."""

    key: str
    label: str
    side: Side
    compare_key: str = ""  # of the page of the whole comparison; empty where that may not be seen


@dataclass(frozen=True)
class Reading:
    """The plan as it was filed last, what it can be compared with, and what changed."""

    version: PlanVersion | None
    round: int  # how often it was filed
    document: PlanDocument
    choices: Sequence[Since]
    since: Since | None
    summary: str = ""
    changes: Sequence[Line] = ()
    present: frozenset[str] = field(default=frozenset())

    @property
    def key(self) -> str:
        """The plan as it was filed last, as the page of comparisons names it."""
        return f"version:{self.version.number}" if self.version else NOW

    @property
    def kinds(self) -> Mapping[str, Line]:
        """The changed lines that stand in the plan, by uid."""
        return {line.uid: line for line in self.changes if line.uid in self.present}


def reading(plan: Plan, *, since: str) -> Reading:
    """Return the filed plan, one of `with_rounds`, and what changed. Raises UnreadableDocument.

    Of revisions that were given up nothing is told. A plan without a filed version is one of a time before
    there were any: its rows are locked, and read.
    """
    versions = PlanVersion.objects.filter(plan=plan, kind=VersionKind.FILED).defer("content")
    gone = given_up_versions(plan)
    every = list(versions.order_by("-number"))
    filed = [version for version in every if version.pk not in gone]
    version = filed[0] if filed else None
    document = document_of(version) if version else plan_document(plan)
    rounds: int = plan.rounds  # type: ignore[attr-defined]  # annotated
    rounds -= every.index(version) if version else 0  # those given up after it
    choices = _choices(plan, filed)
    chosen = next((choice for choice in choices if choice.key == since), choices[0] if choices else None)
    if chosen is None:
        return Reading(version, rounds, document, choices, None)
    new = Side(f"version:{version.number}" if version else NOW, plan, version)
    comparison = sheet_of(new, chosen.side).comparison()
    lines = [
        line for line in contrast(comparison) if isinstance(line, Line) and line.kind != RowKind.UNCHANGED
    ]
    return Reading(
        version,
        rounds,
        document,
        choices,
        chosen,
        summary(comparison),
        lines,
        frozenset(node.uid for node in document.walk()),
    )


def revision_of(plan: Plan) -> PlanEvent | None:
    """Return the step, with its grounds, by which a plan that lies with the city began to be revised."""
    if plan.in_force_id is None or plan.status != PlanStatus.SUBMITTED:
        return None
    return plan.events.filter(step="revise").order_by("-number").first()


def _choices(plan: Plan, filed: Sequence[PlanVersion]) -> list[Since]:
    """Return what there is to compare with: the last round, the version in force, last year's plan."""
    choices = []
    if len(filed) > 1:
        choices.append(_round(plan, filed[1], "round", _("Since the last round")))
    if plan.in_force_id is not None and plan.in_force_id not in [row.pk for row in filed[:2]]:
        in_force = next((row for row in filed if row.pk == plan.in_force_id), None)
        if in_force is not None:
            choices.append(_round(plan, in_force, "force", _("Since the version in force")))
    if year := _year_before(plan):
        choices.append(year)
    return choices


def _round(plan: Plan, version: PlanVersion, key: str, label: str) -> Since:
    name = f"version:{version.number}"
    return Since(key, label, Side(name, plan, version), name)


def _year_before(plan: Plan) -> Since | None:
    """Return last year's plan as the city knows it: as it is in force, else as it was filed last."""
    before = (
        Plan.objects.filter(district=plan.district_id, series=plan.series, year=plan.year - 1)
        .select_related("district__city")
        .first()
    )
    if before is None:
        return None
    versions = PlanVersion.objects.filter(plan=before, kind=VersionKind.FILED).order_by("-number")
    if before.in_force_id is not None:
        version = versions.filter(pk=before.in_force_id).first()
    else:
        version = versions.first() if before.status in FILED else None
    is_seen = before.status in FILED
    if version is None and not is_seen:
        return None
    key = f"plan:{before.pk}:{version.number}" if version else f"plan:{before.pk}"
    return Since("year", _("Since last year's plan"), Side(key, before, version), key if is_seen else "")
