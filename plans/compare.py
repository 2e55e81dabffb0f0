"""What became of a plan: the lines of two documents side by side, moved ones as moved, changed words marked.

Pure: two PlanDocuments in, a Comparison out, which page and printed table (plans/contrast.py) are made from.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import override

from plans.blocks import ALL_UNITS
from plans.document import Facts, Node, PlanDocument, Target
from plans.enums import Duty
from plans.likeness import ROOT, Pairs, Tree, pair_alike
from plans.words import Words, compare_names, compare_words

UNITS_BETWEEN = "、"
CELLS_BETWEEN = "｜"


class RowKind(StrEnum):
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    MOVED = "moved"
    MOVED_AND_CHANGED = "moved_changed"
    ADDED = "added"
    REMOVED = "removed"


class Field(StrEnum):
    """What may be other in a line, or on the title page."""

    TITLE = "title"
    TEXT = "text"
    KIND = "kind"
    UNITS = "units"
    ALL_UNITS = "all_units"
    POINTS = "points"
    POINTS_TEXT = "points_text"
    CRITERION = "criterion"
    TARGETS = "targets"
    ROSTER = "roster"
    LAYOUT = "layout"
    HEADS = "heads"
    NUMBERED = "numbered"
    CHILD_STYLE = "child_style"
    # of the title page
    AGENCY = "agency"
    SERIES = "series"
    SUBTITLE = "subtitle"
    ATTRIBUTE = "attribute"
    NOTE = "note"
    SIGN_OFF = "sign_off"
    SCHEME = "scheme"


@dataclass(frozen=True, slots=True)
class Change:
    """A field that is other: as text, and for what is read as text its words, marked."""

    field: Field
    before: str
    after: str
    words: Words = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A line where it stands in its document: below the nodes of `path`, the chapter first."""

    node: Node
    path: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    kind: RowKind
    before: Place | None
    after: Place | None
    changes: tuple[Change, ...] = ()
    path: tuple[Node, ...] = ()  # the headings it is shown below: those of the new document where they are
    has_other_parent: bool = False  # moved below another heading, not only among its siblings

    @property
    def place(self) -> Place:
        """Where the row stands: in the new document, or what was removed in the old one."""
        place = self.after or self.before
        assert place is not None  # noqa: S101 -- a row has a line on one side at least
        return place

    @property
    def is_renumbered(self) -> bool:
        """Say whether the line bears another number, of itself or because of others before it."""
        return bool(self.before and self.after and self.before.node.number != self.after.node.number)

    def change_of(self, field: Field) -> Change | None:
        return next((change for change in self.changes if change.field == field), None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every line of both documents once, in the order of the new one, what was removed at its old place."""

    before: Facts
    after: Facts
    facts: tuple[Change, ...]
    rows: tuple[Row, ...]

    @property
    def counts(self) -> Mapping[RowKind, int]:
        return Counter(row.kind for row in self.rows)

    @property
    def is_same(self) -> bool:
        return not self.facts and all(row.kind == RowKind.UNCHANGED for row in self.rows)


def compare(before: PlanDocument, after: PlanDocument, *, predecessors: Mapping[str, str]) -> Comparison:
    """Compare two numbered documents. `predecessors` gives for a new line's uid that of the old one.

    Lines are paired by uid, else by predecessor, else by likeness.
    """
    old, new = Tree(before), Tree(after)
    pairs = Pairs(old, new)
    for uid in new.nodes:
        if uid in old.nodes:
            pairs.add(uid, uid)
    for uid in new.nodes:
        if (known := predecessors.get(uid, "")) in old.nodes:
            pairs.add(known, uid)
    if pairs.old_left(old.nodes) and pairs.new_left(new.nodes):
        pair_alike(pairs)
    heads = _Heads(dict(before.facts.column_heads), dict(after.facts.column_heads))
    return Comparison(
        before.facts,
        after.facts,
        tuple(_fact_changes(before.facts, after.facts)),
        tuple(_rows(pairs, heads)),
    )


def _rows(pairs: Pairs, heads: _Heads) -> Iterator[Row]:
    old, new = pairs.before, pairs.after
    moved = _moved(pairs)
    gone = _gone(pairs, moved)
    # Each entry is the uid of a line, whether it is one of the old document, and what stands above it.
    stack: list[tuple[str, bool, tuple[Node, ...]]] = []

    def push(parent: str, path: tuple[Node, ...]) -> None:
        entries = [(uid, True, path) for uid in gone[parent, ROOT]]
        for uid in new.children.get(parent, ()):
            entries.append((uid, False, path))
            entries += [(below, True, path) for below in gone[parent, uid]]
        stack.extend(reversed(entries))

    paths = _Paths(old)
    push(ROOT, ())
    while stack:
        uid, is_removed, path = stack.pop()
        if is_removed:
            place = paths.place(uid)
            yield Row(RowKind.REMOVED, place, None, path=path)
            below = [child for child in old.children[uid] if child in gone.lines]
            stack.extend((child, True, (*path, place.node)) for child in reversed(below))
            continue
        node = new.nodes[uid]
        place = Place(node, path)
        known = pairs.before_of.get(uid)
        if known is None:
            yield Row(RowKind.ADDED, None, place, path=path)
        else:
            changes = tuple(_changes(old.nodes[known], node, heads))
            yield Row(
                _kind(uid in moved, bool(changes)),
                paths.place(known),
                place,
                changes,
                path,
                moved.get(uid, False),
            )
        push(uid, (*path, node))


def _kind(is_moved: bool, is_changed: bool) -> RowKind:
    if is_moved:
        return RowKind.MOVED_AND_CHANGED if is_changed else RowKind.MOVED
    return RowKind.CHANGED if is_changed else RowKind.UNCHANGED


class _Paths:
    """What stands above each line of the old document."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.known: dict[str, tuple[Node, ...]] = {ROOT: ()}

    def place(self, uid: str) -> Place:
        return Place(self.tree.nodes[uid], self.above(self.tree.parents[uid]))

    def above(self, parent: str) -> tuple[Node, ...]:
        if parent not in self.known:
            self.known[parent] = (*self.above(self.tree.parents[parent]), self.tree.nodes[parent])
        return self.known[parent]


def _moved(pairs: Pairs) -> dict[str, bool]:
    """Return the lines that stand elsewhere, and for each whether that is below another heading.

    Of siblings in another order the longest run still in the old order stays; so one line that was
    moved is one line moved, however many it passed.
    """
    old, new = pairs.before, pairs.after
    moved: dict[str, bool] = {}
    for parent, children in new.children.items():
        was_parent = pairs.before_of.get(parent)
        places = {uid: place for place, uid in enumerate(old.children.get(was_parent or "", ()))}
        staying, order = [], []
        for uid in children:
            known = pairs.before_of.get(uid)
            if known is None:
                continue
            if was_parent is None or old.parents[known] != was_parent:
                moved[uid] = True
            else:
                staying.append(uid)
                order.append(places[known])
        kept = _longest_increasing(order)
        moved.update((uid, False) for place, uid in enumerate(staying) if place not in kept)
    return moved


def _longest_increasing(numbers: Sequence[int]) -> set[int]:
    """Return the places of the numbers that make up a longest increasing subsequence."""
    tails: list[int] = []  # the smallest last number of a run of each length
    ends: list[int] = []  # its place
    previous: list[int] = []
    for place, number in enumerate(numbers):
        length = bisect_left(tails, number)
        previous.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [number]
        ends[length : length + 1] = [place]
    kept: set[int] = set()
    place = ends[-1] if ends else -1
    while place >= 0:
        kept.add(place)
        place = previous[place]
    return kept


class _Gone(defaultdict[tuple[str, str], list[str]]):
    """Removed lines by (new parent, new sibling they stand behind, "" at the head)."""

    def __init__(self, lines: set[str]) -> None:
        super().__init__(list)
        self.lines = lines


def _gone(pairs: Pairs, moved: Container[str]) -> _Gone:
    """Return the removed lines whose parent is still there, each behind the sibling it stood behind.

    What stood below a removed line is listed with it.
    """
    old, new = pairs.before, pairs.after
    gone = _Gone(set(pairs.old_left(old.nodes)))
    for was_parent, children in old.children.items():
        parent = pairs.after_of.get(was_parent)
        if parent is None:
            continue
        behind = ROOT
        for uid in children:
            now = pairs.after_of.get(uid)
            if now is None:
                gone[parent, behind].append(uid)
            elif now not in moved and new.parents[now] == parent:
                behind = now
    return gone


class _Heads(NamedTuple):
    """A document's own column heads by the uid of the table."""

    before: Mapping[str, tuple[str, ...]]
    after: Mapping[str, tuple[str, ...]]


def _changes(before: Node, after: Node, heads: _Heads) -> Iterator[Change]:
    for field, text in _WORDED:
        if (old := text(before)) != (new := text(after)):
            yield Change(field, old, new, compare_words(old, new))
    if before.units != after.units:
        names, now = unit_names(before), unit_names(after)
        words = compare_names(names, now, separator=UNITS_BETWEEN)
        yield Change(Field.UNITS, UNITS_BETWEEN.join(names), UNITS_BETWEEN.join(now), words)
    for field, text in _PLAIN:
        if (old := text(before)) != (new := text(after)):
            yield Change(field, old, new)
    was, now_heads = heads.before.get(before.uid, ()), heads.after.get(after.uid, ())
    if was != now_heads:
        yield Change(Field.HEADS, UNITS_BETWEEN.join(was), UNITS_BETWEEN.join(now_heads))


def _fact_changes(before: Facts, after: Facts) -> Iterator[Change]:
    for field in (Field.TITLE, Field.SUBTITLE, Field.AGENCY, Field.SERIES, Field.ATTRIBUTE, Field.NOTE):
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            yield Change(field, old, new, compare_words(old, new))
    if before.sign_off != after.sign_off:
        old, new = "\n".join(before.sign_off), "\n".join(after.sign_off)
        yield Change(Field.SIGN_OFF, old, new, compare_words(old, new))
    if before.scheme != after.scheme:
        yield Change(Field.SCHEME, before.scheme, after.scheme)


def unit_names(node: Node) -> tuple[str, ...]:
    """Return the line's own units; one that assists says so."""
    return tuple(unit.name if unit.duty == Duty.LEAD else f"{unit.name}（協辦）" for unit in node.units)


def answering(node: Node) -> tuple[str, ...]:
    """Return who answers for the line as it prints: its own units, or 各課室."""
    return (ALL_UNITS,) if node.all_units else unit_names(node)


def roster_text(node: Node) -> str:
    rows = ((row.title, row.member, row.duty, row.remark) for row in node.roster)
    return "\n".join(CELLS_BETWEEN.join(cells) for cells in rows)


@lru_cache(maxsize=4096)
def target_text(target: Target) -> str:
    """Return a promised value as it is told on paper, 法律諮詢：至少 12 場次, without its sentence."""
    with override("zh-hant"):  # a document is Chinese whatever the language of the site
        return f"{target.name}：{target.words}"


# What is compared as it stands: the field and the text it is shown as.
_PLAIN: tuple[tuple[Field, Callable[[Node], str]], ...] = (
    (Field.KIND, lambda node: node.kind),
    (Field.ALL_UNITS, lambda node: ALL_UNITS if node.all_units else ""),
    (Field.POINTS, lambda node: node.points or ""),
    (Field.CRITERION, lambda node: node.criterion),
    (Field.TARGETS, lambda node: "；".join(map(target_text, node.targets))),
    (Field.LAYOUT, lambda node: node.layout),
    (Field.NUMBERED, lambda node: "yes" if node.numbered else ""),
    (Field.CHILD_STYLE, lambda node: node.child_style),
)
_WORDED: tuple[tuple[Field, Callable[[Node], str]], ...] = (
    (Field.TITLE, lambda node: node.title),
    (Field.TEXT, lambda node: node.text),
    (Field.POINTS_TEXT, lambda node: node.points_text),
    (Field.ROSTER, roster_text),
)
