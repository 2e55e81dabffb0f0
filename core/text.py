"""Text folded for matching and search, and shortened to be quoted. What is stored and printed is neither."""

from __future__ import annotations

import re
import unicodedata

# Variants officials use side by side; the left one is what we search by.
_VARIANTS = str.maketrans(
    {"臺": "台", "昇": "升", "佔": "占", "踪": "蹤", "羣": "群", "峯": "峰", "裏": "里"}
)
_BLANK = re.compile(r"\s+")
# What is_blank says of one character, for a whole text at once.
_INVISIBLE = re.compile("[\\s\u200b\u200c\u200d\u2060\ufeff\u00ad]+")


def fold(text: str) -> str:
    """Return `text` as search compares it: width, case, 臺/台, 昇/升, 佔/占, 踪/蹤 and blanks folded away."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", text).translate(_VARIANTS).casefold())


def in_short(text: str, most: int) -> str:
    """Return `text` on one line, as a notice quotes it: what goes beyond so many characters is left out."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"


def strip_blank(text: str) -> str:
    """Return `text` without any blank, as characters of a source and of its reading are counted."""
    return _INVISIBLE.sub("", text)


def is_blank(char: str) -> bool:
    """White space, and the invisible marks converters leave behind (zero-width space, joiner, BOM)."""
    return char.isspace() or char in "\u200b\u200c\u200d\u2060\ufeff\u00ad"
