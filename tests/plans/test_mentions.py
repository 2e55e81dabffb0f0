from __future__ import annotations

import pytest

from plans.mentions import find_mentions, split_mentions

NAMES = ("王小明", "王小", "民政課", "Lin", "Lin Yu", "o'Neil")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@王小明請看", ["王小明"]),
        ("請＠民政課、@王小明補充", ["民政課", "王小明"]),
        ("@王小華", ["王小"]),
        ("王小明", []),
        ("@ 王小明", []),
        ("@@民政課", ["民政課"]),
        ("@王大明", []),
        ("@Lin 請看", ["Lin"]),
        ("@Lin請看", ["Lin"]),
        ("@Linda 請看", []),
        ("@Lin Yu 請看", ["Lin Yu"]),
        ("@Lin Yun 請看", ["Lin"]),
        ("寫信到 office@民政課", []),
        ("寫信@民政課", ["民政課"]),
        ("結尾@", []),
        ("", []),
        ("@o'Neil", ["o'Neil"]),
    ],
)
def test_the_longest_of_the_given_names_is_found(text: str, found: list[str]) -> None:
    assert [name for _start, _end, name in find_mentions(text, NAMES)] == found


def test_pieces_put_together_are_the_text() -> None:
    text = "@王小明：請與＠民政課 討論，勿寫 a@b.tw。"

    pieces = list(split_mentions(text, NAMES))

    assert "".join(words for words, _is_mention in pieces) == text
    assert [words for words, is_mention in pieces if is_mention] == ["@王小明", "＠民政課"]
    assert list(split_mentions("", NAMES)) == []


def test_an_empty_name_mentions_nobody() -> None:
    assert find_mentions("@某人", [""]) == []
