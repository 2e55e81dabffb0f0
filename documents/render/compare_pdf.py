"""Two documents side by side in, the bytes of the official 新舊對照表 out."""

from __future__ import annotations

import hashlib

from django.template.loader import render_to_string

from core.roc import to_roc
from documents.render.weasy import STYLESHEET, html_to_pdf
from plans.contrast import HEADS, MARKS, Fold, Sheet, contrast, summary

STYLESHEETS = (STYLESHEET, "css/compare-pdf.css")


def render_comparison(sheet: Sheet) -> bytes:
    """Return the tagged PDF of what changed. The same sheet gives the same bytes.

    Raises RenderError as documents/render/pdf.py does.
    """
    digest = hashlib.sha256(sheet.to_json().encode())
    return html_to_pdf(
        comparison_html(sheet),
        title=sheet.title,
        identifier=digest.digest()[:16],
        stylesheets=STYLESHEETS,
    )


def comparison_html(sheet: Sheet) -> str:
    """Return the HTML that is printed: changed lines below their headings, the rest counted."""
    facts, comparison = sheet.new.facts, sheet.comparison()
    return render_to_string(
        "documents/compare_pdf.html",
        {
            "sheet": sheet,
            "entries": [entry for entry in contrast(comparison) if not isinstance(entry, Fold)],
            "summary": summary(comparison),
            "marks": MARKS,
            "heads": HEADS,
            "head": f"{facts.agency}　{to_roc(facts.year)}年度",
            "foot": f"摘要 {sheet.new.digest()[:8]}／{sheet.old.digest()[:8]}",
        },
    )
