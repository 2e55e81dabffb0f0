"""Plans, their items, the frameworks they are written against, and the desk they are written at.

The rows are always the working text; `plans/document.py` is what every output is made from.
"""

from __future__ import annotations

from plans.models.desk import Comment, CommentQuerySet, Presence, TakenStep, UnitPart, WritingRound
from plans.models.events import PlanEvent
from plans.models.frameworks import Criterion, Framework
from plans.models.items import Item, ItemQuerySet, RefusedReading, Responsibility, RosterRow
from plans.models.plans import (
    FACT_LIMIT,
    MOST_WORDS,
    SERIES,
    SERIES_LIMIT,
    Attachment,
    Plan,
    PlanQuerySet,
    PlanVersion,
    seen_by,
)

__all__ = [
    "FACT_LIMIT",
    "MOST_WORDS",
    "SERIES",
    "SERIES_LIMIT",
    "Attachment",
    "Comment",
    "CommentQuerySet",
    "Criterion",
    "Framework",
    "Item",
    "ItemQuerySet",
    "Plan",
    "PlanEvent",
    "PlanQuerySet",
    "PlanVersion",
    "Presence",
    "RefusedReading",
    "Responsibility",
    "RosterRow",
    "TakenStep",
    "UnitPart",
    "WritingRound",
    "seen_by",
]
