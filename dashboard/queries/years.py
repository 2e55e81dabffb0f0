"""The year of one plan: its periods, reports and targets in three queries, from which its pages count."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from core.kept import kept_by_thread
from dashboard.figures import ReportRow, Span, TargetRow, YearRows
from plans.models import Plan
from progress.enums import COUNTED, FILED
from progress.models import CountedTarget, Measurement, Period, ProgressReport

# The fields of a row, and the columns they are read from.
REPORT = {
    "pk": "pk",
    "span": "period__number",
    "line": "line_id",
    "number": "line__number",
    "words": "line__words",
    "chapter": "line__path",
    "position": "line__position",
    "unit": "unit_id",
    "unit_name": "unit__name",
    "unit_order": "unit__order",
    "due_on": "due",
    "status": "status",
    "is_begun": "version",
}
SAID = ("state", "planned", "actual", "is_unchanged", "has_data", "narrative")
SAID_WHEN_BEHIND = ("reason", "countermeasure", "catch_up_on")
TARGET = {
    "pk": "pk",
    "line": "line_id",
    "number": "line__number",
    "line_words": "line__words",
    "chapter": "line__path",
    "position": "position",
    "quote": "quote",
    "name": "name",
    "indicator": "indicator_id",
    **{name: name for name in ("counted_in", "comparator", "aggregation", "per", "frequency")},
    **{name: name for name in ("direction", "against")},
    **{name: name for name in ("value", "value_max", "baseline", "result", "expected", "attainment")},
    **{name: name for name in ("state", "is_reached")},
    "stored_reasons": "reasons",
}


def year_rows(plan: Plan, *, on: dt.date, is_inside: bool) -> YearRows:
    """Return all of a plan's year that the reader may know; three queries."""
    order = ("period__number", "line__position")
    keyed = report_rows(Q(period__plan=plan), order=order, on=on, is_inside=is_inside)
    rows = [report for _period, report in keyed]
    targets = target_rows(Q(plan=plan), rows, is_inside=is_inside)
    return YearRows(spans_of(Period.objects.filter(plan=plan)), rows, targets, on)


def spans_of(periods: Iterable[Period]) -> list[Span]:
    return [span_of(period) for period in periods]


def span_of(period: Period) -> Span:
    return Span(
        pk=period.pk,
        number=period.number,
        words=period.span_words,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        opens_on=period.opens_on,
        due_on=period.due_on,
        is_closed=period.closed_at is not None,
    )


def report_rows(
    which: Q, *, order: Sequence[str] = (), on: dt.date, is_inside: bool
) -> list[tuple[int, ReportRow]]:
    """Return the reports that are owed among these, each with its period's key; one query.

    Of one that is not released people from outside the district get no more than whose it is and whether it
    is late.
    """
    names = (*REPORT, *SAID, *SAID_WHEN_BEHIND)
    return [
        (period, _report(dict(zip(names, values, strict=True)), on, is_inside=is_inside))
        for period, *values in _reports().filter(which).order_by(*order)
    ]


# Both are put together once, and never asked themselves.


@kept_by_thread
def _reports() -> QuerySet[Any, Any]:
    # Fetched and not only asked for: for an EXISTS, PostgreSQL reads all measurements of all districts.
    measured = Measurement.objects.filter(Q(value__isnull=False) | ~Q(state=""), report=OuterRef("pk"))
    measurement = Subquery(measured.order_by().values("pk")[:1])
    rows = ProgressReport.objects.owed().with_due().annotate(has_data=measurement)
    return rows.values_list("period_id", *REPORT.values(), *SAID, *SAID_WHEN_BEHIND)


@kept_by_thread
def _targets() -> QuerySet[Any, Any]:
    present = CountedTarget.objects.filter(removed_at__isnull=True, same_as__isnull=True)
    return present.order_by("position", "pk").values_list(*TARGET.values())


def _report(row: dict[str, Any], on: dt.date, *, is_inside: bool) -> ReportRow:
    row["words"] = f"{row.pop('number')}{row['words']}"
    row["has_data"] = row["has_data"] is not None
    row["is_begun"] = row["is_begun"] > 0
    is_counted, is_filed = row["status"] in COUNTED, row["status"] in FILED
    if not is_filed:
        row["days_over"] = max((on - row["due_on"]).days, 0)
    if not is_inside and not is_counted:
        for name in ("status", "is_begun", *SAID, *SAID_WHEN_BEHIND):
            del row[name]
    # Outside nobody knows what waits for its chief: it is not filed yet, if not late either.
    return ReportRow(**row, is_filed=is_filed if is_inside else is_counted)


def target_rows(which: Q, reports: Iterable[ReportRow], *, is_inside: bool) -> list[TargetRow]:
    """Return the targets that count among these, with the units that report on their lines; one query."""
    units: dict[int, dict[str, None]] = defaultdict(dict)
    for report in reports:
        units[report.line][report.unit_name] = None
    found = []
    for values in _targets().filter(which):
        row = dict(zip(TARGET, values, strict=True))
        row["line_words"] = f"{row.pop('number')}{row['line_words']}"
        found.append(TargetRow(**row, knows_waiting=is_inside, units=tuple(units[row["line"]])))
    return found
