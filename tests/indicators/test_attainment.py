from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils.translation import override
from hypothesis import given as drawn
from hypothesis import strategies as st

from indicators.attainment import WORDS, Filed, Goal, Stage, Term, Yardstick, attain, even_terms
from indicators.attainment.reasons import Reason
from indicators.enums import Aggregation, Comparator, Direction, Frequency, Per, ProgressState
from tests.indicators.attainment_cases import REACHED, Given, Row, given, rows, told

ROWS = rows()
GIVEN = [given(row) for row in ROWS]


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


def test_the_table_is_as_large_as_it_should_be() -> None:
    assert len(ROWS) >= 120
    assert len({row.what for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row.what for row in ROWS])
def test_attainment_is_what_was_worked_out_by_hand(row: Row) -> None:
    found = given(row).attain()

    assert (
        told(found.result, 4),
        told(found.percent, 2),
        found.is_reached,
        found.state + ("!" if found.is_lost else ""),
        found.words,
    ) == (row.result, row.percent, REACHED[row.reached], row.state, row.reasons)


def test_every_reason_is_given_in_the_table() -> None:
    codes: set[str] = set()
    waiting = [reason for case in GIVEN for reason in case.attain().reasons]
    while waiting:
        reason = waiting.pop()
        codes.add(reason.code)
        waiting += [told for _name, told in reason.parameters if isinstance(told, Reason)]

    assert codes == set(WORDS)


def test_every_comparison_aggregation_and_state_is_in_the_table() -> None:
    assert {case.yardstick.comparator for case in GIVEN} == set(Comparator)
    assert {case.yardstick.aggregation for case in GIVEN} == set(Aggregation)
    assert {case.attain().state for case in GIVEN} == set(ProgressState)


def test_reasons_are_told_in_the_language_of_the_reader() -> None:
    row = next(row for row in ROWS if row.what == "seven sessions, two when three are due")
    found = given(row).attain()

    with override("zh-hant"):
        assert found.words == "已達 2／7 場次，至今應達 3"
    assert found.words == "2 of 7 場次, expected by now 3"


def test_results_of_no_period_and_two_of_one_version_are_errors() -> None:
    yardstick, goal = Yardstick(), Goal(Decimal(3))

    with pytest.raises(ValueError, match="no such periods"):
        attain(yardstick, goal, [Filed(5, value=Decimal(1))], even_terms(4))
    with pytest.raises(ValueError, match="two results of version 0 for period 1"):
        attain(yardstick, goal, [Filed(1, value=Decimal(1)), Filed(1, value=Decimal(2))], even_terms(4))


def test_a_plan_that_begins_in_april_is_paced_from_april() -> None:
    terms = [Term(n, Fraction(n, 4), Fraction(n + 1, 4), is_over=n < 2) for n in (1, 2, 3)]

    assert attain(Yardstick(), Goal(Decimal(12)), [], terms).expected == 4


def test_rounds_of_a_plan_that_begins_in_april_are_those_that_end_in_it() -> None:
    terms = [Term(n, Fraction(n, 4), Fraction(n + 1, 4), is_over=True) for n in (1, 2, 3)]
    yardstick = Yardstick(aggregation=Aggregation.EACH_PERIOD, frequency=Frequency.QUARTER)
    found = attain(yardstick, Goal(Decimal(1)), [Filed(n, value=Decimal(1)) for n in (1, 2, 3)], terms)

    assert (found.result, found.percent, found.state) == (3, 100, ProgressState.DONE)


def test_without_periods_there_is_no_pace() -> None:
    found = attain(Yardstick(), Goal(Decimal(12)), [], [])

    assert (found.state, found.expected, found.percent) == (ProgressState.NOT_STARTED, None, None)


# What holds for any results.

AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=4)
TERMS = st.integers(min_value=1, max_value=12)
UNITS = st.sampled_from("abcd")


@st.composite
def filings(draw: st.DrawFn, *, shares: bool = False, count: int = 4) -> list[Filed]:
    """Draw at most one result for each unit and period."""
    keys = draw(st.lists(st.tuples(st.integers(1, count), UNITS), unique=True, max_size=12))
    if not shares:
        return [Filed(period, unit, draw(AMOUNTS)) for period, unit in keys]
    parts = st.tuples(AMOUNTS, AMOUNTS)
    return [Filed(period, unit, None, *draw(parts)) for period, unit in keys]


YARDSTICKS = st.builds(
    Yardstick,
    comparator=st.sampled_from(Comparator),
    aggregation=st.sampled_from(Aggregation),
    counted_in=st.sampled_from(["場次", "%", "分", "小時", ""]),
    direction=st.sampled_from(Direction),
    per=st.sampled_from(Per),
    frequency=st.sampled_from(Frequency),
    baseline=st.sampled_from(["", "last_year"]),
    decimals=st.integers(0, 4),
    stages=st.sampled_from([(), (Stage(1, Decimal(40), "M1", is_due=True), Stage(2, Decimal(60), "M2"))]),
)
MAYBE = st.none() | st.decimals(min_value=-(10**6), max_value=10**9, places=4)


@st.composite
def goals(draw: st.DrawFn) -> Goal:
    value, more = draw(MAYBE), draw(AMOUNTS)
    return Goal(value, None if value is None else value + more, draw(MAYBE))


@st.composite
def cases(draw: st.DrawFn) -> Given:
    return Given(
        draw(YARDSTICKS),
        draw(goals()),
        tuple(draw(st.one_of(filings(), filings(shares=True)))),
        even_terms(4, draw(st.integers(0, 4))),
        draw(st.sampled_from([(), ("a", "b")])),
        draw(st.sampled_from([None, *ProgressState])),
    )


@drawn(cases(), st.randoms())
def test_any_case_is_judged_alike_in_any_order(case, random) -> None:
    found, filed = case.attain(), list(case.filed)
    random.shuffle(filed)

    assert case.attain(filed=filed) == found
    assert found.words
    assert found.percent is None or found.percent >= 0
    assert found.state != ProgressState.DONE or found.is_reached
    assert not (found.is_lost and found.is_reached)
    assert (found.state is ProgressState.STOPPED) == (case.stated is ProgressState.STOPPED)


@pytest.mark.parametrize("case", GIVEN, ids=[row.what for row in ROWS])
def test_cases_of_the_table_are_judged_alike_in_any_order(case) -> None:
    assert case.attain(filed=case.filed[::-1]) == case.attain()


@drawn(filings())
def test_what_units_add_makes_the_whole(filed) -> None:
    found = attain(Yardstick(), Goal(Decimal(12)), filed, even_terms(4))

    assert found.result == (sum(one.value for one in filed) if filed else None)
    assert sum(part.value for part in found.parts) == sum(one.value for one in filed)
    assert {part.unit for part in found.parts} == {one.unit for one in filed}


@drawn(filings(shares=True))
def test_shares_are_put_together_by_their_parts(filed) -> None:
    yardstick = Yardstick(aggregation=Aggregation.RATIO, counted_in="%")
    found = attain(yardstick, Goal(Decimal(90)), filed, even_terms(4))
    above, below = sum(one.numerator for one in filed), sum(one.denominator for one in filed)

    assert sum(part.numerator for part in found.parts) == above
    assert sum(part.denominator for part in found.parts) == below
    if below:
        assert abs(found.result - above * 100 / below) < Decimal("1e-9") * max(1, found.result)
    else:
        assert found.result is None


@drawn(filings(), st.integers(0, 4), st.sampled_from(["sum", "each_period"]))
def test_it_does_not_matter_which_unit_did_it(filed, over, aggregation) -> None:
    yardstick, goal = Yardstick(aggregation=Aggregation(aggregation)), Goal(Decimal(10**6))
    by_period: dict[int, Decimal] = {}
    for one in filed:
        by_period[one.period] = by_period.get(one.period, Decimal(0)) + one.value
    merged = [Filed(period, "all", value) for period, value in by_period.items()]
    apart = attain(yardstick, goal, filed, even_terms(4, over))
    together = attain(yardstick, goal, merged, even_terms(4, over))

    assert (apart.result, apart.state, apart.percent, apart.words) == (
        together.result,
        together.state,
        together.percent,
        together.words,
    )


@drawn(filings(), filings(), st.integers(0, 4))
def test_what_is_complete_or_lost_stays_so_whatever_is_filed_later(filed, later, over) -> None:
    known = {(one.period, one.unit) for one in filed}
    more = [*filed, *(one for one in later if (one.period, one.unit) not in known)]
    for comparator in (Comparator.AT_LEAST, Comparator.AT_MOST, Comparator.BETWEEN):
        yardstick, goal = Yardstick(comparator=comparator), Goal(Decimal(10**8), Decimal(10**9))
        before = attain(yardstick, goal, filed, even_terms(4, over))
        after = attain(yardstick, goal, more, even_terms(4, 4))

        assert not before.is_lost or after.is_lost
        if before.state is ProgressState.DONE and over < 4:
            assert after.state is ProgressState.DONE


@drawn(filings(), st.lists(AMOUNTS, min_size=12, max_size=12))
def test_only_the_newest_accepted_version_counts(filed, others) -> None:
    goal, terms = Goal(Decimal(12)), even_terms(4, 2)
    newest = [Filed(one.period, one.unit, one.value, version=2) for one in filed]
    older = [Filed(one.period, one.unit, other, version=1) for one, other in zip(filed, others, strict=False)]
    waiting = [
        Filed(one.period, one.unit, other, version=3, is_accepted=False)
        for one, other in zip(filed, others, strict=False)
    ]
    alone = attain(Yardstick(), goal, newest, terms)
    found = attain(Yardstick(), goal, [*waiting, *older, *newest], terms)

    assert (found.result, found.state, found.waiting) == (alone.result, alone.state, len(filed))
    if filed:
        total = sum(one.value for one in waiting)
        assert attain(Yardstick(), goal, [*newest, *waiting], terms, with_waiting=True).result == total


@drawn(TERMS, st.decimals(min_value=0, max_value=10**12, places=4), st.integers(0, 4))
def test_the_whole_is_due_when_the_year_is_over_and_nothing_before_it_begins(count, value, decimals) -> None:
    yardstick, goal = Yardstick(decimals=decimals), Goal(value)
    due = [
        attain(yardstick, goal, [Filed(1, value=Decimal(0))], even_terms(count, over)).expected
        for over in range(count + 1)
    ]

    assert due == sorted(due)
    assert due[0] == 0
    assert value - due[-1] < Decimal(1).scaleb(-decimals)
