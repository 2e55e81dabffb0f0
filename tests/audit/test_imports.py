"""Events of what comes in, written by the real action over HTTP."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import District, User
from core.enums import AuditKind
from documents.jobs import read_source
from documents.models import ImportDraft
from plans.models import Plan
from tests.accounts.sheets import choose as choose_rows
from tests.accounts.sheets import confirm as confirm_rows
from tests.accounts.sheets import sheet_of
from tests.audit.told import entered, events, the, where, who
from tests.builders import (
    make_district,
    make_plan,
    make_user,
)
from tests.plans.test_plan_sheet import changed, choose, confirm, taken_out

pytestmark = pytest.mark.django_db


def test_a_sheet_of_lines(client: Client, secretary: User) -> None:
    plan = make_plan(secretary.appointments.get().district)
    entered(client, secretary)
    sheet = changed(taken_out(client, plan), "服務台備有", "服務台已備有")

    token = choose(client, plan, sheet).context["token"]
    assert events(AuditKind.IMPORT) == []  # a preview writes nothing
    assert confirm(client, plan, token).status_code == 302

    event = the(AuditKind.IMPORT)
    assert (event.key, event.details) == (plan.pk, {"what": "lines", "added": 0, "changed": 1})
    assert where(event) == (plan.district.city_id, plan.district_id)


def test_a_sheet_of_appointments_and_each_of_its_rows(client: Client, root: User) -> None:
    district, user = make_district(), make_user()
    make_district(district.city)
    entered(client, root)
    heads = ["user", "role", "city", "district", "unit", "starts_on", "ends_on", "acting_for"]
    new = [user.username, "secretariat", district.city.name, district.name, "", "2026-01-01", "", ""]

    preview = choose_rows(client, "appointment", sheet_of("csv", [heads, new]))
    assert events(AuditKind.APPOINTMENT, AuditKind.IMPORT) == []
    assert confirm_rows(client, "appointment", preview).status_code == 302

    event = the(AuditKind.APPOINTMENT)
    assert (who(event), where(event)) == ((root.pk, "root"), (district.city_id, district.pk))
    assert event.label == f"{user.full_name} ({user.username}) {district.agency_name}"
    assert event.details == {
        "change": "added",
        "role": "secretariat",
        "starts_on": "2026-01-01",
        "ends_on": None,
        "acting_for": None,
    }
    summary = the(AuditKind.IMPORT)
    assert where(summary) == where(event)
    assert summary.details == {"what": "rows", "of": "accounts.appointment", "added": 1, "changed": 0}

    until = [*new[:6], "2026-06-30", ""]
    confirm_rows(client, "appointment", choose_rows(client, "appointment", sheet_of("csv", [heads, until])))
    changed_event = events(AuditKind.APPOINTMENT)[-1]
    assert changed_event.details["changes"] == {"ends_on": [None, "2026-06-30"]}
    again = choose_rows(client, "appointment", sheet_of("csv", [heads, until]))
    confirm_rows(client, "appointment", again)
    assert len(events(AuditKind.IMPORT)) == 2  # nothing was written the third time


@pytest.mark.parametrize("replaced", [False, True])
def test_a_document(client: Client, district: District, secretary: User, replaced: bool) -> None:
    if replaced:
        make_plan(district, year=2026, series="某計畫")
    entered(client, secretary)
    text = "某區公所115年度計畫\n壹、計畫依據\n一、依規定辦理。\n二、其他。"
    client.post(
        "/imports/new/", {"district": district.pk, "year": 115, "series": "某計畫", "text": text}, follow=True
    )
    draft = ImportDraft.objects.get()
    read_source(draft.pk)
    draft.refresh_from_db()

    values = {"version": draft.version} | ({"replace": "1"} if replaced else {})
    assert client.post(f"/imports/{draft.pk}/save/", values).status_code == 302

    event = the(AuditKind.IMPORT)
    assert event.key == Plan.objects.get().pk
    assert event.details == {"what": "document", "source": "", "replaced": replaced, "added": 3}
