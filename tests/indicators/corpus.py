"""Sentences of our own with what a careful person reads in them, and the measuring of the reader on them.

`corpus.json` holds two lists. The reader was built on `development`; each part of `held_out` was written
afterwards, in another manner, and measured once before anything was changed for it. An expectation
names what matters: value and counted_in always (value null for what is done), other fields where they
are the point.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indicators.extraction import Reading, read_targets

Expectation = dict[str, Any]
Key = tuple[str | None, str | None, str]


@dataclass(frozen=True)
class Sentence:
    kind: str
    text: str
    expect: list[Expectation]


@dataclass
class Tally:
    found: int = 0
    missed: int = 0
    invented: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.found + self.missed)

    @property
    def precision(self) -> float:
        return self.found / max(1, self.found + self.invented)


def load(part: str) -> list[Sentence]:
    corpus = json.loads(Path(__file__).with_name("corpus.json").read_text(encoding="utf-8"))
    return [Sentence(**entry) for entry in corpus[part]]


def as_dict(reading: Reading) -> Expectation:
    """Return a reading in the words of the corpus: values as text, choices as their values."""
    return {
        "value": None if reading.value is None else str(reading.value),
        "value_max": None if reading.value_max is None else str(reading.value_max),
        "counted_in": reading.counted_in,
        "comparator": reading.comparator.value,
        "aggregation": reading.aggregation.value,
        "per": reading.per.value,
        "frequency": reading.frequency.value,
        "origin": reading.origin.value,
        "direction": reading.direction.value,
        "baseline": reading.baseline.value,
        "baseline_value": None if reading.baseline_value is None else str(reading.baseline_value),
        "due": reading.due,
        "quote": reading.quote,
        "name": reading.name,
    }


def read(sentence: Sentence) -> list[Expectation]:
    return [as_dict(reading) for reading in read_targets(sentence.text, kind=sentence.kind)]


def measure(sentences: list[Sentence]) -> Tally:
    """Count readings found, missed and invented: the same are those of equal value, measure and origin."""
    tally = Tally()
    for sentence in sentences:
        wanted = Counter(_key(expected, sentence.kind) for expected in sentence.expect)
        got = Counter(_key(reading, sentence.kind) for reading in read(sentence))
        found = (wanted & got).total()
        tally.found += found
        tally.missed += wanted.total() - found
        tally.invented += got.total() - found
        if wanted != got:
            tally.wrong.append(sentence.text)
    return tally


def _key(entry: Expectation, kind: str) -> Key:
    origin = entry.get("origin") or ("target" if kind == "target" else "action")
    return entry["value"], entry.get("counted_in", ""), origin
