"""What one unit has in hand: what is due, what is behind, how its targets stand; three queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from accounts.models import Unit
from core.due import Due
from dashboard.figures import ReportRow, Span, Tally, TargetRow, tally
from dashboard.queries.years import report_rows, span_of, target_rows
from plans.models import Plan
from progress.enums import WRITABLE
from progress.models import Period


@dataclass(frozen=True)
class Filing(Due):
    """What a unit owes in a period, and until when. `due_on` is its own day where it was given more time."""

    plan: Plan
    span: Span
    tally: Tally

    @property
    def is_begun(self) -> bool:
        return self.span.opens_on <= self.on

    @property
    def is_open(self) -> bool:
        """Say whether the unit can file: a closed period is open to whom it was opened again for."""
        is_allowed = self.due_on > self.span.due_on and self.due_on >= self.on
        return self.is_begun and (not self.span.is_closed or is_allowed)


@dataclass
class PlanInHand:
    """A plan on which the unit reports."""

    plan: Plan
    filings: list[Filing] = field(default_factory=list)
    targets: list[TargetRow] = field(default_factory=list)


@dataclass
class UnitBoard:
    unit: Unit
    plans: list[PlanInHand]
    reports: list[tuple[Plan, Span, ReportRow]]
    lines: frozenset[int]  # on which it reports to the end of their year
    on: dt.date

    @property
    def filings(self) -> list[Filing]:
        return [filing for one in self.plans for filing in one.filings]

    @property
    def due(self) -> list[Filing]:
        """What is to be filed now, the most urgent first."""
        waiting = [filing for filing in self.filings if filing.is_open and filing.tally.unfiled]
        return sorted(waiting, key=lambda filing: (filing.due_on, filing.span.starts_on))

    @property
    def with_chief(self) -> list[Filing]:
        """What the unit's people submitted and its chief has not released yet."""
        return [filing for filing in self.filings if filing.tally.submitted]

    @property
    def behind(self) -> list[tuple[Plan, Span, ReportRow]]:
        """Lines that were behind when they were filed last; of years that are closed nothing is caught up.

        Lines that went to another unit since are no longer this one's.
        """
        latest: dict[tuple[int, int], tuple[Plan, Span, ReportRow]] = {}
        is_open = {one.plan.pk for one in self.plans if any(not told.span.is_closed for told in one.filings)}
        for plan, span, row in self.reports:
            if row.is_counted and plan.pk in is_open and row.line in self.lines:
                latest[plan.pk, row.line] = (plan, span, row)
        return [one for one in latest.values() if one[2].is_behind]

    @property
    def overdue(self) -> int:
        return sum(row.is_overdue for _plan, _span, row in self.reports)

    @property
    def targets(self) -> list[TargetRow]:
        return [target for one in self.plans for target in one.targets]


def unit_board(unit: Unit, *, on: dt.date) -> UnitBoard:
    """Return the board of a unit, for people of its district.

    In hand are plans of this year and the last, and those of which it still owes what can be filed.
    """
    of_plans = Period.objects.filter(plan__district=unit.district_id, plan__in_force__isnull=False)
    asked = of_plans.filter(Q(plan__year__gte=on.year - 1) | Q(closed_at__isnull=True))
    periods = {period.pk: period for period in asked.select_related("plan").order_by()}
    recent = [pk for pk, period in periods.items() if period.plan.year >= on.year - 1]
    of_them = Q(period__in=recent) | Q(period__in=periods, status__in=WRITABLE)
    order = ("period__number", "line__position")
    keyed = report_rows(Q(of_them, unit=unit), order=order, on=on, is_inside=True)
    keyed.sort(key=lambda one: (-periods[one[0]].plan.year, periods[one[0]].plan_id))
    spans = {pk: span_of(period) for pk, period in periods.items()}
    rows = [(periods[key].plan, spans[key], row) for key, row in keyed]
    plans: dict[int, PlanInHand] = {}
    by_period: dict[int, list[ReportRow]] = defaultdict(list)
    for key, row in keyed:
        plans.setdefault(periods[key].plan_id, PlanInHand(periods[key].plan))
        by_period[key].append(row)
    for key, found in by_period.items():
        due = max((row.due_on for row in found if row.due_on), default=spans[key].due_on)
        filing = Filing(periods[key].plan, spans[key], tally(found), due_on=due, on=on)
        plans[periods[key].plan_id].filings.append(filing)
    lines = _lines_to_the_end(periods.values(), rows, on=on)
    _add_targets(plans, rows, lines)
    return UnitBoard(unit, list(plans.values()), rows, lines, on)


def _lines_to_the_end(
    periods: Iterable[Period], rows: Iterable[tuple[Plan, Span, ReportRow]], *, on: dt.date
) -> frozenset[int]:
    """Return the lines on which the unit reports in the last period that is asked for of their plan.

    Of plans before the last year all that it can file yet.
    """
    last: dict[int, int] = {}
    for period in periods:
        last[period.plan_id] = max(last.get(period.plan_id, 0), period.number)
    return frozenset(
        row.line for plan, span, row in rows if span.number == last[plan.pk] or plan.year < on.year - 1
    )


def _add_targets(
    plans: dict[int, PlanInHand], rows: list[tuple[Plan, Span, ReportRow]], lines: frozenset[int]
) -> None:
    plan_of = {row.line: plan.pk for plan, _span, row in rows if row.line in lines}
    for target in target_rows(Q(line__in=plan_of), [row for _plan, _span, row in rows], is_inside=True):
        plans[plan_of[target.line]].targets.append(target)
