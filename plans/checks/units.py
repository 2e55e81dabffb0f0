"""Rules about who answers for what."""

from __future__ import annotations

from collections.abc import Iterator

from plans.checks.findings import Context, Finding, found
from plans.document import Node, PlanDocument
from plans.enums import Kind, Layout

_NO_ROWS = (Kind.TABLE, Kind.NOTE)  # rosters and notes are nobody's task


def check_units_exist(document: PlanDocument, context: Context) -> Iterator[Finding]:
    """Find names of units that do not exist in the plan's year; one that ends or begins in it does."""
    year = document.facts.year
    gone = {name for node in document.walk() for name in _names(node) if not _exists(name, year, context)}
    if not gone:
        return
    for node in document.walk():
        for name in _names(node):
            if name in gone:
                successor = _successor(name, year, context)
                if successor:
                    yield found("unit_replaced", node.uid, unit=name, successor=successor)
                else:
                    yield found("unit_gone", node.uid, unit=name)


def _names(node: Node) -> Iterator[str]:
    return (unit.name for unit in node.units)


def _exists(name: str, year: int, context: Context) -> bool:
    dates = context.units.get(name)
    return dates is not None and dates.exists_in(year)


def _successor(name: str, year: int, context: Context) -> str:
    """Return the first unit of those that followed one another which exists in the year, "" for none."""
    seen = {name}
    while (dates := context.units.get(name)) is not None:
        name = dates.successor
        if not name or name in seen:
            return ""
        if _exists(name, year, context):
            return name
        seen.add(name)
    return ""


def check_units_named(document: PlanDocument, _context: Context) -> Iterator[Finding]:
    """Find what nobody answers for. Where a whole part has no unit, its top is named and not each line."""
    facts = _Facts(document)
    is_told = False
    for node, above in facts.tables:
        if not above:
            for row in node.children:
                for lacking in facts.rows_without_unit(row, is_theme=True):
                    is_told = True
                    yield found("no_unit_in_table", lacking.uid)
    if not any(node.uid in facts.named for node in document.chapters):
        if document.chapters and not is_told:
            yield found("no_units")
        return
    for chapter in document.chapters:
        # 計畫依據 and its like are nobody's task: a chapter counts that names units, or promises something.
        if chapter.uid in facts.named or chapter.uid in facts.promising:
            for lacking in facts.lines_without_unit(chapter):
                yield found("no_unit", lacking.uid)


class _Facts:
    """At or below which lines units are named, or something is promised; and the responsibility tables."""

    def __init__(self, document: PlanDocument) -> None:
        self.named: set[str] = set()
        self.promising: set[str] = set()
        self.tables: list[
            tuple[Node, bool]
        ] = []  # responsibility tables; whether a unit is named at or above
        for chapter in document.chapters:
            self._note(chapter, above=False)

    def _note(self, node: Node, *, above: bool) -> None:
        above = above or node.names_units
        if node.layout == Layout.RESPONSIBILITY:
            self.tables.append((node, above))
        for child in node.children:
            self._note(child, above=above)
        if node.names_units or any(child.uid in self.named for child in node.children):
            self.named.add(node.uid)
        if node.kind == Kind.TARGET or any(child.uid in self.promising for child in node.children):
            self.promising.add(node.uid)

    def rows_without_unit(self, node: Node, *, is_theme: bool = False) -> Iterator[Node]:
        """Yield the tops of what has no unit in a responsibility table; a heading's own text is a row too."""
        if node.kind in _NO_ROWS or node.names_units:
            return
        if node.uid not in self.named:
            yield node
            return
        if node.title and node.text and not is_theme:
            yield node
        for child in node.children:
            yield from self.rows_without_unit(child)

    def lines_without_unit(self, node: Node) -> Iterator[Node]:
        """Yield the tops of what has no unit outside of responsibility tables."""
        if node.kind in _NO_ROWS or node.names_units or node.layout == Layout.RESPONSIBILITY:
            return
        inner = [child for child in node.children if child.kind not in _NO_ROWS]
        if node.uid not in self.named and not any(
            below.layout == Layout.RESPONSIBILITY for below in node.walk()
        ):
            yield node
            return
        for child in inner:
            yield from self.lines_without_unit(child)
