"""One line through the periods of its year, and one indicator through the years."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from dashboard.figures import ReportRow, Span, TargetRow
from dashboard.queries.years import report_rows, spans_of, target_rows
from indicators.enums import Aggregation
from indicators.models import Indicator
from progress.enums import COUNTED
from progress.models import CountedTarget, Measurement, Period, TrackedLine
from progress.queries.milestones import Standing, milestones_by_target


@dataclass(frozen=True)
class LineBoard:
    line: TrackedLine
    spans: Sequence[Span]
    rows: Sequence[tuple[Span, list[ReportRow]]]
    targets: Sequence[TargetRow]
    is_shared: bool  # whether several units report on it

    def mean(self, name: str) -> list[Decimal | None]:
        """Return planned or actual progress in each period begun, the mean of the units that released it."""
        found = []
        for _span, reports in self.rows:
            values = [getattr(row, name) for row in reports if row.is_counted]
            known = [value for value in values if value is not None]
            found.append(sum(known, Decimal(0)) / len(known) if known else None)
        return found


def line_board(line: TrackedLine, *, on: dt.date, is_inside: bool) -> LineBoard:
    """Return a line with all its reports; three queries."""
    spans = spans_of(Period.objects.filter(plan=line.plan_id))
    order = ("period__number", "unit__order")
    keyed = report_rows(Q(line=line), order=order, on=on, is_inside=is_inside)
    rows = [row for _period, row in keyed]
    by_span: dict[int, list[ReportRow]] = defaultdict(list)
    for row in rows:
        by_span[row.span].append(row)
    return LineBoard(
        line,
        spans,
        [(span, by_span[span.number]) for span in spans if span.starts_on <= on],
        target_rows(Q(line=line), rows, is_inside=is_inside),
        len({row.unit for row in rows}) > 1,
    )


@dataclass(frozen=True)
class IndicatorYear:
    """What was promised of an indicator in a year and what came of it."""

    plan: int
    year: int
    series: str
    target: TargetRow


@dataclass(frozen=True)
class IndicatorBoard:
    indicator: Indicator
    years: Sequence[IndicatorYear]
    spans: Sequence[Span]
    measured: Sequence[Decimal | None]  # in each period begun of the latest year
    adds_up: bool
    milestones: Sequence[Standing] = ()  # of the latest year

    @property
    def name(self) -> str:
        """Its name in the latest version in force; the row may be called otherwise in a draft by now."""
        return self.latest.target.label if self.latest else self.indicator.name

    @property
    def latest(self) -> IndicatorYear | None:
        return self.years[-1] if self.years else None

    @property
    def running(self) -> list[Decimal | None]:
        """What the periods come to by and by, where they are added; else what each came to."""
        if not self.adds_up:
            return list(self.measured)
        total, found = Decimal(0), []
        for value in self.measured:
            total += value or Decimal(0)
            found.append(total if value is not None else None)
        return found


def indicator_board(indicator: Indicator, *, on: dt.date, is_inside: bool) -> IndicatorBoard:
    """Return an indicator through the years, with the periods of the latest; three queries.

    Three more where it is told by milestones.
    """
    counted = Q(indicator=indicator, plan__in_force__isnull=False)
    columns = ("pk", "plan_id", "plan__year", "plan__series")
    facts = {
        pk: (plan, year, series)
        for pk, plan, year, series in CountedTarget.objects.filter(counted).values_list(*columns)
    }
    targets = target_rows(counted, (), is_inside=is_inside)
    years = sorted(
        (IndicatorYear(*facts[target.pk], target) for target in targets if target.pk in facts),
        key=lambda one: (one.year, one.series),
    )
    if not years:
        return IndicatorBoard(indicator, [], [], [], adds_up=False)
    latest = years[-1]
    periods = Period.objects.filter(plan=latest.plan)
    spans = [span for span in spans_of(periods) if span.starts_on <= on]
    measured = measured_of(latest.target, spans)
    return IndicatorBoard(
        indicator,
        years,
        spans,
        measured,
        adds_up=latest.target.aggregation == Aggregation.SUM,
        milestones=_milestones(latest.target),
    )


def _milestones(target: TargetRow) -> list[Standing]:
    if target.aggregation != Aggregation.MILESTONES:
        return []
    return milestones_by_target(CountedTarget.objects.filter(pk=target.pk))[target.pk]


def measured_of(target: TargetRow, spans: Sequence[Span]) -> list[Decimal | None]:
    """Return what was released of a target in each period: sums added over the units, ratios put together.

    Levels and means of several units are averaged plainly, as a look at the period and no more.
    """
    found: dict[int, list[tuple[Decimal | None, Decimal | None, Decimal | None]]] = defaultdict(list)
    rows = Measurement.objects.filter(target=target.pk, report__status__in=COUNTED)
    for span, *parts in rows.values_list("report__period__number", "value", "numerator", "denominator"):
        found[span].append((parts[0], parts[1], parts[2]))
    return [_together(target, found.get(span.number, [])) for span in spans]


def _together(
    target: TargetRow, parts: Sequence[tuple[Decimal | None, Decimal | None, Decimal | None]]
) -> Decimal | None:
    numerators = [part[1] for part in parts if part[1] is not None and part[2] is not None]
    denominators = [part[2] for part in parts if part[1] is not None and part[2] is not None]
    whole = sum(denominators, Decimal(0))
    if target.aggregation == Aggregation.RATIO and whole:
        return sum(numerators, Decimal(0)) / whole * 100
    values = [part[0] for part in parts if part[0] is not None]
    if not values:
        return None
    total = sum(values, Decimal(0))
    return total if target.aggregation in {Aggregation.SUM, ""} else total / len(values)
