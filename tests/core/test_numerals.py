from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numerals import (
    parse_entry,
    parse_integer,
    parse_number,
    to_chinese,
    to_circled,
    to_formal,
    to_letters,
)


@pytest.mark.parametrize(
    ("number", "chinese", "formal"),
    [
        (1, "一", "壹"),
        (10, "十", "拾"),
        (11, "十一", "拾壹"),
        (20, "二十", "貳拾"),
        (21, "二十一", "貳拾壹"),
        (99, "九十九", "玖拾玖"),
        (105, "一百零五", "壹佰零伍"),
        (110, "一百一十", "壹佰壹拾"),
        (1005, "一千零五", "壹仟零伍"),
    ],
)
def test_numbers_are_spelt_as_documents_count(number: int, chinese: str, formal: str) -> None:
    assert (to_chinese(number), to_formal(number)) == (chinese, formal)


@given(st.integers(1, 9999))
def test_what_is_spelt_reads_back(number: int) -> None:
    assert parse_integer(to_chinese(number)) == number
    assert parse_integer(to_formal(number)) == number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20萬4千", "204000"),
        ("20萬 4千", "204000"),
        ("1兆948.18億", "1094818000000"),
        ("5千", "5000"),
        ("３，３８０", "3380"),
        ("一百十五", "115"),
        ("一百零五", "105"),
        ("一〇五", "105"),
        ("參拾", "30"),
        ("2.5", "2.5"),
    ],
)
def test_amounts_are_read(text: str, value: str) -> None:
    assert parse_number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "場", "3場", "1.2.3", "一二萬三五場"])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert parse_number(text) is None


def test_circled_numbers_go_on_past_twenty() -> None:
    assert [to_circled(number) for number in (1, 20, 21)] == ["①", "⑳", "(21)"]


def test_letters_go_on_past_z() -> None:
    assert [to_letters(number) for number in (1, 26, 27)] == ["A", "Z", "AA"]


def test_zero_cannot_be_counted_to() -> None:
    with pytest.raises(ValueError, match="cannot count to 0"):
        to_chinese(0)


@pytest.mark.parametrize(
    ("number", "chinese"),
    [
        (10_000, "一萬"),
        (10_001, "一萬零一"),
        (10_010, "一萬零一十"),
        (11_000, "一萬一千"),
        (123_456, "十二萬三千四百五十六"),
    ],
)
def test_lists_of_ten_thousand_lines_are_counted(number: int, chinese: str) -> None:
    assert to_chinese(number) == chinese
    assert parse_integer(chinese) == number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.5", "12.5"),
        ("3,380", "3380"),
        ("1,234,567.5", "1234567.5"),
        ("５萬１千", "51000"),
        ("八十", "80"),
        ("-2", "-2"),
        ("－2", "-2"),
        ("−1.5萬", "-15000"),
        ("+5", "5"),
        (".5", "0.5"),
        ("12.", "12"),
        ("20萬 4千", "204000"),
        ("一百零五", "105"),
        ("二十五", "25"),
        ("1億2000", "100002000"),
    ],
)
def test_what_a_person_fills_in_is_read(text: str, value: str) -> None:
    assert parse_entry(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "--2",
        "很多",
        "萬",
        "1,5",
        "1,2345",
        "12,34",
        "3,38,000",
        "1e5",
        "٣",
        "12人",
        "1,234,56",
        "12 13",
        "12\n13",
        "1萬5",
        "5萬1",
        "一百五",
        "千5",
        "0,500",
        "-+5",
        ".",
    ],
)
def test_what_is_no_number_or_may_be_another_is_not(text: str) -> None:
    assert parse_entry(text) is None
