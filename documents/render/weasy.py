"""The PDF engine: an HTML string in, the bytes of an official document out. It knows nothing of plans."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

from documents.render import fonts

# Pango must find the faces of documents, and no others, from its first font map on.
fonts.configure_fontconfig()

import weasyprint  # noqa: E402 -- reads the font configuration set just above
from weasyprint.css.counters import CounterStyle  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402
from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: E402

from documents.render import patches  # noqa: E402

VERSION = weasyprint.__version__
STYLESHEET = "css/plan-pdf.css"
# Where relative addresses in a document lead: to the files shipped with the site, never to a network.
ASSETS = "https://assets.invalid/"
# Boxes are made by the hundred thousand and few die young; looking for dead ones costs a tenth.
GC_THRESHOLD = 50_000
LONG = 50

NOTDEF = ".notdef glyph rendered"
# A line for each page of each render tells nobody anything.
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)


class RenderError(Exception):
    """WeasyPrint complained, so the document is not what it should be; `complaints` holds its words."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("; ".join(complaints))
        self.complaints = complaints


class MissingGlyphsError(RenderError):
    """The text has characters that no face can print; `characters` holds them."""

    def __init__(self, complaints: list[str], characters: set[str]) -> None:
        super().__init__(complaints)
        self.characters = characters


def html_to_pdf(
    html: str,
    *,
    title: str,
    identifier: bytes,
    stylesheets: Iterable[str] = (STYLESHEET,),
    only: Iterable[str] | None = None,
    variant: str | None = "pdf/ua-1",
) -> bytes:
    """Render the document as a tagged PDF file.

    The same arguments give the same bytes, in any process. `stylesheets` are names of packaged assets;
    `only` names the patches to apply, by default those of the setting PDF_PATCHES, else all.
    Raises MissingGlyphsError for characters that cannot be printed, RenderError for all else that
    WeasyPrint warns about (a font embedded whole, an unknown property, a missing picture) and where the
    machine has no face at all.
    """
    if not fonts.font_files():
        raise RenderError([str(fonts.NO_FONT)])
    names = getattr(settings, "PDF_PATCHES", patches.ALL) if only is None else only
    with patches.active(names), _unhurried_gc(), _complaints() as complaints:
        data = _render(html, title, identifier, stylesheets, variant)
    if complaints:
        if any(NOTDEF in line for line in complaints):
            raise MissingGlyphsError(complaints, fonts.missing_glyphs(html))
        raise RenderError(complaints)
    return data


def _render(
    html: str, title: str, identifier: bytes, stylesheets: Iterable[str], variant: str | None
) -> bytes:
    """Return the file; its boxes are out of reach by then, so that they can be collected."""
    source = weasyprint.HTML(string=html, base_url=ASSETS, url_fetcher=AssetFetcher())
    document = source.render(
        font_config=_font_config(),
        counter_style=CounterStyle(),
        stylesheets=[_stylesheet(name) for name in stylesheets],
        pdf_variant=variant,
    )
    document.metadata.title = title
    # What a long layout left behind goes before the file, as large again, is built.
    if len(document.pages) >= LONG:
        gc.collect()
    data: bytes = document.write_pdf(pdf_identifier=identifier, pdf_variant=variant)
    return data


class AssetFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Fetches the site's own packaged assets; any other address is refused."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        path = find_asset(unquote(urlsplit(url).path.lstrip("/"))) if url.startswith(ASSETS) else None
        if path is None:
            message = f"not a packaged asset: {url[:200]}"
            raise ValueError(message)
        kinds = {".css": "text/css", ".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg"}
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kinds.get(path.suffix, "")})


def find_asset(name: str) -> Path | None:
    """Return the packaged file of that name under the static folders, None when there is none."""
    for folder in map(Path, settings.STATICFILES_DIRS):
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            return path
    return None


def _stylesheet(name: str) -> Any:
    path = find_asset(name)
    if path is None:
        message = f"no such style sheet: {name}"
        raise ValueError(message)
    return _parsed_stylesheet(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _parsed_stylesheet(path: Path, _changed: int) -> Any:
    return weasyprint.CSS(string=path.read_text(), base_url=ASSETS, url_fetcher=AssetFetcher())


@lru_cache(maxsize=1)
def _font_config() -> FontConfiguration:
    """Return the process's one set of loaded faces; a set for each render would load them each time."""
    return FontConfiguration()


@contextmanager
def _unhurried_gc() -> Iterator[None]:
    """Collect seldom inside the block, and once after it: boxes point at each other in rings.

    What was there before is set aside meanwhile: looking through all of Django costs a short document
    a tenth of its time.
    """
    usual = gc.get_threshold()
    gc.set_threshold(GC_THRESHOLD, *usual[1:])
    is_ours = gc.get_freeze_count() == 0
    if is_ours:
        gc.freeze()
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.collect()
        if is_ours:
            gc.unfreeze()


class _Listener(logging.Handler):
    """Keeps what this thread's render has to say."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.thread = threading.get_ident()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread:
            self.lines.append(record.getMessage())


@contextmanager
def _complaints() -> Iterator[list[str]]:
    logger = logging.getLogger("weasyprint")
    listener = _Listener()
    logger.addHandler(listener)
    try:
        yield listener.lines
    finally:
        logger.removeHandler(listener)
