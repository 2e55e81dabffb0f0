"""How a plan's year is followed: periods, reports, what was measured, and what stands behind it.

Lines and targets are those of the version in force, laid out by `services/layout.py`: a revision that is
being written changes nothing here until it is approved.
"""

from __future__ import annotations

from progress.models.files import KeptFile
from progress.models.findings import (
    Finding,
    FindingEntry,
    FindingFile,
    FindingOrigin,
    FindingQuerySet,
    FindingState,
    FindingStep,
)
from progress.models.periods import FilingRule, Period, PeriodChange, PeriodTally
from progress.models.reports import (
    Evidence,
    Measurement,
    MilestoneMark,
    ProgressReport,
    ProgressReportQuerySet,
    ReportEvent,
)
from progress.models.tracked import CountedMilestone, CountedTarget, LineUnit, TrackedLine
from progress.models.yearend import LineSummary, YearEnd, YearEndState

__all__ = [
    "CountedMilestone",
    "CountedTarget",
    "Evidence",
    "FilingRule",
    "Finding",
    "FindingEntry",
    "FindingFile",
    "FindingOrigin",
    "FindingQuerySet",
    "FindingState",
    "FindingStep",
    "KeptFile",
    "LineSummary",
    "LineUnit",
    "Measurement",
    "MilestoneMark",
    "Period",
    "PeriodChange",
    "PeriodTally",
    "ProgressReport",
    "ProgressReportQuerySet",
    "ReportEvent",
    "TrackedLine",
    "YearEnd",
    "YearEndState",
]
