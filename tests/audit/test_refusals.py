"""Events of what is refused, written by the real action over HTTP."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import Appointment, District, User
from core.enums import AuditKind
from core.models import AuditEvent
from review.models import Extension
from tests.audit.told import entered, events, the, where, who
from tests.builders import (
    LONG_AGO,
    make_city,
    make_holder,
    make_plan,
    make_unit,
)
from tests.review.desk_rows import FILING, make_way

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def test_whoever_is_refused_what_they_see(client: Client, district: District) -> None:
    plan = make_plan(district)
    staff = make_holder(Role.UNIT_STAFF, make_unit(district))
    entered(client, staff)

    assert client.post(f"/plans/{plan.pk}/facts/", {"title": "改名"}).status_code == 403
    assert client.get(f"/plans/{plan.pk}/edit/").status_code == 403
    assert client.get("/imports/new/").status_code == 403
    assert client.get("/audit/").status_code == 403

    found = events(AuditKind.REFUSAL)
    assert {(who(event), where(event)) for event in found} == {
        ((staff.pk, staff.username), (district.city_id, district.pk))
    }
    assert [(event.subject, event.label, event.address, event.details["method"]) for event in found] == [
        ("plans.plan", plan.label, f"/plans/{plan.pk}/facts/", "POST"),
        ("plans.plan", plan.label, f"/plans/{plan.pk}/edit/", "GET"),
        ("", "", "/imports/new/", "GET"),
        ("", "", "/audit/", "GET"),
    ]


def test_a_refusal_is_of_the_place_it_was_about(client: Client) -> None:
    way = make_way(*FILING)
    district = way.plan.district
    extension = Extension.objects.create(
        plan=way.plan,
        reason="颱風",
        asked_until=dt.date(2026, 5, 29),
        asked_by=way.secretary,
        asked_at=dt.datetime(2026, 4, 10, 10, tzinfo=dt.UTC),
    )
    auditor, other = make_holder(Role.AUDITOR, district.city), make_city()
    Appointment.objects.create(user=auditor, role=Role.AUDITOR, city=other, starts_on=LONG_AGO)
    entered(client, auditor)

    addresses = {
        f"/desk/{way.plan.pk}/remarks/add/": (district.city_id, district.pk),
        f"/extensions/{extension.pk}/decide/": (district.city_id, district.pk),
        f"/deadlines/{district.city_id}/edit/": (district.city_id, None),
        f"/deadlines/{other.pk}/edit/": (other.pk, None),
    }
    for address in addresses:
        assert client.post(address).status_code == 403

    assert {event.address: where(event) for event in events(AuditKind.REFUSAL)} == addresses


def test_a_request_without_its_token_is_refused_and_told(district: District, secretary: User) -> None:
    plan = make_plan(district)
    client = entered(Client(enforce_csrf_checks=True), secretary)

    assert client.post(f"/plans/{plan.pk}/facts/", {"title": "改名"}).status_code == 403

    assert the(AuditKind.REFUSAL).address == f"/plans/{plan.pk}/facts/"


def test_neither_what_does_not_exist_nor_strangers_are_told_of(client: Client, secretary: User) -> None:
    foreign = make_plan()
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post(LOGIN, {"login": "x"}).status_code == 403
    entered(client, secretary)

    assert client.get(f"/plans/{foreign.pk}/").status_code == 404
    assert client.get("/nowhere/").status_code == 404

    assert not AuditEvent.objects.exists()
