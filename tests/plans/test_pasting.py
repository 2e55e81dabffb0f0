from __future__ import annotations

from plans.pasting import read_lines


def lines(text: str) -> list[tuple[int, bool, str]]:
    return [(line.depth, line.is_numbered, line.words) for line in read_lines(text)]


def test_numbers_become_levels() -> None:
    assert lines("一、甲\n(一)甲之一\n\n(二)甲之二\n二、乙") == [
        (0, True, "甲"),
        (1, True, "甲之一"),
        (1, True, "甲之二"),
        (0, True, "乙"),
    ]


def test_a_line_without_a_number_among_others_has_none_here_either() -> None:
    assert lines("一、甲\n說明。\n二、乙") == [(0, True, "甲"), (0, False, "說明。"), (0, True, "乙")]


def test_where_no_line_has_a_number_each_is_a_line_as_any_other() -> None:
    assert lines("電話問安。\n　送餐到府。") == [(0, True, "電話問安。"), (0, True, "送餐到府。")]
