"""Milestones ticked on the form, which saves itself; what two people say of one."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from django.utils.translation import gettext as said
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from accounts.enums import Role
from plans.document import UnitName
from progress.models import MilestoneMark, Period, ProgressReport
from progress.queries.reports import values_of
from progress.services.reports import save_report
from tests.browser.checks import Watch, check
from tests.browser.conftest import Enter
from tests.browser.test_progress import period_of
from tests.builders import make_city, make_district, make_holder, node
from tests.progress.rows import Year, make_year, staged


@pytest.fixture
def year() -> Year:
    today = timezone.localdate()
    steps = tuple(
        (name, f"{today.year}-12-{day}", "50") for name, day in (("完成規劃", 15), ("完成整建", 31))
    )
    line = node(
        "heading",
        title="活動中心",
        units=(UnitName("民政課"),),
        children=[staged("完成活動中心整建並啟用。", "整建", *steps)],
    )
    return make_year(
        node("chapter", title="計畫內容", children=[line]),
        at=timezone.now() - dt.timedelta(hours=1),
        district=make_district(make_city("試驗市"), "甲乙區"),
        year=today.year,
    )


def report_of(year: Year, period: Period) -> ProgressReport:
    return ProgressReport.objects.get(period=period, line__words="活動中心")


def test_a_tick_and_its_day_save_themselves_and_a_day_to_come_is_refused(
    enter: Enter, watch: Watch, served: LiveServer, year: Year
) -> None:
    period, unit, today = period_of(year.plan), year.units["民政課"], timezone.localdate()
    page = enter(make_holder(Role.UNIT_STAFF, unit))
    page.goto(f"{served.url}/periods/{period.pk}/units/{unit.pk}/")
    page.wait_for_selector("#desk[data-ready]")
    check(page)
    first = page.locator(".milestone").first
    first.get_by_role("checkbox").check()
    day = first.get_by_role("textbox")

    tomorrow = today + dt.timedelta(days=1)
    day.fill(f"{tomorrow.year - 1911}.{tomorrow.month}.{tomorrow.day}")
    day.press("Tab")
    expect(page.locator("#save-state")).to_contain_text(
        said("This day is still to come. Give the day on which the milestone was reached.")
    )
    assert not MilestoneMark.objects.exists()
    day.fill(f"{today.year - 1911}.{today.month}.{today.day}")
    day.press("Tab")

    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")
    mark = MilestoneMark.objects.get()
    assert (mark.is_reached, mark.reached_on) == (True, today)
    check(page)
    watch.forget("422")


def test_what_another_ticked_meanwhile_is_shown_and_chosen(
    enter: Enter, watch: Watch, served: LiveServer, year: Year
) -> None:
    period, unit, today = period_of(year.plan), year.units["民政課"], timezone.localdate()
    report, first_day = report_of(year, period), dt.date(today.year, 1, 1)
    if today == first_day:
        pytest.skip("two people cannot name two days yet")
    page = enter(make_holder(Role.UNIT_STAFF, unit))
    page.goto(f"{served.url}/periods/{period.pk}/units/{unit.pk}/")
    page.wait_for_selector("#desk[data-ready]")
    key = year.target("整建").milestones.get(title="完成規劃").pk
    theirs = {f"reached-{key}": True, f"reached_on-{key}": first_day.isoformat()}
    save_report(report.pk, actor=year.chief(), base=values_of(report), values=theirs, at=timezone.now())

    first = page.locator(".milestone").first
    first.get_by_role("checkbox").check()
    first.get_by_role("textbox").fill(f"{today.year - 1911}.{today.month}.{today.day}")
    first.get_by_role("textbox").press("Tab")

    conflict = page.locator(".conflict")
    expect(conflict).to_contain_text("完成規劃")
    check(page)
    conflict.get_by_role("radio", name=said("Theirs")).check()
    conflict.get_by_role("button", name=said("Save what I chose")).click()
    expect(conflict).to_have_count(0)
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")
    assert MilestoneMark.objects.get().reached_on == first_day
    expect(first.get_by_role("checkbox")).to_be_checked()
    watch.forget("409")
