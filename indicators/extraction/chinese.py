"""Chinese numerals: 三場次 and 二百人 are numbers, 三級 一站式 十方 are words. The sentence has to tell."""

from __future__ import annotations

import re

from indicators.extraction.measures import TIMES
from indicators.extraction.surroundings import COUNTING, PERFORM, Site
from indicators.extraction.wording import TAIL

_SINGLE_FREE = re.compile(
    r"(?:(?:至少|最少|起碼|不少於)[^,;。\d]{0,8}|各|每(?:人|位|名|員|月|季|年度?|週|周|日|半年|學期|里|課室?|"
    r"單位|案|戶|校|場次?|村|鄰)|每.{1,3}|達|共計?|合計|計|乙|年|月|:|\(|約|再|增設?|新增|"
    r"另)$"
)
_EVERY = re.compile(r"每(?:半?年度?|個?月|季|[週周日]|學期|[兩二雙三四六]個?[月年週周])[^,;。]{0,8}$")
_EACH = re.compile(r"[每各](?:課|里|人|員|位|單位|戶|校|村|鄰|月|季|年|週|案)")
_SINGLE_VERB = re.compile(
    r"(?:辦理|舉辦|召開|設置|設立|建置|增設|新增|增加|完成|推出|購置|採購|發行|出版|編印|"
    r"增闢|成立|興建|拍攝|製作|舉行|開辦|參加|辦|實施|執行|組成|建立|提報|提出|研提|培訓|"
    r"演練)$"
)
_CLAUSE_END = re.compile(r"(?:\(含\))?(?:以上)?(?:$|[,;。、!?！？；:)]|及|並|與|和|為(?:原則|目標|限))")
_FUZZY = re.compile(r"(?:好?幾|(?<![次件人場時戶個總冊頁則點閱量])數|上)$")
# 六十名, 十二場, 三百二十人: nobody's name is counted like that.
_SPELLED_OUT = re.compile(r"[二三四五六七八九兩一][十百千萬]|十[一二三四五六七八九]")
_SHARE = re.compile(r"(?:率|度|比例|比|占)[^,;。]{0,3}$")
_OCCASIONS = frozenset(("次", "場", "場次", "回"))
_MONEY_AND_SHARES = frozenset(("%", "‰", "百分點", "元"))
_NAMES_ONLY = frozenset("級度節方行")


def is_number(site: Site) -> bool:
    """Say whether a Chinese numeral with a measure word is a number here, no part of a name or an idiom."""
    amount, word = site.amount, site.word
    length = amount.digits_end - amount.start
    # 數十場 says no number, 百場 and 千人 boast; 十場 is a number.
    if _FUZZY.search(site.lead) or (length == 1 and amount.value >= 100 and word not in _MONEY_AND_SHARES):
        return False
    if word in _MONEY_AND_SHARES:
        # 達百分之百 is a number, 百分之百守護 an adverb.
        return amount.value != 100 or site.lead[-1:] in frozenset("率達持至為到度例點")
    if word == "分":
        return length > 1 and amount.value > 10
    if word == "成":
        return bool(COUNTING.search(site.lead) or TAIL.match(site.tail) or _SHARE.search(site.lead))
    return _one_counts(site) if amount.value == 1 else _several_count(site)


def _several_count(site: Site) -> bool:
    measure = site.amount.measure
    if site.word in TIMES:
        return site.word != "季" or TAIL.match(site.tail) is not None
    if _SPELLED_OUT.match(site.amount.digits) or COUNTING.search(site.lead):
        return site.word not in _NAMES_ONLY
    if measure is None or measure.never_chinese:
        return False
    closes = len(site.lead) > 3 and _CLAUSE_END.match(site.tail)
    return bool(measure.is_plain or closes or PERFORM.search(site.lead))


def _one_counts(site: Site) -> bool:
    """一 counts after words of quantity, and where 一場 or 一座 is what is done or closes the clause."""
    measure = site.amount.measure
    if measure is None or _SINGLE_FREE.search(site.lead):
        return measure is not None
    if site.word in TIMES:
        return TAIL.match(site.tail) is not None
    if site.word in _OCCASIONS and _EVERY.search(site.lead):
        return True
    if measure.is_plain and _SINGLE_VERB.search(site.lead):
        return True
    closes = len(site.lead) > 3 and _CLAUSE_END.match(site.tail)
    return bool(closes and (PERFORM.search(site.lead) or _EACH.search(site.lead)))
