from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import Appointment
from core.sheet_files import read_sheet
from dashboard.permissions import get_own_places
from progress.enums import ReportStep
from progress.models import ProgressReport
from progress.services.periods import allow_unit, close_period
from progress.services.steps import take_step
from tests.builders import (
    LONG_AGO,
    make_district,
    make_holder,
    make_plan,
    make_secretary,
    make_unit,
    make_user,
)
from tests.dashboard.rows import AFTER_DUE, BEHIND, as_, release, wide_year, write
from tests.progress.rows import APPROVED, Year, chapters, make_year, put_in_force

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def after_the_first_quarter() -> Any:
    with time_machine.travel(AFTER_DUE, tick=False):
        yield


@pytest.fixture
def year() -> Year:
    """Two lines: one behind and released, the other not filed in time."""
    year = make_year()
    release(
        year.report("法律諮詢"),
        actor=year.secretary,
        planned="25",
        actual="10",
        法律諮詢="1",
        **BEHIND,
    )
    return year


def board(year: Year, rest: str = "") -> str:
    return f"/dashboard/plans/{year.plan.pk}/{rest}"


class TestWayThere:
    def test_who_works_in_one_place_is_led_there(self, year: Year) -> None:
        unit = year.units["民政課"]
        for user, address in (
            (year.staff(), f"/dashboard/units/{unit.pk}/"),
            (year.secretary, f"/dashboard/districts/{year.district.pk}/"),
            (make_holder(Role.AUDITOR, year.district.city), f"/dashboard/cities/{year.district.city_id}/"),
        ):
            assert as_(user).get("/dashboard/").headers["Location"] == address

    def test_who_works_in_several_chooses(self, year: Year) -> None:
        user = year.staff()
        Appointment.objects.create(
            user=user, role=Role.UNIT_STAFF, unit=year.units["社會課"], starts_on=LONG_AGO
        )

        page = as_(user).get("/dashboard/").content.decode()

        assert all(f"/dashboard/units/{year.units[name].pk}/" in page for name in ("民政課", "社會課"))

    def test_a_district_leads_to_its_plan_of_the_year(self, year: Year) -> None:
        for other in (2025, 2027):
            put_in_force(make_plan(year.district, year=other), actor=year.secretary, at=AFTER_DUE)

        response = as_(year.secretary).get(f"/dashboard/districts/{year.district.pk}/")

        assert response.headers["Location"] == board(year)

    def test_a_district_without_a_plan_in_force_says_so(self) -> None:
        district = make_district()
        response = as_(make_secretary(district)).get(f"/dashboard/districts/{district.pk}/")
        assert "本區尚無核定之計畫" in response.content.decode()

    def test_the_menu_leads_whoever_is_appointed(self, year: Year) -> None:
        link = 'href="/dashboard/"'
        assert link in as_(year.staff()).get("/notices/").content.decode()
        assert link not in as_(make_user()).get("/notices/").content.decode()


class TestPlanBoard:
    def test_its_numbers(self, year: Year) -> None:
        response = as_(year.secretary).get(board(year))

        tally, found = response.context["tally"], response.context["year"]
        assert response.context["span"].number == 1
        assert (tally.owed, tally.counted, tally.behind, tally.overdue) == (2, 1, 1, 1)
        assert [(one.name, one.tally.owed, one.tally.behind) for one in response.context["units"]] == [
            ("民政課", 1, 1),
            ("社會課", 1, 0),
        ]
        assert [row.days_over for row in found.overdue] == [10]
        # Of legal advice 1 of 12 was held and 3 are expected; what has no number there stands as its line
        # does; the other line was not filed.
        assert [(row.name, row.state, row.result, row.expected) for row in found.targets] == [
            ("法律諮詢", "behind", 1, 3),
            ("", "behind", None, None),
            ("訪視達成率", "not_started", None, None),
        ]

    def test_its_words(self, year: Year) -> None:
        page = as_(year.secretary).get(board(year)).content.decode()

        assert "合作機構調整人力。" in page
        assert "下季補辦兩場。" in page
        assert "116年1月31日" in page
        assert f'href="/plans/{year.plan.pk}/in-force/pdf/"' in page
        assert page.count('role="img"') == 3

    def test_what_is_reached_in_a_unit_or_chapter_leads_to_what_is_reached(self, year: Year) -> None:
        page = as_(year.secretary).get(board(year)).content.decode()
        links = re.findall(r'href="([^"]+)">\d+／\d+</a>', page)
        narrowed = [
            unescape(link) for link in links if "/targets/?unit=" in link or "/targets/?chapter=" in link
        ]
        assert narrowed
        assert [link for link in narrowed if not link.endswith("&state=reached")] == []

    def test_another_period_is_chosen(self, year: Year) -> None:
        client = as_(year.secretary)
        for asked, number in (("2", 2), ("9", 1), ("x", 1), ("²", 1), ("", 1)):
            assert client.get(board(year), {"period": asked}).context["span"].number == number

    @pytest.mark.parametrize("of", ["district", "unit"])
    def test_every_number_leads_to_as_many_lines(self, year: Year, of: str) -> None:
        client, unit = as_(year.secretary), year.units["民政課"]
        start = board(year) if of == "district" else f"/dashboard/units/{unit.pk}/"
        page = client.get(start).content.decode()
        lists = re.escape(board(year))
        links = re.findall(rf'href="({lists}(?:reports|targets)/\?[^"]*)">([\d／]+)<', page)

        assert links
        for address, shown in links:
            rows = client.get(address.replace("&amp;", "&")).context["rows"]
            assert len(rows) == int(shown.split("／")[0]), (address, shown, len(rows))

    def test_an_extension_moves_what_is_overdue(self, year: Year) -> None:
        allow_unit(
            year.period().pk,
            year.units["社會課"],
            actor=year.secretary,
            due_on=dt.date(2026, 4, 25),
            reason="颱風。",
            at=AFTER_DUE,
        )
        assert as_(year.secretary).get(board(year)).context["year"].overdue == []

    def test_the_city_sees_what_was_released_and_no_more(self, year: Year) -> None:
        write(
            year.report("關懷訪視"),
            actor=year.secretary,
            at=AFTER_DUE,
            narrative="尚未送出的內容",
            actual="1",
        )
        client = as_(make_holder(Role.EVALUATOR, year.district.city))

        response = client.get(board(year))
        listed = client.get(board(year, "reports/")).content.decode()

        tally = response.context["tally"]
        assert (tally.owed, tally.counted, tally.overdue) == (2, 1, 1)
        assert (tally.submitted, tally.returned) == (0, 0)
        assert "合作機構調整人力。" in response.content.decode()
        assert "尚未送出的內容" not in listed
        assert listed.count("state state--") == 1  # of the one report that was released
        assert "/meeting/" not in response.content.decode()

    def test_what_waits_for_its_chief_is_not_filed_for_the_city(self, year: Year) -> None:
        report = year.report("關懷訪視")
        write(report, actor=year.secretary, at=AFTER_DUE, actual="25")
        take_step(report.pk, ReportStep.SUBMIT, actor=year.secretary, at=AFTER_DUE, tells=False)

        inside = as_(year.secretary).get(board(year)).context["tally"]
        outside = as_(make_holder(Role.EVALUATOR, year.district.city)).get(board(year)).context["tally"]

        assert (inside.filed, inside.submitted, inside.counted) == (2, 1, 1)
        assert (outside.filed, outside.submitted, outside.counted, outside.overdue) == (1, 0, 1, 0)

    @pytest.mark.parametrize("lines", [1, 3])
    @pytest.mark.parametrize(
        ("role", "queries"), [(Role.SECRETARIAT, 7), (Role.UNIT_STAFF, 7), (Role.EVALUATOR, 7)]
    )
    def test_it_costs_the_same_for_any_number_of_lines(
        self, lines: int, role: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        year = wide_year(lines)
        for number in range(lines):
            release(year.report(f"項目{number}"), actor=year.secretary, planned="25", actual="9", **BEHIND)
        places = {Role.UNIT_STAFF: year.units["民政課"], Role.EVALUATOR: year.district.city}
        client = as_(make_holder(role, places.get(Role(role), year.district)))
        client.get(board(year))

        with django_assert_num_queries(queries):
            response = client.get(board(year))

        assert response.context["tally"].behind == lines


class TestLists:
    @pytest.mark.parametrize(
        ("query", "lines"),
        [
            ({}, ["法律諮詢"] * 4 + ["關懷訪視"] * 4),
            ({"period": "1"}, ["法律諮詢", "關懷訪視"]),
            ({"period": "1", "state": "behind"}, ["法律諮詢"]),
            ({"period": "1", "state": "open"}, ["關懷訪視"]),
            ({"state": "overdue"}, ["關懷訪視"]),
            ({"state": "released"}, ["法律諮詢"]),
            ({"state": "done"}, []),
            (
                {"period": "99", "state": "nonsense", "unit": "x", "chapter": "?"},
                ["法律諮詢"] * 4 + ["關懷訪視"] * 4,
            ),
        ],
    )
    def test_reports_are_narrowed(self, year: Year, query: dict[str, str], lines: list[str]) -> None:
        rows = as_(year.secretary).get(board(year, "reports/"), query).context["rows"]
        assert sorted(row.words[-4:] for _span, row in rows) == sorted(lines)

    def test_targets_say_why(self, year: Year) -> None:
        page = as_(year.secretary).get(board(year, "targets/?state=behind")).content.decode()
        assert "已達 1／12 場次" in page
        assert "訪視達成率" not in page

    def test_htmx_gets_the_table_alone(self, year: Year) -> None:
        client = as_(year.secretary)
        for rest in ("reports/", "targets/"):
            page = client.get(board(year, rest), headers={"HX-Request": "true"}).content.decode()
            assert "<table" in page
            assert "<html" not in page

    def test_checks_are_for_the_secretariat(self, year: Year) -> None:
        release(year.report("關懷訪視"), actor=year.secretary, at=AFTER_DUE, planned="25", actual="25")

        response = as_(year.secretary).get(board(year, "checks/"))

        assert response.context["total"] == 1
        assert "已填報但目標無實績" in response.content.decode()
        assert as_(year.staff()).get(board(year, "checks/")).status_code == 403

    @pytest.mark.parametrize("extension", ["ods", "xlsx", "csv"])
    def test_numbers_are_numbers_in_every_format(self, year: Year, extension: str) -> None:
        response = as_(year.secretary).get(board(year, f"reports/?state=behind&format={extension}"))
        sheet = read_sheet(response.content)
        row = dict(zip(sheet.headers, sheet[0], strict=True))

        assert len(sheet) == 1
        planned, actual = row["預定進度（%）"], row["實際進度（%）"]
        assert (str(planned), str(actual)) == ("25", "10")
        if extension != "csv":
            assert {type(planned), type(actual)} == {int}
        assert row["落後原因"] == "合作機構調整人力。"

    def test_formulas_are_disarmed(self, year: Year) -> None:
        release(
            year.report("關懷訪視"),
            actor=year.secretary,
            at=AFTER_DUE,
            planned="25",
            actual="1",
            **(BEHIND | {"reason": "=HYPERLINK(1)"}),
        )
        data = as_(year.secretary).get(board(year, "reports/?format=csv")).content.decode("utf-8-sig")
        assert "'=HYPERLINK(1)" in data

    @pytest.mark.parametrize("period", [1, 2])
    def test_a_table_goes_out_for_the_period_that_is_shown(self, year: Year, period: int) -> None:
        client = as_(year.secretary)
        page = client.get(board(year, f"?period={period}")).content.decode()
        (link,) = re.findall(r'href="(\?[^"]*table=units[^"]*format=csv)"', page)

        response = client.get(board(year) + unescape(link))

        sheet = read_sheet(response.content)
        row = dict(zip(sheet.headers, sheet[0], strict=True))
        assert str(row["已送出"]) == ("1" if period == 1 else "0")
        words = year.period(period).span_words
        assert words in unquote(response.headers["Content-Disposition"])

    @pytest.mark.parametrize("table", ["units", "chapters", "trend"])
    def test_each_table_of_the_board_is_a_sheet(self, year: Year, table: str) -> None:
        response = as_(year.secretary).get(board(year, f"?table={table}&format=ods"))
        assert len(read_sheet(response.content)) == {"units": 2, "chapters": 1, "trend": 2}[table]


class TestDetails:
    def test_a_line_shows_all_its_periods(self, year: Year) -> None:
        response = as_(year.secretary).get(f"/dashboard/lines/{year.line('法律諮詢').pk}/")
        assert [(span.number, row.state) for span, row in response.context["rows"]] == [
            (1, "behind"),
            (2, ""),
        ]
        assert "已辦理。" in response.content.decode()

    def test_an_indicator_shows_its_years_and_periods(self, year: Year) -> None:
        key = year.target("法律諮詢").indicator_id
        response = as_(year.secretary).get(f"/dashboard/indicators/{key}/")
        found = response.context["board"]
        assert [(one.year, one.target.value, one.target.result) for one in found.years] == [(2026, 12, 1)]
        assert found.running == [1, None]
        assert response.content.decode().count('role="img"') == 2


class TestUnitBoard:
    def test_it_says_what_is_due_until_when_and_leads_to_the_form(self, year: Year) -> None:
        unit = year.units["社會課"]
        response = as_(year.staff("社會課")).get(f"/dashboard/units/{unit.pk}/")

        due = response.context["board"].due
        assert [(one.span.number, one.tally.unfiled, one.days_left) for one in due] == [
            (1, 1, -10),
            (2, 1, 81),
        ]
        page = response.content.decode()
        assert f'href="/periods/{year.period(1).pk}/units/{unit.pk}/"' in page
        assert "逾期 10 日" in page

    def test_what_is_filed_is_no_longer_due(self, year: Year) -> None:
        board = as_(year.staff()).get(f"/dashboard/units/{year.units['民政課'].pk}/").context["board"]
        assert [one.span.number for one in board.due] == [2]
        assert [row.words[-4:] for _plan, _span, row in board.behind] == ["法律諮詢"]

    def test_nothing_is_behind_any_more_in_a_year_whose_periods_are_all_closed(self, year: Year) -> None:
        address = f"/dashboard/units/{year.units['民政課'].pk}/"
        with time_machine.travel(dt.datetime(2027, 1, 20, 2, tzinfo=dt.UTC), tick=False):
            for number in (1, 2, 3, 4):
                assert len(as_(year.staff()).get(address).context["board"].behind) == 1
                close_period(year.period(number).pk, actor=year.secretary, at=timezone.now())
            assert as_(year.staff()).get(address).context["board"].behind == []

    def test_a_unit_that_owes_nothing_is_told(self, year: Year) -> None:
        page = as_(year.secretary).get(f"/dashboard/units/{year.units['秘書室'].pk}/").content.decode()
        assert "本課室沒有應填報的條目" in page

    @pytest.mark.parametrize("lines", [1, 3])
    def test_it_costs_the_same_for_any_number_of_lines(
        self, lines: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        year = wide_year(lines)
        client, address = as_(year.staff()), f"/dashboard/units/{year.units['民政課'].pk}/"
        client.get(address)
        with django_assert_num_queries(6):
            response = client.get(address)
        assert response.context["board"].due[0].tally.unfiled == lines


def test_units_of_other_districts_do_not_exist(year: Year) -> None:
    other = make_unit(make_district(year.district.city))
    assert as_(year.secretary).get(f"/dashboard/units/{other.pk}/").status_code == 404


class TestWhoIsLedWhere:
    def test_the_secretariat_alone_is_told_what_does_not_agree(self, year: Year) -> None:
        ProgressReport.objects.update(countermeasure="無。")
        link = f'href="{board(year, "checks/")}"'
        count = as_(year.secretary).get(board(year, "checks/")).context["total"]
        of_secretary = as_(year.secretary).get(board(year))
        assert count > 0
        assert of_secretary.context["checks"] == count
        assert link in of_secretary.content.decode()
        for person in (
            make_holder(Role.DISTRICT_HEAD, year.district),
            year.chief(),
            make_holder(Role.EVALUATOR, year.district.city),
        ):
            page = as_(person).get(board(year))
            assert page.context["checks"] == 0
            assert link not in page.content.decode()

    def test_what_staff_submitted_is_the_chiefs_to_release(self, year: Year) -> None:
        report, unit = year.report("法律諮詢", 2), year.units["民政課"]
        with time_machine.travel(dt.datetime(2026, 6, 25, 2, tzinfo=dt.UTC), tick=False):
            write(report, actor=year.staff(), at=timezone.now(), planned="50", actual="50")
            take_step(report.pk, ReportStep.SUBMIT, actor=year.staff(), at=timezone.now(), tells=False)
            pages = {
                name: as_(person).get(f"/dashboard/units/{unit.pk}/").content.decode()
                for name, person in (
                    ("chief", year.chief()),
                    ("staff", year.staff()),
                    ("secretary", year.secretary),
                )
            }
        assert {name for name, page in pages.items() if "核閱送出" in page} == {"chief"}

    def test_who_may_not_enter_has_no_dashboard(self, year: Year) -> None:
        person = year.staff()
        assert get_own_places(person, on=AFTER_DUE.date())
        person.is_active = False
        assert get_own_places(person, on=AFTER_DUE.date()) == []

    def test_what_is_still_with_the_chief_is_no_business_of_the_city(self, year: Year) -> None:
        target = year.target("法律諮詢")
        path = f"/dashboard/indicators/{target.indicator_id}/"

        def knows(person: Any) -> list[bool]:
            return [one.target.knows_waiting for one in as_(person).get(path).context["board"].years]

        assert knows(year.secretary) == [True]
        assert knows(make_holder(Role.EVALUATOR, year.district.city)) == [False]


class TestUnitOfSeveralYears:
    """In hand are plans of this year and the last, and of those before what can still be filed."""

    def test_rows_of_each_year(self, year: Year) -> None:
        before, long_before = (make_year(district=year.district, year=number) for number in (2025, 2024))
        for old in (before, long_before):
            release(old.report("法律諮詢"), actor=old.secretary, planned="25", actual="25", 法律諮詢="3")
            for number in (1, 2):
                close_period(old.period(number).pk, actor=old.secretary, at=AFTER_DUE)
        unit = year.units["民政課"]

        found = as_(year.staff()).get(f"/dashboard/units/{unit.pk}/").context["board"]

        told = [(plan.year, span.number, row.is_filed) for plan, span, row in found.reports]
        of_this_year = [(2026, 1, True), (2026, 2, False), (2026, 3, False), (2026, 4, False)]
        of_last_year = [(2025, 1, True), (2025, 2, False), (2025, 3, False), (2025, 4, False)]
        assert told == [*of_this_year, *of_last_year, (2024, 3, False), (2024, 4, False)]
        assert [one.plan.year for one in found.plans] == [2026, 2025, 2024]

        for number in (3, 4):
            close_period(long_before.period(number).pk, actor=long_before.secretary, at=AFTER_DUE)
        found = as_(year.staff()).get(f"/dashboard/units/{unit.pk}/").context["board"]
        assert [one.plan.year for one in found.plans] == [2026, 2025]

    def test_plans_of_one_year_stand_one_after_the_other(self, year: Year) -> None:
        other = make_plan(year.district, chapters=chapters(), year=2026, series="社區服務計畫")
        put_in_force(other, actor=year.secretary, at=APPROVED)
        unit = year.units["民政課"]
        found = as_(year.staff()).get(f"/dashboard/units/{unit.pk}/").context["board"]
        assert [plan.pk for plan, _span, _row in found.reports] == [year.plan.pk] * 4 + [other.pk] * 4


def test_each_table_of_a_page_is_a_file_of_its_own_name(year: Year) -> None:
    client = as_(year.secretary)
    names = [
        unquote(client.get(board(year, f"?table={table}&format=csv")).headers["Content-Disposition"])
        for table in ("units", "chapters", "trend", "nonsense")
    ]
    agency = f"{year.district.agency_name}115年度執行管考115年1月至3月"
    wanted = ["各課室", "各章", "各期", "各課室"]
    assert [name.partition("''")[2].partition("-")[0] for name in names] == [agency + one for one in wanted]
