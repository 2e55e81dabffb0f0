"""What the tests of tables share: source lines, trees as plain lists, and the account of a region."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from core.text import strip_blank
from documents.ingest.accounting import Difference, differences
from documents.ingest.nodes import Line, Node
from documents.ingest.proposal import Columns, Proposal, ProposedItem, ProposedMember, Span
from documents.ingest.tables import TableRegion, find_tables

TWINS = Path(__file__).parent / "twins"
SEEDS = Path(__file__).resolve().parents[2].parent / "shared" / "seeds"


def lines_of(text: str) -> list[Line]:
    return [Line(number, line) for number, line in enumerate(text.split("\n"), 1)]


@cache  # nobody changes what was read
def read_twin(name: str) -> tuple[list[str], list[TableRegion]]:
    text = (TWINS / f"{name}.txt").read_text(encoding="utf-8")
    return text.split("\n"), find_tables(lines_of(text))


@cache
def read_seed(name: str) -> tuple[list[str], list[TableRegion]]:
    path = SEEDS / f"{name}.txt"
    if not path.exists():
        pytest.skip("the seeds are not here")
    text = path.read_text(encoding="utf-8")
    return text.split("\n"), find_tables(lines_of(text))


def wanted_tree(name: str) -> list[list[object]]:
    """The twin's truth: depth, kind, marker, title, text, units and, where they count, points."""
    return [_bare(row) for row in json.loads((TWINS / f"{name}.json").read_text(encoding="utf-8"))]


def tree_of(nodes: Sequence[Node], *, points: bool = False) -> list[list[object]]:
    """The tree as the truth is kept, blanks aside: a broken line does not say whether one stood there."""
    rows: list[list[object]] = []

    def walk(node: Node, depth: int) -> None:
        row: list[object] = [depth, node.kind, node.marker, node.title, node.text, node.units]
        rows.append(_bare([*row, node.points] if points else row))
        for child in node.children:
            walk(child, depth + 1)

    for node in nodes:
        walk(node, 1)
    return rows


def unaccounted(region: TableRegion, source: Sequence[str]) -> list[Difference]:
    """Where the region and the lines it covers differ, character by character."""
    covered = [line if region.first <= number <= region.last else "" for number, line in enumerate(source, 1)]
    proposal = Proposal(source=covered, dropped=region.dropped, unplaced=region.unplaced)
    proposal.columns.append(Columns(None, region.heads, Span(region.first, region.last)))
    for node in (node for top in region.nodes for node in top.walk()):
        proposal.items.append(
            ProposedItem(
                len(proposal.items) + 1,
                None,
                node.kind,
                node.marker,
                node.title,
                node.text,
                units=node.units,
                points_text=node.points_text,
                lines=Span(node.first, node.last),
            )
        )
    if region.title:
        span = Span(region.first, region.first)
        proposal.items.append(
            ProposedItem(len(proposal.items) + 1, None, "table", title=region.title, lines=span)
        )
    proposal.task_force = list(region.members)
    return differences(proposal)


def row_of(member: ProposedMember) -> tuple[str, str, str, str]:
    return member.title, member.member, member.duty, member.remark


def _bare(row: list[object]) -> list[object]:
    return [strip_blank(value) if isinstance(value, str) else value for value in row]
