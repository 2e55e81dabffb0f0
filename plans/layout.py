"""How a plan looks, before any markup: which lines, which rows, which cells share a label.

Pure functions from a PlanDocument to blocks. The page and the PDF print the same blocks, so they cannot
differ. Tables are laid out by `tables.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from plans.blocks import (
    ATTRIBUTE_LABEL,
    NOTE_LABEL,
    TABLE_LAYOUTS,
    Block,
    Chapter,
    Entry,
    Line,
    labelled,
    line_of,
    own_units,
    paragraphs_of,
    units_in_brackets,
)
from plans.document import EffectiveUnits, Node, PlanDocument, effective_units
from plans.enums import Kind, Layout
from plans.tables import roster_blocks, roster_rows, table_blocks


def lay_out(document: PlanDocument) -> tuple[Chapter, ...]:
    """Return the chapters of a numbered document as blocks, in the layout each part asks for."""
    units = effective_units(document)
    return tuple(_chapter(document, chapter, units) for chapter in document.chapters)


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


def _chapter(document: PlanDocument, chapter: Node, units: dict[str, EffectiveUnits]) -> Chapter:
    blocks = tuple(_blocks(document, chapter, units))
    title, text = chapter.title, chapter.text
    if not title and "\n" not in text:  # a chapter of one line prints that line as its title
        title, text = text, ""
    paragraphs = paragraphs_of(text)
    if chapter.names_units and chapter.layout != Layout.RESPONSIBILITY:  # there they have a column
        paragraphs += (units_in_brackets(chapter),)
    return Chapter(chapter.uid, chapter.number, title + chapter.points_text, paragraphs, blocks)


def _blocks(document: PlanDocument, chapter: Node, units: dict[str, EffectiveUnits]) -> Iterator[Block]:
    """Yield the chapter's body: runs of lines, broken by each part that is a table."""
    if chapter.roster:
        yield roster_rows(document, chapter, caption="")
    if chapter.layout in TABLE_LAYOUTS:
        yield from table_blocks(document, chapter, units, above=1 if chapter.title else 0)
        return
    run: list[Line] = []
    heading = 1  # the level of the last heading; the next is at most one deeper, for no level may be skipped
    for node, depth, label in _outline(chapter):
        level = min(depth + 2, heading + 1) if node.title and node.kind != Kind.TABLE else 0
        heading = level or heading
        if node.kind != Kind.TABLE:
            run.append(line_of(node, indent=depth, level=level, label=label, units=own_units(node)))
            if node.layout not in TABLE_LAYOUTS and not node.roster:
                continue
        if run:
            yield Block(Layout.OUTLINE, run[0].uid, lines=tuple(run))
            run = []
        if node.kind == Kind.TABLE:
            yield from roster_blocks(document, node)
            continue
        if node.roster:
            yield roster_rows(document, node, caption="")
        if node.layout in TABLE_LAYOUTS:
            yield from table_blocks(document, node, units, above=heading)
    if run:
        yield Block(Layout.OUTLINE, run[0].uid, lines=tuple(run))


def _outline(top: Node) -> Iterator[tuple[Node, int, str]]:
    """Yield (node, depth, label) below `top`, not into tables; 預期目標 labels the first of its list.

    What stands below a roster comes after it.
    """
    stack = [(child, 0, label) for child, label in reversed(labelled(top.children))]
    while stack:
        node, depth, label = stack.pop()
        yield node, depth, label
        if node.kind == Kind.TABLE or node.layout not in TABLE_LAYOUTS:
            stack.extend((child, depth + 1, label) for child, label in reversed(labelled(node.children)))
