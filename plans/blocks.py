"""What a laid-out plan consists of: lines, cells, rows, blocks, chapters; and lines made from nodes.

Words that stand on paper (heads, labels) are constants here: a document is Chinese whatever the language
of the site.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from plans.document import Node
from plans.enums import Layout
from plans.structure import TARGETS_LABEL

ALL_UNITS = "各課室"
NOTE_LABEL = "備註："
ATTRIBUTE_LABEL = "機關（單位）屬性："
HEADS: dict[str, tuple[str, ...]] = {
    Layout.RESPONSIBILITY: ("執行要項", "執行重點", "執行單位"),
    Layout.TARGET_TABLE: ("構面", "指標", "重點", "具體作法", TARGETS_LABEL),
    Layout.ROSTER: ("職稱", "編組人員", "職掌", "備考"),
}
# Columns each head covers: the head 執行重點 stands over the 重點 and its content.
HEAD_SPANS: dict[str, tuple[int, ...]] = {
    Layout.RESPONSIBILITY: (1, 2, 1),
    Layout.TARGET_TABLE: (1, 1, 1, 1, 1),
    Layout.ROSTER: (1, 1, 1, 1),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One item as it prints: number, title or first words, then its paragraphs, `indent` levels in."""

    uid: str
    kind: str
    number: str
    title: str
    paragraphs: tuple[str, ...]
    indent: int = 0
    level: int = 0  # of the heading in the document, chapters 1; 0 = no heading
    points: str = ""
    units: tuple[str, ...] = ()
    label: str = ""  # 預期目標, standing above this line
    is_anchor: bool = True  # one line of each item is the place links lead to

    @property
    def tag(self) -> int:
        """The level of the heading on a page, whose h1 is the plan's title."""
        return min(self.level + 1, 6)

    @property
    def print_tag(self) -> str:
        """The element in print, where only three levels are headings and bookmarks."""
        return f"h{self.level}" if 1 <= self.level <= 3 else "p"

    @property
    def step(self) -> int:
        """How far in the line stands in print: chapters 1, what is below them 2 and more."""
        return min(self.indent + 2, 9)


@dataclass(frozen=True, slots=True)
class Cell:
    """`span` is the number of rows a cell covers, 0 in the rows below the first, where its lines go on."""

    lines: tuple[Line, ...]
    span: int = 1
    is_row_head: bool = False  # 要項, 重點, 構面, 指標: what the row is about
    is_label: bool = False  # repeated with (續) where the rows go on overleaf: row heads and units
    head: str = ""  # of the column


@dataclass(frozen=True, slots=True)
class Row:
    uid: str  # of the item whose row it is
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Head:
    text: str
    columns: int


@dataclass(frozen=True, slots=True)
class Block:
    """A run of lines (`layout` outline) or a table (the others). `caption` is a roster's own title."""

    layout: str
    uid: str
    lines: tuple[Line, ...] = ()
    heads: tuple[Head, ...] = ()
    rows: tuple[Row, ...] = ()
    caption: str = ""
    has_results: bool = False  # with a last column for what came of it (plans/results.py)

    @property
    def columns(self) -> range:
        return range(sum(head.columns for head in self.heads))


@dataclass(frozen=True, slots=True)
class Chapter:
    """`title` is empty for the unnumbered root of a plan that is a table alone."""

    uid: str
    number: str
    title: str
    paragraphs: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the outline to jump by."""

    uid: str
    number: str
    text: str
    level: int


def line_of(node: Node, *, indent: int, level: int = 0, label: str = "", units: tuple[str, ...] = ()) -> Line:
    points, text = node.points_text, node.text
    if points and not node.title:  # points stand behind the title, without one behind the sentence
        points, text = "", f"{text}{points}"
    return Line(
        uid=node.uid,
        kind=node.kind,
        number=node.number,
        title=node.title,
        paragraphs=paragraphs_of(text),
        indent=indent,
        level=level,
        points=points,
        units=units,
        label=label,
    )


def paragraphs_of(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("\n") if part.strip())


def own_units(node: Node) -> tuple[str, ...]:
    return (ALL_UNITS,) if node.all_units else tuple(unit.name for unit in node.units)


def units_in_brackets(node: Node) -> str:
    return f"（{'、'.join(own_units(node))}）"


def with_units(node: Node) -> Node:
    """Return the node with its units, and those of what is below it, behind its text."""
    text = node.text + (units_in_brackets(node) if node.names_units else "")
    return replace(node, text=text, children=tuple(map(with_units, node.children)))


def bare_line(node: Node, text: str) -> Line:
    """Return a line that prints a text of the node without its number or title."""
    return Line(node.uid, node.kind, "", "", paragraphs_of(text), is_anchor=False)
