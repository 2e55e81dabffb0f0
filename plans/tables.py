"""The tables of a plan: what their rows say. Which rows there are is told by `structure.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

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
    line_of,
    paragraphs_of,
    units_in_brackets,
    with_units,
)
from plans.document import EffectiveUnits, Facts, Node
from plans.enums import Kind, Layout
from plans.structure import Holds, Key, RowPlan, head_columns, in_cell, in_row

# Columns by number: what the row is about, and what is repeated where the rows go on overleaf.
ROW_HEADS: dict[str, tuple[int, ...]] = {Layout.RESPONSIBILITY: (0, 1), Layout.TARGET_TABLE: (0, 1, 2)}
LABELS: dict[str, tuple[int, ...]] = {Layout.RESPONSIBILITY: (0, 1, 3), Layout.TARGET_TABLE: (0, 1, 2)}

Lines = tuple[Line, ...]


def _heads(facts: Facts, node: Node, layout: str) -> tuple[Head, ...]:
    """Return the plan's own heads for this table where it has as many as the layout, else the usual ones."""
    spans = HEAD_SPANS[layout]
    names = facts.heads_for(node.uid)
    if len(names) != len(spans):
        names = HEADS[layout]
    return tuple(Head(name, span) for name, span in zip(names, spans, strict=True))


def roster_block(facts: Facts, node: Node) -> Block:
    """Return the table of a roster; a line that is nothing else captions it by its title."""
    rows = []
    heads = _heads(facts, node, Layout.ROSTER)
    for member in node.roster:
        parts = (member.title, member.member, member.duty, member.remark)
        cells = tuple(
            Cell((bare_line(node, part),), head=head.text) for part, head in zip(parts, heads, strict=True)
        )
        rows.append(Row(node.uid, cells))
    is_roster = node.kind == Kind.TABLE
    caption = f"{node.number}{node.title or node.text}{node.points_text}" if is_roster else ""
    return Block(Layout.ROSTER, node.uid, heads=heads, rows=tuple(rows), caption=caption)


@dataclass(frozen=True)
class Table:
    """A table to be filled: the lines its rows are made of, and who answers for each row."""

    top: Node
    nodes: Mapping[Key, Node]
    units_of: Callable[[Key], EffectiveUnits]
    above: int = 0  # the level of the last heading before; row heads are headings below that
    labels: dict[Key, Line] = field(default_factory=dict)  # made once for all rows they head

    def block(self, facts: Facts, rows: Iterable[tuple[RowPlan, Sequence[int]]]) -> Block:
        """Return the table with these rows, each with the spans of its cells."""
        heads = _heads(facts, self.top, self.top.layout)
        names = [head.text for head in heads for _ in range(head.columns)]
        filled = tuple(self._row(plan, spans, names) for plan, spans in rows)
        return Block(self.top.layout, self.top.uid, heads=heads, rows=filled)

    def _row(self, plan: RowPlan, spans: Sequence[int], names: Sequence[str]) -> Row:
        layout = self.top.layout
        columns = self._unit_columns(plan) if layout == Layout.RESPONSIBILITY else self._target_columns(plan)
        row_heads, labels = ROW_HEADS[layout], LABELS[layout]
        cells = tuple(
            Cell(lines, spans[column], column in row_heads, column in labels, names[column])
            for column, lines in enumerate(columns)
        )
        return Row(self.nodes[plan.key].uid, cells)

    def _unit_columns(self, plan: RowPlan) -> tuple[Lines, ...]:
        """Return what stands under 執行要項, under 執行重點, beside that and under 執行單位."""
        units = _unit_lines(self.units_of(plan.key))
        theme = self._label(plan.path[0], 1)
        node = self.nodes[plan.key]
        if plan.holds == Holds.THEME:
            if not node.title:
                return (theme,), (), (bare_line(node, ""),), units
            return (replace(theme, paragraphs=()),), (), (bare_line(node, node.text),), units
        focus = self._label(plan.path[1], 2)
        if plan.holds == Holds.TEXT:
            return (
                (theme,),
                (focus,),
                (bare_line(node, node.text),) if node.title and node.text else (),
                units,
            )
        if plan.holds == Holds.ALONE:
            return (theme,), (focus,), (line_of(node, indent=plan.indent, label=plan.label),), units
        return (theme,), (focus,), tuple(_cell_lines([node], plan.indent, plan.label)), units

    def _label(self, key: Key, step: int) -> Line:
        """Return what heads rows: a theme with its text, or below it a title, whose text has its own row."""
        if key not in self.labels:
            node = self.nodes[key]
            line = line_of(node, indent=0, level=self.above + step)
            self.labels[key] = replace(line, paragraphs=()) if step > 1 and node.title else line
        return self.labels[key]

    def _target_columns(self, plan: RowPlan) -> tuple[Lines, ...]:
        """Return what stands under 構面, 指標, 重點, 具體作法 and 預期目標."""
        labels = {
            key: _path_label(self.nodes[key], self.above + step, is_last=key == plan.key)
            for step, key in enumerate(plan.path, start=1)
        }
        heads = (tuple(labels[key] for key in keys) for keys in head_columns(plan.path, plan.holds))
        node = self.nodes[plan.key]
        lead = (bare_line(node, node.text),) if node.title and node.text else ()
        others = in_row(node, plan.holds)
        actions = [with_units(child) for child in others if child.kind != Kind.TARGET]
        targets = [with_units(child) for child in others if child.kind == Kind.TARGET]
        return *heads, (*lead, *_cell_lines(actions)), tuple(_cell_lines(targets))


def _unit_lines(unit: EffectiveUnits) -> Lines:
    names = (ALL_UNITS,) if unit.all_units else unit.names
    return tuple(Line(unit.source, "", "", "", (name,), is_anchor=False) for name in names)


def _path_label(node: Node, level: int, *, is_last: bool) -> Line:
    text = "" if node.title and is_last else node.text
    paragraphs = paragraphs_of(text)
    if node.names_units:
        paragraphs += (units_in_brackets(node),)
    return Line(
        node.uid, node.kind, node.number, node.title, paragraphs, level=level, points=node.points_text
    )


def _cell_lines(nodes: Sequence[Node], indent: int = 0, label: str = "") -> Iterator[Line]:
    return (line_of(node, indent=depth, label=name) for node, depth, name in in_cell(nodes, indent, label))
