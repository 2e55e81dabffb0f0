"""The editor in a browser without JavaScript: every action is a page, and nothing is missing."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import gettext as said
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from plans.models import Plan
from tests.browser.checks import WIDE, check
from tests.browser.editor import Editor

LINE = "依年度重點工作辦理。"


@pytest.fixture
def slow(plain: Page, served: LiveServer, plan_to_write: Plan) -> Editor:
    editor = Editor(plain, served, plan_to_write)
    plain.goto(editor.address)
    return editor


def press(editor: Editor, name: str) -> None:
    editor.page.get_by_role("main").get_by_role("button", name=said(name), exact=True).click()


def follow(editor: Editor, name: str) -> None:
    editor.page.get_by_role("main").get_by_role("link", name=said(name), exact=True).click()


def test_a_line_is_written_and_the_next_begun(slow: Editor) -> None:
    slow.line(LINE).click()
    slow.field("text").fill("依決議辦理。")
    slow.page.set_viewport_size({"width": 320, "height": 640})
    assert slow.page.evaluate(WIDE) == []
    press(slow, "Next line")
    slow.field("text").fill("新的一條。")
    press(slow, "Done")
    expect(slow.line("新的一條。")).to_be_in_viewport()
    assert slow.tree()[2:4] == ["二、依決議辦理。", "三、新的一條。"]

    slow.line("主動關懷").click()
    press(slow, "Line below it")
    press(slow, "Done")
    expect(slow.page.get_by_text(said("Write a title or a text first."))).to_be_visible()
    slow.field("text").fill("電話問安。")
    press(slow, "Done")
    assert "(二)電話問安。" in slow.tree()


def test_steps_and_moves(slow: Editor) -> None:
    for name, number in (("Down", "(二)"), ("In", "1."), ("Out", "(二)"), ("Up", "(一)")):
        slow.line("備有輪椅。").click()
        press(slow, name)
        assert f"{number}備有輪椅。" in slow.tree()
    slow.line("備有輪椅。").click()
    press(slow, "Up")
    expect(slow.page.get_by_text(said("It is the first of its level already."))).to_be_visible()

    slow.line("備有輪椅。").click()
    follow(slow, "Move to …")
    choice = slow.page.locator("[name=place] option", has_text="到府").get_attribute("value")
    slow.page.locator("[name=place]").select_option(choice)
    press(slow, "Move it there")
    expect(slow.line("備有輪椅。")).to_be_in_viewport()
    assert slow.tree()[7:10] == ["二、主動關懷", "(一)到府服務。", "(二)備有輪椅。"]


def test_deleting_asks_and_can_be_undone(slow: Editor) -> None:
    before = slow.tree()
    slow.line("便民服務").click()
    follow(slow, "Delete")
    press(slow, "Delete")
    assert len(slow.tree()) == len(before) - 4
    slow.page.goto(f"{slow.served.url}/plans/{slow.plan.pk}/removed/")
    slow.page.get_by_role("main").get_by_role("button").first.click()
    assert slow.tree() == before


def test_pasting_units_a_roster_and_a_chapter(slow: Editor) -> None:
    slow.line("主動關懷").click()
    follow(slow, "Paste lines below it")
    slow.page.locator("[name=lines]").fill("電話問安。\n送餐到府。")
    press(slow, "Make lines of it")
    assert slow.tree()[10:12] == ["(二)電話問安。", "(三)送餐到府。"]

    slow.line("主動關懷").click()
    slow.form.locator("summary").first.click()
    slow.form.locator(".chip", has_text="經建課").first.click()
    press(slow, "Done")
    assert slow.stored("主動關懷").responsibilities.count() == 2

    slow.line("推動小組編組表").click()
    slow.field("roster").fill("召集人｜區長")
    press(slow, "Done")
    assert slow.stored("推動小組編組表").roster.count() == 1

    follow(slow, "Add a chapter")
    slow.field("title").fill("經費")
    press(slow, "Done")
    assert slow.tree()[-1] == "伍、經費"


def test_the_second_of_two_chooses(slow: Editor) -> None:
    item = slow.stored(LINE)
    slow.line(LINE).click()
    type(item).objects.filter(pk=item.pk).update(text="他的整句。")
    slow.field("text").fill("我的整句。")
    press(slow, "Done")
    expect(slow.page.locator(".conflict__text")).to_have_text(["他的整句。", "我的整句。"])
    slow.field("text").fill("兩句合一。")
    press(slow, "Save this")
    expect(slow.page).to_have_url(re.compile("/edit/#i-"))
    assert slow.tree()[2] == "二、兩句合一。"


def test_facts_and_attachments(slow: Editor) -> None:
    follow(slow, "Change title, note and sign-off")
    slow.page.locator("[name=title]").fill("某計畫")
    press(slow, "Save")
    expect(slow.page.locator(".sheet__title")).to_have_text("某計畫")
    follow(slow, "Attachments")
    slow.page.locator("[type=file]").set_input_files(
        {"name": "表.txt", "mimeType": "text/plain", "buffer": b"x"}
    )
    press(slow, "Add")
    expect(slow.page.locator(".attachments li")).to_have_count(1)


@pytest.mark.parametrize("words", [LINE, "推動小組編組表"])
def test_the_page_of_a_line(desk: Page, served: LiveServer, plan_to_write: Plan, words: str) -> None:
    """What the browser shows that follows the link of a line without the scripts of the editor."""
    editor = Editor(desk, served, plan_to_write)
    uid = editor.stored(words).uid
    for what in ("edit", "move", "delete"):
        desk.goto(f"{served.url}/plans/{plan_to_write.pk}/items/{uid}/{what}/")
        check(desk, looks=((1280, "light"), (360, "dark")))
    for what in ("add", "paste"):
        desk.goto(f"{served.url}/plans/{plan_to_write.pk}/items/{what}/?parent={uid}&kind=action")
        check(desk, looks=((1280, "light"), (360, "dark")))
