"""An input method at work: its keys choose syllables and words, and must never do anything else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, expect

from tests.browser.checks import Watch
from tests.browser.editor import Editor, Held

KEYS = ("Enter", "Escape", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Tab")


@pytest.fixture
def method(editor: Editor) -> CDPSession:
    """The browser's own way to an input method."""
    return editor.page.context.new_cdp_session(editor.page)


def compose(method: CDPSession, text: str) -> None:
    method.send(
        "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
    )


def choose(method: CDPSession, text: str) -> None:
    method.send("Input.insertText", {"text": text})


def press_as_method(editor: Editor, field: str, key: str, **more: object) -> bool:
    """Press a key as browsers report it while composing. Answers whether the page took it for itself."""
    script = """(one, init) => {
      const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init });
      if (init.keyCode) Object.defineProperty(event, 'keyCode', { value: init.keyCode });
      return !one.dispatchEvent(event);
    }"""
    return bool(editor.field(field).evaluate(script, {"key": key, **more}))


@pytest.mark.parametrize("how", [{"isComposing": True}, {"keyCode": 229}])
@pytest.mark.parametrize("field", ["title", "text"])
def test_keys_of_an_input_method_do_nothing(editor: Editor, field: str, how: dict[str, object]) -> None:
    before = editor.tree()
    editor.open("便民服務")
    editor.field(field).focus()

    taken = [
        key for key in KEYS for alt in (False, True) if press_as_method(editor, field, key, altKey=alt, **how)
    ]
    taken += [key for key in KEYS if press_as_method(editor, field, key, ctrlKey=True, **how)]

    assert taken == []
    expect(editor.form).to_have_count(1)
    editor.expect_spot(f"{field} of 一、")
    assert editor.tree() == before


def test_the_same_keys_act_when_nothing_is_composed(editor: Editor) -> None:
    """Else the test above would prove nothing."""
    editor.open("便民服務")
    assert press_as_method(editor, "title", "ArrowDown", altKey=True)
    editor.expect_spot("title of 二、")
    assert press_as_method(editor, "title", "Escape")
    editor.expect_spot("line 便民服務")


def test_what_is_composed_is_saved_when_it_is_chosen(editor: Editor, method: CDPSession) -> None:
    sent: list[str] = []
    editor.take_time()
    editor.open("依年度重點工作辦理。")
    editor.page.on(
        "request", lambda one: "/items/" in one.url and one.method == "POST" and sent.append(one.url)
    )
    for half in ("ㄒ", "ㄒㄧ", "ㄒㄧˊ"):
        compose(method, half)
    editor.pass_time(3.5)  # longer than a save is ever put off
    editor.page.wait_for_timeout(200)
    assert sent == []
    assert editor.tree()[2] == "二、依年度重點工作辦理。"

    choose(method, "習")
    editor.saved()
    assert editor.tree()[2] == "二、依年度重點工作辦理。習"
    assert len(sent) == 1
    editor.expect_spot("text of 二、")


def test_a_sentence_that_is_still_composed_is_kept_in_this_browser(
    editor: Editor, method: CDPSession, drafts: Callable[[Editor], list[str]]
) -> None:
    editor.open("依年度重點工作辦理。")
    compose(method, "整句還沒選字")

    editor.page.wait_for_function("async () => (await districtplans.drafts.all()).length")
    assert drafts(editor) == ["依年度重點工作辦理。整句還沒選字"]


def test_a_form_is_not_taken_away_from_under_an_input_method(
    editor: Editor, method: CDPSession, watch: Watch
) -> None:
    """Somebody changed the same words, and it is told in the middle of a syllable."""
    editor.open("依年度重點工作辦理。")
    item = editor.stored("依年度重點工作辦理。")
    type(item).objects.filter(pk=item.pk).update(text="他的。")
    editor.type("我的")
    held = Held(editor.page, "**/items/*/edit/").wait()
    compose(method, "ㄗ")
    held.go()
    editor.page.wait_for_timeout(700)
    editor.expect_spot("text of 二、")
    assert editor.field("text").input_value() == "依年度重點工作辦理。我的ㄗ"
    expect(editor.page.locator(".editing--conflict")).to_have_count(0)

    choose(method, "字")
    expect(editor.page.locator(".editing--conflict")).to_be_visible()
    editor.expect_spot("text of 二、")
    assert editor.field("text").input_value() == "依年度重點工作辦理。我的字"
    watch.forget("409")


def test_the_next_line_is_composed_at_once(editor: Editor, method: CDPSession) -> None:
    editor.open("依年度重點工作辦理。")
    editor.press("Control+Enter")
    for half in ("ㄒ", "ㄒㄧ"):
        compose(method, half)
    editor.page.wait_for_timeout(800)  # the line before is stored and put back meanwhile
    expect(editor.form).to_have_count(1)
    compose(method, "ㄒㄧㄣ")
    choose(method, "新句")
    editor.close()
    assert editor.tree()[3] == "三、新句"
