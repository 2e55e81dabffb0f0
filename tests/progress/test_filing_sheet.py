"""A sheet taken out, filled by somebody without an account, and brought back."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.books import read_book
from core.enums import AuditKind
from core.models import AuditEvent
from progress.models import Measurement, ProgressReport
from progress.queries.reports import values_of
from progress.resources import run_sheet
from progress.services.periods import close_period
from progress.services.reports import save_report
from progress.services.steps import take_step
from tests.builders import make_district, make_secretary, node
from tests.progress.rows import IN_FIRST, Year, counted, make_year
from tests.progress.sheets import Edits, edit, place_of

pytestmark = pytest.mark.django_db
IN_SECOND = dt.datetime(2026, 6, 20, 2, tzinfo=dt.UTC)
EXTENSIONS = ("ods", "xlsx")
REPORTS, TARGETS = "執行情形", "目標值"


@pytest.fixture(autouse=True)
def in_first_quarter() -> Iterator[None]:
    with time_machine.travel(IN_FIRST, tick=False):
        yield


@pytest.fixture
def year() -> Year:
    """One unit with three lines: counted, a ratio, and one that carries a state."""
    share = counted("達成率95%以上。", "達成率", "95", "%", "ratio")
    mean = counted("滿意度90%以上。", "滿意度", "90", "%", "mean")
    lines = [
        node("heading", title="法律諮詢", children=[counted("辦理12場次。", "諮詢", "12", "場次")]),
        node("heading", title="關懷訪視", children=[share]),
        node(
            "heading",
            title="紀錄歸檔",
            children=[node("target", "三日內歸檔。"), mean],
        ),
    ]
    return make_year(node("chapter", title="內容", children=lines))


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def secretary(year: Year) -> Client:
    return as_(year.secretary)


def address(year: Year, rest: str = "", number: int = 1, unit: str = "秘書室") -> str:
    return f"/periods/{year.period(number).pk}/units/{year.units[unit].pk}/sheet/{rest}"


def take_out(year: Year, extension: str = "xlsx", number: int = 1) -> bytes:
    response = as_(year.secretary).get(address(year, f"?format={extension}", number))
    assert response.status_code == 200
    return response.content


def choose(client: Client, year: Year, data: bytes, name: str = "表.xlsx") -> Any:
    return client.post(address(year, "import/"), {"file": SimpleUploadedFile(name, data)})


def confirm(client: Client, year: Year, response: Any, **choices: str) -> Any:
    token = re.search(r'name="token" value="([^"]+)"', response.content.decode())
    assert token, "nothing to confirm"
    return client.post(address(year, "import/"), {"token": token[1], **choices})


def fill(year: Year, words: str, **values: Any) -> ProgressReport:
    report = year.report(words)
    base = values_of(report)
    return save_report(report.pk, actor=year.secretary, base=base, values=values, at=IN_FIRST).report


def close(year: Year) -> None:
    """Close the first period at a time when it is over; the clock of the test stays where it is."""
    close_period(year.period().pk, actor=year.secretary, at=IN_SECOND)


def everything() -> list[Any]:
    own = ("narrative", "planned", "actual", "state_given", "reason", "catch_up_on", "version")
    parts = ("target", "value", "numerator", "denominator", "state")
    return [
        *ProgressReport.objects.order_by("pk").values_list(*own),
        *Measurement.objects.order_by("pk").values_list(*parts),
    ]


def at(data: bytes, row: str, head: str, sheet: str = REPORTS) -> tuple[str, str]:
    return place_of(data, sheet, row, head)


def filled(data: bytes, more: Edits | None = None) -> Edits:
    """Return what a diligent colleague types."""
    return {
        at(data, "法律諮詢", "執行情形說明"): "辦理3場次，\n計40人次。",
        at(data, "法律諮詢", "實際進度（%）"): 25,
        at(data, "法律諮詢", "無異動"): "是",
        at(data, "關懷訪視", "實際進度（%）"): "２０",
        at(data, "關懷訪視", "落後原因"): "人力不足",
        at(data, "關懷訪視", "預定趕上日期"): "115.5.31",
        at(data, "關懷訪視", "辦理狀態（不依系統判定時填寫）"): "落後",
        at(data, "辦理12場次。", "本期實績", TARGETS): 3,
        at(data, "達成率95%以上。", "分子", TARGETS): 190,
        at(data, "達成率95%以上。", "分母", TARGETS): 200,
        at(data, "三日內歸檔。", "本目標辦理狀態", TARGETS): "符合進度",
        **(more or {}),
    }


class TestTakingOut:
    @pytest.mark.parametrize("extension", EXTENSIONS)
    def test_it_holds_what_is_asked_and_what_stood_there_last_time(self, year: Year, extension: str) -> None:
        fill(year, "法律諮詢", narrative="第一季辦理三場。", actual="25", planned="25")
        fill(year, "法律諮詢", **{f"value-{year.target('諮詢').pk}": "3"})
        with time_machine.travel(IN_SECOND, tick=False):
            book = read_book(take_out(year, extension, number=2))

        report = next(row for row in book[REPORTS] if "法律諮詢" in str(row.cells[1:2]))
        target = next(row for row in book[TARGETS] if "辦理12場次。" in row.cells)
        assert report.cells[2:6] == ["第一季辦理三場。", "25", "25", "符合進度"]
        assert target.cells[3:5] == ["至少 12 場次", "3"]
        assert "只填黃色儲存格" in "".join(str(cell) for row in book[REPORTS][:4] for cell in row.cells)
        assert "諮詢" in year.target("諮詢").name

    def test_cells_to_fill_are_open_and_marked_and_the_others_locked(self, year: Year) -> None:
        data = take_out(year)
        book = openpyxl.load_workbook(io.BytesIO(data))

        page = book[REPORTS]
        to_fill = page[at(data, "法律諮詢", "執行情形說明")[1]]
        line = page[at(data, "法律諮詢", "條目")[1]]
        assert page.protection.sheet
        assert (to_fill.protection.locked, line.protection.locked) == (False, True)
        assert to_fill.fill.start_color.rgb != line.fill.start_color.rgb
        assert page.column_dimensions["A"].hidden
        assert [one.sheet_state for one in book.worksheets] == ["visible", "visible", "hidden"]
        offered = [one.formula1 for one in page.data_validations.dataValidation]
        assert any("落後" in one and "尚未開始" in one for one in offered)

    def test_nothing_in_it_runs(self, year: Year) -> None:
        fill(year, "法律諮詢", narrative='=HYPERLINK("http://a")', reason="+1", countermeasure="@a")
        for extension in EXTENSIONS:
            data = take_out(year, extension)
            book = openpyxl.load_workbook(io.BytesIO(data)) if extension == "xlsx" else None
            kinds = {cell.data_type for page in book or () for row in page.iter_rows() for cell in row}
            assert "f" not in kinds
            assert b"formula=" not in data

    def test_a_report_that_is_handed_in_is_not_in_it(self, year: Year, secretary: Client) -> None:
        fill(year, "法律諮詢", narrative="已辦理。", actual="25")
        take_step(year.report("法律諮詢").pk, "release", actor=year.secretary, at=IN_FIRST)

        assert "法律諮詢" not in str(read_book(take_out(year))[REPORTS])
        close(year)
        assert "format=ods" not in secretary.get(address(year)).content.decode()

    def test_others_of_the_district_may_take_it_out_but_not_bring_it_back(self, year: Year) -> None:
        staff, stranger = as_(year.staff()), as_(make_secretary(make_district(year.district.city)))
        data = take_out(year)
        assert staff.get(address(year)).status_code == 200
        assert 'type="file"' not in staff.get(address(year)).content.decode()
        assert choose(staff, year, data).status_code == 403
        assert stranger.get(address(year)).status_code == 404
        assert choose(stranger, year, data).status_code == 404


class TestRoundTrip:
    @pytest.mark.parametrize("extension", EXTENSIONS)
    def test_without_a_change_it_changes_nothing(self, year: Year, secretary: Client, extension: str) -> None:
        fill(
            year,
            "法律諮詢",
            narrative="'=一、\n\n  二、  三\t四 <b>&amp;\n'",
            actual="33.33",
            is_unchanged=True,
            state_given="stopped",
            catch_up_on="2026-05-01",
        )
        fill(year, "關懷訪視", **{f"numerator-{year.target('達成率').pk}": "190.5", "narrative": "-3"})
        data = take_out(year, extension)
        before = everything()

        for sent in (data, edit(data, {})):
            page = choose(secretary, year, sent).content.decode()
            assert ("試算表沒有異動" in page, 'name="token"' in page) == (True, False)
        assert everything() == before

    @pytest.mark.parametrize("extension", EXTENSIONS)
    def test_what_was_filled_in_is_shown_and_then_written(
        self, year: Year, secretary: Client, extension: str
    ) -> None:
        data = take_out(year, extension)
        before = everything()

        response = choose(secretary, year, edit(data, filled(data)))
        page = response.content.decode()
        assert "辦理3場次，<br>計40人次。" in page
        assert at(data, "法律諮詢", "實際進度（%）")[1] in page
        assert everything() == before
        confirm(secretary, year, response)

        counted_report, ratio = year.report("法律諮詢"), year.report("關懷訪視")
        assert (counted_report.narrative, counted_report.actual) == ("辦理3場次，\n計40人次。", Decimal(25))
        assert (counted_report.is_unchanged, counted_report.version) == (True, 1)
        assert (ratio.actual, ratio.catch_up_on, ratio.state_given) == (
            Decimal(20),
            dt.date(2026, 5, 31),
            "behind",
        )
        assert counted_report.measurements.get().value == 3
        assert (ratio.measurements.get().value, ratio.measurements.get().numerator) == (95, 190)
        assert year.report("紀錄歸檔").measurements.get().state == "on_schedule"
        assert counted_report.history.first().history_user == year.secretary

    def test_the_audit_log_is_told_of_it(self, year: Year, secretary: Client) -> None:
        data = take_out(year)
        response = choose(secretary, year, edit(data, {at(data, "法律諮詢", "執行情形說明"): "已辦理。"}))
        told = AuditEvent.objects.filter(kind__in=[AuditKind.EXPORT, AuditKind.IMPORT]).order_by("pk")
        assert [one.details for one in told] == [{"what": "filing", "format": "xlsx"}]
        confirm(secretary, year, response)
        assert [one.details for one in told.all()][1:] == [{"what": "filing", "changed": 1}]

    def test_a_filled_sheet_brought_back_twice_writes_once(self, year: Year, secretary: Client) -> None:
        data = take_out(year)
        sent = edit(data, {at(data, "法律諮詢", "執行情形說明"): "已辦理。"})
        response = choose(secretary, year, sent)
        confirm(secretary, year, response)
        again = confirm(secretary, year, response)
        assert again["Location"].endswith("/import/")
        assert "試算表沒有異動" in choose(secretary, year, sent).content.decode()
        assert year.report("法律諮詢").version == 1

    def test_an_emptied_cell_empties_the_field(self, year: Year, secretary: Client) -> None:
        fill(year, "法律諮詢", narrative="舊", actual="25", is_unchanged=True)
        data = take_out(year)
        edits = {at(data, "法律諮詢", head): None for head in ("執行情形說明", "實際進度（%）", "無異動")}
        confirm(secretary, year, choose(secretary, year, edit(data, edits)))
        report = year.report("法律諮詢")
        assert (report.narrative, report.actual, report.is_unchanged) == ("", None, False)

    def test_rows_may_be_moved_left_out_and_the_sheets_renamed(self, year: Year, secretary: Client) -> None:
        data = take_out(year)
        data = edit(data, {at(data, "紀錄歸檔", "執行情形說明"): "已歸檔。"})
        book, stream = openpyxl.load_workbook(io.BytesIO(data)), io.BytesIO()
        page = book[REPORTS]
        head = next(row[0].row for row in page.iter_rows() if row[1].value == "條目")
        page.delete_rows(head + 1, 1)
        page.insert_rows(1, 3)
        page.title = "另存"
        book.save(stream)

        confirm(secretary, year, choose(secretary, year, stream.getvalue()))

        assert year.report("紀錄歸檔").narrative == "已歸檔。"
        assert year.report("法律諮詢").version == 0

    @pytest.mark.parametrize("extension", EXTENSIONS)
    def test_percentages_are_read_as_they_are_seen(
        self, year: Year, secretary: Client, extension: str
    ) -> None:
        data = take_out(year, extension)
        cells = {
            at(data, "法律諮詢", "實際進度（%）"): 0.25,
            at(data, "法律諮詢", "預定進度（%）"): 1,
            at(data, "滿意度90%以上。", "本期實績", TARGETS): 0.915,
        }
        confirm(
            secretary, year, choose(secretary, year, edit(data, cells, formats=dict.fromkeys(cells, "0.0%")))
        )
        report = year.report("法律諮詢")
        assert (report.actual, report.planned) == (Decimal(25), Decimal(100))
        assert Measurement.objects.get(target=year.target("滿意度")).value == Decimal("91.5")


class TestWhatIsWrong:
    @pytest.mark.parametrize("extension", EXTENSIONS)
    def test_everything_is_named_with_sheet_cell_value_and_remedy(
        self, year: Year, secretary: Client, extension: str
    ) -> None:
        data = take_out(year, extension)
        cells: dict[tuple[str, str], tuple[Any, str]] = {
            at(data, "法律諮詢", "實際進度（%）"): ("三成", "不是數字"),
            at(data, "法律諮詢", "預定進度（%）"): (120, "0 至 100"),
            at(data, "法律諮詢", "無異動"): ("也許", "「是」或「否」"),
            at(data, "關懷訪視", "預定趕上日期"): ("五月底", "不是日期"),
            at(data, "關懷訪視", "辦理狀態（不依系統判定時填寫）"): ("還好", "尚未開始"),
            at(data, "關懷訪視", "執行情形說明"): ("長" * 4001, "4000"),
            at(data, "辦理12場次。", "本期實績", TARGETS): ("3場次", "不是數字"),
            at(data, "辦理12場次。", "分子", TARGETS): (1, "黃色儲存格"),
            at(data, "達成率95%以上。", "分母", TARGETS): (0.123456, "4"),
        }
        before = everything()

        response = choose(
            secretary, year, edit(data, {place: value for place, (value, _word) in cells.items()})
        )

        page = response.content.decode()
        for (sheet, cell), (value, word) in cells.items():
            row = re.search(rf">{sheet}</span> <span class=\"nowrap\">{cell}</span></th>(.*?)</tr>", page)
            assert row, (sheet, cell)
            assert word in row[1], (sheet, cell, row[1])
            assert str(value)[:20] in row[1]
        assert 'name="token"' not in page
        assert everything() == before

    @pytest.mark.parametrize("extension", EXTENSIONS)
    def test_a_formula_is_never_evaluated(self, year: Year, secretary: Client, extension: str) -> None:
        data = take_out(year, extension)
        page = choose(secretary, year, edit(data, {at(data, "辦理12場次。", "本期實績", TARGETS): "=1+2"}))
        assert "公式" in page.content.decode()
        assert not Measurement.objects.exists()

    def test_a_percentage_where_sessions_are_counted(self, year: Year, secretary: Client) -> None:
        data = take_out(year)
        place = at(data, "辦理12場次。", "本期實績", TARGETS)
        page = choose(secretary, year, edit(data, {place: 0.03}, formats={place: "0%"})).content.decode()
        assert "百分比" in page
        assert 'name="token"' not in page

    @pytest.mark.parametrize("extension", EXTENSIONS)
    def test_a_sheet_that_was_tampered_with(self, year: Year, secretary: Client, extension: str) -> None:
        data = take_out(year, extension)
        origin = next(name for name in read_book(data) if name not in {REPORTS, TARGETS})
        place, sealed = next(
            ((origin, f"A{row.number}"), row.cells[0])
            for row in read_book(data)[origin]
            if str(row.cells[0]).startswith("DP1:")
        )
        for other in (
            sealed[:-1] + ("A" if sealed[-1] != "A" else "B"),
            sealed[:40] + sealed[60:],
            "DP1:a",
            None,
        ):
            page = choose(secretary, year, edit(data, {place: other})).content.decode()
            assert "請重新下載" in page
            assert 'name="token"' not in page

    def test_a_row_without_its_key_and_one_that_stands_twice(self, year: Year, secretary: Client) -> None:
        data = take_out(year)
        sheet, cell = at(data, "法律諮詢", "執行情形說明")
        row = re.sub(r"\D", "", cell)
        key = openpyxl.load_workbook(io.BytesIO(data))[sheet][f"A{row}"].value
        lost = choose(secretary, year, edit(data, {(sheet, cell): "已辦理。", (sheet, f"A{row}"): None}))
        assert f"A{row}" in lost.content.decode()
        twice = choose(secretary, year, edit(data, {(sheet, f"A{int(row) + 1}"): key}))
        assert "重複" in twice.content.decode()
        other = choose(secretary, year, edit(data, {(sheet, f"A{row}"): "R999.0"}))
        assert f"A{row}" in other.content.decode()

    def test_the_sheet_of_another_unit_period_or_site(self, year: Year, secretary: Client) -> None:
        data = take_out(year)
        other = make_year(district=make_district(year.district.city))
        with time_machine.travel(IN_SECOND, tick=False):
            later = take_out(year, number=2)
        assert "其他期別" in choose(secretary, year, later).content.decode()
        assert "其他課室" in choose(secretary, year, take_out(other)).content.decode()
        assert "不是由本頁下載" in choose(secretary, year, openpyxl_book()).content.decode()
        assert 'name="token"' not in choose(secretary, year, data).content.decode()

    @pytest.mark.parametrize(
        "data",
        [b"", b"a,b\n1,2\n", b"PK\x03\x04" + bytes(100), b"\xd0\xcf\x11\xe0" + bytes(600), b"%PDF-1.7"],
    )
    def test_a_file_that_is_no_sheet(self, year: Year, secretary: Client, data: bytes) -> None:
        response = choose(secretary, year, data)
        assert response.status_code == 422
        assert 'class="invalid-feedback"' in response.content.decode()


class TestMeanwhile:
    def test_what_others_did_is_kept_and_the_rest_is_written(self, year: Year, secretary: Client) -> None:
        data = take_out(year)
        fill(year, "法律諮詢", actual="30", reason="網頁上寫的")

        sent = edit(data, {at(data, "法律諮詢", "執行情形說明"): "表上寫的"})
        confirm(secretary, year, choose(secretary, year, sent))

        report = year.report("法律諮詢")
        assert (report.narrative, report.actual, report.reason) == ("表上寫的", Decimal(30), "網頁上寫的")

    @pytest.mark.parametrize(("choice", "stands"), [("site", "網頁"), ("sheet", "試算表"), ("", "網頁")])
    def test_where_both_changed_both_are_shown_and_the_sites_stays_unless_chosen(
        self, year: Year, secretary: Client, choice: str, stands: str
    ) -> None:
        data = take_out(year)
        fill(year, "法律諮詢", narrative="網頁")
        cells = {at(data, "法律諮詢", "執行情形說明"): "試算表", at(data, "法律諮詢", "實際進度（%）"): 25}

        response = choose(secretary, year, edit(data, cells))
        page = response.content.decode()
        assert ("網頁" in page, "試算表" in page) == (True, True)
        key = f"take-{year.report('法律諮詢').pk}:narrative"
        assert f'name="{key}" value="site" checked' in page
        confirm(secretary, year, response, **({key: choice} if choice else {}))

        report = year.report("法律諮詢")
        assert (report.narrative, report.actual) == (stands, Decimal(25))

    def test_what_changed_after_the_preview_is_shown_again(self, year: Year, secretary: Client) -> None:
        data = take_out(year)
        response = choose(secretary, year, edit(data, {at(data, "法律諮詢", "執行情形說明"): "試算表"}))
        fill(year, "法律諮詢", narrative="網頁")
        key = f"take-{year.report('法律諮詢').pk}:narrative"

        again = confirm(secretary, year, response)

        assert again.status_code == 409
        assert year.report("法律諮詢").narrative == "網頁"
        fill(year, "法律諮詢", narrative="網頁二")
        third = confirm(secretary, year, again, **{key: "sheet"})
        assert third.status_code == 409  # what was chosen against is not what stands there
        assert year.report("法律諮詢").narrative == "網頁二"
        confirm(secretary, year, third, **{key: "sheet"})
        assert year.report("法律諮詢").narrative == "試算表"

    def test_a_report_handed_in_meanwhile_is_named_and_the_others_are_written(
        self, year: Year, secretary: Client
    ) -> None:
        data = take_out(year)
        fill(year, "法律諮詢", narrative="已辦理。", actual="25")
        take_step(year.report("法律諮詢").pk, "release", actor=year.secretary, at=IN_FIRST)
        cells = {at(data, words, "執行情形說明"): "試算表" for words in ("法律諮詢", "關懷訪視")}

        response = choose(secretary, year, edit(data, cells))
        assert "已送出" in response.content.decode()
        confirm(secretary, year, response)

        assert [year.report(words).narrative for words in ("法律諮詢", "關懷訪視")] == ["已辦理。", "試算表"]

    def test_a_closed_period_takes_nothing(self, year: Year, secretary: Client) -> None:
        data = take_out(year)
        sent = edit(data, {at(data, "法律諮詢", "執行情形說明"): "試算表"})
        response = choose(secretary, year, sent)
        close(year)
        confirm(secretary, year, response)
        assert 'name="token"' not in choose(secretary, year, sent).content.decode()
        assert year.report("法律諮詢").version == 0

    def test_one_wrong_report_keeps_all_from_being_written(self, year: Year) -> None:
        data = take_out(year)
        cells: Edits = {
            at(data, "法律諮詢", "執行情形說明"): "試算表",
            at(data, "關懷訪視", "實際進度（%）"): 101,
        }
        before = everything()
        run = run_sheet(
            year.period(),
            year.units["秘書室"],
            edit(data, cells),
            actor=year.secretary,
            at=IN_FIRST,
            is_preview=False,
        )
        assert len(run.problems) == 1
        assert everything() == before

    def test_nobody_confirms_what_another_looked_at(self, year: Year, secretary: Client) -> None:
        data = take_out(year)
        response = choose(secretary, year, edit(data, {at(data, "法律諮詢", "執行情形說明"): "試算表"}))
        other = as_(make_secretary(year.district))
        assert confirm(other, year, response)["Location"].endswith("/import/")
        assert year.report("法律諮詢").version == 0


@pytest.mark.parametrize("lines", [1, 3])
def test_the_page_and_the_file_cost_the_same_for_any_number_of_lines(
    lines: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    parts = [
        node(
            "heading", title=f"項目{n}", children=[counted(f"辦理{n + 1}場。", f"活動{n}", str(n + 1), "場")]
        )
        for n in range(lines)
    ]
    year = make_year(node("chapter", title="內容", children=parts))
    client = as_(year.secretary)
    with django_assert_num_queries(10):
        client.get(address(year))
    with django_assert_num_queries(11):  # with what the audit log is told
        data = client.get(address(year, "?format=ods")).content
    assert sum("R" in str(row.cells[0]) for row in read_book(data)[REPORTS] if len(row.cells) > 1) >= lines


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is no dependency")
@pytest.mark.parametrize(
    ("extension", "to"), [("ods", "xlsx"), ("xlsx", "ods"), ("ods", "ods"), ("xlsx", "xlsx")]
)
def test_saved_by_libreoffice_it_still_changes_nothing(
    year: Year, secretary: Client, tmp_path: Path, extension: str, to: str
) -> None:
    fill(
        year,
        "法律諮詢",
        narrative="一、\n二、 =1+1",
        actual="33.33",
        catch_up_on="2026-05-01",
        is_unchanged=True,
    )
    source = tmp_path / f"表.{extension}"
    source.write_bytes(take_out(year, extension))
    (tmp_path / "out").mkdir()
    own = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"  # two at once need two
    command = [
        "soffice",
        own,
        "--headless",
        "--convert-to",
        to,
        "--outdir",
        str(tmp_path / "out"),
        str(source),
    ]
    subprocess.run(command, check=True, timeout=120, capture_output=True)  # noqa: S603 -- the command is written here

    page = choose(secretary, year, (tmp_path / "out" / f"表.{to}").read_bytes()).content.decode()

    assert "試算表沒有異動" in page


def openpyxl_book() -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"] = "場次"
    book.save(stream)
    return stream.getvalue()
