"""Numbers as Taiwanese documents write them: 十一, 拾壹, ⑪, 一百零五, 20萬4千, 1兆948.18億.

Pure functions. The libraries for this misread 參, 貳 and 一百十五, so the reading is our own.
"""

from __future__ import annotations

import re
from decimal import Decimal

DIGITS = "零一二三四五六七八九"
FORMAL_DIGITS = "零壹貳參肆伍陸柒捌玖"
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"

VALUES = {char: value for digits in (DIGITS, FORMAL_DIGITS) for value, char in enumerate(digits)}
VALUES |= {"〇": 0, "○": 0, "兩": 2, "叁": 3, "参": 3, "弍": 2, "弐": 2, "壱": 1}
SMALL_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
LARGE_UNITS = {"萬": 10**4, "万": 10**4, "億": 10**8, "亿": 10**8, "兆": 10**12}

# Two numbers in one place; and 1萬5, of which the ear makes 15,000.
_DOUBTFUL = re.compile(r"[0-9]\s+[0-9]|[百佰千仟萬万億亿兆][0-9一二兩三四五六七八九壹貳參肆伍陸柒捌玖]$")
_DIGIT = re.compile(r"[0-9０-９零〇一二兩三四五六七八九十百千壹貳參肆伍陸柒捌玖拾佰仟]")
_MINUS = {"-", "－", "−"}
_WIDE = str.maketrans("０１２３４５６７８９，．", "0123456789,.")
# A comma stands before three digits: 1,5 may be meant for one and a half.
_ARABIC = re.compile(r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9,])|[0-9]+)(?:\.[0-9]+)?")


def to_chinese(number: int) -> str:
    """Return 一 … 十 十一 … 二十 … 九十九, a hundred and more as 一百零一. Zero and less is an error."""
    return _spell(number, DIGITS, ("", "十", "百", "千"))


def to_formal(number: int) -> str:
    """Return 壹 … 拾 拾壹 … 貳拾, as chapters are counted."""
    return _spell(number, FORMAL_DIGITS, ("", "拾", "佰", "仟"))


def to_circled(number: int) -> str:
    """Return ① … ⑳; past twenty, where Unicode's run ends, (21)."""
    return CIRCLED[number - 1] if 1 <= number <= len(CIRCLED) else f"({number})"


def to_letters(number: int) -> str:
    """Return A … Z AA AB …, as spreadsheets count columns."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def parse_integer(text: str) -> int | None:
    """Read a counting number: 12, １２, 十二, 拾貳, 一百十五, 一〇五, ⑫. None when it is none."""
    text = text.translate(_WIDE).strip()
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= 12 else None
    if len(text) == 1 and text in CIRCLED:
        return CIRCLED.index(text) + 1
    value = parse_number(text)
    return int(value) if value is not None and value == int(value) else None


def parse_entry(text: str) -> Decimal | None:
    """Read what a person fills in as a number, which may be negative: 12.5, 3,380, 20萬4千, -2, +5, .5.

    None when it is none, or may be another.
    """
    text = text.translate(_WIDE).strip()
    sign, digits = (-1 if text[:1] in _MINUS else 1), text.removeprefix("+")
    digits = digits[1:] if sign < 0 else digits
    # While 12.5 is being typed it is 12. for a moment.
    digits = f"0{digits}" if digits.startswith(".") else digits.removesuffix(".")
    # 萬 alone is an amount within a sentence, and nothing a person fills in.
    if _DOUBTFUL.search(digits) or not _DIGIT.search(digits):
        return None
    number = parse_number(digits)
    return None if number is None else number * sign


def parse_number(text: str) -> Decimal | None:
    """Read an amount with 兆 億 萬 千 arithmetic: 20萬4千, 1兆948.18億, 3,380. None when it is none.

    Digits in a row are read by place (一〇五 = 105). Spaces inside are ignored: 20萬 4千.
    """
    text = re.sub(r"\s+", "", text.translate(_WIDE))
    if not text:
        return None
    total = section = Decimal(0)
    current: Decimal | None = None
    at = 0
    while at < len(text):
        if arabic := _ARABIC.match(text, at):
            if current is not None:
                return None
            current = Decimal(arabic[0].replace(",", ""))
            at = arabic.end()
            continue
        char = text[at]
        at += 1
        if char in VALUES:
            run = [VALUES[char]]
            while at < len(text) and text[at] in VALUES:
                run.append(VALUES[text[at]])
                at += 1
            if current is not None:
                return None
            current = Decimal("".join(map(str, run)))
        elif char in SMALL_UNITS:
            # 十五 and 一百十五 leave the one before 十 unsaid.
            section += (Decimal(1) if current is None else current) * SMALL_UNITS[char]
            current = None
        elif char in LARGE_UNITS:
            total += (section + (current or 0)) * LARGE_UNITS[char]
            section, current = Decimal(0), None
        else:
            return None
    return total + section + (current or 0)


def _spell(number: int, digits: str, units: tuple[str, ...], *, inner: bool = False) -> str:
    if not 0 < number < 10**8:
        message = f"cannot count to {number}"
        raise ValueError(message)
    if number >= 10**4:
        many, rest = divmod(number, 10**4)
        # 一萬零五百: the gap below the thousands is said.
        gap = digits[0] if 0 < rest < 1000 else ""
        return (
            f"{_spell(many, digits, units)}萬{gap}{_spell(rest, digits, units, inner=True) if rest else ''}"
        )
    spelled, zero = "", False
    for power in range(3, -1, -1):
        digit = number // 10**power % 10
        if not digit:
            zero = bool(spelled)
            continue
        if zero:
            spelled, zero = spelled + digits[0], False
        # 十一, not 一十一: the one is unsaid where the number begins with ten, but 一萬零一十.
        leading_ten = power == 1 and digit == 1 and not spelled and not inner
        spelled += ("" if leading_ten else digits[digit]) + units[power]
    return spelled
