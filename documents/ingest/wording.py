"""What the ends of lines say: marks that close a sentence, cannot end or begin a line; widths; labels."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable

ENDS_SENTENCE = "。！？!?…；;"
# No sentence and no title ends with these: 第 / 一、二會議室 is one line broken, whatever comes after.
CANNOT_END = "第每於或且並「『（(，、,"
CANNOT_BEGIN = "，。、；：？！）」』】》〉％,;:?!)]}｝﹞…"
LABELS = ("預期目標", "預期成果", "預期效益", "預期績效", "預期效果", "預定目標")
LABEL_LEAD = re.compile(rf"(?:{'|'.join(LABELS)})\s*[：:]\s*(?=\S)")
_LABEL = re.compile(rf"(?:{'|'.join(LABELS)})\s*[：:]?\s*")
# The Latin side is looked at without taking it, for it is a border on both ends where it is one character.
_BORDERS = re.compile(r"([\u4e00-\u9fff])( ?)(?=([A-Za-z0-9]))|([A-Za-z0-9])( ?)(?=([\u4e00-\u9fff]))")
_CLOSING = "」』）)】》〉"


def ends_sentence(text: str) -> bool:
    """Return whether `text` closes a sentence, looking through closing brackets and quotes."""
    return text.rstrip(_CLOSING + " ")[-1:] in ENDS_SENTENCE and bool(text.strip(_CLOSING + " "))


def open_end(text: str) -> bool:
    """Return whether `text` stops in the middle of something: neither a sentence nor a lead-in ends it."""
    return not ends_sentence(text) and not text.endswith(("：", ":"))


def width(text: str) -> int:
    """Return the columns `text` takes in a fixed pitch: two for a Chinese character."""
    if len(text) > 400:
        return 2 * len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def join(before: str, after: str, spaced: Collection[str] = ()) -> str:
    """Put two pieces of a broken line together: a blank only between two words of Latin script.

    `spaced` holds the borders between Chinese and Latin at which the document writes a blank
    (`read_spacing`), so that one lost at the end of a line is put back.
    """
    if not before or not after:
        return before + after
    apart = needs_blank(before[-1], after[0], spaced)
    return f"{before} {after}" if apart else before + after


def needs_blank(last: str, first: str, spaced: Collection[str] = ()) -> bool:
    """Return whether a blank belongs between two characters where a line was broken."""
    if is_word(last) and is_word(first):
        return True
    return bool(spaced) and _border(last, first) in spaced


def read_spacing(texts: Iterable[str]) -> frozenset[str]:
    """Return the borders at which nearly all of `texts` write a blank: 於 108年 gives "before digit"."""
    blanks: Counter[str] = Counter()
    all_of: Counter[str] = Counter()
    for text in texts:
        for found in _BORDERS.finditer(text[:400]):
            last, blank, first = found.groups()[:3] if found[1] else found.groups()[3:]
            border = _border(last, first)
            all_of[border] += 1
            blanks[border] += bool(blank)
    return frozenset(
        border for border, count in all_of.items() if count > 3 and blanks[border] > 0.85 * count
    )


def _border(last: str, first: str) -> str:
    if is_word(first) and _is_chinese(last):
        return "before digit" if first.isdigit() else "before letter"
    if is_word(last) and _is_chinese(first):
        return "after digit" if last.isdigit() else "after letter"
    return ""


def _is_chinese(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def is_word(char: str) -> bool:
    return char.isascii() and char.isalnum()


def is_label(text: str) -> bool:
    """Return whether `text` is a bare 預期目標 or one of its synonyms."""
    return _LABEL.fullmatch(text.strip()) is not None
