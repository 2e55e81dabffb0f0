"""The tables of dashboards as sheets: numbers are numbers and days are days, to be reckoned with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.roc import to_roc
from core.sheet_files import Sheet
from dashboard.crosschecks import Finding
from dashboard.figures import Group, ReportRow, Span, Tally, TargetRow, TargetTally
from dashboard.queries.cities import CityBoard, CityGroup, CityRow
from dashboard.queries.lines import IndicatorBoard
from dashboard.queries.lists import CityReport, CityTarget
from dashboard.queries.units import UnitBoard
from plans.models import Plan
from progress.queries.findings import FindingRow

# The heads of columns, each with what stands below it in a row.
Columns = list[tuple[str, Callable[[Any], object]]]


def number(value: Decimal | None) -> Decimal | int | None:
    """Return a number as a cell holds it: at most four decimals, none where there are none."""
    if value is None:
        return None
    whole = value.to_integral_value()
    return int(whole) if whole == value else value.quantize(Decimal("0.0001")).normalize()


def percent(value: Decimal | None) -> Decimal | int | None:
    """Return a percentage as a cell holds it, with as many places as pages show at most."""
    return number(None if value is None else value.quantize(Decimal("0.01")))


def _sheet(columns: Columns, rows: Iterable[object]) -> Sheet:
    sheet = Sheet()
    sheet.headers = [head for head, _told in columns]
    for row in rows:
        sheet.append([told(row) for _head, told in columns])
    return sheet


def groups_sheet(head: str, groups: Iterable[Group]) -> Sheet:
    """Return units or chapters with what is filed and how their targets stand."""
    columns: Columns = [
        (head, lambda one: one.name),
        (pgettext("count", "Lines"), lambda one: one.lines),
        *_tally_columns(lambda one: one.tally),
        *_target_tally_columns(lambda one: one.targets),
    ]
    return _sheet(columns, groups)


def trend_sheet(trend: Iterable[tuple[Span, Tally]]) -> Sheet:
    columns: Columns = [
        (_("Period"), lambda row: row[0].words),
        (_("Due"), lambda row: row[0].due_on),
        *_tally_columns(lambda row: row[1]),
    ]
    return _sheet(columns, trend)


def filings_sheet(board: UnitBoard) -> Sheet:
    """Return what a unit owes in each period of each plan in hand."""
    columns: Columns = [
        (_("Year"), lambda one: to_roc(one.plan.year)),
        (_("Plan"), lambda one: one.plan.series),
        (_("Period"), lambda one: one.span.words),
        (_("Due"), lambda one: one.due_on),
        *_tally_columns(lambda one: one.tally),
    ]
    return _sheet(columns, board.filings)


def reports_sheet(rows: Iterable[tuple[Span, ReportRow]]) -> Sheet:
    return _sheet(_report_columns(lambda row: row[0], lambda row: row[1]), rows)


def city_reports_sheet(rows: Iterable[CityReport]) -> Sheet:
    columns = [*_plan_columns(), *_report_columns(lambda one: one.span, lambda one: one.row)]
    return _sheet(columns, rows)


def checks_sheet(found: Iterable[tuple[Span, Finding]]) -> Sheet:
    columns: Columns = [
        (pgettext("crosscheck", "Check"), lambda row: row[1].words),
        (_("Found"), lambda row: row[1].told),
        *_report_columns(lambda row: row[0], lambda row: row[1].report),
    ]
    return _sheet(columns, found)


def targets_sheet(rows: Iterable[TargetRow]) -> Sheet:
    columns = _target_columns(lambda row: row)
    columns.insert(2, (_("Units that report"), lambda row: "、".join(row.units)))
    return _sheet(columns, rows)


def city_targets_sheet(rows: Iterable[CityTarget]) -> Sheet:
    return _sheet([*_plan_columns(), *_target_columns(lambda one: one.row)], rows)


def indicator_sheet(board: IndicatorBoard) -> Sheet:
    columns: Columns = [
        (_("Year"), lambda one: to_roc(one.year)),
        (_("Target"), lambda one: number(one.target.value)),
        (_("Counted in"), lambda one: one.target.counted_in),
        (pgettext("of a target", "Result"), lambda one: number(one.target.result)),
        (_("Attained (%)"), lambda one: percent(one.target.attainment)),
        (_("State"), lambda one: one.target.state_words),
    ]
    return _sheet(columns, board.years)


def city_sheet(rows: Iterable[CityRow]) -> Sheet:
    columns: Columns = [
        (_("Agency"), lambda row: row.district.agency_name),
        (_("Evaluation group"), lambda row: row.group),
        (_("Plan"), lambda row: row.standing.plan.series if row.standing.plan else ""),
        (_("Status"), lambda row: str(row.standing.state.label)),
        (_("Days left"), lambda row: row.standing.days_left),
        (_("Period"), lambda row: row.span.words if row.span else ""),
        *_filing_columns(),
        (_("Released (%)"), lambda row: percent(row.counted_share)),
        *_target_tally_columns(lambda row: row.targets),
        (_("Reached (%)"), lambda row: percent(row.targets.reached_share)),
    ]
    return _sheet(columns, rows)


def city_groups_sheet(board: CityBoard) -> Sheet:
    columns: Columns = [
        (_("Evaluation group"), group_name),
        (_("Districts"), lambda one: one.districts),
        (_("Plans in force"), lambda one: one.in_force),
        *_filing_columns(),
        *_target_tally_columns(lambda one: one.targets),
    ]
    return _sheet(columns, [*(board.by_group if board.groups else ()), board.whole])


def group_name(group: CityGroup) -> str:
    if group.is_whole:
        return _("All of the city")
    return group.name or _("without a group")


def _tally_columns(tally_of: Callable[[Any], Tally]) -> Columns:
    return [
        (_("Reports owed"), lambda row: tally_of(row).owed),
        (pgettext("reports", "Filed"), lambda row: tally_of(row).filed),
        (_("Released"), lambda row: tally_of(row).counted),
        (pgettext("reports", "Accepted"), lambda row: tally_of(row).accepted),
        (_("With the chief"), lambda row: tally_of(row).submitted),
        (pgettext("report", "Returned"), lambda row: tally_of(row).returned),
        (pgettext("report", "Overdue"), lambda row: tally_of(row).overdue),
        (_("On schedule or better"), lambda row: tally_of(row).good),
        (_("Behind"), lambda row: tally_of(row).behind),
    ]


def _filing_columns() -> Columns:
    return [
        (_("Reports owed"), lambda row: row.owed),
        (_("Released"), lambda row: row.counted),
        (_("Behind"), lambda row: row.behind),
        (_("Overdue, of all periods"), lambda row: row.overdue),
    ]


def _target_tally_columns(targets_of: Callable[[Any], TargetTally]) -> Columns:
    return [
        (pgettext("count", "Targets"), lambda row: targets_of(row).total),
        (_("Targets reached"), lambda row: targets_of(row).reached),
        (_("Targets on schedule"), lambda row: targets_of(row).on_schedule),
        (_("Targets behind"), lambda row: targets_of(row).behind),
    ]


def _plan_columns() -> Columns:
    def plan_of(row: CityReport | CityTarget) -> Plan:
        return row.plan

    return [
        (_("Agency"), lambda row: plan_of(row).district.agency_name),
        (_("Plan"), lambda row: plan_of(row).series),
    ]


def _report_columns(span_of: Callable[[Any], Span], report_of: Callable[[Any], ReportRow]) -> Columns:
    def state(row: Any) -> str:
        report = report_of(row)
        return report.state_words if report.is_counted else ""

    return [
        (_("Period"), lambda row: span_of(row).words),
        (_("Unit"), lambda row: report_of(row).unit_name),
        (_("Chapter"), lambda row: report_of(row).chapter),
        (_("Line"), lambda row: report_of(row).words),
        (_("Where it is"), lambda row: report_of(row).status_words or _("Not released yet")),
        (_("State"), state),
        (_("Planned (%)"), lambda row: number(report_of(row).planned)),
        (_("Actual (%)"), lambda row: number(report_of(row).actual)),
        (_("Difference (percentage points)"), lambda row: number(report_of(row).difference)),
        (_("Why it is behind"), lambda row: report_of(row).reason),
        (_("What is done about it"), lambda row: report_of(row).countermeasure),
        (_("Caught up by"), lambda row: report_of(row).catch_up_on),
        (_("Due"), lambda row: report_of(row).due_on),
        (_("Days overdue"), lambda row: report_of(row).days_over or None),
    ]


def _target_columns(target_of: Callable[[Any], TargetRow]) -> Columns:
    return [
        (_("Chapter"), lambda row: target_of(row).chapter),
        (_("Line"), lambda row: target_of(row).line_words),
        (pgettext("of a year", "Target"), lambda row: target_of(row).label),
        (_("Promised"), lambda row: target_of(row).promise_words),
        (pgettext("of a target", "Number promised"), lambda row: number(target_of(row).value)),
        (_("Counted in"), lambda row: target_of(row).counted_in),
        (pgettext("of a target", "Result"), lambda row: number(target_of(row).result)),
        (_("Expected by now"), lambda row: number(target_of(row).expected)),
        (_("Attained (%)"), lambda row: percent(target_of(row).attainment)),
        (_("State"), lambda row: target_of(row).state_words),
        (_("Why"), lambda row: "；".join(reason.words for reason in target_of(row).reasons)),
    ]


def city_findings_sheet(rows: Iterable[FindingRow]) -> Sheet:
    columns: Columns = [
        (_("Agency"), lambda row: row.finding.plan.district.agency_name),
        (_("Year"), lambda row: to_roc(row.finding.plan.year)),
        (_("Unit"), lambda row: row.unit_name),
        (_("What was found"), lambda row: row.text),
        (_("What is to be done"), lambda row: row.measure),
        (_("Checked on"), lambda row: row.finding.checked_on),
        (_("To be done by"), lambda row: row.due_on),
        (_("State"), lambda row: str(row.finding.get_state_display())),
        (_("Answered, to be decided"), lambda row: _("yes") if row.is_answered else ""),
        (_("Days overdue"), lambda row: row.days_over if row.is_late else None),
    ]
    return _sheet(columns, rows)
