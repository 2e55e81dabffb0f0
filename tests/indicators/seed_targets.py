"""The sentences under 預期目標 of the outline seed, joined, for the tests and the benchmark."""

from __future__ import annotations

import re
from pathlib import Path

SEED = Path(__file__).resolve().parents[2].parent / "shared" / "seeds" / "anping-103.txt"

# Value and counted_in of every promised number in the seed's target lists, in order.
PROMISED = [
    ("3380", "小時"), ("204000", "元"), ("20", "%"), ("2", "場"), ("50", "人次"), ("7", "場次"),
    ("2", "梯次"), ("80", "小時"), ("5", "個"), ("260", "則"), ("5", "場次"), ("10", "場次"),
    ("180", "場次"), ("10", "場次"), ("15", "場次"), ("15", "場次"), ("9", "類"), ("60", "次"),
    ("1", "場次"), ("3", "場次"), ("5", "人"), ("20", "格"),
]  # fmt: skip

_MARKED = re.compile(r"\s*(\d{1,2})\.\s*(.+)")
_OTHER_MARK = re.compile(r"\s*(?:[（(]|[壹貳參肆一二三四五]、|\d-\d|\d{1,2}\s*$)")


def target_sentences() -> list[str]:
    """Return the 65 sentences of the 16 lists, line breaks and stray blanks left inside them."""
    sentences: list[str] = []
    expected = 0  # 0: outside a list
    for line in SEED.read_text(encoding="utf-8").splitlines():
        if line.strip() == "預期目標":
            expected = 1
        elif not expected or not line.strip():
            continue
        elif (marked := _MARKED.match(line)) and int(marked[1]) == expected and not _is_heading(line):
            sentences.append(marked[2])
            expected += 1
        elif marked or _OTHER_MARK.match(line):
            expected = 0
        else:
            sentences[-1] += "\n" + line.strip()
    return sentences


def _is_heading(line: str) -> bool:
    return len(line.strip()) < 20 and not line.strip().endswith(("。", "，"))
