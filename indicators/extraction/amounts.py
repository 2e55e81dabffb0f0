"""Every number of a sentence, with the measure word after it where there is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from core.numerals import parse_number
from indicators.extraction.measures import Measure, measure_at

_DIGITS = "〇零一二三四五六七八九兩廿卅"
_FORMAL = "壹貳參叁肆伍陸柒捌玖"
# 百 before 分點 or 分之, 千 before 瓦 belong to the word that follows.
_HUNDRED, _THOUSAND = r"百(?!分[點之比])", r"千(?!瓦|公[尺斤克])"
_TIMES = rf"(?:{_HUNDRED}|{_THOUSAND}|[十拾佰仟萬億兆])"
_ARABIC = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_MIXED = rf"{_ARABIC}(?:(?:{_HUNDRED}|{_THOUSAND}|[佰仟萬億兆])(?:{_ARABIC}|[{_DIGITS}]{{1,4}})?){{0,8}}"
# ○ is a zero inside a number (一○五) and a blank to fill elsewhere (王○○).
_CHINESE = (
    rf"(?:[{_DIGITS}{_FORMAL}]|(?<=[{_DIGITS}○])○|"
    rf"{_TIMES}){{1,16}}(?:點[{_DIGITS}]{{1,4}}(?=[%分成公倍個小]))?"
)
_NUMBER = re.compile(
    rf"""
      [百千]分之(?P<share>{_MIXED}|{_CHINESE}(?:點[{_DIGITS}]{{1,4}})?)[%‰]?
    | (?P<arabic>{_MIXED})
    | (?P<chinese>{_CHINESE}|乙(?=[場次座處件份冊本輛台梯式]))
    """,
    re.VERBOSE,
)
_TENTHS = re.compile(r"[一二三四五六七八九\d](?=$|[,;。、!)]|以|之|的|為)")  # 七成五
_SIGNIFICANT_AT_MOST = 20  # longer runs of digits are numbers of documents
_TWENTIES = str.maketrans({"廿": "二十", "卅": "三十"})


@dataclass(frozen=True)
class Amount:
    """A number in folded text: digits from `start` to `digits_end`, with its measure word to `end`."""

    start: int
    digits_end: int
    end: int
    value: Decimal
    measure: Measure | None
    digits: str  # as written, folded
    is_chinese: bool

    @property
    def counted_in(self) -> str:
        return self.measure.word if self.measure else ""


def find_amounts(text: str) -> Iterator[Amount]:
    """Yield the numbers of blank-free text in order, those without a measure word too."""
    for found in _NUMBER.finditer(text):
        if found["share"]:
            word = "%" if found[0][0] == "百" else "‰"
            measure: Measure | None = Measure(word, found.end(), is_plain=True)
            digits = found["share"]
        else:
            measure = measure_at(text, found.end())
            digits = found[0]
        value = _value(digits)
        if value is None:
            continue
        if measure and measure.word == "成" and (half := _TENTHS.match(text, measure.end)):
            tenths = parse_number(half[0])
            value += (tenths or Decimal(0)) / 10
            measure = replace(measure, end=half.end())
        end = measure.end if measure else found.end()
        in_words = bool(found["chinese"]) or found[0].endswith("百")
        yield Amount(found.start(), found.end(), end, value, measure, digits, is_chinese=in_words)


def _value(digits: str) -> Decimal | None:
    if len(digits) > _SIGNIFICANT_AT_MOST:
        return None
    if digits == "乙":
        return Decimal(1)
    whole, point, rest = digits.translate(_TWENTIES).partition("點")
    value = parse_number(whole)
    if value is not None and point:
        places = parse_number("".join(rest))
        value = None if places is None else Decimal(f"{value}.{int(places):0{len(rest)}d}")
    # 9999兆 is the largest sum anybody promises; past it the arithmetic would round.
    return None if value is None or value.adjusted() > 15 else plain(value)


def plain(value: Decimal) -> Decimal:
    """Return 15000 for 15000.0 and 2.5 for 2.50, never 1.5E+4."""
    if value == value.to_integral_value():
        return value.quantize(Decimal(1))
    return value.normalize()
