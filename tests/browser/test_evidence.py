"""Evidence on a phone: chosen, dropped, linked, taken out and brought back, beside text half written."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as said
from playwright.sync_api import Browser, FilePayload, Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from progress.models import Evidence
from tests.browser.checks import Watch, check, focused
from tests.browser.conftest import PATIENCE, Enter, SignIn
from tests.core.files import PAGE, PDF, png
from tests.progress.rows import Year, make_year

PHOTO: FilePayload = {"name": "現場.png", "mimeType": "image/png", "buffer": png(200, 150)}
PAPER: FilePayload = {"name": "紀錄.pdf", "mimeType": "application/pdf", "buffer": PDF}
DISGUISED: FilePayload = {"name": "頁.txt", "mimeType": "text/plain", "buffer": PAGE}


@pytest.fixture(autouse=True)
def own_media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def year() -> Year:
    return make_year(at=timezone.now(), year=timezone.localdate().year)


def address(year: Year) -> str:
    return f"/periods/{year.period().pk}/units/{year.units['民政課'].pk}/"


@pytest.fixture
def form(enter: Enter, served: LiveServer, year: Year) -> Page:
    """The form of a unit in the hands of one of its people, on a phone."""
    page = enter(year.staff())
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(served.url + address(year))
    expect(page.locator("#desk")).to_have_attribute("data-ready", "yes")
    return page


def pieces(page: Page) -> Locator:
    return page.locator(".evidence:not(.evidence--removed) .evidence__piece")


def choose(page: Page, *files: FilePayload) -> None:
    page.get_by_label(said("Choose files")).set_input_files(files)


def drop(page: Page, target: str, *files: FilePayload) -> None:
    """Let files go above an element, as a hand does with a mouse."""
    sent = [[one["name"], one["mimeType"], base64.b64encode(one["buffer"]).decode()] for one in files]
    page.evaluate(
        """([target, files]) => {
          const data = new DataTransfer();
          const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
          for (const [name, type, content] of files)
            data.items.add(new File([bytes(content)], name, { type }));
          for (const name of ['dragenter', 'dragover', 'drop'])
            document.querySelector(target).dispatchEvent(
              new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: data }));
        }""",
        [target, sent],
    )


def test_photos_are_chosen_on_a_phone_and_what_is_refused_says_why(
    form: Page, year: Year, watch: Watch
) -> None:
    words = form.get_by_label(said("What was done"))
    words.fill("寫到一半")
    check(form)

    choose(form, PHOTO, DISGUISED, PAPER)

    expect(pieces(form)).to_have_count(2)
    expect(form.locator(".uploads__file")).to_contain_text("SVG")
    picture = form.locator(".evidence__picture img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 200)
    check(form)
    picture.click()
    large = form.locator("dialog.picture-box")
    expect(large.locator("img")).to_have_js_property("naturalWidth", 200)
    check(form)
    form.keyboard.press("Escape")
    expect(large).to_have_count(0)
    expect(form.locator("a.evidence__picture")).to_be_focused()
    expect(words).to_have_value("寫到一半")
    expect(form.locator("#save-state")).to_have_attribute("data-state", "saved")
    assert year.report("法律諮詢").narrative == "寫到一半"

    form.locator(".uploads__file").get_by_role("button", name=said("Put away")).click()
    expect(form.locator(".uploads__file")).to_have_count(0)
    assert "e-" in focused(form)
    watch.forget("422")  # what was refused


def test_a_file_is_dropped_on_the_card_and_beside_it_nothing_is_lost(form: Page, year: Year) -> None:
    form.get_by_label(said("What was done")).fill("寫到一半")

    drop(form, ".report__form textarea", PAPER)
    expect(pieces(form)).to_contain_text("紀錄.pdf")
    drop(form, ".page-head", PHOTO)

    expect(form.get_by_label(said("What was done"))).to_have_value("寫到一半")
    assert [one.file_name for one in Evidence.objects.all()] == ["紀錄.pdf"]


def test_by_keyboard_it_is_described_removed_and_brought_back(form: Page, year: Year) -> None:
    choose(form, PHOTO)
    piece = pieces(form)
    caption = piece.get_by_role("textbox")
    caption.fill("三月活動")
    caption.press("Enter")
    expect(piece.locator(".evidence__name")).to_contain_text("三月活動")

    piece.get_by_role("button", name=said("Remove")).press("Enter")
    expect(pieces(form)).to_have_count(0)
    back = form.get_by_role("button", name=re.compile(f"^{said('Bring back')}"))
    expect(back).to_be_focused()
    check(form)
    back.press("Enter")
    expect(pieces(form)).to_contain_text("三月活動")
    expect(pieces(form).get_by_role("button", name=said("Remove"))).to_be_focused()


def test_a_link_shows_where_it_leads(form: Page, watch: Watch) -> None:
    part = form.locator(".evidence__link")
    part.locator("summary").click()
    link = part.get_by_label(said("Address of a page"))
    link.fill("javascript:alert(1)")
    link.press("Enter")
    expect(part.get_by_role("alert")).to_contain_text("https://")
    watch.forget("422")

    link.fill("https://www.example.gov.tw/a")
    link.press("Enter")

    expect(pieces(form)).to_contain_text(said("at %(host)s") % {"host": "www.example.gov.tw"})
    expect(link).to_be_focused()
    check(form)


def test_an_upload_that_breaks_off_is_told_and_tried_again(form: Page, watch: Watch) -> None:
    def break_off(route: Route) -> None:
        route.abort("connectionreset")

    form.get_by_label(said("What was done")).fill("寫到一半")
    form.route("**/evidence/add/", break_off)
    choose(form, PHOTO)
    row = form.locator(".uploads__file")
    expect(row).to_contain_text(
        said("It was interrupted, and nothing of it was kept. Your text is not touched.")
    )
    check(form)
    watch.forget("ERR_CONNECTION_RESET")
    assert not Evidence.objects.exists()

    form.unroute("**/evidence/add/")
    row.get_by_role("button", name=said("Try again")).click()

    expect(pieces(form)).to_have_count(1)
    expect(form.get_by_label(said("What was done"))).to_have_value("寫到一半")


def test_whoever_is_signed_out_meanwhile_is_told_and_goes_on(form: Page, year: Year, sign_in: SignIn) -> None:
    form.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    choose(form, PHOTO)
    row = form.locator(".uploads__file")
    expect(row).to_contain_text(
        said("You are no longer signed in. Sign in again in another tab, then try again.")
    )
    sign_in(form.context, year.staff())
    row.get_by_role("button", name=said("Try again")).click()
    expect(pieces(form)).to_have_count(1)


def test_without_javascript_the_text_is_saved_first(
    browser: Browser, browser_context_args: dict[str, Any], sign_in: SignIn, served: LiveServer, year: Year
) -> None:
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    sign_in(context, year.staff())
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(served.url + address(year))
    page.get_by_label(said("What was done")).fill("寫到一半")
    page.get_by_role("button", name=re.compile(f"^{said('Save, then add files or links…')}")).click()
    assert year.report("法律諮詢").narrative == "寫到一半"

    page.locator("input[type=file]").set_input_files([PHOTO, DISGUISED])
    page.get_by_role("button", name=said("Add"), exact=True).first.click()
    expect(pieces(page)).to_have_count(1)
    expect(page.get_by_text(re.compile("頁.txt：.*SVG"))).to_be_visible()

    page.get_by_role("button", name=said("Remove")).click()
    page.get_by_role("button", name=re.compile(f"^{said('Bring back')}")).click()
    expect(pieces(page)).to_have_count(1)
    context.close()
