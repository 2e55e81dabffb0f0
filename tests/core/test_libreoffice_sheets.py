"""Sheets of ours as LibreOffice 7.4 saved them, untouched and after what people do to them there.

The files in libreoffice/ were made from `ORIGINAL` by `xlsx_bytes` and `ods_bytes`, opened and saved.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import tablib
from django.core.exceptions import ValidationError
from django.utils.translation import override
from odf.element import Element  # type: ignore[import-untyped]  # ships no types

from core.books import read_book
from core.cells import read_day, read_text, read_whole
from core.sheet_files import LAST_ROW, MAX_SHEETS, ods_rows, read_sheet, xlsx_rows
from core.sheet_writing import ods_bytes, xlsx_bytes

FOLDER = Path(__file__).parent / "libreoffice"
KINDS = ["xlsx", "ods"]
ORIGINAL = [
    [f"{name}市", f"9{at}000", f"第一段\n第二段  隔兩個空白 {at}"]
    for at, name in enumerate("甲乙丙丁戊己", 1)
]
UID = "6ad4bd1c-0000-4000-8000-000000000000"
HEADS = ["縣市", "代碼", "說明"]


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with override("en"):
        yield


def saved(name: str, kind: str) -> bytes:
    return (FOLDER / f"{name}.{kind}").read_bytes()


def has_heads(cells: list[Any]) -> bool:
    return "縣市" in cells


@pytest.mark.parametrize("kind", KINDS)
def test_an_untouched_sheet_says_what_it_said(kind: str) -> None:
    sheet = read_sheet(saved("untouched", kind))

    # Two blanks in a cell of several lines are written as they are, not as ODF would have it.
    assert (sheet.headers, [[*row] for row in sheet], sheet.row_numbers) == (
        HEADS,
        ORIGINAL,
        [2, 3, 4, 5, 6, 7],
    )


@pytest.mark.parametrize("write", [xlsx_bytes, ods_bytes])
def test_a_sheet_of_ours_says_the_same_before(write: Callable[[tablib.Dataset], bytes]) -> None:
    assert [[*row] for row in read_sheet(write(tablib.Dataset(*ORIGINAL, headers=HEADS)))] == ORIGINAL


@pytest.mark.parametrize("kind", KINDS)
def test_where_rows_were_deleted_the_others_are_read(kind: str) -> None:
    """Then LibreOffice writes row 1,048,576 into an XLSX file, with nothing in it."""
    data = saved("rows-deleted", kind)
    assert (kind == "ods") or 'r="1048576"' in str(
        zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    )

    sheet = read_sheet(data)
    (rows,) = read_book(data).values()

    assert ([[*row] for row in sheet], sheet.row_numbers) == ([ORIGINAL[0], *ORIGINAL[4:]], [2, 3, 4])
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert [row.cells for row in rows] == [HEADS, ORIGINAL[0], *ORIGINAL[4:]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_far_below_keeps_its_number_and_the_empty_ones_before_it_are_passed_over(kind: str) -> None:
    data = saved("far-row", kind)

    sheet = read_sheet(data)
    (rows,) = read_book(data).values()

    assert (sheet[-1], sheet.row_numbers[-1]) == (("遠市", 99000, None), 1_048_000)
    assert rows[-1].number == 1_048_000
    assert len(list({"xlsx": xlsx_rows, "ods": ods_rows}[kind](data))) <= 2 * len(rows)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_typed_is_read_as_it_is_seen(kind: str) -> None:
    """The cells were typed: 50%, 12:30, 2026/3/5, 12.5%, 3-1 and =1+1."""
    cells = [row[2] for row in read_sheet(saved("typed", kind))]

    assert [read_text(cell) for cell in cells[:5]] == ["50%", "12:30:00", "2026-03-05", "12.5%", "2026-03-01"]
    with pytest.raises(ValidationError, match="formula"):
        read_text(cells[5])
    with pytest.raises(ValidationError, match="“50%” is not a whole number"):
        read_whole(cells[0])


@pytest.mark.parametrize("kind", KINDS)
def test_a_roc_day_is_the_day_that_was_typed(kind: str) -> None:
    """The cells were typed: 115/6/30, 113/2/29, 100/3/1, 115.6.30, 2026/6/30 and 116/1/1.

    LibreOffice takes 115 for the year 115, and writes 0115-06-29 where it shows 0115/6/30.
    """
    days = [read_day(row[2]) for row in read_sheet(saved("days", kind))]

    assert [str(day) for day in days] == [
        *("2026-06-30", "2024-02-29", "2011-03-01"),
        *("2026-06-30", "2026-06-30", "2027-01-01"),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_is_found_below_a_title_behind_a_sheet_of_notes(kind: str) -> None:
    data = saved("notes-in-front", kind)

    found = read_sheet(data, has_heads=has_heads)

    assert (found.headers, found.row_numbers) == (HEADS, [4, 5, 6, 7, 8, 9])
    with pytest.raises(ValidationError, match="Column B has no name, but row 3"):
        read_sheet(data)  # who does not know the heads takes the first sheet


# What nobody makes by accident


def _with_rows(rows: str) -> bytes:
    """Return a book whose sheet holds these rows of XML."""
    plain, stream = io.BytesIO(), io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = "縣市"
    book.save(plain)
    with zipfile.ZipFile(plain) as before, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            if name.endswith("sheet1.xml"):
                content = re.sub(
                    rb"<sheetData>.*</sheetData>", f"<sheetData>{rows}</sheetData>".encode(), content
                )
            after.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("rows", [f'<row r="{LAST_ROW + 1}"/>', '<row r="999999999"/>', "<row/>" * 200_001])
def test_rows_without_end_are_refused(rows: str) -> None:
    for read in (read_sheet, read_book):
        with pytest.raises(ValidationError, match="too many empty rows"):
            read(_with_rows(rows))  # type: ignore[operator]  # one of two functions


def test_a_book_of_many_sheets_is_refused() -> None:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for _at in range(MAX_SHEETS):
        book.create_sheet()
    book.save(stream)

    with pytest.raises(ValidationError, match="more than 30 sheets"):
        read_sheet(stream.getvalue())


# On paper and on the screen


TABLE = tablib.Dataset(
    *[
        [f"{name}市", at, None, dt.date(2026, 3, at), 0, "長" * 80, UID]
        for at, name in enumerate("甲乙丙", 1)
    ],
    headers=["縣市", "個數", "備註", "日期", "達成率（百分比）", "說明", "識別碼"],
)


def test_an_xlsx_sheet_is_printed_lying_as_wide_as_its_paper_with_its_heads_on_each_page() -> None:
    page = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(TABLE))).active

    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (1, 0)
    assert (page.print_title_rows, page.freeze_panes) == ("$1:$1", "A2")
    assert page.oddFooter.center.text == "&P / &N"
    # LibreOffice would give each row of words that take three lines the height of one.
    assert page.row_dimensions[2].height == 45
    assert page["F2"].alignment.wrap_text
    assert not page["G2"].alignment.wrap_text
    assert page.column_dimensions["G"].width == 10


def test_a_table_too_wide_for_a4_is_printed_on_a3() -> None:
    wide = tablib.Dataset(["長" * 80] * 6, headers=list("甲乙丙丁戊己"))

    assert openpyxl.load_workbook(io.BytesIO(xlsx_bytes(wide))).active.page_setup.paperSize == 8
    assert 'fo:page-width="42cm"' in part(ods_bytes(wide), "styles.xml")


def part(data: bytes, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(data)).read(name).decode()


def test_an_ods_sheet_is_printed_so_too() -> None:
    data = ods_bytes(TABLE)
    styles, content, settings = (part(data, f"{name}.xml") for name in ("styles", "content", "settings"))

    assert re.search(r'<style:page-layout-properties [^>]*fo:page-width="29.7cm"', styles)
    for said in (
        'style:scale-to-X="1"',
        'style:scale-to-Y="0"',
        "<text:page-number>",
        'style:print="grid zero-values"',
    ):
        assert said in styles
    assert re.search(r'<style:style [^>]*style:master-page-name="A4"', content)
    heads = content.split("<table:table-header-rows>")[1].split("</table:table-header-rows>")[0]
    assert heads.count("<text:p>") == len(TABLE.headers)
    assert re.search(r'<style:style style:name="head".*?fo:font-weight="bold"', content)
    assert 'config:name="VerticalSplitPosition" config:type="int">1<' in settings


def test_words_of_an_ods_sheet_keep_their_blanks_and_marks() -> None:
    words = [" 前面一個", "中  間", "三   個\t格", '<甲> & "乙" \'d', "第一段\n\n  第三段", "=1+1", "尾 "]
    made = ods_bytes(tablib.Dataset(*[[one] for one in words], headers=["說明 <一>"]))

    found = read_sheet(made)

    assert (found.headers, [row[0] for row in found]) == (["說明 <一>"], words)


def test_an_ods_sheet_of_more_rows_is_made_of_as_many_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    """To make one of each cell takes a quarter of a minute for the largest sheet."""
    made: list[str] = []
    begin = Element.__init__

    def counted(self: Any, *given: Any, **named: Any) -> None:
        made.append(type(self).__name__)
        begin(self, *given, **named)

    monkeypatch.setattr(Element, "__init__", counted)
    counts = []
    for rows in (1, 100):
        made.clear()
        ods_bytes(tablib.Dataset(*[["一二三四五", rows, None, 3.5]] * rows, headers=list("一二三四")))
        counts.append(len(made))

    assert 0 < counts[0] == counts[1]


DATES = [[dt.date(2026, 4, 10), dt.date(1998, 12, 1), 3], [dt.date(2026, 11, 30), None, 4]]


@pytest.mark.parametrize("kind", KINDS)
def test_days_stay_days_where_they_were_shown_by_years_of_the_republic(kind: str) -> None:
    sheet = read_sheet(saved("shown-days", kind))
    read = [[read_day(cell) if cell else None for cell in row[:2]] for row in sheet]
    assert read == [row[:2] for row in DATES]


def test_days_are_days_shown_by_years_of_the_republic() -> None:
    sheet = tablib.Dataset(*DATES, headers=["日期", "期限", "數"], title=f"執行管考/[{'各課室' * 20}]")
    page = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(sheet))).active
    assert (page["A2"].number_format, page["A2"].is_date) == ('[$-404]e"年"m"月"d"日"', True)
    assert page["C2"].number_format == "General"
    name = f"執行管考  {'各課室' * 8}各"
    assert page.title == name
    content = zipfile.ZipFile(io.BytesIO(ods_bytes(sheet))).read("content.xml").decode()
    assert 'number:calendar="ROC"' in content
    assert 'office:date-value="2026-04-10"' in content
    assert f'table:name="{name}"' in content
