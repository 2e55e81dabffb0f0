"""The city's dashboard: all districts of a year in one table, and the lines behind its numbers."""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from accounts.recording import record_city_download
from core.roc import to_roc
from dashboard import drawing, resources
from dashboard.filling import filled_rows
from dashboard.forms import CityFilter, CityFindingFilter, CityReportFilter, CityTargetFilter
from dashboard.permissions import get_city
from dashboard.queries import cities, lists
from plans.views.tables import EXTENSIONS, asked_sheet, query
from progress.finding_permissions import findings_of_city
from progress.queries.findings import FindingShow, finding_page

ALL_ROWS = 20_000  # of a list that is taken out as a sheet
FIRST_YEAR, LAST_YEAR = 1912, 2200


@login_required
@require_safe
def city_board(request: UserRequest, pk: int) -> HttpResponse:
    """All districts of a year: plan, filing of the period, what is behind and overdue, targets attained."""
    today = timezone.localdate()
    city = get_city(request.user, pk, on=today)
    board = cities.city_board(city, _year(request, today), on=today, until=_day(request.GET.get("until", "")))
    search = CityFilter(
        request.GET.dict() | {"year": str(board.year)},
        years=board.years,
        ends=board.ends,
        groups=board.groups,
        sorts=_columns(),
    )
    chosen = search.chosen | {"year": str(board.year)}
    sort, is_reversed = chosen["sort"].lstrip("-"), chosen["sort"].startswith("-")
    rows = cities.arranged(board.rows, sort=sort, is_reversed=is_reversed, group=chosen["group"])
    sheets = {
        "districts": partial(resources.city_sheet, rows),
        "groups": partial(resources.city_groups_sheet, board),
    }
    name = f"{city.name}{to_roc(board.year)}年度各區執行管考"
    if answer := asked_sheet(request, name, sheets, on=today):
        return answer
    groups = [(resources.group_name(group), group) for group in [*board.by_group, board.whole]]
    kept = {key: chosen[key] for key in ("year", "until", "group")}
    context = {
        "city": city,
        "board": board,
        "search": search,
        "rows": rows,
        "filled": filled_rows(rows, names_periods=len(board.spans) > 1),
        "groups": groups if board.groups else groups[-1:],
        "chart": drawing.targets_by_group(
            [(told, group.targets) for told, group in (groups if board.groups else groups[-1:])]
        ),
        "heads": _heads(sort, is_reversed=is_reversed, kept=kept),
        "query": query(**kept),
        "list_query": query(year=kept["year"], until=kept["until"]),
        "extensions": EXTENSIONS,
    }
    return render(
        request, "dashboard/_city_table.html" if request.htmx else "dashboard/city_board.html", context
    )


@login_required
@require_safe
def city_reports(request: UserRequest, pk: int) -> HttpResponse:
    """Reports of all districts, as far as the city knows them."""
    today = timezone.localdate()
    city = get_city(request.user, pk, on=today)
    year = _year(request, today)
    search = CityReportFilter(request.GET.dict() | {"year": str(year)})
    chosen = search.chosen
    found = lists.city_reports(
        city,
        year,
        on=today,
        until=_day(chosen["until"]),
        show=chosen["state"],
        group=chosen["group"],
        page=request.GET.get("page", ""),
        per_page=_per_page(request),
    )
    sheets = {"reports": partial(resources.city_reports_sheet, found.rows)}
    if answer := asked_sheet(request, f"{city.name}{to_roc(year)}年度填報情形", sheets, on=today):
        return answer
    context = {
        "city": city,
        "year": year,
        "search": search,
        "found": found,
        "page": found.page,
        "query": query(**chosen),
        "extensions": EXTENSIONS,
    }
    template = "dashboard/_city_report_table.html" if request.htmx else "dashboard/city_reports.html"
    return render(request, template, context)


@login_required
@require_safe
def city_targets(request: UserRequest, pk: int) -> HttpResponse:
    """Targets of all districts by where they stand."""
    today = timezone.localdate()
    city = get_city(request.user, pk, on=today)
    year = _year(request, today)
    search = CityTargetFilter(request.GET.dict() | {"year": str(year)})
    chosen = search.chosen
    found = lists.city_targets(
        city,
        year,
        standing=chosen["state"],
        group=chosen["group"],
        page=request.GET.get("page", ""),
        per_page=_per_page(request),
    )
    sheets = {"targets": partial(resources.city_targets_sheet, found.rows)}
    if answer := asked_sheet(request, f"{city.name}{to_roc(year)}年度目標達成情形", sheets, on=today):
        return answer
    context = {
        "city": city,
        "year": year,
        "search": search,
        "found": found,
        "page": found.page,
        "query": query(**chosen),
        "extensions": EXTENSIONS,
    }
    template = "dashboard/_city_target_table.html" if request.htmx else "dashboard/city_targets.html"
    return render(request, template, context)


@login_required
@require_safe
def city_findings(request: UserRequest, pk: int) -> HttpResponse:
    """What the city's own checks found in its districts, those still followed first."""
    today = timezone.localdate()
    city = get_city(request.user, pk, on=today)
    districts = city.districts.order_by("code").values_list("pk", "agency_name")
    search = CityFindingFilter(
        request.GET if "show" in request.GET else request.GET.dict() | {"show": FindingShow.FOLLOWED.value},
        districts=[(str(key), name) for key, name in districts],
    )
    chosen = search.chosen
    findings = findings_of_city([city.pk])
    if chosen["district"]:
        findings = findings.filter(plan__district=int(chosen["district"]))
    page, rows = finding_page(
        findings,
        on=today,
        show=chosen["show"],
        page=request.GET.get("page", ""),
        per_page=_per_page(request),
    )
    sheets = {"findings": partial(resources.city_findings_sheet, rows)}
    if answer := asked_sheet(request, f"{city.name}平時查核", sheets, on=today):
        if request.method == "GET":
            record_city_download(city, "findings", actor=request.user, format=request.GET["format"])
        return answer
    context = {
        "city": city,
        "search": search,
        "rows": rows,
        "page": page,
        "query": f"show={chosen['show']}&{query(district=chosen['district'])}".rstrip("&"),
        "extensions": EXTENSIONS,
    }
    template = "dashboard/_city_finding_table.html" if request.htmx else "dashboard/city_findings.html"
    return render(request, template, context)


def _heads(sort: str, *, is_reversed: bool, kept: dict[str, str]) -> list[dict[str, object]]:
    """Return the heads of the table: what a press on each sorts by, and how the column is sorted now."""
    heads: list[dict[str, object]] = []
    for name, told in _columns().items():
        is_this = name == (sort or "district")
        most_first = cities.SORTS[name][1] != (is_this and is_reversed)
        heads.append(
            {
                "name": name,
                "words": told,
                "is_number": name not in {"district", "group", "status"},
                "query": query(**kept, sort=f"-{name}" if is_this and not is_reversed else name),
                "sorted": ("descending" if most_first else "ascending") if is_this else "",
            }
        )
    return heads


def _columns() -> dict[str, str]:
    return {
        "district": _("Agency"),
        "group": _("Evaluation group"),
        "status": _("Plan"),
        "filing": _("Released"),
        "behind": _("Behind"),
        "overdue": _("Overdue, of all periods"),
        "reached": _("Targets reached"),
        "fine": _("Targets on schedule"),
        "late": _("Targets behind"),
    }


def _year(request: UserRequest, today: dt.date) -> int:
    text = request.GET.get("year", "")
    year = int(text) if text.isdecimal() and len(text) == 4 else today.year
    return year if FIRST_YEAR <= year <= LAST_YEAR else today.year


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _per_page(request: UserRequest) -> int:
    return ALL_ROWS if "format" in request.GET else lists.PER_PAGE
