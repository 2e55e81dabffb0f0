"""How a plan looks, before any markup: which lines, which rows, which cells share a label.

Pure functions from a PlanDocument to blocks. The page and the PDF print the same blocks, so they cannot
differ. Words that stand on paper (heads, labels) are constants here: a document is Chinese whatever the
language of the site.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from plans.document import EffectiveUnits, Node, PlanDocument, effective_units
from plans.enums import Kind, Layout

ALL_UNITS = "各課室"
TARGETS_LABEL = "預期目標"
NOTE_LABEL = "備註："
ATTRIBUTE_LABEL = "機關（單位）屬性："
CONTINUED = "(續)"
HEADS: dict[str, tuple[str, ...]] = {
    Layout.RESPONSIBILITY: ("執行要項", "執行重點", "執行單位"),
    Layout.TARGET_TABLE: ("構面", "指標", "重點", "具體作法", TARGETS_LABEL),
    Layout.ROSTER: ("職稱", "編組人員", "職掌", "備考"),
}
TABLE_LAYOUTS = (Layout.RESPONSIBILITY, Layout.TARGET_TABLE)
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
    paragraphs = _paragraphs(text)
    if chapter.names_units and chapter.layout != Layout.RESPONSIBILITY:  # there they have a column
        paragraphs += (_in_brackets(chapter),)
    return Chapter(chapter.uid, chapter.number, title + chapter.points_text, paragraphs, blocks)


def _blocks(document: PlanDocument, chapter: Node, units: dict[str, EffectiveUnits]) -> Iterator[Block]:
    """Yield the chapter's body: runs of lines, broken by each part that is a table."""
    if chapter.roster:
        yield _roster_rows(document, chapter, caption="")
    if chapter.layout in TABLE_LAYOUTS:
        yield from _table(document, chapter, units, above=1 if chapter.title else 0)
        return
    run: list[Line] = []
    heading = 1  # the level of the last heading; the next is at most one deeper, for no level may be skipped
    for node, depth, label in _outline(chapter):
        level = min(depth + 2, heading + 1) if node.title and node.kind != Kind.TABLE else 0
        heading = level or heading
        if node.kind != Kind.TABLE:
            run.append(_line(node, indent=depth, level=level, label=label, units=_own_units(node)))
            if node.layout not in TABLE_LAYOUTS and not node.roster:
                continue
        if run:
            yield Block(Layout.OUTLINE, run[0].uid, lines=tuple(run))
            run = []
        if node.kind == Kind.TABLE:
            yield from _roster(document, node)
            continue
        if node.roster:
            yield _roster_rows(document, node, caption="")
        if node.layout in TABLE_LAYOUTS:
            yield from _table(document, node, units, above=heading)
    if run:
        yield Block(Layout.OUTLINE, run[0].uid, lines=tuple(run))


def _outline(top: Node) -> Iterator[tuple[Node, int, str]]:
    """Yield (node, depth, label) below `top`, not into tables; 預期目標 labels the first of its list.

    What stands below a roster comes after it.
    """
    stack = [(child, 0, label) for child, label in reversed(_labelled(top.children))]
    while stack:
        node, depth, label = stack.pop()
        yield node, depth, label
        if node.kind == Kind.TABLE or node.layout not in TABLE_LAYOUTS:
            stack.extend((child, depth + 1, label) for child, label in reversed(_labelled(node.children)))


def _labelled(children: Sequence[Node]) -> list[tuple[Node, str]]:
    labelled, before = [], ""
    for child in children:
        starts = child.kind == Kind.TARGET and before != Kind.TARGET
        labelled.append((child, TARGETS_LABEL if starts else ""))
        before = child.kind
    return labelled


def _line(node: Node, *, indent: int, level: int = 0, label: str = "", units: tuple[str, ...] = ()) -> Line:
    points, text = node.points_text, node.text
    if points and not node.title:  # points stand behind the title, without one behind the sentence
        points, text = "", f"{text}{points}"
    return Line(
        uid=node.uid,
        kind=node.kind,
        number=node.number,
        title=node.title,
        paragraphs=_paragraphs(text),
        indent=indent,
        level=level,
        points=points,
        units=units,
        label=label,
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("\n") if part.strip())


def _own_units(node: Node) -> tuple[str, ...]:
    return (ALL_UNITS,) if node.all_units else tuple(unit.name for unit in node.units)


def _in_brackets(node: Node) -> str:
    return f"（{'、'.join(_own_units(node))}）"


def _with_units(node: Node) -> Node:
    """Return the node with its units, and those of what is below it, behind its text."""
    text = node.text + (_in_brackets(node) if node.names_units else "")
    return replace(node, text=text, children=tuple(map(_with_units, node.children)))


def _heads(document: PlanDocument, node: Node, layout: str) -> tuple[Head, ...]:
    """Return the plan's own heads for this table where it has as many as the layout, else the usual ones."""
    spans = HEAD_SPANS[layout]
    names = document.facts.heads_for(node.uid)
    if len(names) != len(spans):
        names = HEADS[layout]
    return tuple(Head(name, span) for name, span in zip(names, spans, strict=True))


def _roster(document: PlanDocument, node: Node) -> Iterator[Block]:
    """Yield a roster's table, captioned by its title, and its own text below where it has both."""
    yield _roster_rows(document, node, caption=f"{node.number}{node.title or node.text}{node.points_text}")
    if node.title and node.text:
        # Its own place to lead to is the caption.
        words = replace(_bare(node, node.text), uid=f"{node.uid}-text")
        yield Block(Layout.OUTLINE, words.uid, lines=(words,))


def _roster_rows(document: PlanDocument, node: Node, *, caption: str) -> Block:
    rows = []
    heads = _heads(document, node, Layout.ROSTER)
    for member in node.roster:
        parts = (member.title, member.member, member.duty, member.remark)
        cells = tuple(
            Cell((_bare(node, part),), head=head.text) for part, head in zip(parts, heads, strict=True)
        )
        rows.append(Row(node.uid, cells))
    return Block(Layout.ROSTER, node.uid, heads=heads, rows=tuple(rows), caption=caption)


def _bare(node: Node, text: str) -> Line:
    """Return a line that prints a text of the node without its number or title."""
    return Line(node.uid, node.kind, "", "", _paragraphs(text), is_anchor=False)


def _table(
    document: PlanDocument, top: Node, units: dict[str, EffectiveUnits], *, above: int
) -> Iterator[Block]:
    """Yield the table below `top`, then what stands below it that is no row: notes, rosters.

    Row heads are headings one and more levels below `above`, the level of the last heading before.
    """
    themes = [child for child in top.children if child.kind not in (Kind.TABLE, Kind.NOTE)]
    heads = _heads(document, top, top.layout)
    if top.layout == Layout.RESPONSIBILITY:
        raw = [row for theme in themes for row in _responsibility_rows(theme, units, above)]
        rows = _merge(raw, heads, row_heads=(0, 1), labels=(0, 1, 3))
    else:
        raw = [row for theme in themes for row in _target_rows((theme,), above)]
        rows = _merge(raw, heads, row_heads=(0, 1, 2), labels=(0, 1, 2))
    yield Block(top.layout, top.uid, heads=heads, rows=tuple(rows))
    for child in top.children:
        if child.kind == Kind.NOTE:
            yield Block(Layout.OUTLINE, child.uid, lines=tuple(_cell_lines([child])))
        yield from _rosters(document, child)


def _rosters(document: PlanDocument, node: Node) -> Iterator[Block]:
    """Yield the rosters at and below a part of a table: no cell has room for one, so they follow it."""
    if node.kind == Kind.TABLE:
        yield from _roster(document, node)
        rest = tuple(_cell_lines(node.children))
        if rest:
            yield Block(Layout.OUTLINE, rest[0].uid, lines=rest)
    elif node.roster:
        yield _roster_rows(document, node, caption="")
    for child in node.children:
        yield from _rosters(document, child)


# A row before cells are merged: its item's uid, and for each column (key, lines). Neighbours in a column
# with the same key, where it is not "", are one cell.
_RawRow = tuple[str, tuple[tuple[str, tuple[Line, ...]], ...]]


def _responsibility_rows(theme: Node, units: dict[str, EffectiveUnits], above: int) -> Iterator[_RawRow]:
    theme_lines = (_line(theme, indent=0, level=above + 1),)
    focuses = [child for child in theme.children if child.kind != Kind.TABLE]
    if not focuses:  # a theme that says all it has to say itself
        bare = Line(
            theme.uid, theme.kind, theme.number, theme.title, (), level=above + 1, points=theme.points_text
        )
        text = _bare(theme, theme.text)
        if not theme.title:
            bare, text = theme_lines[0], _bare(theme, "")
        unit = units[theme.uid]
        yield theme.uid, ((theme.uid, (bare,)), ("", ()), ("", (text,)), (unit.source, _unit_lines(unit)))
        return
    for focus in focuses:
        label = _line(focus, indent=0, level=above + 2)
        first_text: tuple[Line, ...] = ()
        if focus.title:
            label = Line(
                focus.uid,
                focus.kind,
                focus.number,
                focus.title,
                (),
                level=above + 2,
                points=focus.points_text,
            )
            if focus.text:
                first_text = (_bare(focus, focus.text),)
        below = [child for child in focus.children if child.kind != Kind.TABLE]
        contents = [(focus, first_text)] if first_text or not below else []
        contents += [part for child, name in _labelled(below) for part in _content(child, 0, name)]
        for node, lines in contents:
            unit = units[node.uid]
            yield (
                node.uid,
                (
                    (theme.uid, theme_lines),
                    (focus.uid, (label,)),
                    ("", lines),
                    (unit.source, _unit_lines(unit)),
                ),
            )


def _content(node: Node, indent: int, label: str) -> Iterator[tuple[Node, tuple[Line, ...]]]:
    """Yield the rows of one content item: one, or one for each part below it that names units of its own."""
    if not any(below.names_units for child in node.children for below in child.walk()):
        yield node, tuple(_cell_lines([node], indent, label))
        return
    yield node, (_line(node, indent=indent, label=label),)
    for child, name in _labelled(node.children):
        if child.kind != Kind.TABLE:
            yield from _content(child, indent + 1, name)


def _unit_lines(unit: EffectiveUnits) -> tuple[Line, ...]:
    names = (ALL_UNITS,) if unit.all_units else unit.names
    return tuple(Line(unit.source, "", "", "", (name,), is_anchor=False) for name in names)


def _target_rows(path: tuple[Node, ...], above: int) -> Iterator[_RawRow]:
    """Yield a row for each 重點: the heading of the table below which there are no more headings.

    What stands beside inner headings has a row of its own before theirs.
    """
    node = path[-1]
    inner = [child for child in node.children if child.kind == Kind.HEADING]
    others = [child for child in node.children if child.kind not in (Kind.HEADING, Kind.TABLE)]
    actions = [child for child in others if child.kind != Kind.TARGET]
    targets = [child for child in others if child.kind == Kind.TARGET]
    if others or not inner:
        lead = (_bare(node, node.text),) if node.title and node.text else ()
        columns = _three(path, above, is_above=bool(inner))
        actions, targets = list(map(_with_units, actions)), list(map(_with_units, targets))
        yield (
            node.uid,
            (*columns, ("", (*lead, *_cell_lines(actions))), ("", tuple(_cell_lines(targets)))),
        )
    for child in inner:
        yield from _target_rows((*path, child), above)


def _three(path: tuple[Node, ...], above: int, *, is_above: bool) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """Return 構面, 指標, 重點 as columns: fewer levels leave the middle empty, more end in the last one.

    With `is_above`, headings follow below the last of the path, so that the columns after it stay empty.
    """
    labels: list[tuple[str, tuple[Line, ...]]] = []
    for level, node in enumerate(path, start=above + 1):
        text = "" if node.title and node is path[-1] else node.text
        paragraphs = _paragraphs(text)
        if node.names_units:
            paragraphs += (_in_brackets(node),)
        label = Line(
            node.uid,
            node.kind,
            node.number,
            node.title,
            paragraphs,
            level=level,
            points=node.points_text,
        )
        labels.append((node.uid, (label,)))
    while len(labels) < 3:
        labels.insert(len(labels) if is_above else 1, (f"-{path[0].uid}", ()))
    last = tuple(line for _, lines in labels[2:] for line in lines)
    return (*labels[:2], (labels[-1][0], last))


def _cell_lines(nodes: Sequence[Node], indent: int = 0, label: str = "") -> Iterator[Line]:
    """Yield the lines of a cell: the nodes and all below them, each a level further in."""
    stack = [(node, indent, label) for node in reversed(nodes)]
    while stack:
        node, depth, name = stack.pop()
        if node.kind == Kind.TABLE:
            continue  # `_rosters` prints it after the table
        yield _line(node, indent=depth, label=name)
        stack.extend((child, depth + 1, inner) for child, inner in reversed(_labelled(node.children)))


def _merge(
    rows: list[_RawRow], heads: tuple[Head, ...], *, row_heads: tuple[int, ...], labels: tuple[int, ...]
) -> list[Row]:
    """Join neighbouring cells of one column that have the same key."""
    names = [head.text for head in heads for _ in range(head.columns)]
    spans = _spans(rows)
    return [
        Row(
            uid,
            tuple(
                Cell(lines, spans[number][column], column in row_heads, column in labels, names[column])
                for column, (_, lines) in enumerate(columns)
            ),
        )
        for number, (uid, columns) in enumerate(rows)
    ]


def _spans(rows: list[_RawRow]) -> list[list[int]]:
    spans = [[1] * len(columns) for _, columns in rows]
    for column in range(len(rows[0][1]) if rows else 0):
        start = 0
        for number in range(1, len(rows)):
            key = rows[number][1][column][0]
            if key and key == rows[number - 1][1][column][0]:
                spans[start][column] += 1
                spans[number][column] = 0
            else:
                start = number
    return spans
