"""What `manage.py check` says when documents cannot be printed as they should be."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.core import checks
from django.utils.translation import gettext as _

from documents.render import fonts

TESTED_WEASYPRINT = "70.0"


@checks.register()
def check_fonts(**_kwargs: Any) -> list[checks.CheckMessage]:
    """W001: TW-Kai is not installed; W002: it is, but nothing was built of it; E001: no face at all."""
    if fonts.is_built():
        return []
    if not fonts.font_files():
        return [
            checks.Error(
                str(fonts.NO_FONT),
                hint=_("Install fonts-cns11643-kai (or fonts-noto-cjk) and run manage.py build_fonts."),
                id="documents.E001",
            )
        ]
    if fonts.source_dir() is None:
        return [
            checks.Warning(
                _("TW-Kai is not installed: documents are set in %(family)s instead.")
                % {"family": fonts.FALLBACK_FAMILY},
                hint=_("Install fonts-cns11643-kai and run manage.py build_fonts."),
                id="documents.W001",
            )
        ]
    return [
        checks.Warning(
            _("The fonts of documents are not built: documents are set in %(family)s instead.")
            % {"family": fonts.FALLBACK_FAMILY},
            hint=_("Run manage.py build_fonts."),
            id="documents.W002",
        )
    ]


@checks.register()
def check_weasyprint(**_kwargs: Any) -> list[checks.CheckMessage]:
    """W003: another version of WeasyPrint than the one our additions were made for and tested with."""
    try:
        found = version("weasyprint")
    except PackageNotFoundError:
        found = "-"
    if found == TESTED_WEASYPRINT:
        return []
    return [
        checks.Warning(
            _("WeasyPrint %(found)s is installed; documents are made for %(tested)s and printed plainly.")
            % {"found": found, "tested": TESTED_WEASYPRINT},
            hint=_("Install the pinned version; see documents/render/patches.py."),
            id="documents.W003",
        )
    ]
