"""The audit log as its auditor meets it: read, searched by keyboard, turned over, taken out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils.translation import gettext as said
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.enums import Role
from accounts.models import District, User
from core.audit import Place, Subject, record
from core.enums import AuditKind
from core.models import AuditEvent
from core.sheet_files import read_sheet
from districtplans.audit import queries
from plans.recording import record_plan
from tests.audit.test_pages import WORDS
from tests.browser.checks import Watch, check
from tests.browser.conftest import Enter
from tests.builders import make_holder
from tests.review.desk_rows import FILING, make_way


@pytest.fixture
def auditor(district: District) -> User:
    return make_holder(Role.AUDITOR, district.city)


@pytest.fixture
def log(enter: Enter, served: LiveServer, district: District, auditor: User) -> Page:
    """The page with an event of each kind, and steps of a plan the city sees."""
    for kind, details, _chinese, _english in WORDS:
        place = Place(district.city_id, district.pk)
        subject = Subject("accounts.appointment", 1, f"王小明 (wang) {district.agency_name}民政課", "/x/")
        record(kind, actor=auditor, places=[place], subject=subject, details=details)
    plan = make_way(*FILING, district=district).plan
    record_plan(AuditKind.EXPORT, plan, actor=None, details={"what": "pdf"})
    page = enter(auditor)
    page.goto(served.url)
    page.get_by_role("navigation").get_by_role("link", name=said("Audit log")).click()
    return page


def test_the_log_is_read_and_leads_to_a_plan(log: Page, district: District) -> None:
    expect(log.locator("tbody tr")).to_have_count(AuditEvent.objects.filter(city=district.city_id).count())
    check(log)
    for cell in log.locator("tbody td, tbody th").all():
        assert not cell.evaluate("one => one.scrollWidth > one.clientWidth + 1")

    log.get_by_role("link", name=re.compile("年度提升服務執行計畫")).first.click()
    expect(log).to_have_url(re.compile(r"/plans/\d+/$"))


def test_the_log_is_searched_by_keyboard(log: Page, watch: Watch) -> None:
    rows = log.locator("tbody tr")
    log.get_by_label(said("Words")).focus()
    log.keyboard.type("電報")
    log.keyboard.press("Enter")
    expect(log.get_by_text(said("No event matches this search."))).to_be_visible()
    check(log)

    log.get_by_role("main").get_by_role("link", name=said("Show all")).last.click()
    log.get_by_label(said("Kind")).select_option("sign_in_failed")
    log.get_by_role("button", name=said("Search")).press("Enter")
    expect(rows).to_have_count(2)
    expect(log.get_by_label(said("Kind"))).to_have_value("sign_in_failed")

    log.get_by_label(said("From day")).fill("昨天")
    log.keyboard.press("Enter")
    expect(log.locator(".invalid-feedback")).to_be_visible()
    expect(log.get_by_label(said("From day"))).to_have_attribute("aria-invalid", "true")
    check(log)
    watch.forget("422")


def test_the_log_is_turned_over(log: Page, served: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PER_PAGE", 3)
    log.reload()
    first = log.locator("tbody tr").first.inner_text()
    log.get_by_role("link", name=said("Older")).click()
    expect(log.locator("tbody tr")).to_have_count(3)
    check(log)
    log.get_by_role("link", name=said("Newer")).click()
    expect(log.locator("tbody tr").first).to_have_text(first, use_inner_text=True)


def test_what_is_found_is_taken_out(log: Page, tmp_path: Path) -> None:
    log.get_by_label(said("Kind")).select_option("step")
    log.get_by_role("button", name=said("Search")).click()
    with log.expect_download() as waited:
        log.get_by_role("link", name="ODS").click()

    path = tmp_path / "log.ods"
    waited.value.save_as(path)
    assert "稽核紀錄" in waited.value.suggested_filename
    assert len(read_sheet(path.read_bytes())) == AuditEvent.objects.filter(kind="step").count()


def test_an_empty_log(enter: Enter, served: LiveServer, auditor: User) -> None:
    page = enter(auditor)
    AuditEvent.objects.all()._raw_delete("default")
    page.goto(f"{served.url}/audit/")
    expect(page.get_by_text(said("Nothing is written in the log of this city yet."))).to_be_visible()
    check(page)


def test_whoever_may_not_read_it_is_told_so(desk: Page, watch: Watch, served: LiveServer) -> None:
    desk.goto(served.url)
    expect(desk.get_by_role("heading", level=1)).to_be_visible()
    expect(desk.get_by_role("link", name=said("Audit log"))).to_have_count(0)
    answer = desk.goto(f"{served.url}/audit/")
    assert answer is not None
    assert answer.status == 403
    watch.forget("403")
