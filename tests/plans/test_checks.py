"""Each rule of the check list: a plan that breaks it, and one that almost does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from plans.checks import RULES, Context, Finding, Level, UnitDates, check
from plans.checks.places import places_of
from plans.document import Facts, Member, Node, PlanDocument, Target, UnitName
from plans.frameworks import CriterionLine
from plans.readings import digest_of, readings_of
from tests.builders import node

YEAR = 2026  # 115年度
UNITS = {"民政課": UnitDates(), "社會課": UnitDates()}
SIGNED = ("填表人：", "單位主管（機關首長）：")


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


def plan(*chapters: Node, **facts: Any) -> PlanDocument:
    values = {
        "title": "試驗市某區公所115年度提升服務執行計畫",
        "agency": "試驗市某區公所",
        "city": "試驗市",
        "district": "某區",
        "series": "提升服務執行計畫",
        "year": YEAR,
    } | facts
    return PlanDocument(Facts(**values), chapters).numbered()


def context(**values: Any) -> Context:
    return Context(**({"units": UNITS} | values))


def codes(document: PlanDocument, **values: Any) -> list[str]:
    return [finding.code for finding in check(document, context(**values))]


def only(document: PlanDocument, **values: Any) -> Finding:
    (finding,) = check(document, context(**values))
    return finding


def named(*units: str) -> tuple[UnitName, ...]:
    return tuple(UnitName(unit) for unit in units or ("民政課",))


def chapter(*children: Node, title: str = "計畫內容", **values: Any) -> Node:
    return node("chapter", title=title, children=children, **values)


def heading(title: str, *children: Node, **values: Any) -> Node:
    return node("heading", title=title, children=children, **values)


def told(text: str) -> Node:
    """Return a chapter of one sentence, with a unit so that nothing else is amiss."""
    return chapter(node(text=text), units=named())


def whole() -> tuple[Node, ...]:
    """Return a plan nothing can be said against."""
    sentence = "全年辦理法律諮詢12場次。"
    return (
        chapter(node(text="行政院推動之政府服務躍升方案。"), title="計畫依據"),
        chapter(
            heading(
                "便民服務",
                node(text="服務台備有輪椅及老花眼鏡。"),
                node("target", sentence, targets=(target(sentence, "法律諮詢", "12", "場次"),)),
                units=named(),
            ),
        ),
    )


def target(quote: str, name: str, value: str | None, counted_in: str, comparator: str = ">=") -> Target:
    return Target(quote, name, comparator, value, None, counted_in, "sum")


def test_a_plan_that_is_in_order_has_an_empty_list() -> None:
    assert check(plan(*whole()), context()) == []


def test_every_rule_has_words_and_its_level_is_one_of_the_two() -> None:
    assert {rule.level for rule in RULES.values()} == set(Level)
    assert all(str(rule.title) and str(rule.words) and str(rule.remedy) for rule in RULES.values())


def test_findings_stand_in_the_order_of_the_document_those_of_the_whole_first() -> None:
    empty = chapter(title="其他")
    repeated = node(text="服務台備有輪椅及老花眼鏡，並有志工隨時協助。")
    again = replace(repeated, uid="a")
    document = plan(chapter(repeated, again, units=named("總務課")), empty, title="")

    assert [(f.code, f.uid) for f in check(document, context())] == [
        ("no_title", ""),
        ("unit_gone", document.chapters[0].uid),
        ("repeated", "a"),
        ("empty_chapter", empty.uid),
    ]


def test_words_and_remedy_follow_the_language() -> None:
    finding = only(plan(*whole(), chapter(node(text="𪚥𪚥龘"), units=named())), unprintable=frozenset("𪚥"))

    assert finding.words == "The font of documents has no 𪚥 (U+2A6A5)."
    with override("zh-hant"):
        assert "𪚥 (U+2A6A5)" in finding.words


# Chapters, lines and facts


def test_a_plan_without_a_chapter() -> None:
    assert codes(plan()) == ["no_chapter"]


def test_a_plan_without_a_title() -> None:
    assert codes(plan(*whole(), title=" ")) == ["no_title"]


def test_a_chapter_of_which_only_the_heading_is_written() -> None:
    bare = chapter(title="經費")

    assert only(plan(*whole(), bare)).uid == bare.uid
    assert only(plan(*whole(), bare)).code == "empty_chapter"


@pytest.mark.parametrize(
    "content",
    [
        {"text": "由各課室年度預算支應。"},
        {"children": (node(text="由年度預算支應。"),)},
        {"roster": (Member("召集人", "區長", "綜理"),)},
        {"children": (node("table", numbered=False, roster=(Member("召集人", "區長", "綜理"),)),)},
    ],
)
def test_a_chapter_with_text_a_line_or_a_roster_is_not_empty(content: dict[str, Any]) -> None:
    assert codes(plan(*whole(), node("chapter", title="經費", **content))) == []


def test_a_line_left_behind_without_words() -> None:
    empty = node(text=" ")
    document = plan(*whole(), chapter(node(text="由年度預算支應。"), empty, title="經費"))

    assert (only(document).code, only(document).uid) == ("empty_line", empty.uid)


def test_a_heading_with_a_number_and_no_words() -> None:
    nameless = heading("", node(text="由年度預算支應。"))

    assert only(plan(*whole(), chapter(nameless, title="經費"))).code == "empty_line"


def test_a_roster_and_the_root_of_a_table_need_no_words() -> None:
    roster = node("table", numbered=False, roster=(Member("召集人", "區長", "綜理"),))
    table = node(
        "chapter",
        numbered=False,
        layout="target_table",
        units=named(),
        children=[heading("服務流程", node(text="單一窗口。"), node("target", "等候時間縮短。"))],
    )

    assert codes(plan(table, chapter(roster, title="推動小組"), sign_off=SIGNED)) == []


def test_a_target_table_is_signed_by_two() -> None:
    table = chapter(heading("服務流程", node(text="單一窗口。")), layout="target_table", units=named())

    assert codes(plan(table)) == ["sign_off_missing"] * 2
    assert codes(plan(table, sign_off=("填 表 人：", "機關首長："))) == []
    finding = only(plan(table, sign_off=("填表人：",)))
    assert finding.parameters == (("line", "單位主管（機關首長）"),)


def test_a_plan_without_a_target_table_may_be_signed_in_boxes() -> None:
    assert codes(plan(*whole(), sign_off=())) == []


# Units


@pytest.mark.parametrize(
    ("dates", "is_there"),
    [
        (UnitDates(), True),
        (UnitDates(ends_on=dt.date(2025, 12, 31)), False),
        (UnitDates(ends_on=dt.date(2026, 1, 1)), True),
        (UnitDates(starts_on=dt.date(2026, 12, 31)), True),
        (UnitDates(starts_on=dt.date(2027, 1, 1)), False),
    ],
)
def test_a_unit_must_exist_on_a_day_of_the_plans_year(dates: UnitDates, is_there: bool) -> None:
    found = codes(plan(*whole()), units={"民政課": dates})

    assert found == ([] if is_there else ["unit_gone"])


def test_a_unit_the_district_does_not_have() -> None:
    finding = only(plan(chapter(node(text="單一窗口。"), units=named("民政課", "總務課"))))

    assert finding.words == "There is no 總務課 in the plan's year."


def test_the_successor_that_exists_is_named() -> None:
    units = {
        "兵役課": UnitDates(ends_on=dt.date(2020, 12, 31), successor="役政課"),
        "役政課": UnitDates(ends_on=dt.date(2024, 12, 31), successor="役政災防課"),
        "役政災防課": UnitDates(),
    }
    finding = only(plan(chapter(node(text="單一窗口。"), units=named("兵役課"))), units=units)

    assert finding.code == "unit_replaced"
    assert finding.remedy == "Name 役政災防課 instead."


def test_units_that_follow_one_another_in_a_circle_have_no_successor() -> None:
    gone = dt.date(2020, 12, 31)
    units = {
        "甲課": UnitDates(ends_on=gone, successor="乙課"),
        "乙課": UnitDates(ends_on=gone, successor="甲課"),
    }

    assert codes(plan(chapter(node(text="單一窗口。"), units=named("甲課"))), units=units) == ["unit_gone"]


def responsibility(*themes: Node, **values: Any) -> Node:
    return chapter(*themes, layout="responsibility", **values)


def test_the_top_of_what_has_no_unit_in_a_responsibility_table_is_named() -> None:
    lacking = heading("主動公開", node(text="會議紀錄上網。"), node(text="預算上網。"))
    theme = heading("資訊透明", heading("檢索", node(text="站內搜尋。"), units=named()), lacking)
    document = plan(responsibility(theme))

    assert [(f.code, f.uid) for f in check(document, context())] == [("no_unit_in_table", lacking.uid)]


def test_a_row_beside_rows_with_units_is_named() -> None:
    lacking = node(text="預算上網。")
    focus = heading("主動公開", node(text="會議紀錄上網。", units=named()), lacking)

    assert only(plan(responsibility(heading("資訊透明", focus)))).uid == lacking.uid


def test_the_own_text_of_a_heading_is_a_row_of_the_table() -> None:
    focus = heading("主動公開", node(text="會議紀錄上網。", units=named()), text="以公開為原則。")

    assert only(plan(responsibility(heading("資訊透明", focus)))).uid == focus.uid


@pytest.mark.parametrize(
    "table",
    [
        responsibility(heading("資訊透明", heading("主動公開", node(text="上網。"))), units=named()),
        responsibility(heading("資訊透明", heading("主動公開", node(text="上網。")), units=named())),
        responsibility(heading("資訊透明", heading("主動公開", node(text="上網。")), all_units=True)),
        responsibility(
            heading("資訊透明", heading("主動公開", node(text="上網。"), units=named())),
            node("note", "本表由秘書室彙整。"),
            node("table", title="編組表", numbered=False, roster=(Member("召集人", "區長", "綜理"),)),
        ),
    ],
    ids=["of the chapter", "of the theme", "all units", "notes and rosters need none"],
)
def test_units_are_inherited_in_a_responsibility_table(table: Node) -> None:
    assert codes(plan(table)) == []


def test_a_plan_that_names_no_unit_at_all_is_told_so_once() -> None:
    document = plan(
        chapter(node(text="行政院推動之政府服務躍升方案。"), title="計畫依據"),
        chapter(heading("便民服務", node(text="備有輪椅。"), node("target", "等候時間縮短。"))),
    )

    assert [(f.code, f.level, f.uid) for f in check(document, context())] == [("no_units", "warning", "")]


def test_a_line_without_a_unit_beside_lines_that_have_one() -> None:
    lacking = heading("資訊透明", node(text="會議紀錄上網。"), node(text="預算上網。"))
    document = plan(chapter(heading("便民服務", node(text="備有輪椅。"), units=named()), lacking))

    assert [(f.code, f.level, f.uid) for f in check(document, context())] == [
        ("no_unit", "warning", lacking.uid)
    ]


def test_a_chapter_that_promises_something_needs_a_unit() -> None:
    promising = chapter(heading("便民服務", node(text="備有輪椅。"), node("target", "等候時間縮短。")))

    assert only(plan(told("單一窗口。"), promising)).uid == promising.uid


def test_chapters_that_give_nobody_a_task_need_no_unit() -> None:
    document = plan(told("單一窗口。"), chapter(node(text="政府服務躍升方案。"), title="計畫依據"))

    assert codes(document) == []


# Points


def points_plan(*areas: tuple[str, str | None, tuple[str | None, ...]], **values: Any) -> PlanDocument:
    """Return a target table: each area has points, and the points of the marks below it."""
    tops = [
        heading(
            name,
            *(
                heading(f"{name}{place}", node(text=f"{name}{place}的作法。"), points=mark)
                for place, mark in enumerate(marks)
            ),
            points=points,
            **values,
        )
        for name, points, marks in areas
    ]
    return plan(chapter(*tops, layout="target_table", units=named()), sign_off=SIGNED)


ADDING_UP = (("甲", "400", ("200", "200")), ("乙", "300", ("100.0", "200")), ("丙", "300", ()))


def test_points_that_add_up_on_every_level() -> None:
    assert codes(points_plan(*ADDING_UP), total_points=Decimal("1000.00")) == []


def test_points_that_differ_from_the_total() -> None:
    finding = only(points_plan(*ADDING_UP[:2]), total_points=Decimal(1000))

    assert finding.words == "The plan has 700 points in all, its framework 1000."


def test_points_that_differ_from_what_stands_above_them() -> None:
    document = points_plan(("甲", "400", ("200", None, "150.5")))
    finding = only(document, total_points=Decimal(400))

    assert finding.uid == document.chapters[0].children[0].uid
    assert finding.words == "400 points here, but what stands below it has 350.5."


def test_points_are_nobodys_concern_where_the_framework_has_none() -> None:
    assert codes(points_plan(("甲", "400", ("200", "100")))) == []
    criteria = {"1": CriterionLine("1", "優質便民服務")}
    assert codes(points_plan(("甲", "400", ("200", "100"))), criteria=criteria) == []


def test_points_that_differ_from_the_criterions() -> None:
    document = points_plan(("甲", "300", ()), criterion="1")
    criteria = {"1": CriterionLine("1", "優質便民服務", Decimal(400))}

    assert only(document, criteria=criteria).words == (
        "300 points here, but the criterion “優質便民服務” has 400."
    )
    assert codes(points_plan(("甲", "400", ()), criterion="1"), criteria=criteria) == []
    # Several lines of one criterion share its points.
    assert codes(points_plan(("甲", "150", ()), ("乙", "250", ()), criterion="1"), criteria=criteria) == []


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("(400分)", False),
        ("（４００ 分）", False),
        ("佔百分之四十", False),
        ("", False),
        ("(40%，400分)", False),
        ("(300分)", True),
    ],
)
def test_points_are_printed_as_they_count(text: str, is_wrong: bool) -> None:
    found = codes(points_plan(("甲", "400", ()), points_text=text), total_points=Decimal(400))

    assert found == (["points_printed"] if is_wrong else [])


# Targets


def group(title: str, *targets: str) -> Node:
    return heading(title, node(text=f"{title}的具體作法。"), *(node("target", text) for text in targets))


def test_a_group_without_targets_beside_groups_that_have_some() -> None:
    lacking = group("資訊服務")
    document = plan(
        chapter(group("便民服務", "等候時間縮短。"), lacking, group("創新", "有新作法。"), units=named())
    )

    assert (only(document).code, only(document).uid) == ("no_targets", lacking.uid)


def test_groups_most_of_which_have_no_targets() -> None:
    document = plan(
        chapter(
            group("便民服務", "等候時間縮短。"), group("資訊"), group("創新"), group("考核"), units=named()
        )
    )

    assert codes(document) == []


def test_a_group_whose_parts_have_targets_and_one_whose_list_stands_behind_it() -> None:
    deep = heading("資訊服務", group("公開", "資料齊全。"), group("檢索", "找得到。"))
    shared = heading("便民服務", heading("窗口", node(text="單一窗口。")), node("target", "等候時間縮短。"))

    assert codes(plan(chapter(deep, shared, units=named()))) == []


def test_the_only_group_of_its_heading_is_compared_with_its_level() -> None:
    lacking = group("機制")
    document = plan(
        chapter(
            heading("便民服務", group("流程", "等候時間縮短。"), group("形象", "態度親切。")),
            heading("內部創新", lacking),
            units=named(),
        )
    )

    assert only(document).uid == lacking.uid


def test_lines_behind_the_last_list_of_targets_have_none() -> None:
    late = node(text="每月公布一次。")
    first = (node(text="單一窗口。"), node("target", "等候時間縮短。"))

    assert only(plan(chapter(heading("便民服務", *first, late), units=named()))).uid == late.uid
    assert codes(plan(chapter(heading("便民服務", *first, node("note", "以月計。")), units=named()))) == []


def promise(text: str, *targets: Target) -> Node:
    return node("target", text, targets=targets)


def promising(*lines: Node) -> PlanDocument:
    return plan(chapter(node(text="具體作法如下。"), *lines, units=named()))


SENTENCE = "全年辦理法律諮詢12場次。"


def test_a_number_in_a_target_without_an_indicator() -> None:
    finding = only(promising(promise(SENTENCE)))

    assert finding.code == "number_unread"
    assert finding.words == "“全年辦理法律諮詢12場次” promises 12 場次, and no indicator holds it."


def test_a_number_that_has_an_indicator_or_was_said_to_be_none() -> None:
    line = promise(SENTENCE)
    (reading,) = readings_of("target", "", SENTENCE)

    assert codes(promising(promise(SENTENCE, target(SENTENCE, "法律諮詢", "12", "場次")))) == []
    assert codes(promising(line), refused={line.uid: frozenset({digest_of(reading)})}) == []


@pytest.mark.parametrize(
    "text", ["民眾不必久候。", "每月更換海報。", "取得無障礙網頁AA標章。", "提升使用率。"]
)
def test_a_target_without_a_number_needs_no_indicator(text: str) -> None:
    assert codes(promising(promise(text))) == []


def test_a_number_in_an_action_needs_no_indicator() -> None:
    assert codes(promising(node(text="每年至少辦理3場說明會。"))) == []


def test_a_sentence_whose_number_was_changed() -> None:
    finding = only(promising(promise("全年辦理法律諮詢15場次。", target(SENTENCE, "法律諮詢", "12", "場次"))))

    assert finding.code == "target_drifted"
    assert (
        finding.words == "The indicator “法律諮詢” promises at least 12 場次, the sentence at least 15 場次."
    )


def test_a_sentence_that_no_longer_says_the_number() -> None:
    finding = only(promising(promise("定期辦理法律諮詢。", target(SENTENCE, "法律諮詢", "12", "場次"))))

    assert (finding.code, finding.words) == (
        "target_lost",
        "The indicator “法律諮詢” promises at least 12 場次, of which the sentence says nothing.",
    )


def test_a_number_in_other_spelling_is_the_same_number() -> None:
    quote = "節省規費20萬 4千元。"

    assert codes(promising(promise(quote, target(quote, "節省規費", "204000", "元")))) == []


def test_one_measure_may_serve_two_lines() -> None:
    shared = target(SENTENCE, "法律諮詢", "12", "場次")

    assert codes(promising(promise(SENTENCE, shared), promise("民眾遇到法律問題有人可問。", shared))) == []


def test_a_target_nobody_has_confirmed() -> None:
    line = promise("全年辦理法律諮詢15場次。", target(SENTENCE, "法律諮詢", "12", "場次"))

    finding = only(promising(line), proposals={line.uid: frozenset({("法律諮詢", "場次")})})

    assert finding.code == "target_proposal"
    assert "法律諮詢" in finding.words


# Words


def test_a_character_the_font_lacks_is_found_wherever_it_is_printed() -> None:
    lines = (
        node(text="𪚥"),
        node(title="有𪚥", text="字。"),
        node("table", title="編組表", numbered=False, roster=(Member("召集人", "王𪚥", "綜理"),)),
    )
    document = plan(chapter(*lines, units=named()), note="\x07𪚥", title="計畫")

    findings = check(document, context(unprintable=frozenset("𪚥\x07")))

    assert [finding.uid for finding in findings] == ["", *(line.uid for line in lines)]
    assert {finding.code for finding in findings} == {"unprintable"}
    assert findings[0].parameters == (("characters", "U+0007、𪚥 (U+2A6A5)"),)
    assert codes(document) == []


@pytest.mark.parametrize(
    "text",
    [
        "訂定本所114年度提升服務執行計畫。",
        "本計畫自114年1月1日起至114年12月31日止。",
        "於114年3月辦理說明會。",
        "於１１４年度辦理說明會。",
        "一百一十四年度工作項目。",
        "於2025年度辦理說明會。",
        "114.4.30前函報市府。",
    ],
)
def test_the_year_of_last_years_plan(text: str) -> None:
    assert codes(plan(told(text))) == ["stale_year"]


@pytest.mark.parametrize(
    "text",
    [
        "訂定本所115年度提升服務執行計畫。",
        "113年度曾試辦。",
        "依114年3月5日府研考字第1140012345號函辦理。",
        "114年12月修訂。",
        "本所114年度服務檢討會議紀錄。",
        "截至114年12月底，人口六萬七千人。",
        "申辦件數較114年度增加百分之五。",
        "114年度辦理10場，115年度增為12場。",
        "自114年度起全面推動。",
        "114年至116年中程計畫。",
        "共114項措施，版本114.1。",
        "114年辦理說明會。",
    ],
)
def test_years_that_are_no_leftovers(text: str) -> None:
    assert codes(plan(told(text))) == []


def test_a_bare_year_counts_where_last_years_line_had_it_too() -> None:
    document = plan(told("114年辦理說明會。"))
    uid = document.chapters[0].children[0].uid

    assert codes(document, earlier={uid: "\n114年辦理說明會。"}) == ["stale_year"]
    assert codes(document, earlier={uid: "\n全年辦理說明會。"}) == []


def test_the_title_and_the_note_but_no_revision_line() -> None:
    assert codes(plan(told("單一窗口。"), title="某區公所114年度提升服務執行計畫")) == ["stale_year"]
    assert codes(plan(told("單一窗口。"), note="114年度經費另計。")) == ["stale_year"]
    assert codes(plan(told("單一窗口。"), subtitle="114年12月修訂")) == []


def test_a_paragraph_that_stands_twice() -> None:
    first = heading("便民服務", node(text="服務台備有輪椅及老花眼鏡，由志工協助。"))
    again = node(text="另設哺集乳室。\n服務台備有輪椅 及老花眼鏡,由志工協助。")
    finding = only(plan(chapter(first, again, units=named())))

    assert (finding.code, finding.uid) == ("repeated", again.uid)
    assert finding.parameters[1] == ("place", "壹、一、(一)")


def test_short_lines_and_lines_that_differ_may_stand_twice() -> None:
    lines = (
        "依規定辦理。",
        "依規定辦理。",
        "服務台備有輪椅及老花眼鏡，由志工協助。",
        "服務台備有輪椅及老花眼鏡，由替代役協助。",
    )

    assert codes(plan(chapter(*(node(text=text) for text in lines), units=named()))) == []


# Levels and comments


def test_a_number_that_is_further_in_than_its_place() -> None:
    first, second = node(text="單一窗口。"), node(text="延時服務。")
    document = plan(chapter(first, second, child_style="arabic", units=named()))

    finding = only(document)

    assert (finding.code, finding.uid) == ("level_skipped", first.uid)
    assert finding.words == "The numbering goes from 壹、 to 1. and leaves out a level."


@pytest.mark.parametrize(
    "content",
    [
        heading(
            "便民服務",
            heading("窗口", node(text="單一窗口。"), child_style="arabic", numbered=False),
            numbered=False,
        ),
        heading("便民服務", heading("窗口", node(text="單一窗口。")), child_style="formal"),
        heading("便民服務", node(text="單一窗口。"), node("target", "等候時間縮短。")),
        heading(
            "便民服務", heading("窗口", heading("一樓", node(text="單一窗口。"), child_style="arabic_paren"))
        ),
    ],
    ids=["levels without numbers", "begun anew", "targets are always 1. 2. 3.", "1-1. may be left out"],
)
def test_levels_that_are_not_left_out(content: Node) -> None:
    assert codes(plan(chapter(content, units=named()), scheme="with_pairs")) == []


def test_a_level_without_number_and_words() -> None:
    wrapper = heading("", node(text="單一窗口。"), numbered=False)

    assert only(plan(chapter(wrapper, units=named()))).code == "level_unnamed"


def test_comments_that_are_open() -> None:
    document = plan(*whole())
    uid = document.chapters[1].uid

    assert only(document, comments={uid: 2}).words == "Comments not resolved yet: 2."
    assert codes(document, comments={"of a deleted line": 1}) == []


# Places


def test_places_are_the_numbers_down_to_a_line() -> None:
    inner = node(text="單一窗口。")
    bare = heading("沒有編號", node(text="延時服務。"), numbered=False)
    document = plan(chapter(heading("便民服務", inner), bare))
    places = places_of(document)

    assert places[inner.uid] == "壹、一、(一)"
    assert places[bare.uid] == "壹、"
    assert places[bare.children[0].uid] == "壹、一、"


def test_in_a_table_without_numbers_the_nearest_heading_is_the_place() -> None:
    line = node(text="單一窗口。")
    focus = heading("服務流程便捷性", line, numbered=False, child_style="arabic")
    document = plan(
        node("chapter", numbered=False, children=[heading("優質便民服務", focus, numbered=False)])
    )
    places = places_of(document)

    assert (places[focus.uid], places[line.uid]) == ("", "服務流程便捷性 1.")
