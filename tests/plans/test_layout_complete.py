"""Whatever a person does to a tree, no word of it is missing from what is printed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text import strip_blank
from plans import layout
from plans.document import Facts, Member, Node, PlanDocument, UnitName
from plans.enums import Kind, Layout
from plans.structure import TABLE_LAYOUTS
from tests.builders import node

KINDS = [kind for kind in Kind.values if kind != Kind.CHAPTER]


def document(*chapters: Node) -> PlanDocument:
    return PlanDocument(Facts("題目", "機關", "市", "區", "系列", 2026), chapters).numbered()


def words_of(line: Node) -> list[str]:
    rows = [(row.title, row.member, row.duty, row.remark) for row in line.roster]
    return [word for word in (line.title, line.text, line.points_text, *itertools.chain(*rows)) if word]


def times_printed(found: PlanDocument) -> dict[str, int]:
    printed = strip_blank("".join(layout.plain_text(found)))
    return {word: printed.count(word) for line in found.walk() for word in words_of(line)}


@st.composite
def trees(draw: st.DrawFn) -> PlanDocument:
    numbers = itertools.count(100)

    def word(name: str) -> str:
        return f"{name}{next(numbers)}。"

    def grow(depth: int, kind: str) -> Node:
        has_title, has_text, has_points, has_rows = (draw(st.booleans()) for _ in range(4))
        rows = [Member(*(word(name) for name in "職員掌考"))] if has_rows and kind != Kind.ACTION else []
        below = draw(st.lists(st.sampled_from(KINDS), max_size=3 if depth < 4 else 0))
        return node(
            kind,
            word("文") if has_text or not has_title else "",
            title=word("題") if has_title else "",
            points_text=word("分") if has_points else "",
            roster=tuple(rows),
            layout=draw(st.sampled_from(["", "", *Layout.values])),
            children=[grow(depth + 1, below_kind) for below_kind in below],
        )

    return document(*(grow(1, Kind.CHAPTER) for _ in range(draw(st.integers(1, 2)))))


@settings(max_examples=2 * settings.default.max_examples)
@given(trees())
def test_every_word_of_any_tree_is_printed(found: PlanDocument) -> None:
    assert [word for word, times in times_printed(found).items() if not times] == []


@pytest.mark.parametrize("table", TABLE_LAYOUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_of_line_in_any_part_of_a_table_is_printed_once(table: str, kind: str) -> None:
    rows = (Member("子", "丑", "寅", "卯"),)

    def odd(name: str) -> Node:
        roster = rows if name == "最外" and kind == Kind.TABLE else ()
        return node(kind, f"{name}的一句話。", roster=roster, children=[node(text=f"{name}之下的一句話。")])

    inner = node("heading", "內圈說明。", title="甲題", children=[odd("最內"), node(text="具體的作法。")])
    theme = node("heading", "外圈說明。", title="乙題", children=[odd("中間"), inner])
    found = document(node("chapter", title="丙題", layout=table, children=[odd("最外"), theme]))

    assert set(times_printed(found).values()) == {1}


@pytest.mark.parametrize("table", ["", *TABLE_LAYOUTS])
def test_units_are_printed_in_every_layout(table: str) -> None:
    lines = [
        node(text="一句話。", units=(UnitName("民政課"),)),
        node(text="兩句話。", units=(UnitName("社會課"),)),
    ]
    theme = node("heading", title="要項", children=[node("heading", title="重點", children=lines)])
    found = document(node("chapter", title="內容", layout=table, children=[theme]))

    printed = [
        text
        for chapter in layout.lay_out(found)
        for block in chapter.blocks
        for line in (*block.lines, *(line for row in block.rows for cell in row.cells for line in cell.lines))
        for text in (*line.paragraphs, *line.units)
    ]
    for unit in ("民政課", "社會課"):
        assert sum(unit in text for text in printed) == 1
