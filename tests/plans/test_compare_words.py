from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.words import (
    ADDED,
    EQUAL,
    REMOVED,
    Words,
    compare_names,
    compare_words,
    new_words,
    old_words,
    text_of,
)

TEXTS = st.text("甲乙丙丁。，、\n 1２a%「」", max_size=60)
NAMES = st.lists(st.sampled_from(["民政課", "社會課", "甲", "乙、丙"]), max_size=5)


def shown(words: Words) -> str:
    signs = {EQUAL: "{}", REMOVED: "[-{}]", ADDED: "[+{}]"}
    return "".join(signs[mark].format(text) for mark, text in words)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_the_marked_words(before: str, after: str) -> None:
    words = compare_words(before, after)

    assert text_of(old_words(words)) == before
    assert text_of(new_words(words)) == after


@given(TEXTS, TEXTS)
def test_marks_alternate_and_no_word_is_empty(before: str, after: str) -> None:
    words = compare_words(before, after)

    assert all(text for _mark, text in words)
    assert [pair for pair in pairwise(mark for mark, _text in words) if pair[0] == pair[1]] == []
    assert (ADDED, REMOVED) not in list(pairwise(mark for mark, _text in words))


@given(NAMES, NAMES)
def test_names_are_words(before: list[str], after: list[str]) -> None:
    words = compare_names(before, after, separator="、")

    assert text_of(old_words(words)) == "、".join(before)
    assert text_of(new_words(words)) == "、".join(after)


@given(TEXTS)
def test_the_same_text_has_no_marks(text: str) -> None:
    assert compare_words(text, text) == (((EQUAL, text),) if text else ())


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("每週二延長服務時間。", "每週三、週五延長服務時間。", "每週[-二][+三、週五]延長服務時間。"),
        # Numbers are words, and several numbers in one sentence are several changes.
        (
            "全年辦理3,100場次，服務20人。",
            "全年辦理4,200場次，服務30人。",
            "全年辦理[-3,100][+4,200]場次，服務[-20][+30]人。",
        ),
        ("達90%以上", "達95%以上", "達[-90%][+95%]以上"),
        ("12場20人", "15場30人", "[-12][+15]場[-20][+30]人"),
        ("取得2.0AA標章", "取得2.1AA標章", "取得[-2.0AA][+2.1AA]標章"),
        # What was put in begins where a reader would put it in.
        ("民政課、經建課辦理。", "民政課、社會課、經建課辦理。", "民政課[+、社會課]、經建課辦理。"),
        ("甲。乙。丙。", "甲。丁。乙。丙。", "甲。[+丁。]乙。丙。"),
        # No confetti: single characters that happen to be equal go under.
        ("訪視後三日內撥付", "勘查，三天之內核發", "[-訪視後三日內撥付][+勘查，三天之內核發]"),
        # One long common beginning is kept, however much of the rest is other.
        (
            "整體滿意度達86%以上，各服務項目差距縮小。",
            "整體滿意度達90%以上，並較前一年提升1個百分點。",
            "整體滿意度達[-86%以上，各服務項目差距縮小。][+90%以上，並較前一年提升1個百分點。]",
        ),
        ("", "新的", "[+新的]"),
        ("舊的", "", "[-舊的]"),
        ("一\n二\n三", "一\n三", "一\n[-二\n]三"),
    ],
)
def test_words_are_marked_as_a_reader_would(before: str, after: str, expected: str) -> None:
    assert shown(compare_words(before, after)) == expected


def test_a_unit_is_one_word() -> None:
    words = compare_names(["民政課", "社會課"], ["民政課", "經建課"], separator="、")

    assert shown(words) == "民政課、[-社會課][+經建課]"


def test_long_texts_take_no_time_by_the_square() -> None:
    before, after = "甲乙" * 50_000, "乙甲丙" * 50_000

    words = compare_words(before, after)

    assert text_of(old_words(words)) == before
    assert text_of(new_words(words)) == after
