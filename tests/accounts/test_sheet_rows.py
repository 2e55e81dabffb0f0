"""What is said of rows that are wrong, and who may bring sheets at all."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.utils.translation import override

from accounts.models import Appointment, City, User
from accounts.resources import PersonResource
from core.sheet_files import read_sheet
from tests.accounts.sheets import (
    FORMATS,
    bring_in,
    choose,
    complaints,
    confirm,
    counts,
    export,
    sheet_of,
)
from tests.builders import make_user

pytestmark = pytest.mark.django_db


# Rows


@pytest.mark.parametrize("kind", FORMATS)
def test_every_complaint_names_row_and_column_and_nothing_is_written(
    site: Client, staff: dict[str, Any], kind: str
) -> None:
    before = counts()
    rows = [
        [
            "city",
            "district",
            "name",
            "order",
            "is the secretariat",
            "exists from",
            "exists until",
            "successor",
        ],
        ["臺北市", "大安區", "社會課", 5, "是", "114/1/1", "", ""],
        ["臺北市", "信義區", "社會課", 5, "", "", "", ""],
        ["臺東市", "大安區", "社會課", 5, "", "", "", ""],
        ["臺中市", "大安區", "經建課", "five", "maybe", "", "", ""],
        ["臺中市", "大安區", "人文課", 1, "", "114/5/1", "114/4/1", ""],
        ["臺中市", "大安區", "秘書室", 1, "", "", "", "兵役課"],
        ["臺北市", "大安區", "社會課", 6, "", "", "", ""],
        ["", "大安區", "社會課", 6, "", "", "", ""],
    ]

    said = complaints(choose(site, "unit", sheet_of(kind, rows)))

    assert said == [
        "Row 3, column “District”: 臺北市 has no district “信義區”. "
        "Check the spelling, or add it under Districts first.",
        "Row 4, column “City”: There is no city “臺東市”. Check the spelling, or add it under Cities first.",
        "Row 5, column “Order”: “five” is not a whole number. Write digits alone, such as 12345.",
        "Row 5, column “Is the secretariat”: “maybe” is neither yes nor no. Write 是 or 否.",
        "Row 6, column “Exists until”: The last day is before the first. Correct one of the two.",
        "Row 7, column “Successor”: 臺中市大安區公所 has no unit “兵役課”. "
        "Check the spelling, or add it first, by a row above.",
        "Row 8: This row means the same as row 2. Remove one of them.",
        "Row 9, column “City”: This cell is empty. Fill it in.",
    ]
    assert counts() == before


def test_a_sheet_that_spoils_after_its_preview_writes_nothing_at_all(site: Client) -> None:
    preview = choose(site, "city", sheet_of("csv", [["name", "code"], ["甲市", "90000"], ["乙市", "91000"]]))
    City.objects.create(name="丙市", code="91000")

    response = confirm(site, "city", preview)

    assert [str(message) for message in get_messages(response.wsgi_request)] == [
        "Nothing was imported: since the preview something has changed.",
        "Row 3, column “Code”: City with this Code already exists.",
    ]
    assert list(City.objects.values_list("name", flat=True)) == ["丙市"]


def test_confirming_twice_imports_once_and_says_so(site: Client) -> None:
    preview = choose(site, "city", sheet_of("csv", [["name", "code"], ["甲市", "90000"]]))
    confirm(site, "city", preview)

    response = confirm(site, "city", preview)

    assert response.status_code == 302
    assert "confirmed already" in str(list(get_messages(response.wsgi_request))[-1])
    assert City.objects.count() == 1


def test_a_sheet_is_kept_only_while_it_waits_for_confirmation(site: Client, sheet_dir: Path) -> None:
    choose(site, "city", sheet_of("csv", [["name", "code"], ["甲市", ""]]))
    choose(site, "city", b"PK\x03\x04 broken")
    assert list(sheet_dir.iterdir()) == []

    preview = choose(site, "city", sheet_of("csv", [["name", "code"], ["甲市", "90000"]]))
    (kept,) = sheet_dir.iterdir()
    assert kept.stat().st_mode & 0o077 == 0

    confirm(site, "city", preview)
    assert list(sheet_dir.iterdir()) == []


def test_sheets_nobody_confirmed_go_after_a_day(site: Client, sheet_dir: Path) -> None:
    data = sheet_of("csv", [["name", "code"], ["甲市", "90000"]])
    choose(site, "city", data)
    (old,) = sheet_dir.iterdir()
    os.utime(old, (0, 0))

    choose(site, "city", data)

    (kept,) = sheet_dir.iterdir()
    assert kept != old


@pytest.mark.parametrize("name", ["/etc/passwd", "../../etc/passwd", "districtplans-sheet-../x", ""])
def test_confirming_opens_no_file_but_an_uploaded_sheet(site: Client, name: str) -> None:
    response = site.post(
        "/admin/accounts/city/process_import/",
        {"import_file_name": name, "original_file_name": "x", "format": "0", "resource": "0"},
    )

    assert response.status_code in {200, 302}
    assert City.objects.count() == 0


@pytest.mark.parametrize("number", ["7", "-1", "x"])
def test_a_format_nobody_offered_is_refused(site: Client, number: str) -> None:
    preview = choose(site, "city", sheet_of("csv", [["name", "code"], ["甲市", "90000"]]))
    posted = {**preview.context["confirm_form"].initial, "format": number}

    assert site.post("/admin/accounts/city/process_import/", posted).status_code == 200
    assert City.objects.count() == 0


# People and appointments


def test_people_leave_without_passwords_and_enter_unable_to_sign_in(
    site: Client, staff: dict[str, Any]
) -> None:
    exported = read_sheet(export(site, "user", "csv"))
    assert exported.headers == ["Username", "Full name", "Job title", "Email address", "Active"]

    bring_in(
        site,
        "user",
        sheet_of("xlsx", [["帳號", "姓名", "啟用"], ["lin", "林怡君", "是"], ["wang", "王小民", ""]]),
    )

    lin = User.objects.get(username="lin")
    assert (lin.full_name, lin.is_active, lin.has_usable_password()) == ("林怡君", True, False)
    # One who was here keeps the password, and what an empty 啟用 leaves alone.
    wang = User.objects.get(username="wang")
    assert (wang.full_name, wang.is_active, wang.check_password("x")) == ("王小民", True, True)


@pytest.mark.parametrize("head", ["password", "is_superuser", "is_staff"])
def test_no_sheet_gives_a_password_or_the_keys_to_the_admin(site: Client, head: str) -> None:
    said = complaints(choose(site, "user", sheet_of("csv", [["username", head], ["eve", "1"]])))

    assert said[0].startswith(f"The column “{head}” is not known.")


def test_appointments_find_their_place_by_names(site: Client, staff: dict[str, Any]) -> None:
    heads = ["使用者", "角色", "縣市", "行政區", "課室", "起日", "迄日", "代理"]
    rows = [
        ["chen", "Section chief", "台中市", "大安區", "役政災防課", "114/7/1", "", ""],
        ["chen", "secretariat", "", "臺北市大安區公所", "", "114/7/1", "114年12月31日", "wang"],
        ["wang", "auditor", "臺北市", "", "", "114/7/1", "", ""],
    ]
    before = set(Appointment.objects.values_list("pk", flat=True))

    bring_in(site, "appointment", sheet_of("ods", [heads, *rows]))

    first = dt.date(2025, 7, 1)
    made = Appointment.objects.exclude(pk__in=before)
    assert set(
        made.values_list("user", "role", "city", "district", "unit", "starts_on", "ends_on", "acting_for")
    ) == {
        (staff["chen"].pk, "section_chief", None, None, staff["same"].pk, first, None, None),
        (
            staff["chen"].pk,
            "secretariat",
            None,
            staff["north"].pk,
            None,
            first,
            dt.date(2025, 12, 31),
            staff["wang"].pk,
        ),
        (staff["wang"].pk, "auditor", staff["taipei"].pk, None, None, first, None, None),
    }


def test_what_is_wrong_with_an_appointment_is_named(site: Client, staff: dict[str, Any]) -> None:
    heads = ["person", "role", "city", "district", "unit", "from", "until", "acting for"]
    rows = [
        ["nobody", "auditor", "臺北市", "", "", "114/7/1", "", ""],
        ["wang", "mayor", "臺北市", "", "", "114/7/1", "", ""],
        ["wang", "unit_staff", "臺北市", "大安區", "", "114/7/1", "", ""],
        ["wang", "auditor", "臺北市", "大安區", "", "114/7/1", "", ""],
        ["wang", "secretariat", "", "大安區", "", "114/7/1", "", ""],
        ["wang", "unit_staff", "臺中市", "大安區", "役政災防課", "114/7/1", "", ""],
        ["wang", "auditor", "臺北市", "", "", "114/7/1", "", "wang"],
        ["wang", "auditor", "臺北市", "", "", "", "", ""],
    ]

    assert complaints(choose(site, "appointment", sheet_of("csv", [heads, *rows]))) == [
        "Row 2, column “Person”: There is nobody with the user name “nobody”. "
        "Check it, or add the person first.",
        "Row 3, column “Role”: “mayor” is not one of the names to choose from. Write one of: "
        "Secretariat, Secretariat chief, Section chief, Unit staff, District head, Evaluator, "
        "City administrator, Auditor.",
        "Row 4, column “Unit”: This role needs this cell. Fill it in.",
        "Row 5, column “District”: This role is not held at one of these. Leave this cell empty.",
        "Row 6, column “District”: Several cities have a district “大安區”. Fill in the city beside it.",
        "Row 7, column “First day”: This person holds the same role there from 114年3月1日 already. "
        "Change that one instead.",
        "Row 8, column “Acting for”: Nobody acts for themselves. Leave this empty.",
        "Row 9, column “First day”: This cell is empty. Fill it in.",
    ]


# Who may


@pytest.fixture
def clerk(client: Client) -> Client:
    """Someone who may look at and change people, but is no superuser."""
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(
            content_type__app_label="accounts", codename__in=["view_user", "add_user", "change_user"]
        )
    )
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def test_a_sheet_cannot_change_a_superuser_unless_a_superuser_brings_it(clerk: Client, admin: User) -> None:
    data = sheet_of("csv", [["username", "email"], ["root", "eve@example.org"]])

    assert complaints(choose(clerk, "user", data)) == [
        "Row 2, column “Username”: Only a superuser may change this person. Remove the row."
    ]


def test_a_sheet_changes_anybody_else_for_who_may_change_people(clerk: Client) -> None:
    person = make_user(email="old@example.org")

    bring_in(clerk, "user", sheet_of("csv", [["username", "email"], [person.username, "new@example.org"]]))

    person.refresh_from_db()
    assert person.email == "new@example.org"


def test_sheets_need_the_permissions_of_the_pages(clerk: Client, places: dict[str, Any]) -> None:
    assert clerk.get("/admin/accounts/user/import/").status_code == 200
    assert clerk.get("/admin/accounts/city/import/").status_code == 403
    assert clerk.get("/admin/accounts/city/export/").status_code == 403
    assert clerk.post("/admin/accounts/city/process_import/", {}).status_code == 403


@pytest.mark.parametrize("codename", ["add_user", "change_user"])
def test_a_sheet_adds_and_changes_so_who_may_do_one_of_the_two_brings_none(
    clerk: Client, codename: str
) -> None:
    user = User.objects.get(username="clerk")
    user.user_permissions.remove(Permission.objects.get(codename=codename))

    assert clerk.get("/admin/accounts/user/import/").status_code == 403


def test_a_sheet_nobody_brings_cannot_change_a_superuser_either(admin: User) -> None:
    sheet = read_sheet(sheet_of("csv", [["username", "email"], ["root", "eve@example.org"]]))

    with override("en"):
        result = PersonResource().import_data(sheet, rollback_on_validation_errors=True)

    assert [str(message) for row in result.invalid_rows for message in row.error.messages] == [
        "Row 2, column “Username”: Only a superuser may change this person. Remove the row."
    ]
    admin.refresh_from_db()
    assert admin.email == ""
