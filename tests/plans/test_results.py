"""A plan with what came of it: where the results stand in each layout."""

from __future__ import annotations

import pytest

from plans.blocks import Block, Chapter
from plans.document import Node
from plans.results import lay_out_with_results
from tests.builders import make_district, make_document, node

pytestmark = pytest.mark.django_db


def laid_out(results: dict[str, tuple[str, ...]], *parts: Node) -> tuple[Chapter, ...]:
    return lay_out_with_results(make_document(make_district(), chapters=parts), results)


def told(block: Block) -> list[str]:
    return [f"{line.label}|{line.number}{line.title}{''.join(line.paragraphs)}" for line in block.lines]


def test_in_an_outline_a_result_stands_behind_all_that_is_below_its_line() -> None:
    group = node("heading", title="諮詢", children=[node(text="設櫃檯。"), node("target", "辦理12場次。")])
    after = node("heading", title="關懷", children=[node(text="訪視。")])
    (chapter,) = laid_out(
        {group.uid: ("實績 14 場次。", "已辦理。"), after.uid: ("已訪視。",)},
        node("chapter", title="內容", children=[group, after]),
    )
    assert told(chapter.blocks[0]) == [
        "|一、諮詢",
        "|(一)設櫃檯。",
        "預期目標|1.辦理12場次。",
        "執行成果|1.實績 14 場次。",
        "|2.已辦理。",
        "|二、關懷",
        "|(一)訪視。",
        "執行成果|1.已訪視。",
    ]


def test_in_a_responsibility_table_results_have_a_column_as_high_as_their_row_head() -> None:
    focus = node("heading", title="流程", children=[node(text="甲。"), node(text="乙。")])
    other = node("heading", title="通路", children=[node(text="丙。")])
    theme = node("heading", title="品質", children=[focus, other])
    (chapter,) = laid_out(
        {focus.uid: ("完成。",)}, node("chapter", title="分工", layout="responsibility", children=[theme])
    )
    block = chapter.blocks[0]
    assert [head.text for head in block.heads] == ["執行要項", "執行重點", "執行單位", "執行成果"]
    assert [
        (row.cells[-1].span, [line.paragraphs for line in row.cells[-1].lines]) for row in block.rows
    ] == [
        (2, [("完成。",)]),
        (0, [("完成。",)]),
        (1, []),
    ]
    assert len({len(row.cells) for row in block.rows}) == 1


def test_in_a_target_table_each_focus_has_its_result_beside_its_targets() -> None:
    focus = node("heading", title="重點", children=[node(text="作法。"), node("target", "辦理3場。")])
    top = node("heading", title="構面", children=[node("heading", title="指標", children=[focus])])
    (chapter,) = laid_out(
        {focus.uid: ("實績3場。", "已辦理。")},
        node("chapter", numbered=False, layout="target_table", children=[top]),
    )
    (row,) = chapter.blocks[0].rows
    assert [cell.head for cell in row.cells][-2:] == ["預期目標", "執行成果"]
    assert [(line.number, *line.paragraphs) for line in row.cells[-1].lines] == [
        ("1.", "實績3場。"),
        ("2.", "已辦理。"),
    ]


def test_a_table_without_results_and_a_plan_without_any_stay_as_they_are() -> None:
    theme = node(
        "heading", title="品質", children=[node("heading", title="流程", children=[node(text="甲。")])]
    )
    (chapter,) = laid_out({}, node("chapter", title="分工", layout="responsibility", children=[theme]))
    assert not chapter.blocks[0].has_results
    assert len(chapter.blocks[0].heads) == 3
