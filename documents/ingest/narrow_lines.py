"""What each line of a table read downward says for itself: its room, its marker, whether it names a unit.

A converter that meets a table of merged, narrow cells gives their lines one below the other, cell after
cell: 要項, 重點, content, unit, then the next row. Where a page ends, each cell is cut and goes on behind it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.text import strip_blank
from documents.ingest.cells import begins_inside, ends_paragraph, goes_on, is_between_words, is_empty, width
from documents.ingest.nodes import Line
from documents.ingest.units import is_unit, is_unit_line, unit_spans
from plans.markers import ARABIC, CHINESE, CHINESE_PAREN, LIKELY, Marker, read_marker

ITEM, FOCUS, CONTENT, UNITS = range(4)  # the columns, from left to right

WHOLE: Final = "whole"  # the line names a unit
PART: Final = "part"  # the line and its neighbours do
PIECE: Final = "piece"  # the line begins or ends a name that is known from elsewhere

_LONGEST_TITLED: Final = 60
_FURNITURE = re.compile(r"[-–—－~～]?\s*(?:第\s*)?\d{1,4}\s*(?:頁|/\s*\d{1,4})?\s*[-–—－~～]?")


@dataclass(frozen=True)
class Seen:
    """A line with what was found about it. `page` says that a page begins with it."""

    line: Line
    text: str
    width: float
    marker: Marker | None
    page: bool
    tail: bool
    unit: str

    @property
    def style(self) -> str:
        return self.marker.style if self.marker and self.marker.sureness >= LIKELY else ""


@dataclass(frozen=True)
class Shape:
    """What is known of the whole table: the room of its columns, and whether blanks mark paragraphs' ends."""

    widths: tuple[float, float, float]
    marked: bool

    def room_left(self, seen: Seen, column: int) -> float:
        return self.widths[column] - seen.width


def see_lines(
    lines: Sequence[Line], known: Sequence[str], pages: frozenset[int] = frozenset()
) -> tuple[list[Seen], list[Line]]:
    """Return the lines that are not blank, and the page numbers found between them."""
    filled, furniture = _take_furniture(lines, pages)
    names = {strip_blank(line.text) for line, _ in filled if is_unit_line(line.text)} | set(known)
    parts: list[tuple[Line, bool]] = []
    for line, page in filled:
        parts += _cut_off_units(line, page, names)
    texts = [line.text for line, _ in parts]
    kinds = _unit_kinds(texts, names)
    seen = [
        Seen(
            line,
            line.text.strip(),
            width(line.text),
            read_marker(line.text),
            page,
            line.text[-1:].isspace() and not is_between_words(line.text, after),
            kind,
        )
        for (line, page), kind, after in zip(parts, kinds, [*texts[1:], ""][: len(texts)], strict=True)
    ]
    return seen, furniture


def find_shape(seen: Sequence[Seen]) -> Shape:
    """Estimate the columns' widths from the lines whose marker tells their column."""
    full = _share([one.width for one in seen], 0.95, 18.0)
    narrow = [one for one in seen if one.width <= full * 0.85]
    focus = _share([one.width for one in narrow if one.style == CHINESE_PAREN], 0.8, full * 0.42)
    item = _share([one.width for one in narrow if one.style == CHINESE], 0.8, min(focus, full * 0.22))
    return Shape((item, focus, full), _tails_mark_ends(seen))


def _share(values: Sequence[float], share: float, otherwise: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else otherwise


def _tails_mark_ends(seen: Sequence[Seen]) -> bool:
    """Does a blank at a line's end mark the end of a paragraph? Then sentences end so, and commas do not."""
    ends = [one.tail for one in seen if ends_paragraph(one.text)]
    inside = [one.tail for one in seen if goes_on(one.text)]
    return len(ends) >= 5 and sum(ends) >= 0.7 * len(ends) and sum(inside) <= 0.15 * len(inside)


def _take_furniture(
    lines: Sequence[Line], pages: frozenset[int]
) -> tuple[list[tuple[Line, bool]], list[Line]]:
    filled: list[tuple[Line, bool]] = []
    furniture: list[Line] = []
    page = False
    indented = [line for line in lines if line.text[:1] == " " and not is_empty(line.text)]
    # One blank before a line marks a page only where lines are not indented anyway.
    by_blank = len(indented) * 8 <= sum(not is_empty(line.text) for line in lines)
    for line in lines:
        page = page or "\f" in line.text or line.number in pages
        text = line.text.replace("\f", "")
        if is_empty(text):
            continue
        if _FURNITURE.fullmatch(text.strip()):
            furniture.append(line)
            page = True
            continue
        page = page or (by_blank and text[:1] == " " and text[1:2] != " ")
        filled.append((Line(line.number, text), page and bool(filled)))
        page = False
    return filled, furniture


def _cut_off_units(line: Line, page: bool, names: set[str]) -> list[tuple[Line, bool]]:
    """Cut `3.分析 秘書室` in two: units beside a title that takes up less than its line."""
    head, units = line.text.rstrip()[:_LONGEST_TITLED], ""
    if len(line.text) > _LONGEST_TITLED or is_unit_line(line.text):
        return [(line, page)]
    while True:
        before, blank, last = head.rpartition(" ")
        sure = is_unit(last) and (last in names or read_marker(before) is not None)
        if not (blank and before.strip() and sure) or goes_on(before):
            break
        head, units = before.rstrip(), f"{last} {units}"
    if not units:
        return [(line, page)]
    return [(Line(line.number, head + " "), page), (Line(line.number, units), False)]


def _unit_kinds(texts: Sequence[str], names: set[str]) -> list[str]:
    kinds = [""] * len(texts)
    for at, span in enumerate(unit_spans(texts)):
        for offset in range(span):
            kinds[at + offset] = WHOLE if span == 1 else PART
    found = names | {
        strip_blank("".join(texts[at : at + span])) for at, span in enumerate(unit_spans(texts)) if span > 1
    }
    pieces = {name[:cut] for name in found for cut in range(1, len(name))}
    pieces |= {name[cut:] for name in found for cut in range(1, len(name))}
    return [
        kind or (WHOLE if is_unit(text, names) else PIECE if strip_blank(text[:20]) in pieces else "")
        for kind, text in zip(kinds, texts, strict=True)
    ]


def is_top_level(seen: Seen) -> bool:
    """Does the line begin a numbered row of the content (1. 2. 3.)?"""
    return seen.marker is not None and seen.marker.style == ARABIC


def starts_inside(seen: Seen) -> bool:
    return begins_inside(seen.text)
