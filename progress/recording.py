"""What the audit log is told of reports, periods and findings: who took which step, not what was written."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.models import User
from core.enums import AuditKind
from plans.recording import record_plan
from progress.models import Finding, Period, ProgressReport


def record_report(report: ProgressReport, step: str, *, actor: User, at: dt.datetime) -> None:
    record_period(
        report.period, f"report_{step}", actor=actor, at=at, unit=report.unit.name, line=report.line.number
    )


def record_period(period: Period, step: str, *, actor: User | None, at: dt.datetime, **details: Any) -> None:
    said = {"step": step, "period": period.span_words} | details
    record_plan(AuditKind.REPORT, period.plan, actor=actor, at=at, details=said)


def record_finding(finding: Finding, step: str, *, actor: User, at: dt.datetime) -> None:
    details = {"step": f"finding_{step}", "unit": finding.unit.name, "due_on": finding.due_on}
    record_plan(AuditKind.REPORT, finding.plan, actor=actor, at=at, details=details)
