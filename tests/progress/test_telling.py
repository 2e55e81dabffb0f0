"""What units are told when it is laid out what they report on, and when that changes."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from accounts.enums import Role
from accounts.models import Notice
from plans.document import UnitName
from progress.models import ProgressReport, TrackedLine
from progress.queries.reports import values_of
from progress.services.layout import lay_out_plan
from progress.services.periods import close_period, open_again
from progress.services.reports import save_report
from progress.services.steps import take_step
from progress.services.telling import MORE_LATE
from progress.services.tracking import Choice, choose_lines
from tests.builders import make_district, make_holder, make_unit, node
from tests.progress.rows import IN_FIRST, Year, make_year

pytestmark = pytest.mark.django_db
LATER = dt.datetime(2026, 8, 20, 2, tzinfo=dt.UTC)


@pytest.fixture
def year() -> Year:
    year = make_year()
    year.chief(), year.chief("社會課")
    return year


def told(year: Year, unit: str = "民政課") -> list[str]:
    return [str(notice) for notice in year.chief(unit).notices.order_by("pk")]


def test_at_first_with_their_number_and_when_the_first_are_due() -> None:
    district = make_district()
    chief = make_holder(Role.SECTION_CHIEF, make_unit(district, "民政課", order=0))
    year = make_year(district=district)
    (notice,) = chief.notices.all()
    assert str(notice) == f"「{year.plan.title}」：民政課應填報 1 項，115年1月至3月請於115年4月10日前填報。"
    assert notice.address == f"/periods/{year.period().pk}/units/{year.units['民政課'].pk}/"


def test_of_what_it_reports_on_anew_and_of_what_no_more(year: Year) -> None:
    visits, plan = year.line("關懷訪視"), year.plan.title
    choose(year, {visits: Choice(is_tracked=True, collector=year.units["民政課"].pk)})
    assert told(year) == [
        f"「{plan}」：民政課增列填報 1 項（關懷訪視），115年1月至3月請於115年4月10日前填報。"
    ]
    assert told(year, "社會課") == [f"「{plan}」：社會課不再填報 1 項：關懷訪視。"]

    choose(year, {visits: Choice(is_tracked=False)})

    assert told(year)[1:] == [f"「{plan}」：民政課不再填報 1 項：關懷訪視。"]
    assert len(told(year, "社會課")) == 1


def test_of_what_stays_nobody_is_told_however_often_it_is_laid_out(year: Year) -> None:
    release(year)
    choose(year, {year.line("法律諮詢"): Choice(is_tracked=False)})
    assert [words.split("：", 1)[1] for words in told(year)] == ["民政課不再填報 1 項：法律諮詢。"]
    # What was filed of it is kept; it is no news.
    for _time in range(2):
        Notice.objects.all().delete()
        lay_out_plan(year.plan.pk, actor=year.secretary, at=IN_FIRST)
        assert told(year) == told(year, "社會課") == []


def test_of_a_line_that_comes_back(year: Year) -> None:
    release(year)
    line = year.line("法律諮詢")
    choose(year, {line: Choice(is_tracked=True, collector=year.units["社會課"].pk)})
    choose(year, {line: Choice(is_tracked=True)})
    assert [words.split("：")[1][:8] for words in told(year)] == ["民政課不再填報 ", "民政課增列填報 "]


def test_of_periods_that_are_over_too(year: Year) -> None:
    """Which are late at once: people must not learn it from the boards."""
    visits = year.line("關懷訪視")
    with time_machine.travel(LATER, tick=False):
        choose(year, {visits: Choice(is_tracked=False)}, at=LATER)
        choose(year, {visits: Choice(is_tracked=True)}, at=LATER)
        assert told(year, "社會課")[-1] == (
            f"「{year.plan.title}」：社會課增列填報 1 項（關懷訪視），含已逾期限的 2 期；"
            "115年7月至9月請於115年10月12日前填報。"
        )
        release(year, 3, line="關懷訪視")
    assert not year.chief("社會課").notices.unread().filter(words=MORE_LATE).exists()


def test_of_a_year_that_is_over(year: Year) -> None:
    visits, over = year.line("關懷訪視"), dt.datetime(2027, 1, 25, 2, tzinfo=dt.UTC)
    with time_machine.travel(over, tick=False):
        choose(year, {visits: Choice(is_tracked=False)}, at=over)
        choose(year, {visits: Choice(is_tracked=True)}, at=over)
    assert told(year, "社會課")[-1] == (
        f"「{year.plan.title}」：社會課增列填報 1 項（關懷訪視），均屬已逾期限的 4 期，請儘速填報。"
    )


def test_of_what_was_let_go_before_not_again(year: Year) -> None:
    """A leftover of a closed period goes with its opening, one that is taken back with the next version."""
    with time_machine.travel(LATER, tick=False):
        report = release(year, 2)
        close_period(year.period(1).pk, actor=year.secretary, at=LATER)
        hand_over = {year.line("法律諮詢"): Choice(is_tracked=True, collector=year.units["社會課"].pk)}
        choose(year, hand_over, at=LATER)
        Notice.objects.update(read_at=LATER)
        before = told(year), told(year, "社會課")

        open_again(year.period(1).pk, actor=year.secretary, at=LATER)
        take_step(report.pk, "take_back", actor=year.chief(), at=LATER)
        lay_out_plan(year.plan.pk, actor=year.secretary, at=LATER)

        assert (told(year), told(year, "社會課")) == before


def test_of_the_first_period_in_which_it_is_asked(year: Year) -> None:
    release(year)
    choose(year, {year.line("法律諮詢"): Choice(is_tracked=True, collector=year.units["社會課"].pk)})
    (notice,) = year.chief("社會課").notices.all()
    assert "115年4月至6月請於115年7月10日前填報" in str(notice)
    assert notice.address == f"/periods/{year.period(2).pk}/units/{year.units['社會課'].pk}/"


def test_of_many_lines_three_are_named() -> None:
    lines = [node("heading", title=f"第{number}項業務", units=(UnitName("民政課"),)) for number in "一二三四"]
    year = make_year(node("chapter", title="計畫內容", children=[*lines]))
    year.chief()
    choose(year, {line: Choice(is_tracked=False) for line in year.plan.tracked_lines.all()})
    (words,) = told(year)
    assert words.endswith("民政課不再填報 4 項：第一項業務、第二項業務、第三項業務…。")


def choose(year: Year, choices: dict[TrackedLine, Choice], at: dt.datetime = IN_FIRST) -> None:
    by_key = {line.pk: choice for line, choice in choices.items()}
    choose_lines(year.plan.pk, by_key, actor=year.secretary, at=at)


def release(year: Year, number: int = 1, line: str = "法律諮詢") -> ProgressReport:
    report = year.report(line, number)
    values = {"narrative": "已辦理。", "actual": "100"}
    if line == "法律諮詢":
        values[f"value-{year.target(line).pk}"] = "12"
    at = IN_FIRST if number == 1 else LATER
    save_report(report.pk, actor=year.chief(), base=values_of(report), values=values, at=at)
    take_step(report.pk, "release", actor=year.chief(), at=at)
    return report
