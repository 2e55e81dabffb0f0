"""What a server hands on when a connection broke half way is not taken for all of it."""

from __future__ import annotations

import io
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

from core.whole_bodies import WholeBody, whole_bodies

TAKEN: list[tuple[str, int]] = []
BOUNDARY = "a-boundary"
HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'.encode()
WHOLE = HEAD + b"a" * 300_000 + f"\r\n--{BOUNDARY}--\r\n".encode()


@csrf_exempt
def take(request: HttpRequest) -> HttpResponse:
    words = request.POST.get("words", "")
    TAKEN.append((words, sum(one.size or 0 for one in request.FILES.values())))
    return HttpResponse("taken")


urlpatterns = [path("take/", take)]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def plain_site() -> Iterator[None]:
    TAKEN.clear()
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        yield


def served(application: Any, content_type: str, length: int, body: bytes) -> list[tuple[str, int]]:
    """Return what a site takes of a request that says it is of that length and ends with these bytes."""
    server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    with socket.create_connection(server.server_address) as connection:  # type: ignore[arg-type]
        head = (
            f"POST /take/ HTTP/1.0\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {length}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
    thread.join()
    server.server_close()
    return TAKEN


FORM = f"multipart/form-data; boundary={BOUNDARY}"
WORDS = "application/x-www-form-urlencoded"


def test_a_whole_request_is_taken() -> None:
    assert served(whole_bodies(WSGIHandler()), FORM, len(WHOLE), WHOLE) == [("", 300_000)]
    assert served(whole_bodies(WSGIHandler()), WORDS, 8, b"words=ab")[1:] == [("ab", 0)]


@pytest.mark.parametrize("cut", [1, 20, 100_000, len(WHOLE) - 10, len(WHOLE)])
def test_of_half_a_file_nothing_is_taken(cut: int) -> None:
    assert served(whole_bodies(WSGIHandler()), FORM, len(WHOLE), WHOLE[:-cut]) == []


HALVES = {
    WORDS: b"words=half+a+sen",
    FORM: f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="words"\r\n\r\nhalf a sen'.encode(),
}


@pytest.mark.parametrize("kind", HALVES)
def test_of_half_a_sentence_nothing_is_taken(kind: str) -> None:
    assert served(whole_bodies(WSGIHandler()), kind, 300, HALVES[kind]) == []


@pytest.mark.parametrize("kind", HALVES)
def test_without_it_the_half_would_be_taken(kind: str) -> None:
    """The reason this is there: should servers and Django see to it one day, it can go."""
    assert served(WSGIHandler(), kind, 300, HALVES[kind]) == [("half a sen", 0)]


def test_the_site_is_served_so() -> None:
    try:
        application = import_string(settings.WSGI_APPLICATION)
    finally:
        sys.modules.pop("districtplans.wsgi")  # made with the settings of this test alone
    assert served(application, WORDS, 300, HALVES[WORDS]) == []
    assert served(application, WORDS, len(HALVES[WORDS]), HALVES[WORDS]) == [("half a sen", 0)]


def test_lines_are_counted_too() -> None:
    body = WholeBody(io.BytesIO(b"a\nb\n"), 6)
    assert [body.readline(), body.readline(1), body.read(1), body.read(0)] == [b"a\n", b"b", b"\n", b""]
    with pytest.raises(ConnectionError):
        body.readline()
