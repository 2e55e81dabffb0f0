from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.roc import from_roc
from plans.document import Facts, Member, Node, PlanDocument, Target, UnitName
from plans.successors import (
    DOCUMENT,
    EVENT,
    LATER,
    SINCE,
    SPAN,
    Mention,
    move_on,
    move_quote,
    move_years,
    with_revision,
    without_revision,
)


def moved(text: str, roc: int = 114, to: int = 115) -> str:
    return move_years(text, year=from_roc(roc), to=from_roc(to)).text


def left(text: str) -> list[tuple[str, str]]:
    found = move_years(text, year=2025, to=2026)
    assert found.text == text
    return [(mention.before, mention.reason) for mention in found.left]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("114年度提升服務執行計畫", "115年度提升服務執行計畫"),
        ("114 年度", "115 年度"),
        ("１１４年", "１１５年"),
        ("民國114年3月8日辦理。", "民國115年3月8日辦理。"),
        ("一百一十四年度、一百十四年、一一四年", "一百一十五年度、一百十五年、一一五年"),
        ("2025年", "2026年"),
        ("西元 2025 年", "西元 2026 年"),
        ("114年1月1日至12月31日", "115年1月1日至12月31日"),
        ("114年1月1日至114年12月31日", "115年1月1日至115年12月31日"),
        ("自114年1月1日起至同年12月31日止", "自115年1月1日起至同年12月31日止"),
        ("期程：114.1.1-114.12.31", "期程：115.1.1-115.12.31"),
        ("2025/03/08", "2026/03/08"),
        ("114學年度第1學期", "115學年度第1學期"),
        ("1.114年度計畫", "1.115年度計畫"),
        ("附件一114年度一覽表", "附件一115年度一覽表"),
        ("114年起重機操作訓練", "115年起重機操作訓練"),
        ("114年4月30日前函報市府", "115年4月30日前函報市府"),
    ],
)
def test_the_plans_own_year_moves_on_in_every_way_it_is_written(before: str, after: str) -> None:
    assert moved(before) == after


def test_zeros_and_hundreds_are_carried_over() -> None:
    assert moved("一百零九年 一〇九年 一○九年 109年", 109, 110) == "一百一十年 一一〇年 一一○年 110年"
    assert moved("九十九年度 99年", 99, 100) == "一百年度 100年"
    assert moved("一百一十九年", 119, 120) == "一百二十年"


def test_a_leap_day_becomes_the_last_day_of_february() -> None:
    assert moved("113年2月29日、113.2.29、113年２月２９日", 113, 114) == (
        "114年2月28日、114.2.28、114年２月２８日"
    )
    assert moved("113年2月29日", 113, 117) == "117年2月29日"


@pytest.mark.parametrize(
    "text",
    [
        "共114項", "第114號", "1140人次", "2114年", "1142人", "電話07-1142025分機114", "114元", "114", "2025",
        "113年度辦理", "2024年", "一百一十三年度", "二百一十四年", "192.114.1.1", "114.15.40", "網址/114/1/1",
        "廟宇有114年的歷史", "第10114301730號",
    ],
)  # fmt: skip
def test_what_is_not_the_plans_year_stays(text: str) -> None:
    assert left(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("市府114年3月12日府研發字第11430173300號函", [("114年3月12日", DOCUMENT)]),
        ("府研發字第11430173300號函(114年3月12日)", [("114年3月12日", DOCUMENT)]),
        ("114年度字第12號", [("114年度", DOCUMENT)]),
        ("要點（114年3月1日修正）", [("114年3月1日", DOCUMENT)]),
        ("要點（114.3.1第3次修訂）", [("114.3.1", DOCUMENT)]),
        ("本所於 114 年設立專頁", [("114 年", EVENT)]),
        ("自114年起設站", [("114年", SINCE)]),
        ("自114年1月1日起實施", [("114年1月1日", SINCE)]),
        ("112至114年", [("114年", SPAN)]),
        ("113年12月至114年11月", [("114年11月", SPAN)]),
        ("113.7.1至114.6.30", [("114.6.30", SPAN)]),
        ("114年7月1日至115年6月30日", [("114年7月1日", SPAN), ("115年", LATER)]),
        ("於115年1月提送成果", [("115年", LATER)]),
    ],
)
def test_a_year_that_may_not_move_is_left_and_named(text: str, expected: list[tuple[str, str]]) -> None:
    assert left(text) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("112年12月修訂", ""),
        ("（114年3月核定版）", ""),
        ("113.12.1修正通過", ""),
        ("第2次修正版", ""),
        ("草案、113年12月修訂", "草案"),
        ("初版", "初版"),
        ("配合114年3月核定計畫", "配合114年3月核定計畫"),
        ("便民 · 效能", "便民 · 效能"),
    ],
)
def test_a_subtitle_loses_its_lines_on_revisions(before: str, after: str) -> None:
    assert without_revision(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "115年9月修訂"),
        ("112年12月修訂", "115年9月修訂"),
        ("（114.3.1核定版）", "115年9月修訂"),
        ("服務再升級", "服務再升級　115年9月修訂"),
        ("服務再升級（114年12月修訂）", "服務再升級　115年9月修訂"),
    ],
)
def test_a_subtitle_tells_of_the_revision_that_begins(before: str, after: str) -> None:
    assert with_revision(before, year=115, month=9) == after


def test_every_replacement_says_where_what_and_in_which_words() -> None:
    node = Node("u1", "action", title="114年度訓練", text="全年共114項。\n於114年3月前辦理，113年度已辦。")
    document = PlanDocument(facts(title="某區公所114年度計畫", subtitle="113年12月修訂"), (node,))

    found = move_on(document, to=2026)

    assert found.replaced == (
        Mention("114年度", "115年度", "某區公所", "計畫", "", "title", at=4),
        Mention("113年12月修訂", "", place="subtitle"),
        Mention("114年度", "115年度", "", "訓練", "u1", "title"),
        Mention("114年3月", "115年3月", "於", "前辦理，113年度已辦。", "u1", "text", at=10),
    )
    assert found.left == ()
    assert found.document.chapters[0].text == "全年共114項。\n於115年3月前辦理，113年度已辦。"


def test_the_year_moves_wherever_a_plan_prints_text() -> None:
    node = Node(
        "u1",
        "table",
        points_text="(114年配分)",
        roster=(Member("114年召集人", "114年甲", "114年綜理", "114年度輪值"),),
        targets=(Target("114年達12場次", "名稱114年", ">=", "12", None, "場次", "sum"),),
    )
    source = PlanDocument(
        facts(
            attribute="114年第一線",
            note="114年備註",
            sign_off=("114年填表人",),
            column_heads=(("u1", ("114年目標",)),),
        ),
        (Node("c", "chapter", children=(node,)),),
    )

    found = move_on(source, to=2026).document

    assert (found.facts.year, found.facts.series) == (2026, "114年系列")
    assert (found.facts.attribute, found.facts.note) == ("115年第一線", "115年備註")
    assert (found.facts.sign_off, found.facts.column_heads) == (("115年填表人",), (("u1", ("115年目標",)),))
    (line,) = found.chapters[0].children
    assert line.points_text == "(115年配分)"
    assert line.roster == (Member("115年召集人", "115年甲", "115年綜理", "115年度輪值"),)
    # The indicator lives for years and is the same one; only the promise is a new one.
    assert line.targets == (replace(node.targets[0], quote="115年達12場次"),)


def test_a_quote_stays_what_its_line_says() -> None:
    line = "依114年3月1日府研發字第1號函辦理講習12場次"

    assert move_quote("114年3月1日", line, year=2025, to=2026) == "114年3月1日"
    assert move_quote("114年12場次", "115年12場次", year=2025, to=2026) == "115年12場次"


# What moves, and what must not, in the words around it: any of them in any order.
MOVES = [
    ("114年度", "115年度"),
    ("114 年", "115 年"),
    ("一百一十四年度", "一百一十五年度"),
    ("2025年", "2026年"),
    ("114年1月1日至12月31日", "115年1月1日至12月31日"),
    ("１１４年度", "１１５年度"),
]
STAYS = [
    "113年度辦理", "114項", "07-1142025", "114年度字第114號", "第1142025號", "1142025", "2024年", "4月30日前",
    "自114年起", "民政課", "二百一十四", "辦理12場次，1,140人次", "\n", "(一)", "https://example.tw/114",
]  # fmt: skip
PIECES = st.lists(st.one_of(st.sampled_from(MOVES), st.sampled_from([(word, word) for word in STAYS])))


@given(PIECES)
def test_nothing_but_the_plans_year_changes(pieces: list[tuple[str, str]]) -> None:
    text = "。".join(before for before, _after in pieces)

    found = move_years(text, year=2025, to=2026)

    assert found.text == "。".join(after for _before, after in pieces)
    assert [(mention.before, mention.after) for mention in found.replaced] == [
        (before, after)
        for before, after in ((b.removesuffix("至12月31日"), a.removesuffix("至12月31日")) for b, a in pieces)
        if before != after
    ]


SCRIPT = st.text(st.sampled_from("0123456789１４一百十零四年度月日至起.-/ 、，。第號字項\n民政"), max_size=40)


@given(SCRIPT, st.integers(2001, 2090), st.integers(1, 5))
def test_the_account_of_replacements_is_whole(text: str, year: int, step: int) -> None:
    """Outside the places it names, the text is the same to the letter: nothing was changed in silence."""
    found = move_years(text, year=year, to=year + step)

    rebuilt, end = "", 0
    for mention in found.replaced:
        stop = mention.at + len(mention.before)
        assert text[mention.at : stop] == mention.before
        rebuilt += text[end : mention.at] + mention.after
        end = stop
    assert found.text == rebuilt + text[end:]
    assert all(mention.before != mention.after for mention in found.replaced)
    assert all(text[m.at : m.at + len(m.before)] == m.before == m.after for m in found.left)


@given(st.text(max_size=60), st.integers(2001, 2090))
def test_a_text_without_the_year_is_the_same_text(text: str, year: int) -> None:
    if not any(number in text for number in ("年", ".", "/", "．", "／")):
        assert move_years(text, year=year, to=year + 1).text == text


NODES = st.builds(
    Node,
    uid=st.uuids().map(str),
    kind=st.sampled_from(["heading", "action", "target", "table", "note"]),
    title=st.sampled_from(["", "114年度訓練", "訓練"]),
    text=st.sampled_from(["", "於114年3月前辦理", "共114項"]),
    number=st.sampled_from(["", "1."]),
    numbered=st.booleans(),
    child_style=st.sampled_from(["", "arabic"]),
    layout=st.sampled_from(["", "roster"]),
    points=st.sampled_from([None, "114"]),
    criterion=st.sampled_from(["", "1.14"]),
    units=st.sampled_from([(), (UnitName("114年課"), UnitName("社會課", "assisting"))]),
    all_units=st.booleans(),
)


@given(
    st.lists(
        st.lists(NODES, max_size=3).flatmap(
            lambda below: NODES.map(lambda n: replace(n, children=tuple(below)))
        ),
        max_size=3,
    )
)
def test_only_words_change_never_the_tree(chapters: list[Node]) -> None:
    document = PlanDocument(facts(), tuple(chapters))

    found = move_on(document, to=2026).document

    before, after = list(document.walk()), list(found.walk())
    assert [wordless(node) for node in after] == [wordless(node) for node in before]
    assert replace(found.facts, year=2025, title="") == replace(document.facts, title="")


def wordless(node: Node) -> Node:
    return replace(node, title="", text="", children=tuple(wordless(child) for child in node.children))


def facts(**values: object) -> Facts:
    known = {
        "title": "計畫",
        "agency": "某市114年區公所",
        "city": "某市",
        "district": "某區",
        "series": "114年系列",
        "year": 2025,
    }
    return Facts(**(known | values))
