"""The progress report for a meeting as a PDF file. What is printed stands in its JSON, and nothing else."""

from __future__ import annotations

import hashlib

from django.template.loader import render_to_string
from django.utils import translation

from dashboard.meeting import HEADS, MeetingReport
from documents.kinds import FileKind

CHINESE = "zh-hant"
WIDTH = 597  # pixels: the 448 pt between the margins


def render_meeting(content: str) -> bytes:
    """Return the tagged PDF. The same content gives the same bytes; raises RenderError."""
    # WeasyPrint takes a second and 60 MB to load, which web processes are spared.
    from documents.render.weasy import STYLESHEET, html_to_pdf

    report = MeetingReport.from_json(content)
    digest = hashlib.sha256(content.encode())
    return html_to_pdf(
        meeting_html(report, digest.hexdigest()),
        title=report.title,
        identifier=digest.digest()[:16],
        stylesheets=(STYLESHEET, "css/meeting-pdf.css"),
    )


def meeting_html(report: MeetingReport, digest: str) -> str:
    """Return the HTML that is printed, in the vocabulary of static/css/plan-pdf.css."""
    with translation.override(CHINESE):
        return render_to_string(
            "dashboard/meeting_print.html",
            {
                "report": report,
                "heads": HEADS,
                "width": WIDTH,
                "head": f"{report.agency}　{report.year}年度",
                "foot": f"{report.on}　摘要值 {digest[:12]}",
            },
        )


def suffix_of(content: str) -> str:
    """Return what the file is called after the plan's label: 執行進度報告115年7月至9月."""
    return f"執行進度報告{MeetingReport.from_json(content).period}"


MEETING = FileKind(
    name="meeting",
    suffix_of=suffix_of,
    render=render_meeting,
    sources=(
        "templates/dashboard/meeting_print.html",
        "templates/dashboard/_chart_bars.html",
        "templates/dashboard/_chart_gauges.html",
        "templates/dashboard/_chart_patterns.html",
        "templates/dashboard/_chart_trend.html",
        "static/css/meeting-pdf.css",
        "dashboard/charts.py",
        "dashboard/drawing.py",
        "dashboard/meeting.py",
        "dashboard/printing.py",
    ),
)
