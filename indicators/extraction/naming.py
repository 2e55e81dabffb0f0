"""The words a value is quoted with, and the name of what it measures."""

from __future__ import annotations

import re

from indicators.extraction.linking import Prose, Value
from indicators.extraction.wording import TAIL

# 與 of 參與 and 及 of 普及 join nothing.
_JOINT = re.compile(
    r"[、/+;]|以及|(?<![普企觸])及(?![時格早])|(?<!參)與(?!會)|"
    r"(?<![飽溫緩])和(?![諧平解])|(?<!合)並(?![行列])|暨|並且|且"
)
_LEAD_WORDS = re.compile(
    r"(?:至少|最少|最多|至多|最高|最低|不(?:得|可)?(?:低於|少於|超過|逾|高於|大於|多於)|"
    r"未達|達到|達成|達|超過|逾(?!期)|高於|低於|大於|小於|多於|少於|約|共計|共|合計|總計|"
    r"累計|計|預計|預估|預期|新台幣|NT\$|\$|介於|由|從|自|為|以|≥|≤|>=|<=|=|>|<|:|各|"
    r"平均每|其|至|到|原(?:本|來|先|需)?|目前|現行|之|的|含|\()$"
)
_DATE = r"(?:[自至於迄]?\d{2,4}年(?:度|底)?(?:\d{1,2}月)?(?:\d{1,2}日)?[底前起止]?)"
_OPENERS = re.compile(
    rf"^(?:[、,;:)(/+]|{_DATE}|以及|並且|及|並|且|與|和|暨|其中|含|另外|另|預計|預估|預期|預定|將|期(?!滿)|"
    r"本年度|全年度?|年度內|年度目標|目標值?:?|合計|總計|共計|共|"
    r"每(?:年度?|個?月|季|半年|週|日(?!常)|人|位|名|課室?|單位|里(?!長)|戶|案|件|場次?|次))+"
)
_CLOSERS = re.compile(r"(?:之目標|的目標|為目標|為原則|為限|為主|之|的|[、,;:(]|以)+$")
_BRACKETED = re.compile(r"\([^()]*\)?")
_AFTER = re.compile(r"^(?:之|的|/.)")
LONGEST_NAME = 40
_FARTHEST = 120  # text without any punctuation is no clause; a quote goes no further to either side


def quote_bounds(prose: Prose, values: list[Value], index: int) -> tuple[int, int]:
    """Return the part of the clause that belongs to this value, in folded text.

    Several values share a clause at its joints: 訓練2場、宣導3場 is quoted as 訓練2場 and 宣導3場.
    """
    value = values[index]
    begin, end = prose.clause(value.start)
    end = max(end, prose.clause(value.end - 1)[1])
    closes = value.end
    if tail := TAIL.match(prose.text, value.end):
        closes = tail.end()
    if prose.text.startswith("、", closes):
        end = closes  # what follows is the next of a list
    begin, end = max(begin, value.start - _FARTHEST), min(end, value.end + _FARTHEST)
    if index and values[index - 1].end > begin:
        begin = _joint(prose.text, values[index - 1].end, value.start)[1]
    if index + 1 < len(values) and values[index + 1].start < end:
        end = _joint(prose.text, value.end, values[index + 1].start)[0]
    begin, end = _within_brackets(prose.text, begin, end, value)
    while begin < value.start and prose.text[begin] in "、,;:)":
        begin += 1
    while end > value.end and prose.text[end - 1] in "、,;:(":
        end -= 1
    return begin, end


def name_of(prose: Prose, value: Value, bounds: tuple[int, int]) -> str:
    """Return what the value measures: its quote without number, comparator and opening words.

    Where that leaves nothing (，共12場次) the clause before it names the thing.
    """
    begin, end = bounds
    name = _stripped(prose.text, value, begin, end)
    if len(name) < 2:
        begin = max(prose.clause(value.start)[0], bounds[0] - _FARTHEST)
        name = _tidy(prose.text[begin : bounds[0]])
    if len(name) < 2 and (before := prose.clause_before(value.start)):
        name = _tidy(prose.text[max(before[0], before[1] - _FARTHEST) : before[1]])
    return name[:LONGEST_NAME] or value.amount.counted_in


def stands_alone(prose: Prose, value: Value, bounds: tuple[int, int]) -> bool:
    """Say whether the quote names nothing itself, so that the clause before it speaks for it too."""
    return len(_stripped(prose.text, value, *bounds)) < 2


def _stripped(text: str, value: Value, begin: int, end: int) -> str:
    before, after = text[begin : value.opens], _BRACKETED.sub("", text[value.end : end])
    if tail := TAIL.match(after):
        after = after[tail.end() :]
    for _ in range(4):
        shorter = _LEAD_WORDS.sub("", before)
        if shorter == before:
            break
        before = shorter
    return _tidy(before + _AFTER.sub("", after))


def _tidy(name: str) -> str:
    name = _CLOSERS.sub("", _OPENERS.sub("", name))
    return name if "(" in name else name.replace(")", "")


def _joint(text: str, start: int, end: int) -> tuple[int, int]:
    """Return end of the first quote and start of the second, between two values of one clause."""
    if tail := TAIL.match(text, start, end):
        start = tail.end()
    joints = list(_JOINT.finditer(text, start, end))
    if not joints:
        opened = text.find("(", start, end)
        return (opened, opened + 1) if opened >= 0 else (start, start)
    chosen = joints[0] if joints[0].start() == start else joints[-1]
    return chosen.start(), chosen.end()


def _within_brackets(text: str, begin: int, end: int, value: Value) -> tuple[int, int]:
    """Keep to one side of a bracket that the quote would leave open."""
    opened = text.rfind("(", begin, value.start)
    if opened >= 0 and text.find(")", opened, value.start) < 0:
        closed = text.find(")", value.end, end)
        return opened + 1, closed if closed >= 0 else end
    opened = text.find("(", value.end, end)
    if opened >= 0 and text.find(")", opened, end) < 0:
        end = opened
    return begin, end
