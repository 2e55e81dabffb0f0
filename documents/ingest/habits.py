"""Learn how a document breaks its lines: wrapped or not, at which column, what ends a paragraph."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from documents.ingest.nodes import Line
from documents.ingest.wording import CANNOT_BEGIN, CANNOT_END, is_label, open_end, read_spacing, width
from plans.markers import SURE, Marker, read_marker, split_run


@dataclass(frozen=True)
class Habits:
    """How a document breaks its lines."""

    wrapped: bool
    margin: int = 0
    blank_tail_ends: bool = False  # a trailing blank marks the end of a paragraph
    gap_ends: bool = False  # a blank line marks the end of a paragraph
    spaced: frozenset[str] = frozenset()  # borders of Chinese and Latin written with a blank


@dataclass
class Row:
    """A line that is not blank, with what is to be known about its break."""

    number: int
    text: str
    indent: int
    columns: int  # where it ends
    marker: Marker | None
    blank_tail: bool
    gap: bool  # a blank line stands before it
    page: bool  # a page begins before it
    label: bool
    same_line: bool = False  # continues a physical line that held several items
    cut: bool = False  # cannot go on with the line before
    room: int = 0  # where a full line would end


def read_rows(lines: Sequence[Line], breaks: frozenset[int], cuts: frozenset[int]) -> list[Row]:
    """Return the lines that are not blank, a line that holds several items as one row each."""
    rows: list[Row] = []
    gap = page = cut = False
    for line in lines:
        page = page or line.number in breaks
        cut = cut or line.number in cuts
        text = line.text.strip()
        if not text:
            gap = True
            continue
        expanded = line.text.expandtabs(4).rstrip()
        indent = width(expanded) - width(expanded.lstrip())
        for index, piece in enumerate(split_run(text)):
            row = Row(
                number=line.number,
                text=piece.strip(),
                indent=indent,
                columns=indent + width(piece),
                marker=read_marker(piece),
                blank_tail=line.text.rstrip("\n\r\f")[-1:] in " \u3000" and bool(line.text),
                gap=gap,
                page=page,
                label=is_label(piece),
                same_line=index > 0,
                cut=cut,
            )
            rows.append(row)
            gap = page = cut = False
    return rows


def learn_habits(rows: Sequence[Row], *, wrapped: bool | None = None) -> Habits:
    """Find out from all rows how the document breaks its lines."""
    pairs = [(a, b) for a, b in pairwise(rows) if not (a.label or b.label)]
    columns = sorted(row.columns for row in rows)
    top = columns[min(len(columns) - 1, int(len(columns) * 0.95))]
    broken = [
        a.columns for a, b in pairs if b.marker is None and open_end(a.text) and a.columns >= top * 0.75 - 2
    ]
    spaced = read_spacing(row.text for row in rows)
    if wrapped is None:
        wrapped = _looks_wrapped(rows, pairs, broken, top)
    if not wrapped:
        return Habits(wrapped=False, margin=columns[-1], gap_ends=_gap_ends(pairs), spaced=spaced)
    margin = max(broken, default=top)
    if len(broken) >= 8:
        margin = sorted(broken)[int(len(broken) * 0.95)]
    _measure_rooms(rows, margin)
    return Habits(
        wrapped=True,
        margin=margin,
        blank_tail_ends=blank_tail_ends(pairs, margin),
        gap_ends=_gap_ends(pairs),
        spaced=spaced,
    )


def _looks_wrapped(
    rows: Sequence[Row], pairs: Sequence[tuple[Row, Row]], broken: Sequence[int], top: int
) -> bool:
    hard = sum(b.marker is None and (a.text[-1] in CANNOT_END or b.text[0] in CANNOT_BEGIN) for a, b in pairs)
    if hard and hard >= 0.05 * len(rows):
        return True
    # A character or two with a full stop below a long line are its rest; nobody writes such paragraphs.
    rests = sum(
        b.marker is None
        and open_end(a.text)
        and a.columns >= 0.8 * top
        and len(b.text) <= 4
        and not open_end(b.text)
        for a, b in pairs
    )
    if rests > 1:
        return True
    if len(rows) < 6:
        return len(broken) * 3 >= len(rows) and top >= 24
    mid = [a for a, b in pairs if b.marker is None and open_end(a.text)]
    peak = max(row.columns for row in rows)
    if mid and 40 <= peak <= 120 and all(a.columns >= peak - 6 and "，" in a.text for a in mid):
        return True  # few breaks, but every one of them at the longest line
    # In a clean text a line without full stop before a line without marker is a title, and titles are
    # short; in a wrapped one most such lines reach the margin.
    return (
        len(broken) >= 3 and len(broken) >= 0.08 * len(rows) and len(broken) >= 0.4 * len(mid) and top <= 160
    )


def _measure_rooms(rows: Sequence[Row], margin: int) -> None:
    """Note for each row how far lines near it and below the same style of marker reach.

    Where a text has lost its indents, lower levels are narrower, and the same style may stand on
    several levels.
    """
    style = ""
    styles: list[str] = []
    reaching: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.marker is not None and row.marker.sureness == SURE:
            style = row.marker.style
        styles.append(style)
        after = rows[index + 1] if index + 1 < len(rows) else None
        if after is not None and after.marker is None and open_end(row.text) and row.columns > margin - 14:
            reaching[style].append(index)
    for index, row in enumerate(rows):
        near = reaching[styles[index]]
        at = bisect_left(near, index)
        reach = [rows[i].columns for i in near[max(0, at - 4) : at + 5]]
        row.room = max(reach) if len(reach) > 2 else margin


def blank_tail_ends(pairs: Sequence[tuple[Row, Row]], margin: int) -> bool:
    """Return whether trailing blanks mark the ends of paragraphs, as converters of Word's PDF leave them."""
    ends = [a.blank_tail for a, b in pairs if not open_end(a.text) and b.marker is not None and not b.page]
    goes_on = [
        a.blank_tail for a, b in pairs if b.marker is None and open_end(a.text) and a.columns > margin - 8
    ]
    if len(ends) < 6 or len(goes_on) < 6:
        return False
    return sum(ends) >= 0.8 * len(ends) and sum(goes_on) <= 0.1 * len(goes_on)


def _gap_ends(pairs: Sequence[tuple[Row, Row]]) -> bool:
    same_page = [(a, b) for a, b in pairs if not b.page and not b.same_line]
    inner = [
        b.gap for a, b in same_page if b.marker is None and (open_end(a.text) or b.text[0] in CANNOT_BEGIN)
    ]
    outer = [b.gap for a, b in same_page if b.marker is not None]
    if len(outer) < 3 or len(inner) < 2:
        return False
    return sum(outer) >= 0.6 * len(outer) and sum(inner) <= 0.15 * len(inner)
