"""The content of a cell: hard-wrapped lines into items with title, text and items below them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from documents.ingest.cells import (
    begins_inside,
    ends_paragraph,
    goes_on,
    has_pause,
    has_word_at_break,
    indent,
    is_between_words,
    is_empty,
    join_lines,
    leading_word,
    width,
)
from documents.ingest.nodes import Line, Node
from documents.ingest.proposal import Kind
from plans.markers import ARABIC, BULLET, DOUBTFUL, Marker, read_marker

_LONGEST_TITLE: Final = 40
_DEEPEST: Final = 12


@dataclass(frozen=True)
class Wrapping:
    """How the lines of a column are broken.

    `limit` is the room of a full line; `marked` says that the source marks a paragraph's end by a blank
    at the end of the line, as converters of Word's PDF do, so that lengths need not be judged. `titled`
    says that numbered items begin with a title on a line of its own.
    """

    limit: float
    marked: bool = False
    titled: bool = False
    limits: Mapping[str, float] = field(default_factory=dict)  # by the style of the item the line is in

    def ends(self, text: str, after: str | None, style: str = "") -> bool:
        """Does a paragraph end with the line `text`, when the line `after` follows?"""
        if after is None:
            return True
        if begins_inside(after) or goes_on(text):
            return False
        room = indent(text) + width(text)
        limit = self.limits.get(style, self.limit)
        if self.marked:
            # At the margin, beside a word of Latin script, the blank is the one between two words.
            beside = has_word_at_break(text, after) and room > limit - 3.0 and not ends_paragraph(text)
            return text[-1:].isspace() and not beside and not is_between_words(text, after)
        room += width(leading_word(after))
        return room < limit - (1.0 if ends_paragraph(text) else 3.0)


@dataclass
class _Item:
    marker: Marker | None
    paragraphs: list[list[Line]] = field(default_factory=list)
    children: list[_Item] = field(default_factory=list)
    confidence: float = 1.0


def build(lines: Sequence[Line], kind: Kind, wrapping: Wrapping, *, before: int = 0) -> list[Node]:
    """Return the items of a cell. Lines before the first marker are an item without a number.

    `before` is the number of the item that ended in the cell above, where a list goes on over cells.
    """
    lines = [line for line in lines if not is_empty(line.text)]
    top: list[_Item] = []
    open_items: list[_Item] = []
    ended = True
    for at, line in enumerate(lines):
        after = lines[at + 1].text if at + 1 < len(lines) else None
        marker = _believed(line.text, open_items, before, ended=ended)
        if marker is None and open_items:
            _go_on(open_items[-1], line, ended=ended and not begins_inside(line.text))
        else:
            item = _Item(marker, [[Line(line.number, line.text[marker.end if marker else 0 :])]])
            _place(item, top, open_items)
        held = open_items[-1].marker
        ended = wrapping.ends(line.text, after, held.style if held else "")
        if not ended and marker is not None and _may_be_title(line.text, marker, after, wrapping):
            # As long as the line is wide, and nothing but the custom of its neighbours says it is a title.
            open_items[-1].confidence = 0.65
            ended = True
    return [_node(item, kind) for item in top]


def learn_wrapping(cells: Sequence[Sequence[Line]], wrapping: Wrapping) -> Wrapping:
    """Find out from the cells of a column how far lines reach below each style, and if items have titles.

    Lower levels hang, and where their indent is lost their lines are shorter than the column is wide.
    """
    reach: dict[str, list[float]] = defaultdict(list)
    for lines in cells:
        style = ""
        for line, after in pairwise(lines):
            marker = read_marker(line.text)
            style = marker.style if marker is not None and marker.sureness > DOUBTFUL else style
            if read_marker(after.text) is None and not ends_paragraph(line.text):
                reach[style].append(indent(line.text) + width(line.text))
    limits = {
        style: sorted(rooms)[int(len(rooms) * 0.8)] for style, rooms in reach.items() if len(rooms) >= 6
    }
    wrapping = replace(wrapping, limits=limits)
    return replace(wrapping, titled=_are_titled(cells, wrapping))


def _are_titled(cells: Sequence[Sequence[Line]], wrapping: Wrapping) -> bool:
    titled = plain = 0
    for lines in cells:
        for line, after in pairwise(lines):
            marker = read_marker(line.text)
            if marker is None or marker.style != ARABIC or read_marker(after.text) is not None:
                continue
            if wrapping.ends(line.text, after.text, ARABIC) and not ends_paragraph(line.text):
                titled += 1
            elif has_pause(line.text[marker.end :]):
                plain += 1
    return titled >= 3 and titled >= 4 * plain


def _may_be_title(text: str, marker: Marker, after: str | None, wrapping: Wrapping) -> bool:
    if not wrapping.titled or wrapping.marked or marker.style != ARABIC or after is None:
        return False
    return not has_pause(text[marker.end :]) and not begins_inside(after)


def _believed(text: str, open_items: Sequence[_Item], before: int, *, ended: bool) -> Marker | None:
    """Return the line's marker unless the sequence speaks against it."""
    marker = read_marker(text)
    if marker is None or marker.style == BULLET:
        return marker if ended else None
    last = before if marker.style == ARABIC else 0
    for item in open_items:
        if item.marker and item.marker.style == marker.style:
            last = item.marker.value
    is_next = marker.value == last + 1
    if marker.sureness <= DOUBTFUL:
        return marker if is_next and ended and (last or not open_items) else None
    # A number in the middle of a sentence that happens to begin a line is not the next of any list.
    return marker if is_next or ended or marker.value == 1 else None


def _go_on(item: _Item, line: Line, *, ended: bool) -> None:
    if ended and item.paragraphs[-1]:
        item.paragraphs.append([line])
    else:
        item.paragraphs[-1].append(line)


def _place(item: _Item, top: list[_Item], open_items: list[_Item]) -> None:
    """Hang the item: beside the open one of its style, else below the innermost open item."""
    style = item.marker.style if item.marker else ""
    for depth, other in enumerate(open_items):
        if (other.marker.style if other.marker else "") == style:
            del open_items[depth:]
            break
    if open_items and open_items[0].marker is None and len(open_items) == 1 and _stands_alone(open_items[0]):
        open_items.clear()
    del open_items[_DEEPEST:]
    (open_items[-1].children if open_items else top).append(item)
    open_items.append(item)


def _stands_alone(item: _Item) -> bool:
    """Lead lines that are whole sentences head no list."""
    return ends_paragraph(item.paragraphs[-1][-1].text)


def _node(item: _Item, kind: Kind) -> Node:
    paragraphs = [join_lines([line.text for line in paragraph]) for paragraph in item.paragraphs]
    paragraphs = [paragraph for paragraph in paragraphs if paragraph]
    title = ""
    if (
        paragraphs
        and (item.children or len(paragraphs) > 1)
        and _is_title(paragraphs[0], alone=len(paragraphs) == 1)
    ):
        title = paragraphs.pop(0)
    children = [_node(child, kind) for child in item.children]
    numbers = [line.number for paragraph in item.paragraphs for line in paragraph]
    return Node(
        kind,
        marker=item.marker.text if item.marker else "",
        title=title,
        text="\n".join(paragraphs),
        numbered=item.marker is not None and item.marker.style != BULLET,
        confidence=item.confidence,
        first=min(numbers),
        last=max([*numbers, *(child.last for child in children)]),
        children=children,
    )


def _is_title(paragraph: str, *, alone: bool) -> bool:
    if alone:
        return True
    return len(paragraph) <= _LONGEST_TITLE and not ends_paragraph(paragraph) and not goes_on(paragraph)
