"""Kept versions and the comparison of old and new, as people meet them in the browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import District, User
from plans.models import Plan
from plans.services.versions import keep_version
from tests.browser.checks import Watch, check, focused, settled, still, walk
from tests.browser.conftest import work
from tests.browser.plans_to_read import chapters_of
from tests.builders import make_plan


@pytest.fixture
def plan(district: District, secretary: User) -> Plan:
    """Return a plan of which a version was kept before some of its lines changed."""
    plan = make_plan(district, chapters=chapters_of("outline"))
    keep_version(plan.pk, actor=secretary, name="課務會議討論稿")
    lines = list(plan.items.filter(kind="action").order_by("pk"))
    for line in lines[::10]:
        line.text = f"自本年度起，{line.text}"
        line.save()
    lines[1].delete()
    return plan


def test_a_version_is_kept_read_and_compared(
    desk: Page, watch: Watch, served: LiveServer, plan: Plan
) -> None:
    desk.goto(f"{served.url}/plans/{plan.pk}/versions/")
    check(desk)

    desk.locator("[name=name]").fill("送核閱前")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("link", name="送核閱前")).to_be_visible()
    desk.locator("[name=name]").fill("又一次")
    desk.keyboard.press("Enter")
    expect(desk.locator("[name=name]")).to_have_value("又一次")
    watch.forget("422")  # the plan is the same as the version just kept
    check(desk)
    desk.get_by_role("link", name="課務會議討論稿").click()
    expect(desk.locator("article.sheet")).to_be_visible()
    check(desk)

    desk.goto(f"{served.url}/plans/{plan.pk}/versions/")
    desk.locator("[name=with][value='version:1']").check()
    desk.locator("form[action$='compare/'] button").click()
    expect(desk.locator("table.comparison ins").first).to_be_visible()


def test_the_comparison_in_every_state(desk: Page, served: LiveServer, plan: Plan) -> None:
    address = f"{served.url}/plans/{plan.pk}/compare/"
    for query in ("", "?all=1", "?of=version:1&with=version:1", "?of=version:1&with=now"):
        desk.goto(address + query)
        check(desk)


def test_every_change_is_reached_by_keyboard(desk: Page, served: LiveServer, plan: Plan) -> None:
    desk.goto(f"{served.url}/plans/{plan.pk}/compare/?with=version:1")
    settled(desk)
    stops = walk(desk)
    changes = desk.locator("table.comparison .comparison__line")

    assert len([stop for stop in stops if re.match(r"修正|刪除|新增|移列", stop)]) == changes.count()

    last = desk.locator("nav a[href^='#c-']").last
    last.focus()
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile("#c-"))
    expect(desk.locator("tr:target")).to_be_in_viewport()
    still(desk)
    # The heads stay above the lines and do not lie over the one that was jumped to.
    top = desk.locator("tr:target").bounding_box()["y"]
    assert top >= desk.locator("table.comparison thead").bounding_box()["height"]


def test_the_pdf_is_made_and_offered(desk: Page, served: LiveServer, plan: Plan) -> None:
    desk.goto(f"{served.url}/plans/{plan.pk}/compare/?with=version:1")
    desk.locator("#pdf button").click()
    expect(desk.locator("#pdf .spinner")).to_be_visible()
    check(desk, looks=((1280, "light"), (360, "light")))

    work()

    link = desk.locator("#pdf a[download]")
    expect(link).to_be_visible()
    settled(desk)
    assert focused(desk) != "body"
    with desk.expect_download() as download:
        link.click()
    assert download.value.suggested_filename.endswith("新舊對照表.pdf")


def test_all_of_it_without_javascript(plain: Page, served: LiveServer, plan: Plan) -> None:
    plain.goto(f"{served.url}/plans/{plan.pk}/compare/")
    plain.locator("[name=with]").select_option("version:1")
    plain.locator(".comparison-sides button").click()
    expect(plain.locator("table.comparison del").first).to_be_visible()

    plain.locator(".comparison__fold a").first.click()
    expect(plain.locator("tr:target")).to_be_visible()
    plain.locator("#pdf a").click()
    plain.locator("main button").click()
    work()
    plain.reload()
    expect(plain.locator("main a[download]")).to_be_visible()
