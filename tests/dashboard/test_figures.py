from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from dashboard.figures import (
    ReportRow,
    Span,
    TargetRow,
    YearRows,
    at_hand,
    group_order,
    percent_words,
    share,
    tally,
    target_tally,
)
from indicators.enums import Aggregation, Comparator, ProgressState
from progress.enums import ReportStatus


def day(month: int, number: int = 1) -> dt.date:
    return dt.date(2026, month, number)


def span(number: int) -> Span:
    first = 3 * number - 2
    ends = day(first + 3) if number < 4 else dt.date(2027, 1, 1)
    last = ends - dt.timedelta(1)
    return Span(number, number, f"第{number}期", day(first), last, day(first), last + dt.timedelta(10))


SPANS = [span(number) for number in (1, 2, 3, 4)]
REPORT = ReportRow(1, 1, 1, "1.項目", "壹、內容", 1, 1, "民政課", 1, ReportStatus.RELEASED, is_filed=True)
TARGET = TargetRow(1, 1, "1.項目", "壹、內容", 1, "辦理12場。", value=Decimal(12), comparator=">=")


@pytest.mark.parametrize(
    ("value", "words"),
    [("62.4", "62%"), ("62.5", "63%"), ("99.6", "99.6%"), ("0.2", "0.2%"), ("100", "100%"), ("0", "0%")],
)
def test_nothing_is_rounded_to_all_or_nothing(value: str, words: str) -> None:
    assert percent_words(Decimal(value)) == words


def test_of_nothing_there_is_no_share() -> None:
    assert share(0, 0) is None
    assert percent_words(share(0, 0)) == ""
    assert share(1, 3) == Decimal(100) / 3


@pytest.mark.parametrize(
    ("on", "number"),
    [
        (day(2, 1), 1),  # nothing is over yet
        (day(3, 31), 1),
        (day(4, 1), 1),
        (day(6, 30), 1),
        (day(7, 1), 2),
        (dt.date(2026, 12, 31), 3),
        (dt.date(2027, 1, 1), 4),
    ],
)
def test_the_period_at_hand_is_the_last_that_is_over(on: dt.date, number: int) -> None:
    found = at_hand(SPANS, on)
    assert found is not None
    assert found.number == number


def test_without_periods_none_is_at_hand() -> None:
    assert at_hand([], day(1)) is None


def test_a_tally_counts_states_of_what_was_released_alone() -> None:
    rows = [
        replace(REPORT, state=ProgressState.BEHIND),
        replace(REPORT, status=ReportStatus.ACCEPTED, state=ProgressState.AHEAD),
        replace(REPORT, status=ReportStatus.SUBMITTED, state=ProgressState.BEHIND),
        replace(REPORT, status=ReportStatus.RETURNED, is_filed=False, days_over=4),
        replace(REPORT, status="", is_filed=False),
    ]

    found = tally(rows)

    assert (found.owed, found.filed, found.counted, found.accepted) == (5, 3, 2, 1)
    assert (found.submitted, found.returned, found.overdue, found.unfiled) == (1, 1, 1, 2)
    assert (found.behind, found.good) == (1, 1)
    assert (found.counted_share, found.behind_share, found.good_share) == (40, 50, 50)
    assert {kind: count for kind, count in found.kinds.items() if count} == {
        "behind": 1,
        "ahead": 1,
        "open": 3,
    }


def test_targets_are_counted_by_state() -> None:
    found = target_tally(["done", "ahead", "on_schedule", "behind", "not_started", "stopped", ""])

    assert (found.total, found.reached, found.on_schedule, found.behind, found.not_started) == (7, 1, 2, 1, 1)
    assert found.other == 2
    assert found.reached_share == Decimal(100) / 7


@pytest.mark.parametrize(
    ("values", "pace"),
    [
        ({"expected": "6"}, "50"),
        ({"expected": "0"}, "0"),
        ({}, None),
        ({"expected": "6", "comparator": Comparator.AT_MOST}, None),
        ({"expected": "6", "baseline": "16"}, None),
        ({"expected": "6", "value": "0"}, None),
        ({"expected": "6", "aggregation": Aggregation.MILESTONES}, None),
        # Three of four periods were reached, and three are over.
        ({"expected": "3", "result": "3", "attainment": "75", "aggregation": "each_period"}, "75"),
        ({"expected": "3", "result": "0", "attainment": "0", "aggregation": "each_period"}, None),
    ],
)
def test_a_pace_is_told_of_what_has_to_be_reached(values: dict[str, str], pace: str | None) -> None:
    texts = {"comparator", "aggregation"}
    given = {name: value if name in texts else Decimal(value) for name, value in values.items()}

    found = replace(TARGET, **given).pace

    assert found == (None if pace is None else Decimal(pace))


def test_what_waits_for_a_chief_is_not_told_outside() -> None:
    stored = [["waiting", {"count": "1"}], ["nothing", {}]]
    inside = replace(TARGET, stored_reasons=stored)

    assert [reason.code for reason in inside.reasons] == ["waiting", "nothing"]
    assert [reason.code for reason in replace(inside, knows_waiting=False).reasons] == ["nothing"]


def test_units_and_chapters_stand_in_their_order_with_their_targets() -> None:
    rows = [
        replace(REPORT, pk=1, unit=9, unit_name="社會課", unit_order=2, line=2, chapter="壹", position=5),
        replace(REPORT, pk=2, unit=4, unit_name="民政課", unit_order=1, line=1, chapter="貳", position=9),
        replace(REPORT, pk=3, unit=4, unit_name="民政課", unit_order=1, line=1, chapter="貳", span=2),
    ]
    targets = [replace(TARGET, line=1, state="behind"), replace(TARGET, line=2, state="done")]
    year = YearRows(SPANS, rows, targets, day(5))

    units, chapters = year.units(SPANS[0]), year.chapters(SPANS[0])

    assert [(one.name, one.tally.owed, one.targets.behind) for one in units] == [
        ("民政課", 1, 1),
        ("社會課", 1, 0),
    ]
    assert [(one.name, one.targets.reached) for one in chapters] == [("壹", 1), ("貳", 0)]


def test_a_trend_is_drawn_of_periods_that_can_be_told_of() -> None:
    rows = [
        replace(REPORT, pk=1, state="on_schedule"),
        replace(REPORT, pk=2, span=2, status="", is_filed=False),
    ]
    year = YearRows(SPANS, rows, [], day(5))

    assert [(one.number, counts.counted) for one, counts in year.trend()] == [(1, 1), (2, 0)]
    assert [one.number for one, _counts in year.told()] == [1]
    assert [one.number for one, _counts in replace(year, on=day(7)).told()] == [1, 2]


def test_the_furthest_behind_and_the_least_attained_come_first() -> None:
    rows = [
        replace(REPORT, pk=1, state="behind", planned=Decimal(25), actual=Decimal(20)),
        replace(REPORT, pk=2, state="behind", planned=Decimal(25), actual=Decimal(5)),
        replace(REPORT, pk=3, state="ahead", planned=Decimal(25), actual=Decimal(30)),
    ]
    targets = [
        replace(TARGET, pk=1, value=None, state="on_schedule"),
        replace(TARGET, pk=2, attainment=Decimal(80)),
        replace(TARGET, pk=3, attainment=Decimal(20)),
        replace(TARGET, pk=4, value=None, state="behind"),
    ]
    year = YearRows(SPANS, rows, targets, day(5))

    assert [row.pk for row in year.behind(SPANS[0])] == [2, 1]
    assert [row.pk for row in year.by_attainment] == [3, 2, 4, 1]


def test_groups_are_counted_by_the_heavenly_stems() -> None:
    assert sorted(["丙組", "", "甲組", "海線", "乙組"], key=group_order) == [
        "甲組",
        "乙組",
        "丙組",
        "",
        "海線",
    ]


@pytest.mark.parametrize(
    ("values", "result", "attained"),
    [
        ({"value": "0.01", "comparator": "<=", "result": "0.005", "attainment": "200"}, "0.005", "200%"),
        ({"value": "90", "result": "89.996", "attainment": "99.99"}, "89.996", "99.99%"),
        ({"value": "3380", "result": "2534", "expected": "2535", "attainment": "74.97"}, "2,534", "74.97%"),
        (
            {"value": "3380", "result": "2535.4", "expected": "2535", "attainment": "75.01"},
            "2,535.4",
            "75.01%",
        ),
        # Exactly as much as is expected, of which the pace knows more places.
        ({"value": "7", "result": "2", "expected": "2", "attainment": "28.5714"}, "2", "28.6%"),
        ({"value": "3380", "result": "1000", "expected": "2535", "attainment": "29.59"}, "1,000", "29.6%"),
    ],
)
def test_what_is_not_quite_is_not_shown_as_equal(values: dict[str, str], result: str, attained: str) -> None:
    numbers = {name: text if name == "comparator" else Decimal(text) for name, text in values.items()}
    row = replace(TARGET, **numbers)  # type: ignore[arg-type]  # each of its own kind
    assert (row.result_words, row.attainment_words) == (result, attained)
