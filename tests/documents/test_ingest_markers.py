from __future__ import annotations

import pytest

from plans.markers import DOUBTFUL, LIKELY, SURE, read_marker, split_run


@pytest.mark.parametrize(
    ("line", "style", "value", "text", "rest"),
    [
        ("壹、法源", "formal", 1, "壹、", "法源"),
        ("拾貳、附則", "formal", 12, "拾貳、", "附則"),
        ("一、 法源", "chinese", 1, "一、", "法源"),
        ("十一、法源", "chinese", 11, "十一、", "法源"),
        ("三 .法源", "chinese", 3, "三 .", "法源"),
        ("(一)法源", "chinese_paren", 1, "(一)", "法源"),
        ("（十二） 法源", "chinese_paren", 12, "（十二）", "法源"),
        ("( 二 ) 法 源", "chinese_paren", 2, "( 二 )", "法 源"),
        ("(四 )法源", "chinese_paren", 4, "(四 )", "法源"),
        ("㈢法源", "chinese_paren", 3, "㈢", "法源"),
        ("1.法源", "arabic", 1, "1.", "法源"),
        ("12、法源", "arabic", 12, "12、", "法源"),
        ("３．法源", "arabic", 3, "３．", "法源"),
        ("1-2.法源", "pair", 2, "1-2.", "法源"),
        ("（１）法源", "arabic_paren", 1, "（１）", "法源"),
        ("(14)法源", "arabic_paren", 14, "(14)", "法源"),
        ("②法源", "circled", 2, "②", "法源"),
        ("○1法源", "circled", 1, "○1", "法源"),
        ("A.法源", "upper", 1, "A.", "法源"),
        ("c、法源", "lower", 3, "c、", "法源"),
        ("● 法源", "bullet", 0, "●", "法源"),
    ],
)
def test_markers_that_are_sure(line: str, style: str, value: int, text: str, rest: str) -> None:
    marker = read_marker("  " + line)

    assert marker is not None
    assert (marker.style, marker.value, marker.text, marker.sureness) == (style, value, text, SURE)
    assert ("  " + line)[marker.end :] == rest


def test_pairs_know_the_list_they_count_in() -> None:
    marker = read_marker("2-3.櫃檯")

    assert marker is not None
    assert (marker.major, marker.value) == (2, 3)


@pytest.mark.parametrize(
    ("line", "style", "value", "sureness"),
    [
        ("1-3櫃檯配置", "pair", 3, LIKELY),
        ("參 櫃檯配置", "formal", 3, LIKELY),
        ("3線上櫃檯", "arabic", 3, DOUBTFUL),
        ("1.104年起", "arabic", 1, DOUBTFUL),
        ("2.3成以上", "arabic", 2, DOUBTFUL),
        ("2.5公里以內", "arabic", 2, DOUBTFUL),
        ("1、2樓櫃檯", "arabic", 1, DOUBTFUL),
        ("3)櫃檯", "arabic_paren", 3, DOUBTFUL),
    ],
)
def test_unusual_forms_are_less_sure(line: str, style: str, value: int, sureness: float) -> None:
    marker = read_marker(line)

    assert marker is not None
    assert (marker.style, marker.value, marker.sureness) == (style, value, sureness)


@pytest.mark.parametrize(
    "line",
    [
        "104.7.2起施行",
        "2.0AA標章",
        "99.9%",
        "3次以上",
        "50人次",
        "10 ",
        "06-2345678",
        "a123@mail.example.gov.tw",
        "https://www.example.gov.tw",
        "ICT設備",
        "e化櫃檯",
        "2014 年",
        "103年度",
        "-櫃檯",
        "一般櫃檯",
        "",
        "   ",
    ],
)
def test_numbers_dates_and_addresses_are_no_markers(line: str) -> None:
    assert read_marker(line) is None


def test_several_items_on_one_line_are_cut() -> None:
    line = "1.增設櫃檯。 2.更新第3.5版表單；3.延長時間。3.重複的號碼"

    assert split_run(line) == ["1.增設櫃檯。 ", "2.更新第3.5版表單；", "3.延長時間。3.重複的號碼"]


def test_a_list_inside_a_sentence_is_not_cut() -> None:
    line = "櫃檯分為1.戶籍2.兵役3.社福等。"

    assert split_run(line) == [line]
