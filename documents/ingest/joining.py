"""Put hard-wrapped lines together again: physical lines in, paragraphs (Blocks) out.

Each pair of lines is judged by the habits of the document (`habits.py`) and by what stands at the break.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from documents.ingest.habits import Habits, Row, blank_tail_ends, learn_habits, read_rows
from documents.ingest.nodes import Line
from documents.ingest.wording import (
    CANNOT_BEGIN,
    CANNOT_END,
    LABEL_LEAD,
    ends_sentence,
    join,
    needs_blank,
    open_end,
    width,
)
from plans.markers import DOUBTFUL, SURE, Marker

__all__ = ["Block", "join", "read_blocks", "split_label"]

_BRACKETS = (("「", "」"), ("『", "』"), ("【", "】"), ("《", "》"), ("（(", "）)"))
_WORD = re.compile(r"[A-Za-z0-9@._/:&+%-]+|.", re.DOTALL)
_LONG_WORD = re.compile(r"[A-Za-z0-9@./:-]{6,}")
_GAPS = re.compile(" {3,}")
_CLAUSES = re.compile("[，：；]")
_GOES_ON = "並且及與或等之的而則亦以"


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
    rows = read_rows(lines, frozenset(breaks), frozenset(cuts))
    if not rows:
        return []
    habits = learn_habits(rows, wrapped=wrapped)
    if len(document) > len(lines) and not habits.blank_tail_ends:
        whole = read_rows(document, frozenset(breaks), frozenset(cuts))
        habits = replace(habits, blank_tail_ends=blank_tail_ends(list(pairwise(whole)), 0))
    return _Joiner(rows, habits).run()


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
            # Words that cannot be broken leave lines shorter than the margin.
            clauses = len(_CLAUSES.findall(before.text)) + bool(_LONG_WORD.search(before.text))
            long = before.columns >= 0.75 * self.habits.margin and clauses > 1
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
                # Converters leave a stray blank inside a sentence too, where a full line breaks.
                clauses = before.text.count("，") + (row.text[0] in _GOES_ON)
                stray = clauses > 1 and open_end(before.text) and self._is_full(before, row)
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
        self.parts.append(_squeeze(row.text))
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
        self.parts = [_squeeze(row.text[start:])]
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
                glue = bool(text and part) and needs_blank(text[-1], part[0], self.habits.spaced)
                pieces.append(f" {part}" if glue else part)
                text = part or text
            self.blocks[-1].text = "".join(pieces)
        self.parts = []


def _squeeze(text: str) -> str:
    """Close the gaps that a converter leaves where words of a justified line stand far apart."""
    return _GAPS.sub(" ", text)


def _is_scrap(text: str) -> bool:
    return text[0] == "的" or (len(text) <= 8 and ends_sentence(text))


def split_label(block: Block) -> tuple[Block, Block] | None:
    """Cut 預期目標：提升… written on one line into the label and the target; None where it is not that."""
    found = LABEL_LEAD.match(block.text)
    if found is None or block.marker is not None:
        return None
    label = replace(block, text=block.text[: found.end()].strip(), label=True, last=block.first)
    return label, replace(block, text=block.text[found.end() :])
