"""A report by sheet in a browser: taken out, filled, looked at, corrected, decided and written."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import gettext as said
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from progress.queries.reports import values_of
from progress.services.reports import save_report
from tests.browser.checks import Watch, check
from tests.browser.conftest import PATIENCE, Enter, SignIn
from tests.progress.rows import Year, make_year
from tests.progress.sheets import Edits, edit, place_of


@pytest.fixture
def year() -> Year:
    return make_year(at=timezone.now(), year=timezone.localdate().year)


def address(year: Year) -> str:
    return f"/periods/{year.period().pk}/units/{year.units['民政課'].pk}/sheet/"


def take_out(page: Page) -> bytes:
    with page.expect_download() as started:
        page.get_by_role("link", name="ODS").click()
    return started.value.path().read_bytes()


def cell(data: bytes, head: str) -> tuple[str, str]:
    return place_of(data, said("Reports"), "法律諮詢", said(head))


def bring_back(page: Page, data: bytes, edits: Edits) -> None:
    sheet = {"name": "表.ods", "mimeType": "application/octet-stream", "buffer": edit(data, edits)}
    page.locator("input[type=file]").set_input_files(sheet)  # type: ignore[arg-type]  # a FilePayload
    page.get_by_role("button", name=said("Show what it changes")).click()


def whole_way(page: Page, year: Year, *, checks: bool) -> None:
    def look() -> None:
        if checks:
            check(page)

    look()
    data = take_out(page)
    bring_back(page, data, {cell(data, "Actual progress (%)"): "三成"})
    expect(page.get_by_role("heading", level=1)).to_have_text(said("This sheet cannot be brought in yet"))
    expect(page.locator("tbody tr")).to_contain_text("三成")
    look()

    report = year.report("法律諮詢")
    save_report(
        report.pk,
        actor=year.chief(),
        base=values_of(report),
        values={"narrative": "網站上寫的"},
        at=timezone.now(),
    )
    right: Edits = {cell(data, "Actual progress (%)"): 30, cell(data, "What was done"): "試算表寫的"}
    bring_back(page, data, right)
    expect(page.get_by_role("radio", name=said("On the site"))).to_be_checked()
    look()
    page.get_by_role("radio", name=said("In the sheet")).check()
    page.get_by_role("button", name=said("Write this")).click()

    expect(page.locator(".report").first).to_contain_text("試算表寫的")
    report.refresh_from_db()
    assert (report.narrative, report.actual) == ("試算表寫的", 30)


def test_it_is_taken_out_corrected_decided_and_written(
    enter: Enter, served: LiveServer, year: Year, watch: Watch
) -> None:
    page = enter(year.staff())
    page.goto(served.url + address(year).removesuffix("sheet/"))
    page.get_by_role("link", name=said("As a sheet")).click()
    whole_way(page, year, checks=True)


def test_without_javascript_as_well(
    browser: Browser, browser_context_args: dict[str, Any], sign_in: SignIn, served: LiveServer, year: Year
) -> None:
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    sign_in(context, year.staff())
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(served.url + address(year))
    whole_way(page, year, checks=False)
    context.close()
