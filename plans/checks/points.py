"""Rules about points, where the plan's framework has any."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from core.numerals import parse_number
from plans.checks.findings import Context, Finding, found
from plans.document import Node, PlanDocument

# The number in (400分), （２５％）, 配分20.
_PRINTED = re.compile(r"[\d０-９][\d０-９,，]*(?:[.．][\d０-９]+)?")


def check_points(document: PlanDocument, context: Context) -> Iterator[Finding]:
    if not context.has_points or not document.chapters:
        return
    outermost = [node for chapter in document.chapters for node in _nearest(chapter)]
    total = _sum(outermost)
    if context.total_points is not None and total != context.total_points:
        yield found("points_total", sum=shown(total), points=shown(context.total_points))
    for node in document.walk():
        if node.points is None:
            continue
        own = Decimal(node.points)
        below = [inner for child in node.children for inner in _nearest(child)]
        if below and _sum(below) != own:
            yield found("points_sum", node.uid, points=shown(own), sum=shown(_sum(below)))
        if _printed(node.points_text) not in (None, own):
            yield found("points_printed", node.uid, points=shown(own), text=node.points_text.strip())
    yield from _against_criteria(document, context)


def shown(points: Decimal) -> str:
    """Print 200.00 as 200, and 12.50 as 12.5."""
    return f"{points.normalize():f}"


def _nearest(node: Node) -> Iterator[Node]:
    """Yield the node if it has points, else the nearest below it that have."""
    if node.points is not None:
        yield node
        return
    for child in node.children:
        yield from _nearest(child)


def _sum(nodes: Sequence[Node]) -> Decimal:
    return sum((Decimal(node.points or 0) for node in nodes), Decimal(0))


def _printed(text: str) -> Decimal | None:
    """Return the points a line prints; None where there is no number, or more than one."""
    numbers = _PRINTED.findall(text)
    return parse_number(numbers[0].replace("，", ",")) if len(numbers) == 1 else None


def _against_criteria(document: PlanDocument, context: Context) -> Iterator[Finding]:
    """Find criteria whose lines do not have their points; several lines of one criterion share them."""
    lines: dict[str, list[Node]] = defaultdict(list)
    for node in document.walk():
        criterion = context.criteria.get(node.criterion)
        if criterion is not None and criterion.points is not None:
            lines[node.criterion].append(node)
    for code, nodes in lines.items():
        criterion = context.criteria[code]
        wanted = criterion.points or Decimal(0)
        if _sum(nodes) != wanted:
            yield found(
                "points_criterion",
                nodes[0].uid,
                sum=shown(_sum(nodes)),
                criterion=criterion.title,
                points=shown(wanted),
            )
