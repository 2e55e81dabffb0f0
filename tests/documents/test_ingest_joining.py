from __future__ import annotations

import pytest

from documents.ingest.joining import join, read_blocks
from documents.ingest.nodes import Line


def texts(source: str, **options: bool) -> list[tuple[str, str]]:
    lines = [Line(number, text) for number, text in enumerate(source.split("\n"), 1)]
    return [(b.marker.text if b.marker else "", b.text) for b in read_blocks(lines, **options)]


WRAPPED = """壹、服務櫃檯的調整
本所一樓大廳重新規劃服務櫃檯，把戶籍、兵役、社福三類最常
辦理的業務集中在入口右側，減少長者來回走動的不便，並由志
工在門口引導。
一、櫃檯高度
為使輪椅使用者可以坐著辦理，新設兩座低檯面，其餘各檯面於
年度整修時一併降低。
二、等候動線
等候區座椅改為面向叫號螢幕，螢幕字體加大，並提供震動叫號
器給聽障朋友使用。"""


def test_wrapped_lines_are_joined_and_titles_are_not() -> None:
    assert texts(WRAPPED) == [
        ("壹、", "服務櫃檯的調整"),
        (
            "",
            "本所一樓大廳重新規劃服務櫃檯，把戶籍、兵役、社福三類最常辦理的業務集中在入口右側，減少長者"
            "來回走動的不便，並由志工在門口引導。",
        ),
        ("一、", "櫃檯高度"),
        ("", "為使輪椅使用者可以坐著辦理，新設兩座低檯面，其餘各檯面於年度整修時一併降低。"),
        ("二、", "等候動線"),
        ("", "等候區座椅改為面向叫號螢幕，螢幕字體加大，並提供震動叫號器給聽障朋友使用。"),
    ]


@pytest.mark.parametrize("between", ["\n\n", "\n\n\n", "\n \n"])
def test_blank_lines_between_all_lines_change_nothing(between: str) -> None:
    assert texts(between.join(WRAPPED.split("\n"))) == texts(WRAPPED)


def test_clean_paragraphs_are_not_joined() -> None:
    source = "一、服務時間\n中午不休息。\n夜間每週三延長至八時。\n二、服務地點\n一樓大廳"

    assert texts(source) == [
        ("一、", "服務時間"),
        ("", "中午不休息。"),
        ("", "夜間每週三延長至八時。"),
        ("二、", "服務地點"),
        ("", "一樓大廳"),
    ]


def test_a_line_cannot_begin_with_a_comma_or_end_with_one() -> None:
    assert texts("一、本所志工\n，每日兩班。\n二、里幹事，\n每月訪視。") == [
        ("一、", "本所志工，每日兩班。"),
        ("二、", "里幹事，每月訪視。"),
    ]


def test_what_looks_like_a_marker_in_a_broken_sentence_is_none() -> None:
    source = """1.志工培訓於每年春秋兩季各辦一次，課程包括服務禮儀與電話應對，第
三、四季另辦進階課程，並邀請鄰近各區公所的志工一同參加觀摩
2.5小時的急救訓練，結業者發給證書並優先排入活動支援的名單中。
2.櫃檯人員每半年輪調。"""

    assert [marker for marker, _text in texts(source, wrapped=True)] == ["1.", "2."]


def test_a_marker_alone_on_its_line_takes_the_next_one() -> None:
    assert texts("1.\n設置櫃檯。\n2.\n延長時間。") == [("1.", "設置櫃檯。"), ("2.", "延長時間。")]


def test_a_blank_lost_at_the_end_of_a_line_is_put_back_where_the_text_writes_one() -> None:
    source = """1.志工以 LINE 群組聯絡，活動以 QR code 報名，資料以 APP 查詢，成果以
PDF 檔公布。
2.櫃檯備有 iPad 兩台。"""

    assert texts(source, wrapped=True)[0][1].endswith("成果以 PDF 檔公布。")


def test_gaps_of_justified_lines_are_closed() -> None:
    assert texts("1.公布於     www.example.gov.tw    供查詢。") == [
        ("1.", "公布於 www.example.gov.tw 供查詢。")
    ]


def test_a_line_after_a_table_begins_a_paragraph() -> None:
    lines = [Line(1, "組成推動小組，"), Line(9, "二年檢討一次。")]

    assert [block.text for block in read_blocks(lines, cuts=[9])] == ["組成推動小組，", "二年檢討一次。"]


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("線上", "申辦", "線上申辦"),
        ("QR", "code", "QR code"),
        ("使用", "LINE", "使用LINE"),
        ("LINE", "群組", "LINE群組"),
        ("自 2", "月起", "自 2月起"),
        ("", "申辦", "申辦"),
    ],
)
def test_a_blank_is_put_back_only_between_latin_words(before: str, after: str, joined: str) -> None:
    assert join(before, after) == joined
