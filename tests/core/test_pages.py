from __future__ import annotations

import pytest
from django.test import Client

from tests.builders import make_district, make_secretary

pytestmark = pytest.mark.django_db


def test_live_and_ready_answer_in_plain_words(client: Client) -> None:
    assert client.get("/health/live/").content == b"alive\n"
    assert client.get("/health/ready/").status_code in (200, 503)


def test_the_site_speaks_chinese_whatever_the_browser_prefers(client: Client) -> None:
    response = client.get("/accounts/login/", headers={"accept-language": "en"})

    assert response.headers["Content-Language"] == "zh-hant"
    assert 'lang="zh-Hant-TW"' in response.content.decode()


def test_a_person_switches_to_english_and_back(client: Client) -> None:
    client.force_login(make_secretary(make_district()))

    client.post("/language/", {"language": "en", "next": "/"})
    assert '<html lang="en"' in client.get("/").content.decode()

    client.post("/language/", {"language": "zh-hant", "next": "/"})
    assert '<html lang="zh-Hant-TW"' in client.get("/").content.decode()


def test_every_answer_varies_on_htmx(client: Client) -> None:
    assert "HX-Request" in client.get("/about/").headers["Vary"]


def test_a_page_that_does_not_exist_says_so_in_words(client: Client) -> None:
    response = client.get("/nowhere/")

    assert response.status_code == 404
    assert 'href="/"' in response.content.decode()


def test_scripts_from_elsewhere_are_forbidden(client: Client) -> None:
    policy = client.get("/about/").headers["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
