"""Nothing typed is lost: not to a dead network, an expired sign-in, a deleted line, a killed browser."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from importlib import import_module

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils.translation import gettext as said
from playwright.sync_api import Dialog, Page, Playwright, expect

from accounts.models import District, User
from bench.killed import Desk, kill_while_typing
from plans.enums import PlanStatus
from plans.models import Item, Plan
from plans.services import moving
from tests.browser.checks import Watch
from tests.browser.editor import Editor, Held, LostAnswers
from tests.builders import make_secretary

LINE = "依年度重點工作辦理。"
EDIT = "**/items/*/edit/"
ADD = "**/items/add/"
UNSURE = (
    "No answer came: the step may have been taken or not. The plan is shown anew when the connection is back."
)
SILENT = (
    "The server has not answered yet. Your text is kept in this browser and sent again until it is stored."
)
Drafts = Callable[[Editor], list[str]]


def saves(item: Item) -> int:
    """How often the line was stored since it was made."""
    item.refresh_from_db()
    assert item.version - 1 == item.history.count() - 1
    return item.version - 1


def told(editor: Editor, state: str) -> None:
    expect(editor.state).to_have_attribute("data-state", state)


class TestSaving:
    def test_it_saves_two_seconds_after_the_last_key(self, editor: Editor) -> None:
        item = editor.stored(LINE)
        editor.open(LINE)
        editor.stop_time()
        editor.type("再")
        editor.pass_time(0.9)
        editor.type("議。")
        held = Held(editor.page, EDIT)
        editor.pass_time(1.9)
        assert (held.routes, saves(item)) == ([], 0)
        told(editor, "unsaved")
        editor.pass_time(0.1)
        held.wait().end()
        editor.saved()
        assert saves(item) == 1
        assert editor.tree()[2] == f"二、{LINE}再議。"

    def test_it_saves_while_somebody_types_without_a_pause_but_not_at_each_key(self, editor: Editor) -> None:
        item = editor.stored(LINE)
        editor.open(LINE)
        start = time.monotonic()
        for _ in range(70):
            editor.page.keyboard.type("字", delay=90)
        most = (time.monotonic() - start) // 2 + 1
        item.refresh_from_db()
        assert item.text.count("字") >= 20
        editor.saved()
        item.refresh_from_db()
        assert item.text.count("字") == 70
        assert saves(item) <= most

    def test_leaving_the_field_saves(self, editor: Editor) -> None:
        editor.open(LINE)
        editor.stop_time()
        editor.type("再議。")
        editor.page.locator("h1").click()
        editor.saved()

    def test_what_is_typed_while_the_line_closes_is_stored_too(self, editor: Editor) -> None:
        editor.page.route(EDIT, lambda route: (time.sleep(0.3), route.continue_()))
        editor.open(LINE)
        editor.type("一")
        editor.press("Escape")
        editor.type("二三四五")
        expect(editor.form).to_have_count(0)
        editor.expect_spot(f"line {LINE}一二三四五")
        assert editor.tree()[2] == f"二、{LINE}一二三四五"

    def test_leaving_the_page_asks_only_while_something_is_unsaved(self, editor: Editor) -> None:
        asked: list[str] = []

        def ask(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.accept()

        editor.page.on("dialog", ask)
        editor.open(LINE)
        editor.go()
        editor.open(LINE)
        editor.type("字")
        editor.saved()
        editor.go()
        assert asked == []

        editor.open(f"{LINE}字")
        editor.type("尾")
        editor.go()
        assert asked == ["beforeunload"]
        # What was typed in the last two seconds was sent on the way out, or lies here; it is not doubled.
        expect(
            editor.line(f"{LINE}字尾").or_(editor.notice.get_by_role("button", name=said("Put it back")))
        ).to_be_visible()


class TestWithoutConnection:
    def test_it_is_said_at_once_and_stored_once_when_it_is_back(self, editor: Editor, watch: Watch) -> None:
        item = editor.stored(LINE)
        editor.take_time()
        editor.open(LINE)
        editor.type("先打的")
        editor.page.context.set_offline(True)
        told(editor, "away")
        editor.heard(said("No connection. What you write is kept in this browser until it is back."))
        editor.type("後打的")
        told(editor, "offline")
        editor.pass_time(5)  # tries again in vain meanwhile
        told(editor, "offline")
        editor.type("，最後打的")
        assert saves(item) == 0

        editor.page.context.set_offline(False)
        editor.saved()
        assert editor.tree()[2] == f"二、{LINE}先打的後打的，最後打的"
        assert saves(item) == 1
        editor.expect_spot("text of 二、")
        watch.forget("ERR_INTERNET_DISCONNECTED")

    def test_whole_lines_are_written_meanwhile_and_stand_in_order(self, editor: Editor, watch: Watch) -> None:
        editor.open(LINE)
        editor.page.context.set_offline(True)
        editor.type("改")
        for words in ("甲句", "乙句", "丙句"):
            editor.press("Control+Enter")
            editor.type(words)
        expect(editor.form).to_have_count(4)
        told(editor, "offline")

        editor.page.context.set_offline(False)
        expect(editor.form).to_have_count(1)
        editor.expect_spot("text of 五、")
        editor.close()
        expected = [f"二、{LINE}改", "三、甲句", "四、乙句", "五、丙句"]
        assert editor.tree()[2:6] == expected
        assert editor.shown()[2:6] == expected
        assert editor.plan.items.count() == len(editor.tree())
        watch.forget("ERR_INTERNET_DISCONNECTED")

    @pytest.mark.parametrize("kind", ["silent", "broken"])
    def test_a_server_that_does_not_answer_is_said_within_three_seconds(
        self, editor: Editor, watch: Watch, kind: str
    ) -> None:
        item = editor.stored(LINE)
        editor.open(LINE)
        editor.stop_time()
        held = Held(editor.page, EDIT)
        editor.type("字")
        editor.pass_time(2)
        held.wait()
        if kind == "broken":
            held.routes.pop().fulfill(status=500, body="x")
            told(editor, "slow")
        editor.pass_time(1)
        told(editor, "slow")
        editor.heard(said(SILENT))
        editor.type("尾")

        editor.page.clock.resume()
        held.end()
        editor.saved()
        assert editor.tree()[2] == f"二、{LINE}字尾"
        assert saves(item) == 2  # what was sent first, and what was typed after it
        if kind == "broken":
            watch.forget("500")

    def test_an_answer_that_was_lost_is_asked_for_again_and_counts_once(
        self, editor: Editor, watch: Watch
    ) -> None:
        item = editor.stored(LINE)
        lost = LostAnswers(editor.page, EDIT)
        editor.open(LINE)
        editor.type("先")
        told(editor, "offline")
        assert saves(item) == 1
        editor.type("後")
        editor.saved()
        assert lost.tokens[0] == lost.tokens[1]
        assert len(lost.tokens) == 3
        assert saves(item) == 2
        assert editor.tree()[2] == f"二、{LINE}先後"
        watch.forget("ERR_FAILED")

    def test_a_new_line_whose_answer_was_lost_is_added_once(self, editor: Editor, watch: Watch) -> None:
        LostAnswers(editor.page, ADD)
        editor.open(LINE)
        editor.press("Control+Enter")
        editor.type("新的一條")
        told(editor, "offline")
        editor.type("，後來加的")
        editor.close()
        assert [line for line in editor.tree() if "新的一條" in line] == ["三、新的一條，後來加的"]
        watch.forget("ERR_FAILED")

    def test_a_late_answer_does_not_touch_newer_text(self, editor: Editor) -> None:
        editor.open(LINE)
        editor.type("先")
        held = Held(editor.page, EDIT).wait()
        editor.type("後")
        editor.field("title").fill("標題")
        held.go()
        editor.page.wait_for_timeout(500)
        assert editor.field("text").input_value() == f"{LINE}先後"
        assert editor.field("title").input_value() == "標題"
        held.end()
        editor.close()
        assert editor.stored("標題").text == f"{LINE}先後"

    def test_a_step_whose_answer_was_lost_is_taken_once(self, editor: Editor, watch: Watch) -> None:
        lost = LostAnswers(editor.page, "**/step/")
        editor.line("備有輪椅。").focus()
        editor.press("Alt+ArrowDown")
        editor.heard(f"{said('Moved.')} (二)")
        editor.expect_spot("line 備有輪椅。")
        assert len(lost.tokens) == 2
        assert len(set(lost.tokens)) == 1
        assert editor.tree()[4:7] == ["一、便民服務", "(一)延長服務。", "(二)備有輪椅。"]
        assert editor.shown()[4:7] == editor.tree()[4:7]
        watch.forget("ERR_FAILED")

    def test_a_step_that_cannot_be_taken_is_said_and_the_sheet_caught_up(
        self, editor: Editor, watch: Watch
    ) -> None:
        editor.line("備有輪椅。").focus()
        editor.page.context.set_offline(True)
        editor.press("Alt+ArrowDown")
        editor.heard(said(UNSURE))
        editor.expect_spot("line 備有輪椅。")
        assert "(一)備有輪椅。" in editor.shown()
        editor.page.context.set_offline(False)
        editor.press("Alt+ArrowDown")
        editor.heard(f"{said('Moved.')} (二)")
        watch.forget("ERR_INTERNET_DISCONNECTED")


def sign_out_everybody() -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for key in Session.objects.values_list("pk", flat=True):
        store(key).delete()  # from the cache as well


def sign_in_by_form(page: Page, user: User) -> None:
    page.locator("[name=login]").fill(user.username)
    page.locator("[name=password]").fill("right-password")
    page.locator("[name=password]").press("Enter")


class TestSignIn:
    LONG = "長文" * 2500

    def test_text_typed_into_an_expired_page_is_offered_after_signing_in(
        self, editor: Editor, secretary: User, drafts: Drafts
    ) -> None:
        page = editor.page
        editor.open(LINE)
        sign_out_everybody()
        page.keyboard.insert_text(self.LONG)
        told(editor, "expired")
        editor.heard(said("You are no longer signed in. Your text is kept in this browser."))
        assert editor.field("text").input_value() == LINE + self.LONG

        page.get_by_role("link", name=said("Sign in again")).click()
        sign_in_by_form(page, secretary)
        editor.ready()
        expect(editor.notice).to_contain_text("長文長文")
        editor.notice.get_by_role("button", name=said("Put it back")).focus()
        editor.press("Enter")
        editor.expect_spot("text of 二、")
        assert editor.field("text").input_value() == LINE + self.LONG
        editor.saved()
        assert editor.stored(LINE + self.LONG).version == 2
        assert drafts(editor) == []
        expect(editor.notice).to_be_empty()

    def test_an_answer_for_the_side_that_leads_to_the_sign_in_leaves_the_page_alone(
        self, editor: Editor, drafts: Drafts
    ) -> None:
        editor.stop_time()  # nothing is saved, and nothing asks whether others are here
        editor.open(LINE)
        editor.type("再議。")
        sign_out_everybody()
        with editor.page.expect_response(re.compile("/accounts/login/")):
            editor.page.evaluate("document.body.dispatchEvent(new Event('sheet-changed'))")
            editor.pass_time(1.5)
        told(editor, "expired")
        assert editor.field("text").input_value() == f"{LINE}再議。"
        assert drafts(editor) == [f"{LINE}再議。"]

    def test_signing_in_beside_it_lets_the_page_go_on(self, editor: Editor, secretary: User) -> None:
        editor.open(LINE)
        editor.type("再議。")
        sign_out_everybody()
        told(editor, "expired")
        with editor.page.context.new_page() as other:
            other.goto(editor.address)
            sign_in_by_form(other, secretary)
            expect(other.locator("#sheet")).to_be_visible()
        editor.page.bring_to_front()
        editor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        editor.saved()
        assert editor.tree()[2] == f"二、{LINE}再議。"

    def test_another_person_neither_sees_nor_sends_it(
        self, editor: Editor, district: District, drafts: Drafts, watch: Watch
    ) -> None:
        other_person = make_secretary(district)
        editor.take_time()
        editor.open(LINE)
        sign_out_everybody()
        editor.type("我的機密")
        told(editor, "expired")

        with editor.page.context.new_page() as other:
            other.goto(editor.address)
            sign_in_by_form(other, other_person)
            theirs = Editor(other, editor.served, editor.plan).ready()
            other.wait_for_timeout(300)
            expect(theirs.notice).to_be_empty()
            assert drafts(theirs) == []

            editor.type("二")
            told(editor, "other")
            editor.pass_time(10)
            assert "我的機密" not in "".join(editor.tree())
            assert drafts(editor) == [f"{LINE}我的機密二"]
        watch.forget("403")

    def test_a_page_of_one_person_opens_no_line_for_the_next(
        self, editor: Editor, district: District, sign_in: Callable[..., None], watch: Watch
    ) -> None:
        sign_in(editor.page.context, make_secretary(district))
        editor.line(LINE).click()
        editor.heard(said("Somebody else is signed in now. Your text is kept in this browser for you alone."))
        expect(editor.form).to_have_count(0)
        if watch.complaints:  # it also tried to tell where it is
            watch.forget("403")


class TestDrafts:
    def test_a_draft_of_a_deleted_line_can_be_read_and_copied(
        self, editor: Editor, secretary: User, drafts: Drafts, watch: Watch
    ) -> None:
        editor.open(LINE)
        editor.page.context.set_offline(True)
        editor.type("不該丟的字")
        item = editor.stored(LINE)
        moving.remove_items(editor.plan.pk, [item.uid], actor=secretary)
        editor.page.on("dialog", lambda dialog: dialog.accept())
        editor.page.context.set_offline(False)
        told(editor, "gone")
        editor.heard(said("This line is no longer in the plan; somebody deleted it. Your text is below."))
        editor.go()

        put = editor.notice.get_by_role("button", name=said("Put it back"))
        put.click()
        expect(editor.problem).to_contain_text(
            said("This line is no longer in the plan; somebody deleted it.")
        )
        expect(editor.notice.locator("textarea")).to_be_visible()
        expect(editor.notice.locator("textarea")).to_have_value(f"{LINE}不該丟的字")
        assert drafts(editor) == [f"{LINE}不該丟的字"]

        editor.notice.get_by_role("button", name=said("Throw it away")).click()
        expect(editor.notice).to_be_empty()
        assert drafts(editor) == []
        assert editor.spot() != "body"
        watch.forget("410")

    def test_a_line_deleted_under_the_hands_is_brought_back_with_the_text(
        self, editor: Editor, secretary: User, watch: Watch
    ) -> None:
        editor.open(LINE)
        editor.type("還在寫")
        moving.remove_items(editor.plan.pk, [editor.stored(LINE).uid], actor=secretary)
        editor.problem.get_by_role("button", name=said("Bring the line back")).click()
        editor.saved()
        editor.expect_spot("text of 二、")
        editor.close()
        assert editor.tree()[2] == f"二、{LINE}還在寫"
        watch.forget("410")

    def test_a_plan_that_was_closed_meanwhile_lets_the_form_go_and_keeps_the_text(
        self, editor: Editor, drafts: Drafts, watch: Watch
    ) -> None:
        editor.open(LINE)
        editor.type("太晚了")
        Plan.objects.filter(pk=editor.plan.pk).update(status=PlanStatus.SIGNING)
        told(editor, "closed")
        editor.problem.get_by_role("button", name=said("Close it and keep my text in this browser")).click()
        expect(editor.form).to_have_count(0)
        expect(editor.notice).to_contain_text("太晚了")
        editor.expect_spot(said("Put it back"))
        assert drafts(editor) == [f"{LINE}太晚了"]
        watch.forget("403")

    def test_a_new_line_given_up_comes_back_at_the_press_of_a_button(self, editor: Editor) -> None:
        editor.open(LINE)
        editor.press("Control+Enter")
        editor.type("不要了")
        editor.form.last.get_by_role("link", name=said("Cancel")).click()
        editor.expect_spot(f"line {LINE}")
        editor.notice.get_by_role("button", name=said("Undo")).click()
        editor.expect_spot("text of a new line")
        editor.close()
        assert editor.tree()[3] == "三、不要了"

        editor.open("不要了")
        editor.press("Control+Enter")
        editor.type("存過了")
        editor.saved()
        editor.form.last.get_by_role("link", name=said("Cancel")).click()
        editor.heard(said("Deleted, with all below it."))
        assert "存過了" not in "".join(editor.tree())
        expect(editor.form).to_have_count(0)

    def test_writing_in_a_line_anew_does_not_touch_what_waits_to_be_put_back(
        self, editor: Editor, drafts: Drafts, watch: Watch
    ) -> None:
        editor.page.on("dialog", lambda dialog: dialog.accept())
        editor.open(LINE)
        editor.page.route(
            EDIT, lambda route: route.abort() if route.request.method == "POST" else route.continue_()
        )
        editor.type("舊稿")
        told(editor, "offline")
        editor.go()
        expect(editor.notice).to_contain_text("舊稿")
        editor.open(LINE)
        editor.type("新稿")
        told(editor, "offline")
        assert sorted(drafts(editor)) == sorted([f"{LINE}舊稿", f"{LINE}新稿"])
        watch.forget("ERR_FAILED")

    def test_what_was_left_a_month_ago_is_thrown_away(self, editor: Editor, drafts: Drafts) -> None:
        editor.page.evaluate(
            """async () => {
              const base = await new Promise((done) => {
                const request = indexedDB.open('districtplans', 1);
                request.onsuccess = () => done(request.result);
              });
              const put = (name, days) => {
                const at = Date.now() - days * 864e5;
                const key = districtplans.drafts.key(name);
                const store = base.transaction('drafts', 'readwrite').objectStore('drafts');
                store.put({ key, at, url: '', data: [['text', name]] });
              };
              put('old', 31); put('young', 29);
            }"""
        )
        assert drafts(editor) == ["young"]
        editor.go()
        assert drafts(editor) == ["young"]


def test_a_browser_killed_while_somebody_types(editor: Editor, playwright: Playwright) -> None:
    """Twice, once without a connection; `python -m bench.killed` does it more often and for longer."""
    item = editor.stored(LINE)
    type(item).objects.filter(pk=item.pk).update(text="")
    cookies = [one for one in editor.page.context.cookies() if one["name"] == "sessionid"]
    cookie = {"name": cookies[0]["name"], "value": cookies[0]["value"], "url": editor.served.url}

    def stored() -> str:
        item.refresh_from_db()
        return item.text

    desk = Desk(editor.address, str(item.uid), [cookie], stored)
    for is_offline in (True, False):
        kill = kill_while_typing(
            playwright,
            desk,
            seconds=1.5,
            chance=random.Random(1),  # noqa: S311 -- no secret
            is_offline=is_offline,
        )
        # A key takes 40 ms and more, and as long as the machine needs for it.
        assert kill.typed - kill.kept <= 6 < kill.typed
        assert kill.kept >= kill.called_saved
