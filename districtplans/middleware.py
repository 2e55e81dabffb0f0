"""What needs every app and stands around every view."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from core.middleware import GetResponse
from districtplans.audit.refusals import record_refusal


def refusals_recorded(get_response: GetResponse) -> GetResponse:
    """Whoever is refused what they see (403) is written down; by then what they tried is rolled back."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # Of people who are not signed in nobody knows who they are, and anybody could fill the log.
        if response.status_code == 403 and request.user.is_authenticated:
            record_refusal(request)
        return response

    return middleware
