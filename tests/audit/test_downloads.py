"""Events of what goes out, written by the real action over HTTP."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from core.enums import AuditKind
from documents.models import COMPARE, IN_FORCE, PDF, FileState, RenderedFile
from plans.models import Attachment, Plan
from plans.queries.documents import plan_document
from tests.accounts.sheets import export as export_rows
from tests.audit.told import entered, events, the, where, who
from tests.builders import (
    make_city,
    make_district,
    make_holder,
    make_plan,
    make_secretary,
    make_unit,
)
from tests.review.desk_rows import FILING, make_way

pytestmark = pytest.mark.django_db


def make_file(plan: Plan, content: str, file_format: str) -> RenderedFile:
    file = RenderedFile(
        plan=plan,
        format=file_format,
        content=content,
        key=str(uuid.uuid4()),
        state=FileState.READY,
        sha256="5" * 64,
    )
    file.file.save("plan.pdf", ContentFile(b"%PDF-1.7"))
    return file


def test_files_are_told_of_when_their_bytes_go_out(client: Client, secretary: User) -> None:
    plan = make_plan(secretary.appointments.get().district)
    files = [make_file(plan, plan_document(plan).to_json(), kind) for kind in (PDF, IN_FORCE, COMPARE)]
    entered(client, secretary)
    for file in files:
        assert client.head(f"/files/{file.pk}/").status_code == 200
        answer = client.get(f"/files/{file.pk}/")
        assert answer.status_code == 200
        again = client.get(f"/files/{file.pk}/", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304

    found = events(AuditKind.EXPORT)
    assert [event.details for event in found] == [
        {"what": what, "digest": "5" * 64} for what in ("pdf", "in_force", "compare")
    ]
    assert {(who(event), event.key, event.label) for event in found} == {
        ((secretary.pk, secretary.username), plan.pk, plan.label)
    }


def test_other_downloads_of_a_plan(client: Client) -> None:
    way = make_way(*FILING, "take_in_hand", "approve")
    plan = way.plan
    attachment = Attachment(plan=plan, position=0, title="附表", file_name="附表.pdf", size=8)
    attachment.file.save("a.pdf", ContentFile(b"%PDF-1.7"))
    entered(client, way.secretary)
    base = f"/plans/{plan.pk}"
    addresses = {
        f"{base}/json/": {"what": "json"},
        f"{base}/in-force/json/": {"what": "json_in_force", "version": 1},
        f"{base}/sheet/?format=ods": {"what": "lines", "format": "ods"},
        f"{base}/attachments/{attachment.pk}/": {"what": "attachment", "file": "附表.pdf"},
    }
    for address in addresses:
        assert client.head(address).status_code == 200
        assert client.get(address).status_code == 200
    client.get(f"{base}/sheet/")  # the page alone

    found = events(AuditKind.EXPORT)
    assert [event.details for event in found] == list(addresses.values())
    assert {(event.key, *where(event)) for event in found} == {
        (plan.pk, plan.district.city_id, plan.district_id)
    }


def test_the_sheet_of_the_overview(client: Client) -> None:
    evaluator = make_holder(Role.EVALUATOR, city := make_city())
    entered(client, evaluator).get("/overview/")
    assert client.get("/overview/?format=csv").status_code == 200

    event = the(AuditKind.EXPORT)
    assert (event.label, where(event)) == (city.name, (city.pk, None))
    assert event.details == {"what": "overview", "year": dt.date.today().year, "format": "csv"}  # noqa: DTZ011


def test_rows_taken_out_of_the_admin_are_told_to_each_city_they_name(client: Client, root: User) -> None:
    first, second = make_district(), make_district()
    for district in (first, second):
        make_unit(district)
        make_secretary(district)
    entered(client, root)

    for model, count in (("unit", 2), ("user", 3), ("appointment", 2), ("district", 2), ("city", 2)):
        export_rows(client, model, "csv")
        found = [event for event in events(AuditKind.EXPORT) if event.details["of"] == f"accounts.{model}"]
        assert [where(event) for event in found] == [(first.city_id, None), (second.city_id, None)]
        assert {event.details["count"] for event in found} == {count}


def test_a_plan_taken_out_on_the_command_line(tmp_path: Path) -> None:
    plan = make_plan()

    call_command(
        "export_plan", str(plan.pk), "--format=json", f"--output={tmp_path}/plan.json", stdout=io.StringIO()
    )

    event = the(AuditKind.EXPORT)
    assert (event.actor, event.username, event.details) == (
        None,
        "",
        {"what": "json", "command": "export_plan"},
    )
