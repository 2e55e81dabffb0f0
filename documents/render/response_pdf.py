"""The remarks of the city and the district's answers in, the bytes of the official 審查意見回應表 out."""

from __future__ import annotations

import hashlib

from django.template.loader import render_to_string

from core.roc import to_roc
from documents.render.weasy import STYLESHEET, html_to_pdf
from documents.responses import HEADS, ResponseSheet

STYLESHEETS = (STYLESHEET, "css/list-pdf.css", "css/response-pdf.css")


def render_responses(sheet: ResponseSheet) -> bytes:
    """Return the tagged PDF, across, a table for each round. The same sheet gives the same bytes.

    Raises RenderError as documents/render/pdf.py does.
    """
    digest = hashlib.sha256(sheet.to_json().encode())
    return html_to_pdf(
        responses_html(sheet),
        title=sheet.title,
        identifier=digest.digest()[:16],
        stylesheets=STYLESHEETS,
    )


def responses_html(sheet: ResponseSheet) -> str:
    digest = hashlib.sha256(sheet.to_json().encode()).hexdigest()
    return render_to_string(
        "documents/response_pdf.html",
        {
            "sheet": sheet,
            "heads": HEADS,
            "head": f"{sheet.agency}　{to_roc(sheet.year)}年度",
            "foot": f"摘要 {digest[:12]}",
        },
    )
