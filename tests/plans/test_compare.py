from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.blocks import ALL_UNITS
from plans.compare import Comparison, Field, Row, RowKind, compare
from plans.document import Facts, Member, Node, PlanDocument, Target, UnitName
from plans.words import new_words, old_words, text_of
from tests.builders import node

FACTS = Facts("計畫", "某區公所", "某市", "某區", "提升服務執行計畫", 2026)
SENTENCES = (
    "服務台備有輪椅及老花眼鏡。",
    "每週二延長服務時間。",
    "全年辦理法律諮詢12場次。",
    "每季檢討一次。",
    "其他",
    "",
)
UNITS = st.lists(
    st.sampled_from([UnitName("民政課"), UnitName("社會課"), UnitName("經建課", "assisting")]), unique=True
)


def nodes(depth: int = 0) -> st.SearchStrategy[Node]:
    below = st.lists(nodes(depth + 1), max_size=3) if depth < 2 else st.just([])
    return st.builds(
        lambda kind, title, text, units, children, uid: Node(
            str(uid), kind, title=title, text=text, units=tuple(units), children=tuple(children)
        ),
        st.sampled_from(["heading", "action", "target"]),
        st.sampled_from(SENTENCES),
        st.sampled_from(SENTENCES),
        UNITS,
        below,
        st.uuids(),
    )


def document(*chapters: Node, **facts: Any) -> PlanDocument:
    return PlanDocument(replace(FACTS, **facts), chapters).numbered()


DOCUMENTS = st.builds(lambda chapters: document(*chapters), st.lists(nodes(), max_size=4))


def with_new_uids(item: Node) -> Node:
    return replace(item, uid=str(uuid.uuid4()), children=tuple(map(with_new_uids, item.children)))


def copied(plan: PlanDocument) -> PlanDocument:
    """Return the plan as another import would give it: the same lines, other identities."""
    return replace(plan, chapters=tuple(map(with_new_uids, plan.chapters)))


def kinds(comparison: Comparison) -> dict[str, int]:
    return {kind: count for kind, count in comparison.counts.items() if kind != RowKind.UNCHANGED}


def fields(row: Row) -> list[Field]:
    return [change.field for change in row.changes]


def lines(*words: str) -> list[Node]:
    return [node(text=text) for text in words]


def chapter(*children: Node, title: str = "計畫內容", **values: Any) -> Node:
    return node("chapter", title=title, children=children, **values)


def texts(comparison: Comparison) -> list[tuple[str, str]]:
    return [(row.kind.value, row.place.node.title or row.place.node.text) for row in comparison.rows]


# -- properties ---------------------------------------------------------------------------------------


@given(DOCUMENTS)
def test_a_plan_compared_with_itself_is_unchanged(plan: PlanDocument) -> None:
    found = compare(plan, plan, predecessors={})

    assert found.is_same
    assert [row.kind for row in found.rows] == [RowKind.UNCHANGED for _ in plan.walk()]


@given(DOCUMENTS, DOCUMENTS)
def test_every_line_of_both_sides_occurs_once(before: PlanDocument, after: PlanDocument) -> None:
    rows = compare(before, after, predecessors={}).rows

    assert Counter(row.before.node.uid for row in rows if row.before) == Counter(
        line.uid for line in before.walk()
    )
    # In the order of the new document.
    assert [row.after.node.uid for row in rows if row.after] == [line.uid for line in after.walk()]


@given(DOCUMENTS, DOCUMENTS)
def test_both_texts_can_be_read_from_the_changes(before: PlanDocument, after: PlanDocument) -> None:
    for row in compare(before, after, predecessors={}).rows:
        for change in row.changes:
            if change.words:
                assert text_of(old_words(change.words)) == change.before
                assert text_of(new_words(change.words)) == change.after


@given(DOCUMENTS, DOCUMENTS)
def test_rows_are_what_they_are_called(before: PlanDocument, after: PlanDocument) -> None:
    for row in compare(before, after, predecessors={}).rows:
        assert (row.before is None) == (row.kind == RowKind.ADDED)
        assert (row.after is None) == (row.kind == RowKind.REMOVED)
        assert bool(row.changes) == (row.kind in {RowKind.CHANGED, RowKind.MOVED_AND_CHANGED})


@given(st.lists(nodes(2), min_size=2, max_size=12), st.data())
def test_one_moved_line_is_one_move(children: list[Node], data: st.DataObject) -> None:
    before = document(chapter(*children))
    start = data.draw(st.integers(0, len(children) - 1))
    end = data.draw(st.integers(0, len(children) - 1))
    order = list(before.chapters[0].children)
    order.insert(end, order.pop(start))
    after = document(replace(before.chapters[0], children=tuple(order)))

    assert kinds(compare(before, after, predecessors={})) == ({RowKind.MOVED: 1} if start != end else {})


@given(DOCUMENTS.filter(lambda plan: len(plan.chapters) > 1), st.data())
def test_a_part_moved_below_another_heading_is_one_move(plan: PlanDocument, data: st.DataObject) -> None:
    moved, *others = data.draw(st.permutations(plan.chapters))
    order = [item for item in plan.chapters if item in others]
    target = data.draw(st.sampled_from(order))
    order[order.index(target)] = replace(target, children=(*target.children, moved))
    after = document(*order)

    found = compare(plan, after, predecessors={})

    assert kinds(found) == {RowKind.MOVED: 1}
    assert [row.place.node.uid for row in found.rows if row.kind == RowKind.MOVED] == [moved.uid]


@given(DOCUMENTS)
def test_predecessors_are_identities(plan: PlanDocument) -> None:
    after = copied(plan)
    links = {
        new.uid: old.uid for new, old in zip(after.walk(), plan.walk(), strict=True) if new.uid and old.uid
    }

    assert compare(plan, after, predecessors=links).is_same


# -- pairing ------------------------------------------------------------------------------------------


def test_two_imported_years_are_paired_by_their_words() -> None:
    before = document(
        chapter(*lines("依112年度服務規定辦理。"), title="計畫依據"),
        chapter(
            node("heading", title="便民服務", children=lines("服務台備有輪椅。", "全年辦理12場次。")),
            node("heading", title="資訊服務", children=lines("網站每週更新一次，並檢查連結。")),
        ),
    )
    after = document(
        chapter(*lines("依115年度服務規定辦理。"), title="計畫依據"),
        chapter(
            node("heading", title="資訊服務", children=lines("網站每日更新一次，並檢查連結。")),
            node(
                "heading",
                title="便民服務",
                children=lines("服務台備有輪椅。", "全年辦理15場次。", "全新的作法。"),
            ),
        ),
    )

    found = compare(before, after, predecessors={})

    assert kinds(found) == {RowKind.CHANGED: 3, RowKind.MOVED: 1, RowKind.ADDED: 1}


def test_a_heading_with_another_name_is_known_by_its_lines() -> None:
    children = lines("服務台備有輪椅及老花眼鏡。", "每週二延長服務時間。", "全年辦理法律諮詢12場次。")
    before = document(chapter(node("heading", title="便民服務", children=children)))
    after = document(chapter(node("heading", title="走動式關懷", children=map(with_new_uids, children))))

    found = compare(before, after, predecessors={})

    assert texts(found)[1] == ("changed", "走動式關懷")
    assert kinds(found) == {RowKind.CHANGED: 1}


def test_in_doubt_lines_are_two() -> None:
    before = document(chapter(node(text="停辦多時的節慶與共餐陸續恢復。")))
    after = document(chapter(node(text="颱風期間運河沿岸有倒灌之虞。")))

    assert kinds(compare(before, after, predecessors={})) == {RowKind.ADDED: 1, RowKind.REMOVED: 1}


def test_repeated_lines_are_paired_in_order() -> None:
    before = document(chapter(*lines("同一句話。", "另一句話在中間。", "同一句話。")))
    after = copied(before)

    assert compare(before, after, predecessors={}).is_same


def test_an_identity_goes_before_likeness() -> None:
    first, second = lines("甲乙丙丁戊己庚辛。", "子丑寅卯辰巳午未。")
    before = document(chapter(first, second))
    after = document(
        replace(
            before.chapters[0],
            children=(replace(first, text=second.text), replace(second, text=first.text)),
        )
    )

    assert kinds(compare(before, after, predecessors={})) == {RowKind.CHANGED: 2}


# -- rows ---------------------------------------------------------------------------------------------


def test_removed_lines_stand_at_their_old_place() -> None:
    one, two, three = lines("第一件事。", "第二件事。", "第三件事。")
    gone = node("heading", title="裁撤", children=lines("其下之一。", "其下之二。"))
    before = document(chapter(one, gone, two, three))
    after = document(replace(before.chapters[0], children=(one, two, node(text="完全不同。"), three)))

    assert texts(compare(before, after, predecessors={})) == [
        ("unchanged", "計畫內容"),
        ("unchanged", "第一件事。"),
        ("removed", "裁撤"),
        ("removed", "其下之一。"),
        ("removed", "其下之二。"),
        ("unchanged", "第二件事。"),
        ("added", "完全不同。"),
        ("unchanged", "第三件事。"),
    ]


def test_what_is_kept_of_a_removed_part_is_moved() -> None:
    kept, lost = lines("保留的一句話。", "刪去的一句話。")
    part = node("heading", title="裁撤的一節", children=[kept, lost])
    other = node("heading", title="留下的一節")
    before = document(chapter(part, other))
    after = document(replace(before.chapters[0], children=(replace(other, children=(kept,)),)))

    assert texts(compare(before, after, predecessors={})) == [
        ("unchanged", "計畫內容"),
        ("removed", "裁撤的一節"),
        ("removed", "刪去的一句話。"),
        ("unchanged", "留下的一節"),
        ("moved", "保留的一句話。"),
    ]


def test_lines_after_a_new_one_bear_another_number_and_are_not_moved() -> None:
    children = lines("第一件事。", "第二件事。")
    before = document(chapter(*children))
    after = document(replace(before.chapters[0], children=(node(text="插在前面。"), *children)))

    found = compare(before, after, predecessors={})

    assert kinds(found) == {RowKind.ADDED: 1}
    assert [row.is_renumbered for row in found.rows] == [False, False, True, True]


READING = Target("全年12場次", "法律諮詢", ">=", "12", None, "場次", "sum")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"title": "別的"}, [(Field.TITLE, "", "別的")]),
        ({"text": "別的"}, [(Field.TEXT, "原文", "別的")]),
        ({"kind": "target"}, [(Field.KIND, "action", "target")]),
        ({"units": (UnitName("甲課", "assisting"),)}, [(Field.UNITS, "", "甲課（協辦）")]),
        ({"all_units": True}, [(Field.ALL_UNITS, "", ALL_UNITS)]),
        (
            {"points": "400", "points_text": "(400分)"},
            [(Field.POINTS_TEXT, "", "(400分)"), (Field.POINTS, "", "400")],
        ),
        ({"criterion": "1.2"}, [(Field.CRITERION, "", "1.2")]),
        ({"targets": (READING,)}, [(Field.TARGETS, "", "法律諮詢：至少 12 場次")]),
        ({"roster": (Member("召集人", "區長", "綜理"),)}, [(Field.ROSTER, "", "召集人｜區長｜綜理｜")]),
        ({"layout": "roster"}, [(Field.LAYOUT, "", "roster")]),
        ({"numbered": False}, [(Field.NUMBERED, "yes", "")]),
        ({"child_style": "arabic"}, [(Field.CHILD_STYLE, "", "arabic")]),
        ({"number": "九、"}, []),  # computed from the tree
    ],
)
def test_each_field_of_a_line_is_compared(
    values: dict[str, Any], expected: list[tuple[Field, str, str]]
) -> None:
    line = node(text="原文")
    before, after = document(line), document(replace(line, **values))

    (row,) = compare(before, after, predecessors={}).rows

    assert [(change.field, change.before, change.after) for change in row.changes] == expected


def test_every_field_of_a_node_is_compared_or_named_here() -> None:
    known = {field.value for field in Field} | {"uid", "number", "children"}

    assert set(Node.__dataclass_fields__) <= known


def test_a_targets_quote_alone_is_no_change() -> None:
    line = node("target", "全年12場次", targets=(READING,))
    after = replace(line, targets=(replace(READING, quote="12場次"),))

    assert compare(document(line), document(after), predecessors={}).is_same


def test_column_heads_belong_to_their_table() -> None:
    table = node("chapter", title="表", layout="responsibility")
    other = with_new_uids(table)
    before = document(table, column_heads=((table.uid, ("甲", "乙", "丙")),))
    same = document(other, column_heads=((other.uid, ("甲", "乙", "丙")),))
    usual = document(other)

    assert compare(before, same, predecessors={}).is_same
    (row,) = compare(before, usual, predecessors={}).rows
    assert fields(row) == [Field.HEADS]


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("title", "新的計畫"),
        ("subtitle", "112年12月修訂"),
        ("agency", "別區公所"),
        ("series", "別的計畫"),
        ("attribute", "行政機關"),
        ("note", "備註一句"),
        ("sign_off", ("填表人", "機關首長")),
        ("scheme", "table"),
    ],
)
def test_facts_are_compared(fact: str, value: Any) -> None:
    found = compare(document(), document(**{fact: value}), predecessors={})

    assert [change.field for change in found.facts] == [fact]
    assert not found.is_same
