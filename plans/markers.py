"""Recognise the marker a line begins with: 壹、 一、 (一) 1. 1-1. (1) ① A. and their irregular kin.

A marker does not tell the level, and what looks like one may be a date or a number in a sentence. So a
Marker only says what it looks like and how sure that is; `levels.py` decides from the sequence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.numerals import CIRCLED, parse_integer

FORMAL: Final = "formal"
CHINESE: Final = "chinese"
CHINESE_PAREN: Final = "chinese_paren"
ARABIC: Final = "arabic"
PAIR: Final = "pair"
ARABIC_PAREN: Final = "arabic_paren"
CIRCLE: Final = "circled"
UPPER: Final = "upper"
LOWER: Final = "lower"
BULLET: Final = "bullet"  # no style of a plan: such a line is an item without a number

# Outermost first, as the styles of plans/enums.py; the order is what a new list is expected to keep.
ORDER: Final = (FORMAL, CHINESE, CHINESE_PAREN, ARABIC, PAIR, ARABIC_PAREN, CIRCLE, UPPER, LOWER, BULLET)
RANK: Final = {style: rank for rank, style in enumerate(ORDER)}

SURE: Final = 1.0
LIKELY: Final = 0.7  # an unusual form: believed unless the sequence speaks against it
DOUBTFUL: Final = 0.4  # looks more like a number in a sentence: believed only when it is the next of a list


@dataclass(frozen=True)
class Marker:
    """`text` is as in the source without blanks around it; the item's own text starts at `end`.

    `value` counts within the list; for 2-3. it is 3 and `major` is 2. Bullets have value 0.
    """

    style: str
    value: int
    text: str
    end: int
    sureness: float = SURE
    major: int | None = None


_DIGIT = "0-9０-９"
_NUM = rf"[{_DIGIT}]{{1,3}}"
_HAN = "一二三四五六七八九十百〇○"
_GRAND = "壹貳貮弍參叁参肆伍陸柒捌玖拾壱"
_STOP = "[.．。、﹑､]"
_BLANK = "[ \t\u3000\u00a0]*"
# 3次, 5人: a bare number followed by what is counted is a quantity, not a marker without its dot.
_COUNTED = (
    "年月日時分秒次場人件個項則類種元千萬億兆％%倍折歲級樓號里戶天週周公小名位隻台臺家間處所"
    "座份冊條款季期梯群格頁點成度餘多至到"
)
_HOLD = rf"(?![{_DIGIT}])"

_PATTERNS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (FORMAL, re.compile(rf"(?P<n>[{_GRAND}]{{1,3}}){_BLANK}(?:{_STOP}|[：:](?=\S)|(?=[ \u3000\t]))")),
    (CHINESE_PAREN, re.compile(rf"[(（〈﹙]{_BLANK}(?P<n>[{_HAN}]{{1,4}}){_BLANK}[)）〉﹚]{_STOP}?")),
    (CHINESE, re.compile(rf"(?P<n>[{_HAN}]{{1,4}}){_BLANK}{_STOP}")),
    (ARABIC_PAREN, re.compile(rf"[(（﹙]{_BLANK}(?P<n>{_NUM}){_BLANK}[)）﹚]{_STOP}?")),
    (PAIR, re.compile(rf"(?P<m>{_NUM}){_BLANK}[-－–—‐]{_BLANK}(?P<n>{_NUM})(?:{_BLANK}{_STOP})?{_HOLD}")),
    (ARABIC, re.compile(rf"(?P<n>{_NUM}){_BLANK}{_STOP}")),
    (CIRCLE, re.compile(rf"[○◯〇]{_BLANK}(?P<n>[{_DIGIT}]{{1,2}}){_HOLD}{_STOP}?")),
    (CIRCLE, re.compile(rf"(?P<n>[{CIRCLED}]){_STOP}?")),
    (UPPER, re.compile(rf"(?P<n>[A-ZＡ-Ｚ]){_BLANK}{_STOP}(?![A-Za-z0-9])")),
    (LOWER, re.compile(rf"(?P<n>[a-zａ-ｚ]){_BLANK}{_STOP}(?![A-Za-z0-9])")),
)
# Forms so loose that only the next of a list is believed: 1) 3線上 十 足.
_LOOSE: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (ARABIC_PAREN, re.compile(rf"(?P<n>[{_DIGIT}]{{1,2}})[)）](?=\S)")),
    (UPPER, re.compile(r"(?P<n>[A-Z])[)）](?=\S)")),
    (LOWER, re.compile(r"(?P<n>[a-z])[)）](?=\S)")),
    (ARABIC, re.compile(rf"(?P<n>[{_DIGIT}]{{1,2}})(?=[\u4e00-\u9fff「『])(?![{_COUNTED}])")),
    (CHINESE, re.compile(r"(?P<n>[一二三四五六七八九十]{1,3})[ \u3000]+(?=[\u4e00-\u9fff])")),
)
_BULLETS = re.compile(r"(?:[●•◎■◆◇▪►▶★☆✓✔➢➤◼⚫◾]|[-*–](?=[ \t\u3000]))")
# Single characters that stand for a whole marker: ㈠ ⑴ ⒈ ❶, first of each run with its style.
_RUNS: Final = (
    (0x3220, 10, CHINESE_PAREN),
    (0x2474, 20, ARABIC_PAREN),
    (0x2488, 20, ARABIC),
    (0x2776, 10, CIRCLE),
    (0x3280, 10, CIRCLE),
)
# 1.104年度… and 2.3成以上… may be a marker before a number; 104.7.2, 2.0AA and 99.9% are not.
_AMOUNT_AFTER = re.compile(rf"[{_DIGIT}%％]")
_WORD_AFTER = re.compile(rf"[{_DIGIT}][{_DIGIT},]*{_BLANK}[\u4e00-\u9fff]")
_AFTER_SENTENCE = re.compile(
    r"(?<=[\s。；;！？!?…」）)>：])(?=[0-9０-９(（﹙○◯〇A-Za-zＡ-Ｚａ-ｚ①-⑳㈠-㈩⑴-⒛❶-❿㊀-㊉一二三四五六七八九十壹貳參肆伍陸柒捌玖拾])"
)


def read_marker(text: str) -> Marker | None:
    """Return the marker `text` begins with (leading blanks allowed), None where it has none."""
    start = _skip_blank(text, 0)
    if (single := _single_character(text, start)) is not None:
        return single
    for style, pattern in _PATTERNS:
        if found := pattern.match(text, start):
            return _judge(style, found, text)
    for style, pattern in _LOOSE:
        if found := pattern.match(text, start):
            return _make(style, found, text, DOUBTFUL)
    if found := _BULLETS.match(text, start):
        return Marker(BULLET, 0, found[0], _skip_blank(text, found.end()))
    return None


def split_run(text: str) -> list[str]:
    """Cut a line that holds several items (`1.甲。 2.乙。 3.丙。`) into one piece each.

    A cut is made only where the next number of the same style stands after a blank or the end of a
    sentence, so that 第2.5版 or a list inside a sentence stays whole. The pieces join up to `text`.
    """
    pieces: list[str] = []
    start = 0
    marker = read_marker(text)
    while marker is not None and marker.value:
        found = _find_next(text, start + marker.end, marker)
        if found is None:
            break
        pieces.append(text[start : found[0]])
        start, marker = found
    pieces.append(text[start:])
    return pieces


def _find_next(text: str, at: int, marker: Marker) -> tuple[int, Marker] | None:
    for found in _AFTER_SENTENCE.finditer(text, at):
        # Forty characters hold any marker; reading from a copy of the whole rest would be quadratic.
        after = read_marker(text[found.start() : found.start() + 40])
        if (
            after is not None
            and after.style == marker.style
            and after.value == marker.value + 1
            and after.sureness >= LIKELY
        ):
            return found.start(), after
    return None


def _single_character(text: str, start: int) -> Marker | None:
    code = ord(text[start]) if start < len(text) else 0
    for first, length, style in _RUNS:
        if first <= code < first + length:
            end = start + 1
            if text[end : end + 1] in ("、", ".", "．"):
                end += 1
            return Marker(style, code - first + 1, text[start:end], _skip_blank(text, end))
    return None


def _judge(style: str, found: re.Match[str], text: str) -> Marker | None:
    """Weigh what follows: a number in a sentence gives None, an unusual form a lower sureness."""
    follows = text[found.end() : found.end() + 8]
    stopped = found[0][-1] in ".．。、﹑､"
    sureness = SURE
    if style == FORMAL and not stopped:
        sureness = LIKELY if len(found["n"]) == 1 else DOUBTFUL
    elif style == PAIR and not stopped:
        sureness = DOUBTFUL if follows[:1] and follows[0] in _COUNTED else LIKELY
    elif style == ARABIC and _AMOUNT_AFTER.match(follows):
        if not (_WORD_AFTER.match(follows) or found[0][-1] in "、﹑､"):
            return None
        sureness = DOUBTFUL
    elif (
        (style == ARABIC and len(found["n"]) == 3)
        or (style == ARABIC_PAREN and found["n"][0] == "0")
        or (style != PAIR and found[0][-1] == "。")
    ):
        sureness = DOUBTFUL
    return _make(style, found, text, sureness)


def _make(style: str, found: re.Match[str], text: str, sureness: float) -> Marker | None:
    value = _value(style, found["n"])
    if not value or value > 299:
        return None
    major = parse_integer(found["m"]) if style == PAIR else None
    mark = found[0].strip()
    return Marker(style, value, mark, _skip_blank(text, found.end()), sureness, major)


def _value(style: str, number: str) -> int | None:
    if style in (UPPER, LOWER):
        return ord(_half(number).upper()) - ord("A") + 1
    return parse_integer(number)


def _half(text: str) -> str:
    return "".join(chr(ord(char) - 0xFEE0) if "！" <= char <= "～" else char for char in text)


def _skip_blank(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at
