"""Events of rows changed in the admin, written by the real action over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.enums import Role
from accounts.models import Appointment, District, User
from core.enums import AuditKind
from core.models import AuditEvent
from review.models import SigningChain
from tests.audit.told import entered, events, the, where, who
from tests.builders import (
    LONG_AGO,
    make_unit,
    make_user,
)
from tests.review.test_signing import Office

pytestmark = pytest.mark.django_db


def admin_form(client: Client, address: str, **values: Any) -> dict[str, Any]:
    """Return what a browser sends from a page of the admin, with these values changed."""
    context = client.get(address).context
    form = context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    for shown in context["inline_admin_formsets"]:
        formset = shown.formset
        data |= {
            f"{formset.prefix}-{name}": formset.management_form[name].value()
            for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
        }
    sent = {
        name: value for name, value in (data | values).items() if value is not None and value is not False
    }
    for name in ("last_login", "date_joined", "password"):
        sent.pop(name, None)
    return sent


def test_a_person_and_their_appointment_in_the_admin(client: Client, root: User, district: District) -> None:
    entered(client, root)
    password = "another-good-one-7"
    client.post(
        "/admin/accounts/user/add/",
        {
            "username": "wang",
            "full_name": "王小明",
            "usable_password": "true",
            "password1": password,
            "password2": password,
            "appointments-TOTAL_FORMS": 0,
            "appointments-INITIAL_FORMS": 0,
        },
    )
    user = User.objects.get(username="wang")
    assert (the(AuditKind.PERSON).details, where(the(AuditKind.PERSON))) == (
        {"change": "added"},
        (None, None),
    )

    address = f"/admin/accounts/user/{user.pk}/change/"
    group = Group.objects.create(name="支援")
    permission = Permission.objects.get(codename="view_plan")
    inline = {
        "appointments-TOTAL_FORMS": 1,
        "appointments-0-role": "secretariat",
        "appointments-0-district": district.pk,
        "appointments-0-starts_on": "2026-01-01",
    }
    rights = {"is_staff": "on", "groups": [group.pk], "user_permissions": [permission.pk]}
    assert client.post(address, admin_form(client, address, **inline, **rights)).status_code == 302

    changes = events(AuditKind.PERSON)[-1]
    assert where(changes) == (district.city_id, district.pk)
    assert changes.details == {
        "change": "changed",
        "changes": {
            "is_staff": [False, True],
            "groups": [[], ["支援"]],
            "user_permissions": [[], [str(permission)]],
        },
    }
    held = the(AuditKind.APPOINTMENT)
    assert (held.details["change"], held.details["role"]) == ("added", "secretariat")
    assert who(held) == (root.pk, "root")

    # A page that is saved as it stands says nothing.
    before = AuditEvent.objects.count()
    assert client.post(address, admin_form(client, address, **rights)).status_code == 302
    assert AuditEvent.objects.count() == before
    assert password not in str([vars(event) for event in AuditEvent.objects.all()])


def test_places_and_appointments_changed_and_deleted_in_the_admin(
    client: Client, root: User, district: District
) -> None:
    unit, user = make_unit(district, "民政課"), make_user()
    chief = Appointment.objects.create(user=user, role=Role.SECTION_CHIEF, unit=unit, starts_on=LONG_AGO)
    entered(client, root)

    address = f"/admin/accounts/appointment/{chief.pk}/change/"
    assert client.post(address, admin_form(client, address, ends_on="2026-06-30")).status_code == 302
    event = the(AuditKind.APPOINTMENT)
    assert event.details == {
        "change": "changed",
        "role": "section_chief",
        "changes": {"ends_on": [None, "2026-06-30"]},
    }
    assert where(event) == (district.city_id, district.pk)

    other = make_unit(district, "社會課")
    assert client.post(address, admin_form(client, address, unit=other.pk)).status_code == 302
    assert events(AuditKind.APPOINTMENT)[-1].details["changes"] == {"unit": ["民政課", "社會課"]}

    assert client.post(f"/admin/accounts/appointment/{chief.pk}/delete/", {"post": "yes"}).status_code == 302
    gone = events(AuditKind.APPOINTMENT)[-1]
    assert (gone.details["change"], gone.key) == ("deleted", chief.pk)
    chosen = {"action": "delete_selected", "_selected_action": [unit.pk, other.pk], "post": "yes"}
    assert client.post("/admin/accounts/unit/", chosen).status_code == 302
    assert [(event.label, event.details) for event in events(AuditKind.PLACE)] == [
        (f"{district.agency_name}民政課", {"change": "deleted"}),
        (f"{district.agency_name}社會課", {"change": "deleted"}),
    ]

    for model, row, values in (
        ("district", district, {"evaluation_group": "甲"}),
        ("city", district.city, {"decision": "record"}),
    ):
        address = f"/admin/accounts/{model}/{row.pk}/change/"
        assert client.post(address, admin_form(client, address, **values)).status_code == 302
        (name,) = values
        event = events(AuditKind.PLACE)[-1]
        assert event.details["changes"][name][1] == values[name]
        assert event.city == district.city_id


def test_settings_changed(client: Client, root: User) -> None:
    office = Office()
    district = office.plan.district
    entered(client, office.secretary)
    chief = {"places-0-who": "role:secretariat_chief", "places-0-label": "主任", "places-0-order": 1}
    head = {"places-1-who": "role:district_head", "places-1-label": "區長", "places-1-order": 2}
    sent = (
        {"places-TOTAL_FORMS": 2, "places-INITIAL_FORMS": 2} | chief | head | {"places-1-is_required": "on"}
    )
    for _ in range(2):  # the second time nothing is changed
        assert client.post(f"/districts/{district.pk}/signing-chain/", sent).status_code == 302
    event = the(AuditKind.SETTING)
    assert event.details == {"change": "added", "changes": {"places": [[], ["主任", "區長"]]}}
    assert where(event) == (district.city_id, district.pk)

    entered(client, root)
    chain = SigningChain.objects.get()
    chain.places.all().delete()
    page = f"/admin/review/signingchain/{chain.pk}/change/"
    places = {
        "places-TOTAL_FORMS": 1,
        "places-0-position": 1,
        "places-0-label": "機關首長",
        "places-0-role": "district_head",
        "places-0-is_required": "on",
    }
    assert client.post(page, admin_form(client, page, **places)).status_code == 302
    event = the(AuditKind.SETTING)
    assert (event.subject, event.details) == (
        "review.signingchain",
        {"change": "changed", "rows": {"review.signingplace": 1}},
    )
    assert where(event) == (district.city_id, district.pk)

    client.post("/admin/review/holiday/add/", {"day": "2027-01-01", "name": "元旦"})
    client.post("/admin/auth/group/add/", {"name": "支援"})
    framework = {
        "city": district.city_id,
        "name": "評核架構",
        "first_year": 2026,
        "level_names": "構面",
        "status": "draft",
        "criteria-TOTAL_FORMS": 0,
        "criteria-INITIAL_FORMS": 0,
    }
    client.post("/admin/plans/framework/add/", framework)
    found = events(AuditKind.SETTING)[1:]
    assert [(event.subject, event.label, event.city) for event in found] == [
        ("review.holiday", "2027-01-01 元旦", None),
        ("auth.group", "支援", None),
        ("plans.framework", "評核架構", district.city_id),
    ]


def test_nobody_changes_the_log_in_the_admin(client: Client, root: User) -> None:
    client.force_login(root)
    event = the(AuditKind.SIGN_IN)
    base = "/admin/core/auditevent/"

    assert client.get(f"{base}{event.pk}/change/").status_code == 200
    assert client.get(f"{base}?q=root").context["cl"].result_count == 1
    assert client.get(f"{base}add/").status_code == 403
    for address, data in (
        (f"{base}{event.pk}/change/", {"kind": "sign_out"}),
        (f"{base}{event.pk}/delete/", {"post": "yes"}),
    ):
        assert client.post(address, data).status_code == 403
    client.post(base, {"action": "delete_selected", "_selected_action": [event.pk], "post": "yes"})
    assert AuditEvent.objects.get(pk=event.pk).sha256 == event.sha256
