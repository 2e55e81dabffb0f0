"""A proposal as plain data, for the draft's row and back. The source itself is kept beside it, once."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from documents.ingest.proposal import (
    Columns,
    Dropped,
    PlanFacts,
    Proposal,
    ProposedItem,
    ProposedMember,
    ProposedTarget,
    ReadingWarning,
    Span,
    Unplaced,
)


def dump(proposal: Proposal) -> dict[str, Any]:
    data = asdict(proposal)
    del data["source"]
    return data


def load(data: dict[str, Any], source: list[str]) -> Proposal:
    return Proposal(
        plan=PlanFacts(**data["plan"]),
        items=[ProposedItem(**{**item, "lines": Span(**item["lines"])}) for item in data["items"]],
        targets=[ProposedTarget(**target) for target in data["targets"]],
        task_force=[
            ProposedMember(**{**member, "lines": Span(**member["lines"])}) for member in data["task_force"]
        ],
        columns=[Columns(**{**columns, "lines": Span(**columns["lines"])}) for columns in data["columns"]],
        unplaced=[Unplaced(**unplaced) for unplaced in data["unplaced"]],
        dropped=[Dropped(**dropped) for dropped in data["dropped"]],
        warnings=[ReadingWarning(**warning) for warning in data["warnings"]],
        source=source,
    )
