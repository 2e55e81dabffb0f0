"""A line that goes from one unit to another within its year: nothing is asked or counted twice."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
import time_machine
from django.test import Client

from accounts.enums import Role
from plans.document import Target, UnitName
from progress.models import PeriodTally, ProgressReport
from progress.queries.filing import card_of
from progress.queries.reports import values_of
from progress.services.layout import lay_out_plan
from progress.services.periods import close_period, open_again
from progress.services.reports import save_report
from progress.services.steps import take_step
from progress.services.tallies import tally_periods
from progress.services.tracking import Choice, choose_lines
from tests.builders import make_holder, node
from tests.progress.rows import Year, counted, make_year, staged

pytestmark = pytest.mark.django_db
AFTER_THE_YEAR = dt.datetime(2027, 1, 5, 2, tzinfo=dt.UTC)
IN_AUGUST = dt.datetime(2026, 8, 20, 2, tzinfo=dt.UTC)
LINE = "法律諮詢"
BEHIND = {"reason": "調度。", "countermeasure": "增派。", "catch_up_on": "2026-12-01"}  # wherever it is asked


@pytest.fixture(autouse=True)
def in_august() -> Any:
    with time_machine.travel(IN_AUGUST, tick=False):
        yield


@pytest.fixture
def year() -> Year:
    return make_year()


def file(year: Year, number: int, unit: str = "民政課", *, line: str = LINE, **said: str) -> ProgressReport:
    """Hand a report in with a result of its targets, by their names."""
    report = year.report(line, number, unit)
    values: dict[str, Any] = {"narrative": "已辦理。", "actual": "100", **BEHIND}
    for name, value in said.items():
        values[f"value-{year.target(name).pk}"] = value
    save_report(report.pk, actor=year.secretary, base=values_of(report), values=values, at=IN_AUGUST)
    take_step(report.pk, "release", actor=year.secretary, at=IN_AUGUST)
    return report


def hand_over(year: Year, unit: str = "社會課", line: str = LINE) -> None:
    choice = Choice(is_tracked=True, collector=year.units[unit].pk)
    choose_lines(year.plan.pk, {year.line(line).pk: choice}, actor=year.secretary, at=IN_AUGUST)


def choose(year: Year, line: str, **choice: Any) -> None:
    choose_lines(year.plan.pk, {year.line(line).pk: Choice(**choice)}, actor=year.secretary, at=IN_AUGUST)


def who(year: Year, line: str = LINE) -> list[tuple[int, str]]:
    rows = (
        ProgressReport.objects.owed().filter(line=year.line(line)).order_by("period__number", "unit__order")
    )
    return list(rows.values_list("period__number", "unit__name"))


def volunteers(value: str, *units: str) -> Year:
    """Return a year in which these units report how many volunteers there are."""
    level = counted(f"志工達{value}人。", "志工人數", value, "人", "latest")
    named = tuple(UnitName(unit) for unit in units)
    line = node("heading", title="志工", units=named, children=[level])
    return make_year(node("chapter", title="計畫內容", children=[line]))


def test_what_one_unit_has_handed_in_is_not_asked_of_the_next(year: Year) -> None:
    file(year, 1, 法律諮詢="3")
    file(year, 2, 法律諮詢="4")
    hand_over(year)
    assert who(year) == [(1, "民政課"), (2, "民政課"), (3, "社會課"), (4, "社會課")]
    assert year.target(LINE).result == 7

    file(year, 3, "社會課", 法律諮詢="2")

    found = year.target(LINE)
    assert found.result == 9
    assert [code for code, _parameters in found.reasons if code == "missing"] == []
    lay_out_plan(year.plan.pk, actor=year.secretary, at=IN_AUGUST)
    assert who(year) == [(1, "民政課"), (2, "民政課"), (3, "社會課"), (4, "社會課")]


def test_what_nobody_handed_in_is_asked_of_the_next(year: Year) -> None:
    file(year, 1, 法律諮詢="3")
    hand_over(year)
    assert who(year) == [(1, "民政課"), (2, "社會課"), (3, "社會課"), (4, "社會課")]
    found = year.target(LINE)
    assert [parameters for code, parameters in found.reasons if code == "missing"] == [{"periods": "2"}]


def test_what_was_returned_is_mended_by_who_handed_it_in(year: Year) -> None:
    report = file(year, 2, 法律諮詢="4")
    take_step(report.pk, "return", actor=year.secretary, at=IN_AUGUST, comment="請補。")
    hand_over(year)
    assert who(year)[:2] == [(1, "社會課"), (2, "民政課")]

    choose_lines(
        year.plan.pk, {year.line(LINE).pk: Choice(is_tracked=False)}, actor=year.secretary, at=IN_AUGUST
    )
    assert who(year) == []  # nobody follows the line any more


def test_a_level_is_that_of_the_last_unit_and_not_of_both() -> None:
    year = volunteers("40", "民政課")
    file(year, 1, line="志工", 志工人數="30")
    file(year, 2, line="志工", 志工人數="32")
    hand_over(year, line="志工")
    assert year.target("志工人數").result == 32
    file(year, 3, "社會課", line="志工", 志工人數="35")
    assert year.target("志工人數").result == 35


def test_two_units_that_report_side_by_side_are_two() -> None:
    year = volunteers("80", "民政課", "社會課")
    file(year, 1, "民政課", line="志工", 志工人數="30")
    file(year, 1, "社會課", line="志工", 志工人數="20")
    assert year.target("志工人數").result == 50


@pytest.mark.parametrize("unit", ["秘書室", "民政課"])
def test_a_level_that_one_unit_tells_for_several_is_not_added_to_theirs(unit: str) -> None:
    year = volunteers("80", "民政課", "社會課")
    for number in (1, 2):
        file(year, number, "民政課", line="志工", 志工人數="30")
        file(year, number, "社會課", line="志工", 志工人數="20")
    hand_over(year, unit, "志工")
    assert year.target("志工人數").result == 50
    file(year, 3, unit, line="志工", 志工人數="55")
    found = year.target("志工人數")
    assert found.result == 55
    assert [code for code, _parameters in found.reasons if code == "missing"] == []


@pytest.mark.parametrize("way", [{"is_tracked": False}, {"is_tracked": True, "collector": "民政課"}])
def test_a_choice_that_is_taken_back_leaves_what_was_asked_before(way: dict[str, Any]) -> None:
    year = volunteers("80", "民政課", "社會課")
    file(year, 1, line="志工", 志工人數="30")
    draft = year.report("志工", 1, "社會課")
    values = {"narrative": "寫到一半"}
    save_report(draft.pk, actor=year.secretary, base=values_of(draft), values=values, at=IN_AUGUST)
    before = who(year, "志工")
    if "collector" in way:
        way = way | {"collector": year.units[way["collector"]].pk}

    choose(year, "志工", **way)
    choose(year, "志工", is_tracked=True)

    assert who(year, "志工") == before


def test_what_was_returned_comes_back_with_its_line_and_not_beside_another(year: Year) -> None:
    report = file(year, 2, 法律諮詢="4")
    take_step(report.pk, "return", actor=year.secretary, at=IN_AUGUST, comment="請補。")
    choose(year, LINE, is_tracked=False)
    hand_over(year)
    assert [unit for number, unit in who(year) if number == 2] == ["民政課"]


@pytest.mark.parametrize(
    ("comparator", "value", "counted_in", "aggregation", "each"),
    [
        ("<=", "50", "件", "sum", "5"),
        (">=", "90", "%", "each_period", "95"),
        (">=", "2", "場次", "each_period", "5"),
    ],
)
def test_periods_in_which_a_unit_was_not_asked_are_not_missing(
    comparator: str, value: str, counted_in: str, aggregation: str, each: str
) -> None:
    target = Target("目標", "指標", comparator, value, None, counted_in, aggregation)
    line = node(
        "heading",
        title="項目",
        units=(UnitName("民政課"),),
        children=[node("target", "目標", targets=(target,))],
    )
    year = make_year(node("chapter", title="計畫內容", children=[line]))
    for number in (1, 2):
        file(year, number, line="項目", 指標=each)
    tracked = year.line("項目")
    tracked.all_units = True
    tracked.save()
    choose(year, "項目", is_tracked=True, each_unit_files=True)
    with time_machine.travel(AFTER_THE_YEAR, tick=False):
        for report in ProgressReport.objects.owed().filter(line=tracked, status="draft"):
            values = {
                "narrative": "已辦理。",
                "actual": "100",
                f"value-{year.target('指標').pk}": each,
                **BEHIND,
            }
            save_report(
                report.pk, actor=year.secretary, base=values_of(report), values=values, at=AFTER_THE_YEAR
            )
            take_step(report.pk, "release", actor=year.secretary, at=AFTER_THE_YEAR)
        assert (year.target("指標").state, year.target("指標").is_reached) == ("done", True)


def test_a_draft_that_is_let_go_waits_for_nobody(year: Year) -> None:
    draft = year.report(LINE, 2)
    values = {f"value-{year.target(LINE).pk}": "4"}
    save_report(draft.pk, actor=year.secretary, base=values_of(draft), values=values, at=IN_AUGUST)
    hand_over(year)
    assert [code for code, _parameters in year.target(LINE).reasons if code == "waiting"] == []


def test_the_tallies_of_periods_are_those_that_counting_anew_finds(year: Year) -> None:
    for number in (1, 2):
        file(year, number, 法律諮詢="3")
    hand_over(year)
    before = list(PeriodTally.objects.order_by("pk").values())
    tally_periods(year.plan.periods.values_list("pk", flat=True))
    assert list(PeriodTally.objects.order_by("pk").values()) == before


def test_who_joins_is_asked_from_the_period_at_hand_on() -> None:
    year = volunteers("80", "民政課")
    file(year, 1, line="志工", 志工人數="30")
    file(year, 3, line="志工", 志工人數="30")  # ahead of its end
    line = year.line("志工")
    line.all_units = True
    line.save()
    choice = Choice(is_tracked=True, each_unit_files=True)
    choose_lines(year.plan.pk, {line.pk: choice}, actor=year.secretary, at=IN_AUGUST)
    asked = who(year, "志工")
    assert [unit for number, unit in asked if number == 1] == ["民政課"]
    for number in (2, 3, 4):
        assert [unit for one, unit in asked if one == number] == ["民政課", "社會課", "秘書室"]


def test_milestones_go_on_where_the_other_unit_left_them() -> None:
    lines = [
        node(
            "heading",
            title="工程",
            units=(UnitName("民政課"),),
            children=[
                staged(
                    "分兩階段完成。", "工程進度", ("發包", "2026-03-31", "40"), ("完工", "2026-09-30", "60")
                )
            ],
        )
    ]
    year = make_year(node("chapter", title="計畫內容", children=lines))
    report = year.report("工程", 1)
    first, _second = year.target("工程進度").milestones.order_by("position")
    values = {
        "narrative": "已發包。",
        "actual": "100",
        **BEHIND,
        f"reached-{first.pk}": True,
        f"reached_on-{first.pk}": "2026-03-20",
    }
    save_report(report.pk, actor=year.secretary, base=values_of(report), values=values, at=IN_AUGUST)
    take_step(report.pk, "release", actor=year.secretary, at=IN_AUGUST)
    hand_over(year, line="工程")
    file(year, 2, "社會課", line="工程")
    assert year.target("工程進度").result == 40

    third = year.report("工程", 3, "社會課")
    client = Client()
    client.force_login(year.chief("社會課"))
    page = client.get(f"/periods/{third.period_id}/units/{third.unit_id}/")
    ((card, _form, _steps),) = page.context["cards"]
    told = [(one.milestone.title, one.is_reached) for one in card.targets[0].milestones]
    assert told == [("發包", True), ("完工", False)]


def test_what_went_to_another_unit_is_no_more_behind_at_the_first(year: Year) -> None:
    report = year.report(LINE, 2)
    values = {"narrative": "已辦理。", "actual": "10", **BEHIND}
    save_report(report.pk, actor=year.secretary, base=values_of(report), values=values, at=IN_AUGUST)
    take_step(report.pk, "release", actor=year.secretary, at=IN_AUGUST)
    client = Client()
    client.force_login(year.chief())

    def board() -> tuple[list[str], list[str]]:
        found = client.get(f"/dashboard/units/{year.units['民政課'].pk}/").context["board"]
        return [row.words for _plan, _span, row in found.behind], [one.label for one in found.targets]

    assert board() == (["一、法律諮詢"], ["法律諮詢", "諮詢紀錄於三日內歸檔。"])
    hand_over(year)
    assert board() == ([], [])


def test_a_first_page_tells_what_was_returned(year: Year) -> None:
    report = file(year, 2, 法律諮詢="4")
    take_step(report.pk, "return", actor=year.secretary, at=IN_AUGUST, comment="請補。")
    client = Client()
    client.force_login(year.chief())
    page = client.get("/").content.decode()
    assert page.count("（退回 1 項）") == 1


def test_the_next_unit_reads_what_the_last_one_wrote(year: Year, client: Client) -> None:
    file(year, 1, 法律諮詢="3")
    file(year, 2, 法律諮詢="4")
    hand_over(year)
    client.force_login(year.staff("社會課"))
    third = year.report(LINE, 3, "社會課")

    card = card_of(third, on=IN_AUGUST.date())
    page = client.get(f"/periods/{third.period_id}/units/{third.unit_id}/").content.decode()
    book = client.get(f"/periods/{third.period_id}/units/{third.unit_id}/sheet/?format=xlsx")

    assert (card.before, card.unit_before) == (year.report(LINE, 2, "民政課"), "民政課")
    assert card.targets[0].result_before == "4 場次"
    assert "由民政課填報" in page
    assert "（民政課）已辦理。" in told_in(b"".join(book) if book.streaming else book.content)  # type: ignore[call-overload]
    # What it wrote itself comes first from then on.
    file(year, 3, "社會課", 法律諮詢="2")
    fourth = card_of(year.report(LINE, 4, "社會課"), on=IN_AUGUST.date())
    assert (fourth.before, fourth.unit_before) == (third, "")


def test_who_reports_together_reads_their_own_words_alone() -> None:
    year = volunteers("30", "民政課", "社會課")
    file(year, 1, "民政課", line="志工", 志工人數="20")
    assert card_of(year.report("志工", 2, "社會課"), on=IN_AUGUST.date()).before is None


@pytest.mark.parametrize("step", ["", "submit"])
def test_what_was_not_released_is_not_shown_to_the_next(year: Year, step: str) -> None:
    """The one before it is, however much was written since."""
    first = file(year, 1, 法律諮詢="3")
    report = year.report(LINE, 2)
    values = {"narrative": "草稿。", "actual": "100", **BEHIND}
    save_report(report.pk, actor=year.secretary, base=values_of(report), values=values, at=IN_AUGUST)
    if step:
        take_step(report.pk, step, actor=year.staff(), at=IN_AUGUST)
    hand_over(year)
    assert card_of(year.report(LINE, 3, "社會課"), on=IN_AUGUST.date()).before == first


def test_on_the_page_of_all_units_too(client: Client) -> None:
    """Where the unit that lost the line still reports on another."""
    goals = {title: counted(f"辦理{title}9次。", title, "9", "次") for title in ("諮詢", "講座")}
    lines = [
        node("heading", title=title, units=(UnitName("民政課"),), children=[goal])
        for title, goal in goals.items()
    ]
    year = make_year(node("chapter", title="計畫內容", children=lines))
    file(year, 2, line="諮詢", 諮詢="4")
    hand_over(year, line="諮詢")
    file(year, 3, "社會課", line="諮詢", 諮詢="2")
    report = year.report("諮詢", 3, "社會課")
    client.force_login(year.secretary)
    for page in (f"/reports/{report.pk}/", f"/periods/{report.period_id}/check/?show=all"):
        html = client.get(page).content.decode()
        assert html.count("上期 4 次") == 1
        assert html.count("由民政課填報") == 1


def test_the_city_reads_what_was_released_before_alone(year: Year, client: Client) -> None:
    first, second = file(year, 1, 法律諮詢="3"), file(year, 2, 法律諮詢="4")
    take_step(first.pk, "return", actor=year.secretary, comment="請補。", at=IN_AUGUST)
    client.force_login(make_holder(Role.EVALUATOR, year.district.city))
    assert "上期" not in client.get(f"/reports/{second.pk}/").content.decode()
    client.force_login(year.secretary)
    assert "上期 3 場次" in client.get(f"/reports/{second.pk}/").content.decode()


def told_in(book: bytes) -> list[str]:
    sheets = openpyxl.load_workbook(io.BytesIO(book)).worksheets
    return [str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.value]


def test_a_period_that_is_opened_again_is_counted_at_once(year: Year) -> None:
    choose(year, LINE, is_tracked=False)
    close_period(year.period(1).pk, actor=year.secretary, at=IN_AUGUST)
    choose(year, LINE, is_tracked=True)
    file(year, 2, 法律諮詢="4")
    assert missing(year) == []

    open_again(year.period(1).pk, actor=year.secretary, at=IN_AUGUST)

    assert (1, "民政課") in who(year)
    assert len(missing(year)) == 1


def missing(year: Year) -> list[Any]:
    return [parameters for code, parameters in year.target(LINE).reasons if code == "missing"]
