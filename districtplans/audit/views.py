"""The page of the audit log, and its sheet."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from accounts.models import City
from accounts.recording import record_city_download
from core.roc import roc_stamp
from districtplans.audit import queries
from districtplans.audit.forms import AuditFilter
from districtplans.audit.permissions import get_cities_to_audit
from districtplans.audit.sheets import MOST_EVENTS, events_sheet
from plans.resources import FORMATS


@login_required
@never_cache
@require_safe
def audit_log(request: UserRequest) -> HttpResponse:
    """Show the events of a city that are searched for, or give them as a file where `format` names one."""
    today = timezone.localdate()
    cities = get_cities_to_audit(request.user, on=today)
    city = next((one for one in cities if str(one.pk) == request.GET.get("city")), cities[0])
    districts = queries.district_names(city)
    form = AuditFilter(request.GET, cities=cities, city=city, districts=districts)
    events = None
    if form.is_valid():
        try:
            events = queries.find_events(form.search)
        except queries.TooManyPeople:
            form.add_error("person", _("Too many people are called so. Write more of the name."))
    page = queries.EventPage([])
    status = 200
    if events is None:
        status = 422
    elif (extension := request.GET.get("format", "")) in FORMATS:
        found = list(events[: MOST_EVENTS + 1])
        if len(found) <= MOST_EVENTS:
            rows = queries.rows_of(found, city, districts, {})
            return _file(request, city, rows, extension)
        words = _("More than %(most)d events are found. Choose fewer days for a sheet.")
        form.add_error("since", words % {"most": MOST_EVENTS})
        status = 422
    else:
        cursors = {name: request.GET.get(name, "") for name in ("before", "after")}
        page = queries.page_of(events, city, request.user, districts=districts, **cursors, on=today)
    query = request.GET.copy()
    for name in ("before", "after", "format"):
        query.pop(name, None)
    context = {
        "city": city,
        "form": form,
        "page": page,
        "is_searched": any(query.values()),
        "formats": list(FORMATS),
        "query": query.urlencode(),
    }
    return render(request, "audit/audit_log.html", context, status=status)


def _file(request: UserRequest, city: City, rows: list[queries.EventRow], extension: str) -> HttpResponse:
    file_format = FORMATS[extension]()
    data = file_format.export_data(events_sheet(rows))
    if request.method == "GET":
        record_city_download(
            city, "audit", actor=request.user, format=extension, count=len(rows), search=_search(request)
        )
    name = f"{city.name}稽核紀錄-{roc_stamp(timezone.localdate())}.{extension}"
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(data, content_type=file_format.get_content_type(), headers=headers)


def _search(request: UserRequest) -> dict[str, str]:
    """Return what was asked for, so that the log says what was taken out of it."""
    names = ("q", "person", "kind", "district", "since", "until")
    return {name: request.GET[name] for name in names if request.GET.get(name)}
