"""Names after an @ in a text: @王小明, @民政課. Only names that are given are found, the longest first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_AT = re.compile(r"[@＠]")
_LATIN = re.compile(r"[A-Za-z0-9._-]")


def find_mentions(text: str, names: Collection[str]) -> list[tuple[int, int, str]]:
    """Return (start, end, name) of each mention, the @ included.

    Chinese leaves no blank after a name, so 「@王小明請看」 mentions 王小明. A name in Latin letters ends
    where its word ends, and what stands before the @ of a mail address makes it no mention.
    """
    by_length = sorted({name for name in names if name}, key=len, reverse=True)
    found = []
    for at in _AT.finditer(text):
        start = at.end()
        if at.start() and _LATIN.match(text[at.start() - 1]):
            continue
        name = next((name for name in by_length if text.startswith(name, start)), None)
        while name is not None and _goes_on(text, start + len(name)):
            shorter = by_length[by_length.index(name) + 1 :]
            name = next((one for one in shorter if text.startswith(one, start)), None)
        if name is not None:
            found.append((at.start(), start + len(name), name))
    return found


def split_mentions(text: str, names: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Yield the text in pieces, each with whether it is a mention."""
    last = 0
    for start, end, _name in find_mentions(text, names):
        if start > last:
            yield text[last:start], False
        yield text[start:end], True
        last = end
    if last < len(text):
        yield text[last:], False


def _goes_on(text: str, end: int) -> bool:
    """Say whether a Latin word runs on over this place, so that what ended here is only its beginning."""
    return bool(0 < end < len(text) and _is_letter(text[end - 1]) and _is_letter(text[end]))


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalnum()
