"""Events of the steps of a plan, written by the real action over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.enums import Role
from core.enums import AuditKind
from core.models import AuditEvent
from plans.enums import PlanStatus
from plans.models import Plan
from review.models import Extension
from tests.audit.told import events, the, where, who
from tests.builders import (
    make_holder,
)
from tests.review.desk_rows import make_way
from tests.review.test_signing import Office
from tests.review.test_signing_pages import hidden

pytestmark = pytest.mark.django_db


def post_step(client: Client, plan: Plan, step: str, **values: Any) -> Any:
    address = f"/plans/{plan.pk}/steps/{step}/"
    return client.post(address, hidden(client, address) | values)


LETTER_AT = dt.datetime(2026, 4, 10, 10, tzinfo=dt.UTC)
WORDS = {"document_number": "府研考字第1150001號", "document_on": "115.4.28"}


def test_each_step_of_a_plan(client: Client) -> None:
    way = make_way(title="秘密的名稱")
    plan, district = way.plan, way.plan.district
    people = {"sign": way.head, "take_in_hand": way.evaluator, "approve": way.evaluator}
    steps = ("send_for_signature", "sign", "file", "take_in_hand", "approve")
    for step in steps:
        client.force_login(people.get(step, way.secretary))
        assert post_step(client, plan, step, comment="密語", **WORDS).status_code == 302, step

    found = events(AuditKind.STEP)
    assert [event.details["step"] for event in found] == list(steps)
    assert {where(event) for event in found} == {(district.city_id, district.pk)}
    assert {(event.subject, event.key, event.label) for event in found} == {
        ("plans.plan", plan.pk, plan.label)
    }
    approved = found[4]
    assert who(approved) == (way.evaluator.pk, way.evaluator.username)
    assert approved.details == {
        "step": "approve",
        "before": "submitted",
        "after": "approved",
        "version": 2,
        "role": "evaluator",
        "document_number": "府研考字第1150001號",
        "document_on": "2026-04-28",
    }
    # What is said inside the district, and what the plan is called while it is written, is not the city's.
    assert "密語" not in str([vars(event) for event in found])
    assert "秘密" not in str([vars(event) for event in found])


def test_a_step_that_is_refused_is_told_although_nothing_of_it_stays(client: Client) -> None:
    way = make_way("send_for_signature")
    client.force_login(way.secretary)
    address = f"/plans/{way.plan.pk}/steps/file/"

    assert client.post(address, hidden(client, address)).status_code == 422
    way.go("recall")
    assert client.post(address, hidden(client, address)).status_code == 409

    found = events(AuditKind.STEP_REFUSED)
    assert [event.details for event in found] == [
        {"step": "file", "reason": "condition"},
        {"step": "file", "reason": "moved_on"},
    ]
    assert {who(event) for event in found} == {(way.secretary.pk, way.secretary.username)}
    way.plan.refresh_from_db()
    assert way.plan.status == PlanStatus.DRAFT


def test_a_step_without_its_reason_is_not_yet_asked_for(client: Client) -> None:
    way = make_way("send_for_signature")
    client.force_login(way.head)

    assert post_step(client, way.plan, "send_back").status_code == 422

    assert events(AuditKind.STEP_REFUSED) == []


def test_the_places_of_the_strip(client: Client) -> None:
    office = Office()
    office.take("send_for_signature", office.secretary)
    address = f"/plans/{office.plan.pk}/signing/"
    client.force_login(office.head)
    assert client.post(f"{address}2/sign/", {}).status_code == 422
    assert the(AuditKind.STEP_REFUSED).details == {"step": "sign", "reason": "turn"}

    client.force_login(office.chief)
    client.post(f"{address}1/sign/", hidden(client, address))
    signed = the(AuditKind.SIGNATURE)
    assert signed.details == {"how": "signed", "place": "單位主管", "role": "secretariat_chief"}

    client.force_login(office.head)
    client.post(f"{address}2/sign/", hidden(client, address))
    assert len(events(AuditKind.SIGNATURE)) == 1  # the head's is a step
    assert events(AuditKind.STEP)[-1].details["step"] == "sign"


def test_a_signature_given_outside_and_its_scan(client: Client) -> None:
    office = Office()
    office.take("send_for_signature", office.secretary)
    client.force_login(office.secretary)
    address = f"/plans/{office.plan.pk}/signing/1/record/"
    scan = SimpleUploadedFile("簽呈.pdf", b"%PDF-1.7", content_type="application/pdf")

    values = hidden(client, address) | WORDS | {"name": "王紙本", "title": "主任", "scan": scan}
    assert client.post(address, values).status_code == 302
    sent = office.plan.events.get(step="send_for_signature").number
    assert client.get(f"/plans/{office.plan.pk}/signing/{sent}/1/scan/").status_code == 200

    details = the(AuditKind.SIGNATURE).details
    assert (details["how"], details["name"], details["place"]) == ("outside", "王紙本", "單位主管")
    fetched = the(AuditKind.EXPORT)
    assert (fetched.details, fetched.key) == ({"what": "scan", "file": "簽呈.pdf"}, office.plan.pk)


def test_extensions(client: Client) -> None:
    office = Office()
    plan, city = office.plan, office.plan.district.city
    admin, evaluator = make_holder(Role.CITY_ADMIN, city), make_holder(Role.EVALUATOR, city)
    rule = {"month": 4, "day": "", "units_days": 10, "check_days": 5, "signing_days": 5}
    client.force_login(admin)
    assert client.post(f"/deadlines/{city.pk}/edit/", rule).status_code == 302
    assert client.post(f"/deadlines/{city.pk}/edit/", rule | {"month": 5}).status_code == 302
    first, second = events(AuditKind.SETTING)
    assert (first.details["change"], second.details) == (
        "added",
        {"change": "changed", "changes": {"month": [4, 5]}},
    )
    assert where(first) == (city.pk, None)

    today = dt.date.today()  # noqa: DTZ011 -- far from any midnight that matters
    until = today + dt.timedelta(days=300)
    Plan.objects.filter(pk=plan.pk).update(year=today.year)
    asked = {"until": f"{until.year - 1911}.{until.month}.{until.day}", "reason": "密語"}
    client.force_login(office.secretary)
    assert client.post(f"/plans/{plan.pk}/extension/", asked).status_code == 302
    extension = Extension.objects.get()
    assert client.post(f"/extensions/{extension.pk}/withdraw/").status_code == 302
    assert client.post(f"/extensions/{extension.pk}/withdraw/").status_code == 302  # decided already
    assert client.post(f"/plans/{plan.pk}/extension/", asked).status_code == 302
    assert client.post(f"/plans/{plan.pk}/extension/", asked).status_code == 422  # one waits
    client.force_login(evaluator)
    granted = {"decision": "grant", "until": asked["until"], "comment": ""}
    last = Extension.objects.order_by("-pk")[0]
    assert client.post(f"/extensions/{last.pk}/decide/", granted).status_code == 302

    found = events(AuditKind.EXTENSION)
    assert [event.details["how"] for event in found] == ["asked", "withdrawn", "asked", "granted"]
    assert found[3].details["until"] == until.isoformat()
    assert {event.subject for event in found} == {"review.extension"}
    assert [event.key for event in found] == [extension.pk, extension.pk, last.pk, last.pk]
    refused = events(AuditKind.STEP_REFUSED)
    assert [event.details for event in refused] == [
        {"step": "extension_withdraw", "reason": "decided"},
        {"step": "extension_ask", "reason": "condition"},
    ]
    assert "密語" not in str([vars(event) for event in AuditEvent.objects.all()])
