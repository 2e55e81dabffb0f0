"""What the bytes of a file depend on besides the plan. Imports no renderer, so web processes stay light."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import version

from django.conf import settings

from documents.render.fonts import font_version

_SOURCES = (
    "templates/documents/pdf.html",
    "static/css/plan-pdf.css",
    "static/img/draft-mark.svg",
    "core/glyphs.py",
    "documents/render/fonts.py",
    "documents/render/pdf.py",
    "documents/render/patches.py",
    "documents/render/patches_flow.py",
    "documents/render/patches_labels.py",
    "documents/render/patches_tables.py",
    "documents/render/weasy.py",
    "plans/blocks.py",
    "plans/layout.py",
    "plans/tables.py",
)


@lru_cache(maxsize=1)
def renderer_version() -> str:
    """Return a digest of renderer, template, style sheet and faces: part of every file's key."""
    digest = hashlib.sha256()
    for name in _SOURCES:
        digest.update((settings.BASE_DIR / name).read_bytes())
    digest.update(f"{version('weasyprint')} {font_version()}".encode())
    return digest.hexdigest()
