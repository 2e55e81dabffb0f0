"""A target without a number stands as was said of it last, or of its line where nobody spoke of it alone."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from indicators.enums import ProgressState
from plans.document import Target, UnitName
from progress.enums import ReportStep
from progress.models import CountedTarget, ProgressReport, YearEnd
from progress.queries.yearend import line_years
from progress.services.counting import recount_plans
from progress.services.steps import take_step
from progress.standing import Word, state_of_words
from tests.builders import node
from tests.dashboard.rows import BEHIND, IN_SECOND, as_, release, write
from tests.progress.rows import Year, counted, make_year, staged

LINE, QUOTE = "法律諮詢", "諮詢紀錄於三日內歸檔。"
States = ProgressState
IN_THIRD = dt.datetime(2026, 7, 5, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def in_the_second_quarter() -> Iterator[None]:
    with time_machine.travel(IN_THIRD, tick=False):
        yield


def year_of(*units: str) -> Year:
    """Return a year in which these units report on a line that promises something without a number."""
    target = (Target("取得標章。", "標章", "done", None, None, "", "done"),)
    children = [
        node("target", QUOTE),
        counted("辦理12場次。", "諮詢", "12", "場次"),
        node("target", "取得標章。", targets=target),
        staged("完成整修。", "整修", ("發包", "2026-12-31", "100")),
    ]
    names = tuple(UnitName(name) for name in units or ("民政課",))
    line = node("heading", title=LINE, units=names, children=children)
    return make_year(node("chapter", title="計畫內容", children=[line]))


def target_of(year: Year, quote: str = QUOTE) -> CountedTarget:
    return year.plan.counted_targets.get(quote=quote)


def say(year: Year, number: int, actual: str, unit: str = "民政課", **values: Any) -> ProgressReport:
    """Release a report of a period; what lacks on a line that is behind is given."""
    report = year.report(LINE, number, unit)
    at = IN_SECOND if number == 1 else IN_THIRD
    release(report, actor=year.secretary, at=at, actual=actual, **(BEHIND | values))
    return year.report(LINE, number, unit)


@pytest.mark.django_db
class TestTheLineIsAsked:
    def test_a_line_that_is_done_has_its_target_done(self) -> None:
        year = year_of()
        assert target_of(year).state == States.NOT_STARTED

        say(year, 1, "100", 諮詢="12")

        target = target_of(year)
        assert (target.state, target.is_reached, target.result) == (States.DONE, True, None)
        (line,) = line_years(year.plan)
        assert line.targets[0] == "諮詢紀錄於三日內歸檔：完成"

    def test_the_newest_report_counts(self) -> None:
        year = year_of()
        found = []
        for number, actual in ((1, "10"), (2, "60")):
            say(year, number, actual, 諮詢="6")
            found.append(target_of(year).state)
        assert found == [States.BEHIND, States.AHEAD]

    def test_its_form_says_so(self) -> None:
        year = year_of()
        client = as_(year.chief())
        page = client.get(f"/periods/{year.period(2).pk}/units/{year.units['民政課'].pk}/").content.decode()
        blank = {
            key: re.search(rf'name="state-{key}".*?<option value=""[^>]*>([^<]*)<', page, re.DOTALL)
            for key in (target_of(year).pk, target_of(year, "取得標章。").pk)
        }
        assert [found and found[1] for found in blank.values()] == ["同本項辦理狀態", "—"]

    def test_periods_in_which_the_line_was_reported_are_not_missing(self) -> None:
        year = year_of()
        recount_plans(on=IN_THIRD.date())
        before = target_of(year).reasons
        say(year, 2, "60", 諮詢="6")
        assert [before, target_of(year).reasons] == [
            [["no_number", {}], ["missing", {"periods": "1、2"}]],
            [["no_number", {}], ["missing", {"periods": "1"}]],
        ]

    def test_a_report_counts_while_it_is_released_only(self) -> None:
        year = year_of()
        write(year.report(LINE), actor=year.secretary, actual="100", 諮詢="12")
        before = target_of(year).state
        report = say(year, 1, "100", 諮詢="12")
        released = target_of(year).state
        take_step(report.pk, ReportStep.TAKE_BACK, actor=year.secretary, at=IN_SECOND, tells=False)

        assert (before, released, target_of(year).state) == (
            States.NOT_STARTED, States.DONE, States.NOT_STARTED,
        )  # fmt: skip

    def test_the_state_given_by_hand_is_the_lines(self) -> None:
        year = year_of()
        say(year, 1, "10", state_given="stopped", state_reason="契約終止。")
        assert target_of(year).state == States.STOPPED

    def test_what_is_said_of_the_target_itself_comes_first(self) -> None:
        year = year_of()
        say(year, 1, "100", 諮詢="12", **{f"state-{target_of(year).pk}": "on_schedule"})
        assert (target_of(year).state, target_of(year).is_reached) == (States.ON_SCHEDULE, None)

    def test_a_newer_word_of_the_line_comes_before_an_older_one_of_the_target(self) -> None:
        year = year_of()
        say(year, 1, "30", 諮詢="6", **{f"state-{target_of(year).pk}": "not_started"})
        say(year, 2, "100", 諮詢="6")
        assert target_of(year).state == States.DONE

    def test_numbers_what_is_done_or_not_and_milestones_stand_for_themselves(self) -> None:
        year = year_of()
        say(year, 1, "100", 諮詢="1", state_given="stopped", state_reason="契約終止。")
        states = {one.quote: one.state for one in year.plan.counted_targets.all()}
        assert states == {
            QUOTE: States.STOPPED,
            "辦理12場次。": States.BEHIND,
            "取得標章。": States.NOT_STARTED,
            "完成整修。": States.ON_SCHEDULE,
        }

    def test_it_has_no_say_in_the_state_of_a_report_that_is_written(self) -> None:
        """A line that was behind is not behind for ever because its target was, as the line was."""
        year = year_of()
        say(year, 1, "10", 諮詢="6")
        assert target_of(year).state == States.BEHIND

        report, key = year.report(LINE, 2), f"state-{target_of(year).pk}"
        for state in ("on_schedule", ""):
            write(report, actor=year.secretary, at=IN_THIRD, actual="60", **{key: state})

        assert report.measurements.get(target=target_of(year)).state == ""
        assert year.report(LINE, 2).state == States.AHEAD


@pytest.mark.django_db
class TestSeveralUnits:
    def test_all_have_to_be_done(self) -> None:
        year = year_of("民政課", "社會課")
        say(year, 1, "100", 諮詢="6")
        first = target_of(year).state
        say(year, 1, "100", "社會課", 諮詢="6")
        assert (first, target_of(year).state) == (States.ON_SCHEDULE, States.DONE)

    def test_one_that_has_still_to_report_stands_as_it_did(self) -> None:
        year = year_of("民政課", "社會課")
        say(year, 1, "100", 諮詢="12")
        say(year, 1, "10", "社會課")
        say(year, 2, "100")
        assert target_of(year).state == States.BEHIND

    def test_what_is_done_or_not_is_done_when_all_say_so(self) -> None:
        year = year_of("民政課", "社會課")
        key = f"state-{target_of(year, '取得標章。').pk}"
        found = []
        for unit in ("民政課", "社會課"):
            say(year, 1, "100", unit, 諮詢="6", **{key: "done"})
            found.append((target_of(year, "取得標章。").state, target_of(year, "取得標章。").is_reached))
        assert found == [(States.ON_SCHEDULE, False), (States.DONE, True)]


@pytest.mark.django_db
def test_what_is_with_the_city_is_not_counted_anew() -> None:
    year = year_of()
    say(year, 1, "100", 諮詢="12")
    CountedTarget.objects.filter(plan=year.plan).update(state="not_started")
    filed = {"content": "{}", "filed_by": year.secretary, "filed_at": IN_THIRD}
    YearEnd.objects.create(plan=year.plan, number=1, **filed)
    recount_plans(on=IN_THIRD.date())
    assert target_of(year).state == States.NOT_STARTED

    YearEnd.objects.update(state="returned")
    recount_plans(on=IN_THIRD.date())
    assert target_of(year).state == States.DONE


@pytest.mark.django_db
def test_the_board_counts_it_as_reached() -> None:
    year = make_year()
    release(year.report(LINE), actor=year.secretary, at=IN_SECOND, actual="100", 法律諮詢="12")
    page = as_(year.secretary).get(f"/dashboard/plans/{year.plan.pk}/targets/?state=reached")
    assert QUOTE in page.content.decode()


WORDS = st.lists(
    st.builds(Word, st.integers(1, 4), st.integers(1, 3), st.sampled_from(ProgressState.values)),
    max_size=8,
    unique_by=lambda one: (one.period, one.unit),
)
OWED = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), max_size=8)


class TestStateOfWords:
    @pytest.mark.parametrize(
        ("words", "owed", "state"),
        [
            ([], [(1, 1)], ""),
            ([(1, 1, "done")], [], "done"),
            ([(1, 1, "done"), (2, 1, "behind")], [], "behind"),
            ([(1, 1, "stopped"), (1, 2, "stopped")], [], "stopped"),
            ([(1, 1, "stopped"), (1, 2, "done")], [], "done"),
            ([(1, 1, "done")], [(1, 2)], "on_schedule"),
            ([(1, 1, "behind")], [(1, 2)], "behind"),
            ([(1, 1, "not_started")], [(1, 2)], "not_started"),
            ([(1, 2, "behind"), (2, 1, "done")], [(1, 1), (1, 2), (2, 1)], "done"),  # the second is gone
            ([(1, 2, "behind"), (2, 1, "done")], [(2, 1), (2, 2)], "behind"),
            ([(1, 2, "done"), (2, 1, "done")], [(2, 1), (2, 2)], "done"),
        ],
    )
    def test_comes_to(self, words: list[tuple[int, int, str]], owed: list[Any], state: str) -> None:
        assert state_of_words([Word(*word) for word in words], owed) == state

    @given(WORDS, OWED)
    def test_does_not_depend_on_the_order_they_are_given_in(
        self, words: list[Word], owed: list[tuple[int, int]]
    ) -> None:
        found = {state_of_words(order, owed) for order in itertools.islice(itertools.permutations(words), 30)}
        assert len(found) == 1

    @given(WORDS, OWED)
    def test_is_done_only_where_everybody_who_is_asked_said_so(
        self, words: list[Word], owed: list[tuple[int, int]]
    ) -> None:
        if state_of_words(words, owed) == ProgressState.DONE:
            newest = max(word.period for word in words)
            asked = {unit for period, unit in owed if period == newest}
            said = {word.unit: word.state for word in sorted(words, key=lambda one: one.period)}
            assert {said.get(unit) for unit in asked} <= {"done", "stopped"}
