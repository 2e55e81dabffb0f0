from __future__ import annotations

from urllib.parse import unquote

import pytest
from django.core import mail
from django.test import Client

from tests.builders import make_user

pytestmark = pytest.mark.django_db


def sign_in(client: Client, username: str, password: str) -> bool:
    client.post("/accounts/login/", {"login": username, "password": password})
    return "_auth_user_id" in client.session


def test_the_right_password_signs_in(client: Client) -> None:
    assert sign_in(client, make_user().username, "right-password")


def test_whoever_signs_in_is_greeted_by_full_name(client: Client) -> None:
    user = make_user()
    data = {"login": user.username, "password": "right-password"}

    page = client.post("/accounts/login/", data, follow=True).content.decode()

    assert f"{user.full_name}，您已登入。" in page
    assert user.username not in page


def test_the_wrong_password_does_not(client: Client) -> None:
    assert not sign_in(client, make_user().username, "wrong-password")


def test_the_admin_has_no_sign_in_of_its_own_that_would_count_no_attempts(client: Client) -> None:
    root = make_user(is_staff=True, is_superuser=True)
    names = {"username": root.username, "password": "right-password"}

    for answer in (client.get("/admin/plans/"), client.post("/admin/login/?next=/admin/plans/", names)):
        assert answer.status_code == 302
        assert "_auth_user_id" not in client.session
    assert unquote(answer.headers["Location"]) == "/accounts/login/?next=/admin/plans/"

    data = {"login": root.username, "password": "right-password", "next": "/admin/"}
    assert client.post("/accounts/login/", data, follow=True).redirect_chain[-1][0] == "/admin/"


def test_the_admin_refuses_who_may_not_enter_it(client: Client) -> None:
    client.force_login(make_user())
    assert client.get("/admin/", follow=True).status_code == 403


def test_an_account_switched_off_does_not_sign_in(client: Client) -> None:
    assert not sign_in(client, make_user(is_active=False).username, "right-password")


def test_nobody_signs_up(client: Client) -> None:
    client.post(
        "/accounts/signup/",
        {"username": "new", "password1": "long-enough-1", "password2": "long-enough-1", "email": "a@b.tw"},
    )

    assert "_auth_user_id" not in client.session
    assert "帳號" in client.get("/accounts/signup/").content.decode()


def test_signing_out_needs_the_button(client: Client) -> None:
    client.force_login(make_user())

    client.get("/accounts/logout/")
    assert "_auth_user_id" in client.session

    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_a_forgotten_password_is_set_anew_by_mail(client: Client) -> None:
    user = make_user(email="wang@example.tw")

    client.post("/accounts/password/reset/", {"email": "wang@example.tw"})
    (message,) = mail.outbox
    path = next(word for word in message.body.split() if "/password/reset/key/" in word).split("testserver")[
        1
    ]
    form = client.get(path, follow=True)
    response = client.post(
        form.redirect_chain[-1][0], {"password1": "another-good-one-7", "password2": "another-good-one-7"}
    )

    assert response.status_code == 302
    assert sign_in(Client(), user.username, "another-good-one-7")


def test_a_mail_address_nobody_has_is_not_told(client: Client) -> None:
    response = client.post("/accounts/password/reset/", {"email": "nobody@example.tw"})

    assert response.headers["Location"] == "/accounts/password/reset/done/"


def test_one_changes_ones_own_password(client: Client) -> None:
    user = make_user()
    client.force_login(user)

    client.post(
        "/accounts/password/change/",
        {
            "oldpassword": "right-password",
            "password1": "another-good-one-7",
            "password2": "another-good-one-7",
        },
    )

    assert sign_in(Client(), user.username, "another-good-one-7")
