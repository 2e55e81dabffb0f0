"""Plans, their lines, indicators and targets by sheet.

What a sheet says is written by the services, for the person it is from.

A sheet takes nothing away: a row that is left out leaves its line as it is. A row is refused when its plan is
not open, when the line was changed since the sheet was made, and when it is not the person's to change.
"""

from __future__ import annotations

from plans.resources.facts import PlanResource
from plans.resources.lines import ItemResource, PlacedItemResource
from plans.resources.runs import FORMATS, SheetRun, lines_file, run_sheet, run_targets, targets_file
from plans.resources.targets import TargetResource

__all__ = [
    "FORMATS",
    "ItemResource",
    "PlacedItemResource",
    "PlanResource",
    "SheetRun",
    "TargetResource",
    "lines_file",
    "run_sheet",
    "run_targets",
    "targets_file",
]
