"""What looks like a number and promises nothing: dates, hours, articles of law, telephones, floors, idioms.

They are overwritten before numbers are looked for. Every pattern has bounded repeats, so hostile text
costs no more than its length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from indicators.extraction.folding import HIDDEN

CN = "一二三四五六七八九十百零〇○兩"
NUM = rf"(?:\d{{1,4}}|[{CN}]{{1,4}})"
TO = r"[~\-至到]"


@dataclass(frozen=True)
class Dated:
    """A date, with 前 or 止 where it is a time limit."""

    start: int
    end: int


# Before the blanks go: in `APP 3款` the blank tells that 3 does not belong to the Latin word.
_LATIN = re.compile(
    r"""
      [A-Za-z0-9._+\-]{1,64}@[A-Za-z0-9.\-]{1,120}
    | (?:https?://|www\.)[\x21-\x7e]{1,300}
    | [A-Za-z0-9\-]{1,60}(?:\.[A-Za-z0-9\-]{1,60}){0,5}\.(?:gov|com|org|edu|net|idv|tw)\b[\x21-\x7e]{0,200}
    | (?<![A-Za-z0-9])(?!NTD?\d|[ck]?m[23]\b)[A-Za-z]{1,20}[\-.]?\d{1,8}(?:[.\-]\d{1,8}){0,4}[A-Za-z]?
    """,
    re.VERBOSE | re.ASCII,
)

_DATE = re.compile(
    rf"""
      \d{{2,4}}([./\-])\d{{1,2}}\1\d{{1,2}}(?!\d)
    | (?<!\d)\d{{1,4}}(?:[~\-至到、及]\d{{2,4}}){{0,6}}(?:學年|年(?!齡|輕|長))(?:度|底|初|間|中)?
      (?:\d{{1,2}}(?:{TO}\d{{1,2}})?月(?:份|底|初|中|間)?(?:\d{{1,2}}日)?)?(?:以?前|止)?
    | (?<!\d)\d{{1,2}}(?:[~\-至到、及]\d{{1,2}})?月(?:份|底|初|[上中下]旬|中|間)?
      (?:\d{{1,2}}(?:[~\-至到、]\d{{1,2}})?日)?(?:以?前|止)?
    | (?<=每月)\d{{1,2}}日(?:以?前|止)?
    | (?<!\d)\d{{1,2}}日(?:以?前|起|止|(?=\([一二三四五六日]\)))
    | [{CN}]{{1,6}}年(?:度|底|初|間)?(?:[{CN}]{{1,3}}月(?:份|底|初)?(?:[{CN}]{{1,3}}日)?)?(?:以?前|止)?
    | [{CN}]{{1,3}}月(?:份|底|初|[上中下]旬)?(?:[{CN}]{{1,3}}日)?(?:以?前|止)?
    """,
    re.VERBOSE,
)

# Whatever 第 counts is an ordinal, so the number goes; its noun alone is harmless.
_ORDINAL = re.compile(
    rf"第(?:\d{{1,20}}|"
    rf"[{CN}]{{1,6}})(?:[、~\-至及第]{{1,2}}{NUM}(?![年月場])){{0,6}}(?:[條項款目章節點](?:之{NUM})?)?"
)

_OTHERS = [
    # times of the day
    re.compile(r"(?<!\d)\d{1,2}:\d{2}(?::\d{2})?(?!\d)"),
    re.compile(r"(?<![\d.])\d{1,2}[時點](?![段數間長候效程閱心次播讀名])(?:\d{1,2}分(?!鐘)|整|許|半)?"),
    re.compile(rf"(?:上午|下午|早上|晚上|中午|凌晨)[{CN}]{{1,3}}[時點](?:[{CN}]{{1,3}}分|半)?"),
    # telephones
    re.compile(r"\(0\d{1,3}\)-?\d{3,4}-?\d{3,4}|(?<!\d)0\d{1,3}-?\d{3,4}-?\d{3,4}(?!\d)"),
    re.compile(r"(?:分機|轉|#)[:]?\d{2,5}(?:[~、\-]\d{1,5}){0,6}"),
    re.compile(r"(?:電話|專線|傳真|手機|熱線)[:：]?[(\d][\d()\-]{5,16}"),
    # floors, house numbers, numbers of documents and lots
    re.compile(rf"(?:\d{{1,20}}|[{CN}]{{1,6}})(?:[之~\-至、]\d{{1,3}})?(?:樓|號|巷|弄|段(?!落)|層樓)"),
    re.compile(r"(?<!\d)\d{1,3}F(?![A-Za-z])|(?:[台縣省市區鄉]|[國省縣]道)\d{1,3}[甲乙丙]?線"),
    # ages
    re.compile(rf"{NUM}(?:足?歲)?(?:{TO}{NUM})?足?歲|(?:滿|未滿){NUM}歲"),
    # fractions, ratios, scores of games
    re.compile(r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})分之(?:\d{1,3}|[一二三四五六七八九十]{1,3})"),
    re.compile(rf"(?<![\d.])\d{{1,6}}(?:[:/比]\d{{1,6}})+(?![\d.])|{NUM}[對合]{NUM}(?!.?[次人件])"),
    # denominators and periods: 每10萬人, 每四個月
    re.compile(rf"每(?:\d[\d,]{{0,9}}|[{CN}]{{1,4}})[萬千百]?"),
    # one-thing idioms
    re.compile(r"[1一]次(?=完整|告知|購足|到位|性|辦妥|辦好|搞定|滿足|掌握)"),
    re.compile(r"[1一](?:里|人|區|鄉|鎮|村|鄰|校|社區|案|課|處室?|戶|機關|所)[1一]"),
    re.compile(rf"[1一]式{NUM}[份聯]|{NUM}(?:站式|人制|日遊|日券|級分)|{NUM}天{NUM}夜|{NUM}人[1一]組"),
    re.compile(
        r"三節|3節(?=慰|禮|敬|加|節|獎)|88節|[1一]個?(?:單一)?窗口|[1一]處(?=收件|受理|送件|申辦|交件)"
    ),
    re.compile(r"(?:全年)?365天|360度|8大行業|4健會|雙十|百分百"),
    # opening round the clock; 24小時內 stays, that is a time limit
    re.compile(
        r"24小時(?=全|不|無休|服務|受理|開放|營業|專線|待命|值|輪|監|緊急|保護|通報|線上|自助|免費|自動"
        r"|營運|供|皆|均|都|可|警戒|應變|守護|運作|志工|圖書|還書|借|保持|隨時|有人)|"
        r"(?<=全天候)24小時|(?<=全天)24小時"
    ),
]

# Titles and slogans; a promise quoted as one says how much it wants.
_QUOTED = re.compile(r"「[^「」]{1,40}」|『[^『』]{1,40}』|《[^《》]{1,40}》|〈[^〈〉]{1,40}〉")
_PROMISING = re.compile(r"達|至少|以上|以下|不低於|不超過|目標|≥|≤")


def hide_latin(text: str) -> str:
    """Overwrite mail and web addresses and names such as Web2.0, ISO-9001, A4. Keeps the length."""
    return _LATIN.sub(_hide, text)


def hide_others(text: str) -> tuple[str, list[Dated]]:
    """Overwrite everything else that is no value in blank-free text; also return the dates found."""
    text = _QUOTED.sub(lambda quoted: quoted[0] if _PROMISING.search(quoted[0]) else _hide(quoted), text)
    text = _ORDINAL.sub(_hide, text)
    dates = [Dated(found.start(), found.end()) for found in _DATE.finditer(text)]
    text = _DATE.sub(_hide, text)
    for pattern in _OTHERS:
        text = pattern.sub(_hide, text)
    return text, dates


def _hide(found: re.Match[str]) -> str:
    return HIDDEN * len(found[0])
