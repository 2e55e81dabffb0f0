"""A plan's sheet over HTTP: taken out, looked at, brought in; on the site and in the admin."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.enums import Role
from accounts.models import Appointment, Unit, User
from core.sheet_files import CsvSheet, Sheet, read_sheet
from plans.enums import PlanStatus
from plans.models import Item, Plan
from plans.resources import FORMATS
from plans.services.items import save_item, values_of
from tests.builders import LONG_AGO, make_holder, make_plan, make_secretary, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sheet_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where uploaded sheets wait for their confirmation."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def plan() -> Plan:
    return make_plan()


@pytest.fixture
def secretary(plan: Plan) -> User:
    return make_secretary(plan.district)


def line(plan: Plan, words: str) -> Item:
    return plan.items.get(text__startswith=words)


def taken_out(client: Client, plan: Plan, kind: str = "csv") -> Sheet:
    response = client.get(f"/plans/{plan.pk}/sheet/", {"format": kind})
    assert response.status_code == 200
    return read_sheet(response.content)


def changed(sheet: Sheet, old: str, new: str) -> bytes:
    """Return the sheet as CSV with these words in the place of those."""
    made = Sheet()
    made.headers = sheet.headers
    for row in sheet:
        made.append([cell.replace(old, new) if isinstance(cell, str) else cell for cell in row])
    return CsvSheet().export_data(made)


def choose(client: Client, plan: Plan, data: bytes) -> Any:
    file = SimpleUploadedFile("sheet.csv", data)
    return client.post(f"/plans/{plan.pk}/sheet/import/", {"file": file})


def confirm(client: Client, plan: Plan, token: str) -> Any:
    return client.post(f"/plans/{plan.pk}/sheet/import/", {"token": token})


@pytest.mark.parametrize("kind", ["ods", "xlsx", "csv"])
def test_a_plan_is_taken_out_in_each_format(client: Client, plan: Plan, secretary: User, kind: str) -> None:
    client.force_login(secretary)

    response = client.get(f"/plans/{plan.pk}/sheet/", {"format": kind})

    assert read_sheet(response.content).height == plan.items.count()
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Disposition"].endswith(f".{kind}")


def test_a_sheet_is_looked_at_and_then_written(
    client: Client, plan: Plan, secretary: User, sheet_dir: Path
) -> None:
    client.force_login(secretary)
    item = line(plan, "服務台")
    data = changed(taken_out(client, plan), "老花眼鏡", "雨傘")

    preview = choose(client, plan, data)

    assert preview.status_code == 200
    assert "<del>老花眼鏡</del><ins>雨傘</ins>" in preview.content.decode()
    assert (preview.context["run"].changed, preview.context["run"].added) == (1, 0)
    item.refresh_from_db()
    assert item.version == 1

    response = confirm(client, plan, preview.context["token"])

    assert response.headers["Location"] == f"/plans/{plan.pk}/edit/"
    item.refresh_from_db()
    assert item.text == "服務台備有輪椅及雨傘。"
    assert item.history.latest().history_user == secretary
    assert list(sheet_dir.iterdir()) == []


def test_a_preview_is_confirmed_once_by_whom_it_was_made_for_and_for_its_plan(
    client: Client, plan: Plan, secretary: User
) -> None:
    client.force_login(secretary)
    other = make_plan(plan.district, year=2027)
    token = choose(client, plan, changed(taken_out(client, plan), "老花眼鏡", "雨傘")).context["token"]
    before = Item.history.count()

    client.force_login(make_secretary(plan.district))
    assert confirm(client, plan, token).headers["Location"] == f"/plans/{plan.pk}/sheet/import/"
    client.force_login(secretary)
    assert confirm(client, other, token).headers["Location"] == f"/plans/{other.pk}/sheet/import/"
    assert confirm(client, plan, "../../etc/passwd").status_code == 302
    assert Item.history.count() == before

    confirm(client, plan, token)
    assert Item.history.count() == before + 1
    assert confirm(client, plan, token).headers["Location"] == f"/plans/{plan.pk}/sheet/import/"
    assert Item.history.count() == before + 1


def test_what_changed_since_the_preview_is_not_written_over(
    client: Client, plan: Plan, secretary: User
) -> None:
    client.force_login(secretary)
    token = choose(client, plan, changed(taken_out(client, plan), "老花眼鏡", "雨傘")).context["token"]
    item = line(plan, "服務台")
    save_item(plan.pk, item.uid, actor=secretary, base=values_of(item), values={"text": "剛寫的。"})

    response = confirm(client, plan, token)

    assert response.status_code == 409
    item.refresh_from_db()
    assert item.text == "剛寫的。"


def test_a_sheet_that_changes_nothing_says_so_and_is_not_kept(
    client: Client, plan: Plan, secretary: User, sheet_dir: Path
) -> None:
    client.force_login(secretary)

    response = choose(client, plan, changed(taken_out(client, plan), "沒有", ""))

    assert (response.context["rows"], response.context["token"]) == ((), "")
    assert response.context["run"].unchanged == plan.items.count()
    assert list(sheet_dir.iterdir()) == []


@pytest.mark.parametrize("data", [b"PK\x03\x04broken", b"\xff\xfe\xff", b"a,b\n1,2\n", b"uid,uid\n1,2\n"])
def test_a_file_that_is_no_such_sheet_is_refused_in_words(
    client: Client, plan: Plan, secretary: User, data: bytes, sheet_dir: Path
) -> None:
    client.force_login(secretary)

    response = choose(client, plan, data)

    assert response.status_code in {200, 422}
    assert response.context.get("problems") or response.context["form"].errors["file"]
    assert list(sheet_dir.iterdir()) == []


def test_no_file_is_asked_for_again(client: Client, plan: Plan, secretary: User) -> None:
    client.force_login(secretary)

    assert client.post(f"/plans/{plan.pk}/sheet/import/").status_code == 422
    assert client.get(f"/plans/{plan.pk}/sheet/import/").status_code == 200


def test_a_unit_brings_in_its_own_lines_and_is_refused_the_others_by_name(
    client: Client, plan: Plan, secretary: User
) -> None:
    client.force_login(make_holder(Role.UNIT_STAFF, Unit.objects.get(district=plan.district, name="民政課")))
    sheet = taken_out(client, plan)

    refused = choose(client, plan, changed(sheet, "服務規定", "別的規定"))
    assert "依本市年度服務規定辦理。" in refused.context["problems"][0]
    assert refused.context["token"] == ""

    preview = choose(client, plan, changed(sheet, "老花眼鏡", "雨傘"))
    confirm(client, plan, preview.context["token"])

    assert line(plan, "服務台").text == "服務台備有輪椅及雨傘。"
    assert line(plan, "依本市").version == 1


def test_the_city_takes_out_a_filed_plan_and_brings_nothing_in(client: Client) -> None:
    plan = make_plan(status=PlanStatus.SUBMITTED)
    client.force_login(make_holder(Role.EVALUATOR, plan.district.city))

    assert taken_out(client, plan).height == plan.items.count()
    assert "sheet/import" not in client.get(f"/plans/{plan.pk}/sheet/").content.decode()
    assert choose(client, plan, b"uid\n").status_code == 403


def test_nobody_brings_a_sheet_into_a_plan_that_is_not_open(
    client: Client, plan: Plan, secretary: User
) -> None:
    client.force_login(secretary)
    token = choose(client, plan, changed(taken_out(client, plan), "老花眼鏡", "雨傘")).context["token"]
    Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.SIGNING)

    assert confirm(client, plan, token).status_code == 403
    assert choose(client, plan, b"uid\n").status_code == 403
    assert line(plan, "服務台").version == 1


# In the admin


def make_staff(**values: Any) -> User:
    """Return support staff who may look at plans, without any appointment."""
    person = make_user(is_staff=True, **values)
    person.user_permissions.set(Permission.objects.filter(codename__in=["view_plan", "view_item"]))
    return person


@pytest.mark.parametrize("model", ["plan", "item"])
def test_support_takes_out_sheets_and_brings_none_in(client: Client, plan: Plan, model: str) -> None:
    for person in (make_staff(), make_user(is_staff=True, is_superuser=True)):
        client.force_login(person)
        url = f"/admin/plans/{model}/"

        response = client.post(f"{url}export/", {"format": "2", "resource": "0"})

        assert read_sheet(response.content).height == {"plan": 1, "item": plan.items.count()}[model]
        assert client.get(f"{url}import/").status_code == 403
        assert client.post(f"{url}import/", {"format": "0", "resource": "0"}).status_code == 403
        assert client.post(f"{url}process_import/", {}).status_code == 403
        assert "import/" not in client.get(url).content.decode()


def test_who_holds_the_secretariats_appointment_too_brings_lines_in_by_the_admin(
    client: Client, plan: Plan
) -> None:
    person = make_staff()
    Appointment.objects.create(user=person, role=Role.SECRETARIAT, district=plan.district, starts_on=LONG_AGO)
    elsewhere = make_plan()
    client.force_login(person)
    url = "/admin/plans/item/"
    exported = read_sheet(client.post(f"{url}export/", {"format": "2", "resource": "0"}).content)

    def bring_in(data: bytes) -> Any:
        file = SimpleUploadedFile("sheet.csv", data)
        return client.post(f"{url}import/", {"import_file": file, "format": "0", "resource": "0"})

    refused = bring_in(changed(exported, "老花眼鏡", "雨傘"))  # in both districts
    (row,) = refused.context["result"].invalid_rows
    assert elsewhere.title in row.error.messages[0]

    own = Sheet()
    own.headers = exported.headers
    for row in exported:
        if plan.district.name in row:
            own.append(row)
    preview = bring_in(changed(own, "老花眼鏡", "雨傘"))
    client.post(f"{url}process_import/", preview.context["confirm_form"].initial)

    assert line(plan, "服務台").text == "服務台備有輪椅及雨傘。"
    assert line(plan, "服務台").history.latest().history_user == person
    assert line(elsewhere, "服務台").version == 1


@pytest.mark.parametrize("model", ["plan", "item"])
def test_a_secretary_without_the_permission_to_look_brings_nothing_in_by_the_admin(
    client: Client, plan: Plan, model: str
) -> None:
    person = make_user(is_staff=True)
    Appointment.objects.create(user=person, role=Role.SECRETARIAT, district=plan.district, starts_on=LONG_AGO)
    client.force_login(person)

    assert client.get(f"/admin/plans/{model}/import/").status_code == 403


@pytest.mark.parametrize("kind", ["ods", "xlsx"])
def test_the_table_is_found_below_a_title_of_the_office(
    client: Client, plan: Plan, secretary: User, kind: str
) -> None:
    client.force_login(secretary)
    sheet = taken_out(client, plan, "xlsx")
    made = Sheet(*[[*row] for row in sheet], headers=sheet.headers)
    made.insert(0, sheet.headers)
    made.headers = ["本區計畫條目", *[""] * (made.width - 1)]

    preview = choose(client, plan, FORMATS[kind]().export_data(made))

    assert preview.context["run"].problems == ()
    assert preview.context["run"].unchanged == plan.items.count()
