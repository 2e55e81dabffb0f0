from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from progress.enums import ReportStatus
from progress.models import Period, ProgressReport
from progress.queries.reports import values_of
from progress.services.reports import save_report
from progress.services.steps import take_step
from tests.builders import make_district, make_holder, make_secretary, node
from tests.progress.rows import IN_FIRST, Year, chapters, counted, make_year

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_first_quarter() -> Any:
    with time_machine.travel(IN_FIRST, tick=False):
        yield


@pytest.fixture
def year() -> Year:
    return make_year()


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(year: Year, unit: str = "民政課", rest: str = "") -> str:
    return f"/periods/{year.period().pk}/units/{year.units[unit].pk}/{rest}"


def fill(year: Year, words: str = "法律諮詢", **values: Any) -> ProgressReport:
    report = year.report(words)
    wanted = {"narrative": "已辦理。", "actual": "25"} | values
    return save_report(
        report.pk, actor=year.secretary, base=values_of(report), values=wanted, at=IN_FIRST
    ).report


class TestForm:
    def test_a_unit_sees_what_it_owes_and_what_was_promised(self, year: Year) -> None:
        page = as_(year.staff()).get(address(year)).content.decode()

        assert page.count('class="report panel"') == 1
        assert "全年辦理法律諮詢12場次。" in page
        assert "至少 12 場次" in page
        assert "關懷訪視" not in page

    @pytest.mark.parametrize("is_handed_in", [False, True])
    def test_only_what_nobody_filed_is_called_overdue(self, year: Year, is_handed_in: bool) -> None:
        if is_handed_in:
            fill(year)
            take_step(year.report("法律諮詢").pk, "release", actor=year.secretary, at=IN_FIRST)

        with time_machine.travel(dt.datetime(2026, 6, 1, 2, tzinfo=dt.UTC), tick=False):
            page = as_(year.staff()).get(address(year)).content.decode()

        assert ("days--over" in page) is not is_handed_in
        assert "115年4月" in page  # until when it was due stands there as before

    def test_what_stood_there_last_time_is_of_the_last_report_that_holds_anything(self, year: Year) -> None:
        value = f"value-{year.target('法律諮詢').pk}"
        fill(year, **{value: "3"})
        second = year.report("法律諮詢", 2)
        values = {"narrative": "又辦了。", value: "5"}
        base, at = values_of(second), dt.datetime(2026, 6, 20, 2, tzinfo=dt.UTC)
        save_report(second.pk, actor=year.secretary, base=base, values=values, at=at)

        def told(number: int) -> list[str]:
            unit, period = year.units["民政課"], year.period(number)
            page = as_(year.staff()).get(f"/periods/{period.pk}/units/{unit.pk}/").content.decode()
            path = f"/periods/{period.pk}/check/?show=all"
            checked = as_(year.secretary).get(path).content.decode()
            return [words for words in ("上期 3 場次", "上期 5 場次") if words in page and words in checked]

        assert [told(number) for number in (1, 2, 3, 4)] == [
            [],
            ["上期 3 場次"],
            ["上期 5 場次"],
            ["上期 5 場次"],
        ]

    def test_a_save_by_script_is_answered_with_what_stands(self, year: Year) -> None:
        report = year.report("法律諮詢")
        data = {
            "base": json.dumps(values_of(report)),
            "narrative": "已辦3場。",
            "planned": "25",
            "actual": "20",
        }

        response = as_(year.staff()).post(
            f"/reports/{report.pk}/edit/", data, headers={"accept": "application/json"}
        )

        answer = response.json()
        assert response.status_code == 200
        assert (answer["stored"]["actual"], answer["state"]) == ("20", "behind")
        assert "請填寫落後原因" in answer["html"]

    def test_without_a_script_a_save_leads_back_to_the_line(self, year: Year) -> None:
        report = year.report("法律諮詢")
        data = {
            "base": json.dumps(values_of(report)),
            "narrative": "已辦3場。",
            "planned": "25",
            "actual": "",
        }
        response = as_(year.staff()).post(f"/reports/{report.pk}/edit/", data)
        assert response.headers["Location"] == f"{address(year)}#r-{report.pk}"
        report.refresh_from_db()
        assert report.narrative == "已辦3場。"

    def test_what_cannot_be_read_is_said_and_stays_in_the_field(self, year: Year) -> None:
        report = year.report("法律諮詢")
        data = {
            "base": json.dumps(values_of(report)),
            "narrative": "寫了很多",
            "actual": "三成",
            "planned": "25",
        }
        response = as_(year.staff()).post(f"/reports/{report.pk}/edit/", data)
        page = response.content.decode()
        assert response.status_code == 422
        assert "「三成」不是數字" in page
        assert "寫了很多" in page

    def test_two_people_at_one_field_get_both_texts(self, year: Year) -> None:
        report = year.report("法律諮詢")
        base = json.dumps(values_of(report))
        fill(year, narrative="課長寫的")
        response = as_(year.staff()).post(
            f"/reports/{report.pk}/edit/", {"base": base, "narrative": "同仁寫的", "planned": "25"}
        )
        page = response.content.decode()
        assert response.status_code == 409
        assert "課長寫的" in page
        assert "同仁寫的" in page

    def test_a_page_of_somebody_else_is_refused(self, year: Year) -> None:
        report = year.report("法律諮詢")
        data = {"base": "{}", "person": str(year.secretary.pk), "narrative": "冒名"}
        assert as_(year.staff()).post(f"/reports/{report.pk}/edit/", data).status_code == 403

    @pytest.mark.parametrize("lines", [1, 3])
    def test_it_costs_the_same_for_any_number_of_lines(
        self, lines: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        parts = [
            node(
                "heading",
                title=f"項目{n}",
                children=[counted(f"辦理{n + 1}場。", f"活動{n}", str(n + 1), "場")],
            )
            for n in range(lines)
        ]
        year = make_year(node("chapter", title="內容", children=parts))
        client = as_(year.secretary)
        with django_assert_num_queries(10):
            page = client.get(address(year, "秘書室")).content.decode()
        assert page.count('class="report panel"') == lines


class TestHandingIn:
    def test_the_page_says_what_lacks_and_hands_in_what_is_ready(self, year: Year) -> None:
        chief = as_(year.chief())
        assert "請填寫執行情形說明" in chief.get(address(year, rest="hand-in/")).content.decode()
        report = fill(year)

        response = chief.post(address(year, rest="hand-in/"), {"reports": [report.pk]}, follow=True)

        report.refresh_from_db()
        assert report.status == ReportStatus.RELEASED
        assert "已送秘書室審核 1 項" in response.content.decode()

    def test_a_target_without_a_result_is_told_and_keeps_nothing(self, year: Year) -> None:
        report = fill(year)
        page = as_(year.chief()).get(address(year, rest="hand-in/")).content.decode()
        assert re.search(r"尚無實績：\s*法律諮詢", page)
        fill(year, **{f"value-{year.target('法律諮詢').pk}": "3"})
        page = as_(year.chief()).get(address(year, rest="hand-in/")).content.decode()
        assert "尚無實績：" not in page
        as_(year.chief()).post(address(year, rest="hand-in/"), {"reports": [report.pk]})
        report.refresh_from_db()
        assert report.status == ReportStatus.RELEASED

    def test_staff_hand_in_to_the_chief_who_releases_all(self, year: Year) -> None:
        report = fill(year)
        as_(year.staff()).post(address(year, rest="hand-in/"))
        report.refresh_from_db()
        assert report.status == ReportStatus.SUBMITTED
        assert as_(year.staff()).post(address(year, rest="release/")).status_code == 403
        as_(year.chief()).post(address(year, rest="release/"))
        report.refresh_from_db()
        assert report.status == ReportStatus.RELEASED

    def test_twice_is_once(self, year: Year) -> None:
        report = fill(year)
        chief = as_(year.chief())
        for _time in range(2):
            chief.post(address(year, rest="hand-in/"), {"reports": [report.pk]})
        assert report.events.count() == 1


class TestOthers:
    def test_another_unit_reads_but_does_not_write(self, year: Year) -> None:
        report = fill(year)
        other = as_(year.staff("社會課"))
        assert other.get(address(year)).status_code == 200
        assert "<form method" not in other.get(address(year)).content.decode().split('id="desk"')[1]
        for path in (f"/reports/{report.pk}/edit/", address(year, rest="hand-in/")):
            assert other.post(path, {"narrative": "他課"}).status_code == 403
        assert other.post(f"/reports/{report.pk}/accept/").status_code == 403
        report.refresh_from_db()
        assert (report.narrative, report.status) == ("已辦理。", ReportStatus.DRAFT)

    def test_another_district_sees_nothing(self, year: Year) -> None:
        stranger = as_(make_secretary(make_district(year.district.city)))
        report = fill(year)
        paths = [address(year), f"/reports/{report.pk}/", f"/plans/{year.plan.pk}/progress/"]
        assert [stranger.get(path).status_code for path in paths] == [404] * 3
        assert [as_(year.secretary).get(path).status_code for path in paths] == [200] * 3

    def test_the_city_reads_what_the_chief_has_released(self, year: Year) -> None:
        report = fill(year)
        city = as_(make_holder(Role.EVALUATOR, year.district.city))
        assert city.get(f"/reports/{report.pk}/").status_code == 404
        take_step(report.pk, "release", actor=year.chief(), at=IN_FIRST)
        assert "已辦理。" in city.get(f"/reports/{report.pk}/").content.decode()
        other_city = as_(make_holder(Role.EVALUATOR, make_district().city))
        assert other_city.get(f"/reports/{report.pk}/").status_code == 404


class TestChecking:
    def test_single_and_bulk_do_the_same(self, year: Year) -> None:
        reports = [fill(year), fill(year, "關懷訪視")]
        for report in reports:
            take_step(report.pk, "release", actor=year.chief(), at=IN_FIRST)
        secretary = as_(year.secretary)
        page = secretary.get(f"/periods/{year.period().pk}/check/").content.decode()
        assert page.count('name="reports"') == 2

        secretary.post(f"/reports/{reports[0].pk}/return/", {"comment": "請補。"})
        secretary.post(
            f"/periods/{year.period().pk}/decide/",
            {"reports": [reports[1].pk], "step": "return", "comment": "請補。"},
        )

        for report in reports:
            report.refresh_from_db()
        assert [(one.status, one.note) for one in reports] == [(ReportStatus.RETURNED, "請補。")] * 2
        assert [one.events.last().step for one in reports] == ["return"] * 2

    def test_a_unit_is_told_once_of_all_that_comes_back_together(self, year: Year) -> None:
        # Of one unit both, as they would be in any plan of more lines.
        ProgressReport.objects.update(unit=year.units["民政課"])
        reports = [fill(year), fill(year, "關懷訪視")]
        for report in reports:
            take_step(report.pk, "release", actor=year.secretary, at=IN_FIRST)
        chief = year.chief()
        as_(year.secretary).post(
            f"/periods/{year.period().pk}/decide/",
            {"reports": [report.pk for report in reports], "step": "return", "comment": "請補照片。"},
        )
        (notice,) = chief.notices.all()
        told = "民政課115年1月至3月執行情形 2 項退回修正，理由：請補照片。"
        assert str(notice) == f"「{year.plan.title}」：{told}"
        assert notice.address == f"/periods/{year.period().pk}/units/{year.units['民政課'].pk}/"

    def test_what_waits_is_read_in_full_and_all_else_told_by_its_title(self, year: Year) -> None:
        waiting, written = fill(year), fill(year, "關懷訪視", narrative="訪視二十人。")
        path = f"/periods/{year.period().pk}/check/"
        nothing_yet = as_(year.secretary).get(path).content.decode()
        assert "目前沒有待您審核的執行情形。" in nothing_yet
        assert "已辦理。" not in nothing_yet
        take_step(waiting.pk, "release", actor=year.chief(), at=IN_FIRST)

        page = as_(year.secretary).get(path).content.decode()
        everything = as_(year.secretary).get(f"{path}?show=all").content.decode()
        of_others = as_(year.chief()).get(path).content.decode()

        assert "已辦理。" in page
        assert "訪視二十人。" not in page
        assert f'id="r-{written.pk}"' in page
        assert f'href="/reports/{written.pk}/"' in page
        assert "訪視二十人。" in everything
        assert "訪視二十人。" in of_others
        for answer in (page, everything):  # with how many there are of each
            assert re.search(r'show=waiting"[^>]*>待審核 <span class="tabs__count">1<', answer)
            assert re.search(r'show=all"[^>]*>全部 <span class="tabs__count">\d', answer)
        assert as_(year.secretary).get(f"{path}?show=no").content.decode().count("已辦理。") == 1

    def test_what_nobody_wrote_in_is_not_called_a_draft(self, year: Year) -> None:
        fill(year)
        paths = (f"/periods/{year.period().pk}/check/?show=all", f"/dashboard/plans/{year.plan.pk}/reports/")
        client = as_(year.secretary)
        pages = [client.get(path, {"period": "1", "show": "all"}).content.decode() for path in paths]
        # Of two reports of the period one is begun.
        told = [[page.count(f">{words}</span>") for words in ("草稿", "尚未填寫")] for page in pages]
        assert told == [[1, 1], [1, 1]]

    def test_what_is_wrong_with_a_decision_leaves_its_ticks_and_its_words(self, year: Year) -> None:
        reports = [fill(year), fill(year, "關懷訪視")]
        for report in reports:
            take_step(report.pk, "release", actor=year.chief(), at=IN_FIRST)
        secretary, path = as_(year.secretary), f"/periods/{year.period().pk}/decide/"

        def ticks(response: Any) -> list[bool]:
            page = response.content.decode()
            boxes = [re.search(rf'<input[^>]*value="{one.pk}"[^>]*>', page) for one in reports]
            return ["checked" in box.group() for box in boxes if box]

        no_reason = secretary.post(path, {"reports": [reports[1].pk], "step": "return", "comment": ""})
        none_chosen = secretary.post(path, {"step": "return", "comment": "請補照片。"})

        assert (no_reason.status_code, none_chosen.status_code) == (422, 422)
        assert (ticks(no_reason), ticks(none_chosen)) == ([False, True], [False, False])
        assert "請填寫理由" in no_reason.content.decode()
        assert "請補照片。</textarea>" in none_chosen.content.decode()
        assert ticks(secretary.get(f"/periods/{year.period().pk}/check/")) == [True, True]
        assert set(ProgressReport.objects.owed().filter(period=year.period()).values_list("status")) == {
            ("released",)
        }

    def test_what_was_asked_for_is_read_beside_it_until_it_is_accepted(self, year: Year) -> None:
        report, path = fill(year), f"/periods/{year.period().pk}/check/?show=all"
        take_step(report.pk, "release", actor=year.chief(), at=IN_FIRST)
        take_step(report.pk, "return", actor=year.secretary, at=IN_FIRST, comment="請補日期。")
        take_step(report.pk, "release", actor=year.chief(), at=IN_FIRST)

        assert "曾退回：</span> 請補日期。" in as_(year.secretary).get(path).content.decode()
        take_step(report.pk, "accept", actor=year.secretary, at=IN_FIRST)
        assert "請補日期。" not in as_(year.secretary).get(path).content.decode()

    def test_a_step_is_held_in_some_states_alone_whoever_asks_for_it(self, year: Year) -> None:
        """No button stands there; a request sent by hand, or from a page that is old by now, is refused."""
        report, chief, staff = fill(year), as_(year.chief()), as_(year.staff())
        secretary, reason = as_(year.secretary), {"comment": "請補。"}
        take_step(report.pk, "submit", actor=year.staff(), at=IN_FIRST)
        bulk = {"reports": [report.pk], "step": "return"} | reason

        assert secretary.post(f"/reports/{report.pk}/return/", reason).status_code == 422
        secretary.post(f"/periods/{year.period().pk}/decide/", bulk)
        report.refresh_from_db()
        assert report.status == ReportStatus.SUBMITTED  # it is still with its chief

        take_step(report.pk, "release", actor=year.chief(), at=IN_FIRST)
        assert staff.post(f"/reports/{report.pk}/take_back/", {"comment": ""}).status_code == 422
        assert chief.post(f"/reports/{report.pk}/return/", reason).status_code == 422
        report.refresh_from_db()
        assert report.status == ReportStatus.RELEASED

        assert chief.post(f"/reports/{report.pk}/take_back/", {"comment": ""}).status_code == 302
        report.refresh_from_db()
        assert report.status == ReportStatus.DRAFT

    def test_returning_without_a_reason_is_refused(self, year: Year) -> None:
        report = fill(year)
        take_step(report.pk, "release", actor=year.chief(), at=IN_FIRST)
        response = as_(year.secretary).post(f"/reports/{report.pk}/return/", {"comment": " "})
        assert response.status_code == 422
        as_(year.secretary).post(
            f"/periods/{year.period().pk}/decide/", {"reports": [report.pk], "step": "return"}
        )
        report.refresh_from_db()
        assert report.status == ReportStatus.RELEASED

    def test_a_return_leads_back_where_it_was_begun_also_after_a_mistake(self, year: Year) -> None:
        report, secretary = fill(year), as_(year.secretary)
        take_step(report.pk, "release", actor=year.chief(), at=IN_FIRST)
        path = f"/reports/{report.pk}/return/?then=check"
        hidden = '<input type="hidden" name="then" value="check">'
        assert hidden in secretary.get(path).content.decode()
        assert hidden in secretary.post(path, {"then": "check", "comment": ""}).content.decode()

        done = secretary.post(path, {"then": "check", "comment": "請補。"})

        assert done.headers["Location"] == f"/periods/{year.period().pk}/check/#r-{report.pk}"

    def test_reports_of_another_plan_are_not_decided_here(self, year: Year) -> None:
        other = make_year()
        report = fill(other)
        take_step(report.pk, "release", actor=other.chief(), at=IN_FIRST)
        as_(year.secretary).post(
            f"/periods/{year.period().pk}/decide/", {"reports": [report.pk], "step": "accept"}
        )
        report.refresh_from_db()
        assert report.status == ReportStatus.RELEASED

    @pytest.mark.parametrize("units", [1, 3])
    def test_boards_cost_the_same_for_any_number_of_units(
        self, units: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        year = (
            make_year(*chapters())
            if units == 3
            else make_year(
                node(
                    "chapter",
                    title="內容",
                    children=[
                        node("heading", title="甲", children=[counted("辦理3場。", "活動", "3", "場")])
                    ],
                )
            )
        )
        client = as_(year.secretary)
        with django_assert_num_queries(6):
            client.get(f"/plans/{year.plan.pk}/progress/")
        for report in ProgressReport.objects.owed().filter(period=year.period()):
            ProgressReport.objects.filter(pk=report.pk).update(status=ReportStatus.RELEASED)
        path = f"/periods/{year.period().pk}/check/"
        with django_assert_num_queries(7):
            client.get(f"{path}?show=all")
        with django_assert_num_queries(7):
            client.get(path)


class TestArranging:
    def test_who_ticks_a_line_late_reads_in_which_periods_it_is_asked_for(self, year: Year) -> None:
        path = f"/plans/{year.plan.pk}/progress/lines/"
        words = "下列期別已過期限但尚未截止"
        assert words not in as_(year.secretary).get(path).content.decode()
        Period.objects.filter(plan=year.plan, number=1).update(due_on=dt.date(2026, 3, 1))

        page = as_(year.secretary).get(path).content.decode()

        assert words in page
        assert year.period().span_words in page
        Period.objects.update(closed_at=IN_FIRST)
        assert words not in as_(year.secretary).get(path).content.decode()

    def test_lines_are_chosen_and_who_owes_what_follows(self, year: Year) -> None:
        line = year.line("關懷訪視")
        secretary = as_(year.secretary)
        path = f"/plans/{year.plan.pk}/progress/lines/"
        assert "關懷訪視" in secretary.get(path).content.decode()

        secretary.post(
            path,
            {f"t-{year.line('法律諮詢').pk}": "on", f"c-{year.line('法律諮詢').pk}": year.units["社會課"].pk},
        )

        line.refresh_from_db()
        assert (line.is_tracked, line.is_chosen) == (False, True)
        owed = ProgressReport.objects.owed().filter(period=year.period())
        assert [(one.line.words, one.unit.name) for one in owed] == [("法律諮詢", "社會課")]

    def test_days_are_changed_and_impossible_ones_refused(self, year: Year) -> None:
        path = f"/periods/{year.period().pk}/edit/"
        secretary = as_(year.secretary)
        assert secretary.post(path, {"opens_on": "115.3.1", "due_on": "115.2.1"}).status_code == 422
        assert secretary.post(path, {"opens_on": "115.3.1", "due_on": "115.4.30"}).status_code == 302
        assert year.period().due_on == dt.date(2026, 4, 30)

    def test_a_period_is_closed_after_a_page_that_names_who_has_not_filed(self, year: Year) -> None:
        with time_machine.travel(dt.datetime(2026, 5, 1, 2, tzinfo=dt.UTC), tick=False):
            secretary = as_(year.secretary)
            path = f"/periods/{year.period().pk}/close/"
            assert "民政課" in secretary.get(path).content.decode()
            secretary.post(path)
            assert year.period().closed_at is not None
            secretary.post(path, {"step": "open"})
            assert year.period().closed_at is None

    def test_a_unit_is_given_more_time_and_told(self, year: Year) -> None:
        people = year.staff()
        path = f"/periods/{year.period().pk}/allow/"
        data = {"unit": year.units["民政課"].pk, "due_on": "115.5.10", "reason": "系統維護"}
        assert as_(year.secretary).post(path, data).status_code == 302
        assert "系統維護" in str(people.notices.get())
        assert "115年5月10日" in as_(people).get(address(year)).content.decode()
