"""Events of progress and its periods, written by the real action."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from accounts.enums import Role
from core.enums import AuditKind
from core.models import AuditEvent
from tests.audit.log_rows import empty_log
from tests.audit.told import events, the, where
from tests.builders import (
    make_holder,
)
from tests.progress.rows import IN_FIRST, make_year
from tests.progress.test_pages import address as filing
from tests.progress.test_pages import as_, fill

pytestmark = pytest.mark.django_db


def test_reports_periods_and_findings() -> None:
    with time_machine.travel(IN_FIRST, tick=False):
        year = make_year()
        report, plan, unit = fill(year), year.plan, year.units["民政課"]
        chief, secretary, other = as_(year.chief()), as_(year.secretary), as_(year.staff("社會課"))
        empty_log()
        chief.post(filing(year, rest="hand-in/"), {"reports": [report.pk]})
        for step in ("return", "return"):  # the second one is too late
            secretary.post(f"/reports/{report.pk}/{step}/", {"comment": "密語"})
        found = {
            "unit": unit.pk,
            "line": "",
            "checked_on": "115.3.19",
            "text": "密語",
            "measure": "密語",
            "due_on": "115.4.30",
        }
        assert secretary.post(f"/plans/{plan.pk}/findings/new/", found).status_code == 302
        finding = plan.findings.get()
        assert secretary.post(f"/findings/{finding.pk}/release/", {"text": "密語"}).status_code == 302
        more = {"unit": unit.pk, "due_on": "115.5.10", "reason": "密語"}
        assert secretary.post(f"/periods/{year.period().pk}/allow/", more).status_code == 302
        days = {"opens_on": "115.1.2", "due_on": "115.4.20"}
        assert secretary.post(f"/periods/{year.period().pk}/edit/", days).status_code == 302
        for path in (f"/reports/{report.pk}/edit/", f"/periods/{year.period().pk}/edit/"):
            assert other.post(path, {}).status_code == 403
        assert other.post(f"/findings/{finding.pk}/answer/", {}).status_code == 403
    with time_machine.travel(dt.datetime(2026, 5, 1, 2, tzinfo=dt.UTC), tick=False):
        for step in ("close", "open"):
            as_(year.secretary).post(f"/periods/{year.period().pk}/close/", {"step": step})

    told = events(AuditKind.REPORT)
    assert [event.details["step"] for event in told] == [
        *("report_release", "report_return", "finding_add", "finding_release"),
        *("period_allow", "period_dates", "period_close", "period_open"),
    ]
    assert told[0].details == {
        "step": "report_release",
        "period": "115年1月至3月",
        "unit": "民政課",
        "line": report.line.number,
    }
    assert told[4].details["due_on"] == "2026-05-10"
    assert {(event.key, *where(event)) for event in told} == {
        (plan.pk, plan.district.city_id, plan.district_id)
    }
    assert the(AuditKind.STEP_REFUSED).details == {"step": "report_return", "reason": "moved_on"}
    assert {event.key for event in events(AuditKind.REFUSAL)} == {plan.pk}
    assert len(events(AuditKind.REFUSAL)) == 3
    assert "密語" not in str([vars(event) for event in AuditEvent.objects.all()])


def test_the_results_of_the_year() -> None:
    with time_machine.travel(dt.datetime(2027, 1, 12, 2, tzinfo=dt.UTC), tick=False):
        year = make_year()
        plan, secretary = year.plan, as_(year.secretary)
        city = as_(make_holder(Role.EVALUATOR, year.district.city))
        letter = {"document_number": "區研字第1號", "document_on": "116.1.11"}
        filing_page = f"/plans/{plan.pk}/year-end/file/"
        assert as_(year.staff()).get(filing_page).status_code == 403
        assert secretary.post(filing_page, letter).status_code == 302
        assert secretary.post(filing_page, letter).status_code == 422  # they are with the city
        row = plan.year_ends.get()
        auditor = as_(make_holder(Role.AUDITOR, year.district.city))
        assert auditor.post(f"/year-ends/{row.pk}/decide/", {"step": "return"}).status_code == 403
        city.post(f"/year-ends/{row.pk}/decide/", {"step": "return", "comment": "密語"})
        secretary.post(filing_page, letter)
        last = plan.year_ends.order_by("-pk")[0]
        city.post(f"/year-ends/{last.pk}/decide/", {"step": "receive", "received_on": "116.1.12"})

    assert [event.details["step"] for event in events(AuditKind.REPORT)] == [
        *("year_file", "year_return", "year_file")
    ]
    assert the(AuditKind.STEP).details["step"] == "close"
    assert the(AuditKind.STEP_REFUSED).details == {"step": "year_file", "reason": "moved_on"}
    assert {event.key for event in events(AuditKind.REFUSAL)} == {plan.pk}
    assert "密語" not in str([vars(event) for event in AuditEvent.objects.all()])


def test_how_often_units_file() -> None:
    year = make_year()
    assert (
        as_(year.secretary).post(f"/plans/{year.plan.pk}/progress/periods/", {"rhythm": "month"}).status_code
        == 302
    )

    assert the(AuditKind.REPORT).details == {"step": "period_rhythm", "rhythm": "month"}
