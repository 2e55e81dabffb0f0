"""The dashboards of a unit, a district and a city, with what stands behind their numbers."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from django.utils.translation import gettext as said
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.enums import Role
from accounts.models import District
from tests.browser.checks import check
from tests.browser.conftest import Enter
from tests.builders import make_district, make_holder
from tests.dashboard.rows import BEHIND, release
from tests.progress.rows import Year, make_year


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
