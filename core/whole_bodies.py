"""A request that broke off is no request: what a person sent is taken whole or not at all.

Servers hand on what came before a connection broke as if it were all. Django lets the half of a file go, but
of a form it would save half a sentence, and the fields behind it as if they had been emptied.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class WholeBody:
    """The body of a request, of as many bytes as it announced; ConnectionError where it ends before."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self.stream = stream
        self.left = length

    def read(self, size: int | None = -1) -> bytes:
        wanted = self.left if size is None or size < 0 else min(size, self.left)
        pieces = []
        while wanted:
            piece = self._count(self.stream.read(wanted))
            pieces.append(piece)
            wanted -= len(piece)
        return b"".join(pieces)

    def readline(self, size: int | None = -1) -> bytes:
        wanted = self.left if size is None or size < 0 else min(size, self.left)
        return self._count(self.stream.readline(wanted)) if wanted else b""

    def _count(self, piece: bytes) -> bytes:
        if not piece:
            message = f"the request broke off {self.left} bytes before its end"
            raise ConnectionError(message)
        self.left -= len(piece)
        return piece


def whole_bodies(application: WSGIApplication) -> WSGIApplication:
    """Return the application, asked with whole bodies. What Django reads of a broken one it lets go."""

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length: Any = environ.get("CONTENT_LENGTH") or ""
        if length.isascii() and length.isdigit():
            environ["wsgi.input"] = WholeBody(environ["wsgi.input"], int(length))
        return application(environ, start_response)

    return wrapped
