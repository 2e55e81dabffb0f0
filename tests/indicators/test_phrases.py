from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from indicators.phrases import amount, number, promise, rounded

D = Decimal
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=10)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        ("3380", None, "3,380"),
        ("0.00", None, "0"),
        ("92.50", None, "92.5"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("0.125", 2, "0.13"),
        ("1094818000000.0001", 4, "1,094,818,000,000.0001"),
        ("1234567890123456789012345678901234.5", None, "1,234,567,890,123,456,789,012,345,678,901,234.5"),
    ],
)
def test_numbers_are_rounded_half_up_and_lose_nothing_else(value, decimals, shown) -> None:
    assert number(D(value), decimals) == shown


@pytest.mark.parametrize(
    ("value", "decimals", "beside", "shown"),
    [
        ("89.96", 1, ["90"], "89.96"),
        ("89.94", 1, ["90"], "89.9"),
        ("90.04", 1, ["90"], "90.04"),
        ("90", 1, ["90"], "90"),
        ("0.5", 0, ["1"], "0.5"),
        ("99.99999999999", 0, ["100"], "99.99999999999"),
    ],
)
def test_rounding_never_makes_a_number_reach_what_it_does_not(value, decimals, beside, shown) -> None:
    assert rounded(D(value), decimals, beside=[D(other) for other in beside]) == shown


@given(NUMBERS, NUMBERS, st.integers(0, 4))
def test_a_rounded_number_stays_on_its_side(value, other, decimals) -> None:
    shown = D(rounded(value, decimals, beside=[other]).replace(",", ""))

    assert (shown > other, shown < other) == (value > other, value < other)


def test_amounts_are_written_close_to_a_sign_and_apart_from_a_word() -> None:
    told = [
        amount(D(12), None, "場次"),
        amount(D(12), D(15), "天"),
        amount(D(20), None, "%"),
        amount(None, None, ""),
    ]

    assert told == ["12 場次", "12–15 天", "20%", ""]


# What the expressions of plans (domain.md, section 4) are told as:
# aggregation, for whom, how often, towards last year | comparison and value | words
PROMISES = """
sum                             | >= 3380 小時       | 至少 3,380 小時
ratio month/month               | >= 20 %            | 每月至少 20%（比率）
mean person                     | >= 80 小時         | 每人至少 80 小時（平均）
ratio                           | >= 60 %            | 至少 60%（比率）
ratio                           | <= 0.01 %          | 不超過 0.01%（比率）
latest                          | <= 8 小時          | 不超過 8 小時（最新值）
latest                          | >= 9 類            | 至少 9 類（最新值）
each_period quarter/quarter     | >= 2 場次          | 每季至少 2 場次
each_period /quarter            | >= 2 場次          | 每季至少 2 場次
each_period unit/quarter        | >= 1 則            | 每一課室每季至少 1 則
sum village/year                | >= 1 場            | 每里至少 1 場
each_period four_months         | >= 1 次            | 每四個月至少 1 次
sum / last_year/more            | >= 5 %             | 較前一年增加至少 5%
ratio / last_year/less          | >= 2 百分點        | 較前一年減少至少 2 百分點（比率）
sum / last_year/less            | <= 2 %             | 較前一年增加不超過 2%
latest / last_year              | > - %              | 高於前一年
latest / last_year              | <= - 日            | 不高於前一年
done                            | done               | 完成（附佐證）
milestones                      | done               | 完成全部里程碑
milestones                      | >= 80 %            | 里程碑權重至少 80%
mean                            | between 90 95 分   | 介於 90–95 分（平均）
sum                             | = 12 場            | 恰為 12 場
sum                             | < 5 件             | 少於 5 件
sum                             | > 12 場次          | 超過 12 場次
sum                             | >= - 件            | 無數值
"""


@pytest.mark.parametrize("row", PROMISES.strip().splitlines())
def test_a_promise_in_words(row: str) -> None:
    reading, target, words = (cell.strip() for cell in row.split("|"))
    aggregation, scope, change, *_rest = [*reading.split(), "", ""]
    per, _, frequency = scope.partition("/")
    baseline, _, direction = change.partition("/")
    comparator, *rest = target.split()
    numbers = [None if text == "-" else D(text) for text in rest[:-1]]

    with override("zh-hant"):
        told = promise(
            comparator,
            *[*numbers, None, None][:2],
            rest[-1] if rest else "",
            aggregation=aggregation,
            per=per,
            frequency=frequency,
            baseline=baseline,
            direction=direction or "none",
        )
    assert told == words


def test_a_promise_in_english() -> None:
    words = promise(">=", D(1), None, "則", aggregation="each_period", per="unit", frequency="quarter")

    assert words == "Each unit, every quarter: at least 1 則"
    assert promise(">=", D(60), None, "%", aggregation="ratio") == "at least 60% (ratio)"


def test_of_a_level_it_is_told_where_it_starts() -> None:
    with override("zh-hant"):
        level = promise("<=", D(8), None, "小時", aggregation="latest", start=D(16))
        summed = promise(">=", D(8), None, "場次", aggregation="sum", start=D(16))
        change = promise(">=", D(5), None, "%", aggregation="latest", baseline="last_year", start=D(62))
    assert level == "不超過 8 小時（最新值），原為 16 小時"
    assert "原為" not in summed + change
