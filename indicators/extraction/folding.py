"""A sentence as the reader looks at it: width folded, blanks gone, each character still knowing its place.

Converters leave blanks and line breaks anywhere (`3,380 小\\n時`), so every pattern of the reader works
on text without any; `Folded.source_span` leads back to the text as it stands.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass

# One character for one, so that offsets survive. ASCII's full-width twins lie at a fixed distance.
_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord(wide): ord(narrow)
    for wide, narrow in {
        "﹪": "%", "﹐": ",", "﹑": "、", "﹔": ";", "︰": ":", "﹕": ":", "﹒": ".", "。": "。",
        "–": "-", "—": "-", "─": "-", "−": "-", "‐": "-", "‑": "-", "〜": "~", "∼": "~", "﹣": "-",
        "﹙": "(", "﹚": ")", "〔": "(", "〕": ")", "﹥": ">",
        "﹤": "<", "≧": "≥", "≦": "≤", "⩾": "≥", "⩽": "≤",
        "➔": "→", "➜": "→", "⇒": "→", "⟶": "→", "➡": "→", "両": "兩", "两": "兩", "万": "萬", "亿": "億",
        "﹫": "@",
    }.items()
}  # fmt: skip
# Variants are folded for matching alone; what is counted is told as printed.
_VARIANTS = _WIDTH | {ord("臺"): "台", ord("昇"): "升", ord("佔"): "占"}
_BLANKS = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff\u00ad]+")
_THOUSANDS = re.compile(r"(?:\d\s?){2}\d(?!\d)")

# Stands for what must not be read; and, alone, keeps two numbers apart that only a blank divided.
HIDDEN = "\ufffc"


@dataclass(frozen=True)
class Folded:
    text: str
    offsets: array[int]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Return where the folded characters `start` to `end` stand in the source, `end` excluded."""
        return self.offsets[start], self.offsets[end - 1] + 1


def fold_width(text: str) -> str:
    """Return `text` in half width, character for character, all dashes in one form."""
    return text.translate(_WIDTH)


def fold_variants(text: str) -> str:
    """Return `text` in half width and with 臺 昇 佔 as 台 升 占, character for character."""
    return text.translate(_VARIANTS)


def drop_blanks(text: str) -> Folded:
    """Take the blanks out of width-folded text, but never run two numbers into one."""
    pieces: list[str] = []
    offsets = array("I")
    at = 0
    for blank in _BLANKS.finditer(text):
        pieces.append(text[at : blank.start()])
        offsets.extend(range(at, blank.start()))
        if _divides_numbers(text, blank.start(), blank.end()):
            pieces.append(HIDDEN)
            offsets.append(blank.start())
        at = blank.end()
    pieces.append(text[at:])
    offsets.extend(range(at, len(text)))
    return Folded("".join(pieces), offsets)


def _divides_numbers(text: str, start: int, end: int) -> bool:
    """Say whether the blank stands between two numbers, not inside one (`3, 380`, or spaced out: `1 2 0`)."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if not after.isdecimal():
        return False
    if before == ",":
        return _THOUSANDS.match(text, end) is None
    if not before.isdecimal():
        return False
    spaced_out = not text[start - 2 : start - 1].isdecimal() and not text[end + 1 : end + 2].isdecimal()
    return not spaced_out
