"""What is told by milestones: ticked in a report, kept from period to period, counted, printed."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from pytest_django import DjangoAssertNumQueries

from indicators.enums import ProgressState
from indicators.models import Milestone, YearlyTarget
from indicators.services import Step, set_milestones
from plans.document import UnitName
from plans.services.items import StaleSave
from progress.enums import ReportStep
from progress.models import CountedTarget, MilestoneMark, ProgressReport
from progress.queries.filing import card_of
from progress.queries.reports import values_of, what_lacks
from progress.queries.yearend import line_years
from progress.resources import run_sheet
from progress.services.counting import recount_plans
from progress.services.reports import save_report
from progress.services.steps import take_step
from progress.standing import reason_of
from tests.builders import make_user, node
from tests.dashboard.rows import BEHIND, as_
from tests.progress.rows import IN_FIRST, Year, make_year, put_in_force, staged
from tests.progress.sheets import edit, place_of

pytestmark = pytest.mark.django_db
STEPS = (
    ("完成規劃", "2026-03-31", "25"),
    ("完成發包", "2026-06-30", "25"),
    ("完成施工", "2026-09-30", "25"),
    ("啟用", "2026-11-30", "25"),
)
IN_SECOND = dt.datetime(2026, 6, 20, 2, tzinfo=dt.UTC)
MILESTONES = "里程碑"


def year_of(*parts: Any, units: tuple[str, ...] = ("民政課",)) -> Year:
    line = node(
        "heading",
        title="活動中心",
        units=tuple(map(UnitName, units)),
        children=parts or (staged("完成活動中心整建。", "整建", *STEPS),),
    )
    return make_year(node("chapter", title="計畫內容", children=[line]))


@pytest.fixture
def year() -> Year:
    return year_of()


def keys(year: Year, name: str = "整建") -> dict[str, int]:
    return {one.title: one.pk for one in year.target(name).milestones.present()}


def save(year: Year, number: int = 1, *, at: dt.datetime = IN_FIRST, **values: Any) -> ProgressReport:
    """Save a report: the names of milestones with their days, "" to take the tick away."""
    report, known = year.report("活動中心", number), keys(year)
    base = values_of(report)
    wanted: dict[str, Any] = {"narrative": "依進度辦理。", "planned": "25", "actual": "25"}
    for name, value in values.items():
        if name in known:
            wanted |= {f"reached-{known[name]}": bool(value), f"reached_on-{known[name]}": value}
        else:
            wanted[name] = value
    return save_report(report.pk, actor=make_user(), base=base, values=wanted, at=at).report


def step(year: Year, number: int, step: str, *, at: dt.datetime = IN_FIRST, comment: str = "") -> None:
    take_step(
        year.report("活動中心", number).pk, step, actor=year.secretary, at=at, comment=comment, tells=False
    )


def release(year: Year, number: int = 1, *, at: dt.datetime = IN_FIRST, **values: Any) -> None:
    save(year, number, at=at, **values)
    step(year, number, ReportStep.RELEASE, at=at)


def told(year: Year, name: str = "整建") -> str:
    return "；".join(reason_of(stored).words for stored in year.target(name).reasons)


def standing(year: Year, number: int) -> dict[str, tuple[bool, bool]]:
    """Return of each milestone whether it is reached in a report, and whether that was told before."""
    card = card_of(year.report("活動中心", number), on=dt.date(2026, 6, 20))
    return {
        one.milestone.title: (one.is_reached, one.is_from_before)
        for target in card.targets
        for one in target.milestones
    }


class TestCounting:
    def test_what_is_released_is_counted_and_told_in_words(self, year: Year) -> None:
        release(year, 完成規劃="115.3.10")

        recount_plans(on=dt.date(2026, 4, 1))
        target = year.target("整建")
        assert (target.result, target.attainment, target.state) == (25, 25, ProgressState.ON_SCHEDULE)
        assert told(year) == "里程碑已完成 1／4 項，至今應完成 1 項"

    def test_one_that_is_due_and_not_reached_makes_it_behind(self, year: Year) -> None:
        release(year, 完成規劃="115.3.10")

        for on, state in ((dt.date(2026, 6, 30), "on_schedule"), (dt.date(2026, 7, 1), "behind")):
            recount_plans(on=on)
            assert year.target("整建").state == state
        assert told(year).startswith("里程碑已完成 1／4 項，至今應完成 2 項；到期未完成：完成發包")

    def test_unequal_weights_are_told_besides(self) -> None:
        weights = (("規劃", "2026-03-31", "40"), ("施工", "2026-09-30", "60"))
        year = year_of(staged("完成整建。", "整建", *weights))
        release(year, 規劃="115.3.10")

        assert year.target("整建").attainment == 40
        assert told(year) == "里程碑已完成 1／2 項，至今應完成 0 項；依權重為 40%，至今應為 0%"

    def test_what_is_not_released_does_not_count(self, year: Year) -> None:
        save(year, 完成規劃="115.3.10")

        recount_plans(on=dt.date(2026, 3, 20))
        assert year.target("整建").result is None

    def test_a_report_knows_at_once_that_a_milestone_is_late(self, year: Year) -> None:
        assert save(year).state == ProgressState.BEHIND  # its period is as if it were over
        assert save(year, 完成規劃="115.3.10").state == ProgressState.ON_SCHEDULE

    def test_a_report_opened_again_counts_anew_what_it_says_then(self, year: Year) -> None:
        release(year, 完成規劃="115.3.10", 完成發包="115.3.12")
        step(year, 1, ReportStep.ACCEPT)
        release(year, 2, at=IN_SECOND)
        assert year.target("整建").result == 50

        step(year, 1, ReportStep.REOPEN, at=IN_SECOND, comment="發包日期有誤")
        assert year.target("整建").result == 0
        save(year, 1, at=IN_SECOND, 完成發包="")
        step(year, 1, ReportStep.RELEASE, at=IN_SECOND)

        assert year.target("整建").result == 25
        assert standing(year, 2)["完成發包"] == (False, True)

    def test_of_several_units_each_brings_in_what_it_reached(self) -> None:
        year = year_of(units=("民政課", "社會課"))
        known = keys(year)
        for unit, title in (("民政課", "完成規劃"), ("社會課", "完成發包")):
            report = year.report("活動中心", unit=unit)
            values = {"narrative": "已辦。", "actual": "30", f"reached-{known[title]}": True}
            values[f"reached_on-{known[title]}"] = "115.3.1"
            save_report(report.pk, actor=make_user(), base=values_of(report), values=values, at=IN_FIRST)
            take_step(report.pk, ReportStep.RELEASE, actor=year.secretary, at=IN_FIRST, tells=False)

        assert year.target("整建").result == 50

    def test_without_milestones_a_state_is_asked_for(self) -> None:
        year = year_of(staged("完成整建。", "整建"))
        (target,) = card_of(year.report("活動中心"), on=dt.date(2026, 3, 20)).targets
        assert (target.is_stated, target.milestones) == (True, ())


class TestFromPeriodToPeriod:
    def test_a_period_begins_with_what_was_released_before(self, year: Year) -> None:
        save(year, 完成規劃="115.3.10")
        assert standing(year, 2)["完成規劃"] == (False, False)

        step(year, 1, ReportStep.RELEASE)

        assert standing(year, 2)["完成規劃"] == (True, True)
        release(year, 2, at=IN_SECOND, 完成發包="115.6.1")
        assert standing(year, 3) == {
            "完成規劃": (True, True),
            "完成發包": (True, True),
            "完成施工": (False, False),
            "啟用": (False, False),
        }
        assert MilestoneMark.objects.filter(report=year.report("活動中心", 2)).count() == 1

    def test_a_period_without_news_is_filed_all_the_same(self, year: Year) -> None:
        release(year, 完成規劃="115.3.10", 完成發包="115.3.12")
        release(year, 2, at=IN_SECOND)

        recount_plans(on=dt.date(2026, 7, 1))
        assert told(year) == "里程碑已完成 2／4 項，至今應完成 2 項"

    def test_what_was_wrong_before_is_taken_back_by_a_later_report(self, year: Year) -> None:
        release(year, 完成規劃="115.3.10")
        release(year, 2, at=IN_SECOND, 完成規劃="", **BEHIND)
        assert year.target("整建").result == 0


class TestWriting:
    @pytest.mark.parametrize(
        ("day", "words"),
        [
            ("115.3.21", "這一天尚未到來，請填寫里程碑實際完成的日期。"),
            ("114.12.31", "這一天早於計畫年度（115年1月1日起），請確認年度是否正確。"),
            ("三月十日", "請填寫日期，例如 115.4.30。"),
        ],
    )
    def test_a_day_that_cannot_be_is_refused_at_its_field(self, year: Year, day: str, words: str) -> None:
        with pytest.raises(ValidationError) as refused:
            save(year, 完成規劃=day)

        assert refused.value.message_dict == {f"reached_on-{keys(year)['完成規劃']}": [words]}
        assert not MilestoneMark.objects.exists()

    def test_a_milestone_reached_today_is_no_milestone_to_come(self, year: Year) -> None:
        with time_machine.travel(dt.datetime(2026, 3, 20, 16, 30, tzinfo=dt.UTC)):  # half past midnight
            save(year, at=dt.datetime(2026, 3, 20, 16, 30, tzinfo=dt.UTC), 完成規劃="115.3.21")
        assert MilestoneMark.objects.get().reached_on == dt.date(2026, 3, 21)

    def test_a_tick_needs_its_day_and_a_day_its_tick(self, year: Year) -> None:
        key = keys(year)["完成規劃"]
        values = {f"reached-{key}": True}
        assert list(what_lacks(save(year, **values))) == [f"reached_on-{key}"]
        assert list(what_lacks(save(year, **{f"reached-{key}": False, f"reached_on-{key}": "115.3.1"}))) == [
            "reason",
            "countermeasure",
            "catch_up_on",
            f"reached-{key}",
        ]

    def test_different_milestones_of_two_people_are_both_kept(self, year: Year) -> None:
        report, known = year.report("活動中心"), keys(year)
        base = values_of(report)
        for title in ("完成規劃", "完成發包"):
            values = {f"reached-{known[title]}": True, f"reached_on-{known[title]}": "115.3.1"}
            save_report(report.pk, actor=make_user(), base=base, values=values, at=IN_FIRST)

        assert [reached for reached, _before in standing(year, 1).values()] == [True, True, False, False]

    def test_the_same_day_of_two_people_gives_both(self, year: Year) -> None:
        report, key = year.report("活動中心"), keys(year)["完成規劃"]
        base, name = values_of(report), f"reached_on-{key}"
        save_report(report.pk, actor=make_user(), base=base, values={name: "115.3.1"}, at=IN_FIRST)

        with pytest.raises(StaleSave) as conflict:
            save_report(report.pk, actor=make_user(), base=base, values={name: "115.3.2"}, at=IN_FIRST)

        assert (conflict.value.mine, conflict.value.theirs) == ({name: "2026-03-02"}, {name: "2026-03-01"})

    def test_a_request_that_is_sent_twice_is_written_once(self, year: Year) -> None:
        report, key, token, person = (
            year.report("活動中心"),
            keys(year)["完成規劃"],
            uuid.uuid4(),
            make_user(),
        )
        base, values = values_of(report), {f"reached-{key}": True, f"reached_on-{key}": "115.3.1"}
        for _time in range(2):
            save_report(report.pk, actor=person, base=base, values=values, at=IN_FIRST, token=token)

        assert MilestoneMark.history.count() == 1  # type: ignore[attr-defined]  # simple-history's
        assert MilestoneMark.history.get().history_user == person  # type: ignore[attr-defined]  # as above


class TestRevisions:
    def revise(self, year: Year, *steps: Step) -> None:
        target = YearlyTarget.objects.get(indicator__name="整建")
        rows = {one.title: one.pk for one in target.milestones.all()}
        known = [Step(one.title, one.due_on, one.weight, rows.get(one.title) or one.key) for one in steps]
        set_milestones(target, known, actor=year.secretary)
        put_in_force(year.plan, actor=year.secretary, at=IN_FIRST)

    def steps(self) -> list[Step]:
        rows = Milestone.objects.order_by("position")
        return [Step(one.title, one.due_on, one.weight, one.pk) for one in rows]

    def test_a_milestone_that_moves_or_is_reworded_keeps_what_was_reached(self, year: Year) -> None:
        release(year, 完成規劃="115.3.10", 完成發包="115.3.12")
        first, second, *others = self.steps()
        later = Step(first.title, dt.date(2026, 4, 30), first.weight, first.key)
        reworded = Step("完成採購發包", second.due_on, second.weight, second.key)

        self.revise(year, later, reworded, *others)

        assert year.target("整建").result == 50
        assert list(standing(year, 2).items())[:2] == [
            ("完成規劃", (True, True)),
            ("完成採購發包", (True, True)),
        ]

    def test_a_milestone_that_is_gone_is_not_asked_for_and_does_not_count(self, year: Year) -> None:
        release(year, 完成規劃="115.3.10")
        _first, second, third, fourth = self.steps()
        wider = Step(second.title, second.due_on, second.weight * 2, second.key)

        self.revise(year, wider, third, fourth)

        assert list(standing(year, 1)) == ["完成發包", "完成施工", "啟用"]
        assert year.target("整建").result == 0
        assert MilestoneMark.objects.count() == 1


class TestPages:
    def address(self, year: Year, number: int = 1, rest: str = "") -> str:
        return f"/periods/{year.period(number).pk}/units/{year.units['民政課'].pk}/{rest}"

    @time_machine.travel(IN_FIRST, tick=False)
    def test_the_form_offers_each_with_a_tick_and_its_day(self, year: Year) -> None:
        page = as_(year.staff()).get(self.address(year)).content.decode()

        for title, key in keys(year).items():
            assert f'name="reached-{key}"' in page
            assert f'name="reached_on-{key}"' in page
            assert title in page
        assert "115年3月31日到期，25%" in page

    @time_machine.travel(IN_FIRST, tick=False)
    def test_a_post_of_the_form_without_scripts_is_saved_and_shown(self, year: Year) -> None:
        client, report, known = as_(year.staff()), year.report("活動中心"), keys(year)
        base = json.dumps(values_of(report))
        data = {
            "base": base,
            f"reached-{known['完成規劃']}": "on",
            f"reached_on-{known['完成規劃']}": "115.3.10",
        }
        assert client.post(f"/reports/{report.pk}/edit/", data).status_code == 302

        page = client.get(self.address(year)).content.decode()
        assert re.search(rf'name="reached-{known["完成規劃"]}"[^>]* checked', page)
        assert 'value="115.3.10"' in page
        # A page that never had the tick leaves it as it is.
        client.post(f"/reports/{report.pk}/edit/", {"base": "{}", "narrative": "已辦。"})
        assert standing(year, 1)["完成規劃"] == (True, False)
        # Unticked on a page that had it, it is taken back.
        base = json.dumps(values_of(ProgressReport.objects.get(pk=report.pk)))
        client.post(f"/reports/{report.pk}/edit/", {"base": base, f"reached_on-{known['完成規劃']}": ""})
        assert standing(year, 1)["完成規劃"] == (False, False)

    @time_machine.travel(IN_FIRST, tick=False)
    def test_a_conflict_names_the_milestone_and_shows_days_as_people_write_them(self, year: Year) -> None:
        report, key = year.report("活動中心"), keys(year)["完成規劃"]
        base = json.dumps(values_of(report))
        save(year, 完成規劃="115.3.1")
        data = {"base": base, f"reached-{key}": "on", f"reached_on-{key}": "115.3.2"}
        response = as_(year.staff()).post(f"/reports/{report.pk}/edit/", data)

        page = response.content.decode()
        assert response.status_code == 409
        assert all(words in page for words in ("完成規劃：完成日期", "115.3.1<", "115.3.2<"))

    def test_what_was_reached_is_read_on_the_report_and_on_the_page_of_the_indicator(
        self, year: Year
    ) -> None:
        release(year, 完成規劃="115.3.10")
        client = as_(year.secretary)
        report = client.get(f"/reports/{year.report('活動中心').pk}/").content.decode()
        assert "115年3月10日完成" in report
        indicator = year.target("整建").indicator
        assert indicator is not None

        page = client.get(f"/dashboard/indicators/{indicator.pk}/").content.decode()

        assert "里程碑已完成 1／4 項" in page
        assert [word in page for word in ("完成規劃", "115年3月10日", "尚未完成")] == [True, True, True]

    @pytest.mark.parametrize("count", [1, 3])
    def test_they_cost_the_same_however_many_there_are(
        self, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        lines = [
            node("heading", title=f"項目{n}", children=[staged(f"完成{n}。", f"工作{n}", *STEPS[: n + 2])])
            for n in range(count)
        ]
        lines = [node("chapter", title="計畫內容", children=lines)]
        year = make_year(*lines)
        client = as_(year.secretary)
        with time_machine.travel(IN_FIRST, tick=False), django_assert_num_queries(12):
            page = client.get(
                f"/periods/{year.period(1).pk}/units/{year.units['秘書室'].pk}/"
            ).content.decode()
        assert page.count('class="milestone"') == sum(min(n + 2, 4) for n in range(count))


def test_the_results_of_the_year_tell_them_one_by_one(year: Year) -> None:
    release(year, 完成規劃="115.3.10")
    (line,) = line_years(year.plan)
    assert line.targets == (
        "整建：里程碑完成1／4項，達成率25%：完成規劃（115年3月10日完成）、完成發包（115年6月30日到期，"
        "尚未完成）、完成施工（115年9月30日到期，尚未完成）、啟用（115年11月30日到期，尚未完成）",
    )


class TestSheet:
    @pytest.fixture(autouse=True)
    def _in_first(self) -> Any:
        with time_machine.travel(IN_FIRST, tick=False):
            yield

    def take_out(self, year: Year, extension: str) -> bytes:
        address = f"/periods/{year.period(1).pk}/units/{year.units['民政課'].pk}/sheet/?format={extension}"
        return bytes(as_(year.staff()).get(address).content)

    def run(self, year: Year, data: bytes, *, is_preview: bool = False) -> Any:
        return run_sheet(
            year.period(1), year.units["民政課"], data, actor=year.staff(), at=IN_FIRST, is_preview=is_preview
        )

    @pytest.mark.parametrize("extension", ["ods", "xlsx"])
    def test_what_is_filled_in_is_read(self, year: Year, extension: str) -> None:
        data = self.take_out(year, extension)
        filled = edit(
            data,
            {
                place_of(data, MILESTONES, "完成規劃", "里程碑已完成"): "是",
                place_of(data, MILESTONES, "完成規劃", "完成日期"): "115年3月10日",
                place_of(data, MILESTONES, "完成發包", "里程碑已完成"): "Ｖ",
                place_of(data, MILESTONES, "完成發包", "完成日期"): "１１５／３／１２",
            },
        )

        run = self.run(year, filled)

        assert [(one.label, one.after) for one in run.reports[0].changes] == [
            ("完成規劃：里程碑已完成", "是"),
            ("完成規劃：完成日期", "115.3.10"),
            ("完成發包：里程碑已完成", "是"),
            ("完成發包：完成日期", "115.3.12"),
        ]
        assert list(standing(year, 1).values())[:2] == [(True, False), (True, False)]

    @pytest.mark.parametrize("extension", ["ods", "xlsx"])
    def test_brought_back_as_it_is_it_changes_nothing(self, year: Year, extension: str) -> None:
        save(year, 完成規劃="115.3.10")
        run = self.run(year, self.take_out(year, extension))
        assert (run.reports, run.problems) == ([], [])

    @pytest.mark.parametrize("extension", ["ods", "xlsx"])
    def test_a_day_to_come_is_refused_with_its_cell_and_what_to_write(
        self, year: Year, extension: str
    ) -> None:
        data = self.take_out(year, extension)
        place = place_of(data, MILESTONES, "完成施工", "完成日期")

        run = self.run(year, edit(data, {place: "115.9.30"}), is_preview=True)

        (problem,) = run.problems
        assert (problem.place.sheet, problem.place.cell, problem.value) == (*place, "115.9.30")
        assert problem.words == "這一天尚未到來，請填寫里程碑實際完成的日期。"
        assert not MilestoneMark.objects.exists()

    def test_a_plan_without_milestones_has_no_page_for_them(self) -> None:
        year = make_year()
        assert CountedTarget.objects.filter(aggregation="milestones").count() == 0
        from core.books import read_book

        assert MILESTONES not in read_book(self.take_out(year, "xlsx"))
