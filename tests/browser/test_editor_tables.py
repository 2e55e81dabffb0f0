"""Steps in tables: rows are swapped, cells reach as far as they should, forms that are open stay open."""

from __future__ import annotations

from django.utils.translation import gettext as said
from playwright.sync_api import expect

from tests.browser.editor import Editor

# The first difference between the sheet and what a page loaded anew would show, but for marks beside lines.
SAME = """async () => {
  const bare = (one) => {
    const copy = one.cloneNode(true);
    copy.querySelectorAll('.marked').forEach((mark) => mark.remove());
    const walker = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
    const blank = [];
    while (walker.nextNode()) if (!walker.currentNode.data.trim()) blank.push(walker.currentNode);
    blank.forEach((text) => text.remove());
    return copy;
  };
  const { page } = await window.districtplans.sheet.fetch();
  const now = [...document.querySelectorAll('#pieces > *')].map(bare);
  const fresh = [...page.querySelectorAll('#pieces > *')].map(bare);
  const at = fresh.findIndex((one, place) => !now[place]?.isEqualNode(one));
  if (at < 0 && now.length === fresh.length) return '';
  return `${now[at]?.outerHTML}\\n\\nis not\\n\\n${fresh[at]?.outerHTML}`;
}"""


def expect_same(editor: Editor) -> None:
    assert editor.page.evaluate(SAME) == ""


def step(editor: Editor, words: str, *keys: str) -> None:
    editor.line(words).focus()
    for key in keys:
        editor.press(key)
        editor.heard(said("Moved."))


def test_steps_swap_rows_and_the_cells_around_them_follow(editor: Editor) -> None:
    editor.page.evaluate("() => { window.table = document.querySelector('.responsibility'); }")
    for words, keys in (
        ("每季檢討。", ["Alt+ArrowDown", "Alt+ArrowUp"]),
        ("每月公告。", ["Alt+ArrowRight", "Alt+ArrowLeft"]),
        ("通路", ["Alt+ArrowUp", "Alt+ArrowDown", "Alt+ArrowRight", "Alt+ArrowLeft"]),
        ("流程", ["Alt+ArrowLeft"]),
    ):
        for key in keys:
            step(editor, words, key)
            expect_same(editor)
    assert editor.page.evaluate("() => window.table.isConnected"), "the table was swapped whole"


def test_a_form_stays_open_while_rows_around_it_are_swapped(editor: Editor) -> None:
    editor.open("每季檢討。")
    editor.type("並公布。")
    for key in ("Alt+ArrowDown", "Alt+ArrowRight", "Alt+ArrowLeft", "Alt+ArrowUp"):
        editor.press(key)
        editor.heard(said("Moved."))
        expect(editor.form).to_have_count(1)
    editor.expect_spot("text of 1.")
    editor.type("再議。")
    editor.close()
    editor.expect_spot("line 每季檢討。並公布。再議。")
    expect_same(editor)


def test_new_lines_in_a_table_become_rows(editor: Editor) -> None:
    editor.open("每季檢討。")
    editor.press("Control+Enter")
    editor.type("甲。")
    editor.press("Control+Enter")
    editor.type("乙。")
    editor.close()
    editor.expect_spot("line 乙。")
    assert editor.tree()[-8:-4] == ["1.每季檢討。", "2.甲。", "3.乙。", "4.每月公告。"]
    expect_same(editor)


def test_the_words_of_a_row_and_of_what_heads_it(editor: Editor) -> None:
    for words in ("服務品質", "流程", "每月公告。", "民政課"):
        editor.open(words)
        editor.type("改")
        editor.close()
        expect_same(editor)


def test_a_row_deleted_and_brought_back(editor: Editor) -> None:
    for words in ("每季檢討。", "流程"):
        editor.open(words)
        editor.form.get_by_role("link", name=said("Delete"), exact=True).click()
        editor.heard(said("Deleted, with all below it."))
        expect_same(editor)
        editor.notice.get_by_role("button", name=said("Undo")).click()
        editor.heard(said("It is back."))
        expect_same(editor)


def test_a_line_moved_from_a_table_to_an_outline_and_back(editor: Editor) -> None:
    for place in ("備有輪椅。", "每月公告。"):
        editor.open("每季檢討。")
        editor.form.get_by_role("link", name=said("Move to …")).click()
        uid = str(editor.stored(place).uid)
        editor.side.locator("[name=place]").select_option(uid)
        editor.side.get_by_role("button", name=said("Move it there")).click()
        editor.heard(said("Moved."))
        expect_same(editor)


def test_the_words_below_a_roster_follow(editor: Editor) -> None:
    for words in ("每年檢討。", "並公布。"):
        editor.open("推動小組編組表")
        editor.field("text").focus()
        editor.press("Control+End")
        editor.type(words)
        editor.close()
        expect_same(editor)
    assert editor.stored("推動小組編組表").text == "每年檢討。並公布。"
