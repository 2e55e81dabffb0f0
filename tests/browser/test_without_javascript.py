"""The whole way again in a browser without JavaScript: slower, but nothing is missing."""

from __future__ import annotations

import re

from django.utils.translation import gettext as said
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import District
from documents.models import ImportDraft
from plans.models import Plan
from plans.queries.documents import plan_document
from tests.browser.checks import WIDE
from tests.browser.conftest import work
from tests.browser.test_importing import TEXT, row
from tests.builders import make_plan


def press(page: Page, name: str) -> None:
    page.locator(".toolbar").get_by_role("button", name=name, exact=True).click()


def numbers(draft: ImportDraft) -> list[str]:
    draft.refresh_from_db()
    return [item["title"] or item["text"] for item in draft.proposal["items"]]


def test_an_import_from_paste_to_pdf(plain: Page, served: LiveServer) -> None:
    plain.goto(f"{served.url}/imports/new/")
    plain.get_by_label(said("Or paste the text")).fill(TEXT)
    plain.get_by_role("button", name=said("Read the plan")).click()
    expect(plain.locator("#import-state")).to_have_attribute("data-state", "reading")
    work()
    expect(plain.locator("#lines")).to_be_visible()  # the page asks again by itself
    draft = ImportDraft.objects.get()
    start = numbers(draft)

    row(plain, "其他服務").locator("input").check()
    press(plain, said("In"))
    expect(plain).to_have_url(re.compile("#item-"))
    expect(row(plain, "(三)其他服務")).to_be_in_viewport()
    row(plain, "(三)其他服務").locator("input").check()
    press(plain, said("Out"))
    expect(row(plain, "二、其他服務")).to_be_visible()
    row(plain, "二、其他服務").locator("input").check()
    press(plain, said("Join to the line above"))
    expect(row(plain, "二、其他服務")).to_be_in_viewport()  # in the line above it now
    press(plain, said("Undo"))
    assert numbers(draft) == start

    press(plain, said("In"))
    expect(plain.get_by_role("alert")).to_be_visible()  # no line was chosen

    row(plain, "法律諮詢").locator("input").check()
    press(plain, said("Take out"))
    plain.locator(".leftovers li", has_text="法律諮詢").get_by_role("button").first.click()
    assert [words for words in numbers(draft) if "法律諮詢" in words]

    row(plain, "單一窗口").get_by_role("link", name=said("Change")).click()
    plain.get_by_label(said("Units")).fill("民政課")
    plain.get_by_role("button", name=said("Take over")).click()
    expect(row(plain, "單一窗口").locator(".tag--unit")).to_have_text("民政課")
    expect(plain.locator(".js-only").first).to_be_hidden()
    plain.set_viewport_size({"width": 320, "height": 640})
    assert plain.evaluate(WIDE) == []

    plain.get_by_role("link", name=said("Save as a plan …")).first.click()
    plain.get_by_role("main").get_by_role("button").click()
    plan = Plan.objects.get()
    assert [line.title or line.text for line in plan_document(plan).walk()] == numbers(draft)
    expect(plain.locator(".sheet")).to_contain_text("並由專人引導")
    expect(plain.locator(".outline nav")).to_be_visible()

    plain.locator("#pdf a").click()
    plain.get_by_role("main").get_by_role("button").click()
    expect(plain.locator("#pdf-state")).to_have_attribute("data-state", "waiting")
    work()
    link = plain.get_by_role("link", name=said("Download PDF"))
    expect(link).to_be_visible()
    with plain.expect_download() as waited:
        link.click()
    assert waited.value.path().read_bytes().startswith(b"%PDF-")


def test_the_list_is_searched_and_the_language_switched(
    plain: Page, served: LiveServer, district: District
) -> None:
    make_plan(district, year=2026, title="樹蔭下的服務計畫")
    make_plan(district, year=2025, title="溪畔的服務計畫")
    plain.goto(f"{served.url}/plans/")
    plain.get_by_label(said("Words in the title or agency")).fill("溪畔")
    plain.get_by_role("button", name=said("Search")).click()
    expect(plain.locator("#plans tbody tr")).to_have_count(1)
    plain.get_by_role("button", name="English").click()
    expect(plain.locator("html")).to_have_attribute("lang", "en")
    expect(plain.locator("#plans tbody tr")).to_have_count(1)
