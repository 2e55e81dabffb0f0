"""The text of a cell: markup taken out, lines joined, blanks between characters closed, points read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.numerals import parse_number
from core.text import strip_blank
from documents.ingest.nodes import Line
from documents.ingest.proposal import Dropped
from plans.markers import BULLET, LIKELY, read_marker

# Tags a web page's editor leaves behind. Only names of HTML count: <注意> is text.
_TAG = re.compile(
    r"</?(?:p|ol|ul|li|br|hr|div|span|font|b|i|u|em|strong|sup|sub|a|table|tbody|thead|tr|td|th|h[1-6]|blockquote|"
    r"center|small|big|o:p|section|article|img|style|script)(?:\s[^<>]{0,300})?/?>|&nbsp;",
    re.IGNORECASE,
)
_BREAKING = re.compile(
    r"</?(?:p|ol|ul|li|hr|div|table|tbody|thead|tr|td|th|h[1-6]|blockquote)\b", re.IGNORECASE
)
_RULE = re.compile(r"[-－–—─━═=＝_＿*.·┄┈│|]+")
_CJK: Final = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f「」『』（）"
_BETWEEN_CJK = re.compile(rf"(?<=[{_CJK}()])[ \t\u3000]+(?=[{_CJK}()])")
_LATIN = re.compile(r"[A-Za-z0-9]+")
_WORD = re.compile(r"[A-Za-z0-9]")
_POINTS = re.compile(
    r"[(（\[［]\s*(?:配分|佔|占)?[:：]?\s*(?:百分之)?(?P<n>[0-9０-９]+(?:[.．][0-9０-９]+)?|[一二三四五六七八九十百]+)"
    r"\s*(?:分|%|％)?\s*[)）\]］]\s*$"
)
_BARE_POINTS = re.compile(
    r"[,，、:：]?\s*(?:配分|佔|占)\s*[:：]?\s*(?:百分之)?"
    r"(?P<n>[0-9０-９]+(?:[.．][0-9０-９]+)?|[一二三四五六七八九十百]+)\s*(?:分|%|％)?\s*$"
)
_UNIT_OF_POINTS = re.compile(r"分|%|％|百分")
_ENDS: Final = frozenset("。！？!?")
_OPEN: Final = frozenset("，、,（(「『")
_CLOSING: Final = frozenset("，。；：、！？）)」』〉》】％%…,.;:!?")


@dataclass(frozen=True)
class Label:
    """The text of a cell that names something: 要項, 重點, 構面, 指標."""

    marker: str
    title: str
    points: str | None
    points_text: str
    style: str = ""


def take_markup(line: Line) -> tuple[list[Line], list[Dropped]]:
    """Take the tags out of a line; a tag that begins or ends a paragraph cuts it in pieces."""
    if "<" not in line.text and "&nbsp;" not in line.text:
        return [line], []
    pieces = [""]
    dropped: list[Dropped] = []
    at = 0
    for tag in _TAG.finditer(line.text):
        pieces[-1] += line.text[at : tag.start()]
        at = tag.end()
        dropped.append(Dropped(line.number, tag[0], "markup"))
        if _BREAKING.match(tag[0]):
            pieces.append("")
        elif tag[0].startswith(("&", "<br", "<BR")):
            pieces[-1] += " "
    pieces[-1] += line.text[at:]
    return [Line(line.number, piece) for piece in pieces if strip_blank(piece)], dropped


def is_rule(text: str) -> bool:
    """A row of dashes between rows of cells; a lone dash or dot may be text."""
    bare = strip_blank(text)
    return len(bare) >= 2 and _RULE.fullmatch(bare) is not None


def join_lines(texts: Sequence[str]) -> str:
    """Join the lines of one paragraph: nothing between Chinese characters, a blank between words."""
    joined = ""
    for text in texts:
        piece = close_up(text.strip())
        if joined and piece and _WORD.match(joined[-1]) and _WORD.match(piece[0]):
            joined += " "
        joined += piece
    return joined


def close_up(text: str) -> str:
    """Close the blanks of a line set wide (`得 服 務 的 成`); a blank here and there is left alone."""
    blanks = len(_BETWEEN_CJK.findall(text))
    return _BETWEEN_CJK.sub("", text) if blanks >= 2 and blanks * 4 >= len(strip_blank(text)) - 1 else text


def read_label(lines: Sequence[Line]) -> Label:
    """Read a cell that names something. In such narrow cells no blank between Chinese characters is meant."""
    texts = [line.text.strip() for line in lines]
    marker, style = "", ""
    found = read_marker(texts[0]) if texts else None
    if found is not None and found.sureness >= LIKELY and found.style != BULLET:
        marker, style, texts[0] = found.text, found.style, texts[0][found.end :]
    title, points, points_text = read_points(join_lines([_BETWEEN_CJK.sub("", text) for text in texts]))
    return Label(marker, title, points, points_text, style)


def read_points(text: str) -> tuple[str, str | None, str]:
    """Return title, points and the points as printed: 服務流程 (200 分) gives 服務流程, 200, (200 分)."""
    for pattern in (_POINTS, _BARE_POINTS):
        found = pattern.search(text[-40:])
        if found is None or not text[: -len(found[0])].strip():
            continue
        if pattern is _POINTS and not _UNIT_OF_POINTS.search(found[0]) and "配" not in found[0]:
            continue
        number = parse_number(found["n"])
        if number is not None:
            printed = found[0].strip()
            return text[: len(text) - len(found[0])].rstrip(), format(number.normalize(), "f"), printed
    return text.strip(), None, ""


def width(text: str) -> float:
    """The room a line takes, in Chinese characters; blanks that only spread the line do not count."""
    text = _BETWEEN_CJK.sub("", text.strip())
    return sum(0.5 if ord(char) < 0x2E80 and char not in "…—○●①②③④⑤⑥⑦⑧⑨⑩" else 1.0 for char in text)


def indent(text: str) -> float:
    return sum(1.0 if char == "\u3000" else 0.5 for char in text[: len(text) - len(text.lstrip())])


def begins_inside(text: str) -> bool:
    """Can no paragraph begin with this line? It starts with a mark that closes something."""
    return text.lstrip()[:1] in _CLOSING


def ends_paragraph(text: str) -> bool:
    return text.rstrip()[-1:] in _ENDS


def goes_on(text: str) -> bool:
    """A line that ends with a comma cannot be the end of a title or a sentence."""
    return text.rstrip()[-1:] in _OPEN


def has_word_at_break(text: str, after: str) -> bool:
    """Does a word of Latin script stand at the end of a line, or at the beginning of the one after it?"""
    return bool(_WORD.match(text.rstrip()[-1:]) or _WORD.match(after.lstrip()[:1]))


def is_between_words(text: str, after: str) -> bool:
    """Is the break between two words of Latin script? Then the blank before it is theirs."""
    return bool(_WORD.match(text.rstrip()[-1:]) and _WORD.match(after.lstrip()[:1]))


def leading_word(text: str) -> str:
    """The word of Latin script a line begins with, which goes to the next line whole."""
    found = _LATIN.match(text.lstrip()[:40])
    return found[0] if found else ""


def is_empty(text: str) -> bool:
    """Does the line hold nothing that shows? Quick on lines of megabytes."""
    bare = text.strip()
    return not bare or (len(bare) < 50 and not strip_blank(bare))


def has_pause(text: str) -> bool:
    """A line with a comma or the like is no title."""
    return any(char in "，。；、：,;" for char in text)
