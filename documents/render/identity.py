"""What the bytes of a file depend on besides the plan. Imports no renderer, so web processes stay light."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import version

from django.conf import settings

from documents.kinds import kind_of
from documents.render.fonts import font_version

_SOURCES = (
    "static/css/plan-pdf.css",
    "core/glyphs.py",
    "documents/render/fonts.py",
    "documents/render/patches.py",
    "documents/render/patches_flow.py",
    "documents/render/patches_labels.py",
    "documents/render/patches_tables.py",
    "documents/render/weasy.py",
)
_PLAN = (
    "templates/documents/pdf.html",
    "static/img/draft-mark.svg",
    "documents/render/pdf.py",
    "documents/approvals.py",
    "plans/blocks.py",
    "plans/layout.py",
    "plans/tables.py",
)
_RESPONSES = (
    "templates/documents/response_pdf.html",
    "static/css/list-pdf.css",
    "static/css/response-pdf.css",
    "documents/render/response_pdf.py",
    "documents/responses.py",
)
_SOURCES_OF = {
    "pdf": _PLAN,
    "in_force": _PLAN,
    "filed": _PLAN,
    "package": (
        *_PLAN,
        *_RESPONSES,
        "core/sheet_writing.py",
        "templates/documents/check_pdf.html",
        "documents/packages.py",
        "documents/render/check_pdf.py",
        "documents/render/package.py",
        "plans/promises.py",
        "plans/checks/record.py",
    ),
    "responses": _RESPONSES,
    "year_end": (*_PLAN, "documents/render/year_end_pdf.py", "plans/results.py", "progress/yearend.py"),
    "compare": (
        "templates/documents/compare_pdf.html",
        "static/css/compare-pdf.css",
        "documents/render/compare_pdf.py",
        "plans/compare.py",
        "plans/contrast.py",
        "plans/explaining.py",
        "plans/likeness.py",
        "plans/words.py",
    ),
}


@lru_cache(maxsize=16)
def renderer_version(file_format: str) -> str:
    """Return a digest of renderer, template, style sheet and faces: part of the key of a format's files."""
    digest = hashlib.sha256()
    kind = kind_of(file_format)
    for name in (*_SOURCES, *(kind.sources if kind else _SOURCES_OF.get(file_format, ()))):
        digest.update((settings.BASE_DIR / name).read_bytes())
    digest.update(f"{version('weasyprint')} {font_version()}".encode())
    return digest.hexdigest()
