"""A sentence cut at the numbers that were read in it, so that a page can mark them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from indicators.extraction import Reading
from indicators.extraction.amounts import find_amounts
from indicators.extraction.folding import drop_blanks, fold_width
from plans.readings import Found


@dataclass(frozen=True)
class Piece:
    """A stretch of a sentence; `found` is the reading whose number stands in it."""

    text: str
    found: Found | None = None


def pieces(sentence: str, found: Iterable[Found]) -> Iterator[Piece]:
    """Cut the sentence at the numbers that were read."""
    at = 0
    for one in sorted(found, key=lambda found: number_span(found.reading)):
        start, end = number_span(one.reading)
        if start < at:
            continue
        if start > at:
            yield Piece(sentence[at:start])
        yield Piece(sentence[start:end], one)
        at = end
    if at < len(sentence):
        yield Piece(sentence[at:])


def number_span(reading: Reading) -> tuple[int, int]:
    """Return where in the sentence the number of a reading stands with its measure; else its whole quote."""
    folded = drop_blanks(fold_width(reading.quote))
    spans = {
        amount.value: folded.source_span(amount.start, amount.end)
        for amount in reversed(list(find_amounts(folded.text)))
        if amount.value in {reading.value, reading.value_max}
    }
    if not spans:
        return reading.start, reading.end
    return (
        reading.start + min(start for start, _end in spans.values()),
        reading.start + max(end for _start, end in spans.values()),
    )
