"""Kept versions and comparisons as pages."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import District
from plans.enums import PlanStatus, VersionKind
from plans.models import Item, Plan, PlanVersion
from plans.queries.comparing import predecessors
from plans.queries.documents import plan_document
from plans.services.versions import keep_version
from tests.builders import (
    make_city,
    make_district,
    make_holder,
    make_plan,
    make_secretary,
    make_unit,
    make_user,
    node,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    return make_plan()


def keep(plan: Plan, name: str = "初稿") -> PlanVersion:
    return keep_version(plan.pk, actor=make_user(), name=name)


def reword(plan: Plan, text: str = "服務台備有輪椅及拐杖。") -> None:
    plan.items.filter(text__startswith="服務台").update(text=text)


def page(client: Client, plan: Plan, **sides: str) -> str:
    response = client.get(f"/plans/{plan.pk}/compare/?{urlencode(sides)}")
    assert response.status_code == 200
    return response.content.decode()


def last_year(district: District, *, year: int = 2025) -> Plan:
    return make_plan(district, year=year)


# -- versions -----------------------------------------------------------------------------------------


def test_a_version_is_kept_listed_and_read(client: Client, plan: Plan) -> None:
    client.force_login(make_secretary(plan.district))

    answer = client.post(f"/plans/{plan.pk}/versions/keep/", {"name": "送審前"}, follow=True)
    reword(plan, "服務台改在門口。")

    assert answer.redirect_chain == [(f"/plans/{plan.pk}/versions/", 302)]
    assert "送審前" in answer.content.decode()
    kept = client.get(f"/plans/{plan.pk}/versions/1/").content.decode()
    assert "服務台備有輪椅及老花眼鏡。" in kept
    assert "服務台改在門口。" not in kept


def test_a_version_that_cannot_be_kept_says_why_and_keeps_the_name(client: Client, plan: Plan) -> None:
    client.force_login(make_secretary(plan.district))
    keep(plan)

    answer = client.post(f"/plans/{plan.pk}/versions/keep/", {"name": "又一次"})

    assert answer.status_code == 422
    assert 'value="又一次"' in answer.content.decode()
    assert PlanVersion.objects.count() == 1


def test_only_the_secretariat_keeps_versions(client: Client, plan: Plan) -> None:
    client.force_login(make_holder(Role.UNIT_STAFF, make_unit(plan.district)))

    assert "versions/keep/" not in client.get(f"/plans/{plan.pk}/versions/").content.decode()
    assert client.post(f"/plans/{plan.pk}/versions/keep/", {"name": "初稿"}).status_code == 403
    assert not PlanVersion.objects.exists()


def test_the_city_sees_versions_that_were_filed_and_no_drafts(client: Client, plan: Plan) -> None:
    draft = keep(plan)
    filed = store(plan, number=2, kind=VersionKind.FILED)
    Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.SUBMITTED)
    client.force_login(make_holder(Role.EVALUATOR, plan.district.city))

    listed = client.get(f"/plans/{plan.pk}/versions/").content.decode()

    assert [f"/versions/{version.number}/" in listed for version in (draft, filed)] == [False, True]
    assert client.get(f"/plans/{plan.pk}/versions/{draft.number}/").status_code == 404
    assert client.get(f"/plans/{plan.pk}/versions/{filed.number}/").status_code == 200
    assert client.get(f"/plans/{plan.pk}/compare/?with=version:{draft.number}").status_code == 404
    assert client.get(f"/plans/{plan.pk}/compare/?with=version:{filed.number}").status_code == 200


def store(plan: Plan, **values: Any) -> PlanVersion:
    """Write a version past the service: filed, or with a content that is not its own."""
    content = plan_document(plan).to_json()
    usual = {"number": 1, "content": content, "sha256": hashlib.sha256(content.encode()).hexdigest()}
    return PlanVersion.objects.create(
        plan=plan, made_by=make_user(), made_at=timezone.now(), **(usual | values)
    )


def keep_after_change(plan: Plan) -> PlanVersion:
    reword(plan)
    return keep(plan, "二稿")


def test_a_version_of_another_plan_is_not_found_by_its_number(client: Client, plan: Plan) -> None:
    other = last_year(plan.district)
    keep(other)
    client.force_login(make_secretary(plan.district))

    assert client.get(f"/plans/{plan.pk}/versions/1/").status_code == 404


def test_an_altered_and_an_unreadable_version_say_so(client: Client, plan: Plan) -> None:
    content = plan_document(plan).to_json()
    store(plan, number=1)
    store(plan, number=2, content=content.replace("輪椅", "輪倚"))
    store(plan, number=3, content="{}")
    client.force_login(make_secretary(plan.district))

    def shown(number: int) -> tuple[bool, bool]:
        answer = client.get(f"/plans/{plan.pk}/versions/{number}/").content.decode()
        return '<p class="alert alert-danger"' in answer, 'class="sheet"' in answer

    assert [shown(number) for number in (1, 2, 3)] == [(False, True), (True, True), (True, False)]
    assert client.get(f"/plans/{plan.pk}/compare/?with=version:3").status_code == 302


@pytest.mark.parametrize("versions", [1, 3])
def test_the_list_costs_the_same_for_any_number_of_versions(
    client: Client, plan: Plan, versions: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(versions):
        reword(plan, f"服務台{number}。")
        keep(plan, f"第{number}次")
    client.force_login(make_secretary(plan.district))

    with django_assert_num_queries(3):
        answer = client.get(f"/plans/{plan.pk}/versions/")

    assert len(answer.context["versions"]) == versions


# -- comparison ---------------------------------------------------------------------------------------


def test_a_version_is_compared_with_the_present(client: Client, plan: Plan) -> None:
    keep(plan)
    reword(plan)
    client.force_login(make_secretary(plan.district))

    shown = page(client, plan, **{"with": "version:1"})

    assert "服務台備有輪椅及<ins>拐杖</ins>。" in shown
    assert "服務台備有輪椅及<del>老花眼鏡</del>。" in shown
    assert "文字修正。" in shown
    assert "第1版「初稿」" in shown


def test_what_is_unchanged_is_folded_until_all_is_asked_for(client: Client, plan: Plan) -> None:
    keep(plan)
    reword(plan)
    client.force_login(make_secretary(plan.district))

    assert "每週二延長服務時間。" not in page(client, plan, **{"with": "version:1"})
    assert "每週二延長服務時間。" in page(client, plan, **{"with": "version:1", "all": "1"})


def test_any_two_versions_are_compared(client: Client, plan: Plan) -> None:
    keep(plan)
    keep_after_change(plan)
    reword(plan, "服務台還在別處。")
    client.force_login(make_secretary(plan.district))

    shown = page(client, plan, of="version:2", **{"with": "version:1"})

    assert "<ins>拐杖</ins>" in shown
    assert "還在別處" not in shown


def test_the_same_on_both_sides_says_so(client: Client, plan: Plan) -> None:
    keep(plan)
    client.force_login(make_secretary(plan.district))

    assert "兩者內容相同" in page(client, plan, **{"with": "version:1"})


def test_last_years_plan_is_what_a_plan_is_compared_with_first(client: Client, plan: Plan) -> None:
    keep(plan)
    older, before = last_year(plan.district, year=2024), last_year(plan.district)
    client.force_login(make_secretary(plan.district))
    address = f"/plans/{plan.pk}/compare/"

    assert client.get(address).context["choice"].old.plan == before
    Plan.objects.filter(pk=plan.pk).update(predecessor=older)
    assert client.get(address).context["choice"].old.plan == older


def test_the_last_version_is_compared_with_where_there_is_no_other_plan(client: Client, plan: Plan) -> None:
    client.force_login(make_secretary(plan.district))
    address = f"/plans/{plan.pk}/compare/"
    assert client.get(address).context["choice"].old is None

    keep(plan)
    keep_after_change(plan)
    assert client.get(address).context["choice"].old.key == "version:2"


def test_a_version_of_another_years_plan_may_be_chosen(client: Client, plan: Plan) -> None:
    before = last_year(plan.district)
    keep(before)
    reword(before, "服務台去年如此。")
    client.force_login(make_secretary(plan.district))

    shown = page(client, plan, **{"with": f"plan:{before.pk}:1"})

    assert "114年度計畫第1版「初稿」" in shown
    assert "去年如此" not in shown


@pytest.mark.parametrize("side", ["with", "of"])
@pytest.mark.parametrize("key", ["version:9", "plan:999999", "nonsense", "version:1:2"])
def test_a_side_that_is_not_there_is_not_found(client: Client, plan: Plan, side: str, key: str) -> None:
    client.force_login(make_secretary(plan.district))

    assert client.get(f"/plans/{plan.pk}/compare/?{urlencode({side: key})}").status_code == 404


def test_an_unseen_plan_cannot_be_compared_with(client: Client, plan: Plan) -> None:
    neighbour = make_plan(make_district(plan.district.city))
    client.force_login(make_secretary(plan.district))

    assert client.get(f"/plans/{neighbour.pk}/compare/").status_code == 404
    assert client.get(f"/plans/{plan.pk}/compare/?with=plan:{neighbour.pk}").status_code == 404


def test_the_city_compares_filed_plans_and_no_drafts(client: Client) -> None:
    district = make_district(make_city())
    filed, draft = make_plan(district, status=PlanStatus.SUBMITTED), last_year(district)
    approved = make_plan(district, year=2024, status=PlanStatus.APPROVED)
    client.force_login(make_holder(Role.EVALUATOR, district.city))

    assert client.get(f"/plans/{filed.pk}/compare/?with=plan:{approved.pk}").status_code == 200
    assert client.get(f"/plans/{filed.pk}/compare/?with=plan:{draft.pk}").status_code == 404


def test_links_lead_to_every_change(client: Client, plan: Plan) -> None:
    keep(plan)
    reword(plan)
    client.force_login(make_secretary(plan.district))
    item = plan.items.get(text__startswith="服務台")

    shown = page(client, plan, **{"with": "version:1"})

    assert f'href="#c-{item.uid}"' in shown
    assert f'id="c-{item.uid}"' in shown


def test_what_people_wrote_is_escaped(client: Client, plan: Plan) -> None:
    keep(plan, "<b>名</b>")
    reword(plan, "服務台<script>alert(1)</script>")
    client.force_login(make_secretary(plan.district))

    shown = page(client, plan, **{"with": "version:1"})

    assert "<script>alert" not in shown
    assert "<b>名" not in shown


@pytest.mark.parametrize("items", [1, 30])
@pytest.mark.parametrize("with_versions", [False, True])
def test_the_comparison_costs_the_same_for_any_number_of_items(
    client: Client, items: int, with_versions: bool, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    district = make_district()
    lines = [node(text=f"第{number}項工作。") for number in range(items)]
    plan = make_plan(district, chapters=(node("chapter", title="內容", children=lines),))
    before = make_plan(district, year=2025, chapters=(node("chapter", title="別的"),))
    sides = {"with": f"plan:{before.pk}"}
    if with_versions:
        keep(plan)
        plan.items.filter(kind="action").update(text="改了。")
        keep(plan, "二稿")
        sides = {"of": "version:2", "with": "version:1"}
    client.force_login(make_secretary(district))

    with django_assert_num_queries(6 if with_versions else 15):
        page(client, plan, **sides)


# -- what is known of the lines -----------------------------------------------------------------------


def test_predecessors_are_followed_over_several_years_and_both_ways(plan: Plan) -> None:
    older, before = last_year(plan.district, year=2024), last_year(plan.district)
    lines = [one.items.get(text__startswith="服務台") for one in (plan, before, older)]
    for later, earlier in pairwise(lines):
        Item.objects.filter(pk=later.pk).update(predecessor=earlier)
    new, middle, old = (str(line.uid) for line in lines)

    assert predecessors(plan, before) == {new: middle}
    assert predecessors(plan, older) == {new: old}
    assert predecessors(older, plan) == {old: new}
    assert predecessors(plan, plan) == {}


def test_a_line_is_known_by_its_predecessor_whatever_it_says(client: Client, plan: Plan) -> None:
    before = last_year(plan.district)
    line = plan.items.get(text__startswith="服務台")
    Item.objects.filter(pk=line.pk).update(
        text="面目全非。", predecessor=before.items.get(text__startswith="服務台")
    )
    client.force_login(make_secretary(plan.district))

    shown = page(client, plan, **{"with": f"plan:{before.pk}"})

    assert "<ins>面目全非。</ins>" in shown
    assert "本項新增。" not in shown


def test_an_unchanged_copy_of_last_year_differs_in_its_title_alone(client: Client, plan: Plan) -> None:
    before = last_year(plan.district)
    client.force_login(make_secretary(plan.district))

    response = client.get(f"/plans/{plan.pk}/compare/?with=plan:{before.pk}")

    assert replace(response.context["sheet"].new.facts, title="", year=0) == replace(
        response.context["sheet"].old.facts, title="", year=0
    )
    assert response.context["summary"] == "計畫名稱及其他記載修正1處；其餘7項未修正。"
