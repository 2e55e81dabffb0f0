"""What cells may hold, on the way in and out."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from django.test import Client
from odf import opendocument, table

from accounts.models import District, Unit, User
from tests.accounts.sheets import (
    FORMATS,
    bring_in,
    choose,
    complaints,
    export,
    kinds,
    sheet_of,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_numbers_and_dates_leave_as_numbers_and_dates(
    site: Client, places: dict[str, Any], kind: str
) -> None:
    data = export(site, "district", kind)

    if kind == "xlsx":
        page = openpyxl.load_workbook(io.BytesIO(data)).active
        cells = [page.cell(2, column).value for column in (5, 6)]
        assert cells == [300123, dt.datetime(2025, 1, 31)]  # noqa: DTZ001 -- a sheet's date has no zone
    else:
        cells = [
            (cell.getAttribute("valuetype"), cell.getAttribute("value") or cell.getAttribute("datevalue"))
            for cell in opendocument.load(io.BytesIO(data)).getElementsByType(table.TableCell)
        ]
        assert ("float", "300123") in cells
        assert ("date", "2025-01-31") in cells


@pytest.mark.parametrize("kind", FORMATS)
def test_formulas_leave_disarmed_and_come_back_as_they_were(site: Client, kind: str) -> None:
    texts = ["=1+1", "+886-2", "-5", "@SUM(A1)", "＝1+1", "'=quoted", "'plain", "=cmd|' /C calc'!A0"]
    titles = {f"ann{number}": text for number, text in enumerate(texts)}
    User.objects.bulk_create(User(username=name, job_title=text) for name, text in titles.items())

    data = export(site, "user", kind)

    if kind == "csv":
        rows = [row[:3] for row in csv.reader(io.StringIO(data.decode("utf-8-sig")))]
    elif kind == "xlsx":
        page = openpyxl.load_workbook(io.BytesIO(data)).active
        rows = [[cell.value for cell in row[:3]] for row in page.iter_rows()]
    if kind != "ods":
        written = {name: title for name, _full_name, title in rows if name in titles}
        assert written == {name: text if text == "'plain" else f"'{text}" for name, text in titles.items()}
    preview = choose(site, "user", data)
    assert complaints(preview) == []
    assert kinds(preview) == ["skip"] * (len(titles) + 1)  # and the person who does it


def test_a_formula_in_a_workbook_is_refused_by_row_and_column(site: Client) -> None:
    data = sheet_of("xlsx", [["name", "code"], ["甲市", "90000"], ["乙市", '=CONCATENATE("9","1")']])

    assert complaints(choose(site, "city", data)) == [
        "Row 3, column “Code”: This cell holds a formula or an error "
        '(=CONCATENATE("9","1")). Put the value itself in its place.'
    ]


def test_dates_are_read_as_people_write_them(site: Client, places: dict[str, Any]) -> None:
    days = [
        "2025-03-05",
        "2025/3/5",
        "2025.03.05",
        "114/3/5",
        "114-03-05",
        "114.3.5",
        "１１４／３／５",
        "114年3月5日",
        "民國114年3月5日",
        " 114 年 3 月 5 日 ",
        "1140305",
        "20250305",
        "2025-03-05 00:00:00",
    ]
    rows = [["臺北市", "大安區", f"第{number}課", day] for number, day in enumerate(days)]
    bring_in(site, "unit", sheet_of("csv", [["city", "district", "name", "exists from"], *rows]))

    read = dict(Unit.objects.values_list("name", "starts_on"))
    assert {day: read[f"第{number}課"] for number, day in enumerate(days)} == dict.fromkeys(
        days, dt.date(2025, 3, 5)
    )


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
@pytest.mark.parametrize("day", [dt.date(2025, 3, 5), 1140305])
def test_date_cells_are_read(site: Client, places: dict[str, Any], kind: str, day: Any) -> None:
    rows = [["city", "district", "name", "exists from"], ["臺北市", "大安區", "民政課", day]]
    bring_in(site, "unit", sheet_of(kind, rows))

    assert Unit.objects.get().starts_on == dt.date(2025, 3, 5)


def test_a_date_cell_of_the_year_114_is_a_roc_date(site: Client, places: dict[str, Any]) -> None:
    """It is stored by the calendar of today and shown by that of its time: 0114/3/5."""
    rows = [["city", "district", "name", "exists from"], ["臺北市", "大安區", "民政課", dt.date(114, 3, 4)]]
    bring_in(site, "unit", sheet_of("ods", rows))

    assert Unit.objects.get().starts_on == dt.date(2025, 3, 5)


def test_what_is_no_date_is_named_by_row_and_column(site: Client, places: dict[str, Any]) -> None:
    days = ["114/13/1", "3/5", "yesterday", "45721", "2025-02-30", "1500/1/1", "99990305x"]
    rows = [["臺北市", "大安區", f"第{number}課", day] for number, day in enumerate(days)]
    data = sheet_of("csv", [["city", "district", "name", "exists from"], *rows])

    assert complaints(choose(site, "unit", data)) == [
        f"Row {number}, column “Exists from”: “{day}” is not a date. "
        "Write it as 2025-03-05, 114/3/5 or 114年3月5日."
        for number, day in enumerate(days, 2)
    ]


def test_numbers_are_read_as_people_write_them(site: Client, places: dict[str, Any]) -> None:
    numbers = ["300123", "300,123", "３００１２３", "30萬123", 300123, 300123.0]
    for place, _number in enumerate(numbers):
        District.objects.create(
            city=places["taichung"], name=f"第{place}區", code=f"D{place}", agency_name=f"第{place}區公所"
        )
    rows = [["臺中市", f"第{place}區", number, "114/1/31"] for place, number in enumerate(numbers)]
    bring_in(site, "district", sheet_of("xlsx", [["city", "name", "population", "population_on"], *rows]))

    read = dict(District.objects.values_list("name", "population"))
    assert [(number, read[f"第{place}區"]) for place, number in enumerate(numbers)] == [
        (number, 300123) for number in numbers
    ]


def test_a_code_keeps_the_zeros_a_csv_file_lost(site: Client) -> None:
    bring_in(site, "city", sheet_of("xlsx", [["name", "code"], ["連江縣", "09007"]]))

    preview = choose(site, "city", sheet_of("csv", [["name", "code"], ["連江縣", "9007"]]))

    assert (complaints(preview), kinds(preview)) == ([], ["skip"])
