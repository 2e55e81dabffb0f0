"""Writing a plan by the keyboard alone: every step, where the focus is after it, what is told."""

from __future__ import annotations

from django.utils.translation import gettext as said
from playwright.sync_api import expect

from tests.browser.checks import Watch
from tests.browser.editor import Editor

LINE = "依年度重點工作辦理。"


def test_a_line_is_opened_written_in_and_closed(editor: Editor) -> None:
    editor.open("依年度重點工作辦理。")
    editor.expect_spot("text of 二、")
    editor.type("另依決議。")
    expect(editor.state).to_have_attribute("data-state", "unsaved")
    editor.saved()  # by itself
    editor.heard(said("Saved"))
    editor.expect_spot("text of 二、")

    editor.type("再議。")
    editor.close()
    editor.expect_spot("line 依年度重點工作辦理。另依決議。再議。")
    assert editor.tree()[2] == "二、依年度重點工作辦理。另依決議。再議。"


def test_an_address_that_names_a_line_leads_to_it(editor: Editor) -> None:
    uid = editor.stored("開放預約。").uid
    editor.page.goto("about:blank")
    editor.page.goto(f"{editor.address}#i-{uid}")
    editor.expect_spot("line 開放預約。")
    expect(editor.line("開放預約。")).to_be_in_viewport()

    editor.page.evaluate("(uid) => { location.hash = `i-${uid}`; }", str(editor.stored(LINE).uid))
    editor.expect_spot(f"line {LINE}")
    expect(editor.line(LINE)).to_be_in_viewport()


def test_arrows_go_from_line_to_line_and_tab_only_moves_the_focus(editor: Editor) -> None:
    editor.line("計畫依據").focus()
    editor.press("ArrowDown", "ArrowDown")
    editor.expect_spot("line 依年度重點工作辦理。")
    editor.press("ArrowUp")
    editor.expect_spot("line 依本市年度服務規定辦理。")
    editor.press("Enter")
    editor.expect_spot("text of 一、")
    editor.press("Shift+Tab")
    editor.expect_spot("title of 一、")
    editor.press("Tab", "Tab")
    assert "body" not in editor.spot()
    expect(editor.form).to_have_count(1)


def test_writing_goes_on_in_the_next_line_without_a_pause(editor: Editor) -> None:
    editor.open("依年度重點工作辦理。")
    editor.press("Control+Enter")
    editor.type("第一句。")
    editor.press("Control+Enter")
    editor.type("第二句。")
    editor.press("Enter")
    editor.type("另起一段。")
    editor.expect_spot("text of a new line")
    editor.close()

    editor.expect_spot("line 第二句。另起一段。")
    assert editor.tree()[1:5] == [
        "一、依本市年度服務規定辦理。",
        "二、依年度重點工作辦理。",
        "三、第一句。",
        "四、第二句。\n另起一段。",
    ]
    assert editor.shown()[3:5] == ["三、第一句。", "四、第二句。另起一段。"]


def test_enter_in_a_title_begins_the_next_line_with_a_title(editor: Editor) -> None:
    editor.open("便民服務")
    editor.expect_spot("title of 一、")
    editor.press("Enter")
    editor.expect_spot("title of a new line")
    editor.type("夜間服務")
    editor.press("Enter")
    editor.type("假日服務")
    editor.close()

    now = editor.tree()
    at = now.index("二、夜間服務")
    assert now[at : at + 3] == ["二、夜間服務", "三、假日服務", "四、主動關懷"]
    editor.expect_spot("line 假日服務")


def test_a_new_line_without_words_goes_and_the_focus_returns(editor: Editor) -> None:
    before = editor.tree()
    editor.open("備有輪椅。")
    editor.press("Control+Enter")
    editor.expect_spot("text of a new line")
    expect(editor.form).to_have_count(1)
    editor.press("Escape")
    editor.expect_spot("line 備有輪椅。")

    editor.press("Enter")
    editor.expect_spot("text of (一)")
    editor.press("Control+Enter", "Control+Enter")
    editor.expect_spot("line 備有輪椅。")
    expect(editor.form).to_have_count(0)
    assert editor.tree() == before


def test_a_line_below_and_a_chapter(editor: Editor) -> None:
    editor.open("主動關懷")
    editor.button(said("Line below it")).focus()
    editor.press("Enter")
    editor.expect_spot("text of a new line")
    editor.type("電話問安。")
    editor.close()
    assert "(二)電話問安。" in editor.tree()
    editor.expect_spot("line 電話問安。")

    editor.page.locator("#add-chapter").focus()
    editor.press("Enter")
    editor.expect_spot("title of a new line")
    editor.press("Escape")
    editor.expect_spot("add-chapter")
    editor.press("Enter")
    editor.type("經費")
    editor.press("Enter")
    editor.type("其他")
    editor.close()
    assert editor.tree()[-2:] == ["伍、經費", "陸、其他"]
    editor.expect_spot("line 其他")


def test_a_line_that_is_open_moves_with_its_caret(editor: Editor) -> None:
    editor.open("延長服務。")
    editor.type("至八時。")
    editor.press("ArrowLeft", "ArrowLeft")
    editor.press("Alt+ArrowUp")
    editor.expect_spot("text of (一)")
    editor.heard(f"{said('Moved.')} (一)")
    editor.type("！")
    assert editor.field("text").input_value() == "延長服務。至八！時。"

    editor.press("Alt+ArrowLeft")
    editor.expect_spot("text of 二、")
    for keys in ("Alt+ArrowLeft", "Alt+ArrowRight"):
        editor.form.evaluate("(one) => (one.dataset.was = 'here')")
        editor.press(keys)
        # A chapter, or none any more, is of another kind: its form is made anew, and looks the same.
        expect(editor.page.locator("[data-was]")).to_have_count(0)
        expect(editor.form).to_have_count(1)
        expect(editor.field("text")).to_be_focused()
    editor.press("Alt+ArrowUp")
    editor.close()
    for words in ("延長服務。至八！時。", "備有輪椅。", "全年辦理12場次。"):
        assert sum(line.endswith(words) for line in editor.tree()) == 1
    assert editor.shown()[:3] == editor.tree()[:3]


def test_a_line_with_the_focus_moves_and_keeps_it(editor: Editor, watch: Watch) -> None:
    editor.line("備有輪椅。").focus()
    for keys, number in (
        ("Alt+ArrowDown", "(二)"),
        ("Alt+ArrowRight", "1."),
        ("Alt+ArrowLeft", "(二)"),
        ("Alt+ArrowUp", "(一)"),
    ):
        editor.press(keys)
        editor.heard(f"{said('Moved.')} {number}")
        editor.expect_spot("line 備有輪椅。")
        assert f"{number}備有輪椅。" in editor.shown()
    editor.press("Alt+ArrowUp")  # nowhere to go
    editor.heard(said("It is the first of its level already."))
    editor.expect_spot("line 備有輪椅。")
    watch.forget("422")


def test_steps_that_follow_each_other_quickly_are_all_taken(editor: Editor) -> None:
    editor.open("計畫依據")
    editor.press(*["Alt+ArrowDown"] * 3)
    editor.heard(f"{said('Moved.')} 肆、")
    editor.expect_spot("title of 肆、")
    assert [line for line in editor.tree() if line[1] == "、" and line[0] in "壹貳參肆"] == [
        "壹、計畫內容",
        "貳、工作分配",
        "參、推動組織",
        "肆、計畫依據",
    ]


def test_move_to_a_place_from_the_list(editor: Editor) -> None:
    editor.open("備有輪椅。")
    link = editor.form.get_by_role("link", name=said("Move to …"))
    link.focus()
    editor.press("Enter")
    editor.expect_spot("side-title")
    editor.side.get_by_role("link", name=said("Cancel")).focus()
    editor.press("Enter")
    editor.expect_spot(f"{said('Move to …')} of (一)")

    editor.press("Enter")
    editor.expect_spot("side-title")
    choice = editor.side.locator("[name=place] option", has_text="主動關懷").get_attribute("value")
    editor.side.locator("[name=place]").select_option(choice)
    editor.side.get_by_label(said("below it, as the first")).check()
    editor.side.get_by_role("button", name=said("Move it there")).focus()
    editor.press("Enter")
    editor.heard(said("Moved."))
    editor.expect_spot("line 備有輪椅。")
    assert editor.tree()[7:10] == ["二、主動關懷", "(一)備有輪椅。", "(二)到府服務。"]
    expect(editor.side.get_by_role("heading", name=said("How to write here"))).to_be_visible()


def test_deleting_and_undoing_by_button_and_by_key(editor: Editor) -> None:
    before = editor.tree()
    for undo in ("button", "key"):
        editor.open("便民服務")
        editor.form.get_by_role("link", name=said("Delete")).focus()
        editor.press("Enter")
        editor.heard(said("Deleted, with all below it."))
        editor.expect_spot("line 主動關懷")
        assert "一、主動關懷" in editor.shown()
        assert len(editor.tree()) == len(before) - 4
        if undo == "button":
            editor.notice.get_by_role("button", name=said("Undo")).focus()
            editor.press("Enter")
        else:
            editor.press("Control+z")
        editor.heard(said("It is back."))
        editor.expect_spot("line 便民服務")
        assert editor.tree() == before
        assert editor.shown()[4] == "一、便民服務"


def test_several_lines_pasted_into_a_title_become_lines(editor: Editor) -> None:
    editor.open("依年度重點工作辦理。")
    editor.press("Control+Enter", "Shift+Tab")
    editor.page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData('text/plain', '三、甲項\\n(一)甲之一\\n(二)甲之二\\n四、乙項');
          const paste = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
          document.activeElement.dispatchEvent(paste);
        }"""
    )
    editor.heard(said("Added."))
    editor.expect_spot("line 甲項")
    assert editor.tree()[2:7] == [
        "二、依年度重點工作辦理。",
        "三、甲項",
        "(一)甲之一",
        "(二)甲之二",
        "四、乙項",
    ]
    expect(editor.form).to_have_count(0)


def test_lines_are_pasted_at_the_side(editor: Editor) -> None:
    editor.open("主動關懷")
    editor.form.get_by_role("link", name=said("Paste lines below it")).focus()
    editor.press("Enter")
    editor.expect_spot("side-title")
    editor.press("Tab")
    editor.type("電話問安。")
    editor.press("Enter")
    editor.type("送餐到府。")
    editor.side.get_by_role("button", name=said("Make lines of it")).focus()
    editor.press("Enter")
    editor.heard(said("Added."))
    editor.expect_spot("line 電話問安。")
    assert editor.tree()[10:12] == ["(二)電話問安。", "(三)送餐到府。"]


def test_units_kind_and_numbering(editor: Editor) -> None:
    editor.open("主動關懷")
    editor.form.locator("summary").first.focus()
    editor.press("Enter")
    chip = editor.form.locator(".editing__units").get_by_label("民政課").first
    chip.focus()
    editor.press("Space")
    expect(chip).to_be_checked()
    editor.form.locator("summary").last.focus()
    editor.press("Enter")
    editor.form.locator("[name=child_style]").focus()
    editor.field("child_style").select_option(index=3)
    editor.close()
    editor.expect_spot("line 主動關懷")
    heading = editor.stored("主動關懷")
    assert [row.unit.name for row in heading.responsibilities.order_by("position")] == [
        "社會課",
        "民政課",
    ]
    assert heading.child_style
    expect(editor.piece("主動關懷")).to_contain_text("社會課、民政課")


def test_a_line_in_a_table(editor: Editor) -> None:
    editor.open("每季檢討。")
    editor.type("並公布。")
    editor.press("Control+Enter")
    editor.type("每年評比。")
    editor.press("Alt+ArrowDown")
    editor.expect_spot("text of 3.")
    editor.close()
    editor.expect_spot("line 每年評比。")
    assert [line for line in editor.tree() if line[0] in "123"][-4:-1] == [
        "1.每季檢討。並公布。",
        "2.每月公告。",
        "3.每年評比。",
    ]
    expect(editor.line("每季檢討。並公布。")).to_be_visible()


def test_a_roster(editor: Editor) -> None:
    editor.open("推動小組編組表")
    editor.field("roster").focus()
    editor.press("Control+End", "Enter")
    editor.type("幹事｜里幹事｜連絡")
    editor.close()
    editor.expect_spot("line 推動小組編組表")
    assert list(editor.stored("推動小組編組表").roster.values_list("title", flat=True)) == [
        "召集人",
        "委員",
        "幹事",
    ]
    expect(editor.page.locator(".roster")).to_contain_text("里幹事")


def test_what_the_server_refuses_is_said_and_stays(editor: Editor, watch: Watch) -> None:
    editor.open("主動關懷")
    editor.form.locator("summary").last.click()
    editor.field("points").fill("很多")
    editor.press("Escape")
    editor.heard(said("Points are a number, such as 25 or 12.5."))
    expect(editor.form).to_have_count(1)
    assert "body" not in editor.spot()
    editor.field("points").fill("12.5")
    editor.close()
    assert str(editor.stored("主動關懷").points) == "12.50"
    watch.forget("422")


def test_facts_and_attachments(editor: Editor) -> None:
    page = editor.page
    page.get_by_role("link", name=said("Change title, note and sign-off")).focus()
    editor.press("Enter")
    page.locator("[name=title]").focus()
    editor.press("Control+A")
    editor.type("某計畫")
    editor.press("Enter")
    expect(page.locator(".sheet__title")).to_have_text("某計畫")

    page.get_by_role("link", name=said("Attachments")).focus()
    editor.press("Enter")
    page.locator("[type=file]").set_input_files(
        {"name": "表.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1"}
    )
    page.get_by_role("button", name=said("Add"), exact=True).focus()
    editor.press("Enter")
    expect(page.locator(".attachments li")).to_have_count(1)
