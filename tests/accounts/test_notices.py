from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Notice, User
from accounts.notices import is_local, notify, read_notice, read_notices
from tests.builders import make_user

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def tell(*people: User, sender: User | None = None, at: dt.datetime = NOON, **values: Any) -> int:
    values = {"words": "Good day, %(name)s", "parameters": {"name": "甲"}, "address": "/plans/1/"} | values
    return notify([person.pk for person in people], sender=sender, at=at, **values)


def unread(person: User) -> list[str]:
    return [notice.parameters["name"] for notice in Notice.objects.filter(recipient=person).unread()]


def test_the_sender_is_never_told() -> None:
    one, other = make_user(), make_user()

    assert tell(one, other, sender=one) == 1

    assert (unread(one), len(unread(other))) == ([], 1)


def test_an_equal_notice_not_read_yet_is_renewed_and_not_doubled() -> None:
    person, sender = make_user(), make_user()
    tell(person)
    tell(person, parameters={"name": "乙"})
    tell(person, at=NOON + MINUTE, sender=sender)

    renewed, other = Notice.objects.filter(recipient=person)

    assert (renewed.sent_at, renewed.sender, renewed.parameters) == (NOON + MINUTE, sender, {"name": "甲"})
    assert (other.sent_at, other.parameters) == (NOON, {"name": "乙"})


def test_an_equal_notice_after_the_first_was_read_is_a_new_one() -> None:
    person = make_user()
    tell(person)
    read_notice(Notice.objects.get().pk, at=NOON)
    tell(person, at=NOON + MINUTE)

    assert len(unread(person)) == 1
    assert Notice.objects.count() == 2


@pytest.mark.parametrize("people", [2, 30])
def test_many_are_told_at_the_cost_of_one(people: int, django_assert_num_queries: Any) -> None:
    told = [make_user() for _ in range(people)]
    tell(told[0])

    with django_assert_num_queries(6):  # with the savepoint
        assert tell(*told) == people


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/",
        "//example.org/",
        "/\\example.org",
        "plans/1/",
        "javascript:alert(1)",
        "",
        "///x",
    ],
)
def test_a_notice_leads_nowhere_but_into_this_site(address: str, client: Client) -> None:
    person = make_user()
    with pytest.raises(ValueError, match="a page of this site"):
        tell(person, address=address)

    # Should one stand in the table all the same, it is not followed.
    notice = Notice.objects.create(recipient=person, words="x", address=address, sent_at=NOON)
    client.force_login(person)
    assert client.post(f"/notices/{notice.pk}/").headers["Location"] == "/notices/"


def test_paths_of_this_site_are_local() -> None:
    assert is_local("/plans/1/edit/#i-0a1b?x=//y")


def test_a_forgotten_parameter_fails_when_it_is_written() -> None:
    with pytest.raises(KeyError):
        tell(make_user(), parameters={"title": "甲"})


def test_reading_all_leaves_what_came_after_the_page() -> None:
    person = make_user()
    tell(person, parameters={"name": "seen"})
    tell(person, parameters={"name": "later"}, at=NOON + 2 * MINUTE)
    tell(make_user())

    assert read_notices(person, until=NOON + MINUTE, at=NOON + 3 * MINUTE) == 1

    assert unread(person) == ["later"]


def test_notice_open_marks_it_as_read_and_leads_to_its_address(client: Client) -> None:
    person = make_user()
    tell(person)
    notice = Notice.objects.get()
    client.force_login(person)

    first = client.post(f"/notices/{notice.pk}/")
    notice.refresh_from_db()
    read_at = notice.read_at
    client.post(f"/notices/{notice.pk}/")
    notice.refresh_from_db()

    assert first.headers["Location"] == "/plans/1/"
    assert notice.read_at == read_at is not None


def test_notice_open_of_another_person_does_not_exist(client: Client) -> None:
    tell(make_user())
    client.force_login(make_user(is_superuser=True))

    assert client.post(f"/notices/{Notice.objects.get().pk}/").status_code == 404
    assert Notice.objects.unread().count() == 1


def test_notice_list_shows_ones_own_in_the_readers_language(client: Client) -> None:
    person = make_user()
    tell(person, parameters={"name": "甲"})
    tell(make_user(), parameters={"name": "乙"})
    client.force_login(person)

    chinese = client.get("/notices/").content.decode()
    client.cookies.load({"django_language": "en"})
    english = client.get("/notices/").content.decode()

    assert "甲，您好" in chinese
    assert "Good day, 甲" in english
    assert "乙" not in chinese + english


def test_notice_list_marks_all_as_read_that_it_showed(client: Client) -> None:
    person = make_user()
    tell(person)
    client.force_login(person)
    until = client.get("/notices/").context["seen_until"]
    tell(person, parameters={"name": "later"}, at=timezone.now() + MINUTE)

    assert client.post("/notices/", {"until": until.isoformat()}).status_code == 302
    assert unread(person) == ["later"]
    client.post("/notices/", {"until": "some day"})
    assert unread(person) == ["later"]


@pytest.mark.parametrize("notices", [1, 3])
def test_notice_list_costs_the_same_for_any_number(
    client: Client, notices: int, django_assert_num_queries: Any
) -> None:
    person = make_user()
    for number in range(notices):
        tell(person, parameters={"name": str(number)}, sender=make_user())
    client.force_login(person)

    with django_assert_num_queries(4):
        response = client.get("/notices/")

    assert response.content.decode().count('class="notices__new"') == notices


def test_home_shows_the_newest_five_and_how_many_there_are(client: Client) -> None:
    person = make_user()
    for number in range(7):
        tell(person, parameters={"name": str(number)}, at=NOON + number * MINUTE)
    client.force_login(person)

    home = client.get("/").context["home"]

    assert home.unread == 7
    assert [notice.parameters["name"] for notice in home.notices] == list("65432")
    client.post("/notices/", {"until": timezone.now().isoformat()})
    assert (client.get("/").context["home"].notices, client.get("/").context["home"].unread) == ([], 0)
