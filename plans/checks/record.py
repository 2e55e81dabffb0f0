"""The check list as a document: every rule with what it found, in the words of the day it was made.

Words that stand on paper are Chinese, and stay as they were said: rules and their words may change later.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self

from plans.document import canonical

TITLE = "檢核表"
HEADS = ("項次", "檢核項目", "類別", "結果", "說明")
SORTS = {"error": "必須改正", "warning": "請留意"}
CLEAN = "無此情形"


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule, and a line for each place where it is broken; none where it is kept everywhere."""

    title: str
    level: str
    found: tuple[str, ...] = ()

    @property
    def sort(self) -> str:
        return SORTS[self.level]

    @property
    def result(self) -> str:
        return f"{len(self.found)}處" if self.found else CLEAN


@dataclass(frozen=True, slots=True)
class CheckRecord:
    rows: tuple[RuleRow, ...] = ()

    @property
    def summary(self) -> str:
        """Return what the whole comes to, in a sentence."""
        errors, warnings = (
            sum(len(row.found) for row in self.rows if row.level == level) for level in ("error", "warning")
        )
        told = [f"必須改正{errors}處", f"請留意{warnings}處"]
        return f"共檢核{len(self.rows)}項：{'、'.join(told)}。"

    def to_json(self) -> str:
        return canonical([asdict(row) for row in self.rows])

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; "" is a record of nothing."""
        rows = json.loads(text) if text else []
        return cls(tuple(RuleRow(row["title"], row["level"], tuple(row["found"])) for row in rows))
