"""What a unit typed when its period had closed meanwhile: refused in words, there to be read and copied."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as said
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from accounts.enums import Role
from progress.models import Period, ProgressReport
from tests.browser.checks import Watch, check
from tests.browser.conftest import Enter
from tests.browser.test_progress import period_of, year  # noqa: F401 -- a fixture
from tests.builders import make_holder
from tests.progress.rows import Year


def test_text_of_a_period_that_closed_is_read_and_copied(
    enter: Enter,
    watch: Watch,
    served: LiveServer,
    year: Year,  # noqa: F811 -- the fixture
) -> None:
    period, unit = period_of(year.plan), year.units["民政課"]
    report = ProgressReport.objects.filter(period=period, unit=unit).order_by("line__position").first()
    assert report is not None
    page = enter(make_holder(Role.UNIT_STAFF, unit))
    page.goto(f"{served.url}/periods/{period.pk}/units/{unit.pk}/")
    page.wait_for_selector("#desk[data-ready]")
    Period.objects.filter(pk=period.pk).update(
        closed_at=timezone.now() - dt.timedelta(minutes=1), closed_by=year.secretary
    )

    page.locator(f"#r{report.pk}-narrative").fill("寫了很久的執行情形。")

    expect(page.locator("#problem")).to_contain_text(
        said(
            "This report cannot be changed any more: it was handed in, or its period is closed. Your text is"
            " kept in this browser."
        )
    )
    expect(page.locator(f"#r{report.pk}-narrative")).to_have_value("寫了很久的執行情形。")
    page.goto(f"{served.url}/periods/{period.pk}/units/{unit.pk}/")
    kept = page.locator("textarea.kept")
    expect(kept).to_have_value(f"{said('What was done')}：寫了很久的執行情形。")
    check(page)
    page.get_by_role("button", name=said("Copy")).click()
    assert page.evaluate("getSelection().toString()") in {"", kept.input_value()}
    page.get_by_role("button", name=said("Throw it away")).click()
    expect(kept).to_have_count(0)
    page.reload()
    page.wait_for_selector("#desk[data-ready]")
    expect(kept).to_have_count(0)
    report.refresh_from_db()
    assert report.narrative == ""
    watch.forget("422")
