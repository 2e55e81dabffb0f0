"""Files in the encodings and forms offices use, and the heads of their columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from accounts.models import City, District
from accounts.resources import (
    AppointmentResource,
    CityResource,
    DistrictResource,
    PersonResource,
    UnitResource,
)
from tests.accounts.sheets import (
    bring_in,
    choose,
    complaints,
    export,
    sheet_of,
)

pytestmark = pytest.mark.django_db


# Files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "big5", "cp950", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_is_read_in_the_encodings_offices_use(site: Client, encoding: str, delimiter: str) -> None:
    lines = [["縣市", "code"], ["桃園市", "68000"]]
    data = "\r\n".join(delimiter.join(line) for line in lines).encode(encoding)

    bring_in(site, "city", data)

    assert list(City.objects.values_list("name", "code")) == [("桃園市", "68000")]


def test_csv_leaves_with_the_mark_excel_needs(site: Client, places: dict[str, Any]) -> None:
    data = export(site, "city", "csv")

    assert data.startswith(b"\xef\xbb\xbf")
    assert "臺北市" in data.decode("utf-8-sig")


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (
            b"\xd0\xcf\x11\xe0" + b"x" * 600,
            "This is an old Excel file (.xls). Save it as .xlsx and choose the new file.",
        ),
        (
            b"PK\x03\x04 broken",
            "This file cannot be read. Save it again as XLSX, ODS or CSV and choose the new file.",
        ),
        (
            b"\x89PNG\r\n\x1a\n\x00\x00",
            "This file is neither XLSX, ODS nor CSV. Save it as one of them.",
        ),
        (b"name,code\n\xff,1", "The text of this file is neither UTF-8 nor Big5. Save it as “CSV UTF-8”."),
        (
            b"name,code\n",
            "No valid data to import. Ensure your file has the correct headers or data for import.",
        ),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_in_words(site: Client, data: bytes, complaint: str) -> None:
    assert complaints(choose(site, "city", data)) == [complaint]


def test_blank_rows_and_columns_are_passed_over_and_rows_keep_their_numbers(site: Client) -> None:
    rows = [[], ["name", None, "code"], [], ["甲市", None, "90000"], [None, None, None], ["乙市", "", ""]]

    for kind in ("xlsx", "csv", "ods"):
        assert complaints(choose(site, "city", sheet_of(kind, rows))) == [
            "Row 6, column “Code”: This field cannot be blank."
        ]


def test_content_under_no_head_is_refused(site: Client) -> None:
    rows = [["name", "code"], ["甲市", "90000"], ["乙市", "91000", "note"]]

    assert complaints(choose(site, "city", sheet_of("csv", rows))) == [
        "Column C has no name, but row 3 has something in it."
    ]


# Heads


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_the_table_is_found_below_a_title_behind_a_sheet_of_notes(site: Client, kind: str) -> None:
    data = (Path(__file__).parents[1] / f"core/libreoffice/notes-in-front.{kind}").read_bytes()

    assert complaints(choose(site, "city", data)) == [
        "The column “說明” is not known. Remove it, or name it one of these: Name, Code, "
        "Name of the decision."
    ]


@pytest.mark.parametrize(
    "heads",
    [["縣市", "行政區", "人口數", "人口數日期"], ["City", " NAME ", "population", "Population As Of"]],
)
def test_heads_may_be_chinese_english_or_field_names(
    site: Client, places: dict[str, Any], heads: list[str]
) -> None:
    bring_in(site, "district", sheet_of("xlsx", [heads, ["台中市", "大安區", 18000, "114/6/30"]]))

    assert District.objects.get(code="66000220").population == 18000
    assert City.objects.get(code="66000").name == "臺中市"


def test_every_head_means_one_column_in_every_language() -> None:
    for resource in (CityResource, DistrictResource, UnitResource, PersonResource, AppointmentResource):
        for language in ("zh-hant", "en"):
            with override(language):
                sheet = resource()
                found = [
                    (head, name)
                    for name, column in sheet.fields.items()
                    for head in column.heads(name, sheet._meta.model)
                ]
                assert len(found) == len(dict(found)), resource


def test_unknown_missing_and_repeated_heads_are_named(site: Client, places: dict[str, Any]) -> None:
    rows = [["name", "Name", "colour"], ["大安區", "大安區", "red"]]

    assert complaints(choose(site, "district", sheet_of("csv", rows))) == [
        "The column “Name” is there twice. Remove one of them.",
        "The column “colour” is not known. Remove it, or name it one of these: City, Name, Code, "
        "Agency name, Population, Population as of, Evaluation group.",
        "The column “City” is missing. Without it no row can be told from another.",
    ]
