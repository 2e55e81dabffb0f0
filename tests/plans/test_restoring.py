"""A revision that is given up: everything stands again as the version in force has it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.enums import Role
from accounts.models import Appointment, User
from accounts.services import update_unit
from indicators.services import Step, set_baseline, set_milestones, update_indicator
from plans.document import Milestone, Target
from plans.item_forms import facts_of
from plans.models import Criterion, Framework, Item, Plan
from plans.queries.documents import plan_document
from plans.services import facts, readings
from plans.services.items import save_item, values_of
from tests.builders import make_holder, make_plan, make_user, node
from tests.plans.test_workflow import go, holders

pytestmark = pytest.mark.django_db
PROMISE = "全年辦理法律諮詢12場次。"


@pytest.fixture
def plan() -> Plan:
    return make_plan()


@pytest.fixture
def people(plan: Plan) -> dict[str, User]:
    return holders(plan)


def revise(plan: Plan, people: dict[str, User]) -> str:
    """Lead the plan to the beginning of a revision; return the text in force."""
    go(plan, people, "send_for_signature", "sign", "file", "take_in_hand", "approve", "revise")
    assert plan.in_force is not None
    return plan.in_force.content


def give_up(plan: Plan, people: dict[str, User]) -> str:
    go(plan, people, "give_up")
    return plan_document(Plan.objects.get(pk=plan.pk)).to_json()


def test_a_target_added_meanwhile_is_taken_off(plan: Plan, people: dict[str, User]) -> None:
    before = revise(plan, people)
    item = plan.items.get(text="服務台備有輪椅及老花眼鏡。")
    values = {"name": "新增", "value": None, "comparator": ">="}
    readings.add_target(plan.pk, item.uid, actor=make_user(), values=values)

    assert give_up(plan, people) == before


def test_a_target_taken_off_meanwhile_is_back(plan: Plan, people: dict[str, User]) -> None:
    before = revise(plan, people)
    item = plan.items.get(text=PROMISE)
    readings.unlink_target(plan.pk, item.uid, item.indicators.get().pk, actor=make_user())

    assert give_up(plan, people) == before


def test_a_target_renamed_and_changed_meanwhile_is_as_it_was(plan: Plan, people: dict[str, User]) -> None:
    before = revise(plan, people)
    item = plan.items.get(text=PROMISE)
    indicator = item.indicators.get()
    now = readings.values_of(indicator, indicator.targets.get(year=plan.year))
    readings.edit_target(
        plan.pk,
        item.uid,
        indicator.pk,
        actor=make_user(),
        base=now,
        values=now | {"name": "法律服務", "value": Decimal(15), "counted_in": "場"},
    )

    assert give_up(plan, people) == before
    assert item.indicators.get() == indicator


def test_units_are_found_under_the_names_they_bore(plan: Plan, people: dict[str, User]) -> None:
    revise(plan, people)
    unit = plan.district.units.get(name="民政課")
    update_unit(unit.pk, actor=make_user(), values={"name": "民政災防課"})
    item = plan.items.get(title="便民服務")
    save_item(plan.pk, item.uid, actor=make_user(), base=values_of(item), values={"units": []})

    give_up(plan, people)

    assert item.responsibilities.get().unit == unit


def test_framework_and_criteria_come_back(plan: Plan, people: dict[str, User]) -> None:
    city = plan.district.city
    first, second = (Framework.objects.create(city=city, name=name, first_year=2020) for name in "甲乙")
    criterion = Criterion.objects.create(framework=first, code="1", position=0, title="便民")
    Plan.objects.filter(pk=plan.pk).update(framework=first)
    Item.objects.filter(plan=plan, title="便民服務").update(criterion=criterion)
    before = revise(plan, people)
    now = facts_of(plan)
    facts.save_facts(plan.pk, actor=make_user(), base=now, values=now | {"framework": second.pk})

    assert give_up(plan, people) == before
    plan.refresh_from_db()
    assert (plan.framework, plan.items.get(title="便民服務").criterion) == (first, criterion)


def test_lines_that_stand_as_they_stood_leave_no_trace(plan: Plan, people: dict[str, User]) -> None:
    revise(plan, people)
    before = Item.history.filter(plan=plan).count()

    give_up(plan, people)

    assert Item.history.filter(plan=plan).count() == before


def test_a_plan_is_not_stuck_with_an_evaluator_who_left(plan: Plan, people: dict[str, User]) -> None:
    go(plan, people, "send_for_signature", "sign", "file", "take_in_hand")
    with pytest.raises(ValidationError):
        go(plan, people, "withdraw")
    Appointment.objects.filter(user=people[Role.EVALUATOR]).update(ends_on=dt.date(2020, 2, 1))
    other = people | {Role.EVALUATOR: make_holder(Role.EVALUATOR, plan.district.city)}

    go(plan, other, "take_in_hand", "approve")

    assert plan.in_force is not None


def test_how_a_target_is_read_and_its_milestones_are_as_they_were(people_of_steps) -> None:
    plan, people = people_of_steps
    before = revise(plan, people)
    item = plan.items.get(text="建置系統。")
    indicator = item.indicators.get()
    target = indicator.targets.get(year=plan.year)
    kept = target.milestones.get(title="啟用")
    steps = [Step("全部完成", dt.date(2026, 12, 31), Decimal(100), kept.pk)]
    set_milestones(target, steps, actor=make_user())
    values = {"frequency": "quarter", "direction": "more", "decimals": 3}
    update_indicator(indicator.pk, actor=make_user(), values=values)
    assert plan_document(plan).to_json() != before

    assert give_up(plan, people) == before
    assert [one.title for one in target.milestones.all()] == ["規劃", "啟用"]


@pytest.fixture
def people_of_steps() -> tuple[Plan, dict[str, User]]:
    steps = (Milestone("規劃", "2026-06-30", "40"), Milestone("啟用", "2026-11-30", "60"))
    promise = Target("建置系統。", "建置系統", "done", None, None, "", "milestones", milestones=steps)
    level = Target("8小時", "函復時間", "<=", "8", None, "小時", "latest", direction="less", start="16")
    lines = [
        node("target", "建置系統。", targets=(promise,)),
        node("target", "函復時間16小時→8小時。", targets=(level,)),
    ]
    plan = make_plan(chapters=(node("chapter", title="計畫內容", children=lines),))
    return plan, holders(plan)


def test_where_a_level_starts_is_as_it_was_and_last_years_result_stays_what_it_is(people_of_steps) -> None:
    plan, people = people_of_steps
    before = revise(plan, people)
    level = plan.items.get(text__startswith="函復").indicators.get()
    set_baseline(level, plan.year, Decimal(20), actor=make_user())

    assert give_up(plan, people) == before
    assert level.targets.get().baseline == 16
