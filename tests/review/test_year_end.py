"""The results of a plan's year: made of what was released, filed, returned, received."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.enums import Role
from accounts.models import Appointment
from documents.jobs import make_file
from documents.models import RenderedFile
from indicators.models import YearlyTarget
from plans.enums import PlanStatus
from plans.services.beginnings import copy_plan
from plans.services.steps import Letter
from progress.models import YearEnd
from progress.queries.reports import values_of
from progress.queries.verifying import altered_year_ends
from progress.queries.yearend import target_words, year_end_sheet
from progress.services.periods import close_period
from progress.services.reports import save_report
from progress.services.steps import take_step
from progress.services.summaries import save_summary
from progress.services.tracking import choose_lines
from progress.yearend import YearEndSheet
from review.services.year_ends import file_year_end, receive_year_end, return_year_end
from tests.builders import make_district, make_holder
from tests.progress.rows import Year, make_year
from tests.replacing import refuse_to_replace

pytestmark = pytest.mark.django_db
DECEMBER = dt.datetime(2026, 12, 20, 2, tzinfo=dt.UTC)
JANUARY = dt.datetime(2027, 1, 12, 2, tzinfo=dt.UTC)
LETTER = Letter("區研字第1160000123號", dt.date(2027, 1, 11))


@pytest.fixture(autouse=True)
def january() -> Any:
    with time_machine.travel(JANUARY, tick=False):
        yield


@pytest.fixture
def year() -> Year:
    """A plan whose legal advice was reported on for the last quarter, and released."""
    year = make_year()
    target = year.target("法律諮詢")
    report = year.report("法律諮詢", 4)
    values = {"narrative": "全年設櫃檯諮詢。", "planned": "100", "actual": "100", f"value-{target.pk}": "14"}
    save_report(report.pk, actor=year.staff(), base=values_of(report), values=values, at=DECEMBER)
    take_step(report.pk, "release", actor=year.chief(), at=DECEMBER)
    return year


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_results_write_themselves(year: Year) -> None:
    results = year_end_sheet(year.plan).by_uid
    assert results[str(year.line("法律諮詢").item.uid)] == (
        "法律諮詢：實績14場次（目標至少12場次，達成率116.7%）",
        "諮詢紀錄於三日內歸檔：完成",
        "全年設櫃檯諮詢。",
    )
    assert results[str(year.line("關懷訪視").item.uid)] == ("訪視達成率：尚無實績（目標至少95%，比率）",)


@pytest.mark.parametrize(
    ("attained", "told"), [("99.9985", "99.999%"), ("100", "100%"), ("100.02", "100.02%"), ("49.96", "50%")]
)
def test_what_was_just_missed_is_not_rounded_to_reached(year: Year, attained: str, told: str) -> None:
    target = year.target("法律諮詢")
    target.attainment = Decimal(attained)
    assert target_words(target).endswith(f"達成率{told}）")


def test_a_sheet_is_the_same_through_json(year: Year) -> None:
    sheet = year_end_sheet(year.plan)
    assert YearEndSheet.from_json(sheet.to_json()) == sheet


def test_the_secretariat_writes_instead_and_takes_it_back(year: Year) -> None:
    line = year.line("法律諮詢")
    save_summary(line.pk, actor=year.secretary, base="", text="民眾反應良好。")
    assert year_end_sheet(year.plan).by_uid[str(line.item.uid)][-1] == "民眾反應良好。"
    with pytest.raises(ValidationError, match="民眾反應良好"):
        save_summary(line.pk, actor=year.secretary, base="", text="別的。")
    save_summary(line.pk, actor=year.secretary, base="民眾反應良好。", text="")
    assert year_end_sheet(year.plan).by_uid[str(line.item.uid)][-1] == "全年設櫃檯諮詢。"


def test_filed_returned_filed_again_received_and_closed(year: Year) -> None:
    evaluator = make_holder(Role.EVALUATOR, year.district.city)
    first = file_year_end(year.plan.pk, actor=year.secretary, at=JANUARY, letter=LETTER)
    assert evaluator.notices.count() == 1
    with pytest.raises(ValidationError):
        file_year_end(year.plan.pk, actor=year.secretary, at=JANUARY, letter=LETTER)
    return_year_end(first.pk, actor=evaluator, at=JANUARY, comment="請補關懷訪視。")
    assert "請補關懷訪視" in str(year.secretary.notices.latest("pk"))
    second = file_year_end(year.plan.pk, actor=year.secretary, at=JANUARY, letter=LETTER)

    receive_year_end(second.pk, actor=evaluator, at=JANUARY, received_on=JANUARY.date())

    year.plan.refresh_from_db()
    assert year.plan.status == PlanStatus.CLOSED
    assert year.plan.events.last().step == "close"
    with pytest.raises(ValidationError, match="結案"):
        save_summary(year.line("法律諮詢").pk, actor=year.secretary, base="", text="改寫")
    with pytest.raises(ValidationError):
        return_year_end(second.pk, actor=evaluator, at=JANUARY, comment="反悔")


def test_before_the_year_is_over_nothing_is_filed(year: Year) -> None:
    with pytest.raises(ValidationError, match="尚未結束"):
        file_year_end(year.plan.pk, actor=year.secretary, at=DECEMBER, letter=LETTER)


def test_this_years_result_is_the_next_years_baseline(year: Year) -> None:
    evaluator = make_holder(Role.EVALUATOR, year.district.city)
    row = file_year_end(year.plan.pk, actor=year.secretary, at=JANUARY, letter=LETTER)
    receive_year_end(row.pk, actor=evaluator, at=JANUARY, received_on=JANUARY.date())

    copy_plan(year.plan.pk, year=2027, actor=year.secretary)

    indicator = year.target("法律諮詢").indicator
    this, following = YearlyTarget.objects.filter(indicator=indicator).order_by("year")
    assert (this.result, following.baseline) == (Decimal(14), Decimal(14))


class TestPages:
    def test_through_the_pages(self, year: Year) -> None:
        secretary, path = as_(year.secretary), f"/plans/{year.plan.pk}/year-end/"
        assert "法律諮詢：實績14場次" in secretary.get(path).content.decode()
        line = year.line("關懷訪視")
        page = secretary.get(f"/lines/{line.pk}/summary/").content.decode()
        assert "訪視達成率" in page
        secretary.post(f"/lines/{line.pk}/summary/", {"base": "", "text": "已訪視獨居長者。"})
        assert "已訪視獨居長者。" in secretary.get(path).content.decode()
        letter = {"document_number": LETTER.number, "document_on": "116.1.11"}
        assert secretary.post(f"{path}file/", {}).status_code == 422
        assert secretary.post(f"{path}file/", letter).status_code == 302
        row = YearEnd.objects.get()
        city = as_(make_holder(Role.EVALUATOR, year.district.city))
        assert "已訪視獨居長者。" in city.get(path).content.decode()
        assert city.post(f"/year-ends/{row.pk}/decide/", {"step": "return", "comment": ""}).status_code == 422
        response = city.post(f"/year-ends/{row.pk}/decide/", {"step": "receive", "received_on": "116.1.12"})
        assert response.status_code == 302
        row.refresh_from_db()
        assert (row.state, row.received_on) == ("received", dt.date(2027, 1, 12))
        assert secretary.get(path).status_code == 200

    def test_the_city_sees_nothing_before_it_is_filed_and_then_what_was_filed(self, year: Year) -> None:
        city, path = as_(make_holder(Role.EVALUATOR, year.district.city)), f"/plans/{year.plan.pk}/year-end/"
        assert city.get(path).status_code == 404
        file_year_end(year.plan.pk, actor=year.secretary, at=JANUARY, letter=LETTER)
        save_summary(year.line("關懷訪視").pk, actor=year.secretary, base="", text="其後改寫。")
        assert "其後改寫。" not in city.get(path).content.decode()
        assert "其後改寫。" in as_(year.secretary).get(path).content.decode()
        auditor = as_(make_holder(Role.AUDITOR, year.district.city))
        assert auditor.get(path).status_code == 200
        row = YearEnd.objects.get()
        assert auditor.post(f"/year-ends/{row.pk}/decide/", {"step": "receive"}).status_code == 403
        other = as_(make_holder(Role.EVALUATOR, make_district().city))
        assert other.get(path).status_code == 404

    def test_what_was_filed_stands_while_the_city_has_it(self, year: Year) -> None:
        """Else what the city receives were not what the next plan takes for last year's result."""
        unwritten, released = year.report("關懷訪視", 4), year.report("法律諮詢", 4)
        row = file_year_end(year.plan.pk, actor=year.secretary, at=JANUARY, letter=LETTER)
        staff, secretary = as_(year.staff()), as_(year.secretary)

        def refused() -> None:
            with pytest.raises(ValidationError, match=r"成果已函報|已結案"):
                save_report(unwritten.pk, actor=year.staff(), base={}, values={"actual": "1"}, at=JANUARY)
            with pytest.raises(ValidationError, match=r"成果已函報|已結案"):
                take_step(released.pk, "accept", actor=year.secretary, at=JANUARY)
            with pytest.raises(ValidationError, match=r"成果已函報|已結案"):
                close_period(year.period(4).pk, actor=year.secretary, at=JANUARY)
            with pytest.raises(ValidationError, match=r"成果已函報|已結案"):
                choose_lines(year.plan.pk, {}, actor=year.secretary, at=JANUARY)
            page = staff.get(f"/periods/{year.period(4).pk}/units/{unwritten.unit_id}/").content.decode()
            assert 'name="narrative"' not in page
            assert secretary.post(f"/reports/{released.pk}/accept/", {"comment": ""}).status_code == 422

        refused()
        return_year_end(
            row.pk, actor=make_holder(Role.EVALUATOR, year.district.city), at=JANUARY, comment="補"
        )
        save_report(unwritten.pk, actor=year.staff(), base={}, values={"actual": "1"}, at=JANUARY)
        row = file_year_end(year.plan.pk, actor=year.secretary, at=JANUARY, letter=LETTER)
        evaluator = make_holder(Role.EVALUATOR, year.district.city)
        receive_year_end(row.pk, actor=evaluator, at=JANUARY, received_on=JANUARY.date())
        refused()

    def test_who_served_in_the_agency_does_not_receive_its_results(self, year: Year) -> None:
        file_year_end(year.plan.pk, actor=year.secretary, at=JANUARY, letter=LETTER)
        evaluator = make_holder(Role.EVALUATOR, year.district.city)
        Appointment.objects.create(
            user=evaluator, role=Role.SECRETARIAT, district=year.district,
            starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 2, 1),
        )  # fmt: skip
        row = YearEnd.objects.get()
        assert as_(evaluator).post(f"/year-ends/{row.pk}/decide/", {"step": "receive"}).status_code == 403

    def test_what_the_city_received_is_not_offered_to_be_written(self, year: Year) -> None:
        secretary, path = as_(year.secretary), f"/plans/{year.plan.pk}/year-end/"
        summary = f'href="/lines/{year.line("法律諮詢").pk}/summary/"'
        assert summary in secretary.get(path).content.decode()
        row = file_year_end(year.plan.pk, actor=year.secretary, at=JANUARY, letter=LETTER)
        evaluator = make_holder(Role.EVALUATOR, year.district.city)
        receive_year_end(row.pk, actor=evaluator, at=JANUARY, received_on=JANUARY.date())

        page = secretary.get(path).content.decode()

        assert summary not in page
        assert f'href="{path}file/"' not in page

    def test_units_read_and_do_not_write(self, year: Year) -> None:
        staff = as_(year.staff())
        assert staff.get(f"/plans/{year.plan.pk}/year-end/").status_code == 200
        assert staff.get(f"/plans/{year.plan.pk}/year-end/file/").status_code == 403
        assert staff.get(f"/lines/{year.line('法律諮詢').pk}/summary/").status_code == 403

    def test_a_line_nobody_reports_on_has_no_results_to_write(self, year: Year) -> None:
        line = year.line("關懷訪視")
        line.is_tracked = False
        line.save()
        assert as_(year.secretary).get(f"/lines/{line.pk}/summary/").status_code == 404


def forbid() -> None:
    """Make the database's own rule, as the migration does: tests on SQLite run without migrations."""
    rule: Any = import_module("progress.migrations.0007_filed_results_stay")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = 'a_filed_year_is_never_changed'")
            if cursor.fetchone():
                return
        for statement in {"sqlite": rule.SQLITE, "postgresql": rule.POSTGRESQL}[connection.vendor]:
            cursor.execute(statement)


def test_the_database_refuses_to_change_what_was_filed_and_what_was_decided(year: Year) -> None:
    row = file_year_end(year.plan.pk, actor=year.secretary, at=JANUARY, letter=LETTER)
    forbid()
    rows = YearEnd.objects.filter(pk=row.pk)

    for change in ({"content": "{}"}, {"sha256": "0" * 64}, {"number": 7}, {"document_number": "x"}):
        with pytest.raises(IntegrityError, match="never"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError, match="never"), transaction.atomic():
        rows.delete()
    if connection.vendor == "sqlite":
        refuse_to_replace(YearEnd)

    evaluator = make_holder(Role.EVALUATOR, year.district.city)
    receive_year_end(row.pk, actor=evaluator, at=JANUARY, received_on=JANUARY.date())
    with pytest.raises(IntegrityError, match="never"), transaction.atomic():
        rows.update(state="returned")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps the triggers")
@pytest.mark.parametrize("field", ["content", "sha256"])
def test_results_that_were_altered_are_named(year: Year, field: str) -> None:
    row = file_year_end(year.plan.pk, actor=year.secretary, at=JANUARY, letter=LETTER)
    assert list(altered_year_ends()) == []
    YearEnd.objects.update(**{field: f"{getattr(row, field)[:-1]}x"})

    (found,) = altered_year_ends()

    assert year.plan.title in found.plan
    assert f"row {row.pk}" in found.words


@pytest.mark.slow
def test_it_prints(year: Year) -> None:
    as_(year.secretary).post(f"/plans/{year.plan.pk}/year-end/pdf/")
    file = RenderedFile.objects.get(format="year_end")
    make_file(file.pk)
    file.refresh_from_db()
    assert (file.state, file.message) == ("ready", "")
    assert file.file.read(5) == b"%PDF-"
