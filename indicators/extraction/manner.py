"""How what is filed over a year has to be put together for a promise as it was read.

A reading takes a number as it is printed: 成長5% is a share, 不超過5件 a level. What is filed is something
else: the amount that grows, the cases of each period.
"""

from __future__ import annotations

import re

from core.text import strip_blank
from indicators.enums import Aggregation, Baseline, Comparator, Direction
from indicators.extraction.measures import TIMES
from indicators.extraction.reading import Reading

_SHARES = ("%", "‰", "成", "百分點")
# A rate of growth is no share.
_IS_SHARE = re.compile(r"(?<!成長)(?<![增加減少降])(?<!節約)率|比例|比重|百分比|滿意度|占比")
_TAKES_TIME = re.compile(r"時間|時效|天數|日數|時程|期限|期間")
# Heights of a moment; anything else that is limited is counted as it comes up.
_HEIGHTS = frozenset(("分", "級", "名", "樓", "℃", "°C", "公尺", "公里", *_SHARES, *TIMES))
_OF_A_MOMENT = re.compile(r"維持|控制|保持|等候|同時|未結|積案|待辦|庫存|溫度|每[場次班梯日十百千萬\d]")
_LIMITS = (Comparator.AT_MOST, Comparator.LESS_THAN)
_USUAL_DECIMALS = 2  # of shares and means, which seldom come out even


def aggregation_of(reading: Reading) -> Aggregation:
    """Return how results are put together: 用電量減少5% adds up the use, 逾期不超過5件 the cases."""
    if reading.baseline is Baseline.LAST_YEAR:
        return _of_change(reading)
    is_counted = reading.counted_in not in _HEIGHTS and reading.baseline_value is None
    is_limit = reading.comparator in _LIMITS and reading.aggregation is Aggregation.LATEST
    if is_limit and is_counted and reading.value is not None and not _is_of_a_moment(reading):
        return Aggregation.SUM
    return reading.aggregation


def decimals_of(reading: Reading) -> int:
    """Return with how many decimals results are told: those of the promise, two for shares and means."""
    values = [value for value in (reading.value, reading.value_max) if value is not None]
    written = max((-int(value.normalize().as_tuple().exponent) for value in values), default=0)
    is_uneven = aggregation_of(reading) in {Aggregation.RATIO, Aggregation.MEAN}
    return min(max(written, _USUAL_DECIMALS if is_uneven else 0), 4)


def _of_change(reading: Reading) -> Aggregation:
    if reading.counted_in == "百分點":
        return Aggregation.RATIO
    if reading.aggregation is not Aggregation.RATIO and reading.counted_in not in TIMES:
        is_level = reading.aggregation is Aggregation.SUM and _is_of_a_moment(reading)
        return Aggregation.LATEST if is_level else reading.aggregation
    if _TAKES_TIME.search(reading.name) and reading.direction is Direction.LESS:
        return Aggregation.MEAN
    if reading.aggregation is Aggregation.RATIO and not _IS_SHARE.search(reading.name):
        return Aggregation.SUM
    return reading.aggregation


def _is_of_a_moment(reading: Reading) -> bool:
    return _OF_A_MOMENT.search(strip_blank(reading.quote)) is not None
