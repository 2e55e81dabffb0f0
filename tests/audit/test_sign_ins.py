"""Events of signing in and out, and of passwords, written by the real action over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.enums import Role
from accounts.models import Appointment, District, User
from core.enums import AuditKind
from core.models import AuditEvent
from tests.audit.told import entered, events, the, where, who
from tests.builders import (
    LONG_AGO,
    make_city,
    make_holder,
    make_secretary,
    make_user,
)

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def test_signing_in(client: Client, district: District) -> None:
    user = make_holder(Role.SECRETARIAT, district)
    names = {"login": user.username, "password": "right-password"}

    client.post(LOGIN, names, headers={"X-Forwarded-For": "198.51.100.9"}, REMOTE_ADDR="203.0.113.7")

    event = the(AuditKind.SIGN_IN)
    assert (who(event), where(event)) == ((user.pk, user.username), (district.city_id, district.pk))
    assert (event.name, event.client) == (user.full_name, "203.0.113.7")


def test_behind_a_proxy_the_address_is_the_one_the_proxy_saw(client: Client, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    user = make_user()
    seen = {"X-Forwarded-For": "192.0.2.1, 203.0.113.7"}

    client.post(LOGIN, {"login": user.username, "password": "right-password"}, headers=seen)

    assert the(AuditKind.SIGN_IN).client == "203.0.113.7"


def test_a_sign_in_is_told_to_every_city_of_the_person_and_to_the_last_one_of_who_has_none(
    client: Client, district: District
) -> None:
    user, other = make_holder(Role.SECRETARIAT, district), make_city()
    Appointment.objects.create(user=user, role=Role.EVALUATOR, city=other, starts_on=LONG_AGO)
    client.force_login(user)
    places = {where(event) for event in events(AuditKind.SIGN_IN)}
    assert places == {(district.city_id, district.pk), (other.pk, None)}

    Appointment.objects.update(ends_on=dt.date(2021, 1, 1))
    client.force_login(user)
    assert {where(event) for event in events(AuditKind.SIGN_IN)[2:]} == places

    Appointment.objects.filter(city=other).update(ends_on=None)
    client.force_login(user)
    assert [where(event) for event in events(AuditKind.SIGN_IN)[4:]] == [(other.pk, None)]


@pytest.mark.parametrize(("is_active", "reason"), [(True, "password"), (False, "inactive")])
def test_failing_to_sign_in(client: Client, district: District, is_active: bool, reason: str) -> None:
    user = make_secretary(district)
    User.objects.filter(pk=user.pk).update(is_active=is_active)
    password = "wrong-password" if is_active else "right-password"

    client.post(LOGIN, {"login": user.username, "password": password})

    event = the(AuditKind.SIGN_IN_FAILED)
    assert (who(event), where(event)) == ((None, user.username), (district.city_id, district.pk))
    assert (event.subject, event.key, event.details) == ("accounts.user", user.pk, {"reason": reason})
    assert password not in str(vars(event))
    assert events(AuditKind.SIGN_IN) == []


def test_a_name_that_is_no_account(client: Client) -> None:
    client.post(LOGIN, {"login": "nobody\x00", "password": "secret-word-7"})
    assert events(AuditKind.SIGN_IN_FAILED) == []  # a NUL is refused by the form
    client.post(LOGIN, {"login": "nobody", "password": "secret-word-7"})
    event = events(AuditKind.SIGN_IN_FAILED)[-1]
    assert (who(event), where(event), event.key) == ((None, "nobody"), (None, None), None)
    assert event.details == {"reason": "unknown"}
    assert "secret-word-7" not in str(vars(event))


def test_too_many_attempts(client: Client, secretary: User) -> None:
    for _ in range(6):
        client.post(LOGIN, {"login": secretary.username, "password": "wrong-password"})

    reasons = [event.details["reason"] for event in events(AuditKind.SIGN_IN_FAILED)]
    assert reasons == ["password"] * 5 + ["limit"]
    assert events(AuditKind.SIGN_IN_FAILED)[-1].city is not None


@pytest.mark.parametrize("page", ["/accounts/logout/", "/admin/logout/"])
def test_signing_out(client: Client, district: District, secretary: User, page: str) -> None:
    User.objects.filter(pk=secretary.pk).update(is_staff=True)
    entered(client, secretary).post(page)

    event = the(AuditKind.SIGN_OUT)
    assert (who(event), where(event)) == (
        (secretary.pk, secretary.username),
        (district.city_id, district.pk),
    )
    client.post("/accounts/logout/")
    assert len(events(AuditKind.SIGN_OUT)) == 1


def test_passwords(client: Client, secretary: User, root: User) -> None:
    User.objects.filter(pk=secretary.pk).update(email="wang@example.tw", is_staff=True)
    new = {"password1": "another-good-one-7", "password2": "another-good-one-7"}
    entered(client, secretary).post("/accounts/password/change/", {"oldpassword": "right-password", **new})
    event = the(AuditKind.PASSWORD)
    assert (event.details, event.actor, event.key) == ({"how": "changed"}, secretary.pk, secretary.pk)
    assert client.get("/admin/password_change/").headers["Location"] == "/accounts/password/change/"

    client.post("/accounts/password/reset/", {"email": "wang@example.tw"})
    link = next(text for text in str(mail.outbox[0].body).split() if "/reset/key/" in text)
    form = client.get(link.split("testserver")[1], follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "yet-another-one-8", "password2": "yet-another-one-8"})

    entered(client, root)
    address = f"/admin/accounts/user/{secretary.pk}/password/"
    client.post(address, {"usable_password": "true", "password1": "short", "password2": "short"})
    assert events(AuditKind.PASSWORD) == []
    client.post(address, {"usable_password": "true", **new})
    client.post(address, {"usable_password": "false", "unset-password": "1", **new})
    found = events(AuditKind.PASSWORD)
    assert [event.details for event in found] == [{"how": "set"}, {"how": "removed"}]
    assert {(event.actor, event.key) for event in found} == {(root.pk, secretary.pk)}
    assert "another" not in str([vars(event) for event in AuditEvent.objects.all()])


def test_a_password_set_by_the_link_in_a_mail(client: Client, secretary: User) -> None:
    User.objects.filter(pk=secretary.pk).update(email="wang@example.tw")
    client.post("/accounts/password/reset/", {"email": "wang@example.tw"})
    link = next(text for text in str(mail.outbox[0].body).split() if "/reset/key/" in text)
    form = client.get(link.split("testserver")[1], follow=True).redirect_chain[-1][0]

    client.post(form, {"password1": "yet-another-one-8", "password2": "yet-another-one-8"})

    event = the(AuditKind.PASSWORD)
    assert (event.details, event.actor) == ({"how": "reset"}, secretary.pk)
