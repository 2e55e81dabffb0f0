"""Rules about expected targets and the indicators that hold their numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from plans.checks.findings import Context, Finding, found
from plans.document import Node, PlanDocument, Target
from plans.enums import Kind
from plans.readings import Pairing, Standing, from_document, match, readings_of, settle

_DOING = (Kind.HEADING, Kind.ACTION)


def check_groups(document: PlanDocument, _context: Context) -> Iterator[Finding]:
    """Find groups without 預期目標 beside groups that have some.

    A list of targets belongs to the group of actions before it. The neighbours of a group are those under
    the same heading; of one that stands there alone, those of its level in the chapter.
    """
    for chapter in document.chapters:
        levels: dict[int, list[_Group]] = defaultdict(list)
        _gather(chapter, 1, levels)
        for groups in levels.values():
            if not any(group.promises for group in groups):
                continue
            for group in groups:
                brothers = [other for other in groups if other.parent is group.parent and other is not group]
                neighbours = brothers or [other for other in groups if other is not group]
                have = sum(other.promises for other in neighbours)
                if not group.is_covered and have and 2 * have >= len(neighbours):
                    yield found("no_targets", group.node.uid)
    for node in document.walk():
        if (late := _after_the_last_list(node)) is not None:
            yield found("no_targets", late.uid)


class _Group:
    """A heading with lines below it. `is_covered`: targets stand in it, or behind it for it."""

    __slots__ = ("is_covered", "node", "parent", "promises")

    def __init__(self, node: Node, parent: Node) -> None:
        self.node, self.parent = node, parent
        self.promises = _has_targets(node)
        self.is_covered = (
            self.promises or _has_targets(parent) or any(inner.kind == Kind.TARGET for inner in node.walk())
        )


def _gather(parent: Node, depth: int, levels: dict[int, list[_Group]]) -> None:
    for child in parent.children:
        if child.kind == Kind.HEADING and any(below.kind in _DOING for below in child.children):
            levels[depth].append(_Group(child, parent))
        _gather(child, depth + 1, levels)


def _has_targets(node: Node) -> bool:
    return any(child.kind == Kind.TARGET for child in node.children)


def _after_the_last_list(node: Node) -> Node | None:
    """Return the first line of a group that stands behind the last list of targets and has none."""
    late = None
    for child in node.children:
        if child.kind == Kind.TARGET:
            late = None
        elif child.kind in _DOING and late is None:
            late = child
    if late is None or not _has_targets(node) or any(below.kind == Kind.TARGET for below in late.walk()):
        return None
    return late


def check_numbers(document: PlanDocument, context: Context) -> Iterator[Finding]:
    """Find numbers no indicator holds, indicators the sentence does not say, and targets nobody confirmed."""
    nodes = [node for node in document.walk() if node.kind == Kind.TARGET or node.targets]
    keys: dict[Target, int] = {}
    matches = {
        node.uid: match(
            readings_of(node.kind, node.title, node.text),
            [from_document(keys.setdefault(target, len(keys)), target) for target in node.targets],
            context.refused.get(node.uid, frozenset()),
        )
        for node in nodes
    }
    # One measure can serve two lines, and its number need stand in one of them only.
    matches = settle(matches)
    for node in nodes:
        proposals = context.proposals.get(node.uid, frozenset())
        for name, _counted_in in sorted(proposals):
            yield found("target_proposal", node.uid, name=name)
        for pair in matches[node.uid].pairings:
            # What nobody has confirmed is not held against the sentence, which may be written anew already.
            if (pair.promise.name, pair.promise.counted_in) not in proposals:
                yield from _drift(node, pair)
        for one in matches[node.uid].found:
            if one.is_open and one.reading.value is not None:
                yield found("number_unread", node.uid, quote=one.reading.quote, value=one.amount)


def _drift(node: Node, pair: Pairing) -> Iterator[Finding]:
    name, promised = pair.promise.name, pair.promise.words
    if pair.standing is Standing.DRIFTED and pair.found is not None:
        yield found("target_drifted", node.uid, name=name, promised=promised, said=pair.found.words)
    elif pair.standing is Standing.LOST:
        yield found("target_lost", node.uid, name=name, promised=promised)
