"""Writing a plan on a phone, with the thumb alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils.translation import gettext as said
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from plans.models import Plan
from tests.browser.checks import Watch, still
from tests.browser.conftest import PATIENCE, SignIn
from tests.browser.editor import Editor


@pytest.fixture
def thumb(
    browser: Browser, served: LiveServer, secretary: User, sign_in: SignIn, plan_to_write: Plan
) -> Iterator[Editor]:
    """The editor on a phone."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, locale="zh-TW"
    )
    sign_in(context, secretary)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    watch = Watch(page)
    yield Editor(page, served, plan_to_write).go()
    assert watch.complaints == []
    context.close()


def test_write_next_line_and_done(thumb: Editor) -> None:
    thumb.line("依年度重點工作辦理。").tap()
    expect(thumb.field("text")).to_be_focused()
    thumb.field("text").fill("依決議辦理。")
    thumb.button(said("Next line")).tap()
    thumb.expect_spot("text of a new line")
    thumb.type("新的一條。")
    thumb.button(said("Done")).tap()
    expect(thumb.form).to_have_count(0)
    thumb.expect_spot("line 新的一條。")
    assert thumb.tree()[2:4] == ["二、依決議辦理。", "三、新的一條。"]

    thumb.line("便民服務").tap()
    thumb.button(said("Line below it")).tap()
    thumb.form.get_by_role("link", name=said("Cancel")).tap()
    thumb.expect_spot("line 便民服務")


def test_steps_by_buttons(thumb: Editor) -> None:
    thumb.line("延長服務。").tap()
    for name, number in (("Up", "(一)"), ("Down", "(二)"), ("In", "1."), ("Out", "(二)")):
        thumb.button(said(name)).tap()
        thumb.heard(f"{said('Moved.')} {number}")
        expect(thumb.form.locator(".editing__number")).to_have_text(number)
        assert thumb.spot().endswith(f"of {number}")
    assert "(二)延長服務。" in thumb.tree()


def test_move_delete_undo_and_paste(thumb: Editor) -> None:
    before = thumb.tree()
    thumb.line("延長服務。").tap()
    thumb.form.get_by_role("link", name=said("Delete")).tap()
    thumb.notice.get_by_role("button", name=said("Undo")).tap()
    thumb.heard(said("It is back."))
    assert thumb.tree() == before

    thumb.line("延長服務。").tap()
    thumb.form.get_by_role("link", name=said("Move to …")).tap()
    expect(thumb.side.get_by_role("heading")).to_be_in_viewport()
    choice = thumb.side.locator("[name=place] option", has_text="到府").get_attribute("value")
    thumb.side.locator("[name=place]").select_option(choice)
    thumb.side.get_by_role("button", name=said("Move it there")).tap()
    thumb.expect_spot("line 延長服務。")
    expect(thumb.line("延長服務。")).to_be_in_viewport()
    assert "(二)延長服務。" in thumb.tree()

    thumb.line("主動關懷").tap()
    thumb.form.get_by_role("link", name=said("Paste lines below it")).tap()
    thumb.side.locator("textarea").fill("甲。\n乙。")
    thumb.side.get_by_role("button", name=said("Make lines of it")).tap()
    thumb.expect_spot("line 甲。")
    assert thumb.tree()[-12:-8] != before[-12:-8]


def test_units_a_table_a_roster_and_a_chapter(thumb: Editor) -> None:
    thumb.line("主動關懷").tap()
    thumb.form.locator("summary").first.tap()
    named = thumb.form.locator(".editing__named")
    expect(named).to_have_text("社會課")
    thumb.form.locator(".chip", has_text="經建課").first.tap()
    expect(named).to_have_text("社會課、經建課")
    for unit in ("社會課", "經建課"):
        thumb.form.locator(".chip", has_text=unit).first.tap()
    expect(named).to_have_text("同上一層")
    for unit in ("社會課", "經建課"):
        thumb.form.locator(".chip", has_text=unit).first.tap()
    thumb.button(said("Done")).tap()
    thumb.expect_spot("line 主動關懷")
    assert thumb.stored("主動關懷").responsibilities.count() == 2

    thumb.line("每月公告。").tap()
    thumb.field("text").fill("每週公告。")
    thumb.line("推動小組編組表").tap()
    expect(thumb.field("roster")).to_be_visible()
    thumb.field("roster").fill("召集人｜區長")
    thumb.page.locator("#add-chapter").tap()
    thumb.expect_spot("title of a new line")
    thumb.type("經費")
    thumb.button(said("Done")).tap()
    thumb.expect_spot("line 經費")
    assert thumb.stored("每週公告。").kind == "action"
    assert thumb.stored("推動小組編組表").roster.count() == 1
    assert thumb.tree()[-1] == "伍、經費"


def drag(thumb: Editor, words: str, onto: str, *, held: float) -> None:
    """Put a finger on a line's number, hold it for some seconds, and move it to another line."""
    finger = thumb.page.context.new_cdp_session(thumb.page)
    number = thumb.piece(words).locator(".number")
    number.scroll_into_view_if_needed()
    still(thumb.page)
    start, end = number.bounding_box(), thumb.piece(onto).bounding_box()
    assert start is not None
    assert end is not None

    def touch(kind: str, y: float) -> None:
        points = [] if kind == "touchEnd" else [{"x": start["x"] + 5, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    y = start["y"] + 10
    thumb.stop_time()  # else a slow machine would make a hold of any swipe
    touch("touchStart", y)
    thumb.pass_time(held)
    if held:
        thumb.page.clock.resume()
    for step in range(1, 11):
        touch("touchMove", y + (end["y"] + 4 - y) * step / 10)
        thumb.page.wait_for_timeout(20)
    touch("touchEnd", 0)


def test_a_finger_held_on_a_number_drags_the_line(thumb: Editor) -> None:
    drag(thumb, "延長服務。", "備有輪椅。", held=0.3)
    thumb.heard(f"{said('Moved.')} (一)")
    assert thumb.tree()[4:7] == ["一、便民服務", "(一)延長服務。", "(二)備有輪椅。"]


def test_a_finger_that_swipes_over_a_number_scrolls(thumb: Editor) -> None:
    before = thumb.tree()
    drag(thumb, "到府服務。", "計畫依據", held=0)
    thumb.page.wait_for_function("() => scrollY > 20")
    thumb.pass_time(1)
    assert thumb.tree() == before
