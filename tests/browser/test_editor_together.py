"""Two people in one plan: what each writes is kept, who else is there is shown, a clash is put to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.utils.translation import gettext as said
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from accounts.enums import Role
from accounts.models import District, User
from plans.models import Plan
from plans.services import moving
from tests.browser.checks import Watch, still
from tests.browser.conftest import PATIENCE, SignIn
from tests.browser.editor import Editor, Held
from tests.builders import make_holder, make_secretary

LINE = "依年度重點工作辦理。"
Beside = Callable[[User], Editor]


@pytest.fixture
def beside(browser: Browser, served: LiveServer, sign_in: SignIn, plan_to_write: Plan) -> Iterator[Beside]:
    """Opens the editor for another person in a browser of their own."""
    contexts = []

    def enter(user: User) -> Editor:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-TW")
        contexts.append(context)
        sign_in(context, user)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        return Editor(page, served, plan_to_write).go()

    yield enter
    for context in contexts:
        context.close()


@pytest.fixture
def colleague(beside: Beside, district: District) -> Editor:
    """The same plan in the hands of another secretary."""
    return beside(make_secretary(district))


def beat(editor: Editor) -> None:
    """Let the page tell where it is and ask who else is there, as it does every ten seconds."""
    with editor.page.expect_response("**/presence/"):
        editor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


class TestDifferentFields:
    def test_both_are_kept_in_the_rows_and_in_the_history(self, editor: Editor, colleague: Editor) -> None:
        item = editor.stored(LINE)
        editor.open(LINE)
        colleague.open(LINE)
        editor.field("title").fill("我的標題")
        editor.saved()
        colleague.type("他的字。")
        colleague.saved()

        item.refresh_from_db()
        assert (item.title, item.text) == ("我的標題", f"{LINE}他的字。")
        newest, before = item.history.all()[:2]
        assert (newest.title, newest.text, before.text) == ("我的標題", f"{LINE}他的字。", LINE)
        assert newest.history_user != before.history_user
        # Each sees what the other wrote, without having touched that field.
        expect(colleague.field("title")).to_have_value("我的標題")
        editor.field("title").fill("我的新標題")
        editor.saved()
        expect(editor.field("text")).to_have_value(f"{LINE}他的字。")

    def test_a_field_in_which_only_the_caret_stands_is_not_written_back(
        self, editor: Editor, colleague: Editor
    ) -> None:
        item = editor.stored(LINE)
        colleague.open(LINE)
        colleague.type("他的字。")
        colleague.field("title").focus()
        editor.open(LINE)
        editor.field("title").fill("我的標題")
        editor.close()
        colleague.saved()  # its answer brings my title, where his caret is

        colleague.field("text").focus()
        colleague.type("又一字。")
        colleague.close()
        item.refresh_from_db()
        assert (item.title, item.text) == ("我的標題", f"{LINE}他的字。又一字。")

    def test_what_is_written_while_an_answer_is_on_its_way_takes_nothing_back(
        self, editor: Editor, colleague: Editor
    ) -> None:
        item = editor.stored(LINE)
        colleague.open(LINE)
        colleague.type("一。")
        held = Held(colleague.page, "**/edit/").wait()
        editor.open(LINE)
        editor.field("title").fill("我的標題")
        editor.close()
        colleague.type("二。")  # newer than what is on its way
        held.end()
        colleague.close()
        item.refresh_from_db()
        assert (item.title, item.text) == ("我的標題", f"{LINE}一。二。")


class TestSameField:
    @pytest.fixture
    def clash(self, editor: Editor, colleague: Editor, watch: Watch) -> Iterator[Editor]:
        """Both wrote in the text; the colleague was first. Mine is the page that has to choose."""
        editor.open(LINE)
        colleague.open(LINE)
        colleague.field("text").fill("他的整句。")
        colleague.close()
        editor.field("text").fill("我的整句。")
        expect(editor.page.locator(".editing--conflict")).to_be_visible()
        yield editor
        watch.forget("409")

    def test_both_texts_are_shown_and_it_is_told(self, clash: Editor) -> None:
        clash.heard(said("Somebody else changed the same words. Choose which are to stand."))
        sides = clash.page.locator(".conflict__text")
        expect(sides.nth(0)).to_have_text("他的整句。")
        expect(sides.nth(1)).to_have_text("我的整句。")
        expect(clash.page.locator(".editing--conflict")).to_contain_text("王")
        clash.expect_spot("text of 二、")  # whoever writes, writes on

    def test_mine_theirs_or_one_made_of_both(self, clash: Editor) -> None:
        clash.form.get_by_label(said("Keep theirs")).check(force=True)
        expect(clash.field("text")).to_have_value("他的整句。")
        clash.form.get_by_label(said("Take mine")).check(force=True)
        expect(clash.field("text")).to_have_value("我的整句。")
        clash.form.get_by_label(said("Keep theirs")).check(force=True)
        clash.field("text").focus()
        clash.press("Control+End")
        clash.type("加上我的。")  # one made of both: what stands in the field is what is stored
        expect(clash.form.get_by_label(said("Take mine"))).to_be_checked()
        clash.button(said("Save this")).click()
        expect(clash.form).to_have_count(0)
        assert clash.tree()[2] == "二、他的整句。加上我的。"
        clash.expect_spot("line 他的整句。加上我的。")

    @pytest.mark.parametrize(("side", "text"), [("Keep theirs", "他的整句。"), ("Take mine", "我的整句。")])
    def test_one_side_is_chosen(self, clash: Editor, side: str, text: str) -> None:
        clash.form.get_by_label(said(side)).focus()
        clash.press("Space")
        clash.button(said("Save this")).focus()
        clash.press("Enter")
        expect(clash.form).to_have_count(0)
        assert clash.tree()[2] == f"二、{text}"

    def test_nothing_is_stored_before_a_choice(self, clash: Editor) -> None:
        clash.take_time()
        clash.press("Escape")
        expect(clash.page.locator(".editing--conflict")).to_be_visible()
        clash.line("備有輪椅。").click()
        clash.pass_time(1)
        expect(clash.form).to_have_count(1)
        expect(clash.problem).to_contain_text(
            said("Somebody else changed the same words. Choose which are to stand.")
        )
        clash.field("text").focus()
        clash.type("還在想")
        clash.pass_time(5)
        clash.page.wait_for_timeout(200)
        assert clash.tree()[2] == "二、他的整句。"

    def test_a_third_save_in_between_gives_the_conflict_again(self, clash: Editor, colleague: Editor) -> None:
        colleague.open("他的整句。")
        colleague.field("text").fill("他又改了。")
        colleague.close()
        clash.form.get_by_label(said("Take mine")).focus()
        clash.button(said("Save this")).click()
        expect(clash.page.locator(".conflict__text").first).to_have_text("他又改了。")
        expect(clash.field("text")).to_have_value("我的整句。")
        assert clash.tree()[2] == "二、他又改了。"

        clash.button(said("Save this")).click()
        expect(clash.form).to_have_count(0)
        assert clash.tree()[2] == "二、我的整句。"
        texts = set(clash.stored("我的整句。").history.values_list("text", flat=True))
        assert texts == {LINE, "他的整句。", "他又改了。", "我的整句。"}

    def test_what_else_was_changed_is_stored_with_it(
        self, editor: Editor, colleague: Editor, watch: Watch
    ) -> None:
        editor.open(LINE)
        colleague.open(LINE)
        colleague.field("text").fill("他的整句。")
        colleague.close()
        editor.field("title").fill("我的標題")
        editor.field("text").fill("我的整句。")
        editor.press("Escape")
        expect(editor.page.locator(".editing--conflict")).to_be_visible()
        editor.page.wait_for_function("() => document.activeElement.matches('.editing__heading')")
        editor.form.get_by_label(said("Keep theirs")).check(force=True)
        editor.button(said("Save this")).click()
        expect(editor.form).to_have_count(0)
        item = editor.stored("我的標題")
        assert item.text == "他的整句。"
        watch.forget("409")

    def test_killed_before_the_choice_it_is_put_to_the_person_again(self, clash: Editor) -> None:
        clash.page.on("dialog", lambda dialog: dialog.accept())
        clash.go()
        clash.notice.get_by_role("button", name=said("Put it back")).click()
        expect(clash.page.locator(".editing--conflict")).to_be_visible()
        expect(clash.field("text")).to_have_value("我的整句。")
        assert clash.tree()[2] == "二、他的整句。"

    def test_units_clash_too(self, editor: Editor, colleague: Editor, watch: Watch) -> None:
        for one, unit in ((editor, "經建課"), (colleague, "秘書室")):
            one.open("主動關懷")
            one.form.locator("summary").first.click()
            one.form.locator(".chip", has_text=unit).first.click()
            if one is colleague:
                one.close()
        expect(editor.page.locator(".conflict__text")).to_have_text(["社會課、秘書室", "社會課、經建課"])
        editor.button(said("Save this")).click()
        watch.forget("409")


class TestOthers:
    def test_who_else_is_there_and_at_which_line(self, editor: Editor, colleague: Editor) -> None:
        colleague.open(LINE)
        beat(colleague)
        beat(editor)
        others = editor.page.locator("#others")
        expect(others).to_contain_text(said("Also here:"))
        expect(others).to_contain_text(f"{said('is editing')} 二、")
        expect(editor.piece(LINE)).to_have_class(re.compile("line--taken"))
        colleague.close()
        beat(colleague)
        beat(editor)
        expect(others).not_to_contain_text(said("is editing"))

    def test_what_others_changed_is_shown_and_the_focus_kept(self, editor: Editor, colleague: Editor) -> None:
        editor.line("備有輪椅。").focus()
        colleague.open(LINE)
        colleague.field("text").fill("他改過了。")
        colleague.press("Control+Enter")
        colleague.type("他加的。")
        colleague.close()
        beat(editor)
        expect(editor.line("他加的。")).to_be_visible()
        assert editor.shown()[2:4] == ["二、他改過了。", "三、他加的。"]
        editor.expect_spot("line 備有輪椅。")

    def test_not_while_a_form_is_open(self, editor: Editor, colleague: Editor) -> None:
        editor.open("備有輪椅。")
        colleague.open(LINE)
        colleague.field("text").fill("他改過了。")
        colleague.close()
        beat(editor)
        editor.heard(said("Others have changed the plan; it is shown anew when you close this line."))
        expect(editor.line(LINE)).to_be_visible()
        editor.expect_spot("text of (一)")
        editor.type("我也寫。")
        editor.close()
        expect(editor.line("他改過了。")).to_be_visible()
        editor.expect_spot("line 備有輪椅。我也寫。")

    def test_a_line_that_is_open_shows_what_others_made_of_it_and_goes_on_from_there(
        self, editor: Editor, colleague: Editor
    ) -> None:
        item = editor.stored(LINE)
        editor.open(LINE)
        colleague.open(LINE)
        colleague.field("text").fill("他改過的句子。")
        colleague.form.locator("summary").first.click()
        colleague.form.locator(".chip", has_text="經建課").first.click()
        colleague.close()
        beat(editor)
        expect(editor.field("text")).to_have_value("他改過的句子。")
        expect(editor.form.locator(".editing__named")).to_have_text("經建課")
        editor.heard(said("Somebody else changed this line; you see what it says now."))
        editor.expect_spot("text of 二、")

        editor.press("End")
        editor.type("我接著寫。")
        editor.close()
        item.refresh_from_db()
        assert item.text == "他改過的句子。我接著寫。"
        assert [one.unit.name for one in item.responsibilities.all()] == ["經建課"]

    def test_a_field_that_is_being_written_in_keeps_what_is_written(
        self, editor: Editor, colleague: Editor
    ) -> None:
        item = editor.stored(LINE)
        editor.open(LINE)
        colleague.open(LINE)
        editor.page.context.set_offline(True)
        editor.type("我的字。")
        colleague.field("title").fill("他的標題")
        colleague.close()
        editor.page.context.set_offline(False)
        beat(editor)
        expect(editor.field("text")).to_have_value(f"{LINE}我的字。")
        editor.saved()
        expect(editor.field("title")).to_have_value("他的標題")
        editor.close()
        item.refresh_from_db()
        assert (item.title, item.text) == ("他的標題", f"{LINE}我的字。")

    def test_what_is_looked_at_does_not_jump(self, editor: Editor, colleague: Editor) -> None:
        line = editor.line("每月公告。")
        line.scroll_into_view_if_needed()
        start = editor.page.evaluate("scrollY")
        editor.page.mouse.wheel(0, 400)
        editor.page.wait_for_function("(start) => scrollY > start", arg=start)
        still(editor.page)
        before = line.evaluate("one => one.getBoundingClientRect().top")
        colleague.open(LINE)
        for words in ("甲", "乙", "丙", "丁"):
            colleague.press("Control+Enter")
            colleague.type(words)
        colleague.close()
        beat(editor)
        expect(editor.line("丁")).to_be_attached()
        after = line.evaluate("one => one.getBoundingClientRect().top")
        assert abs(after - before) < 2

    def test_a_step_on_a_sheet_that_is_out_of_date_shows_it_anew(
        self, editor: Editor, colleague: Editor
    ) -> None:
        colleague.line("備有輪椅。").focus()
        colleague.press("Alt+ArrowDown")
        colleague.heard(said("Moved."))
        editor.line("到府服務。").focus()
        editor.press("Alt+ArrowLeft")
        editor.heard(f"{said('Moved.')} 三、")
        editor.expect_spot("line 到府服務。")
        assert editor.shown()[4:9] == [
            "一、便民服務",
            "(一)延長服務。",
            "(二)備有輪椅。",
            "1.全年辦理12場次。",
            "二、主動關懷",
        ]

    def test_a_new_line_behind_one_that_was_deleted_meanwhile_finds_a_place(
        self, editor: Editor, secretary: User
    ) -> None:
        editor.open("延長服務。")
        editor.press("Control+Enter")
        moving.remove_items(editor.plan.pk, [editor.stored("延長服務。").uid], actor=secretary)
        editor.type("放哪裡")
        editor.close()
        assert editor.tree()[4:8] == ["一、便民服務", "(一)備有輪椅。", "1.全年辦理12場次。", "(二)放哪裡"]


class TestUnit:
    """A person of 民政課, which answers for 便民服務 and 流程."""

    @pytest.fixture
    def clerk(self, beside: Beside, district: District) -> Editor:
        return beside(make_holder(Role.UNIT_STAFF, district.units.get(name="民政課")))

    def test_links_stand_in_own_lines_alone(self, clerk: Editor) -> None:
        own = clerk.page.locator("#pieces a.edit").all_inner_texts()
        lines = {
            "便民服務",
            "備有輪椅。",
            "延長服務。",
            "全年辦理12場次。",
            "流程",
            "每季檢討。",
            "每月公告。",
        }
        assert {words.strip() for words in own} == lines | {"民政課"}  # the cell of the units is of 流程
        expect(clerk.page.locator("#add-chapter")).to_have_count(0)
        clerk.page.get_by_text("依年度重點工作辦理。").click()
        expect(clerk.form).to_have_count(0)

    def test_writes_adds_and_arranges_below_own_headings(self, clerk: Editor) -> None:
        clerk.open("備有輪椅。")
        clerk.type("及拐杖。")
        clerk.press("Control+Enter")
        clerk.type("新設哺乳室。")
        clerk.close()
        clerk.press("Alt+ArrowUp")
        clerk.heard(f"{said('Moved.')} (一)")
        assert clerk.tree()[4:7] == ["一、便民服務", "(一)新設哺乳室。", "(二)備有輪椅。及拐杖。"]

        clerk.open("便民服務")
        expect(clerk.button(said("Next line"))).to_have_count(0)
        expect(clerk.button(said("Up"))).to_have_count(0)
        expect(clerk.field("kind")).to_have_count(0)
        clerk.press("Enter")  # no line of their own could stand behind it
        expect(clerk.form).to_have_count(0)
        clerk.expect_spot("line 便民服務")
