"""The dashboards of a unit and of a district's plan, and the way to one's own."""

from __future__ import annotations

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from core.roc import to_roc
from dashboard import crosschecks, drawing, resources
from dashboard.figures import Span, YearRows
from dashboard.permissions import get_district, get_own_places, get_unit, get_year
from dashboard.queries import units as of_units
from dashboard.queries.places import present_year, years_of_district
from dashboard.queries.years import year_rows
from plans.views.tables import EXTENSIONS, asked_sheet, query
from progress.finding_permissions import seen_at, seen_of_plan
from progress.queries.findings import followed_rows

SHOWN = 10  # rows of a table whose list has all of them


@login_required
@require_safe
def home(request: UserRequest) -> HttpResponse:
    """Lead to the person's own dashboard, or let them choose among several."""
    places = get_own_places(request.user, on=timezone.localdate())
    if len(places) == 1:
        return redirect(places[0].address)
    return render(request, "dashboard/home.html", {"places": places})


@login_required
@require_safe
def unit_board(request: UserRequest, pk: int) -> HttpResponse:
    """What a unit has to file, what of it is behind, and how its targets stand."""
    today = timezone.localdate()
    unit, membership = get_unit(request.user, pk, on=today)
    board = of_units.unit_board(unit, on=today)
    sheets = {
        "filings": partial(resources.filings_sheet, board),
        "behind": partial(resources.reports_sheet, [(span, row) for _plan, span, row in board.behind]),
        "targets": partial(resources.targets_sheet, board.targets),
    }
    name = f"{unit.district.agency_name}{unit.name}執行管考"
    if answer := asked_sheet(request, name, sheets, on=today):
        return answer
    context = {
        "unit": unit,
        "board": board,
        "behind": [row for _plan, _span, row in board.behind],
        "findings": followed_rows(seen_at(unit), on=today),
        "leads": membership.leads(unit),
        "plans": [
            (
                one,
                drawing.states_by_period(
                    [(filing.span, filing.tally) for filing in one.filings if filing.is_begun],
                    key=f"plan-{one.plan.pk}",
                ),
            )
            for one in board.plans
        ],
        "extensions": EXTENSIONS,
    }
    return render(request, "dashboard/unit_board.html", context)


@login_required
@require_safe
def district_board(request: UserRequest, pk: int) -> HttpResponse:
    """Lead to the dashboard of the district's plan of this year, or say that none is in force."""
    today = timezone.localdate()
    district, _membership = get_district(request.user, pk, on=today)
    present = present_year(years_of_district(district.pk), on=today)
    if present is not None:
        return redirect("dashboard:plan-board", present.pk)
    return render(request, "dashboard/district_board.html", {"district": district})


@login_required
@require_safe
def plan_board(request: UserRequest, pk: int) -> HttpResponse:
    """A plan's year: filing of a period, what is behind, targets, chapters, the trend, what is overdue."""
    today = timezone.localdate()
    sight = get_year(request.user, pk, on=today)
    plan = sight.plan
    year = year_rows(plan, on=today, is_inside=sight.is_inside)
    span = year.span(number_of(request.GET.get("period", "")))
    units, chapters, trend = year.units(span), year.chapters(span), year.trend()
    sheets = {
        "units": partial(resources.groups_sheet, _("Unit"), units),
        "chapters": partial(resources.groups_sheet, _("Chapter"), chapters),
        "trend": partial(resources.trend_sheet, trend),
    }
    name = f"{plan.district.agency_name}{to_roc(plan.year)}年度執行管考{span.words if span else ''}"
    if answer := asked_sheet(request, name, sheets, on=today):
        return answer
    findings = followed_rows(seen_of_plan(plan, is_inside=sight.is_inside), on=today)
    behind = year.behind(span)
    spans = {one.number: one for one in year.spans}
    context = {
        "sight": sight,
        "plan": plan,
        "year": year,
        "span": span,
        "tally": year.tally(span),
        "units": units,
        "chapters": chapters,
        "trend": trend,
        "behind": behind,
        "behind_shown": behind[:SHOWN],
        "overdue_shown": [(spans[row.span], row) for row in year.overdue[:SHOWN]],
        "checks": len(crosschecks.findings(year.reports, year.targets)) if sight.is_secretariat else 0,
        "findings": findings,
        "findings_late": sum(row.is_late for row in findings),
        "findings_shown": findings[:SHOWN],
        "others": years_of_district(plan.district_id),
        "extensions": EXTENSIONS,
        "query": query(period=span.number if span else ""),
        **_charts(year, span),
    }
    return render(request, "dashboard/plan_board.html", context)


def _charts(year: YearRows, span: Span | None) -> dict[str, object]:
    worst = drawing.measurable(year.by_attainment)[: drawing.MOST_GAUGES]
    return {
        "unit_chart": drawing.states_by_unit(year.units(span), span) if span else None,
        "target_chart": drawing.attainment(worst),
        "trend_chart": drawing.filing_trend(year.told()),
        "worst": worst,
    }


def number_of(text: str) -> int | None:
    """Return the number of a period an address names, None for what is none."""
    return int(text) if text.isdecimal() and len(text) < 4 else None
