"""Put hard-wrapped lines together again: physical lines in, paragraphs (Blocks) out.

Whether a document is wrapped, at which column, and whether blank lines or trailing blanks mark the end
of a paragraph is learnt from the document itself (`learn_habits`); each pair of lines is then judged by
that evidence and by what stands at the break.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from documents.ingest.markers import DOUBTFUL, SURE, Marker, read_marker, split_run
from documents.ingest.nodes import Line

ENDS_SENTENCE = "。！？!?…；;"
# No sentence and no title ends with these: 第 / 一、二會議室 is one line broken, whatever comes after.
CANNOT_END = "第每於或且並「『（(，、,"
CANNOT_BEGIN = "，。、；：？！）」』】》〉％,;:?!)]}｝﹞…"
_CLOSING = "」』）)】》〉"
_BRACKETS = (("「", "」"), ("『", "』"), ("【", "】"), ("《", "》"), ("（(", "）)"))
_WORD = re.compile(r"[A-Za-z0-9@._/:&+%-]+|.", re.DOTALL)
_CLAUSES = re.compile("[，：；]")
_GOES_ON = "並且及與或等之的而則亦以"
LABELS = ("預期目標", "預期成果", "預期效益", "預期績效", "預期效果", "預定目標")
_LABEL = re.compile(rf"(?:{'|'.join(LABELS)})\s*[：:]?\s*")
_LABEL_LEAD = re.compile(rf"(?:{'|'.join(LABELS)})\s*[：:]\s*(?=\S)")


@dataclass
class Block:
    """A paragraph: its marker, its text without the marker, and where it stands in the source.

    `label` is set for a bare 預期目標, whose text carries nothing else. `sureness` is how certain the
    cut before it and the joins inside it are.
    """

    marker: Marker | None
    text: str
    first: int
    last: int
    indent: int = 0
    label: bool = False
    sureness: float = 1.0
    lines: int = 1

    @property
    def is_sentence(self) -> bool:
        return ends_sentence(self.text)

    @property
    def leads(self) -> bool:
        """Whether it announces what follows: its last mark is a colon."""
        return self.text.endswith(("：", ":"))


@dataclass(frozen=True)
class Habits:
    """How a document breaks its lines."""

    wrapped: bool
    margin: int = 0
    blank_tail_ends: bool = False  # a trailing blank marks the end of a paragraph
    gap_ends: bool = False  # a blank line marks the end of a paragraph


def ends_sentence(text: str) -> bool:
    """Return whether `text` closes a sentence, looking through closing brackets and quotes."""
    return text.rstrip(_CLOSING + " ")[-1:] in ENDS_SENTENCE and bool(text.strip(_CLOSING + " "))


def width(text: str) -> int:
    """Return the columns `text` takes in a fixed pitch: two for a Chinese character."""
    if len(text) > 400:
        return 2 * len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def join(before: str, after: str) -> str:
    """Put two pieces of a broken line together: a blank only between two words of Latin script."""
    if not before or not after:
        return before + after
    apart = _is_word(before[-1]) and _is_word(after[0])
    return f"{before} {after}" if apart else before + after


def is_label(text: str) -> bool:
    """Return whether `text` is a bare 預期目標 or one of its synonyms."""
    return _LABEL.fullmatch(text.strip()) is not None


def read_blocks(
    lines: Sequence[Line],
    *,
    wrapped: bool | None = None,
    breaks: Collection[int] = (),
    cuts: Collection[int] = (),
    document: Sequence[Line] = (),
) -> list[Block]:
    """Join `lines` into paragraphs. `breaks` are the lines a page begins with, `cuts` those after a table.

    `document` is the whole they are taken from: a converter's ways show better there.

    `wrapped` says that lines are (not) broken at a margin, None that it is to be found out.
    """
    rows = _rows(lines, frozenset(breaks), frozenset(cuts))
    if not rows:
        return []
    habits = learn_habits(rows, wrapped=wrapped)
    if len(document) > len(lines) and not habits.blank_tail_ends:
        whole = _rows(document, frozenset(breaks), frozenset(cuts))
        habits = replace(habits, blank_tail_ends=_blank_tail_ends(list(pairwise(whole)), 0))
    return _Joiner(rows, habits).run()


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


def _rows(lines: Sequence[Line], breaks: frozenset[int], cuts: frozenset[int]) -> list[Row]:
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
        a.columns for a, b in pairs if b.marker is None and _open_end(a.text) and a.columns >= top * 0.75 - 2
    ]
    if wrapped is None:
        wrapped = _looks_wrapped(rows, pairs, broken, top)
    if not wrapped:
        return Habits(wrapped=False, margin=columns[-1], gap_ends=_gap_ends(pairs))
    margin = max(broken, default=top)
    if len(broken) >= 8:
        margin = sorted(broken)[int(len(broken) * 0.95)]
    _measure_rooms(rows, margin)
    return Habits(
        wrapped=True,
        margin=margin,
        blank_tail_ends=_blank_tail_ends(pairs, margin),
        gap_ends=_gap_ends(pairs),
    )


def _looks_wrapped(
    rows: Sequence[Row], pairs: Sequence[tuple[Row, Row]], broken: Sequence[int], top: int
) -> bool:
    hard = sum(b.marker is None and (a.text[-1] in CANNOT_END or b.text[0] in CANNOT_BEGIN) for a, b in pairs)
    if hard and hard >= 0.05 * len(rows):
        return True
    if len(rows) < 6:
        return len(broken) * 3 >= len(rows)
    mid = [a for a, b in pairs if b.marker is None and _open_end(a.text)]
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
        if after is not None and after.marker is None and _open_end(row.text) and row.columns > margin - 14:
            reaching[style].append(index)
    for index, row in enumerate(rows):
        near = reaching[styles[index]]
        at = bisect_left(near, index)
        reach = [rows[i].columns for i in near[max(0, at - 4) : at + 5]]
        row.room = max(reach) if len(reach) > 2 else margin


def _blank_tail_ends(pairs: Sequence[tuple[Row, Row]], margin: int) -> bool:
    ends = [a.blank_tail for a, b in pairs if not _open_end(a.text) and b.marker is not None and not b.page]
    goes_on = [
        a.blank_tail for a, b in pairs if b.marker is None and _open_end(a.text) and a.columns > margin - 8
    ]
    if len(ends) < 6 or len(goes_on) < 6:
        return False
    return sum(ends) >= 0.8 * len(ends) and sum(goes_on) <= 0.1 * len(goes_on)


def _gap_ends(pairs: Sequence[tuple[Row, Row]]) -> bool:
    same_page = [(a, b) for a, b in pairs if not b.page and not b.same_line]
    inner = [
        b.gap for a, b in same_page if b.marker is None and (_open_end(a.text) or b.text[0] in CANNOT_BEGIN)
    ]
    outer = [b.gap for a, b in same_page if b.marker is not None]
    if len(outer) < 3 or len(inner) < 2:
        return False
    return sum(outer) >= 0.6 * len(outer) and sum(inner) <= 0.15 * len(inner)


def _open_end(text: str) -> bool:
    return not ends_sentence(text) and not text.endswith(("：", ":"))


def _is_scrap(text: str) -> bool:
    return text[0] == "的" or (len(text) <= 8 and ends_sentence(text))


def _is_word(char: str) -> bool:
    return char.isascii() and char.isalnum()


class _Joiner:
    """Walks over the rows once, keeping the block under way and the numbers each style has reached."""

    def __init__(self, rows: Sequence[Row], habits: Habits) -> None:
        self.rows = rows
        self.habits = habits
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.last: Row | None = None
        self.reached: dict[str, Counter[int]] = defaultdict(Counter)
        self.brackets = [0] * len(_BRACKETS)
        self.started = self._styles_that_start()

    def run(self) -> list[Block]:
        for index, row in enumerate(self.rows):
            marker = row.marker
            if marker is not None and not self._believes(marker, row, index):
                marker = None
            score = self._goes_on(row) if self.last is not None and marker is None else -9.0
            if row.label and self._stands_alone(row):
                self._close()
                self.blocks.append(Block(None, row.text, row.number, row.number, row.indent, label=True))
                self.last = None
            elif score > 0:
                self._append(row, score)
            else:
                self._open(row, marker, score)
        self._close()
        return self.blocks

    def _styles_that_start(self) -> list[set[str]]:
        """For each row, the styles of which a later line is number two before another is number one."""
        following: list[set[str]] = []
        starts: set[str] = set()
        for row in reversed(self.rows):
            following.append(set(starts))
            if row.marker is not None and row.marker.value == 2:
                starts.add(row.marker.style)
            elif row.marker is not None and row.marker.value == 1 and row.marker.sureness > DOUBTFUL:
                starts.discard(row.marker.style)
        return following[::-1]

    def _believes(self, marker: Marker, row: Row, index: int) -> bool:
        """Whether the marker is one: the surer it looks, the less the sequence has to say for it."""
        looks_ahead = marker.value <= 1 and marker.style in self.started[index]
        if row.same_line or self.last is None:
            return marker.sureness > DOUBTFUL or looks_ahead or not self.blocks
        goes_on = self._goes_on(row)
        follows = self.reached[marker.style][marker.value - 1] > 0
        starts = marker.value in (0, 1)
        if marker.sureness <= DOUBTFUL:
            # Full lines that end a sentence leave it open (0.5) whether the paragraph ends too.
            return goes_on <= (0.5 if follows else 0) and (follows or looks_ahead)
        if self.last.text[-1] in CANNOT_END:
            return False
        if marker.sureness == SURE and ends_sentence(self.last.text):
            return True
        if follows or starts:
            return goes_on <= (2 if marker.sureness < SURE else 20)
        return goes_on <= 0

    def _stands_alone(self, row: Row) -> bool:
        """A label in the middle of a sentence that happened to break around it is none."""
        return self.last is None or not (self._unclosed() or self.last.text[-1:] in "，、「『（(")

    def _goes_on(self, row: Row) -> float:
        """Weigh whether `row` continues the block under way; positive when it does."""
        before = self.last
        if before is None or not self.parts or row.cut:
            return -9.0
        if not self.parts[-1]:
            return 9.0  # a marker stood alone on its line
        if row.same_line:
            return -9.0
        if row.text[0] in CANNOT_BEGIN:
            return 9.0
        score = self._weigh_end(before, row) + self._weigh_layout(before, row)
        if self._unclosed():
            score += 3.0 if self.habits.wrapped else 1.5
        return score

    def _weigh_end(self, before: Row, row: Row) -> float:
        """What the last characters of the line before say."""
        end = before.text[-1]
        full = self.habits.wrapped and self._is_full(before, row)
        if end in CANNOT_END:
            score = 5.0
        elif end in "：:":
            score = -4.0
        elif ends_sentence(before.text):
            score = 0.5 if full and end in "。；" else -3.5
        elif not self.habits.wrapped:
            score = -3.0
        elif full:
            score = 3.0
        elif len(self.parts) > 1 and not self._is_text() and before.columns < 0.5 * self.habits.margin:
            score = -1.0  # the second line of a long title
        elif len(self.parts) > 1 or self._is_text_of_title():
            score = 1.0  # text that ran round a figure
        else:
            # A short line at the start of a paragraph is a title, unless it reads like a sentence.
            long = before.columns >= 0.75 * self.habits.margin and len(_CLAUSES.findall(before.text)) > 1
            # A text of a word or two below a long title would be odd; the end of a sentence is not.
            rest = before.columns >= 0.7 * self.habits.margin and _is_scrap(row.text)
            score = 0.5 if long or rest else -3.0
        return score

    def _weigh_layout(self, before: Row, row: Row) -> float:
        """What blanks at the end of the line, between the lines and before them say."""
        score = 0.0
        if self.habits.blank_tail_ends and not row.page:
            if not before.blank_tail:
                score += 4.0
            else:
                # Converters leave a stray blank inside a sentence too: before 並據以執行。
                stray = row.text[0] in _GOES_ON and "，" in before.text and self._is_full(before, row)
                score += -2.0 if stray else -4.0
        if self.habits.gap_ends and not row.page:
            score += -5.0 if row.gap else 1.0
        if self.habits.wrapped and not row.page and len(self.parts) > 1:
            difference = abs(row.indent - before.indent)
            score += 0.0 if difference <= 1 else -1.5
        return score

    def _is_text(self) -> bool:
        """Whether the paragraph under way is more than a title: without marker, or with a whole sentence."""
        return self.blocks[-1].marker is None or any("。" in part for part in self.parts)

    def _is_text_of_title(self) -> bool:
        """Whether the paragraph under way stands below a title: then it is no title itself."""
        if len(self.blocks) < 2 or self.blocks[-1].marker is not None:
            return False
        above = self.blocks[-2]
        return above.marker is not None and not above.is_sentence

    def _is_full(self, before: Row, row: Row) -> bool:
        """Whether the first word of `row` would not have fitted into the line before."""
        word = _WORD.match(row.text)
        needs = width(word[0]) if word else 2
        # A closing mark after the word may not begin a line either.
        if row.text[len(word[0]) : len(word[0]) + 1] in CANNOT_BEGIN if word else False:
            needs += 2
        return before.columns + needs > (before.room or self.habits.margin) - 4

    def _unclosed(self) -> bool:
        """Whether a bracket is open in the paragraph under way."""
        return any(count > 0 for count in self.brackets)

    def _note_brackets(self, text: str) -> None:
        for index, (opening, closing) in enumerate(_BRACKETS):
            change = sum(map(text.count, opening)) - sum(map(text.count, closing))
            self.brackets[index] += change

    def _append(self, row: Row, score: float) -> None:
        self.parts.append(row.text)
        self._note_brackets(row.text)
        block = self.blocks[-1]
        block.last = row.number
        block.lines += 1
        if score < 1.0:
            block.sureness = min(block.sureness, 0.6)
        self.last = row

    def _open(self, row: Row, marker: Marker | None, score: float) -> None:
        self._close()
        sureness = 0.65 if marker is None and score > -1.0 else 1.0
        if marker is not None:
            if marker.sureness <= DOUBTFUL:
                sureness = 0.65
            self._reach(marker)
        start = marker.end if marker is not None else 0
        self.parts = [row.text[start:]]
        self.brackets = [0] * len(_BRACKETS)
        self._note_brackets(self.parts[0])
        self.blocks.append(Block(marker, "", row.number, row.number, row.indent, sureness=sureness))
        self.last = row

    def _reach(self, marker: Marker) -> None:
        reached = self.reached[marker.style]
        # Lists of one style may be nested; the next number takes up only one of them.
        if reached[marker.value - 1] > 0:
            reached[marker.value - 1] -= 1
        reached[marker.value] += 1

    def _close(self) -> None:
        if self.parts and self.blocks:
            text = ""
            pieces: list[str] = []
            for part in self.parts:
                glue = bool(text) and bool(part) and _is_word(text[-1]) and _is_word(part[0])
                pieces.append(f" {part}" if glue else part)
                text = part or text
            self.blocks[-1].text = "".join(pieces)
        self.parts = []


def split_label(block: Block) -> tuple[Block, Block] | None:
    """Cut 預期目標：提升… written on one line into the label and the target; None where it is not that."""
    found = _LABEL_LEAD.match(block.text)
    if found is None or block.marker is not None:
        return None
    label = replace(block, text=block.text[: found.end()].strip(), label=True, last=block.first)
    return label, replace(block, text=block.text[found.end() :])
