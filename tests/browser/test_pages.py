"""Every page a person meets outside an import: signing in, the first page, the list, a plan, errors."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import gettext as said
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.enums import Role
from accounts.models import District, User
from plans.enums import PlanStatus
from plans.models import Plan
from tests.browser.checks import Watch, check, follow, settled, walk
from tests.browser.conftest import Enter, work
from tests.browser.plans_to_read import chapters_of
from tests.builders import make_city, make_district, make_holder, make_plan, make_user


def test_a_person_signs_in_by_keyboard_and_out_again(
    page: Page, watch: Watch, served: LiveServer, secretary: User
) -> None:
    page.goto(f"{served.url}/plans/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    check(page)

    page.locator("[name=login]").focus()
    page.keyboard.type(secretary.username)
    page.keyboard.press("Tab")
    page.keyboard.type("wrong-password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    check(page)

    page.locator("[name=password]").fill("right-password")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{served.url}/plans/")

    page.get_by_role("button", name=said("Sign out")).click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.goto(f"{served.url}/accounts/password/reset/")
    check(page)


@pytest.mark.parametrize(
    ("role", "links"), [(Role.SECRETARIAT, 1), (Role.SECTION_CHIEF, 1), (Role.EVALUATOR, 1), (None, 0)]
)
def test_the_first_page_of_each_role(
    enter: Enter, served: LiveServer, district: District, role: str | None, links: int
) -> None:
    make_plan(district, status=PlanStatus.APPROVED)
    make_district(district.city)  # one that has filed nothing
    place = {Role.SECTION_CHIEF: district.units.get(name="民政課"), Role.EVALUATOR: district.city}
    user = make_holder(role, place.get(Role(role), district)) if role else make_user()

    page = enter(user)
    page.goto(served.url)

    expect(page.get_by_role("heading", level=1)).to_contain_text(user.full_name)
    expect(page.get_by_role("link", name=re.compile("年度提升服務執行計畫"))).to_have_count(links)
    check(page)
    if role == Role.SECTION_CHIEF:  # straight to the line that names the unit
        page.get_by_role("link", name="便民服務").click()
        expect(page.locator(".item:target")).to_contain_text("便民服務")


def test_the_list_is_searched_while_typing_and_the_back_button_shows_whole_pages(
    desk: Page, served: LiveServer, district: District
) -> None:
    make_plan(district, year=2026, title="樹蔭下的服務計畫")
    make_plan(district, year=2025, title="溪畔的服務計畫")
    desk.goto(f"{served.url}/plans/")
    check(desk)
    rows = desk.locator("#plans tbody tr")
    expect(rows).to_have_count(2)

    words = desk.get_by_label(said("Words in the title or agency"))
    words.focus()
    desk.keyboard.type("溪畔")
    expect(rows).to_have_count(1)
    expect(desk.locator("#found")).to_contain_text("1")
    expect(words).to_be_focused()
    expect(desk).to_have_url(re.compile("q=%E6%BA%AA%E7%95%94"))
    check(desk)

    words.fill("沒有這樣的計畫")
    expect(desk.get_by_text(said("No plan matches this search."))).to_be_visible()
    check(desk)

    desk.get_by_role("link", name=said("Show all"), exact=True).click()
    expect(rows).to_have_count(2)
    desk.get_by_label(said("Year")).select_option(label="115")
    expect(rows).to_have_count(1)
    desk.get_by_role("link", name="樹蔭下的服務計畫").click()
    desk.go_back()
    expect(desk.get_by_role("banner")).to_be_visible()
    expect(rows).to_have_count(1)
    desk.go_back()
    expect(desk.get_by_role("banner")).to_be_visible()
    expect(rows).to_have_count(2)


def test_half_a_syllable_is_not_searched_for(desk: Page, served: LiveServer, district: District) -> None:
    make_plan(district, title="溪畔的服務計畫")
    desk.goto(f"{served.url}/plans/")
    asked: list[str] = []
    desk.on("request", lambda request: "q=" in request.url and asked.append(request.url))
    client = desk.context.new_cdp_session(desk)
    desk.get_by_label(said("Words in the title or agency")).focus()

    client.send("Input.imeSetComposition", {"text": "ㄒㄧ", "selectionStart": 2, "selectionEnd": 2})
    desk.wait_for_timeout(700)
    assert asked == []

    client.send("Input.insertText", {"text": "溪"})
    expect(desk).to_have_url(re.compile("q=%E6%BA%AA"))
    assert len(asked) == 1


@pytest.mark.parametrize("layout", ["outline", "responsibility", "target_table", "roster"])
def test_a_plan_in_each_layout(desk: Page, served: LiveServer, district: District, layout: str) -> None:
    plan = make_plan(district, chapters=chapters_of(layout))
    desk.goto(f"{served.url}{plan.get_absolute_url()}")
    expect(desk.get_by_role("button", name=said("Make the PDF"))).to_be_visible()
    check(desk)

    heads = desk.locator(".sheet thead th")
    expect(heads).to_have_count({"outline": 0, "responsibility": 3, "target_table": 5, "roster": 4}[layout])
    desk.set_viewport_size({"width": 360, "height": 800})
    # On a phone every cell says what column it is, each row names its units, and nothing is cut off.
    for cell in desk.locator(".sheet td:visible").all():
        assert cell.evaluate("one => getComputedStyle(one, '::before').content") != "none"
    if layout == "responsibility":
        cards = desk.locator(".sheet tbody tr")
        assert [("民政課" in card.inner_text(), "社會課" in card.inner_text()) for card in cards.all()] == [
            (True, False),
            (True, False),
            (True, False),
            (False, True),
        ]
    cut = "one => one.scrollWidth > one.clientWidth + 1"
    assert not any(cell.evaluate(cut) for cell in desk.locator(".sheet td:visible, .sheet th:visible").all())


def test_the_outline_leads_and_marks_what_is_read(desk: Page, served: LiveServer, district: District) -> None:
    plan = make_plan(district, chapters=chapters_of("outline"))
    desk.goto(f"{served.url}{plan.get_absolute_url()}")

    link = desk.locator(".outline a").last
    link.click()
    expect(link).to_have_attribute("aria-current", "true")
    expect(desk.locator(".outline a[aria-current]")).to_have_count(1)
    desk.mouse.wheel(0, -100_000)
    expect(link).not_to_have_attribute("aria-current", "true")

    names = [said(name) for name in ("Plans", "Make the PDF", "Attachments", "Outline")]
    stops = walk(desk)
    assert [stop for stop in stops if stop in names] == [names[0], *names]

    desk.set_viewport_size({"width": 360, "height": 800})
    desk.reload()
    expect(desk.locator(".outline nav")).to_be_hidden()
    desk.locator(".outline summary").click()
    expect(desk.locator(".outline nav")).to_be_visible()
    check(desk)


def test_what_is_needed_rarely_opens_below_a_button(
    desk: Page, served: LiveServer, district: District
) -> None:
    plan = make_plan(district)
    desk.goto(f"{served.url}{plan.get_absolute_url()}")
    more, json = desk.locator(".more summary"), desk.locator(".more").get_by_role("link", name="JSON")
    expect(json).to_be_hidden()

    more.focus()
    desk.keyboard.press("Enter")
    expect(json).to_be_visible()
    check(desk)
    desk.keyboard.press("Tab")
    desk.keyboard.press("Tab")
    expect(json).to_be_focused()
    desk.set_viewport_size({"width": 320, "height": 800})
    check(desk)
    more.click()
    expect(json).to_be_hidden()


def test_a_pdf_is_made_watched_and_fetched(desk: Page, served: LiveServer, district: District) -> None:
    plan = make_plan(district)
    desk.goto(f"{served.url}{plan.get_absolute_url()}")
    make = desk.get_by_role("button", name=said("Make the PDF"))
    make.focus()
    settled(desk)
    desk.keyboard.press("Enter")
    expect(desk.locator("#pdf-state")).to_have_attribute("data-state", "waiting")
    expect(desk.locator("#pdf-state")).to_be_focused()
    check(desk)
    for _ in range(2):  # asked again, and still there
        with desk.expect_response(re.compile("/pdf/")):
            pass
    expect(desk.locator("#pdf-state")).to_be_focused()

    work()
    link = desk.get_by_role("link", name=said("Download PDF"))
    expect(link).to_be_focused()
    check(desk)
    with desk.expect_download() as waited:
        desk.keyboard.press("Enter")
    assert waited.value.suggested_filename == f"{district.agency_name}115年度提升服務執行計畫.pdf"
    assert waited.value.path().read_bytes().startswith(b"%PDF-")


def test_a_failure_is_said_and_the_way_on_is_open(
    desk: Page, watch: Watch, served: LiveServer, district: District
) -> None:
    plan = make_plan(district)
    desk.goto(f"{served.url}{plan.get_absolute_url()}")
    make = desk.get_by_role("button", name=said("Make the PDF"))
    expect(make).to_be_visible()
    settled(desk)
    desk.context.set_offline(True)
    make.click()
    expect(desk.locator("#trouble")).to_be_visible()
    check(desk, looks=((1280, "light"), (360, "dark")))
    desk.context.set_offline(False)
    watch.forget("ERR_INTERNET_DISCONNECTED")
    watch.forget("htmx:")

    make.click()
    expect(desk.locator("#pdf-state")).to_have_attribute("data-state", "waiting")
    expect(desk.locator("#trouble")).to_be_hidden()


def test_an_expired_sign_in_leads_back_to_the_page(
    desk: Page, served: LiveServer, district: District
) -> None:
    plan = make_plan(district)
    desk.goto(f"{served.url}{plan.get_absolute_url()}")
    expect(desk.get_by_role("button", name=said("Make the PDF"))).to_be_visible()
    settled(desk)
    desk.context.clear_cookies(name="sessionid")

    desk.get_by_role("button", name=said("Make the PDF")).click()

    expect(desk).to_have_url(re.compile(f"/accounts/login/\\?next=/plans/{plan.pk}/"))


def test_the_language_is_switched_and_stays(desk: Page, served: LiveServer, district: District) -> None:
    make_plan(district)
    desk.goto(f"{served.url}/plans/?q=計畫")
    expect(desk.locator("html")).to_have_attribute("lang", "zh-Hant-TW")

    desk.get_by_role("button", name="English").click()
    expect(desk.locator("html")).to_have_attribute("lang", "en")
    expect(desk).to_have_url(re.compile(r"/plans/\?q="))
    expect(desk.get_by_role("heading", level=1)).to_have_text("Plans")
    check(desk)
    follow(desk.get_by_role("link", name="Home"))
    check(desk)

    desk.get_by_role("button", name="中文").click()
    expect(desk.locator("html")).to_have_attribute("lang", "zh-Hant-TW")


def test_errors_are_said_in_words_with_a_way_out(
    desk: Page, watch: Watch, served: LiveServer, district: District, enter: Enter
) -> None:
    foreign = make_plan(make_district(make_city()))
    for path in ("/plans/999/", foreign.get_absolute_url(), "/nowhere/"):
        answer = desk.goto(f"{served.url}{path}")
        assert answer is not None
        assert answer.status == 404
    check(desk)
    desk.get_by_role("main").get_by_role("link").click()
    expect(desk).to_have_url(f"{served.url}/")
    watch.forget("404")

    enter(make_holder(Role.EVALUATOR, district.city))
    answer = desk.goto(f"{served.url}/imports/new/")
    assert answer is not None
    assert answer.status == 403
    check(desk)
    watch.forget("403")

    desk.context.clear_cookies()
    desk.goto(f"{served.url}/about/")
    check(desk)


def test_a_crash_is_said_in_words(page: Page, served: LiveServer) -> None:
    """The page of a crash needs neither the database nor a person, so it is shown as it stands."""
    from django.test import RequestFactory
    from django.views.defaults import server_error

    body = server_error(RequestFactory().get("/")).content.decode()
    page.route("**/crash/", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(f"{served.url}/crash/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    check(page)


def test_replaced_lines_are_asked_about(desk: Page, served: LiveServer, district: District) -> None:
    plan: Plan = make_plan(district)
    desk.goto(f"{served.url}/plans/{plan.pk}/restore/")
    check(desk)
