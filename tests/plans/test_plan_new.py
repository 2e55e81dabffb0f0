from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from plans.enums import FrameworkStatus, PlanStatus
from plans.models import SERIES, Criterion, Framework, Plan
from plans.skeletons import USUAL
from tests.builders import (
    make_district,
    make_holder,
    make_plan,
    make_secretary,
    make_unit,
    node,
)

pytestmark = pytest.mark.django_db

NEW = "/plans/new/"


def place(plan_or_district: object, **values: object) -> dict[str, object]:
    district = getattr(plan_or_district, "district", plan_or_district)
    return {"district": district.pk, "year": 116, "series": SERIES} | values


def ways(response: object) -> list[str]:
    return list(response.context.get("ways", []))


def make_framework(city: object) -> Framework:
    framework = Framework.objects.create(
        city=city, name="評核架構", first_year=2020, status=FrameworkStatus.IN_FORCE, level_names="構面,指標"
    )
    Criterion.objects.create(framework=framework, code="1", position=1, title="優質便民服務", guidance="說明")
    return framework


# Choosing


@pytest.mark.parametrize("when", ["2026-12-31 23:30:00+08:00", "2027-01-01 00:30:00+08:00"])
def test_plan_new_proposes_the_year_after_the_newest_plan(client: Client, time_machine, when: str) -> None:
    time_machine.move_to(when, tick=False)
    plan = make_plan(year=2026)
    client.force_login(make_secretary(plan.district))

    response = client.get(NEW)

    assert response.context["place"] == {"district": plan.district, "year": 2027, "series": SERIES}
    assert ways(response) == ["earlier", "empty"]


def test_plan_new_proposes_no_year_that_is_past(client: Client, time_machine) -> None:
    time_machine.move_to("2027-01-01 00:30:00+08:00", tick=False)
    plan = make_plan(year=2020)
    client.force_login(make_secretary(plan.district))

    assert client.get(NEW).context["place"]["year"] == 2027


def test_plan_new_offers_only_the_districts_one_writes_for(client: Client) -> None:
    district, other = make_district(), make_district()
    client.force_login(make_secretary(district))

    offered = client.get(NEW).context["form"].fields["district"].choices
    assert offered == [(str(district.pk), district.agency_name)]
    response = client.post(NEW, place(other, way="empty"))
    assert "district" in response.context["form"].errors
    assert Plan.objects.count() == 0


def test_plan_new_offers_the_newest_earlier_plan_first_and_none_of_others(client: Client) -> None:
    old, new = make_plan(year=2024), None
    new = make_plan(old.district, year=2025)
    other_series = make_plan(old.district, year=2025, series="創意提案")
    make_plan(old.district, year=2026)
    make_plan(year=2025)
    client.force_login(make_secretary(old.district))

    form = client.get(NEW, place(old, year=115, series="第三系列")).context["ways"]["earlier"]
    assert [pk for pk, _label in form.fields["source"].choices] == [
        str(plan.pk) for plan in (other_series, new, old)
    ]
    form = client.get(NEW, place(old, year=115, series="創意提案")).context["ways"]["earlier"]
    assert form.fields["source"].choices[0][0] == str(other_series.pk)


def test_plan_new_offers_the_frameworks_in_force_of_the_city_alone(client: Client) -> None:
    district = make_district()
    framework = make_framework(district.city)
    make_framework(make_district().city)
    Framework.objects.create(city=district.city, name="舊", first_year=2010, last_year=2020)
    client.force_login(make_secretary(district))

    form = client.get(NEW, place(district)).context["ways"]["framework"]

    assert form.fields["framework"].choices == [(str(framework.pk), "評核架構")]


def test_plan_new_leads_to_the_plan_that_is_there_already(client: Client) -> None:
    plan = make_plan(year=2026)
    client.force_login(make_secretary(plan.district))

    for response in (
        client.get(NEW, place(plan, year=115)),
        client.post(NEW, place(plan, year=115, way="empty")),
    ):
        assert response.context["existing"] == plan
        assert ways(response) == []
        assert f'href="/plans/{plan.pk}/"' in response.content.decode()
    assert Plan.objects.count() == 1


def test_plan_new_leads_to_the_import_with_district_and_year(client: Client) -> None:
    district = make_district()
    client.force_login(make_secretary(district))

    page = client.get(NEW, place(district)).content.decode()

    assert f"/imports/new/?district={district.pk}&amp;year=116" in page


@pytest.mark.parametrize("year", ["", "0", "290", "甲"])
def test_plan_new_says_what_is_wrong_with_the_year(client: Client, year: str) -> None:
    district = make_district()
    client.force_login(make_secretary(district))

    response = client.get(NEW, place(district, year=year))

    assert "year" in response.context["form"].errors
    assert ways(response) == []


def test_plan_new_swaps_the_ways_alone(client: Client) -> None:
    district = make_district()
    client.force_login(make_secretary(district))

    page = client.get(NEW, place(district), headers={"hx-request": "true"}).content.decode()

    assert "<html" not in page
    assert "empty_chapters" in page


@pytest.mark.parametrize("plans", [1, 3])
def test_plan_new_costs_the_same_for_any_number_of_plans(
    client: Client, plans: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    district = make_district()
    make_framework(district.city)
    for number in range(plans):
        make_plan(district, year=2020 + number)
    client.force_login(make_secretary(district))

    with django_assert_num_queries(6):
        response = client.get(NEW)

    assert ways(response) == ["earlier", "framework", "empty"]
    assert len(response.context["ways"]["earlier"].fields["source"].choices) == plans


# Beginning


def test_plan_new_begins_with_the_chapters_ticked(client: Client) -> None:
    district = make_district()
    secretary = make_secretary(district)
    client.force_login(secretary)

    response = client.post(NEW, place(district, way="empty", chapters=["計畫依據", "其他"]))

    plan = Plan.objects.get()
    assert response.headers["Location"] == f"/plans/{plan.pk}/edit/"
    assert (plan.year, plan.series, plan.status) == (2027, SERIES, PlanStatus.DRAFT)
    assert [item.title for item in plan.items.order_by("position")] == ["計畫依據", "其他"]
    assert plan.history.get().history_user == secretary


def test_plan_new_begins_truly_empty_where_none_is_ticked(client: Client) -> None:
    district = make_district()
    client.force_login(make_secretary(district))

    client.post(NEW, place(district, way="empty"))

    assert Plan.objects.get().items.count() == 0


def test_plan_new_proposes_the_usual_chapters(client: Client) -> None:
    district = make_district()
    client.force_login(make_secretary(district))

    assert client.get(NEW).context["ways"]["empty"]["chapters"].value() == USUAL


def test_plan_new_begins_from_a_framework(client: Client) -> None:
    district = make_district()
    framework = make_framework(district.city)
    client.force_login(make_secretary(district))

    client.post(NEW, place(district, way="framework", framework=framework.pk, chapters=["計畫依據"]))

    plan = Plan.objects.get()
    assert plan.framework == framework
    assert [item.title for item in plan.items.order_by("pk")] == ["計畫依據", "計畫內容", "優質便民服務"]


def test_plan_new_refuses_a_framework_of_another_city(client: Client) -> None:
    district = make_district()
    make_framework(district.city)
    foreign = make_framework(make_district().city)
    client.force_login(make_secretary(district))

    response = client.post(NEW, place(district, way="framework", framework=foreign.pk))

    assert "framework" in response.context["ways"]["framework"].errors
    assert Plan.objects.count() == 0


def test_plan_new_leads_on_to_what_a_copy_changes(client: Client) -> None:
    plan = make_plan(year=2026)
    client.force_login(make_secretary(plan.district))

    response = client.post(NEW, place(plan, way="earlier", source=plan.pk, year=118))

    assert response.headers["Location"].startswith(f"/plans/{plan.pk}/copy/?year=118&series=")
    assert Plan.objects.count() == 1


def test_plan_new_refuses_to_copy_another_districts_plan(client: Client) -> None:
    plan, other = make_plan(year=2026), make_plan(year=2026)
    client.force_login(make_secretary(plan.district))

    response = client.post(NEW, place(plan, way="earlier", source=other.pk))

    assert "source" in response.context["ways"]["earlier"].errors
    assert client.post(f"/plans/{other.pk}/copy/").status_code == 404
    assert Plan.objects.count() == 2


def test_plan_new_begins_a_plan_once_when_pressed_twice(client: Client) -> None:
    district = make_district()
    client.force_login(make_secretary(district))

    first = client.post(NEW, place(district, way="empty"))
    second = client.post(NEW, place(district, way="empty"))

    assert (first.status_code, second.status_code) == (302, 200)
    assert second.context["existing"] == Plan.objects.get()


# From an earlier plan


def test_plan_copy_shows_what_will_change_and_writes_nothing(client: Client) -> None:
    plan = make_plan(year=2025, chapters=(node("chapter", text="114年度辦理，自114年起設站。"),))
    client.force_login(make_secretary(plan.district))

    response = client.get(f"/plans/{plan.pk}/copy/")

    page = response.content.decode()
    assert response.context["preview"].year == 2026
    assert "<del>114年度</del><ins>115年度</ins>" in page
    assert "<mark>114年</mark>起設站" in page
    assert Plan.objects.count() == 1


def test_plan_copy_makes_next_years_plan_and_opens_it(client: Client) -> None:
    plan = make_plan(year=2025, status=PlanStatus.APPROVED)
    client.force_login(make_secretary(plan.district))

    response = client.post(f"/plans/{plan.pk}/copy/")

    new = Plan.objects.get(year=2026)
    assert response.headers["Location"] == f"/plans/{new.pk}/edit/"
    assert (new.predecessor, new.status, new.items.count()) == (plan, PlanStatus.DRAFT, plan.items.count())


def test_plan_copy_takes_another_year_and_series(client: Client) -> None:
    plan = make_plan(year=2025)
    client.force_login(make_secretary(plan.district))

    client.post(f"/plans/{plan.pk}/copy/?year=118&series=創意提案")

    assert Plan.objects.filter(year=2029, series="創意提案", predecessor=plan).exists()


def test_plan_copy_refuses_a_year_that_is_not_later(client: Client) -> None:
    plan = make_plan(year=2025)
    client.force_login(make_secretary(plan.district))

    response = client.post(f"/plans/{plan.pk}/copy/?year=114")

    assert "year" in response.context["form"].errors
    assert Plan.objects.count() == 1


def test_plan_copy_leads_to_the_plan_that_is_there_already(client: Client) -> None:
    plan = make_plan(year=2025)
    next_plan = make_plan(plan.district, year=2026)
    client.force_login(make_secretary(plan.district))

    for response in (client.get(f"/plans/{plan.pk}/copy/"), client.post(f"/plans/{plan.pk}/copy/")):
        assert response.context["existing"] == next_plan
    assert Plan.objects.count() == 2


def test_plan_copy_names_units_that_are_gone_and_a_framework_out_of_force(client: Client) -> None:
    plan = make_plan(year=2025)
    framework = make_framework(plan.district.city)
    Framework.objects.update(last_year=2025)
    Plan.objects.filter(pk=plan.pk).update(framework=framework)
    successor = make_unit(plan.district, "人文課")
    plan.district.units.filter(name="民政課").update(ends_on=dt.date(2025, 12, 31), successor=successor)
    client.force_login(make_secretary(plan.district))

    preview = client.get(f"/plans/{plan.pk}/copy/").context["preview"]

    assert [(row.unit.name, row.successor, row.lines) for row in preview.gone] == [("民政課", successor, 1)]
    assert preview.framework_left_out == framework


@pytest.mark.parametrize("lines", [1, 3])
def test_plan_copy_costs_the_same_for_any_number_of_lines(
    client: Client, lines: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    below = [node(text=f"114年度第{number}項。") for number in range(lines)]
    plan = make_plan(year=2025, chapters=(node("chapter", title="內容", children=below),))
    client.force_login(make_secretary(plan.district))

    with django_assert_num_queries(13):
        response = client.get(f"/plans/{plan.pk}/copy/")

    assert len(response.context["preview"].replaced) == lines + 1


# The ways to these pages


def test_the_secretariat_finds_the_buttons_and_others_do_not(client: Client) -> None:
    plan = make_plan()
    unit = plan.district.units.get()
    pages = ("/plans/", f"/plans/{plan.pk}/", "/")

    client.force_login(make_secretary(plan.district))
    found = [client.get(page).content.decode() for page in pages]
    assert "/plans/new/" in found[0]
    assert f"/plans/{plan.pk}/copy/" in found[1]
    assert f"/plans/new/?district={plan.district_id}" in found[2]

    client.force_login(make_holder(Role.SECTION_CHIEF, unit))
    found = [client.get(page).content.decode() for page in pages]
    assert not any("/plans/new/" in page or "/copy/" in page for page in found)
