"""Writing a plan with the mouse: where a click puts the caret, where a line falls that is dragged."""

from __future__ import annotations

import pytest
from django.utils.translation import gettext as said
from playwright.sync_api import expect

from tests.browser.editor import Editor


def test_a_click_puts_the_caret_where_it_points(editor: Editor) -> None:
    line = editor.line("依本市年度服務規定辦理。")
    box = line.locator("p").bounding_box()
    assert box is not None
    # Between the fourth and the fifth of the characters, each as wide as the line is high in print.
    wide = editor.page.evaluate(
        """(one) => {
          const range = document.createRange();
          range.setStart(one.firstChild, 0); range.setEnd(one.firstChild, 4);
          return range.getBoundingClientRect().width;
        }""",
        line.locator("p").element_handle(),
    )
    editor.page.mouse.click(box["x"] + wide + 1, box["y"] + box["height"] / 2)
    editor.expect_spot("text of 一、")
    editor.type("＋")
    expect(editor.field("text")).to_have_value("依本市年＋度服務規定辦理。")

    editor.line("便民服務").click()
    editor.expect_spot("title of 一、")
    expect(editor.form).to_have_count(1)
    expect(editor.line("依本市年＋度服務規定辦理。")).to_be_visible()


def test_a_click_beside_the_words_opens_the_line(editor: Editor) -> None:
    piece = editor.piece("到府服務。")
    box = piece.bounding_box()
    assert box is not None
    editor.page.mouse.click(box["x"] + box["width"] - 5, box["y"] + box["height"] / 2)
    editor.expect_spot("text of (一)")


def drag(editor: Editor, words: str, onto: str, *, below: bool) -> None:
    """Drag a line by its number, and let go when it is seen to stand where it should."""
    line, other = editor.piece(words), editor.piece(onto)
    start, end = line.locator(".number").bounding_box(), other.bounding_box()
    assert start is not None
    assert end is not None
    ghost = editor.page.locator("#pieces > .sortable-ghost")
    beside = "previousElementSibling" if below else "nextElementSibling"
    onto_id = other.get_attribute("id")
    mouse = editor.page.mouse
    mouse.move(start["x"] + 5, start["y"] + start["height"] / 2)
    mouse.down()
    mouse.move(start["x"] + 12, start["y"] + start["height"] / 2 + 8, steps=4)
    ghost.wait_for(state="attached")
    y = end["y"] + (end["height"] - 3 if below else 3)
    mouse.move(end["x"] + 30, y, steps=12)
    for n in range(40):  # a hand is never quite still
        if ghost.evaluate(f"(one) => one.{beside}?.id") == onto_id:
            break
        mouse.move(end["x"] + 30 + n % 2, y)
        editor.page.wait_for_timeout(60)
    mouse.up()


@pytest.mark.parametrize(
    ("words", "onto", "below", "expected"),
    [
        ("延長服務。", "備有輪椅。", False, ["一、便民服務", "(一)延長服務。", "(二)備有輪椅。"]),
        ("備有輪椅。", "到府服務。", True, ["二、主動關懷", "(一)到府服務。", "(二)備有輪椅。"]),
        ("主動關懷", "便民服務", False, ["一、主動關懷", "(一)到府服務。", "二、便民服務"]),
        ("便民服務", "到府服務。", True, ["二、便民服務", "(一)備有輪椅。", "(二)延長服務。"]),
    ],
)
def test_a_line_is_dragged_by_its_number(
    editor: Editor, words: str, onto: str, below: bool, expected: list[str]
) -> None:
    drag(editor, words, onto, below=below)
    editor.heard(said("Moved."))
    now = editor.tree()
    assert expected[0] in now, now
    at = now.index(expected[0])
    assert now[at : at + len(expected)] == expected
    assert [line for line in editor.shown() if line in expected] == expected
    editor.expect_spot(f"line {words}")
