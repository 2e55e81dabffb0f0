"""What a unit reports as a sheet that a colleague without an account fills in.

It is taken out with all it was made from, sealed. Brought back, it is tried out first, and what it changes is
written by the service the form uses, so that what others did meanwhile is merged and never overwritten.
"""

from __future__ import annotations

from progress.resources.runs import SheetRun, run_sheet
from progress.resources.writing import cards_to_fill, filing_file

__all__ = ["SheetRun", "cards_to_fill", "filing_file", "run_sheet"]
