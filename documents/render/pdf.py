"""A PlanDocument in, the bytes of the official PDF out."""

from __future__ import annotations

from django.template.loader import render_to_string

from core.roc import to_roc
from documents.approvals import Approval
from documents.render.weasy import MissingGlyphsError, RenderError, html_to_pdf
from plans import layout
from plans.document import PlanDocument

__all__ = ["MissingGlyphsError", "RenderError", "plan_html", "render_pdf"]

# Below this many lines a plan is a few pages, and a table of contents would be longer than its use.
CONTENTS_FROM = 120
UNSIGNED = Approval()


def render_pdf(document: PlanDocument, *, is_draft: bool, approval: Approval = UNSIGNED) -> bytes:
    """Return the tagged PDF; a draft carries 草稿 on every page.

    The same document gives the same bytes. Raises RenderError when it cannot be printed as it should:
    MissingGlyphsError names characters no face has.
    """
    digest = document.digest()
    html = plan_html(document, is_draft=is_draft, approval=approval)
    return html_to_pdf(html, title=document.facts.title, identifier=bytes.fromhex(digest)[:16])


def plan_html(document: PlanDocument, *, is_draft: bool, approval: Approval = UNSIGNED) -> str:
    """Return the HTML that is printed, in the vocabulary of static/css/plan-pdf.css."""
    facts = document.facts
    entries = layout.entries(document, levels=2)
    lines = sum(1 for _ in document.walk())
    return render_to_string(
        "documents/pdf.html",
        {
            "document": document,
            "facts": facts,
            "chapters": layout.lay_out(document),
            "entries": entries if lines >= CONTENTS_FROM and len(document.chapters) > 1 else [],
            "is_draft": is_draft,
            "seals": approval.rows,
            "decision": approval.decision,
            "head": f"{facts.agency}　{to_roc(facts.year)}年度",
            "foot": f"{_kind(approval, is_draft=is_draft)}摘要 {document.digest()[:12]}",
        },
    )


def _kind(approval: Approval, *, is_draft: bool) -> str:
    if is_draft:
        return "草稿　"
    return f"第{approval.version}版　" if approval.version else ""
