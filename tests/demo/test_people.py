"""Who can sign in to the demonstration, and that nobody can where DEBUG is off."""

from __future__ import annotations

import pytest
from django.conf import settings as site
from django.contrib.auth import authenticate, get_user
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.enums import Role
from accounts.models import Appointment, Unit, User
from districtplans.demo.people import PASSWORD, PEOPLE
from districtplans.demo.places import DISTRICTS
from tests.demo.conftest import run

SECRETARY = "demo-sanmin-secretary"


def test_everyone_is_appointed_where_the_role_belongs(seeded: Settings) -> None:
    assert User.objects.filter(username__startswith="demo-").count() == len(PEOPLE)
    assert set(Appointment.objects.values_list("role", flat=True)) == set(Role.values)
    for demo in DISTRICTS:
        held = Appointment.objects.filter(district__name=demo.name, district__city__name=demo.city)
        assert {Role.SECRETARIAT, Role.DISTRICT_HEAD} <= set(held.values_list("role", flat=True))
        assert Unit.objects.get(district__name=demo.name, is_secretariat=True).name == "秘書室"
    names = "".join(User.objects.values_list("full_name", flat=True))
    assert set("堃喆瑠") <= set(names)
    assert not User.objects.filter(is_superuser=True).exists()


def test_the_command_prints_who_can_sign_in_and_with_what(seeded: Settings) -> None:
    said = run()

    assert [name for name in (person.username for person in PEOPLE) if name not in said] == []
    assert PASSWORD in said
    assert "高雄市三民區 社會課" in said


def sign_in(client: Client, username: str, password: str) -> bool:
    client.post(reverse("account_login"), {"login": username, "password": password})
    return bool(open_session(client))


def open_session(client: Client) -> str:
    """Who a request with the client's session would be made by, "" for nobody."""
    request = HttpRequest()
    request.session = client.session
    return get_user(request).get_username()


def test_people_sign_in_while_debug_is_on(seeded: Settings, client: Client) -> None:
    assert sign_in(client, SECRETARY, PASSWORD)


BACKENDS = list(site.AUTHENTICATION_BACKENDS)


@pytest.mark.parametrize("backends", [BACKENDS, BACKENDS[:1], BACKENDS[1:]])
@pytest.mark.parametrize("username", [SECRETARY, SECRETARY.upper()])
def test_sign_in_is_refused_where_debug_is_off(
    seeded: Settings, client: Client, backends: list[str], username: str
) -> None:
    seeded.DEBUG = False
    seeded.AUTHENTICATION_BACKENDS = backends
    User.objects.create_user("resident", password="real-password-1")

    response = client.post(reverse("account_login"), {"login": username, "password": PASSWORD})

    assert response.status_code == 200  # the form again, with its error
    assert "_auth_user_id" not in client.session
    assert authenticate(None, username=username, password=PASSWORD) is None
    assert sign_in(Client(), "resident", "real-password-1")


def test_an_open_session_ends_where_debug_goes_off(seeded: Settings, client: Client) -> None:
    client.post(reverse("account_login"), {"login": SECRETARY, "password": PASSWORD})
    assert open_session(client) == SECRETARY

    seeded.DEBUG = False

    assert open_session(client) == ""


def test_someone_switched_off_still_reads_why(seeded: Settings, client: Client) -> None:
    seeded.DEBUG = False
    User.objects.create_user("former", password="real-password-1", is_active=False)

    response = client.post(reverse("account_login"), {"login": "former", "password": "real-password-1"})

    assert response.headers["Location"] == reverse("account_inactive")
