from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from plans.enums import PlanStatus
from tests.builders import (
    make_city,
    make_district,
    make_document,
    make_holder,
    make_plan,
    make_secretary,
    make_unit,
    make_user,
    node,
)

pytestmark = pytest.mark.django_db


def titles(client: Client, query: str = "") -> list[str]:
    return [plan.title for plan in client.get(f"/plans/{query}").context["page"]]


def test_the_list_shows_the_own_districts_plans_and_no_others(client: Client) -> None:
    plan, other = make_plan(), make_plan()
    client.force_login(make_secretary(plan.district))

    assert titles(client) == [plan.title]
    assert client.get(f"/plans/{plan.pk}/").status_code == 200
    assert client.get(f"/plans/{other.pk}/").status_code == 404


def test_a_list_of_several_pages_has_each_plan_once_in_its_order(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    district = make_district()
    for year in (2023, 2024, 2026):
        for series in ("甲", "乙"):
            make_plan(district, year=year, series=series, title=f"{year}{series}")
    client.force_login(make_secretary(district))
    whole = titles(client)
    assert [title[:4] for title in whole] == ["2026"] * 2 + ["2024"] * 2 + ["2023"] * 2

    monkeypatch.setattr("plans.views.reading.PLANS_PER_PAGE", 4)
    assert [titles(client, f"?page={page}") for page in (1, 2, 3)] == [whole[:4], whole[4:], whole[4:]]
    assert [titles(client, f"?page={page}&q=甲") for page in (1, 2)] == [
        [one for one in whole if "甲" in one]
    ] * 2


def test_an_evaluator_sees_a_plan_from_filing_on(client: Client) -> None:
    draft = make_plan()
    filed = make_plan(make_district(draft.district.city), status=PlanStatus.SUBMITTED)
    elsewhere = make_plan(status=PlanStatus.SUBMITTED)
    client.force_login(make_holder(Role.EVALUATOR, draft.district.city))

    assert titles(client) == [filed.title]
    assert client.get(f"/plans/{draft.pk}/").status_code == 404
    assert client.get(f"/plans/{elsewhere.pk}/").status_code == 404


def test_an_appointment_counts_only_on_its_days(client: Client) -> None:
    plan = make_plan()
    yesterday = dt.date.today() - dt.timedelta(days=2)  # noqa: DTZ011 -- two days away from any midnight
    client.force_login(make_holder(Role.SECRETARIAT, plan.district, until=yesterday))

    assert titles(client) == []


def test_unit_staff_see_their_districts_plans(client: Client) -> None:
    plan = make_plan()
    client.force_login(make_holder(Role.UNIT_STAFF, make_unit(plan.district)))

    assert titles(client) == [plan.title]


def test_a_superuser_without_appointment_sees_no_plan(client: Client) -> None:
    plan = make_plan()
    client.force_login(make_user(is_superuser=True, is_staff=True))

    assert titles(client) == []
    assert client.get(f"/plans/{plan.pk}/").status_code == 404


def test_search_folds_variants_and_width(client: Client) -> None:
    district = make_district(make_city("臺東市"), "海端區")
    plan = make_plan(district)
    make_plan(district, year=2024)
    client.force_login(make_secretary(district))

    assert len(titles(client, "?q=台東市海端")) == 2
    assert titles(client, "?q=１１５+提昇") == [plan.title]
    assert titles(client, "?q=沒有這個") == []


def test_filters_narrow_by_year_district_and_state(client: Client) -> None:
    district = make_district()
    new = make_plan(district)
    old = make_plan(district, year=2025, status=PlanStatus.SUBMITTED)
    client.force_login(make_secretary(district))

    assert titles(client) == [new.title, old.title]
    assert titles(client, "?year=2025") == [old.title]
    assert titles(client, "?status=submitted") == [old.title]
    assert titles(client, f"?district={district.pk}&year=2026") == [new.title]
    assert titles(client, "?year=nonsense") == [new.title, old.title]


def test_htmx_gets_the_table_alone(client: Client) -> None:
    client.force_login(make_secretary(make_plan().district))

    assert "<html" not in client.get("/plans/", headers={"hx-request": "true"}).content.decode()


@pytest.mark.parametrize("items", [1, 30])
def test_the_plan_page_costs_the_same_for_any_number_of_items(
    client: Client, items: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    district = make_district()
    lines = [node(text=f"第{number}項工作。") for number in range(items)]
    plan = make_plan(district, chapters=(node("chapter", title="內容", children=lines),))
    client.force_login(make_secretary(district))

    with django_assert_num_queries(8):
        response = client.get(f"/plans/{plan.pk}/")

    assert response.content.decode().count('class="item hang') == items


@pytest.mark.parametrize("plans", [1, 3])
def test_the_list_costs_the_same_for_any_number_of_plans(
    client: Client, plans: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    district = make_district()
    for number in range(plans):
        make_plan(district, year=2020 + number)
    client.force_login(make_secretary(district))

    with django_assert_num_queries(4):
        response = client.get("/plans/")

    assert response.content.decode().count('<th scope="row">') == plans


def test_text_is_escaped(client: Client) -> None:
    district = make_district()
    plan = make_plan(district, chapters=(node("chapter", title="<script>alert(1)</script>"),))
    client.force_login(make_secretary(district))

    page = client.get(f"/plans/{plan.pk}/").content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_restore_brings_the_replaced_lines_back(client: Client) -> None:
    from plans.services.plans import replace_items

    plan = make_plan()
    secretary = make_secretary(plan.district)
    replace_items(
        plan.pk, make_document(plan.district, chapters=(node("chapter", title="新章"),)), actor=secretary
    )
    client.force_login(secretary)
    assert "新章" in client.get(f"/plans/{plan.pk}/").content.decode()

    client.post(f"/plans/{plan.pk}/restore/")

    page = client.get(f"/plans/{plan.pk}/").content.decode()
    assert "新章" not in page
    assert "計畫依據" in page
