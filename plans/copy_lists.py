"""What a plan made from last year's takes over, field by field, and what it does not, with the reason.

Every field of every model of plans and indicators stands in one of these lists, and so does every model:
`tests/plans/test_beginnings.py` fails on one that is in neither, so that whoever adds a field decides.
What other rows hang on a row (Plan.comments) is a field here too.
"""

from __future__ import annotations

from typing import Final

_ROUND: Final = "belongs to the old plan's round of signing and review"

# By model: the field, and how it comes into the new plan.
COPIED: Final[dict[str, dict[str, str]]] = {
    "Plan": {
        "district": "as it is",
        "series": "as it is, unless another is asked for",
        "year": "the new year",
        "title": "its years moved on",
        "subtitle": "its years moved on, lines on revisions left out",
        "attribute": "its years moved on",
        "note": "its years moved on",
        "sign_off": "its years moved on",
        "column_heads": "its years moved on, under the new lines' identities",
        "framework": "as it is where it is in force in the new year, else none",
        "scheme": "as it is",
        "starts_on": "as many years later as the plan",
        "ends_on": "as many years later as the plan",
        "items": "those that stand in the plan",
        "attachments": "those that stand in the plan",
    },
    "Item": {
        "plan": "the new plan",
        "parent": "the new line of the same",
        "children": "the new lines of the same",
        "position": "in the same order",
        "kind": "as it is",
        "title": "its years moved on",
        "text": "its years moved on",
        "numbered": "as it is",
        "child_style": "as it is",
        "layout": "as it is",
        "criterion": "as it is where the framework is carried on, else none",
        "points": "as they are",
        "points_text": "its years moved on",
        "all_units": "as it is",
        "indicators": "the same indicators, which live for years",
        "responsibilities": "all",
        "roster": "all",
    },
    "Responsibility": {
        "item": "the new line",
        "unit": "as it is; a unit that is gone gives way to its successor where it has one",
        "duty": "as it is; lead where two units have become one and one of them led",
        "position": "in the same order",
    },
    "RosterRow": {
        "item": "the new line",
        "position": "in the same order",
        "title": "its years moved on",
        "member": "its years moved on",
        "duty": "its years moved on",
        "remark": "its years moved on",
    },
    "Attachment": {
        "plan": "the new plan",
        "position": "in the same order",
        "title": "its years moved on",
        "file": "a copy of its own: neither plan's attachment depends on the other's",
        "file_name": "as it is",
        "size": "as it is",
        "sha256": "as it is",
    },
    "YearlyTarget": {
        "indicator": "as it is",
        "year": "the new year",
        "value": "as it is, as a proposal",
        "value_max": "as it is, as a proposal",
        "quote": "its years moved on",
        "is_proposal": "yes",
        "baseline": "last year's result, where the old plan is last year's",
        "milestones": "all",
    },
    "Milestone": {
        "target": "that of the new year",
        "position": "in the same order",
        "title": "its years moved on",
        "due_on": "as many years later as the plan",
        "weight": "as it is",
    },
}

_KEY = "the new row has its own"
_YEAR = "is what came of the old plan's year"
_SOURCE = "tells of the import the old line came from"
# By model: the field, and why it does not come.
NOT_COPIED: Final[dict[str, dict[str, str]]] = {
    "Plan": {
        "id": _KEY,
        "status": "a new plan is a draft",
        "predecessor": "is the plan it was made from",
        "successors": "are plans made from the old one",
        "search_text": "is made from the new facts",
        "revision": "counts the new plan's own changes",
        "shape_revision": "counts the new plan's own changes",
        "created_at": "is when the new plan was made",
        "updated_at": "is when the new plan was changed",
        "in_force": "is what the city approved of the old plan",
        "signed_by": _ROUND,
        "signed_at": _ROUND,
        "signed_sha256": _ROUND,
        "filed_at": _ROUND,
        "taken_by": _ROUND,
        "taken_at": _ROUND,
        "versions": "are the old plan as it stood",
        "events": "are the steps the old plan took",
        "signing_rounds": _ROUND,
        "remarks": _ROUND,
        "extensions": _ROUND,
        "comments": "were said of the old plan",
        "writing_rounds": "were the old plan's; the new one opens its own",
        "presences": "is who has the old plan open",
        "import_drafts": "were saved as the old plan",
        "rendered_files": "are prints of the old plan",
        "filing_rule": _YEAR,
        "periods": _YEAR,
        "tracked_lines": _YEAR,
        "counted_targets": _YEAR,
        "findings": _YEAR,
        "year_ends": _YEAR,
    },
    "Item": {
        "id": _KEY,
        "uid": "the new line has its own identity",
        "predecessor": "is the line it was made from",
        "successors": "are lines made from the old one",
        "source_marker": _SOURCE,
        "source_lines": _SOURCE,
        "version": "counts the new line's own changes",
        "changed_in": "counts the new plan's own changes",
        "removed_at": "lines that no longer stand in the plan do not come",
        "removed_as": "lines that no longer stand in the plan do not come",
        "updated_at": "is when the new line was changed",
        "comments": "were said of the old line",
        "tracked_lines": _YEAR,
        "refused_readings": "each is one person's answer for one year; in another it may be a promise",
    },
    "Responsibility": {"id": _KEY},
    "RosterRow": {"id": _KEY},
    "Attachment": {"id": _KEY, "removed_at": "what no longer stands in the plan does not come"},
    "YearlyTarget": {
        "id": _KEY,
        "result": "is what the old year came to; it is the new year's baseline",
    },
    "Milestone": {"id": _KEY},
}

# Models of which no row is written, and why.
NEVER_COPIED: Final[dict[str, str]] = {
    "PlanEvent": "are the steps the old plan took",
    "Framework": "belongs to the city; plans of several years are written against the same one",
    "Criterion": "belongs to its framework",
    "Indicator": "lives for years: the new line is linked to the same one",
    "PlanVersion": "is the old plan as it stood",
    "RefusedReading": "is one person's answer about the old line",
    "WritingRound": "was the old plan's",
    "UnitPart": "was part of a round of the old plan",
    "Comment": "was said of the old plan",
    "Presence": "is who has the old plan open",
    "TakenStep": "is a step taken in the old plan",
}
