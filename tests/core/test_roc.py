from __future__ import annotations

import datetime as dt

import pytest

from core.roc import read_roc_date, roc_date

DAY = dt.date(2026, 4, 30)


@pytest.mark.parametrize(
    "words",
    [
        *("115年4月30日", "115.4.30", "115/04/30", "115-4-30", "1150430", "民國115年4月30日", "20260430"),
        *("２０２６-04-30", " 115 年 4 月 30 日 ", "１１５．４．３０", "2026/4/30"),
    ],
)
def test_a_day_is_read_however_it_is_written(words: str) -> None:
    assert read_roc_date(words) == DAY


@pytest.mark.parametrize("words", ["", "115", "115.2.30", "115.13.1", "四月三十日", "11504301", "0.4.30.1"])
def test_what_is_no_day_is_refused(words: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- which one it is, the caller does not ask
        read_roc_date(words)


def test_what_is_written_is_read_back() -> None:
    days = [DAY + dt.timedelta(days=13 * step) for step in range(200)]

    assert [read_roc_date(roc_date(day)) for day in days] == days
