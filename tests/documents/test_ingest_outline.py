from __future__ import annotations

import random
from typing import Any

import pytest

from documents.ingest.accounting import differences
from documents.ingest.proposal import Proposal
from documents.ingest.propose import propose
from tests.documents.printed_plans import Author, Habit, print_outline, score


def tree(proposal: Proposal) -> list[Any]:
    """The items as nested lists: "marker title|text", the kind as an initial where it is no action."""
    nested: dict[int | None, list[Any]] = {None: []}
    for item in proposal.items:
        kind = "" if item.kind == "action" else f"{item.kind[0]}:"
        line: list[Any] = [f"{kind}{item.marker}{item.title}|{item.text}"]
        nested[item.parent].append(line)
        nested[item.id] = line
    return nested[None]


def read(source: str) -> list[Any]:
    proposal = propose(source.split("\n"))
    assert differences(proposal) == []
    return tree(proposal)


def test_chapters_with_text_below_beside_and_in_lists() -> None:
    source = """壹、依據：
本區年度計畫。
貳、實施對象：本所全體員工。
參、目標
一、便民：讓每個人少跑一趟。
二、透明
進度可以上網查。"""

    assert read(source) == [
        ["c:壹、依據|本區年度計畫。"],
        ["c:貳、實施對象|本所全體員工。"],
        ["c:參、目標|", ["一、|便民：讓每個人少跑一趟。"], ["二、透明|進度可以上網查。"]],
    ]


def test_levels_follow_the_sequence_when_their_order_is_not_kept() -> None:
    source = """壹、內容
一、櫃檯
1.環境
1-1.座椅
(1)更換座墊。
(2)增設扶手。
1-2.燈光
(1)改用省電燈具。
2.人員
1-1.訓練
(1)每季一次。
1-2服務禮儀
(1)每月抽測。
二、網站
(一)內容
1.每週更新。"""

    assert read(source) == [
        [
            "c:壹、內容|",
            [
                "h:一、櫃檯|",
                [
                    "h:1.環境|",
                    ["h:1-1.座椅|", ["(1)|更換座墊。"], ["(2)|增設扶手。"]],
                    ["h:1-2.燈光|", ["(1)|改用省電燈具。"]],
                ],
                [
                    "h:2.人員|",
                    ["h:1-1.訓練|", ["(1)|每季一次。"]],
                    ["h:1-2服務禮儀|", ["(1)|每月抽測。"]],
                ],
            ],
            ["h:二、網站|", ["h:(一)內容|", ["1.|每週更新。"]]],
        ]
    ]


def test_a_list_of_targets_belongs_to_the_groups_that_share_it() -> None:
    source = """壹、內容
一、櫃檯
1.環境
1-1.座椅
(1)更換座墊。
1-2.燈光
(1)改用省電燈具。
預期目標
1.座墊全數換新。
2.用電減少一成。
2.人員
1-1.訓練
(1)每季一次。
預期目標
1.全員受訓。
1-2.禮儀
(1)每月抽測。
預期成果：
1.抽測全數合格。"""

    (chapter,) = read(source)
    (counter,) = chapter[1:]
    rooms, people = counter[1:]

    assert [child[0] for child in rooms[1:]] == [
        "h:1-1.座椅|",
        "h:1-2.燈光|",
        "t:1.|座墊全數換新。",
        "t:2.|用電減少一成。",
    ]
    assert people[1:] == [
        ["h:1-1.訓練|", ["(1)|每季一次。"], ["t:1.|全員受訓。"]],
        ["h:1-2.禮儀|", ["(1)|每月抽測。"], ["t:1.|抽測全數合格。"]],
    ]


def test_the_next_heading_is_not_taken_for_the_next_target() -> None:
    source = """壹、內容
一、溝通
1.問卷
(1)每季發出一次。
2.信箱
(1)每日收取。
預期目標
1.回收五百份。
2.三日內回覆。
3.座談
走入各里聽取意見。
(1)每里一場。
預期目標
1.每場五十人。"""

    (chapter,) = read(source)

    assert [child[0] for child in chapter[1][1:]] == ["h:1.問卷|", "h:2.信箱|", "h:3.座談|走入各里聽取意見。"]


def test_lines_that_name_themselves_are_items_without_number() -> None:
    source = (
        "壹、方向\n一、文化\n老街再生：整修騎樓與招牌。\n說書人：培訓在地解說員。\n二、環保\n逐年減少垃圾。"
    )

    assert read(source) == [
        [
            "c:壹、方向|",
            ["h:一、文化|", ["|老街再生：整修騎樓與招牌。"], ["|說書人：培訓在地解說員。"]],
            ["h:二、環保|逐年減少垃圾。"],
        ]
    ]


def test_a_missing_number_is_accepted_and_said() -> None:
    proposal = propose(["壹、內容", "一、甲項工作。", "三、丙項工作。"])

    assert [item.marker for item in proposal.items] == ["壹、", "一、", "三、"]
    assert proposal.items[2].parent == 1
    assert proposal.items[2].confidence < 0.7
    assert (3, "number_skipped") in [(w.line, w.code) for w in proposal.warnings]


def test_a_list_goes_on_after_the_targets_of_one_of_its_items() -> None:
    source = """壹、內容
一、訓練
(一)辦理講習。
預期目標：每年 3場次。
(二)辦理參訪。
預期目標：每年 1場次。"""

    proposal = propose(source.split("\n"))

    assert [(i.kind, i.marker, i.text) for i in proposal.items[2:]] == [
        ("action", "(一)", "辦理講習。"),
        ("target", "", "每年 3場次。"),
        ("action", "(二)", "辦理參訪。"),
        ("target", "", "每年 1場次。"),
    ]
    assert {i.parent for i in proposal.items[2:]} == {2}
    assert proposal.warnings == []


def test_child_styles_are_recorded_where_a_level_is_skipped() -> None:
    proposal = propose(["壹、內容", "(一)甲項", "1.乙項工作。", "預期目標", "1.丙。"])

    assert [item.child_style for item in proposal.items] == ["chinese_paren", "arabic", "", ""]


def test_points_at_the_end_of_headings_are_read() -> None:
    proposal = propose(["壹、評分", "一、便民服務 (400 分)", "(一)流程（25%）", "1.簡化。"])

    assert [(i.title, i.points, i.points_text) for i in proposal.items[1:3]] == [
        ("便民服務", "400", "(400 分)"),
        ("流程", "25", "（25%）"),
    ]
    assert differences(proposal) == []


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("shape", "goal"), [("clean", 0.99), ("careless", 0.99), ("wrapped", 0.85)])
def test_plans_made_up_come_back(shape: str, goal: float, seed: int) -> None:
    plan = Author(seed, careless=shape == "careless").outline()
    habit = getattr(Habit, shape)(random.Random(seed))  # noqa: S311 -- made-up text

    proposal = propose("\n".join(print_outline(plan, habit)).split("\n"))

    assert differences(proposal) == []
    right, of = score(plan, proposal)
    assert right / of >= goal
