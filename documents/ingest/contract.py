"""The object `import_plan --json` prints: a contract other programs read, so names and order stay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from documents.ingest.accounting import account
from documents.ingest.proposal import Proposal, ProposedItem
from plans.enums import Scheme
from plans.numbering import number_rows


def proposal_to_json(proposal: Proposal, *, scheme: str = Scheme.STANDARD) -> dict[str, Any]:
    """Return the proposal as plain data; the caller adds `plan_id` where a plan was saved."""
    plan = proposal.plan
    characters = account(proposal)
    return {
        "plan": {
            "title": plan.title,
            "subtitle": plan.subtitle,
            "agency": plan.agency,
            "attribute": plan.attribute,
            "note": plan.note,
            "sign_off": list(plan.sign_off),
        },
        "columns": [list(columns.heads) for columns in proposal.columns],
        "characters": {
            "source": characters.source,
            "placed": characters.placed,
            "unplaced": [{"line": line.line, "text": line.text} for line in proposal.unplaced],
        },
        "items": _items(proposal.items, scheme),
        "targets": [
            {
                "item": target.item,
                "quote": target.quote,
                "name": target.name,
                "comparator": target.comparator,
                "value": target.value,
                "value_max": target.value_max,
                "counted_in": target.counted_in,
                "aggregation": target.aggregation,
                "per": target.per,
                "origin": target.origin,
            }
            for target in proposal.targets
        ],
        "task_force": [
            {"title": row.title, "member": row.member, "duty": row.duty, "remark": row.remark}
            for row in proposal.task_force
        ],
        "warnings": [
            {"line": warning.line, "code": warning.code, "message": warning.message}
            for warning in proposal.warnings
        ],
    }


def _items(items: Iterable[ProposedItem], scheme: str) -> list[dict[str, Any]]:
    items = list(items)
    rows = [(item.id, item.parent, item.kind, item.numbered, item.child_style) for item in items]
    numbers = dict(number_rows(rows, scheme))
    paths: dict[int | None, list[str]] = {None: []}
    units: dict[int | None, tuple[list[str], bool]] = {None: ([], False)}
    written: list[dict[str, Any]] = []
    for item in items:
        # An item without a number adds nothing to the path; what stands below it still tells its place.
        paths[item.id] = paths[item.parent] + [number for number in (numbers[item.id],) if number]
        own = (item.units, item.all_units)
        units[item.id] = own if item.units or item.all_units else units[item.parent]
        effective, all_units = units[item.id]
        written.append(
            {
                "id": item.id,
                "parent": item.parent,
                "path": "/".join(paths[item.id]),
                "depth": _depth(item, written),
                "kind": item.kind,
                "marker": item.marker,
                "title": item.title,
                "text": item.text,
                "units": list(effective),
                "own_units": list(item.units),
                "all_units": all_units,
                "points": item.points,
                "confidence": item.confidence,
                "lines": [item.lines.first, item.lines.last],
            }
        )
    return written


def _depth(item: ProposedItem, written: list[dict[str, Any]]) -> int:
    """Chapters have depth 1. Ids count from 1 in document order, so a parent is found by its id."""
    if item.parent is None:
        return 1
    depth: int = written[item.parent - 1]["depth"] + 1
    return depth
