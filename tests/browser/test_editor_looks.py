"""The editor in every state, at each width, in light and dark: goals.md, "Access"."""

from __future__ import annotations

import pytest
from django.utils.translation import gettext as said
from playwright.sync_api import Page, Route, expect

from plans.services import moving
from tests.browser.checks import Watch, check, still, walk
from tests.browser.editor import Editor

LINE = "依年度重點工作辦理。"
# A form that is open covers nothing of another line, and can be scrolled to as a whole.
SEEN = """() => {
  const form = document.querySelector('.editing');
  const box = form.getBoundingClientRect();
  const under = [...document.querySelectorAll('#pieces a.edit')].filter((one) => {
    const own = one.getBoundingClientRect();
    return own.width && own.top < box.bottom - 1 && own.bottom > box.top + 1 &&
      own.left < box.right && own.right > box.left;
  });
  return {
    covers: under.map((one) => one.textContent.trim()),
    cut: form.scrollWidth > form.clientWidth + 1,
    outside: box.left < 0 || box.right > document.documentElement.clientWidth + 1,
    end: box.bottom + scrollY <= document.documentElement.scrollHeight,
  };
}"""
FINE = {"covers": [], "cut": False, "outside": False, "end": True}


def test_the_sheet_and_the_way_through_it(editor: Editor) -> None:
    check(editor.page)
    stops = walk(editor.page)
    for words in (LINE, "便民服務", "每季檢討。", "推動小組編組表", "add-chapter"):
        assert words in {stop.strip() for stop in stops}


@pytest.mark.parametrize("words", [LINE, "主動關懷", "每季檢討。", "流程", "推動小組編組表", "計畫內容"])
def test_a_form_that_is_open(editor: Editor, words: str) -> None:
    editor.open(words)
    for summary in editor.form.locator("summary").all():
        summary.click()
    check(editor.page)
    for width in (1280, 768, 360, 320):
        editor.page.set_viewport_size({"width": width, "height": 740})
        editor.page.wait_for_function("(width) => innerWidth === width", arg=width)
        still(editor.page)
        assert editor.page.evaluate(SEEN) == FINE, width
        for part in editor.form.locator("textarea, button, a").all():
            part.scroll_into_view_if_needed()
            expect(part).to_be_in_viewport()


@pytest.mark.parametrize("words", [LINE, "每季檢討。"])
def test_a_new_line(editor: Editor, words: str) -> None:
    editor.open(words)
    editor.press("Control+Enter")
    expect(editor.form).to_have_count(1)
    check(editor.page)
    editor.type("新句")
    expect(editor.state).to_have_attribute("data-state", "unsaved")
    assert editor.page.evaluate(SEEN) == FINE
    check(editor.page, looks=((1280, "light"), (360, "dark")))


def test_a_new_chapter(editor: Editor) -> None:
    editor.page.locator("#add-chapter").click()
    check(editor.page, looks=((1280, "light"), (360, "dark")))


def test_a_conflict(editor: Editor, watch: Watch) -> None:
    item = editor.stored(LINE)
    editor.open(LINE)
    type(item).objects.filter(pk=item.pk).update(text="他的整句。")
    editor.type("我的。")
    expect(editor.page.locator(".editing--conflict")).to_be_visible()
    check(editor.page)
    assert editor.page.evaluate(SEEN) == FINE
    watch.forget("409")


def test_a_notice_with_undo_covers_no_line_that_has_the_focus(editor: Editor) -> None:
    editor.open(LINE)
    editor.form.get_by_role("link", name=said("Delete")).click()
    expect(editor.notice.get_by_role("button", name=said("Undo"))).to_be_visible()
    check(editor.page)
    editor.page.set_viewport_size({"width": 360, "height": 500})
    for key, words in (("ArrowDown", "推動小組編組表"), ("ArrowUp", "計畫依據")):
        editor.line("備有輪椅。").focus()
        for _ in range(30):
            editor.press(key)
            assert not hidden(editor.page), f"{editor.spot()} is hidden"
        editor.expect_spot(f"line {words}")


def hidden(page: Page) -> bool:
    """Whether something lies over what has the focus."""
    return bool(
        page.evaluate(
            """() => {
              const box = document.activeElement.getBoundingClientRect();
              const at = document.elementFromPoint(box.left + 5, box.top + 5);
              const end = document.elementFromPoint(box.left + 5, Math.min(box.bottom - 5, innerHeight - 1));
              return ![at, end].every((one) => one && document.activeElement.contains(one));
            }"""
        )
    )


def test_what_is_said_when_the_connection_is_gone(editor: Editor, watch: Watch) -> None:
    editor.open(LINE)
    editor.page.context.set_offline(True)
    expect(editor.state).to_have_attribute("data-state", "away")
    check(editor.page, looks=((1280, "light"), (360, "dark")))
    editor.type("字")
    expect(editor.state).to_have_attribute("data-state", "offline")
    check(editor.page)
    editor.page.context.set_offline(False)
    watch.forget("ERR_INTERNET_DISCONNECTED")


def refuse(route: Route) -> None:
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()


def test_the_list_of_what_was_not_stored(editor: Editor, watch: Watch) -> None:
    editor.page.on("dialog", lambda dialog: dialog.accept())
    editor.page.route("**/items/**", refuse)
    for words in (LINE, "備有輪椅。", "到府服務。"):
        editor.open(words)
        editor.type("長" * 90)
        expect(editor.state).to_have_attribute("data-state", "offline")
        editor.go()
    expect(editor.notice.locator("li")).to_have_count(3)
    check(editor.page)
    editor.notice.locator("summary").first.click()
    check(editor.page, looks=((1280, "dark"), (360, "light")))
    editor.page.set_viewport_size({"width": 360, "height": 640})
    editor.line("推動小組編組表").focus()
    assert not hidden(editor.page)
    watch.forget("ERR_FAILED")


def test_a_line_deleted_under_the_hands(editor: Editor, watch: Watch) -> None:
    editor.open(LINE)
    item = editor.stored(LINE)
    moving.remove_items(editor.plan.pk, [item.uid], actor=item.history.first().history_user)
    editor.type("字")
    expect(editor.problem.get_by_role("button", name=said("Bring the line back"))).to_be_visible()
    check(editor.page, looks=((1280, "light"), (360, "dark")))
    watch.forget("410")


@pytest.mark.parametrize(
    "name", ["Move to …", "Paste lines below it", "Comments", "Targets", "History of the line"]
)
def test_what_opens_at_the_side_of_a_line(editor: Editor, name: str) -> None:
    editor.open("全年辦理12場次。")
    editor.form.get_by_role("link", name=said(name), exact=True).click()
    editor.expect_spot("side-title")
    check(editor.page, looks=((1280, "light"), (360, "dark")))


@pytest.mark.parametrize("name", ["Check list", "Comments"])
def test_what_opens_at_the_side_of_the_plan(editor: Editor, name: str) -> None:
    editor.page.locator(".desk__tools").get_by_role("link", name=said(name), exact=True).click()
    editor.expect_spot("side-title")
    check(editor.page, looks=((1280, "light"), (360, "dark")))
