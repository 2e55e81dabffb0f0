from __future__ import annotations

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from core import audit

GetResponse = Callable[[HttpRequest], HttpResponse]


def vary_on_htmx(get_response: GetResponse) -> GetResponse:
    """One URL answers with a page or, to htmx, with a piece of it; caches and the back button must tell."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        return response

    return middleware


def language_by_switch(get_response: GetResponse) -> GetResponse:
    """The site speaks Chinese until a person switches; what the browser prefers is not asked.

    A borrowed computer set to English must not turn an official's work into English.
    """
    known = dict(settings.LANGUAGES)

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_CODE)
        with translation.override(chosen if chosen in known else settings.LANGUAGE_CODE):
            response = get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "")
        return response

    return middleware


def client_named(get_response: GetResponse) -> GetResponse:
    """What a request does is written into the audit log with the address it came from."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with audit.coming_from(_address_of(request)):
            return get_response(request)

    return middleware


def _address_of(request: HttpRequest) -> str:
    # The one by which allauth counts attempts to sign in; behind a proxy it is the one the proxy saw.
    try:
        address: str = get_adapter().get_client_ip(request)
    except PermissionDenied:  # a socket in the file system has none
        return ""
    return address
