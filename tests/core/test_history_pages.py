from __future__ import annotations

import re
from html import unescape

import pytest
from django.contrib.admin.sites import site
from django.contrib.auth.models import Permission
from django.test import Client
from simple_history.admin import SimpleHistoryAdmin

from accounts.models import District, User
from core.admin import WordsOfChanges
from plans.models import Plan
from tests.builders import make_district, make_plan, make_user

pytestmark = pytest.mark.django_db


def test_an_old_state_is_looked_at_and_never_posted(client: Client) -> None:
    """Not even by a superuser: the form would save a plan that is closed, or only to be looked at."""
    plan = make_plan(title="現在的題目")
    client.force_login(make_user(is_superuser=True, is_staff=True))
    address = f"/admin/plans/plan/{plan.pk}/history/{plan.history.get().pk}/"
    values = {
        "title": "改過的題目",
        "district": plan.district_id,
        "series": plan.series,
        "year": plan.year,
        "status": plan.status,
        "scheme": plan.scheme,
        "column_heads": "{}",
    }

    assert client.get(address).status_code == 200
    assert client.post(address, values).status_code == 403
    assert Plan.objects.get().title == "現在的題目"


def test_who_may_only_look_at_people_makes_nobody_a_superuser(client: Client) -> None:
    person = make_user(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename="view_user"))
    client.force_login(person)
    history = User.history.get(id=person.pk, history_type="+")

    response = client.post(
        f"/admin/accounts/user/{person.pk}/history/{history.pk}/",
        {"username": person.username, "is_active": "on", "is_staff": "on", "is_superuser": "on"},
    )

    assert response.status_code == 403
    person.refresh_from_db()
    assert not person.is_superuser


def test_no_admin_lets_its_history_be_posted() -> None:
    with_history = [admin for admin in site._registry.values() if isinstance(admin, SimpleHistoryAdmin)]

    assert with_history
    assert [admin for admin in with_history if not admin.revert_disabled(None)] == []


def test_histories_share_one_class_and_keep_to_their_rows() -> None:
    one, other = make_district(), make_district()

    assert type(one.history) is type(other.history) is type(District.history)
    assert [row.name for row in one.history.all()] == [one.name]
    assert District.history.count() == 2


def test_what_was_chosen_is_told_in_words(client: Client) -> None:
    plan = make_plan(status="draft")
    plan.status = "approved"
    plan.save()
    client.force_login(make_user(is_superuser=True, is_staff=True))

    page = client.get(f"/admin/plans/plan/{plan.pk}/history/").content.decode()

    words = unescape(re.sub(r"<[^>]+>", " ", page))
    assert re.search(r"狀態\W+草擬\W+核定", words), words
    assert "approved" not in words


def test_every_history_tells_choices_in_words() -> None:
    with_history = [admin for admin in site._registry.values() if isinstance(admin, SimpleHistoryAdmin)]
    helpers = {type(one.get_historical_record_context_helper(None, None)) for one in with_history}
    assert helpers == {WordsOfChanges}


def test_the_admin_names_all_its_parts_in_chinese(client: Client) -> None:
    client.force_login(make_user(is_superuser=True, is_staff=True))
    page = client.get("/admin/").content.decode()
    assert "背景工作" in page
    assert "Tasks Database Backend" not in page
    assert "起日" in client.get("/admin/accounts/appointment/add/").content.decode()
