from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from plans.compare import RowKind, compare
from plans.contrast import SAME, Fold, Head, Line, Sheet, contrast, side_name, summary
from plans.document import Facts, Member, Node, PlanDocument, Target, UnitName
from plans.words import text_of
from tests.builders import node

FACTS = Facts("某區公所115年度計畫", "某區公所", "某市", "某區", "提升服務執行計畫", 2026)
READING = Target("全年12場次", "法律諮詢", ">=", "1200", None, "場次", "sum")


def document(*chapters: Node, **facts: Any) -> PlanDocument:
    return PlanDocument(replace(FACTS, **facts), chapters).numbered()


def chapter(*children: Node, title: str = "計畫內容", **values: Any) -> Node:
    return node("chapter", title=title, children=children, **values)


def changed_lines(before: PlanDocument, after: PlanDocument) -> list[Line]:
    return [entry for entry in contrast(compare(before, after, predecessors={})) if isinstance(entry, Line)]


def notes(before: Node, after: Node) -> list[str]:
    lines = changed_lines(document(before), document(after))
    return [note for line in lines for note in line.notes]


LINE = node(text="原文", units=(UnitName("民政課"),))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"text": "別的"}, ["文字修正。"]),
        ({"text": ""}, ["文字刪除。"]),
        ({"title": "標題"}, ["增列標題。"]),
        ({"title": "原文", "text": ""}, ["標題與內文互換。"]),
        ({"units": (UnitName("社會課"),)}, ["執行單位由民政課改為社會課。"]),
        ({"units": (UnitName("民政課"), UnitName("社會課"))}, ["增列執行單位社會課。"]),
        ({"units": ()}, ["刪除執行單位民政課。"]),
        ({"units": (), "all_units": True}, ["執行單位由民政課改為各課室。"]),
        ({"units": (UnitName("民政課", "assisting"),)}, ["執行單位由民政課改為民政課（協辦）。"]),
        ({"points": "400", "points_text": "(400分)"}, ["增列配分(400分)。"]),
        ({"kind": "target"}, ["項次由壹改為1。", "由具體作法改列為預期目標。"]),
        ({"targets": (READING,)}, ["目標值訂為「法律諮詢：至少 1,200 場次」。"]),
        ({"roster": (Member("召集人", "區長", "綜理"),)}, ["編組名單修正。"]),
        ({"layout": "responsibility"}, ["編排由未指定改為執行分工表。"]),
        ({"child_style": "arabic"}, ["下層項次由「依序」改為「1.」。"]),
        ({"criterion": "1.2"}, ["增列對應評核項目1.2。"]),
        ({"numbered": False}, ["不編項次。"]),
    ],
)
def test_the_explanation_says_what_changed(values: dict[str, Any], expected: list[str]) -> None:
    assert notes(LINE, replace(LINE, **values)) == expected


def test_what_was_and_is_no_more_is_explained_too() -> None:
    line = replace(LINE, targets=(READING,), points="400", points_text="(400分)")
    after = replace(LINE, targets=(replace(READING, value="1500"),), points="300", points_text="(300分)")

    assert notes(line, after) == [
        "配分由(400分)改為(300分)。",
        "目標值由「法律諮詢：至少 1,200 場次」改為「法律諮詢：至少 1,500 場次」。",
    ]
    assert notes(line, LINE) == [
        "刪除配分（原為(400分)）。",
        "不再訂目標值（原為「法律諮詢：至少 1,200 場次」）。",
    ]


def test_several_notes_are_numbered_as_official_tables_do() -> None:
    after = replace(LINE, text="別的", kind="target")
    (line,) = changed_lines(document(LINE), document(after))

    assert line.numbered_notes == (
        "一、項次由壹改為1。",
        "二、文字修正。",
        "三、由具體作法改列為預期目標。",
    )


def test_moves_say_where_from() -> None:
    one, two, three = (node(text=text) for text in ("第一件事。", "第二件事。", "第三件事。"))
    before = document(chapter(one, two), chapter(three, title="其他"))
    first, second = before.chapters
    among = document(replace(first, children=(two, one)), second)
    elsewhere = document(replace(first, children=(one,)), replace(second, children=(three, two)))

    assert [line.notes for line in changed_lines(before, among)] == [("項次由二調整為一。",)]
    assert [line.notes for line in changed_lines(before, elsewhere)] == [("自「壹、二」移列。",)]


def test_a_reworded_line_says_that_its_number_moved_on() -> None:
    one, two = node(text="第一件事要做。"), node(text="第二件事要做。")
    before = document(chapter(one, two))
    after = document(
        replace(before.chapters[0], children=(node(text="全新"), one, replace(two, text="第二件事慢做。")))
    )

    assert [line.notes for line in changed_lines(before, after)] == [
        ("本項新增。",),
        ("項次由二遞移為三。", "文字修正。"),
    ]


def test_changed_lines_stand_below_their_headings_and_the_rest_is_folded() -> None:
    group = node("heading", title="便民服務", children=[node(text=f"第{n}件事。") for n in range(4)])
    before = document(chapter(group), chapter(node(text="不變的事。"), title="其他"))
    changed = replace(group.children[2], text="第2件大事。")
    inside = replace(group, children=(*group.children[:2], changed, group.children[3]))
    after = document(replace(before.chapters[0], children=(inside,)), before.chapters[1])
    comparison = compare(before, after, predecessors={})

    found = contrast(comparison)

    assert [(type(entry).__name__, getattr(entry, "count", None)) for entry in found] == [
        ("Fold", 4),
        ("Head", None),
        ("Line", None),
        ("Fold", 3),
    ]
    assert [entry.text for entry in found if isinstance(entry, Head)] == ["壹、計畫內容／一、便民服務"]
    assert [type(entry) for entry in contrast(comparison, shows_all=True)] == [Line] * 8


def test_what_stands_below_a_new_heading_needs_no_other() -> None:
    before = document(chapter())
    new = node("heading", title="新的一節", children=[node(text="其下之事。")])
    after = document(replace(before.chapters[0], children=(new,)))

    heads = [entry for entry in contrast(compare(before, after, predecessors={})) if isinstance(entry, Head)]

    assert [head.text for head in heads] == ["壹、計畫內容"]


def test_a_chapter_that_changes_is_not_listed_below_the_heading_of_another() -> None:
    before = document(chapter(LINE))
    later = chapter(node(text="其他之事。"), title="其他")
    after = document(replace(before.chapters[0], children=(replace(LINE, text="新文"),)), later)

    found = contrast(compare(before, after, predecessors={}))

    shown = [entry for entry in found if not isinstance(entry, Fold)]
    assert [entry.text if isinstance(entry, Head) else entry.name for entry in shown] == [
        "壹、計畫內容",
        "一、新文",
        "貳、其他",
        "貳、其他",
        "一、其他之事。",
    ]


def test_folded_lines_say_how_many_bear_another_number() -> None:
    children = [node(text="第一件事。"), node(text="第二件事。")]
    before = document(chapter(*children))
    after = document(replace(before.chapters[0], children=(node(text="插在前面。"), *children)))

    folds = [entry for entry in contrast(compare(before, after, predecessors={})) if isinstance(entry, Fold)]

    assert [(fold.count, fold.renumbered) for fold in folds] == [(1, 0), (2, 2)]


def test_cells_show_each_side_its_own_words() -> None:
    after = replace(LINE, text="新文", units=(UnitName("社會課"),))
    (line,) = changed_lines(document(LINE), document(after))

    def told(cell: Any) -> list[str]:
        return [cell.number, *(text_of(part.words) for part in cell.parts)]

    assert told(line.new) == ["壹、", "新文", "社會課"]
    assert told(line.old) == ["壹、", "原文", "民政課"]


def test_facts_come_first() -> None:
    before, after = document(subtitle="初版"), document(note="附註", scheme="table")

    lines = changed_lines(before, after)

    assert [(line.name, line.kind, line.notes) for line in lines] == [
        ("副標題", RowKind.REMOVED, ("刪除副標題。",)),
        ("備註", RowKind.ADDED, ("增列備註。",)),
        ("項次編號", RowKind.CHANGED, ("項次編號修正。",)),
    ]


def test_the_summary_counts() -> None:
    before = document(chapter(LINE, node(text="刪去的事。")))
    after = document(
        replace(before.chapters[0], children=(replace(LINE, text="原文改"), node(text="完全不同"))),
        title="新名稱",
    )

    assert summary(compare(before, after, predecessors={})) == (
        "新增1項、刪除1項、修正1項、計畫名稱及其他記載修正1處；其餘1項未修正。"
    )
    assert summary(compare(before, before, predecessors={})) == SAME


@pytest.mark.parametrize(
    ("version", "names_year", "expected"),
    [
        (None, True, "115年度計畫"),
        (None, False, "目前內容"),
        ((3, "送審前"), False, "第3版「送審前」"),
        ((3, ""), True, "115年度計畫第3版"),
    ],
)
def test_sides_have_names(version: tuple[int, str] | None, names_year: bool, expected: str) -> None:
    assert side_name(FACTS, version=version, names_year=names_year) == expected


def test_a_sheet_is_kept_and_read_back() -> None:
    sheet = Sheet(document(LINE), document(chapter(LINE)), {"a": "b"}, "舊", "新", "plan:1", "now")

    assert Sheet.from_json(sheet.to_json()) == sheet
