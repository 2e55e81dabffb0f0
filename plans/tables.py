"""The tables of a plan: which rows they have, and which neighbouring cells share a label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from plans.blocks import (
    ALL_UNITS,
    HEAD_SPANS,
    HEADS,
    Block,
    Cell,
    Head,
    Line,
    Row,
    bare_line,
    labelled,
    line_of,
    paragraphs_of,
    units_in_brackets,
    with_units,
)
from plans.document import EffectiveUnits, Node, PlanDocument
from plans.enums import Kind, Layout


def _heads(document: PlanDocument, node: Node, layout: str) -> tuple[Head, ...]:
    """Return the plan's own heads for this table where it has as many as the layout, else the usual ones."""
    spans = HEAD_SPANS[layout]
    names = document.facts.heads_for(node.uid)
    if len(names) != len(spans):
        names = HEADS[layout]
    return tuple(Head(name, span) for name, span in zip(names, spans, strict=True))


def roster_blocks(document: PlanDocument, node: Node) -> Iterator[Block]:
    """Yield a roster's table, captioned by its title, and its own text below where it has both."""
    yield roster_rows(document, node, caption=f"{node.number}{node.title or node.text}{node.points_text}")
    if node.title and node.text:
        # Its own place to lead to is the caption.
        words = replace(bare_line(node, node.text), uid=f"{node.uid}-text")
        yield Block(Layout.OUTLINE, words.uid, lines=(words,))


def roster_rows(document: PlanDocument, node: Node, *, caption: str) -> Block:
    rows = []
    heads = _heads(document, node, Layout.ROSTER)
    for member in node.roster:
        parts = (member.title, member.member, member.duty, member.remark)
        cells = tuple(
            Cell((bare_line(node, part),), head=head.text) for part, head in zip(parts, heads, strict=True)
        )
        rows.append(Row(node.uid, cells))
    return Block(Layout.ROSTER, node.uid, heads=heads, rows=tuple(rows), caption=caption)


def table_blocks(
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
        yield from roster_blocks(document, node)
        rest = tuple(_cell_lines(node.children))
        if rest:
            yield Block(Layout.OUTLINE, rest[0].uid, lines=rest)
    elif node.roster:
        yield roster_rows(document, node, caption="")
    for child in node.children:
        yield from _rosters(document, child)


# A row before cells are merged: its item's uid, and for each column (key, lines). Neighbours in a column
# with the same key, where it is not "", are one cell.
_RawRow = tuple[str, tuple[tuple[str, tuple[Line, ...]], ...]]


def _responsibility_rows(theme: Node, units: dict[str, EffectiveUnits], above: int) -> Iterator[_RawRow]:
    theme_lines = (line_of(theme, indent=0, level=above + 1),)
    focuses = [child for child in theme.children if child.kind != Kind.TABLE]
    if not focuses:  # a theme that says all it has to say itself
        bare = Line(
            theme.uid, theme.kind, theme.number, theme.title, (), level=above + 1, points=theme.points_text
        )
        text = bare_line(theme, theme.text)
        if not theme.title:
            bare, text = theme_lines[0], bare_line(theme, "")
        unit = units[theme.uid]
        yield theme.uid, ((theme.uid, (bare,)), ("", ()), ("", (text,)), (unit.source, _unit_lines(unit)))
        return
    for focus in focuses:
        label = line_of(focus, indent=0, level=above + 2)
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
                first_text = (bare_line(focus, focus.text),)
        below = [child for child in focus.children if child.kind != Kind.TABLE]
        contents = [(focus, first_text)] if first_text or not below else []
        contents += [part for child, name in labelled(below) for part in _content(child, 0, name)]
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
    yield node, (line_of(node, indent=indent, label=label),)
    for child, name in labelled(node.children):
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
        lead = (bare_line(node, node.text),) if node.title and node.text else ()
        columns = _three(path, above, is_above=bool(inner))
        actions, targets = list(map(with_units, actions)), list(map(with_units, targets))
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
        paragraphs = paragraphs_of(text)
        if node.names_units:
            paragraphs += (units_in_brackets(node),)
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
        yield line_of(node, indent=depth, label=name)
        stack.extend((child, depth + 1, inner) for child, inner in reversed(labelled(node.children)))


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
