from __future__ import annotations

import pytest

from plans.document import Target, UnitName
from progress.tracking import Candidate, candidates
from tests.builders import make_district, make_document, node
from tests.progress.rows import chapters, counted

pytestmark = pytest.mark.django_db


def found(*parts) -> list[Candidate]:
    return candidates(make_document(make_district(), chapters=parts))


def usual(*parts) -> list[str]:
    return [one.words for one in found(*parts) if one.is_usual]


def table(layout: str, *rows):
    return node("chapter", title="分工", layout=layout, children=rows)


def test_in_an_outline_the_groups_with_expected_targets_are_followed() -> None:
    assert usual(*chapters()) == ["法律諮詢", "關懷訪視"]


def test_in_a_responsibility_table_the_focuses_are_followed() -> None:
    focuses = [node("heading", title="流程", children=[node(text="甲。")]), node(text="乙。")]
    alone = node("heading", title="單獨一列")
    assert usual(table("responsibility", node("heading", title="品質", children=focuses), alone)) == [
        "流程",
        "乙。",
        "單獨一列",
    ]


def test_in_a_target_table_the_focuses_are_followed_with_what_they_promise() -> None:
    focus = node(
        "heading", title="重點", children=[node(text="作法。"), counted("辦理3場。", "活動", "3", "場")]
    )
    top = node("heading", title="構面", children=[node("heading", title="指標", children=[focus])])
    rows = [one for one in found(table("target_table", top)) if one.is_usual]
    assert [(one.words, [promise.words for promise in one.promises]) for one in rows] == [
        ("重點", ["辦理3場。"])
    ]


def test_without_targets_and_tables_the_lines_that_name_units_are_followed() -> None:
    inner = [
        node("heading", title=name, units=(UnitName("民政課"),), children=[node(text="一。")])
        for name in "甲乙"
    ]
    outer = node("heading", title="上", units=(UnitName("社會課"),), children=inner)
    assert usual(node("chapter", title="內容", children=[outer])) == ["甲", "乙"]


def test_without_any_units_the_lowest_headings_of_the_longest_chapter_are_followed() -> None:
    parts = [node("heading", title=name, children=[node(text="一。")]) for name in "甲乙"]
    body = node("chapter", title="內容", children=[node("heading", title="上", children=parts)])
    short = node(
        "chapter", title="依據", children=[node("heading", title="短", children=[node(text="一。")])]
    )
    assert usual(short, body) == ["甲", "乙"]


def test_a_plan_of_nothing_has_no_lines() -> None:
    assert found() == []


def test_a_promise_belongs_to_the_nearest_line_that_is_followed() -> None:
    inner = node("heading", title="內", children=[counted("辦理3場。", "活動", "3", "場")])
    outer = node("heading", title="外", children=[inner, counted("服務5人。", "服務", "5", "人")])
    promises = {
        one.words: [promise.words for promise in one.promises]
        for one in found(node("chapter", title="內容", children=[outer]))
    }
    assert promises == {"外": ["服務5人。"], "內": ["辦理3場。"]}


def test_who_answers_is_named_at_the_line_above_it_or_below_it() -> None:
    def units(**values) -> tuple[tuple[str, ...], bool]:
        target = counted("辦理3場。", "活動", "3", "場")
        line = node(
            "heading", title="列", children=[node(text="甲。", **values.pop("below", {})), target], **values
        )
        chapter = node(
            "chapter", title="內容", units=(UnitName("總務課"),) if values == {} else (), children=[line]
        )
        one = next(one for one in found(chapter) if one.is_usual)
        return one.units, one.all_units

    helper = UnitName("社會課", "assisting")
    assert units(units=(UnitName("民政課"), helper)) == (("民政課",), False)
    assert units() == (("總務課",), False)
    assert units(all_units=True) == ((), True)


def test_two_numbers_of_one_sentence_are_two_promises() -> None:
    text = "節省3,380小時及20萬4千元。"
    both = (
        Target(text, "節省時間", ">=", "3380", None, "小時", "sum"),
        Target(text, "節省規費", ">=", "204000", None, "元", "sum"),
    )
    line = node(
        "heading", title="列", children=[node("target", text, targets=both), node("target", "定期檢討。")]
    )
    (one,) = [one for one in found(node("chapter", title="內容", children=[line])) if one.is_usual]
    assert [(promise.words, promise.is_counted) for promise in one.promises] == [
        (text, True),
        (text, True),
        ("定期檢討。", False),
    ]
