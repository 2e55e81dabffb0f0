"""Give each paragraph its place in the tree, from the sequence of markers rather than their look.

The open items form a stack. A marked paragraph may continue any list that is open or begin a new one
under any open item; every possibility is weighed and the best taken. How far it is ahead of the second
best becomes the confidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from documents.ingest.joining import Block
from documents.ingest.nodes import Node
from documents.ingest.proposal import Dropped, Layout, ReadingWarning
from documents.ingest.wording import width
from plans.markers import BULLET, FORMAL, PAIR, RANK, Marker

MAX_DEPTH = 12
_WEAK, _STRONG = 0.6, 1.0
_CLEAR_LEAD = 2.0  # points between the best place and the next


@dataclass(eq=False)
class TableBlock:
    """Stands among the blocks where a table was; its nodes go below the item before it.

    `layout` is for the item they go below; a roster carries its own.
    """

    first: int
    nodes: list[Node]
    layout: Layout = ""


@dataclass(eq=False)
class Sprout:
    """An item while the tree grows. `table` is set where a table stands in its place."""

    block: Block | None
    parent: Sprout | None
    style: str = ""
    value: int = 0
    target: bool = False
    confidence: float = 1.0
    paragraphs: list[Block] = field(default_factory=list)
    children: list[Sprout] = field(default_factory=list)
    table: TableBlock | None = None

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else self.parent.depth + 1

    @property
    def owner(self) -> Sprout:
        """The item above; the root is its own."""
        return self.parent or self

    @property
    def is_sentence(self) -> bool:
        return self.block is not None and self.block.is_sentence

    @property
    def is_group(self) -> bool:
        return bool(self.paragraphs or self.children)


@dataclass
class Tree:
    root: Sprout
    preamble: list[Block]
    dropped: list[Dropped]
    warnings: list[ReadingWarning]


def arrange(blocks: Sequence[Block | TableBlock]) -> Tree:
    """Return the tree of `blocks`. Paragraphs before the first marker are the preamble."""
    return _Arranger(blocks).run()


@dataclass
class _Place:
    score: float
    parent: Sprout
    target: bool
    reason: str  # next, gap, repeat, new, odd


class _Arranger:
    def __init__(self, blocks: Sequence[Block | TableBlock]) -> None:
        self.blocks = blocks
        self.root = Sprout(None, None)
        self.stack: list[Sprout] = [self.root]
        self.pending: Sprout | None = None  # the group whose 預期目標 has just been announced
        self.lists: list[tuple[Sprout, list[Sprout]]] = []
        self.nesting: Counter[tuple[str, str]] = Counter()
        self.preamble: list[Block] = []
        self.dropped: list[Dropped] = []
        self.warnings: list[ReadingWarning] = []
        markers = [b.marker for b in blocks if isinstance(b, Block) and b.marker is not None]
        formal = any(marker.style == FORMAL for marker in markers)
        self.chapter_style = FORMAL if formal else (markers[0].style if markers else "")
        self.indents_tell = _indents_tell(blocks)

    def run(self) -> Tree:
        for index, block in enumerate(self.blocks):
            after = self.blocks[index + 1] if index + 1 < len(self.blocks) else None
            if isinstance(block, TableBlock):
                self._add_table(block)
            elif block.label:
                self._announce(block)
            elif block.marker is not None:
                self._add_marked(block, block.marker, after)
            else:
                self._add_bare(block, after)
        self._lift_shared_lists()
        return Tree(self.root, self.preamble, self.dropped, self.warnings)

    # Marked paragraphs

    def _add_marked(self, block: Block, marker: Marker, after: Block | TableBlock | None) -> None:
        if len(self.stack) == 1 and marker.style != self.chapter_style:
            self._open_unnamed_chapter(block.first)
        places = self._places(block, marker, _opens_group(block, after))
        best = max(places, key=lambda place: place.score)
        rival = max((p.score for p in places if p.parent is not best.parent), default=-99.0)
        confidence = _STRONG if best.score - rival >= _CLEAR_LEAD else _WEAK
        if best.reason not in ("next", "new"):
            confidence = _WEAK
            self._warn_order(block, marker, best.reason)
        if marker.style == BULLET:
            confidence = min(confidence, 0.8)
        self._grow(best.parent, block, marker, best.target, confidence)

    def _places(self, block: Block, marker: Marker, group: bool) -> list[_Place]:
        if marker.style == self.chapter_style and self.pending is None:
            chapter = [s for s in self.stack if s.style == marker.style and s.depth == 1]
            if marker.style == FORMAL or len(self.stack) == 1:
                last = chapter[0].value if chapter else self._last_chapter()
                return [_Place(20, self.root, False, "next" if marker.value == last + 1 else "gap")]
        places: list[_Place | None] = [
            self._weigh_sibling(frame, block, marker, group)
            for frame in self.stack[1:]
            if frame.style == marker.style
        ]
        places += [self._weigh_going_on(frame, block, marker) for frame in self.stack]
        if self.pending is not None:
            score = 12.0 if marker.value <= 1 else 5.0
            places.append(_Place(score, self.pending, True, "new" if marker.value <= 1 else "gap"))
        else:
            places += [self._weigh_new_list(depth, marker) for depth in range(len(self.stack))]
        return [place for place in places if place is not None]

    def _last_chapter(self) -> int:
        return next((c.value for c in reversed(self.root.children) if c.value), 0)

    def _weigh_sibling(self, frame: Sprout, block: Block, marker: Marker, group: bool) -> _Place:
        """Weigh being the next of the list `frame` is in."""
        step = marker.value - frame.value
        if marker.style == BULLET:
            score, reason = 9.0, "next"
        elif step == 1 and _same_major(frame, marker):
            score, reason = 10.0, "next"
        elif marker.value == 1:
            score, reason = 2.0, "repeat"
        elif step > 1:
            score, reason = 4.0 - 0.5 * min(step, 4), "gap"
        else:
            score, reason = 2.0, "repeat"
        if group:
            score += 2.0 if frame.is_group else (-4.0 if frame.is_sentence else 0.0)
        elif frame.is_group and not frame.is_sentence and block.is_sentence:
            score -= 1.0
        if self.indents_tell and frame.block is not None:
            score += 2.0 if abs(frame.block.indent - block.indent) <= 1 else -3.0
        score += 0.1 * frame.depth
        return _Place(score, frame.owner, frame.target, reason)

    def _weigh_going_on(self, parent: Sprout, block: Block, marker: Marker) -> _Place | None:
        """Weigh going on with a list below `parent` that a list of targets interrupted."""
        last = next((child for child in reversed(parent.children) if not child.target), None)
        if last is None or last in self.stack or last.style != marker.style:
            return None
        place = self._weigh_sibling(last, block, marker, group=False)
        return place if place.reason == "next" and marker.style != BULLET else None

    def _weigh_new_list(self, depth: int, marker: Marker) -> _Place | None:
        """Weigh opening a list under the open item at `depth` of the stack."""
        parent = self.stack[depth]
        if depth == 0:
            return None
        popped = len(self.stack) - 1 - depth
        score, reason = (8.0, "new") if marker.value <= 1 else (3.0, "odd")
        score -= 3.0 * popped
        if popped and self.stack[depth + 1].style == marker.style:
            score -= 3.0  # would be the same list once more
        inside_itself = any(frame.style == marker.style for frame in self.stack[1 : depth + 1])
        if inside_itself or (parent.style and RANK[marker.style] <= RANK[parent.style]):
            score -= 4.0
        if self.nesting[parent.style, marker.style]:
            score += 1.5
        if marker.style == PAIR and marker.major == parent.value:
            score += 1.0
        if parent.block is not None and depth:
            score += 1.0 if parent.block.leads or not parent.is_sentence else -1.0
        return _Place(score, parent, parent.target, reason)

    def _grow(self, parent: Sprout, block: Block, marker: Marker, target: bool, confidence: float) -> None:
        while parent.depth >= MAX_DEPTH and parent.parent is not None:
            parent = parent.parent
            confidence = _WEAK
            self._warn(
                block.first, "too_deep", _("The level is too deep; the line was kept one level higher.")
            )
        sprout = Sprout(block, parent, marker.style, marker.value, target, min(confidence, block.sureness))
        self._push(sprout)
        self.nesting[parent.style, marker.style] += 1
        if self.pending is not None:
            if target and parent is self.pending:
                self.lists.append((self.pending, []))
            self.pending = None
        if target and self.lists and self.lists[-1][0] is parent:
            self.lists[-1][1].append(sprout)

    def _push(self, sprout: Sprout) -> None:
        sprout.owner.children.append(sprout)
        del self.stack[sprout.owner.depth + 1 :]
        self.stack.append(sprout)

    def _open_unnamed_chapter(self, line: int) -> None:
        self._push(Sprout(None, self.root, confidence=0.5))
        if self.preamble or self.chapter_style:
            self._warn(line, "no_chapter", _("This line stands before any chapter."))

    # Paragraphs without marker

    def _add_bare(self, block: Block, after: Block | TableBlock | None) -> None:
        if len(self.stack) == 1:
            self.preamble.append(block)
            return
        if self.pending is not None or (self.stack[-1].target and not self.stack[-1].style):
            self._add_bare_target(block)
            return
        deepest = self.stack[-1]
        if self._names_group(block, after, deepest):
            parent = self._parent_of_group(after, deepest)
            self._push(Sprout(block, parent, confidence=_WEAK))
            return
        if (owner := self._owner_by_indent(block, deepest)) is not None:
            self._push(Sprout(block, owner, confidence=_WEAK))
            return
        if deepest.is_sentence and deepest.depth > 1 and not deepest.paragraphs:
            # A second paragraph of a numbered line may as well close the list.
            deepest.confidence = min(deepest.confidence, _WEAK)
        deepest.paragraphs.append(block)

    def _add_bare_target(self, block: Block) -> None:
        parent = self.pending or self.stack[-1].owner
        sprout = Sprout(block, parent, target=True, confidence=min(0.8, block.sureness))
        self._push(sprout)
        if self.pending is not None:
            self.lists.append((self.pending, []))
            self.pending = None
        self.lists[-1][1].append(sprout)

    def _names_group(self, block: Block, after: Block | TableBlock | None, deepest: Sprout) -> bool:
        """A short line without stop before a list begins, where the item before it is complete."""
        if block.is_sentence or width(block.text) > 44 or not isinstance(after, Block):
            return False
        if after.marker is None or after.marker.value != 1:
            return False
        return deepest.is_sentence or bool(deepest.paragraphs) or deepest.block is None

    def _parent_of_group(self, after: Block | TableBlock | None, deepest: Sprout) -> Sprout:
        style = after.marker.style if isinstance(after, Block) and after.marker is not None else ""
        parent = deepest if deepest.paragraphs or deepest.block is None else deepest.parent
        for frame in reversed(self.stack[1:]):
            if frame.style == style:
                parent = frame.parent
                break
        while parent is not None and not parent.style and parent.parent is not None and parent.depth > 1:
            parent = parent.parent
        if parent is None or parent is self.root:
            parent = self.stack[1]
        return parent

    def _owner_by_indent(self, block: Block, deepest: Sprout) -> Sprout | None:
        """The open item whose own paragraphs stand as far left as this one, left of the last list."""
        if not self.indents_tell or deepest.block is None or block.indent >= deepest.block.indent - 1:
            return None
        for frame in reversed(self.stack[1:-1]):
            if frame.paragraphs and abs(frame.paragraphs[-1].indent - block.indent) <= 1:
                return frame
        return None

    # Lists of targets

    def _announce(self, block: Block) -> None:
        self.dropped.append(Dropped(block.first, block.text, "label", block.last))
        if len(self.stack) == 1:
            self._open_unnamed_chapter(block.first)
        holder = self.stack[-1]
        while holder.target and holder.parent is not None:
            holder = holder.parent
        if (
            holder is self.stack[-1]
            and holder.depth > 1
            and not holder.is_group
            and holder.parent is not None
        ):
            holder = holder.parent
        self.pending = holder
        del self.stack[holder.depth + 1 :]

    def _lift_shared_lists(self) -> None:
        """Give a list that several headings share to the item above them.

        Where 1-1, 1-2 and 1-3 have one list at the end, it speaks of all three; where each has its
        own, it stays with its heading.
        """
        holding = {id(frame) for holder, _targets in self.lists for frame in _with_ancestors(holder)}
        for holder, targets in self.lists:
            owner = holder
            while (above := owner.parent) is not None and above is not self.root:
                headings = [child for child in above.children if not child.target]
                earlier = headings[: headings.index(owner)] if owner in headings else []
                last = bool(headings) and headings[-1] is owner
                if not (earlier and last) or any(id(child) in holding for child in earlier):
                    break
                owner = above
            if owner is not holder:
                for sprout in targets:
                    holder.children.remove(sprout)
                    owner.children.append(sprout)
                    sprout.parent = owner
                    sprout.confidence = min(sprout.confidence, 0.8)

    # Tables

    def _add_table(self, block: TableBlock) -> None:
        if len(self.stack) == 1:
            self._push(Sprout(None, self.root))
        parent = self.stack[-1]
        while parent.parent is not None and parent.depth > 1 and (parent.is_sentence or parent.target):
            parent = parent.parent
        sprout = Sprout(None, parent, table=block)
        parent.children.append(sprout)
        self.pending = None

    # What a person should know

    def _warn_order(self, block: Block, marker: Marker, reason: str) -> None:
        if reason == "gap":
            self._warn(block.first, "number_skipped", _("A number is missing before %s.") % marker.text)
        elif reason == "repeat":
            self._warn(block.first, "number_repeated", _("The number %s stands out of order.") % marker.text)
        else:
            self._warn(block.first, "list_start", _("A list begins with %s.") % marker.text)

    def _warn(self, line: int, code: str, message: str) -> None:
        self.warnings.append(ReadingWarning(line, code, message))


def _same_major(frame: Sprout, marker: Marker) -> bool:
    if marker.style != PAIR or frame.block is None or frame.block.marker is None:
        return True
    return frame.block.marker.major == marker.major


def _opens_group(block: Block, after: Block | TableBlock | None) -> bool:
    """Whether the paragraph looks like a heading: no full stop, and text, a list or 預期目標 below it."""
    if block.is_sentence or width(block.text) > 100 or after is None:
        return False
    if isinstance(after, TableBlock) or after.marker is None or after.label:
        return True
    same = block.marker is not None and after.marker.style == block.marker.style
    return after.marker.value == 1 and not same


def _with_ancestors(sprout: Sprout) -> list[Sprout]:
    found = [sprout]
    while found[-1].parent is not None:
        found.append(found[-1].parent)
    return found


def _indents_tell(blocks: Sequence[Block | TableBlock]) -> bool:
    """Whether lines of one style mostly share an indent and styles differ: then indents mean levels."""
    by_style: dict[str, Counter[int]] = {}
    for block in blocks:
        if isinstance(block, Block) and block.marker is not None:
            by_style.setdefault(block.marker.style, Counter())[block.indent // 2] += 1
    total = sum(sum(indents.values()) for indents in by_style.values())
    modal = {style: indents.most_common(1)[0] for style, indents in by_style.items()}
    agreeing = sum(count for _indent, count in modal.values())
    return len({indent for indent, _count in modal.values()}) > 1 and agreeing >= 0.7 * total
