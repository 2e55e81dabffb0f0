"""The check list of a filed plan in, the bytes of its document out."""

from __future__ import annotations

import hashlib

from django.template.loader import render_to_string

from core.roc import to_roc
from documents.render.weasy import STYLESHEET, html_to_pdf
from plans.checks.record import HEADS, TITLE, CheckRecord
from plans.document import Facts

STYLESHEETS = (STYLESHEET, "css/list-pdf.css")


def render_checks(record: CheckRecord, facts: Facts, *, told: str) -> bytes:
    """Return the tagged PDF; `told` says of which moment it is. The same record gives the same bytes.

    Raises RenderError as documents/render/pdf.py does.
    """
    digest = hashlib.sha256(f"{facts.title}\x00{told}\x00{record.to_json()}".encode())
    return html_to_pdf(
        checks_html(record, facts, told=told),
        title=f"{facts.title}{TITLE}",
        identifier=digest.digest()[:16],
        stylesheets=STYLESHEETS,
    )


def checks_html(record: CheckRecord, facts: Facts, *, told: str) -> str:
    return render_to_string(
        "documents/check_pdf.html",
        {
            "title": f"{facts.title}{TITLE}",
            "record": record,
            "heads": HEADS,
            "told": told,
            "head": f"{facts.agency}　{to_roc(facts.year)}年度",
            "foot": told,
        },
    )
