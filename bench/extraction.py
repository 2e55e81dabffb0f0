"""Recall and precision of reading targets in prose; time on hostile lines.

    .venv/bin/python -m bench.extraction

Goal: recall and precision >= 0.95 on unseen prose. The sentences under `held out` were unseen when first
measured; what that first run gave is kept in FIRST_RUNS, for the corpus has taught the reader since.
"""

from __future__ import annotations

import os
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "districtplans.test_settings")

from indicators.extraction import read_targets
from tests.indicators.corpus import load, measure
from tests.indicators.seed_targets import PROMISED, SEED, target_sentences

FIRST_RUNS = [
    "114 sentences: recall 0.942, precision 0.961",
    "107 sentences: recall 0.985, precision 0.964",
    "102 sentences: recall 0.984, precision 0.934",
    "86 sentences: recall 0.962, precision 0.977",
    "50 sentences: recall 0.972, precision 0.972",
]
HOSTILE = [
    "1",
    "1,",
    "1,111",
    "每",
    "一",
    "1一",
    "百千萬億",
    "3場",
    "20%、",
    "第1、",
    "1.",
    "a@",
    "「",
    "由1場增加為",
    "提升至1",
]
LENGTH = 5_000_000


def main() -> None:
    for part in ("development", "held_out"):
        sentences = load(part)
        tally = measure(sentences)
        print(
            f"{part}: {len(sentences)} sentences, {tally.found + tally.missed} readings, "
            f"recall {tally.recall:.3f}, precision {tally.precision:.3f}"
        )
        for text in tally.wrong:
            print(f"  differs: {text}")
    for line in FIRST_RUNS:
        print(f"held out, first run: {line}")
    seed()
    speed()


def seed() -> None:
    if not SEED.exists():
        print("seed: not here")
        return
    got = [
        (str(reading.value), reading.counted_in)
        for text in target_sentences()
        for reading in read_targets(text, kind="target")
        if reading.origin == "target"
    ]
    right = sum(a == b for a, b in zip(got, PROMISED, strict=False))
    print(f"seed: {right} of {len(PROMISED)} promised numbers in order, {len(got)} read")


def speed() -> None:
    sentences = [*load("development"), *load("held_out")]
    began = time.perf_counter()
    for sentence in sentences:
        read_targets(sentence.text, kind=sentence.kind)
    print(f"{(time.perf_counter() - began) / len(sentences) * 1e6:.0f} us a sentence")
    worst = 0.0
    for piece in HOSTILE:
        text = piece * (LENGTH // len(piece))
        began = time.perf_counter()
        read_targets(text, kind="target")
        worst = max(worst, time.perf_counter() - began)
    print(f"one line of {LENGTH:,} characters, slowest of {len(HOSTILE)} hostile ones: {worst:.2f} s")


if __name__ == "__main__":
    main()
