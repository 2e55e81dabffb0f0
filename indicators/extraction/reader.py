"""Readings of a sentence: numbers promised or counted, things to be done, mere frequencies, directions."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from indicators.enums import Aggregation, Baseline, Comparator, Direction, Frequency, Origin, Per
from indicators.extraction.linking import Prose, Value, find_values
from indicators.extraction.measures import TIMES
from indicators.extraction.naming import LONGEST_NAME, name_of, quote_bounds, stands_alone
from indicators.extraction.reading import Reading
from indicators.extraction.wording import Comparison, baseline_of, body_of, compare, find_frequencies, slashed

# Longer than any whole plan so far seen, let alone an item of one; what lies beyond is not read.
LONGEST_TEXT = 20_000

Span = tuple[int, int]

_ONCE = Decimal(1)
_FARTHEST = 120  # as far back as the words of a clause bear upon a number

# Single characters, for blanks may stand between any two: numbers, 每月 按季 月月, 標章 認證.
_WORTH_READING = re.compile(
    r"[\d零一二兩三四五六七八九十百千萬壹貳參叁肆伍陸柒捌玖拾佰仟乙廿卅每按逐隔月季章證]"
)
# A sum, or a year of its own: the period named before does not reach past it.
_TOTAL = re.compile(r"全年|年度|合計|總計|共|\d{2,4}年")
_RATE = ("%", "‰", "成")
_KINDS = ("種", "類", "大類", "項", "類別", "類型", "種類", "語言", "語種")
_MEAN = re.compile(r"平均|人均")

_DONE = re.compile(
    r"(?:取得|通過|獲得|獲頒|榮獲|爭取|申請|完成|維持|獲)(?P<what>[^,;。]{0,30}?(?:標章|"
    r"認證|驗證))(?P<after>.{0,4})"
)
_NOT_DONE = re.compile(r"身[分份]|憑證|電子|文件|帳號|手機|簡訊|之件數|使用|辦理")
_NOT_DONE_AFTER = re.compile(
    r"之?(?:的|件數|人|產品|商品|者|廠商|餐廳|店家|率|功能|服務|機制|系統|方式|作業)|之產|之商"
)
_RISES_BY = re.compile(r"(?:成長|增加|減少|降低|下降|提升|提高|減量|節約|節省|減)率?(?:約|達|至少)?$")
_MORE_OR_LESS = re.compile(
    r"(?P<keep>維持或)?(?:(?P<down>降低|減少|縮短|縮減|減輕)|(?P<up>提升|提高|提昇|增加|擴大|強化))"
    r"(?P<what>[^,;。]{0,16}?(?:率|頻率|次數|人數|件數|時間|時效|滿意度|比例|比率|天數|成本|人次|數量|業績))"
)


def read_targets(text: str, *, kind: str) -> list[Reading]:
    """Read every number an item's text promises or counts, in the order of the text.

    `kind` is the kind of the item: under `target` a number is promised (origin target), elsewhere it is
    one found in an action. 每月更新 without a number is a frequency: value 1, 次, each period, origin
    frequency. A mark or certificate to be obtained is `done`, without a value. Sentences that only
    say which way things shall go give nothing here (see `read_directions`), nor do 定期 and 隨時.
    """
    text = text[:LONGEST_TEXT]
    if not _WORTH_READING.search(text):
        return []
    return _Reader(text, kind).readings()


def read_directions(text: str) -> list[Reading]:
    """Read what shall merely rise or fall against last year: 提高線上申辦使用率, 降低抱怨頻率.

    Kept apart from `read_targets`, for nothing is promised that a number could be held against.
    """
    return _Reader(text[:LONGEST_TEXT], "target").directions()


class _Reader:
    """One text being read. `taken` holds where the clauses begin that already gave a reading."""

    def __init__(self, text: str, kind: str) -> None:
        self.prose = Prose(text)
        self.origin = Origin.TARGET if kind == "target" else Origin.ACTION
        self.values = find_values(self.prose, in_heading=kind in ("chapter", "heading"))
        self.periods = find_frequencies(self.prose.text)
        self.taken = {self.prose.clause(value.start)[0] for value in self.values}

    def readings(self) -> list[Reading]:
        numbers = [self._number(index) for index in range(len(self.values))]
        others = [*self._certificates(), *self._mere_frequencies()]
        return sorted([*numbers, *others], key=lambda reading: reading.start)

    def directions(self) -> list[Reading]:
        found = []
        for match in _MORE_OR_LESS.finditer(self.prose.text):
            clause = self.prose.clause(match.start())
            if clause[0] in self.taken:
                continue
            falls = bool(match["down"])
            plain = Comparator.LESS_THAN if falls else Comparator.MORE_THAN
            kept = Comparator.AT_MOST if falls else Comparator.AT_LEAST
            reading = self._quoted(
                clause, match["what"].removeprefix("民眾"), kept if match["keep"] else plain
            )
            direction = Direction.LESS if falls else Direction.MORE
            found.append(replace(reading, direction=direction, baseline=Baseline.LAST_YEAR))
        return found

    def _quoted(self, span: tuple[int, int], name: str, comparator: Comparator) -> Reading:
        """Return a reading without a number, quoting `span`."""
        start, end = self.prose.folded.source_span(*span)
        return Reading(
            quote=self.prose.source[start:end],
            start=start,
            end=end,
            name=name[:LONGEST_NAME],
            comparator=comparator,
            value=None,
            value_max=None,
            counted_in="",
            aggregation=Aggregation.DONE if comparator is Comparator.DONE else Aggregation.LATEST,
            per=Per.WHOLE,
            origin=self.origin,
        )

    def _number(self, index: int) -> Reading:
        prose, value = self.prose, self.values[index]
        bounds = quote_bounds(prose, self.values, index)
        clause = prose.clause(value.start)
        nearby = max(clause[0], value.start - _FARTHEST)
        lead_start = max(nearby, self.values[index - 1].end if index else 0)
        lead, tail = prose.text[lead_start : value.start], prose.text[value.end : value.end + 12]
        # What names nothing itself (，共12場) leans on the clause before it.
        leans = stands_alone(prose, value, (nearby, bounds[1]))
        before = prose.clause_before(value.start) if leans else None
        subject = lead if len(lead) > 1 else prose.text[nearby : value.start]
        if before:
            subject = prose.text[max(before[0], before[1] - _FARTHEST) : before[1]] + subject
        said = compare(lead, tail, subject, counts_time=value.amount.counted_in in TIMES)
        per, frequency = self._per(value, clause, before, bounds, lead)
        is_range = value.low is not None
        reading = self._quoted(bounds, name_of(prose, value, bounds), said.comparator)
        return replace(
            reading,
            comparator=Comparator.BETWEEN if is_range else _comparator(value, said),
            value=value.low if is_range else value.amount.value,
            value_max=value.amount.value if is_range else None,
            counted_in=prose.counted_in(value.amount),
            aggregation=_aggregation(value, said, per, frequency, subject),
            per=per,
            frequency=frequency,
            direction=Direction.NONE if is_range else _direction(value, said),
            baseline=_baseline(prose.text[nearby : value.start], value, said),
            baseline_value=value.before,
            due=prose.due(value),
        )

    def _per(
        self, value: Value, clause: Span, before: Span | None, bounds: Span, lead: str
    ) -> tuple[Per, Frequency]:
        """Say what one value is for and how often it comes round; `before` is the clause it leans on."""
        frequency = self._frequency(value, clause)
        if frequency is Frequency.NONE and before and not _TOTAL.search(lead):
            frequency = self._frequency(value, before)
            if frequency is not Frequency.NONE:
                self.taken.add(before[0])
        per = body_of(self.prose.text[bounds[0] : value.start])
        short, returns = slashed(self.prose.text[value.end : value.end + 4])
        per = short if per is Per.WHOLE else per
        frequency = returns if frequency is Frequency.NONE else frequency
        return (Per(frequency.value) if per is Per.WHOLE else per), frequency

    def _frequency(self, value: Value, clause: Span) -> Frequency:
        """Return the last period named before the value in that clause, unless a total comes in between."""
        frequency = Frequency.NONE
        first = bisect_left(
            self.periods, max(clause[0], value.start - _FARTHEST), key=lambda period: period[0]
        )
        for start, end, kind in self.periods[first:]:
            if start >= min(value.start, clause[1]):
                break
            frequency = Frequency.NONE if _TOTAL.search(self.prose.text[end : value.start]) else kind
        return frequency

    def _certificates(self) -> Iterator[Reading]:
        """Yield marks and certificates to be obtained, except where the clause counts them."""
        for match in _DONE.finditer(self.prose.text):
            clause = self.prose.clause(match.start())
            what = match["what"]
            if clause[0] in self.taken or _NOT_DONE.search(what) or _NOT_DONE_AFTER.match(match["after"]):
                continue
            self.taken.add(clause[0])
            yield self._quoted(clause, what, Comparator.DONE)

    def _mere_frequencies(self) -> Iterator[Reading]:
        for at, _, frequency in self.periods:
            clause = self.prose.clause(at)
            if clause[0] in self.taken:
                continue
            self.taken.add(clause[0])
            name = self.prose.text[clause[0] : clause[1]]
            yield replace(
                self._quoted(clause, name, Comparator.AT_LEAST),
                value=_ONCE,
                counted_in="次",
                aggregation=Aggregation.EACH_PERIOD,
                per=Per(frequency.value),
                frequency=frequency,
                origin=Origin.FREQUENCY,
                direction=Direction.MORE,
            )


def _comparator(value: Value, said: Comparison) -> Comparator:
    if not value.amount.value and said.comparator is Comparator.AT_LEAST:
        return Comparator.AT_MOST  # nobody promises at least none
    if value.before is not None and said.comparator in (Comparator.AT_LEAST, Comparator.AT_MOST):
        return Comparator.AT_MOST if value.amount.value < value.before else Comparator.AT_LEAST
    if value.amount.measure and value.amount.measure.more and said.comparator is Comparator.AT_LEAST:
        return Comparator.MORE_THAN
    return said.comparator


def _direction(value: Value, said: Comparison) -> Direction:
    if not value.amount.value:
        return Direction.LESS
    if value.before is not None:
        return Direction.LESS if value.amount.value < value.before else Direction.MORE
    return said.direction


def _aggregation(value: Value, said: Comparison, per: Per, frequency: Frequency, subject: str) -> Aggregation:
    word = value.amount.counted_in
    if word in _RATE or word == "百分點":
        return Aggregation.RATIO
    is_each_ones = per in (Per.CASE, Per.SESSION, Per.HOUSEHOLD) and (word in TIMES or word == "元")
    if per is Per.PERSON or is_each_ones or word == "分" or _MEAN.search(subject):
        return Aggregation.MEAN
    # A plan lasts a year, so what is promised each year is the sum of its periods.
    if frequency not in (Frequency.NONE, Frequency.YEAR):
        return Aggregation.EACH_PERIOD
    if (
        value.before is not None
        or said.is_level
        or word in _KINDS
        or (value.low is not None and word in TIMES)
    ):
        return Aggregation.LATEST
    return Aggregation.SUM


def _baseline(lead: str, value: Value, said: Comparison) -> Baseline:
    """A rise or fall by so many per cent is measured against last year, where nothing else is named."""
    if value.amount.counted_in == "百分點":
        return Baseline.LAST_YEAR
    stated = baseline_of(lead)
    is_change = value.amount.counted_in == "%" and value.before is None and not said.is_level
    if stated is Baseline.NONE and is_change and _RISES_BY.search(lead):
        return Baseline.LAST_YEAR
    return stated
