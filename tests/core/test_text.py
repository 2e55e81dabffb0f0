from __future__ import annotations

import pytest

from core.text import fold, strip_blank


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("臺南市", "台南市"),
        ("ＡＢＣ１２", "abc12"),
        ("提昇", "提升"),
        ("佔比", "占比"),
        ("追踪", "追蹤"),
        ("三 民", "三民"),
    ],
)
def test_variants_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_different_words_stay_different() -> None:
    assert fold("民政課") != fold("社會課")


def test_blank_characters_do_not_count() -> None:
    assert strip_blank("\ufeff 三\u3000民\u200b\t區\n") == "三民區"
