from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import Appointment, City, District, Unit, User
from tests.accounts.sheets import MODELS

pytestmark = pytest.mark.django_db

FIRST = dt.date(2025, 1, 1)


def make_rows(city: City, *names: str) -> None:
    """Make a district, a unit, a person and an appointment of each name."""
    for name in names:
        district = District.objects.create(city=city, name=name, code=name, agency_name=f"{name}公所")
        unit = Unit.objects.create(district=district, name=name)
        user = User.objects.create_user(name, is_staff=False)
        acting = User.objects.create_user(name + "2")
        Appointment.objects.create(
            user=user, role=Role.UNIT_STAFF, unit=unit, starts_on=FIRST, acting_for=acting
        )
        City.objects.create(name=name, code=name)


def queries_of(site: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert site.get(url).status_code == 200
    return len(queries)


def posted(response: Any, **values: Any) -> dict[str, Any]:
    """Return what the browser would send back from the form of a page, with some fields changed."""
    form = response.context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    for inline in response.context["inline_admin_formsets"]:
        formset = inline.formset
        for each in [formset.management_form, *formset.forms]:
            data |= {each.add_prefix(name): each[name].value() for name in each.fields}
    data = {name: value for name, value in data.items() if value not in (None, False)} | values
    return {name: value for name, value in data.items() if not isinstance(value, dt.datetime)}


@pytest.mark.parametrize("model", MODELS)
def test_lists_cost_the_same_for_any_number_of_rows(site: Client, model: str) -> None:
    city = City.objects.create(name="甲市", code="90000")
    url = f"/admin/accounts/{model}/"
    site.get(url)
    make_rows(city, "一區")
    with_one = queries_of(site, url)
    make_rows(city, "二區", "三區")

    assert queries_of(site, url) == with_one
    assert with_one <= 10


def test_the_page_of_a_person_costs_the_same_for_any_number_of_appointments(site: Client) -> None:
    city = City.objects.create(name="甲市", code="90000")
    make_rows(city, "一區")
    user = User.objects.get(username="一區")
    url = f"/admin/accounts/user/{user.pk}/change/"
    site.get(url)
    with_one = queries_of(site, url)
    make_rows(city, "二區", "三區")
    Appointment.objects.update(user=user)

    assert queries_of(site, url) == with_one
    assert site.get(url).content.decode().count("inlineviewlink") == 3


@pytest.mark.parametrize("model", ["district", "unit", "user", "appointment"])
def test_a_change_is_in_the_history_with_the_name_of_who_made_it(
    site: Client, staff: dict[str, Any], model: str
) -> None:
    row = {
        "district": staff["north"],
        "unit": staff["new"],
        "user": staff["wang"],
        "appointment": Appointment.objects.get(role=Role.EVALUATOR),
    }[model]
    change = {
        "district": {"evaluation_group": "甲組"},
        "unit": {"short_names": "役政"},
        "user": {"job_title": "課長"},
        "appointment": {"ends_on": "2025-12-31"},
    }[model]
    url = f"/admin/accounts/{model}/{row.pk}/"

    response = site.post(f"{url}change/", posted(site.get(f"{url}change/"), **change))

    assert response.status_code == 302
    assert row.history.latest().history_user.username == "root"
    history = site.get(f"{url}history/")
    assert history.status_code == 200
    assert next(iter(change.values())) in history.content.decode()


def test_the_same_rules_hold_on_the_page_as_in_a_sheet(site: Client, staff: dict[str, Any]) -> None:
    held = Appointment.objects.get(role=Role.EVALUATOR)

    def errors(url: str, **values: Any) -> dict[str, list[str]]:
        response = site.post(url, posted(site.get(url), **values))
        return response.context["adminform"].form.errors

    assert errors(
        "/admin/accounts/appointment/add/",
        user=held.user_id,
        role="evaluator",
        city=held.city_id,
        starts_on="2025-06-01",
    ) == {
        "starts_on": [
            "This person holds the same role there from 114年3月1日 already. Change that one instead."
        ]
    }
    misplaced = {"user": held.user_id, "role": "unit_staff", "city": held.city_id, "starts_on": "2025-06-01"}
    assert errors("/admin/accounts/appointment/add/", **misplaced)["__all__"][0] == (
        "This role is held at a unit, a district or a city: fill in that one field alone."
    )
    assert errors(
        f"/admin/accounts/unit/{staff['new'].pk}/change/", starts_on="2025-02-01", ends_on="2025-01-01"
    ) == {"ends_on": ["The last day is before the first. Correct one of the two."]}
    assert errors(f"/admin/accounts/unit/{staff['new'].pk}/change/", successor=staff["same"].pk) == {
        "successor": ["The successor must be a unit of the same district."]
    }
    assert errors(f"/admin/accounts/unit/{staff['new'].pk}/change/", successor=staff["old"].pk) == {
        "successor": ["A unit cannot follow itself, nor by way of others."]
    }
    assert errors(f"/admin/accounts/district/{staff['middle'].pk}/change/", population=5) == {
        "population_on": ["A population and the day it was counted on belong together: give both or none."]
    }


def test_an_appointment_may_begin_when_the_one_before_it_has_ended(
    site: Client, staff: dict[str, Any]
) -> None:
    held = Appointment.objects.get(role=Role.EVALUATOR)
    Appointment.objects.update(ends_on=dt.date(2025, 5, 31))
    url = "/admin/accounts/appointment/add/"

    data = posted(
        site.get(url), user=held.user_id, role="evaluator", city=held.city_id, starts_on="2025-06-01"
    )

    assert site.post(url, data).status_code == 302
    assert Appointment.objects.filter(role=Role.EVALUATOR).count() == 2


def test_a_person_is_appointed_on_their_own_page(site: Client, staff: dict[str, Any]) -> None:
    url = f"/admin/accounts/user/{staff['chen'].pk}/change/"
    page = site.get(url)
    prefix = f"appointments-{page.context['inline_admin_formsets'][0].formset.initial_form_count()}"

    data = posted(
        page,
        **{
            f"{prefix}-role": "section_chief",
            f"{prefix}-unit": staff["same"].pk,
            f"{prefix}-starts_on": "2025-07-01",
        },
    )

    assert site.post(url, data).status_code == 302
    made = Appointment.objects.get(unit=staff["same"], role=Role.SECTION_CHIEF)
    assert (made.user, made.starts_on) == (staff["chen"], dt.date(2025, 7, 1))
    assert made.history.get().history_user.username == "root"


def test_units_are_offered_with_the_name_of_their_district(site: Client, staff: dict[str, Any]) -> None:
    query = {
        "app_label": "accounts",
        "model_name": "appointment",
        "field_name": "unit",
        "term": "臺中市 役政",
    }

    response = site.get("/admin/accounts/unit/lookup/", query)

    assert response.json()["results"] == [
        {"id": str(staff["same"].pk), "text": "臺中市大安區公所 役政災防課"}
    ]


def test_units_are_offered_to_nobody_who_may_not_see_them(client: Client, staff: dict[str, Any]) -> None:
    query = {"app_label": "accounts", "model_name": "appointment", "field_name": "unit", "term": ""}
    client.force_login(User.objects.create_user("guest", is_staff=True))

    assert client.get("/admin/accounts/unit/lookup/", query).status_code == 403


def test_a_person_is_entered_with_a_password_or_without(site: Client) -> None:
    url = "/admin/accounts/user/add/"
    names = {"username": "lin", "full_name": "林怡君"}

    assert site.post(url, {**names, "usable_password": "false", **EMPTY_INLINE}).status_code == 302
    assert User.objects.get(username="lin").has_usable_password() is False

    lin = User.objects.get(username="lin")
    words = {"usable_password": "true", "password1": "a-long-secret-114", "password2": "a-long-secret-114"}
    assert site.post(f"/admin/accounts/user/{lin.pk}/password/", words).status_code == 302
    lin.refresh_from_db()
    assert lin.check_password("a-long-secret-114")


EMPTY_INLINE = {"appointments-TOTAL_FORMS": "0", "appointments-INITIAL_FORMS": "0"}


def test_only_a_superuser_changes_a_superuser_or_makes_one(client: Client, admin: User) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    codenames = ["view_user", "add_user", "change_user", "delete_user"]
    clerk.user_permissions.set(
        Permission.objects.filter(content_type__app_label="accounts", codename__in=codenames)
    )
    client.force_login(clerk)
    own = f"/admin/accounts/user/{clerk.pk}/change/"

    assert client.get(f"/admin/accounts/user/{admin.pk}/change/").context["has_change_permission"] is False
    assert client.post(f"/admin/accounts/user/{admin.pk}/change/", {"username": "x"}).status_code == 403
    assert client.post(f"/admin/accounts/user/{admin.pk}/password/", {}).status_code == 403
    assert client.post(f"/admin/accounts/user/{admin.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(own, posted(client.get(own), is_superuser="on", is_staff="on")).status_code == 302
    clerk.refresh_from_db()
    assert (clerk.is_superuser, clerk.is_staff) == (False, True)


def test_a_superuser_changes_and_deletes_another(site: Client) -> None:
    other = User.objects.create_superuser("other")
    address = f"/admin/accounts/user/{other.pk}"

    data = posted(site.get(f"{address}/change/"), full_name="林怡君", **EMPTY_INLINE)
    changed = site.post(f"{address}/change/", data)
    other.refresh_from_db()
    deleted = site.post(f"{address}/delete/", {"post": "yes"})

    assert (changed.status_code, other.full_name, deleted.status_code) == (302, "林怡君", 302)
    assert not User.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize("held", [set(), {"change"}, {"delete"}])
def test_staff_change_and_delete_people_by_their_permissions_alone(client: Client, held: set[str]) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    names = [f"{what}_user" for what in {"view", *held}]
    clerk.user_permissions.set(
        Permission.objects.filter(content_type__app_label="accounts", codename__in=names)
    )
    client.force_login(clerk)
    lin = User.objects.create_user("lin")
    address = f"/admin/accounts/user/{lin.pk}"

    page = client.get(f"{address}/change/")
    changed = client.post(f"{address}/change/", posted(page, full_name="林怡君"))
    deleted = client.post(f"{address}/delete/", {"post": "yes"})

    assert page.context["has_change_permission"] is ("change" in held)
    assert changed.status_code == (302 if "change" in held else 403)
    assert deleted.status_code == (302 if "delete" in held else 403)
    assert User.objects.filter(username="lin").exists() is ("delete" not in held)


def test_people_with_appointments_are_not_deleted(site: Client, staff: dict[str, Any]) -> None:
    site.post(f"/admin/accounts/user/{staff['wang'].pk}/delete/", {"post": "yes"})

    assert User.objects.filter(username="wang").exists()


@pytest.mark.parametrize(("value", "found"), [("1", ["now"]), ("0", ["past", "to come"])])
def test_appointments_are_listed_by_whether_they_are_in_force_today(
    site: Client, staff: dict[str, Any], value: str, found: list[str]
) -> None:
    Appointment.objects.all().delete()
    for name, first, last in [("past", 2001, 2002), ("now", 2001, None), ("to come", 2999, None)]:
        Appointment.objects.create(
            user=User.objects.create_user(name),
            role=Role.AUDITOR,
            city=staff["taipei"],
            starts_on=dt.date(first, 1, 1),
            ends_on=dt.date(last, 1, 1) if last else None,
        )

    response = site.get(f"/admin/accounts/appointment/?in_force={value}")

    assert sorted(row.user.username for row in response.context["cl"].result_list) == found


def test_the_site_is_headed_by_its_name(site: Client) -> None:
    assert "DistrictPlans" in site.get("/admin/").content.decode()
