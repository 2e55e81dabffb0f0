"""The request as our views know it: signed in, and asked about htmx."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class UserRequest(HttpRequest):
    """What a `login_required` view receives; never made, only named in signatures."""

    user: User
    htmx: HtmxDetails
