"""Which lines of a plan are reported on, and what was promised there. Pure: a PlanDocument in, values out.

By default these are the 重點 of a responsibility table, the group that has 預期目標 in an outline and the
重點 of a target table. Where a plan has none of them, the lines that name their units are; where no line
names any, the lowest headings of its longest chapter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from indicators.enums import Comparator
from plans.document import EffectiveUnits, Node, PlanDocument, Target, effective_units
from plans.enums import Duty, Kind, Layout

ROW_KINDS = (Kind.HEADING, Kind.ACTION)  # what may be a line that is reported on
# How far below the part that is a table its 重點 stand: 要項 → 重點, 構面 → 指標 → 重點.
ROW_DEPTH = {Layout.RESPONSIBILITY: 2, Layout.TARGET_TABLE: 3}


@dataclass(frozen=True)
class Promise:
    """A target below a line: `item` is the uid of the sentence. Without `target` it is qualitative."""

    item: str
    words: str
    target: Target | None = None

    @property
    def is_counted(self) -> bool:
        return self.target is not None and (
            self.target.value is not None or self.target.comparator == Comparator.DONE
        )


@dataclass(frozen=True)
class Candidate:
    """A line that may be reported on. `units` are the names of those that lead, `path` names the chapter."""

    uid: str
    number: str
    words: str
    path: str
    depth: int
    is_usual: bool
    units: tuple[str, ...] = ()
    all_units: bool = False
    promises: tuple[Promise, ...] = ()


def candidates(document: PlanDocument) -> list[Candidate]:
    """Return the lines that may be reported on, in the order of the plan, with the usual ones marked.

    A promise belongs to the nearest usual line at or above it, else to its parent.
    """
    units = effective_units(document)
    usual = _usual(document)
    found: list[Candidate] = []
    for chapter in document.chapters:
        path = f"{chapter.number}{chapter.title or chapter.text}".strip()
        stack: list[tuple[Node, int, bool]] = [(chapter, 0, False)]
        while stack:
            node, depth, is_inside = stack.pop()
            is_usual = node.uid in usual
            if is_usual or _may_be(node):
                found.append(
                    _candidate(node, depth, path, units, usual, is_usual=is_usual, is_inside=is_inside)
                )
            stack.extend((child, depth + 1, is_inside or is_usual) for child in reversed(node.children))
    return found


def _may_be(node: Node) -> bool:
    has_below = any(child.kind in {*ROW_KINDS, Kind.TARGET} for child in node.children)
    return node.kind in ROW_KINDS and (has_below or node.names_units or bool(node.targets))


def _candidate(
    node: Node,
    depth: int,
    path: str,
    units: dict[str, EffectiveUnits],
    usual: set[str],
    *,
    is_usual: bool,
    is_inside: bool,
) -> Candidate:
    names, is_all = _answering(node, units)
    owns = is_usual or (not is_inside and not any(one.uid in usual for one in node.walk()))
    return Candidate(
        uid=node.uid,
        number=node.number,
        words=" ".join((node.title or node.text).split()),
        path=path,
        depth=depth,
        is_usual=is_usual,
        units=names,
        all_units=is_all,
        promises=tuple(_promises(node, usual)) if owns else (),
    )


def _answering(node: Node, units: dict[str, EffectiveUnits]) -> tuple[tuple[str, ...], bool]:
    """Return who answers for a line: its own or inherited units that lead, else all those named below it."""
    own = units[node.uid]
    if own.names or own.all_units:
        leading = {unit.name for one in node.walk() for unit in one.units if unit.duty == Duty.LEAD}
        assisting = {unit.name for unit in node.units if unit.duty != Duty.LEAD} - leading
        return tuple(name for name in own.names if name not in assisting) or own.names, own.all_units
    below = [one for one in node.walk() if one.names_units]
    names = dict.fromkeys(unit.name for one in below for unit in one.units if unit.duty == Duty.LEAD)
    return tuple(names), not names and any(one.all_units for one in below)


def _promises(node: Node, usual: set[str]) -> Iterator[Promise]:
    """Yield what is promised at and below a line, down to the next line that is reported on itself."""
    stack = [node]
    while stack:
        one = stack.pop()
        if one is not node and one.uid in usual:
            continue
        words = " ".join((one.text or one.title).split())
        if one.targets:
            yield from (Promise(one.uid, target.quote or words, target) for target in one.targets)
        elif one.kind == Kind.TARGET and words:
            yield Promise(one.uid, words)
        stack.extend(reversed(one.children))


def _usual(document: PlanDocument) -> set[str]:
    found = {node.uid for chapter in document.chapters for node in _rows(chapter)}
    if found:
        return found
    named = {
        node.uid
        for node in document.walk()
        if node.kind in ROW_KINDS and node.names_units and not _names_units_below(node)
    }
    return named or _lowest_headings(document)


def _names_units_below(node: Node) -> bool:
    return any(one.names_units for child in node.children for one in child.walk() if one.kind in ROW_KINDS)


def _lowest_headings(document: PlanDocument) -> set[str]:
    body = max(document.chapters, key=lambda chapter: sum(1 for _ in chapter.walk()), default=None)
    if body is None:
        return set()
    return {
        node.uid
        for node in body.walk()
        if node is not body
        and node.title
        and node.children
        and not any(child.title for child in node.children)
    }


def _rows(node: Node) -> Iterator[Node]:
    """Yield the lines at and below a node that are usually reported on."""
    if node.layout in ROW_DEPTH:
        yield from _table_rows(node, ROW_DEPTH[Layout(node.layout)])
        return
    if any(child.kind == Kind.TARGET for child in node.children):
        yield node
    for child in node.children:
        if child.kind not in {Kind.TARGET, Kind.TABLE, Kind.NOTE}:
            yield from _rows(child)


def _table_rows(node: Node, depth: int) -> Iterator[Node]:
    """Yield the lines `depth` levels below a table's top, or the lowest above where a branch ends before."""
    for child in node.children:
        if child.kind not in ROW_KINDS:
            continue
        if depth == 1 or not any(one.kind in ROW_KINDS for one in child.children):
            yield child
        else:
            yield from _table_rows(child, depth - 1)
