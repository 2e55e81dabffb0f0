"""From numbers to values: two numbers that say one thing (a range, a change) become one."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from decimal import Decimal

from core.text import strip_blank
from indicators.extraction.amounts import Amount, find_amounts
from indicators.extraction.exclusions import CN, Dated, hide_latin, hide_others
from indicators.extraction.folding import HIDDEN, Folded, drop_blanks, fold_variants, fold_width
from indicators.extraction.judging import is_past, is_value
from indicators.extraction.measures import Measure, unknown_measure_at
from indicators.extraction.surroundings import COUNTING, JUST_DONE, Site

_BREAK = re.compile(r"[。;!?！？；]|,(?!\d{3}(?!\d))|(?<!\d),")
_CALENDAR = re.compile(rf"\d{{2,4}}[年./\-]|[{CN}]{{3,}}年|月|日")  # 3年內 and 前一年 name no date
_SENTENCE_END = re.compile(r"[。;!?！？；]")
_BACK, _AHEAD = 60, 80  # as far as the words around a number are looked at

_RANGE = re.compile(r"(?:~|-|至|到)(?:約)?$")
_AND = re.compile(r"(?:與|和|及|~|-|至|到)$")
_ARROW = re.compile(r"(?:→|->|=>|>)$")
_CHANGED = re.compile(
    r",?(?:[之的]?(?:目標|時間|時程|期限)?)(?:逐[步年漸]|大幅|再|將|可|有效|預計|能|減[少縮]|間)?"
    r"(?:縮短|縮減|減少|降低|下降|減|降|縮|提升|提高|增加|增|擴增|擴大|擴充|成長|上升|升|"
    r"延長|調升|調降|調整|改|變更|精簡|簡化|提前)"
    r"(?:至|為|到|成)(?:每[^,\d]{1,4}|約|平均|至少|僅需?|只需)?$"
)
_BECOME = re.compile(r"[^\d。;]{0,8}?(?:[^\d。;至到][至到]|為|成)(?:約|僅需?|只需)?$")
_FROM = re.compile(r"(?:由|從|自)[^,;。\d]{0,10}$")

_COUNTED_BEFORE = re.compile(
    r"(?P<noun>場次|人次|件次|梯次|戶次|次數|件數|人數|場數|戶數|則數|冊數|時數|家數|篇數|"
    r"班數|隻數|案數|金額|分數|總分|平均分|滿意度|成績)(?:數)?"
    r"(?:[(（][^()]{1,4}[)）])?(?:預計|預期|目標值?|年度|每[月季年])?(?:至少|達到?|為|:|≥|"
    r"約|共計?|計|≤|[=>]|不低於|不少於|超過|逾|提升至|增加?至|成長至|不超過){1,2}$"
)
_BARE_END = re.compile(r"$|[,;。、!)]|以上|以下|以內")
_NOUNS = {
    "次數": "次", "件數": "件", "人數": "人", "場數": "場", "戶數": "戶", "則數": "則", "冊數": "冊",
    "時數": "小時", "家數": "家", "篇數": "篇", "班數": "班", "隻數": "隻", "案數": "案", "金額": "元",
    "分數": "分", "總分": "分", "平均分": "分", "滿意度": "分", "成績": "分",
}  # fmt: skip
_SCALED = re.compile(r"[\d.]+(?P<scale>[百千萬億]+)$")
_SCALES = {"百": 100, "千": 1000, "萬": 10**4, "億": 10**8, "百萬": 10**6, "千萬": 10**7}


@dataclass(frozen=True)
class Value:
    """A promised number in folded text. `low` opens a range, `before` is what a change starts from.

    `start` is where its digits begin, `opens` where those of the change do (the 16 of 16小時→8小時).
    """

    amount: Amount
    start: int
    opens: int
    low: Decimal | None = None
    before: Decimal | None = None

    @property
    def end(self) -> int:
        return self.amount.end


class Prose:
    """A text prepared for reading: folded, its clauses and dates known."""

    def __init__(self, source: str) -> None:
        self.source = source
        folded: Folded = drop_blanks(hide_latin(fold_variants(source)))
        self.folded = folded
        self.text = folded.text
        self.masked, self.dates = hide_others(folded.text)
        breaks = [found.start() for found in _BREAK.finditer(self.text)]
        self._starts = [0, *(at + 1 for at in breaks)]
        self._ends = [*breaks, len(self.text)]

    def clause(self, at: int) -> tuple[int, int]:
        """Return the bounds of the clause that the character `at` stands in."""
        index = bisect_right(self._starts, at) - 1
        return self._starts[index], self._ends[index]

    def clause_before(self, at: int) -> tuple[int, int] | None:
        """Return the clause before that one, if it belongs to the same sentence."""
        index = bisect_right(self._starts, at) - 1
        if index < 1 or _SENTENCE_END.match(self.text, self._ends[index - 1]):
            return None
        return self._starts[index - 1], self._ends[index - 1]

    def clauses(self) -> list[tuple[int, int]]:
        return list(zip(self._starts, self._ends, strict=True))

    def site(self, amount: Amount, start: int, after: int, *, in_heading: bool) -> Site:
        """Describe what stands around an amount that begins at `start`; the one before ended at `after`."""
        opened = max(self.clause(start)[0], after, start - _BACK)
        ahead = self.text[amount.end : amount.end + _AHEAD]
        stop = _SENTENCE_END.search(ahead)
        sentence = _SENTENCE_END.split(self.text[max(0, start - _AHEAD) : start])[-1]
        rest = ahead[: stop.start()] if stop else ahead
        return Site(
            amount=amount,
            lead=self.text[opened:start],
            tail=self.text[amount.end : amount.end + 24],
            rest=rest,
            sentence=sentence,
            in_heading=in_heading,
        )

    def counted_in(self, amount: Amount) -> str:
        """Return the measure word as printed (臺 stays 臺), width folded."""
        word = amount.counted_in
        begin = amount.end - len(word)
        if not word or self.text[begin : amount.end] != word:
            return word
        first, last = self.folded.source_span(begin, amount.end)
        return drop_blanks(fold_width(self.source[first:last])).text

    def due(self, value: Value) -> str:
        """Return the date nearest before the value in its clause, else the first one after it there."""
        begin, end = self.clause(value.start)
        following = bisect_right(self.dates, value.start, key=lambda date: date.start)
        around = self.dates[max(0, following - 1) : following + 1]
        near = [date for date in around if begin <= date.start < end and self._is_calendar_date(date)]
        if not near:
            return ""
        chosen = near[0]
        first, last = self.folded.source_span(chosen.start, chosen.end)
        return strip_blank(self.source[first:last])

    def _is_calendar_date(self, date: Dated) -> bool:
        return _CALENDAR.search(self.text[date.start : date.end]) is not None


def find_values(prose: Prose, *, in_heading: bool) -> list[Value]:
    """Return the values of a text in order, ranges and changes joined, everything else left out."""
    amounts = list(find_amounts(prose.masked))
    values: list[Value] = []
    after, at, was_past = 0, 0, False
    before: Decimal | None = None
    opens = 0
    while at < len(amounts):
        amount, start, low = amounts[at], amounts[at].start, None
        link = _link(prose, amount, amounts[at + 1]) if at + 1 < len(amounts) else ""
        if link == "change":
            before, opens, at = amount.value, amount.start, at + 1
            continue
        if link == "range":
            low, amount, at = _scaled(amount, amounts[at + 1], prose), amounts[at + 1], at + 1
        at += 1
        site = prose.site(amount, start, after, in_heading=in_heading)
        if not amount.measure:
            amount = _counted_otherwise(amount, amounts[at] if at < len(amounts) else None, site, prose)
        site = replace(site, amount=amount)
        # 去年辦理10場、訓練5場: both were last year's.
        was_past = is_past(site) or (was_past and prose.text[after:start][:1] == "、" and len(site.lead) < 12)
        if (before is not None or not was_past) and is_value(site):
            if values and _says_it_again(values[-1], amount, prose.text):
                values[-1] = replace(values[-1], amount=replace(values[-1].amount, end=amount.end))
            else:
                values.append(Value(amount, start, start if before is None else opens, low, before))
            after = amount.end
        elif was_past:
            after = amount.end
        before = None
    return values


def _link(prose: Prose, first: Amount, second: Amount) -> str:
    """Say what joins two numbers: a range (80至90分), a change (16小時→8小時) or nothing."""
    if second.start - first.end > 16 or second.measure is None:
        return ""
    text = prose.text
    between, lead = text[first.end : second.start], text[max(0, first.start - 14) : first.start]
    if HIDDEN in between or (first.measure and first.counted_in != second.counted_in):
        return ""
    if _ARROW.match(between) or _CHANGED.match(between):
        return "change"
    is_from = _FROM.search(lead) is not None
    if is_from and (_BECOME.match(between) or (_RANGE.match(between) and second.value < first.value)):
        return "change"
    if _RANGE.match(between) or (lead.endswith("介於") and _AND.match(between)):
        return "range" if first.value < second.value else ""
    return ""


def _scaled(low: Amount, high: Amount, prose: Prose) -> Decimal:
    """Read the 10 of 10至15萬元 as 100000."""
    scale = _SCALED.match(prose.text[high.start : high.digits_end])
    if scale and low.digits_end == low.end and prose.text[low.start : low.digits_end].isdecimal():
        return low.value * _SCALES.get(scale["scale"], 1)
    return low.value


def _counted_otherwise(amount: Amount, following: Amount | None, site: Site, prose: Prose) -> Amount:
    """Find what a number counts that has no measure word we know: 場次達12, 至少12甕."""
    if amount.is_chinese:
        return amount
    if (noun := _COUNTED_BEFORE.search(site.lead)) and _BARE_END.match(site.tail):
        word = _NOUNS.get(noun["noun"], noun["noun"])
        return replace(amount, measure=Measure(word, amount.end, is_plain=True))
    if site.lead.endswith(("NT$", "新台幣", "NTD", "NT")) and _BARE_END.match(site.tail):
        return replace(amount, measure=Measure("元", amount.end, is_plain=True))
    is_counted = COUNTING.search(site.lead) or JUST_DONE.search(site.lead)
    if not is_counted or (unknown := unknown_measure_at(prose.masked, amount.end)) is None:
        return amount
    if following and following.measure and following.start < unknown.end:
        return amount  # 12籠三場: what holds a number of its own is no measure word
    return replace(amount, measure=unknown, end=unknown.end)


def _says_it_again(value: Value, amount: Amount, text: str) -> bool:
    """Recognise 百分之二十（20%）, a number said twice and meant once."""
    return (
        value.amount.value == amount.value
        and value.amount.counted_in == amount.counted_in
        and text[value.end : amount.start] in ("(", "(即", "(約", "[")
    )
