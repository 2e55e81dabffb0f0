"""What a change is: rows joined, fields told apart, words marked. No rows of a database here."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.changes import CONTEXT, Group, Part, Step, Trace, What, group, marked, page_of, parts_of

NINE = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
WANG, LI = 1, 2


def at(seconds: float) -> dt.datetime:
    return NINE + dt.timedelta(seconds=seconds)


def trace(key: int, seconds: float, line: int = 1, person: int | None = WANG, **values: Any) -> Trace:
    return Trace("item", key, at(seconds), person, ("line", line), **values)


def keys(groups: list[Group]) -> list[list[int]]:
    return [[row.key for row in one.traces] for one in groups]


# Rows joined to changes


def test_saves_of_one_line_without_a_long_pause_are_one_change() -> None:
    rows = [trace(1, 0), trace(2, 540), trace(3, 1140), trace(4, 1741)]

    assert keys(group(rows)) == [[4], [1, 2, 3]]


def test_each_line_and_each_person_has_changes_of_their_own() -> None:
    rows = [
        trace(1, 0),
        trace(2, 60, line=2),
        trace(3, 120, person=LI),
        trace(4, 180),
        trace(5, 240, person=LI),
    ]

    assert keys(group(rows)) == [[3, 5], [1, 4], [2]]


def test_what_is_done_to_many_lines_at_one_stroke_is_one_change() -> None:
    before = trace(1, 0, line=3)
    pasted = [trace(key, 60 + key / 10, line=key) for key in range(2, 8)]
    after = trace(9, 120, line=3)

    assert keys(group([before, *pasted, after])) == [[1, 9], [2, 3, 4, 5, 6, 7]]


def test_a_few_lines_in_quick_succession_are_told_one_by_one() -> None:
    rows = [trace(key, key / 10, line=key) for key in range(1, 5)]

    assert keys(group(rows)) == [[4], [3], [2], [1]]


def test_each_step_of_a_plan_is_a_change_by_itself() -> None:
    statuses = ("draft", "draft", "signing", "draft", "draft", "submitted")
    rows = [
        Trace("plan", key, at(key * 30), WANG, ("plan", 1), status=status)
        for key, status in enumerate(statuses)
    ]

    assert keys(group(rows)) == [[5], [3, 4], [2], [0, 1]]


def test_a_stroke_can_be_told_line_by_line() -> None:
    rows = [trace(key, key / 10, line=key % 5) for key in range(1, 11)]

    assert len(group(rows)) == 1
    assert len(group(rows, by_stroke=False)) == 5


# Pages


def pages(rows: list[Trace], *, size: int, most: int) -> list[list[Group]]:
    """Turn the pages as the query does: rows before a moment, the latest first, and those just after it."""
    found = []
    until = cut_at = None
    while True:
        before = sorted((row for row in rows if until is None or row.at < until), key=lambda row: row.at)[
            ::-1
        ]
        later = []
        if until:
            end = until + dt.timedelta(minutes=10)
            later = [row for row in rows if until <= row.at < min(end, cut_at or end)]
        page = page_of(before[:most], later, size=size, is_all=len(before) <= most)
        found.append(list(page.groups))
        if page.older is None:
            return found
        assert until is None or page.older < until
        until, cut_at = page.older, page.older if page.cuts else cut_at


ROWS = st.lists(
    st.tuples(st.integers(1, 900), st.integers(1, 4), st.integers(1, 3), st.booleans()), max_size=60
)


def some_rows(steps: list[tuple[int, int, int, bool]]) -> list[Trace]:
    rows, now = [], 0.0
    for key, (pause, line, person, is_quick) in enumerate(steps):
        now += 0.001 * pause if is_quick else pause
        rows.append(trace(key, now, line=line, person=person))
    return rows


@given(ROWS, st.integers(1, 7))
def test_pages_tell_each_change_whole_and_once(steps: list[tuple[int, int, int, bool]], size: int) -> None:
    rows = some_rows(steps)

    told = [one for page in pages(rows, size=size, most=1_000) for one in page]

    assert told == group(rows)


@given(ROWS, st.integers(2, 12))
def test_no_row_is_lost_or_told_twice_when_a_change_is_longer_than_what_is_read(
    steps: list[tuple[int, int, int, bool]], most: int
) -> None:
    rows = some_rows(steps)

    told = [row.key for page in pages(rows, size=50, most=most) for one in page for row in one.traces]

    assert sorted(told) == [row.key for row in rows]


# What a change did


def state(**values: Any) -> dict[str, Any]:
    return {
        "title": "",
        "text": "",
        "parent": 5,
        "position": 1,
        "removed_at": None,
        "removed_as": "",
    } | values


def steps(*states: dict[str, Any] | None) -> list[Step]:
    return [
        Step(at(number), before, after, key=number, before_key=number - 1)
        for number, (before, after) in enumerate(pairwise(states), 1)
    ]


def told(*states: dict[str, Any] | None) -> list[tuple[str, Any, Any]]:
    return [(part.what, part.before, part.after) for part in parts_of(steps(*states))]


def test_a_field_is_told_from_the_first_value_to_the_last() -> None:
    assert told(state(text="一"), state(text="一二"), state(text="一二三", title="甲")) == [
        ("title", "", "甲"),
        ("text", "一", "一二三"),
    ]


def test_what_was_undone_in_the_end_is_not_told() -> None:
    assert told(state(text="一"), state(text="二"), state(text="一")) == []


def test_a_line_deleted_and_brought_back_tells_only_what_came_of_it() -> None:
    gone = state(removed_at=NINE, removed_as="deleted")

    assert told(state(), gone, state()) == []
    assert told(state(), gone, state(), gone) == [("removed", None, None)]


def test_what_somebody_else_wrote_in_between_is_not_told_as_ones_own() -> None:
    mine = [
        Step(at(0), state(text="甲"), state(text="甲乙"), key=1),
        Step(at(9), state(text="甲乙丙"), state(text="甲乙丙丁"), key=3),
    ]

    assert [(part.before, part.after) for part in parts_of(mine)] == [("甲", "甲乙"), ("甲乙丙", "甲乙丙丁")]


def test_what_is_set_on_a_line_just_added_is_part_of_adding_it() -> None:
    (part,) = parts_of(steps(None, state(), state(text="新的一行")))

    assert part.what == What.CREATED
    assert part.after["text"] == "新的一行"


def test_the_row_before_is_named_so_that_its_words_can_be_restored() -> None:
    (part,) = parts_of(steps(state(text="一"), state(text="二"), state(text="三")))

    assert part == Part("text", "一", "三", before_key=0)


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (state(), state(removed_at=NINE, removed_as="deleted"), "removed"),
        (state(), state(removed_at=NINE, removed_as="replaced"), "replaced"),
        (state(removed_at=NINE, removed_as="deleted"), state(), "brought_back"),
        (state(), state(parent=6), "moved"),
        (state(), state(position=2), "moved"),
    ],
)
def test_what_happens_to_a_line_as_a_whole_has_a_name(
    before: dict[str, Any], after: dict[str, Any], what: str
) -> None:
    assert [part.what for part in parts_of(steps(before, after))] == [what]


def test_a_place_that_changed_because_room_was_made_is_no_move() -> None:
    """Its row is about something else: here words, there units, which have rows of their own."""
    words = steps(state(), state(position=2, text="改"))
    units = [
        Step(at(0), {"units": ()}, {"units": (("民政課", "lead"),)}, key=1),
        Step(at(0.1), state(), state(position=2), key=1),
    ]

    assert [part.what for part in parts_of(words)] == ["text"]
    assert [part.what for part in parts_of(units)] == ["units"]


# Words


def test_words_are_marked_and_long_stretches_shortened() -> None:
    before = "甲" * 100 + "每月辦理一次" + "乙" * 100
    after = "甲" * 100 + "每季辦理一次" + "乙" * 100

    words = marked(before, after)

    assert [text for mark, text in words if mark == "removed"] == ["月"]
    assert [text for mark, text in words if mark == "added"] == ["季"]
    equal = [text for mark, text in words if mark == "equal"]
    assert [len(text) for text in equal] == [CONTEXT + 1, CONTEXT + 1]
    assert equal[0].startswith("…")
    assert equal[1].endswith("…")
