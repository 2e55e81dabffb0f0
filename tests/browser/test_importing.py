"""An import by mouse, keyboard and thumb: from the file to the plan, with every step of the correction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.utils.translation import gettext as said
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import District
from documents.models import ImportDraft
from plans.models import Plan
from plans.queries.documents import plan_document
from tests.browser.checks import Watch, check, focused, follow, settled, still, walk
from tests.browser.conftest import work
from tests.builders import make_plan

TWINS = Path(__file__).resolve().parents[1] / "documents" / "twins"
TEXT = """甲乙區公所115年度提升服務執行計畫
壹、計畫依據
依本市年度服務規定辦理。
貳、計畫內容
一、便民服務
(一)延長服務時間至晚間八時。
(二)設置單一窗口，
並由專人引導。
二、其他服務
(一)每月辦理法律諮詢2場次。
第 3 頁"""


def read(page: Page, served: LiveServer, text: str = TEXT) -> ImportDraft:
    """Paste a text and have it read; the page goes on by itself."""
    page.goto(f"{served.url}/imports/new/")
    page.get_by_label(said("Or paste the text")).fill(text)
    page.get_by_role("button", name=said("Read the plan")).click()
    expect(page.locator("#import-state, #lines")).to_be_visible()
    work()
    expect(page.locator("#lines")).to_be_visible()
    return ImportDraft.objects.latest("pk")


def row(page: Page, words: str) -> Locator:
    return page.locator(".lines > li", has=page.locator("label", has_text=words))


def choose(page: Page, words: str) -> None:
    row(page, words).locator("input").check()


@contextmanager
def done(page: Page) -> Iterator[None]:
    """Wait until what is done inside stands on the page: the draft has a new version then."""
    version = page.locator("#lines [name=version]")
    before = version.input_value()
    yield
    expect(version).not_to_have_value(before)
    settled(page)


def step(page: Page, name: str) -> None:
    with done(page):
        page.locator(".toolbar").get_by_role("button", name=name, exact=True).click()


def lines(page: Page) -> list[str]:
    """The tree as it is shown, each line led by its depth."""
    return page.locator(".lines > li").evaluate_all(
        "rows => rows.map((row) => `${row.dataset.depth} ${row.querySelector('label').innerText.trim()}`)"
    )


def test_a_file_is_uploaded_watched_and_refused_in_words(desk: Page, served: LiveServer) -> None:
    desk.goto(f"{served.url}/imports/")
    check(desk)
    follow(desk.get_by_role("main").get_by_role("link", name=said("Import a plan")))
    check(desk)
    desk.get_by_role("button", name=said("Read the plan")).click()
    expect(desk.locator("input[type=file]")).to_have_attribute("aria-invalid", "true")
    check(desk)

    desk.locator("input[type=file]").set_input_files(
        {"name": "圖.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + bytes(200)}
    )
    desk.get_by_role("button", name=said("Read the plan")).click()
    expect(desk.locator(".invalid-feedback")).to_be_visible()

    desk.locator("input[type=file]").set_input_files(TWINS / "anping.txt")
    desk.get_by_role("button", name=said("Read the plan")).click()
    expect(desk.locator("#import-state")).to_have_attribute("data-state", "reading")
    check(desk)
    work()
    expect(desk.locator("#lines")).to_be_visible()
    assert len(lines(desk)) > 150
    desk.goto(f"{served.url}/imports/")
    expect(desk.get_by_role("link", name="anping.txt")).to_be_visible()
    check(desk)


def test_lines_are_corrected_and_every_step_undone(desk: Page, served: LiveServer) -> None:
    read(desk, served)
    start = lines(desk)
    assert start[1:] == [
        "1 貳、計畫內容",
        "2 一、便民服務",
        "3 (一)延長服務時間至晚間八時。",
        "3 (二)設置單一窗口，並由專人引導。",
        "2 二、其他服務",
        "3 (一)每月辦理法律諮詢2場次。",
    ]
    check(desk)

    choose(desk, "其他服務")
    step(desk, said("In"))
    assert lines(desk)[5:] == ["3 (三)其他服務", "4 1.每月辦理法律諮詢2場次。"]
    expect(row(desk, "其他服務").locator("input")).to_be_checked()
    assert focused(desk) != "body"
    step(desk, said("Out"))
    assert lines(desk) == start

    step(desk, said("Join to the line above"))
    assert [line for line in lines(desk) if "單一窗口" in line and "其他服務" in line]
    assert "其他服務" not in "".join(line for line in lines(desk) if "單一窗口" not in line)
    assert focused(desk) != "body"
    step(desk, said("Undo"))
    assert lines(desk) == start
    expect(desk.locator("#step-state")).not_to_be_empty()

    desk.locator("[data-do=none]").click()
    choose(desk, "法律諮詢")
    step(desk, said("Expected target"))
    expect(row(desk, "法律諮詢").locator(".tag").first).to_have_text(said("Expected target"))
    step(desk, said("Take out"))
    assert not [line for line in lines(desk) if "法律諮詢" in line]
    left = desk.locator(".leftovers li", has_text="法律諮詢")
    expect(left).to_be_visible()
    check(desk)

    left.get_by_role("button").first.focus()
    with done(desk):
        desk.keyboard.press("Enter")
    assert [line for line in lines(desk) if "法律諮詢" in line]
    assert focused(desk) != "body"

    step(desk, said("Undo"))
    with done(desk):
        left.get_by_role("button").last.click()
    expect(left).to_have_count(0)
    assert focused(desk) != "body"


def test_one_line_is_changed_and_cut_on_its_own_page(desk: Page, watch: Watch, served: LiveServer) -> None:
    read(desk, served)
    row(desk, "單一窗口").get_by_role("link", name=said("Change")).click()
    expect(desk.locator(".source__lines")).to_contain_text("並由專人引導")
    check(desk)
    desk.get_by_label(said("Units")).fill("民政課、社會課")
    desk.get_by_label(said("Points")).fill("很多")
    desk.get_by_role("button", name=said("Take over")).click()
    expect(desk.get_by_label(said("Points"))).to_have_attribute("aria-invalid", "true")
    check(desk, looks=((1280, "light"), (360, "dark")))
    watch.forget("422")
    desk.get_by_label(said("Points")).fill("20")
    desk.get_by_role("button", name=said("Take over")).click()
    expect(row(desk, "單一窗口").locator(".tag--unit")).to_have_text("民政課、社會課")
    expect(row(desk, "(20分)")).to_be_visible()
    assert focused(desk).startswith("item-")

    row(desk, "單一窗口").get_by_role("link", name=said("Change")).click()
    desk.get_by_label(said("Text"), exact=True).fill("設置單一窗口。\n(三)由專人引導。")
    desk.get_by_role("button", name=said("Cut at line breaks")).click()
    assert [line for line in lines(desk) if line.endswith("由專人引導。")] == ["3 (三)由專人引導。"]

    follow(desk.get_by_role("link", name=said("Change title and foot")))
    check(desk, looks=((1280, "dark"), (360, "light")))
    desk.get_by_label(said("Title"), exact=True).fill("更好的名字")
    desk.get_by_role("button", name=said("Take over")).click()
    expect(desk.get_by_role("heading", name="更好的名字")).to_be_visible()


def test_all_of_it_by_keyboard_alone(desk: Page, served: LiveServer) -> None:
    read(desk, served)
    start = lines(desk)
    stops = walk(desk)
    assert stops.index("step-promote") < stops.index("ids" if "ids" in stops else "c1")

    row(desk, "其他服務").locator("input").focus()
    own = focused(desk)
    desk.keyboard.press("ArrowUp")
    assert focused(desk) != own
    desk.keyboard.press("ArrowDown")
    assert focused(desk) == own

    with done(desk):
        desk.keyboard.press("Alt+ArrowRight")
    assert lines(desk)[5] == "3 (三)其他服務"
    assert focused(desk) == own
    desk.keyboard.press("Escape")
    assert focused(desk) == "step-promote"
    with done(desk):
        desk.keyboard.press("Enter")
    assert lines(desk) == start
    assert focused(desk) == "step-promote"
    desk.keyboard.press("Escape")
    assert focused(desk) == own
    desk.keyboard.press("Space")
    expect(desk.locator("#chosen")).to_have_text("0")


def test_nothing_acts_while_an_input_method_is_composing(desk: Page, served: LiveServer) -> None:
    read(desk, served)
    start = lines(desk)
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    box = row(desk, "其他服務").locator("input")
    box.focus()
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "Escape"):
        held = {"altKey": key[5:] in {"Right", "Left"}, "isComposing": True, "bubbles": True}
        box.dispatch_event("keydown", {"key": key} | held)
    expect(box).to_be_focused()
    assert asked == []
    assert lines(desk) == start

    row(desk, "單一窗口").get_by_role("link", name=said("Change")).click()
    units = desk.get_by_label(said("Units"))
    units.focus()
    typing = desk.context.new_cdp_session(desk)
    typing.send("Input.imeSetComposition", {"text": "ㄇㄧㄣ", "selectionStart": 3, "selectionEnd": 3})
    enter = {"key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
    typing.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    typing.send("Input.insertText", {"text": "民"})
    expect(units).to_have_value("民")
    expect(desk).to_have_url(re.compile("/items/"))


def test_lines_are_chosen_in_runs_with_what_is_below(desk: Page, served: LiveServer) -> None:
    read(desk, served)
    choose(desk, "便民服務")
    desk.locator("[data-do=below]").click()
    expect(desk.locator("#chosen")).to_have_text("3")
    desk.locator("[data-do=none]").click()
    choose(desk, "便民服務")
    row(desk, "法律諮詢").locator("input").click(modifiers=["Shift"])
    expect(desk.locator("#chosen")).to_have_text("5")


def test_a_long_import_on_a_phone_leads_from_one_doubtful_line_to_the_next(
    desk: Page, served: LiveServer
) -> None:
    desk.set_viewport_size({"width": 360, "height": 780})
    read(desk, served, (TWINS / "sanmin.txt").read_text())
    low = desk.locator(".lines > li.low")
    assert low.count() >= 2
    expect(desk.locator(".source__lines")).to_be_hidden()
    first = desk.locator(".lines > li").first.bounding_box()
    assert first is not None
    assert first["y"] < 1000, "the source stands in the way of the lines"

    following = desk.locator("[data-do=next]")
    met = []
    for _ in range(low.count()):
        following.click()
        met.append(focused(desk))
        box = desk.locator("#" + met[-1])
        expect(box).to_be_in_viewport()
        still(desk)
        bar, line = desk.locator(".toolbar").bounding_box(), box.bounding_box()
        assert bar is not None
        assert line is not None
        assert line["y"] + line["height"] <= bar["y"]
    assert met == low.locator("input").evaluate_all("all => all.map((one) => one.id)")

    low.first.locator("a[href^='#L']").click()
    expect(low.first.locator(".lines__source")).to_be_visible()
    check(desk, looks=((360, "light"), (1280, "dark")))

    doubtful = low.count()
    low.first.locator("input").check()
    step(desk, said("Read rightly"))
    expect(low).to_have_count(doubtful - 1)
    assert focused(desk) != "body"


def test_a_draft_is_saved_replaces_a_plan_and_is_brought_back(
    desk: Page, served: LiveServer, district: District
) -> None:
    plan = make_plan(district, year=2026)
    before = plan_document(plan).to_json()
    read(desk, served)
    follow(desk.get_by_role("link", name=said("Save as a plan …")).first)
    check(desk)
    desk.get_by_role("button", name=said("Replace the plan")).click()
    expect(desk).to_have_url(f"{served.url}{plan.get_absolute_url()}")
    expect(desk.get_by_role("status").first).to_be_visible()
    expect(desk.locator(".sheet")).to_contain_text("延長服務時間至晚間八時。")
    check(desk)

    follow(desk.locator("a[href$='/restore/']"))
    check(desk, looks=((1280, "light"), (360, "dark")))
    desk.get_by_role("main").get_by_role("button").click()
    expect(desk.locator(".sheet")).not_to_contain_text("延長服務時間至晚間八時。")
    plan.refresh_from_db()
    assert plan_document(plan).to_json() == before

    draft = ImportDraft.objects.latest("pk")
    desk.goto(f"{served.url}/imports/{draft.pk}/")
    check(desk, looks=((1280, "dark"), (360, "light")))
    desk.goto(f"{served.url}/imports/{draft.pk}/delete/")
    check(desk, looks=((1280, "light"), (360, "dark")))
    desk.get_by_role("main").get_by_role("button").click()
    expect(desk).to_have_url(f"{served.url}/imports/")


@pytest.mark.parametrize("name", ["alian", "anping", "daan", "sanmin", "yanshui"])
def test_a_whole_plan_goes_from_file_to_page_to_pdf(desk: Page, served: LiveServer, name: str) -> None:
    desk.goto(f"{served.url}/imports/new/")
    desk.locator("input[type=file]").set_input_files(TWINS / f"{name}.txt")
    desk.get_by_role("button", name=said("Read the plan")).click()
    expect(desk.locator("#import-state, #lines")).to_be_visible()
    work()
    expect(desk.locator("#lines")).to_be_visible()
    desk.locator(".lines input").last.check()
    step(desk, said("Read rightly"))
    desk.get_by_role("link", name=said("Save as a plan …")).first.click()
    desk.get_by_role("main").get_by_role("button").click()

    plan = Plan.objects.get()
    expect(desk.locator(".sheet__title")).to_have_text(plan.title)
    shown = re.sub(r"\s", "", desk.locator(".sheet").text_content() or "")
    for line in plan_document(plan).walk():
        assert re.sub(r"\s", "", f"{line.number}{line.title}") in shown
        assert all(re.sub(r"\s", "", part) in shown for part in line.text.split("\n"))
    check(desk, looks=((1280, "light"), (360, "dark")))

    desk.get_by_role("button", name=said("Make the PDF")).click()
    expect(desk.locator("#pdf-state")).to_have_attribute("data-state", "waiting")
    work()
    with desk.expect_download() as waited:
        desk.get_by_role("link", name=said("Download PDF")).click()
    assert waited.value.path().read_bytes().startswith(b"%PDF-")
