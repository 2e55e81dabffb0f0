"""What the people of a unit may do with places: nothing of others is taken along, nothing put there."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from plans.document import UnitName
from plans.models import Item, Plan
from plans.permissions import can_edit_item, get_item_to_view, get_rights
from plans.queries.documents import plan_document
from plans.services.moving import remove_items
from tests.builders import make_district, make_holder, make_plan, make_secretary, make_unit, node

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    """Return a plan with a heading of each of two units, the second unit named below the first one's too."""
    district = make_district()
    for name in ("甲課", "乙課"):
        make_unit(district, name)
    inner = node("heading", title="組", children=[node(text="乙課一條", units=(UnitName("乙課"),))])
    lines = [node(text="一"), inner, node(text="乙課二條", units=(UnitName("乙課"),)), node(text="二")]
    lines += [node(text="三")]
    groups = [
        node("heading", title="甲業務", units=(UnitName("甲課"),), children=lines),
        node("heading", title="總務", children=[node(text="秘書室的")]),
    ]
    return make_plan(district, chapters=(node("chapter", title="章", children=groups),))


@pytest.fixture
def clerk(plan: Plan) -> User:
    return make_holder(Role.UNIT_STAFF, plan.district.units.get(name="甲課"))


def line(plan: Plan, words: str) -> Item:
    return next(item for item in plan.items.select_related("parent") if words in {item.title, item.text})


def post(client: Client, person: User, item: Item, action: str, **data: str) -> int:
    client.force_login(person)
    address = f"/plans/{item.plan_id}/items/{item.uid}/{action}/"
    return client.post(address, data, headers={"Accept": "application/json"}).status_code


def tree(plan: Plan) -> list[tuple[str, str]]:
    document = plan_document(plan)
    return [
        (node.title or node.text, child.title or child.text)
        for node in document.walk()
        for child in node.children
    ]


@pytest.mark.parametrize(
    ("words", "step"),
    [
        ("一", "out"),  # to where the secretariat arranges
        ("組", "out"),
        ("二", "in"),  # below a line of the other unit
    ],
)
def test_a_step_leads_no_line_to_where_its_unit_does_not_write(
    client: Client, plan: Plan, clerk: User, words: str, step: str
) -> None:
    before = tree(plan)

    assert post(client, clerk, line(plan, words), "step", step=step) == 422

    assert tree(plan) == before
    assert post(client, make_secretary(plan.district), line(plan, words), "step", step=step) == 200


def test_steps_among_a_unit_s_own_lines_are_taken(client: Client, plan: Plan, clerk: User) -> None:
    assert post(client, clerk, line(plan, "三"), "step", step="in") == 200
    assert post(client, clerk, line(plan, "三"), "step", step="out") == 200
    assert post(client, clerk, line(plan, "三"), "step", step="up") == 200


def test_a_line_with_lines_of_others_below_it_is_the_secretariat_s_to_delete(
    client: Client, plan: Plan, clerk: User
) -> None:
    assert post(client, clerk, line(plan, "組"), "delete") == 422
    assert line(plan, "乙課一條").removed_at is None
    assert post(client, clerk, line(plan, "一"), "delete") == 200


def test_a_unit_brings_back_no_heading_and_no_line_of_others(client: Client, plan: Plan, clerk: User) -> None:
    secretary = make_secretary(plan.district)
    remove_items(plan.pk, [line(plan, "組").uid], actor=secretary)
    assert post(client, clerk, line(plan, "組"), "bring-back") == 403
    assert f"{line(plan, '組').uid}/bring-back/" not in removed_page(client, plan, clerk)

    remove_items(plan.pk, [line(plan, "章").uid], actor=secretary)
    assert post(client, clerk, line(plan, "一"), "bring-back") == 403
    assert line(plan, "章").removed_at is not None


def removed_page(client: Client, plan: Plan, person: User) -> str:
    client.force_login(person)
    return client.get(f"/plans/{plan.pk}/removed/").content.decode()


def test_a_unit_that_is_named_beside_all_units_writes_by_every_rule(plan: Plan, clerk: User) -> None:
    today = timezone.localdate()
    heading = line(plan, "甲業務")
    heading.all_units = True
    heading.save()
    item = get_item_to_view(clerk, plan.pk, line(plan, "一").uid, on=today)

    assert can_edit_item(clerk, item, on=today)
    assert str(item.uid) in get_rights(clerk, plan, plan_document(plan), on=today).writes


def test_the_city_learns_of_a_filed_plan_neither_who_is_at_it_nor_what_was_taken_out(
    client: Client, plan: Plan, clerk: User
) -> None:
    attachment = plan.attachments.create(
        position=0, title="草稿", file="x.txt", file_name="x.txt", size=1, removed_at=timezone.now()
    )
    Plan.objects.filter(pk=plan.pk).update(status="submitted")
    client.force_login(make_holder(Role.EVALUATOR, plan.district.city))

    assert client.get(f"/plans/{plan.pk}/").status_code == 200
    assert client.post(f"/plans/{plan.pk}/presence/").status_code == 404
    assert client.get(f"/plans/{plan.pk}/attachments/{attachment.pk}/").status_code == 404
