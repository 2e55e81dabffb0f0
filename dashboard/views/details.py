"""One line through the periods of its year, one indicator through the years."""

from __future__ import annotations

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from core.roc import to_roc
from dashboard import drawing, resources
from dashboard.permissions import get_indicator, get_line
from dashboard.queries.lines import indicator_board, line_board
from plans.views.tables import EXTENSIONS, asked_sheet


@login_required
@require_safe
def line_detail(request: UserRequest, pk: int) -> HttpResponse:
    """All that was reported on a line in its year, and the targets below it."""
    today = timezone.localdate()
    line, sight = get_line(request.user, pk, on=today)
    board = line_board(line, on=today, is_inside=sight.is_inside)
    rows = [(span, row) for span, reports in board.rows for row in reports]
    sheets = {"reports": partial(resources.reports_sheet, rows)}
    name = f"{sight.plan.district.agency_name}{to_roc(sight.plan.year)}年度{line.words[:20]}"
    if answer := asked_sheet(request, name, sheets, on=today):
        return answer
    context = {
        "sight": sight,
        "plan": sight.plan,
        "line": line,
        "board": board,
        "rows": rows,
        "chart": drawing.progress_trend(
            [span for span, _reports in board.rows], board.mean("planned"), board.mean("actual")
        ),
        "extensions": EXTENSIONS,
    }
    return render(request, "dashboard/line_detail.html", context)


@login_required
@require_safe
def indicator_detail(request: UserRequest, pk: int) -> HttpResponse:
    """What was promised of an indicator in each year and what came of it, and the periods of the latest."""
    today = timezone.localdate()
    indicator, membership = get_indicator(request.user, pk, on=today)
    board = indicator_board(indicator, on=today, is_inside=membership is not None)
    sheets = {"years": partial(resources.indicator_sheet, board)}
    name = f"{indicator.district.agency_name}{board.name[:20]}"
    if answer := asked_sheet(request, name, sheets, on=today):
        return answer
    measure = board.latest.target.measure if board.latest else ""
    context = {
        "indicator": indicator,
        "board": board,
        "periods": list(zip(board.spans, board.measured, board.running, strict=True)),
        "year_chart": drawing.results_by_year(
            [str(to_roc(one.year)) for one in board.years],
            [one.target.result for one in board.years],
            [None if one.target.against else one.target.value for one in board.years],
            measure,
        ),
        "period_chart": drawing.results_by_period(board.spans, board.running, measure, adds_up=board.adds_up),
        "extensions": EXTENSIONS,
    }
    return render(request, "dashboard/indicator_detail.html", context)
