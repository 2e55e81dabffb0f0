"""The lines behind a number: reports and targets of one plan, or of all districts of a city."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, TextChoices
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import City
from core.paging import page_of_parts
from dashboard.figures import ReportRow, Span, TargetRow, YearRows
from dashboard.queries.cities import Shown, listed_periods, overdue_periods, overdue_reports
from dashboard.queries.years import report_rows, span_of, target_rows
from indicators.enums import ProgressState
from plans.models import Plan
from progress.enums import COUNTED, ReportStatus
from progress.models import CountedTarget, Period, ProgressReport
from progress.models.reports import ProgressReportQuerySet

PER_PAGE = 50
State = ProgressState


class Show(TextChoices):
    """Which reports a list shows: those of a state, or where they stand."""

    ALL = "", gettext_lazy("all")
    RELEASED = "released", gettext_lazy("Released")
    OPEN = "open", gettext_lazy("Not released yet")
    OVERDUE = "overdue", pgettext_lazy("report", "Overdue")
    BEHIND = State.BEHIND.value, State.BEHIND.label
    ON_SCHEDULE = State.ON_SCHEDULE.value, State.ON_SCHEDULE.label
    AHEAD = State.AHEAD.value, State.AHEAD.label
    DONE = State.DONE.value, State.DONE.label
    NOT_STARTED = State.NOT_STARTED.value, State.NOT_STARTED.label
    STOPPED = State.STOPPED.value, State.STOPPED.label
    SUBMITTED = ReportStatus.SUBMITTED.value, ReportStatus.SUBMITTED.label
    RETURNED = ReportStatus.RETURNED.value, ReportStatus.RETURNED.label
    ACCEPTED = ReportStatus.ACCEPTED.value, ReportStatus.ACCEPTED.label


# How many reports of a period a list shows, where its tally says so.
TALLIED: dict[str, Callable[[Shown], int]] = {
    Show.ALL: lambda span: span.owed,
    Show.RELEASED: lambda span: span.counted,
    Show.OPEN: lambda span: span.owed - span.counted,
    Show.BEHIND: lambda span: span.behind,
}
INSIDE_ALONE = frozenset((Show.SUBMITTED, Show.RETURNED))


class Standing(TextChoices):
    """Which targets a list shows."""

    ALL = "", gettext_lazy("all")
    REACHED = "reached", gettext_lazy("Reached")
    ON_SCHEDULE = "on_schedule", gettext_lazy("On schedule or ahead")
    BEHIND = State.BEHIND.value, State.BEHIND.label
    NOT_STARTED = State.NOT_STARTED.value, State.NOT_STARTED.label
    OTHER = "other", gettext_lazy("Stopped, or no state yet")


STATES: dict[str, list[str]] = {
    Standing.REACHED: [State.DONE],
    Standing.ON_SCHEDULE: [State.ON_SCHEDULE, State.AHEAD],
    Standing.BEHIND: [State.BEHIND],
    Standing.NOT_STARTED: [State.NOT_STARTED],
    Standing.OTHER: [State.STOPPED, ""],
}


def reports_shown(
    year: YearRows, *, span: int | None, show: str = "", unit: str = "", chapter: str = ""
) -> list[tuple[Span, ReportRow]]:
    """Return reports of a plan's year by period, state, unit and chapter; without `span` of all periods."""
    spans = {one.number: one for one in year.spans}
    return [
        (spans[row.span], row)
        for row in year.reports
        if (span is None or row.span == span)
        and (not unit or str(row.unit) == unit)
        and (not chapter or row.chapter == chapter)
        and _is_shown(row, show)
    ]


def _is_shown(row: ReportRow, show: str) -> bool:
    if show in {Show.RELEASED, Show.OPEN}:
        return row.is_counted == (show == Show.RELEASED)
    if show == Show.OVERDUE:
        return row.is_overdue
    if show in ReportStatus.values:
        return row.status == show
    return not show or (row.is_counted and row.state == show)


def targets_shown(
    year: YearRows, *, standing: str = "", unit: str = "", chapter: str = ""
) -> list[TargetRow]:
    """Return targets of a plan's year by where they stand, by unit and chapter, the least attained first."""
    names = {str(row.unit): row.unit_name for row in year.reports}
    return [
        row
        for row in year.by_attainment
        if (not standing or row.state in STATES[Standing(standing)])
        and (not unit or names.get(unit) in row.units)
        and (not chapter or row.chapter == chapter)
    ]


def units_of(year: YearRows) -> list[tuple[str, str]]:
    """Return the units that report, by key and name, in their order."""
    found = {row.unit: row for row in year.reports}
    rows = sorted(found.values(), key=lambda row: (row.unit_order, row.unit))
    return [(str(row.unit), row.unit_name) for row in rows]


def chapters_of(year: YearRows) -> list[str]:
    rows = sorted(year.reports, key=lambda row: row.position)
    return list(dict.fromkeys(row.chapter for row in rows if row.chapter))


Row = TypeVar("Row")


@dataclass(frozen=True)
class Found(Generic[Row]):
    """A page of a list, and the rows on it."""

    page: Page[Any]
    rows: list[Row]


@dataclass(frozen=True)
class CityReport:
    plan: Plan
    span: Span
    row: ReportRow


@dataclass(frozen=True)
class CityTarget:
    plan: Plan
    row: TargetRow


def city_reports(
    city: City,
    year: int,
    *,
    on: dt.date,
    until: dt.date | None = None,
    show: str = "",
    group: str = "",
    page: str = "",
    per_page: int = PER_PAGE,
) -> Found[CityReport]:
    """Return reports of all districts, as far as the city knows them, page by page; four queries.

    What is overdue is so in whatever period; all else is of the periods the board shows.
    """
    if show == Show.OVERDUE:
        counts = overdue_periods(city, year, on=on, group=group)
        found, keys = _page_of(partial(overdue_reports, on=on), counts, page, per_page, counts)
    else:
        periods = listed_periods(city, year, on=on, until=until, group=group)
        tallied = TALLIED.get(show)
        told = {key: tallied(span) for key, span in periods.items()} if tallied else None
        found, keys = _page_of(partial(_of_show, show=show), periods, page, per_page, told)
    keyed = {row.pk: (key, row) for key, row in report_rows(Q(pk__in=keys), on=on, is_inside=False)}
    named = Period.objects.filter(pk__in={key for key, _row in keyed.values()}).select_related(
        "plan__district"
    )
    known = {period.pk: (period.plan, span_of(period)) for period in named}
    rows = [keyed[pk] for pk in keys if pk in keyed]
    return Found(found, [CityReport(*known[key], row) for key, row in rows])


def _page_of(
    reports: Callable[[Collection[int]], ProgressReportQuerySet],
    periods: Collection[int],
    page: str,
    per_page: int,
    counted: dict[int, int] | None = None,
) -> tuple[Page[int], list[int]]:
    """Return a page of the reports of periods, and their keys, in the order of the periods; two queries.

    They are counted by period, which an index alone does, unless it is known how many they are.
    """
    if counted is None:
        counted = dict(reports(periods).order_by().values_list("period_id").annotate(Count("period_id")))
    found = page_of_parts([(pk, counted.get(pk, 0)) for pk in periods], page, per_page)
    order = (
        "period__plan__district__code",
        "period__plan_id",
        "period__number",
        "line__position",
        "unit__order",
    )
    some = reports(found.parts).order_by(*order).values_list("pk", flat=True)
    return found.page, list(some[found.places])


def _of_show(periods: Collection[int], show: str) -> ProgressReportQuerySet:
    reports = ProgressReport.objects.owed().filter(period__in=periods)
    if show == Show.RELEASED:
        return reports.filter(status__in=COUNTED)
    if show == Show.OPEN:
        return reports.exclude(status__in=COUNTED)
    if show == Show.ACCEPTED:
        return reports.filter(status=ReportStatus.ACCEPTED)
    return reports.filter(status__in=COUNTED, state=show) if show in State.values else reports


def city_targets(
    city: City, year: int, *, standing: str = "", group: str = "", page: str = "", per_page: int = PER_PAGE
) -> Found[CityTarget]:
    """Return targets of all districts by where they stand, page by page; four queries."""
    targets = CountedTarget.objects.filter(
        plan__district__city=city,
        plan__year=year,
        plan__in_force__isnull=False,
        removed_at__isnull=True,
        same_as__isnull=True,
    )
    if standing:
        targets = targets.filter(state__in=STATES[Standing(standing)])
    if group:
        targets = targets.filter(plan__district__evaluation_group=group)
    keys = targets.order_by("plan__district__code", "plan_id", "position", "pk").values_list("pk", "plan_id")
    found = Paginator(keys, per_page).get_page(page)
    plan_of = dict(found.object_list)
    plans = {
        plan.pk: plan for plan in Plan.objects.filter(pk__in=set(plan_of.values())).select_related("district")
    }
    rows = target_rows(Q(pk__in=plan_of), (), is_inside=False)
    by_key = {row.pk: row for row in rows}
    return Found(found, [CityTarget(plans[plan], by_key[pk]) for pk, plan in plan_of.items()])
