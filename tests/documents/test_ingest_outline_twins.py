"""Two outlines as irregular as those of 安平 and 大安, in our own words, with what they mean beside them."""

from __future__ import annotations

import json
import random
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from documents.ingest.accounting import account, differences
from documents.ingest.proposal import Proposal
from documents.ingest.propose import propose
from documents.ingest.reading import read_file

TWINS = Path(__file__).parent / "twins"


def lines_of(name: str) -> list[str]:
    return read_file((TWINS / f"{name}.txt").read_bytes()).lines


@cache  # nobody changes what was read
def read(name: str) -> Proposal:
    return propose(lines_of(name))


def rows(proposal: Proposal) -> list[list[object]]:
    """Depth, kind, marker, title and text of each item, as the .json beside the twin has them."""
    depth: dict[int | None, int] = {None: 0}
    found: list[list[object]] = []
    for item in proposal.items:
        depth[item.id] = depth[item.parent] + 1
        found.append([depth[item.id], item.kind, item.marker, item.title, item.text])
    return found


def wanted(name: str) -> list[list[object]]:
    meant: list[list[object]] = json.loads((TWINS / f"{name}.json").read_text("utf-8"))
    return meant


@pytest.mark.parametrize("name", ["anping", "daan"])
def test_every_item_of_a_twin_comes_back(name: str) -> None:
    proposal = read(name)

    assert rows(proposal) == wanted(name)
    assert differences(proposal) == []


def test_anping_twin_page_numbers_are_all_that_is_unplaced() -> None:
    proposal = read("anping")

    assert [line.text for line in proposal.unplaced] == ["9", "10"]
    assert account(proposal).unplaced == 3


def test_anping_twin_has_sixteen_lists_and_twenty_two_numbers() -> None:
    proposal = read("anping")

    lists = Counter(item.parent for item in proposal.items if item.kind == "target")
    assert list(lists.values()) == [6, 3, 5, 6, 4, 8, 3, 4, 3, 2, 3, 2, 6, 6, 2, 2]
    promised = [(t.value, t.counted_in) for t in proposal.targets if t.origin == "target"]
    assert promised == [
        *[("3380", "小時"), ("204000", "元"), ("20", "%"), ("2", "場"), ("50", "人次"), ("7", "場次")],
        *[("2", "梯次"), ("80", "小時"), ("5", "個"), ("260", "則"), ("5", "場次"), ("10", "場次")],
        *[("180", "場次"), ("10", "場次"), ("15", "場次"), ("15", "場次"), ("9", "類"), ("60", "次")],
        *[("1", "場次"), ("3", "場次"), ("5", "人"), ("20", "格")],
    ]


def test_daan_twin_facts() -> None:
    plan = read("daan").plan

    assert plan.title == "臺北市文山區公所提升服務品質執行計畫"
    assert plan.subtitle == "114年11月修訂"
    assert plan.agency == "臺北市文山區公所"


@pytest.mark.parametrize("name", ["anping", "daan"])
@pytest.mark.parametrize("change", ["no blank lines", "form feeds", "no trailing blanks"])
def test_twins_survive_other_converters(name: str, change: str) -> None:
    lines = lines_of(name)
    if change == "no blank lines":
        lines = [line for line in lines if line.strip()]
    elif change == "form feeds":
        lines = ["\f" + line.lstrip() if line[:1] == " " and line.strip() else line for line in lines]
    else:
        lines = [line.rstrip() for line in lines]

    proposal = propose(lines)

    assert differences(proposal) == []
    meant = wanted(name)
    right = sum(row in meant for row in rows(proposal))
    # Without the trailing blanks a few ends of paragraphs can only be guessed.
    assert right / len(meant) >= (0.98 if change == "no trailing blanks" else 1.0)


@pytest.mark.parametrize("seed", range(5))
def test_lines_taken_out_of_a_twin_never_break_the_reading(seed: int) -> None:
    pick = random.Random(seed)  # noqa: S311 -- any lines will do
    lines = [line for line in lines_of("anping") if pick.random() > 0.1]

    assert differences(propose(lines)) == []
