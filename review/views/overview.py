"""All districts of a city in one table, as a page and as a sheet."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from accounts.recording import record_city_download
from core.roc import roc_stamp, to_roc
from plans.resources import FORMATS
from review.desk_forms import OverviewFilter
from review.desk_permissions import get_overseer
from review.queries import overview as queries


@login_required
@require_safe
def overview(request: UserRequest) -> HttpResponse:
    """Show the plans of a year, or give them as a file where `format` names one."""
    today = timezone.localdate()
    cities = get_overseer(request.user, on=today).cities
    years = queries.years(cities, on=today)
    city, year = cities[0], today.year
    search = OverviewFilter(
        {"year": str(year), "city": str(city.pk)} | request.GET.dict(), cities=cities, years=years
    )
    if search.is_valid():
        year = search.cleaned_data["year"] or year
        chosen = search.cleaned_data.get("city")
        city = next((one for one in cities if one.pk == chosen), city)
    found = queries.overview(city, year, on=today)
    extension = request.GET.get("format", "")
    if extension in FORMATS:
        file_format = FORMATS[extension]()
        name = f"{city.name}{to_roc(year)}年度各區計畫-{roc_stamp(today)}.{extension}"
        headers = {"Content-Disposition": content_disposition_header(True, name)}
        data = file_format.export_data(queries.overview_sheet(found))
        if request.method == "GET":
            record_city_download(city, "overview", actor=request.user, year=year, format=extension)
        return HttpResponse(data, content_type=file_format.get_content_type(), headers=headers)
    context = {
        "search": search,
        "overview": found,
        "formats": list(FORMATS),
        "query": urlencode({"city": city.pk, "year": year}),
    }
    return render(request, "review/_overview_table.html" if request.htmx else "review/overview.html", context)
