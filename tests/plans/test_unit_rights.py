"""What the people of a unit may do with places: nothing of others is taken along, nothing put there."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from indicators.models import Indicator
from plans.document import UnitName
from plans.models import Item, Plan
from plans.permissions import can_edit_item, get_item_to_view, get_rights, indicators_of_others
from plans.queries.documents import plan_document
from plans.services.moving import remove_items
from tests.builders import make_district, make_holder, make_plan, make_secretary, make_unit, node
from tests.plans.indicator_rows import make_indicator, show_in_plan

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


def test_a_line_that_is_gone_takes_no_step(client: Client, plan: Plan, clerk: User) -> None:
    remove_items(plan.pk, [line(plan, "三").uid], actor=make_secretary(plan.district))

    for step in ("in", "out", "up"):
        assert post(client, clerk, line(plan, "三"), "step", step=step) == 422


def test_pieces_of_the_sheet_are_for_those_who_write_in_it(client: Client, plan: Plan, clerk: User) -> None:
    """The editor asks for them by themselves."""
    address = f"/plans/{plan.pk}/edit/?pieces=i-{line(plan, '一').uid}"
    found = {}
    for name, person in (
        ("unit", clerk),
        ("secretariat", make_secretary(plan.district)),
        ("a unit without a line", make_holder(Role.UNIT_STAFF, make_unit(plan.district, "丙課"))),
        ("head", make_holder(Role.DISTRICT_HEAD, plan.district)),
        ("another district", make_secretary(make_district())),
    ):
        client.force_login(person)
        found[name] = client.get(address).status_code
    Plan.objects.filter(pk=plan.pk).update(status="signing")
    client.force_login(clerk)
    found["unit, while it is signed"] = client.get(address).status_code

    assert found == {
        "unit": 200,
        "secretariat": 200,
        "a unit without a line": 403,
        "head": 403,
        "another district": 404,
        "unit, while it is signed": 403,
    }


class TestIndicatorsOfOthers:
    """An indicator that lines of other units show too is not one unit's to change."""

    @pytest.fixture
    def indicator(self, plan: Plan) -> Indicator:
        indicator = make_indicator(plan.district)
        line(plan, "一").indicators.add(indicator)
        return indicator

    def others(self, plan: Plan, person: User, asked: Indicator, *more: Indicator) -> set[int]:
        today = timezone.localdate()
        item = get_item_to_view(person, plan.pk, line(plan, "一").uid, on=today)
        keys = [one.pk for one in (asked, *more)]
        return indicators_of_others(person, item, on=today, indicators=keys)

    def test_that_of_one_s_own_lines_alone_is_not_theirs(
        self, plan: Plan, clerk: User, indicator: Indicator
    ) -> None:
        line(plan, "二").indicators.add(indicator)

        assert self.others(plan, clerk, indicator) == set()

    def test_a_line_of_another_unit_counts_as_long_as_it_stands(
        self, plan: Plan, clerk: User, indicator: Indicator
    ) -> None:
        line(plan, "乙課二條").indicators.add(indicator)
        assert self.others(plan, clerk, indicator) == {indicator.pk}
        assert self.others(plan, make_secretary(plan.district), indicator) == set()

        remove_items(plan.pk, [line(plan, "乙課二條").uid], actor=make_secretary(plan.district))
        assert self.others(plan, clerk, indicator) == set()

    @pytest.mark.parametrize(("later", "counts"), [(0, True), (1, False)])
    def test_other_plans_of_the_year_count_and_those_of_other_years_do_not(
        self, plan: Plan, clerk: User, indicator: Indicator, later: int, counts: bool
    ) -> None:
        show_in_plan(indicator, plan.year + later, series="另一計畫", units=(UnitName("乙課"),))

        assert self.others(plan, clerk, indicator) == ({indicator.pk} if counts else set())

    def test_only_what_is_asked_for_is_told(self, plan: Plan, clerk: User, indicator: Indicator) -> None:
        other = make_indicator(plan.district, "另一指標")
        for one in (indicator, other):
            line(plan, "乙課二條").indicators.add(one)

        assert self.others(plan, clerk, other) == {other.pk}
        assert self.others(plan, clerk, indicator, other) == {indicator.pk, other.pk}


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
