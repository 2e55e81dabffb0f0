"""The dashboards of a unit, a district and a city, with what stands behind their numbers."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from django.utils.translation import gettext as said
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.enums import Role
from accounts.models import Appointment, District
from progress.models import ProgressReport, TrackedLine
from tests.browser.checks import check
from tests.browser.conftest import Enter
from tests.builders import make_district, make_holder, make_plan, make_secretary, make_unit, node
from tests.dashboard.rows import BEHIND, release
from tests.progress.rows import Year, make_year, put_in_force


@pytest.fixture
def year() -> Year:
    """A plan of last year, all of whose periods are over: one line behind, the other not filed."""
    last = timezone.localdate().year - 1
    year = make_year(year=last, at=dt.datetime(last, 1, 5, 2, tzinfo=dt.UTC), district=make_district())
    moment = dt.datetime(last, 4, 5, 2, tzinfo=dt.UTC)
    for number, done in ((1, "1"), (2, "2")):
        report = year.report("法律諮詢", number)
        release(report, actor=year.secretary, at=moment, planned="25", actual="10", 法律諮詢=done, **BEHIND)
        moment += dt.timedelta(92)
    return year


def goes(page: Page, served: LiveServer, path: str) -> None:
    page.goto(f"{served.url}{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is too wide"
    check(page)


def test_the_pages_of_a_district(enter: Enter, served: LiveServer, year: Year) -> None:
    page, board = enter(year.secretary), f"/dashboard/plans/{year.plan.pk}/"
    goes(page, served, f"{board}?period=1")
    expect(page.get_by_role("img")).to_have_count(3)

    page.get_by_role("link", name="1", exact=True).first.click()
    expect(page.locator("#found tbody tr")).to_have_count(1)
    for rest in ("reports/?state=overdue", "targets/", "checks/", "meeting/?period=1"):
        goes(page, served, board + rest)
    goes(page, served, f"/dashboard/lines/{year.line('法律諮詢').pk}/")
    goes(page, served, f"/dashboard/indicators/{year.target('法律諮詢').indicator_id}/")


def test_a_list_is_narrowed_while_choosing(enter: Enter, served: LiveServer, year: Year) -> None:
    page = enter(year.secretary)
    page.goto(f"{served.url}/dashboard/plans/{year.plan.pk}/reports/")
    expect(page.locator("#found tbody tr")).to_have_count(8)

    page.get_by_label(said("State")).focus()
    page.get_by_label(said("State")).select_option("behind")

    expect(page.locator("#found tbody tr")).to_have_count(2)
    expect(page.get_by_label(said("State"))).to_be_focused()
    check(page)


def test_the_page_of_a_unit(enter: Enter, served: LiveServer, year: Year) -> None:
    page, unit = enter(year.staff("社會課")), year.units["社會課"]
    goes(page, served, f"/dashboard/units/{unit.pk}/")

    page.locator(".due a").first.click()

    expect(page.locator(".report")).to_have_count(1)


def test_the_pages_of_a_city(enter: Enter, served: LiveServer, year: Year) -> None:
    District.objects.filter(pk=year.district.pk).update(evaluation_group="甲組")
    make_district(year.district.city)
    page = enter(make_holder(Role.EVALUATOR, year.district.city))
    board, of_year = f"/dashboard/cities/{year.district.city_id}/", f"year={year.plan.year}"
    goes(page, served, f"{board}?{of_year}")

    page.get_by_role("link", name=said("Behind"), exact=True).click()
    expect(page.locator("th[aria-sort=descending]")).to_have_count(1)
    check(page)
    for rest in (f"reports/?{of_year}&state=overdue", f"targets/?{of_year}"):
        goes(page, served, board + rest)


@pytest.mark.parametrize("role", [Role.DISTRICT_HEAD, Role.SECTION_CHIEF])
def test_those_who_read_a_district_see_its_pages(
    enter: Enter, served: LiveServer, year: Year, role: Role
) -> None:
    unit, board = year.units["民政課"], f"/dashboard/plans/{year.plan.pk}/"
    page = enter(make_holder(role, year.district if role == Role.DISTRICT_HEAD else unit))
    goes(page, served, board)
    for path in (
        f"{board}reports/?period=1",
        f"{board}targets/?state=behind",
        f"/dashboard/units/{unit.pk}/",
    ):
        goes(page, served, path)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CITY_ADMIN])
def test_people_of_the_city_see_what_was_released(
    enter: Enter, served: LiveServer, year: Year, role: Role
) -> None:
    page, board = enter(make_holder(role, year.district.city)), f"/dashboard/plans/{year.plan.pk}/"
    goes(page, served, f"/dashboard/cities/{year.district.city_id}/?year={year.plan.year}")
    page.get_by_role("link", name=year.district.agency_name, exact=True).click()
    page.wait_for_url(f"**{board}")
    check(page)
    goes(page, served, f"{board}reports/?state=open")
    goes(page, served, f"/dashboard/indicators/{year.target('法律諮詢').indicator_id}/")


def test_who_works_at_several_places_chooses(enter: Enter, served: LiveServer, year: Year) -> None:
    person = year.staff("社會課")
    Appointment.objects.create(
        user=person, role=Role.SECTION_CHIEF, unit=year.units["民政課"], starts_on=dt.date(2020, 1, 1)
    )
    page = enter(person)
    goes(page, served, "/dashboard/")

    page.get_by_role("link", name="社會課").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("社會課")


def test_where_nothing_is_followed_yet_the_pages_say_so(enter: Enter, served: LiveServer) -> None:
    district = make_district()
    secretary = make_secretary(district)
    unit = make_unit(district, "秘書室", is_secretariat=True)
    page, main = enter(secretary), "main"
    goes(page, served, f"/dashboard/districts/{district.pk}/")
    expect(page.locator(main)).to_contain_text(
        said("No plan of this district is in force, so there is nothing to follow yet.")
    )
    goes(page, served, f"/dashboard/units/{unit.pk}/")

    plan = make_plan(
        district, chapters=(node("chapter", title="計畫依據", children=[node(text="依規定。")]),)
    )
    put_in_force(plan, actor=secretary, at=timezone.now())
    TrackedLine.objects.filter(plan=plan).update(is_tracked=False)
    ProgressReport.objects.filter(period__plan=plan).update(removed_at=timezone.now())
    board = f"/dashboard/plans/{plan.pk}/"
    for rest in ("", "reports/", "targets/", "checks/"):
        goes(page, served, board + rest)


def test_a_city_of_which_nothing_is_known_yet(enter: Enter, served: LiveServer) -> None:
    district = make_district()
    page, board = enter(make_holder(Role.EVALUATOR, district.city)), f"/dashboard/cities/{district.city_id}/"
    for rest in ("", "reports/", "reports/?state=overdue", "targets/?state=reached"):
        goes(page, served, board + rest)


def test_a_year_that_has_just_begun(enter: Enter, served: LiveServer) -> None:
    today = timezone.localdate()
    year = make_year(year=today.year + 1, at=timezone.now())
    page, unit = enter(year.secretary), year.units["民政課"]
    for path in (f"/dashboard/plans/{year.plan.pk}/", f"/dashboard/units/{unit.pk}/"):
        goes(page, served, path)
    goes(page, served, f"/dashboard/lines/{year.line('法律諮詢').pk}/")
    goes(page, served, f"/dashboard/indicators/{year.target('法律諮詢').indicator_id}/")


def test_the_boards_in_english(enter: Enter, served: LiveServer, year: Year) -> None:
    page = enter(year.secretary)
    page.goto(served.url)
    page.get_by_role("button", name="English").click()
    goes(page, served, f"/dashboard/plans/{year.plan.pk}/?period=1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dashboard of")
    goes(page, served, f"/dashboard/units/{year.units['民政課'].pk}/")


def test_on_paper_a_table_stays_a_table(enter: Enter, served: LiveServer, year: Year) -> None:
    """A sheet of A4 is narrower than the width at which a row becomes a card on a screen."""
    page = enter(year.secretary)
    page.goto(f"{served.url}/dashboard/plans/{year.plan.pk}/?period=1")
    page.set_viewport_size({"width": 680, "height": 960})
    head = page.locator(".rows.counts thead").first
    shown = "(one) => [getComputedStyle(one).display, getComputedStyle(one).clipPath]"
    assert head.evaluate(shown) == ["block", "inset(50%)"]
    page.emulate_media(media="print")
    assert head.evaluate(shown) == ["table-header-group", "none"]
    assert page.locator(".rows.counts tbody tr").first.evaluate(shown)[0] == "table-row"
    assert page.evaluate(CUT) == []


# Of tables on paper, those that reach over its edge.
CUT = """() => [...document.querySelectorAll('table')]
  .filter((one) => one.getBoundingClientRect().right > innerWidth)
  .map((one) => one.className)"""


def test_a_city_has_all_its_columns_on_paper(enter: Enter, served: LiveServer, year: Year) -> None:
    District.objects.update(evaluation_group="甲組")
    page = enter(make_holder(Role.EVALUATOR, year.district.city))
    page.goto(f"{served.url}/dashboard/cities/{year.district.city_id}/?year={year.plan.year}")
    page.set_viewport_size({"width": 680, "height": 960})
    page.emulate_media(media="print")
    expect(page.locator(".rows.city thead th").last).to_be_visible()
    assert page.evaluate(CUT) == []
