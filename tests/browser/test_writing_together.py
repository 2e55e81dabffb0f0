"""Units write their part, chiefs release it, and people talk about lines: by mouse, keyboard and thumb."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from django.utils.translation import gettext as said
from django.utils.translation import pgettext
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Notice
from plans.enums import PartState
from plans.models import Comment
from plans.services import comments, rounds
from tests.browser.checks import Watch, check, focused, follow, settled, walk
from tests.browser.conftest import Enter, SignIn
from tests.browser.editor import Editor
from tests.plans.desk_rows import Desk, make_desk

CIVIL, WELFARE = "民政課", "社會課"


@pytest.fixture
def rows(transactional_db: None) -> Desk:
    return make_desk()


def board(served: LiveServer, rows: Desk, step: str = "") -> str:
    return f"{served.url}/plans/{rows.plan.pk}/round/{step}"


def part(served: LiveServer, rows: Desk, step: str = "") -> str:
    return board(served, rows, f"units/{rows.units[CIVIL].pk}/{step}")


def talk(served: LiveServer, rows: Desk) -> str:
    return f"{served.url}/plans/{rows.plan.pk}/items/{rows.item(f'{CIVIL}第一條。').uid}/comments/"


def test_a_round_from_its_opening_to_a_part_sent_back(
    enter: Enter, watch: Watch, served: LiveServer, rows: Desk
) -> None:
    page = enter(rows.secretary)
    page.goto(served.url)
    check(page)
    follow(page.get_by_role("link", name=said("Ask the units to write")))
    check(page)
    page.get_by_label(said("Due date")).fill("某日")
    page.get_by_role("button", name=said("Open the writing round")).click()
    expect(page.locator(".invalid-feedback")).to_be_visible()
    watch.forget("422")
    check(page)
    due = timezone.localdate() + dt.timedelta(days=7)
    page.get_by_label(said("Due date")).fill(f"{due.year - 1911}.{due.month}.{due.day}")
    page.get_by_label(said("Note to the units")).fill("請附佐證。")
    page.get_by_role("button", name=said("Open the writing round")).click()
    expect(page.locator(".board tbody tr")).to_have_count(2)
    check(page)
    walk(page)

    page = enter(rows.staff[CIVIL])
    page.goto(served.url)
    check(page)
    page.locator(".notices button").first.click()
    expect(page).to_have_url(part(served, rows))
    check(page)
    walk(page)
    page.get_by_role("button", name=said("Mark as ready for the chief")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#side .state--ready")).to_be_visible()
    expect(
        page.get_by_role("status").filter(has_text=said("The part is ready, and the chief has been told."))
    ).to_be_visible()
    settled(page)
    assert focused(page) != "body"
    check(page)

    page = enter(rows.chiefs[CIVIL])
    page.goto(f"{served.url}/notices/")
    check(page)
    page.locator(".notices button").first.click()
    page.get_by_role("button", name=said("Release to the secretariat")).click()
    expect(page.locator("#side .state--released")).to_be_visible()
    check(page)
    assert rows.part().state == PartState.RELEASED

    page = enter(rows.secretary)
    page.goto(board(served, rows))
    follow(page.get_by_role("row", name=CIVIL).get_by_role("link", name=said("Send back…")))
    check(page)
    page.locator("textarea").fill("第二條尚缺數字。")
    page.get_by_role("button", name=said("Send back")).click()
    expect(page.locator(".sent-back")).to_contain_text("第二條尚缺數字。")
    check(page)
    for step in ("change/", "close/"):
        page.goto(board(served, rows, step))
        check(page)


def test_who_clicks_a_line_of_others_reads_whose_it_is(enter: Enter, served: LiveServer, rows: Desk) -> None:
    editor = Editor(enter(rows.staff[CIVIL]), served, rows.plan).go()
    words = "您目前不能撰寫這一條"

    editor.page.get_by_text(f"{WELFARE}第一條。").click()

    expect(editor.page.locator("#notice")).to_contain_text(words)
    expect(editor.page.locator(".editing")).to_have_count(0)
    check(editor.page)
    editor.page.get_by_text(f"{CIVIL}第一條。").click()
    expect(editor.page.locator(".editing")).to_have_count(1)


def test_in_a_table_too_who_clicks_a_line_of_others_reads_whose_it_is(
    enter: Enter, served: LiveServer, rows: Desk
) -> None:
    rows.plan.items.filter(kind="chapter").update(layout="responsibility")
    words = "您目前不能撰寫這一條"
    editor = Editor(enter(rows.staff[CIVIL]), served, rows.plan).go()
    notice = editor.page.locator("#notice")

    editor.page.locator("tbody").get_by_text(f"{WELFARE}第一條。").click()
    expect(notice).to_contain_text(words)
    editor.page.get_by_text(f"{CIVIL}第一條。").click()
    expect(editor.page.locator(".editing")).to_have_count(1)

    editor = Editor(enter(rows.secretary), served, rows.plan).go()
    editor.page.locator("thead th").first.click()
    editor.page.locator("tbody tr").first.click(position={"x": 3, "y": 3})
    expect(editor.page.locator("#notice")).to_be_empty()


def test_reminding_twice_asks_first(enter: Enter, served: LiveServer, rows: Desk) -> None:
    rows.open_round(days=0)
    page = enter(rows.secretary)
    page.goto(board(served, rows))
    check(page)
    remind = page.get_by_role("row", name=CIVIL).get_by_role("button", name=said("Remind"))
    remind.click()
    expect(page.locator(".alert-success")).to_contain_text(CIVIL)

    remind.click()
    expect(page).to_have_url(f"{board(served, rows, 'remind/')}?unit={rows.units[CIVIL].pk}")
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(1)
    check(page)
    page.get_by_role("button", name=said("Remind these units")).click()
    expect(page).to_have_url(board(served, rows))
    assert Notice.objects.filter(words=rounds.REMINDED).count() == 2


def test_a_name_is_offered_while_an_at_sign_is_typed(enter: Enter, served: LiveServer, rows: Desk) -> None:
    page = enter(rows.secretary)
    page.goto(talk(served, rows))
    check(page)
    words = page.get_by_role("textbox", name=said("Comment")).first
    words.focus()
    page.keyboard.type("請@")
    offered = page.get_by_role("option")
    expect(offered).to_have_count(7)
    check(page)
    page.keyboard.type("社會")
    expect(offered.first).to_have_text(WELFARE)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(offered).to_have_count(0)
    page.keyboard.type("補充\n第二行@")
    page.keyboard.press("Escape")
    expect(offered).to_have_count(0)
    page.keyboard.press("Backspace")

    expect(words).to_have_value(f"請@{WELFARE} 補充\n第二行")
    page.get_by_role("button", name=said("Send the comment")).click()
    expect(page.locator(".mention")).to_have_text(f"@{WELFARE}")
    check(page)
    assert Comment.objects.get().mentioned_units.filter(name=WELFARE).exists()


def test_nothing_is_chosen_while_an_input_method_composes(
    enter: Enter, served: LiveServer, rows: Desk
) -> None:
    page = enter(rows.secretary)
    page.goto(talk(served, rows))
    words = page.locator("textarea").first
    words.focus()
    page.keyboard.type("@")
    expect(page.get_by_role("option")).to_have_count(7)
    client = page.context.new_cdp_session(page)

    client.send("Input.imeSetComposition", {"text": "ㄇㄧㄣ", "selectionStart": 3, "selectionEnd": 3})
    # Enter takes the candidate: the browser reports it as a key of the input method.
    words.dispatch_event(
        "keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True}
    )
    words.dispatch_event("keydown", {"key": "Process", "keyCode": 229, "bubbles": True, "cancelable": True})
    expect(words).to_have_value("@ㄇㄧㄣ")
    client.send("Input.insertText", {"text": "民"})

    expect(words).to_have_value("@民")
    expect(page.get_by_role("option").first).to_have_text(CIVIL)


def test_words_that_are_not_sent_outlive_the_page(enter: Enter, served: LiveServer, rows: Desk) -> None:
    first = comments.add_comment(
        rows.plan.pk,
        rows.item(f"{CIVIL}第一條。").uid,
        actor=rows.secretary,
        text="請補場次。",
        at=timezone.now(),
    )
    page = enter(rows.staff[CIVIL])
    page.goto(talk(served, rows))
    page.get_by_text(said("Answer"), exact=True).first.click()
    answer = page.locator(f"#c-{first.pk} textarea")
    answer.fill("寫到一半")
    page.reload()
    expect(answer).to_have_value("寫到一半")
    expect(answer).to_be_visible()

    page.get_by_role("button", name=said("Send the answer")).click()
    expect(page.locator(".said--answer")).to_contain_text("寫到一半")
    page.reload()
    expect(answer).to_have_value("")
    page.get_by_text(said("Answer"), exact=True).first.click()
    answer.fill("只給自己看")
    other = enter(rows.chiefs[CIVIL])
    other.goto(talk(served, rows))
    expect(answer).to_have_value("")


def test_a_thread_is_answered_settled_and_found_in_the_list(
    enter: Enter, served: LiveServer, rows: Desk
) -> None:
    line = rows.item(f"{CIVIL}第一條。")
    comments.add_comment(rows.plan.pk, line.uid, actor=rows.secretary, text="請補場次。", at=timezone.now())
    page = enter(rows.staff[CIVIL])
    page.goto(f"{served.url}/plans/{rows.plan.pk}/comments/")
    check(page)
    follow(page.get_by_role("link", name=f"{CIVIL}第一條。"))
    page.get_by_role("button", name=said("Mark as settled")).click()
    expect(page.locator(".thread--settled")).to_be_visible()
    settled(page)
    assert focused(page) != "body"
    check(page)
    page.goto(f"{served.url}/plans/{rows.plan.pk}/comments/")
    expect(page.get_by_text(said("Every thread is settled."))).to_be_visible()
    page.get_by_role("link", name=pgettext("comments", "All")).click()
    expect(page.locator(".commented")).to_have_count(1)
    check(page)


def test_all_of_it_without_javascript(
    browser: Browser, served: LiveServer, rows: Desk, sign_in: SignIn
) -> None:
    def enter(who: str) -> Page:
        context = browser.new_context(java_script_enabled=False)
        sign_in(context, {"secretary": rows.secretary, "chief": rows.chiefs[CIVIL]}[who])
        return context.new_page()

    page = enter("secretary")
    page.goto(board(served, rows))
    page.get_by_role("button", name=said("Open the writing round")).click()
    expect(page.locator(".board tbody tr")).to_have_count(2)
    page.goto(talk(served, rows))
    page.locator("textarea").fill("請補場次。")
    page.get_by_text(said("Tell single people")).click()
    page.get_by_label(rows.staff[CIVIL].full_name).check()
    page.get_by_role("button", name=said("Send the comment")).click()
    expect(page.locator(".said__told")).to_contain_text(rows.staff[CIVIL].full_name)

    page = enter("chief")
    page.goto(talk(served, rows))
    page.get_by_text(said("Answer"), exact=True).first.click()
    page.locator(".thread textarea").fill("已補。")
    page.get_by_role("button", name=said("Send the answer")).click()
    expect(page.locator(".said--answer")).to_contain_text("已補。")
    page.get_by_role("button", name=said("Mark as settled")).click()
    expect(page.locator(".thread--settled")).to_be_visible()
    page.goto(part(served, rows))
    page.get_by_role("button", name=said("Release to the secretariat")).click()
    expect(page.locator("#side .state--released")).to_be_visible()
    page.get_by_role("button", name=said("Take the release back")).click()
    expect(page.locator("#side .state--writing")).to_be_visible()
