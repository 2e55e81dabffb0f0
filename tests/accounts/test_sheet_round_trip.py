"""Out through the admin, and in again."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.test import Client

from accounts.models import Appointment, City, District, Unit, User
from core.sheet_files import read_sheet
from tests.accounts.sheets import (
    FORMATS,
    MODELS,
    bring_in,
    choose,
    complaints,
    confirm,
    counts,
    export,
    kinds,
    sheet_of,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["zh-hant", "en"])
@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("model", MODELS)
def test_a_sheet_exported_and_imported_again_changes_nothing(
    site: Client, staff: dict[str, Any], model: str, kind: str, language: str
) -> None:
    site.cookies["django_language"] = language
    data = export(site, model, kind)
    # Read where the other language is spoken: heads, names of roles, yes and no are understood in both.
    site.cookies["django_language"] = "en" if language == "zh-hant" else "zh-hant"

    preview = choose(site, model, data)

    assert complaints(preview) == []
    assert set(kinds(preview)) == {"skip"}
    assert len(kinds(preview)) == read_sheet(data).height > 1


@pytest.mark.parametrize("kind", FORMATS)
def test_an_exported_sheet_rebuilds_an_empty_site(site: Client, staff: dict[str, Any], kind: str) -> None:
    models = MODELS
    before = {model: read_sheet(export(site, model, kind)).dict for model in models}
    files = {model: export(site, model, kind) for model in models}
    Appointment.objects.all().delete()
    Unit.objects.update(successor=None)
    for model in (Unit, District, City):
        model.objects.all().delete()
    User.objects.exclude(username="root").delete()

    # The successor of a unit must be known before it, so the sheet is turned round.
    rows = list(csv.reader(io.StringIO(files["unit"].decode("utf-8-sig")))) if kind == "csv" else None
    if rows:
        files["unit"] = sheet_of("csv", [rows[0], *sorted(rows[1:], key=lambda row: row[-1])])
    else:
        sheet = read_sheet(files["unit"])
        files["unit"] = sheet_of(kind, [sheet.headers, *sorted(sheet, key=lambda row: row[-1] or "")])
    for model in models:
        bring_in(site, model, files[model])

    after = {model: read_sheet(export(site, model, kind)).dict for model in models}
    assert {model: sorted(map(str, rows)) for model, rows in after.items()} == {
        model: sorted(map(str, rows)) for model, rows in before.items()
    }


@pytest.mark.parametrize("kind", FORMATS)
def test_the_preview_writes_nothing_and_confirming_writes_all_of_it(site: Client, kind: str) -> None:
    before = counts()
    preview = choose(site, "city", sheet_of(kind, [["name", "code"], ["甲市", 90000], ["乙市", 91000]]))

    assert kinds(preview) == ["new", "new"]
    assert counts() == before

    response = confirm(site, "city", preview)

    assert response.status_code == 302
    assert list(City.objects.values_list("name", "code")) == [("甲市", "90000"), ("乙市", "91000")]


def test_a_change_is_shown_and_then_written_with_the_name_of_who_did_it(
    site: Client, admin: User, places: dict[str, Any]
) -> None:
    rows = [["city", "name", "population", "population as of"], ["臺中市", "大安區", 18000, "114/6/30"]]
    preview = choose(site, "district", sheet_of("csv", rows))

    assert kinds(preview) == ["update"]
    assert "<del></del> <ins>18000</ins>" in preview.content.decode()

    confirm(site, "district", preview)
    district = District.objects.get(code="66000220")
    assert (district.population, district.population_on) == (18000, dt.date(2025, 6, 30))
    assert district.history.latest().history_user == admin
    # Columns that are not in the sheet stay as they are.
    assert district.agency_name == "臺中市大安區公所"


def test_export_keeps_to_what_was_searched_for(site: Client, places: dict[str, Any]) -> None:
    response = site.post(
        f"/admin/accounts/district/export/?city__id__exact={places['taichung'].pk}",
        {"format": FORMATS["csv"], "resource": "0"},
    )

    assert [row["Code"] for row in read_sheet(response.content).dict] == ["66000220"]


@pytest.mark.parametrize("model", MODELS)
def test_export_costs_the_same_for_any_number_of_rows(
    site: Client, staff: dict[str, Any], model: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(7):  # two of them for the audit log: of which cities, and the event
        export(site, model, "csv")
