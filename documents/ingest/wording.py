"""What the ends of lines say: marks that close a sentence, cannot end or begin a line; widths; labels."""

from __future__ import annotations

import re
import unicodedata

ENDS_SENTENCE = "。！？!?…；;"
# No sentence and no title ends with these: 第 / 一、二會議室 is one line broken, whatever comes after.
CANNOT_END = "第每於或且並「『（(，、,"
CANNOT_BEGIN = "，。、；：？！）」』】》〉％,;:?!)]}｝﹞…"
LABELS = ("預期目標", "預期成果", "預期效益", "預期績效", "預期效果", "預定目標")
LABEL_LEAD = re.compile(rf"(?:{'|'.join(LABELS)})\s*[：:]\s*(?=\S)")
_LABEL = re.compile(rf"(?:{'|'.join(LABELS)})\s*[：:]?\s*")
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


def join(before: str, after: str) -> str:
    """Put two pieces of a broken line together: a blank only between two words of Latin script."""
    if not before or not after:
        return before + after
    apart = is_word(before[-1]) and is_word(after[0])
    return f"{before} {after}" if apart else before + after


def is_word(char: str) -> bool:
    return char.isascii() and char.isalnum()


def is_label(text: str) -> bool:
    """Return whether `text` is a bare 預期目標 or one of its synonyms."""
    return _LABEL.fullmatch(text.strip()) is not None
