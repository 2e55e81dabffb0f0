"""The lines behind a number of a plan's dashboard: reports, targets, what does not fit together."""

from __future__ import annotations

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from core.roc import to_roc
from dashboard import crosschecks, drawing, resources
from dashboard.forms import ReportFilter, TargetFilter
from dashboard.permissions import get_year, get_year_to_check
from dashboard.queries.lists import chapters_of, reports_shown, targets_shown, units_of
from dashboard.queries.years import year_rows
from plans.models import Plan
from plans.views.tables import EXTENSIONS, asked_sheet, query


@login_required
@require_safe
def report_list(request: UserRequest, pk: int) -> HttpResponse:
    """Reports of a plan's year: of one period or all, by state, unit and chapter."""
    today = timezone.localdate()
    sight = get_year(request.user, pk, on=today)
    year = year_rows(sight.plan, on=today, is_inside=sight.is_inside)
    search = ReportFilter(
        request.GET,
        spans=year.spans,
        units=units_of(year),
        chapters=chapters_of(year),
        is_inside=sight.is_inside,
    )
    chosen = search.chosen
    span = int(chosen["period"]) if chosen["period"] else None
    rows = reports_shown(
        year, span=span, show=chosen["state"], unit=chosen["unit"], chapter=chosen["chapter"]
    )
    sheets = {"reports": partial(resources.reports_sheet, rows)}
    if answer := asked_sheet(request, _file_name(sight.plan, "填報情形"), sheets, on=today):
        return answer
    context = {
        "sight": sight,
        "plan": sight.plan,
        "search": search,
        "rows": rows,
        "query": query(**chosen),
        "extensions": EXTENSIONS,
    }
    template = "dashboard/_report_table.html" if request.htmx else "dashboard/report_list.html"
    return render(request, template, context)


@login_required
@require_safe
def target_list(request: UserRequest, pk: int) -> HttpResponse:
    """Targets of a plan's year by where they stand, the least attained first, and why one says so."""
    today = timezone.localdate()
    sight = get_year(request.user, pk, on=today)
    year = year_rows(sight.plan, on=today, is_inside=sight.is_inside)
    search = TargetFilter(request.GET, units=units_of(year), chapters=chapters_of(year))
    chosen = search.chosen
    rows = targets_shown(year, standing=chosen["state"], unit=chosen["unit"], chapter=chosen["chapter"])
    sheets = {"targets": partial(resources.targets_sheet, rows)}
    if answer := asked_sheet(request, _file_name(sight.plan, "目標達成情形"), sheets, on=today):
        return answer
    context = {
        "sight": sight,
        "plan": sight.plan,
        "search": search,
        "rows": rows,
        "chart": drawing.attainment(rows),
        "query": query(**chosen),
        "extensions": EXTENSIONS,
    }
    template = "dashboard/_target_table.html" if request.htmx else "dashboard/target_list.html"
    return render(request, template, context)


@login_required
@require_safe
def check_list(request: UserRequest, pk: int) -> HttpResponse:
    """What does not fit together in the reports that reached the secretariat."""
    today = timezone.localdate()
    sight = get_year_to_check(request.user, pk, on=today)
    year = year_rows(sight.plan, on=today, is_inside=True)
    spans = {span.number: span for span in year.spans}
    found = crosschecks.findings(year.reports, year.targets)
    rows = [(spans[finding.report.span], finding) for finding in found]
    sheets = {"checks": partial(resources.checks_sheet, rows)}
    if answer := asked_sheet(request, _file_name(sight.plan, "檢核結果"), sheets, on=today):
        return answer
    totals = crosschecks.counts(found)
    telling = {finding.code for finding in found if finding.told}
    context = {
        "plan": sight.plan,
        "checks": [
            (code, words, totals[code], [row for row in rows if row[1].code == code], code in telling)
            for code, words in crosschecks.CHECKS.items()
        ],
        "total": len(found),
        "extensions": EXTENSIONS,
    }
    return render(request, "dashboard/check_list.html", context)


def _file_name(plan: Plan, suffix: str) -> str:
    return f"{plan.district.agency_name}{to_roc(plan.year)}年度{suffix}"
