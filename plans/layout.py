"""How a plan looks, before any markup: which lines, which rows, which cells share a label.

Pure functions from a PlanDocument to blocks. The page and the PDF print the same blocks, so they cannot
differ. What stands where is told by `structure.py`, the cells of tables are filled by `tables.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from plans.blocks import (
    ATTRIBUTE_LABEL,
    NOTE_LABEL,
    Block,
    Chapter,
    Entry,
    Line,
    bare_line,
    line_of,
    own_units,
    paragraphs_of,
    units_in_brackets,
)
from plans.document import Node, PlanDocument, effective_units
from plans.enums import Layout
from plans.structure import Key, Slot, What, rows_of, runs_below, spans_of
from plans.tables import Table, roster_block


def lay_out(document: PlanDocument) -> tuple[Chapter, ...]:
    """Return the chapters of a numbered document as blocks, in the layout each part asks for."""
    nodes: dict[Key, Node] = {node.uid: node for node in document.walk()}
    units = effective_units(document)

    def block(run: tuple[Slot, ...]) -> Block:
        node = nodes[run[0].key]
        if run[0].what == What.ROSTER:
            return roster_block(document.facts, node)
        if run[0].what == What.TABLE:
            rows = rows_of(node, units[node.uid].source)
            table = Table(node, nodes, lambda key: units[str(key)], run[0].level)
            return table.block(document.facts, zip(rows, spans_of(rows), strict=True))
        lines = tuple(line_at(slot, nodes[slot.key]) for slot in run)
        return Block(Layout.OUTLINE, lines[0].uid, lines=lines)

    return tuple(
        replace(head_of(chapter), blocks=tuple(map(block, runs_below(chapter))))
        for chapter in document.chapters
    )


def entries(document: PlanDocument, *, levels: int = 3) -> list[Entry]:
    """Return what the outline lists: everything with a title down to that level, chapters being 1."""
    found: list[Entry] = []
    stack = [(chapter, 1) for chapter in reversed(document.chapters)]
    while stack:
        node, level = stack.pop()
        if node.title:
            found.append(Entry(node.uid, node.number, node.title, level))
        if level < levels:
            stack.extend((child, level + 1) for child in reversed(node.children))
    return found


def plain_text(document: PlanDocument) -> Iterator[str]:
    """Yield every text a document prints, in order, with numbers, heads and labels: what a PDF must hold."""
    yield document.facts.title
    if document.facts.subtitle:
        yield document.facts.subtitle
    if document.facts.attribute:
        yield f"{ATTRIBUTE_LABEL}{document.facts.attribute}"
    for chapter in lay_out(document):
        yield f"{chapter.number}{chapter.title}"
        yield from chapter.paragraphs
        for block in chapter.blocks:
            yield from _block_text(block)
    if document.facts.note:
        yield NOTE_LABEL
        yield document.facts.note
    yield from document.facts.sign_off
    yield from document.enclosure_lines


def _block_text(block: Block) -> Iterator[str]:
    if block.caption:
        yield block.caption
    yield from (head.text for head in block.heads)
    for line in block.lines:
        yield from _line_text(line)
    for row in block.rows:
        for cell in row.cells:
            if cell.span:
                for line in cell.lines:
                    yield from _line_text(line)


def _line_text(line: Line) -> Iterator[str]:
    if line.label:
        yield line.label
    yield f"{line.number}{line.title}"
    if line.points:
        yield line.points
    yield from line.paragraphs
    if line.units:
        yield f"（{'、'.join(line.units)}）"


def head_of(chapter: Node) -> Chapter:
    """Return what a chapter says before its body."""
    title, text = chapter.title, chapter.text
    if not title and "\n" not in text:  # a chapter of one line prints that line as its title
        title, text = text, ""
    paragraphs = paragraphs_of(text)
    if chapter.names_units and chapter.layout != Layout.RESPONSIBILITY:  # there they have a column
        paragraphs += (units_in_brackets(chapter),)
    return Chapter(chapter.uid, chapter.number, title + chapter.points_text, paragraphs, ())


def line_at(slot: Slot, node: Node) -> Line:
    """Return the line of an outline that stands at this slot."""
    if slot.what == What.WORDS:  # the place that leads to it is the caption above
        return replace(bare_line(node, node.text), uid=f"{node.uid}-text")
    units = own_units(node) if slot.what == What.LINE else ()
    return line_of(node, indent=slot.indent, level=slot.level, label=slot.label, units=units)
