"""Where findings of checks are told beside their own pages: first page, boards, a narrowed list."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import Appointment
from core.models import AuditEvent
from progress.models import Finding, FindingOrigin, ProgressReport
from progress.services.findings import add_finding, take_finding_step
from tests.builders import LONG_AGO, make_district, make_holder
from tests.progress.rows import IN_FIRST, Year, make_year

pytestmark = pytest.mark.django_db
CHECKED = dt.date(2026, 3, 20)
LATER = dt.datetime(2026, 4, 15, 2, tzinfo=dt.UTC)


@pytest.fixture
def year() -> Year:
    """A year in which 民政課 has to settle two findings, one late and one answered, and 社會課 one."""
    with time_machine.travel(IN_FIRST, tick=False):
        year = make_year()
        late = find(year, "late", due_on=dt.date(2026, 4, 10))
        answered = find(year, "answered", due_on=dt.date(2026, 5, 20), line=year.line("法律諮詢"))
        find(year, "social", unit=year.units["社會課"], due_on=dt.date(2026, 4, 30))
        released = find(year, "released", due_on=dt.date(2026, 4, 1))
        find(year, "city", unit=year.units["社會課"], origin=FindingOrigin.CITY, due_on=dt.date(2026, 6, 1))
        take_finding_step(answered.pk, "answer", actor=year.staff(), text="已改善。", at=IN_FIRST)
        take_finding_step(late.pk, "answer", actor=year.staff(), text="處理中。", at=IN_FIRST)
        take_finding_step(late.pk, "follow", actor=year.secretary, text="請補資料。", at=IN_FIRST)
        take_finding_step(released.pk, "release", actor=year.secretary, text="好。", at=IN_FIRST)
    return year


@pytest.fixture(autouse=True)
def in_april() -> Any:
    with time_machine.travel(LATER, tick=False):
        yield


def find(year: Year, text: str, *, origin: str = FindingOrigin.DISTRICT, **values: Any) -> Finding:
    wanted = {"unit": year.units["民政課"], "line": None, "checked_on": CHECKED, "measure": "改善。"} | values
    return add_finding(year.plan, actor=year.secretary, origin=origin, at=IN_FIRST, text=text, **wanted)


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def listed(client: Client, year: Year, narrowing: str = "") -> list[str]:
    response = client.get(f"/plans/{year.plan.pk}/findings/{narrowing}")
    return [row.finding.text for row in response.context["rows"]]


@pytest.mark.parametrize(
    ("narrowing", "texts"),
    [
        ("", ["late", "social", "answered", "city", "released"]),
        ("?show=followed", ["late", "social", "answered", "city"]),
        ("?show=overdue", ["late"]),
        ("?show=answered", ["answered"]),
        ("?show=released", ["released"]),
        ("?show=nonsense", ["late", "social", "answered", "city", "released"]),
    ],
)
def test_the_list_is_narrowed(year: Year, narrowing: str, texts: list[str]) -> None:
    assert listed(as_(year.secretary), year, narrowing) == texts


def test_the_list_is_narrowed_to_a_unit_and_taken_out_as_it_is(year: Year) -> None:
    client, narrowing = as_(year.secretary), f"?show=followed&unit={year.units['社會課'].pk}"
    assert listed(client, year, narrowing) == ["social", "city"]
    elsewhere = f"?show=answered&unit={year.units['社會課'].pk}"
    assert (
        "沒有符合條件的查核紀錄" in client.get(f"/plans/{year.plan.pk}/findings/{elsewhere}").content.decode()
    )

    sheet = client.get(f"/plans/{year.plan.pk}/findings/{narrowing}&format=csv")
    rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert [(row[0], row[2]) for row in rows[1:]] == [("社會課", "social"), ("社會課", "city")]


def test_the_city_is_shown_those_of_its_own_checks(year: Year) -> None:
    evaluator = as_(make_holder(Role.EVALUATOR, year.district.city))
    assert listed(evaluator, year) == ["city"]
    board = evaluator.get(f"/dashboard/plans/{year.plan.pk}/").context
    assert [row.finding.text for row in board["findings"]] == ["city"]
    assert board["findings_late"] == 0


def test_the_board_of_the_plan_counts_what_is_followed(year: Year) -> None:
    response = as_(year.secretary).get(f"/dashboard/plans/{year.plan.pk}/")
    assert [row.finding.text for row in response.context["findings"]] == [
        "late",
        "social",
        "answered",
        "city",
    ]
    page = response.content.decode()
    assert f'href="/plans/{year.plan.pk}/findings/?show=followed">4</a>' in page
    assert f'href="/plans/{year.plan.pk}/findings/?show=overdue">逾期 1 項</a>' in page


def test_the_board_of_a_unit_lists_what_it_has_to_settle(year: Year) -> None:
    response = as_(year.staff()).get(f"/dashboard/units/{year.units['民政課'].pk}/")
    assert [row.finding.text for row in response.context["findings"]] == ["late", "answered"]


def test_a_board_on_which_nobody_reports_tells_them_all_the_same(year: Year) -> None:
    year.plan.tracked_lines.update(is_tracked=False)
    ProgressReport.objects.all().delete()
    page = as_(year.secretary).get(f"/dashboard/plans/{year.plan.pk}/").content.decode()
    assert "尚未" in page
    assert page.count(">late</a>") == 1


def test_a_board_without_findings_says_nothing_of_them(year: Year) -> None:
    Finding.objects.update(state="released")
    page = as_(year.secretary).get(f"/dashboard/plans/{year.plan.pk}/").content.decode()
    assert "?show=followed" not in page


class TestAnsweredAfterItsDay:
    """What a unit answered waits for whose check it was; it is not late with it."""

    @pytest.fixture(autouse=True)
    def long_after(self) -> Any:
        with time_machine.travel(dt.datetime(2026, 6, 15, 2, tzinfo=dt.UTC), tick=False):
            yield

    def test_it_is_late_in_no_list(self, year: Year) -> None:
        client = as_(year.secretary)
        assert listed(client, year, "?show=overdue") == ["late", "social", "city"]
        address = f"/dashboard/cities/{year.district.city_id}/findings/?show=overdue"
        evaluator = as_(make_holder(Role.EVALUATOR, year.district.city))
        assert [row.finding.text for row in evaluator.get(address).context["rows"]] == ["city"]
        city = Finding.objects.get(text="city")
        take_finding_step(city.pk, "answer", actor=year.staff("社會課"), text="好。", at=IN_FIRST)
        assert listed(client, year, "?show=overdue") == ["late", "social"]
        assert evaluator.get(address).context["rows"] == []

    def test_its_row_in_a_sheet_tells_no_days(self, year: Year) -> None:
        Finding.objects.filter(text="answered").update(origin=FindingOrigin.CITY)
        of_plan = as_(year.secretary).get(f"/plans/{year.plan.pk}/findings/?format=csv")
        evaluator = as_(make_holder(Role.EVALUATOR, year.district.city))
        of_city = evaluator.get(f"/dashboard/cities/{year.district.city_id}/findings/?format=csv")
        told = []
        for sheet in (of_plan, of_city):
            heads, *rows = csv.reader(io.StringIO(sheet.content.decode("utf-8-sig")))
            told.append({row[heads.index("查核發現")]: row[heads.index("逾期日數")] for row in rows})
        assert (told[0]["late"], told[0]["answered"]) == ("66", "")
        assert told[1] == {"answered": "", "city": "14"}

    def test_the_boards_and_first_pages_do_not_count_it(self, year: Year) -> None:
        late = Finding.objects.get(text="late")
        take_finding_step(late.pk, "answer", actor=year.staff(), text="已改善。", at=IN_FIRST)
        (found,) = as_(year.chief()).get("/").context["home"].districts[0].units[0].findings
        assert (found.count, found.to_settle, found.late, found.answered) == (2, 0, 0, 2)
        assert as_(year.secretary).get(f"/dashboard/plans/{year.plan.pk}/").context["findings_late"] == 2
        (of_all,) = as_(year.secretary).get("/").context["home"].districts[0].findings
        assert (of_all.count, of_all.to_settle, of_all.late, of_all.answered) == (4, 2, 2, 2)
        assert of_all.due_on == dt.date(2026, 4, 30)  # of 社會課: the earlier day was that of an answer

    def test_a_first_page_names_no_due_day_where_all_is_answered(self, year: Year) -> None:
        for text in ("late", "city"):
            finding = Finding.objects.get(text=text)
            take_finding_step(finding.pk, "answer", actor=year.staff(), text="好。", at=IN_FIRST)
        page = as_(year.chief()).get("/").content.decode()
        assert "已回復待審認 2 項" in page
        assert "最近期限" not in page
        evaluator = as_(make_holder(Role.EVALUATOR, year.district.city)).get("/")
        (own,) = evaluator.context["home"].cities
        assert (own.findings.count, own.findings.to_settle, own.findings.late) == (1, 0, 0)

    def test_its_own_page_says_so_instead_of_the_days_that_passed(self, year: Year) -> None:
        answered = Finding.objects.get(text="answered")
        page = as_(year.secretary).get(f"/findings/{answered.pk}/").content.decode()
        assert "逾期" not in page
        take_finding_step(answered.pk, "follow", actor=year.secretary, text="請補。", at=IN_FIRST)
        assert "逾期 26 日" in as_(year.secretary).get(f"/findings/{answered.pk}/").content.decode()


class TestFirstPage:
    def test_a_chief_is_told_of_those_of_the_unit_alone(self, year: Year) -> None:
        response = as_(year.chief()).get("/")
        ((own,),) = ([unit.findings for unit in response.context["home"].districts[0].units],)
        (found,) = own
        assert (found.count, found.late, found.answered, found.due_on) == (2, 1, 1, dt.date(2026, 4, 10))
        unit = year.units["民政課"].pk
        address = f"/plans/{year.plan.pk}/findings/?show=followed&unit={unit}"
        assert address.replace("&", "&amp;") in response.content.decode()
        assert listed(as_(year.chief()), year, f"?show=followed&unit={unit}") == ["late", "answered"]

    def test_the_secretariat_is_told_of_all_of_a_plan_together(self, year: Year) -> None:
        response = as_(year.secretary).get("/")
        (found,) = response.context["home"].districts[0].findings
        assert (found.count, found.late, found.answered) == (4, 1, 1)
        assert found.due_on == dt.date(2026, 4, 10)
        assert "平時查核列管中 4 項" in response.content.decode()

    def test_what_the_city_has_to_decide_is_not_told_to_the_secretariat_as_its_own(self, year: Year) -> None:
        city = Finding.objects.get(text="city")
        take_finding_step(city.pk, "answer", actor=year.staff("社會課"), text="好。", at=IN_FIRST)
        (found,) = as_(year.secretary).get("/").context["home"].districts[0].findings
        assert (found.count, found.answered) == (4, 1)
        assert (found.to_settle, found.with_city) == (2, 1)
        assert "已回復待市府審認 1 項" in as_(year.secretary).get("/").content.decode()
        (unit,) = as_(year.staff("社會課")).get("/").context["home"].districts[0].units
        assert [(one.count, one.answered, one.with_city) for one in unit.findings] == [(2, 1, 0)]

    def test_who_is_of_two_districts_is_told_of_one_as_a_whole_and_of_the_other_by_the_unit(
        self, year: Year
    ) -> None:
        other = make_year(district=make_district(year.district.city))
        find(other, "of the unit", unit=other.units["民政課"], due_on=dt.date(2026, 5, 1))
        find(other, "of another", unit=other.units["社會課"], due_on=dt.date(2026, 5, 1))
        Appointment.objects.create(
            user=year.secretary, role=Role.UNIT_STAFF, unit=other.units["民政課"], starts_on=LONG_AGO
        )
        whole, of_unit = as_(year.secretary).get("/").context["home"].districts
        assert [one.owed for one in whole.filings] == [2, 2]  # of both units
        assert [one.count for one in whole.findings] == [4]
        (unit,) = of_unit.units
        assert [one.owed for one in unit.filings] == [1, 1]
        assert [one.count for one in unit.findings] == [1]
        assert (of_unit.filings, of_unit.findings) == ([], [])

    def test_what_is_released_is_not_told(self, year: Year) -> None:
        Finding.objects.update(state="released")
        home = as_(year.secretary).get("/").context["home"]
        assert home.districts[0].findings == []

    def test_the_filing_is_told_beside_findings_as_without_them(self, year: Year) -> None:
        before = as_(year.chief()).get("/").context["home"].districts[0].units[0].filings
        Finding.objects.update(state="released")
        after = as_(year.chief()).get("/").context["home"].districts[0].units[0].filings
        assert [(one.period, one.owed, one.due_on) for one in before]
        assert before == after


class TestOfACity:
    @pytest.fixture
    def evaluator(self, year: Year) -> Client:
        return as_(make_holder(Role.EVALUATOR, year.district.city))

    def test_those_of_its_own_checks_are_told_on_the_first_page_and_listed(
        self, year: Year, evaluator: Client
    ) -> None:
        city = Finding.objects.get(text="city")
        take_finding_step(city.pk, "answer", actor=year.staff("社會課"), text="好。", at=IN_FIRST)
        (own,) = evaluator.get("/").context["home"].cities
        assert own.findings is not None
        assert (own.findings.count, own.findings.late, own.findings.answered) == (1, 0, 1)

        response = evaluator.get(f"/dashboard/cities/{year.district.city_id}/findings/")
        assert [(row.finding.text, row.is_answered) for row in response.context["rows"]] == [("city", True)]
        assert year.district.agency_name in response.content.decode()

    @pytest.mark.parametrize(
        ("narrowing", "texts"),
        [
            ("?show=", ["late", "followed", "answered", "released"]),
            ("", ["late", "followed", "answered"]),
            ("?show=overdue", ["late"]),
            ("?show=answered", ["answered"]),
            ("?show=released", ["released"]),
            ("?show=&district=0", ["late", "followed", "answered", "released"]),
        ],
    )
    def test_the_list_is_narrowed(
        self, year: Year, evaluator: Client, narrowing: str, texts: list[str]
    ) -> None:
        Finding.objects.update(origin=FindingOrigin.DISTRICT)
        days = {"late": (4, 1), "followed": (5, 1), "answered": (5, 2), "released": (5, 3)}
        with time_machine.travel(IN_FIRST, tick=False):
            made = {
                text: find(year, text, origin=FindingOrigin.CITY, due_on=dt.date(2026, *day))
                for text, day in days.items()
            }
            take_finding_step(made["answered"].pk, "answer", actor=year.staff(), text="好。", at=IN_FIRST)
            take_finding_step(made["released"].pk, "release", actor=year.secretary, text="好。", at=IN_FIRST)
        address = f"/dashboard/cities/{year.district.city_id}/findings/{narrowing}"
        assert [row.finding.text for row in evaluator.get(address).context["rows"]] == texts
        sheet = evaluator.get(f"{address}{'&' if '?' in address else '?'}format=csv").content.decode(
            "utf-8-sig"
        )
        assert [row[3] for row in list(csv.reader(io.StringIO(sheet)))[1:]] == texts

    def test_a_district_is_chosen(self, year: Year, evaluator: Client) -> None:
        other = make_year(district=make_district(year.district.city))
        find(
            other,
            "elsewhere",
            origin=FindingOrigin.CITY,
            unit=other.units["民政課"],
            due_on=dt.date(2026, 6, 2),
        )
        address = f"/dashboard/cities/{year.district.city_id}/findings/"
        for district, texts in ((year.district, ["city"]), (other.district, ["elsewhere"])):
            rows = evaluator.get(f"{address}?show=&district={district.pk}").context["rows"]
            assert [row.finding.text for row in rows] == texts

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_costs_the_same_for_any_number(
        self, year: Year, evaluator: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(count):
            find(year, str(number), origin=FindingOrigin.CITY, due_on=dt.date(2026, 6, 2))
        address = f"/dashboard/cities/{year.district.city_id}/findings/"
        evaluator.get(address)
        with django_assert_num_queries(5):
            evaluator.get(address)

    def test_a_title_that_is_being_written_is_not_told(self, year: Year, evaluator: Client) -> None:
        city = Finding.objects.get(text="city")
        Finding.objects.filter(pk=city.pk).update(made_by=evaluator.get("/").context["user"])
        year.plan.status, year.plan.title = "revising", "修訂中的秘密標題"
        year.plan.save()
        take_finding_step(city.pk, "answer", actor=year.staff("社會課"), text="好。", at=IN_FIRST)
        paths = ("/", "/notices/", f"/findings/{city.pk}/", f"/plans/{year.plan.pk}/findings/")
        pages = [evaluator.get(path).content.decode() for path in paths]
        assert "「city」" in pages[0]
        assert [page.count("秘密標題") for page in pages] == [0, 0, 0, 0]

    def test_a_sheet_that_is_taken_out_is_told_to_the_audit_log(self, year: Year, evaluator: Client) -> None:
        as_(year.secretary).get(f"/plans/{year.plan.pk}/findings/?format=ods")
        evaluator.get(f"/dashboard/cities/{year.district.city_id}/findings/?format=csv")
        told = AuditEvent.objects.filter(kind="export").order_by("pk").values_list("details", flat=True)
        assert [(one["what"], one["format"]) for one in told] == [("findings", "ods"), ("findings", "csv")]
