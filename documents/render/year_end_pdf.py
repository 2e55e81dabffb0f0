"""The results of a plan's year in, the bytes of the official 執行成果 out, in the plan's own layout."""

from __future__ import annotations

from django.template.loader import render_to_string

from core.roc import to_roc
from documents.render.weasy import html_to_pdf
from plans.results import lay_out_with_results
from progress.yearend import YearEndSheet


def render_year_end(sheet: YearEndSheet) -> bytes:
    """Return the tagged PDF. The same sheet gives the same bytes.

    Raises RenderError as documents/render/pdf.py does.
    """
    return html_to_pdf(year_end_html(sheet), title=sheet.title, identifier=bytes.fromhex(sheet.digest())[:16])


def year_end_html(sheet: YearEndSheet) -> str:
    document = sheet.document
    facts = document.facts
    return render_to_string(
        "documents/pdf.html",
        {
            "document": document,
            "facts": facts,
            "chapters": lay_out_with_results(document, sheet.by_uid),
            "entries": [],
            "is_draft": False,
            "seals": (),
            "head": f"{facts.agency}　{to_roc(facts.year)}年度",
            "foot": f"摘要 {sheet.digest()[:12]}",
        },
    )
