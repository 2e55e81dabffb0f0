"""What services must bear: clocks that stand still, numbers out of any column, names that clash."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from indicators.models import YearlyTarget
from plans.document import PlanDocument, Target
from plans.models import Plan
from plans.queries.documents import plan_document
from plans.services.plans import create_plan, replace_items, restore_replaced
from tests.builders import (
    make_district,
    make_document,
    make_plan,
    make_secretary,
    make_unit,
    make_user,
    node,
    sample_group,
)

pytestmark = pytest.mark.django_db


def document_called(plan: Plan, name: str) -> PlanDocument:
    chapter = node("chapter", title=f"{name}章", children=[node(text=f"{name}的一句話。")])
    heads = ((chapter.uid, ("項", "點", "單位")),)
    return make_document(plan.district, title=name, chapters=(chapter,), column_heads=heads)


def test_replacements_within_one_tick_of_the_clock_are_undone_one_by_one() -> None:
    actor = make_user()
    with time_machine.travel(dt.datetime(2026, 3, 1, tzinfo=dt.UTC), tick=False):
        plan = make_plan()
        first, second = document_called(plan, "甲"), document_called(plan, "乙")
        replace_items(plan.pk, first, actor=actor)
        replace_items(plan.pk, second, actor=actor)
        for expected in (first, second, first):
            restore_replaced(plan.pk, actor=actor)
            plan.refresh_from_db()
            assert plan_document(plan) == expected


def test_a_clock_set_back_between_two_replacements_mixes_nothing_up() -> None:
    plan, actor = make_plan(), make_user()
    first, second = document_called(plan, "甲"), document_called(plan, "乙")
    replace_items(plan.pk, first, actor=actor)
    with time_machine.travel(dt.datetime(2020, 3, 1, tzinfo=dt.UTC)):
        replace_items(plan.pk, second, actor=actor)
        restore_replaced(plan.pk, actor=actor)

    plan.refresh_from_db()
    assert plan_document(plan) == first


@pytest.mark.parametrize("points", ["99999.999", "100000", "-1", "NaN", "Infinity", "1E+9"])
def test_what_are_no_points_is_said_in_words(points: str) -> None:
    district = make_district()
    chapter = node("chapter", title="內容", points=points, points_text="分")

    with pytest.raises(ValidationError, match="99,999"):
        create_plan(make_document(district, chapters=(chapter,)), district=district, actor=make_user())


@pytest.mark.parametrize(
    ("value", "value_max", "kept"),
    [
        ("12345678901234567890", None, (None, None)),
        ("9999999999999999.9999", None, (None, None)),
        ("99999999999.9999", None, ("99999999999.9999", None)),
        ("9999999999999990", None, ("9999999999999990", None)),
        ("0.00001", None, (None, None)),
        ("1E+3", None, ("1000", None)),
        ("NaN", None, (None, None)),
        ("20", "10", ("10", "20")),
    ],
)
def test_a_number_no_column_holds_leaves_its_quote(
    value: str, value_max: str | None, kept: tuple[str | None, str | None]
) -> None:
    district = make_district()
    reading = Target("全年辦理很多場次。", "場次", ">=", value, value_max, "場次", "sum")
    chapter = node("chapter", title="內容", children=[node("target", reading.quote, targets=(reading,))])

    plan = create_plan(make_document(district, chapters=(chapter,)), district=district, actor=make_user())

    assert YearlyTarget.objects.get().quote == reading.quote
    target = next(target for line in plan_document(plan).walk() for target in line.targets)
    assert (target.value, target.value_max) == kept


def test_a_units_own_name_goes_before_the_short_name_of_another() -> None:
    district = make_district()
    make_unit(district, "綜合課", short_names="民政課", order=1)
    unit = make_unit(district, "民政課", order=2)

    plan = create_plan(
        make_document(district, chapters=(node("chapter", title="內容", children=[sample_group()]),)),
        district=district,
        actor=make_user(),
    )

    assert [row.unit for item in plan.items.all() for row in item.responsibilities.all()] == [unit]


@pytest.mark.parametrize("facts", [{"series": "計" * 61}, {"year": 60_000}, {"year": 1900}])
def test_facts_no_column_holds_are_refused(facts: dict[str, object]) -> None:
    district = make_district()

    with pytest.raises(ValidationError):
        create_plan(make_document(district, **facts), district=district, actor=make_user())

    assert Plan.objects.count() == 0


def test_retired_items_cost_a_page_nothing() -> None:
    plan, actor = make_plan(), make_user()
    replace_items(plan.pk, document_called(plan, "甲"), actor=actor)
    plan.refresh_from_db()

    found = plan_document(plan)

    assert [target for line in found.walk() for target in line.targets] == []
    assert [unit for line in found.walk() for unit in line.units] == []


def test_a_search_of_thousands_of_words_is_answered(client: Client) -> None:
    plan = make_plan()
    client.force_login(make_secretary(plan.district))

    response = client.get("/plans/", {"q": " ".join([*"計畫"] * 750)})

    assert [found.pk for found in response.context["page"]] == [plan.pk]
