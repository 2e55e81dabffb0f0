"""Read an outline: paragraphs in, a tree of Nodes out.

With its chapters, its lists under 預期目標 and the tables between its lines. What stands in the cell of a
table is read by `content`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from documents.ingest.joining import Block
from documents.ingest.levels import Sprout, TableBlock, arrange
from documents.ingest.nodes import Node
from documents.ingest.proposal import Dropped, ReadingWarning
from documents.ingest.wording import LABELS, width
from plans.markers import BULLET, read_marker

# 傳承歷史文化：善用… a line that names itself before it speaks; two in a row are items, not text.
_LEAD = re.compile(r"[^，。；：:、？！\s]{2,14}[：:]\s*\S")
# 實施對象：本所全體員工。 the title of a chapter and its text on one line.
_CHAPTER_LEAD = re.compile(
    r"(?P<title>[^，。；：:？！]{2,14}?)\s*(?P<colon>[：:])\s*(?P<text>\S.*)", re.DOTALL
)
_FINAL_COLON = re.compile(r"\s*[：:]$")


@dataclass
class Outline:
    """`preamble` holds the paragraphs before the first chapter."""

    nodes: list[Node]
    preamble: list[Block]
    dropped: list[Dropped]
    warnings: list[ReadingWarning]
    bodies: list[tuple[TableBlock, Node]]  # each table with the item it stands below


def read_outline(blocks: Sequence[Block | TableBlock]) -> Outline:
    """Return the chapters of a document with all below them."""
    tree = arrange(blocks)
    grower = _Grower()
    nodes = [grower.grow(sprout) for sprout in tree.root.children]
    return Outline(nodes, tree.preamble, tree.dropped + grower.dropped, tree.warnings, grower.bodies)


class _Grower:
    """Turns sprouts into nodes: what is title, what is text, which kind."""

    def __init__(self) -> None:
        self.dropped: list[Dropped] = []
        self.bodies: list[tuple[TableBlock, Node]] = []

    def grow(self, sprout: Sprout, *, target: bool = False) -> Node:
        block = sprout.block
        is_chapter = sprout.depth == 1
        target = target or sprout.target
        node = Node(
            "chapter" if is_chapter else "target" if target else "action",
            marker=block.marker.text if block is not None and block.marker is not None else "",
            numbered=bool(sprout.style) and sprout.style != BULLET,
            confidence=sprout.confidence,
        )
        node.first, node.last = _span(sprout)
        # What stands under a chapter or heading called 預期效益 is promised, label or not.
        below = target or (block is not None and _names_targets(block.text))
        for child in sprout.children:
            if child.table is None:
                node.children.append(self.grow(child, target=below))
            else:
                node.children += child.table.nodes
                node.layout = node.layout or child.table.layout
                self.bodies.append((child.table, node))
        led = _led_items(sprout)
        self._write(node, sprout, led)
        node.children = [_led_node(item, target=below) for item in led] + node.children
        self._choose_kind(node, target)
        node.child_style = child_style(node)
        return node

    def _write(self, node: Node, sprout: Sprout, led: Sequence[Block]) -> None:
        """Divide the item's own words between title and text."""
        line = sprout.block.text if sprout.block is not None else ""
        own = [block.text for block in sprout.paragraphs if block not in led]
        if node.kind == "chapter":
            self._write_chapter(node, line, own)
        elif node.children or led or (own and not _is_sentence(sprout)):
            node.title, node.text = line, "\n".join(own)
        else:
            node.text = "\n".join([line, *own] if line else own)

    def _write_chapter(self, node: Node, line: str, own: list[str]) -> None:
        found = _CHAPTER_LEAD.fullmatch(line)
        if found and width(found["title"]) <= 24:
            node.title = found["title"]
            self.dropped.append(Dropped(node.first, found["colon"], "label", node.last))
            own = [found["text"], *own]
        elif line and not (own or node.children) and line.endswith("。"):
            own = [line]
        else:
            node.title = _FINAL_COLON.sub("", line)
            if colon := line[len(node.title) :].strip():
                self.dropped.append(Dropped(node.first, colon, "label", node.last))
        node.text = "\n".join(own)

    def _choose_kind(self, node: Node, target: bool) -> None:
        if node.kind == "action" and not target and node.children:
            node.kind = "heading"
        headed = any(child.kind == "heading" for child in node.children)
        for child in node.children:
            # Among headings, one that has only text below its title is a heading too.
            if headed and child.kind == "action" and child.title and child.text:
                child.kind = "heading"


def _led_node(block: Block, *, target: bool) -> Node:
    return Node(
        "target" if target else "action",
        text=block.text,
        numbered=False,
        first=block.first,
        last=block.last,
        confidence=min(block.sureness, 0.8),
    )


def _is_sentence(sprout: Sprout) -> bool:
    return sprout.is_sentence or sprout.block is None


def _names_targets(text: str) -> bool:
    return text.rstrip("：: ") in LABELS


def _led_items(sprout: Sprout) -> list[Block]:
    """The last paragraphs of an item without numbered lines, where two or more name themselves."""
    if any(child.style for child in sprout.children) or sprout.target:
        return []
    led: list[Block] = []
    for block in reversed(sprout.paragraphs):
        if not _LEAD.match(block.text):
            break
        led.insert(0, block)
    return led if len(led) > 1 else []


def _span(sprout: Sprout) -> tuple[int, int]:
    blocks = ([sprout.block] if sprout.block is not None else []) + sprout.paragraphs
    if blocks:
        return min(block.first for block in blocks), max(block.last for block in blocks)
    firsts = [span[0] for span in (_span(child) for child in sprout.children) if span[0]]
    firsts += [child.table.first for child in sprout.children if child.table is not None]
    return (min(firsts), min(firsts)) if firsts else (0, 0)


def child_style(node: Node) -> str:
    """Return the style most of the numbered children have, "" where none is numbered."""
    styles: Counter[str] = Counter()
    for child in node.children:
        # Any character after it will do: a marker without dot is one only before a word.
        marker = read_marker(child.marker + "項") if child.marker and child.kind != "target" else None
        if marker is not None and marker.style != BULLET:
            styles[marker.style] += 1
    return styles.most_common(1)[0][0] if styles else ""
