from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Unit
from indicators.models import Indicator, YearlyTarget
from plans.document import UnitName
from plans.enums import PlanStatus
from plans.models import Criterion, Framework, Item, Plan
from plans.queries.documents import plan_document
from plans.services.plans import create_plan, replace_items, restore_replaced
from tests.builders import (
    make_district,
    make_document,
    make_plan,
    make_unit,
    make_user,
    node,
    sample_group,
    sample_roster,
)

pytestmark = pytest.mark.django_db


def test_create_plan_writes_the_document_as_it_is() -> None:
    district = make_district()
    make_unit(district, "民政課")
    chapters = (
        node("chapter", title="計畫內容", children=[sample_group()]),
        node("chapter", title="管考", children=[sample_roster()]),
    )
    document = make_document(district, chapters=chapters, sign_off=("填表人：",), note="四月前完成審定。")

    plan = create_plan(document, district=district, actor=make_user())

    assert plan_document(plan) == document


def test_create_plan_names_the_writer_in_the_history_of_every_row() -> None:
    actor = make_user()
    district = make_district()

    plan = create_plan(make_document(district), district=district, actor=actor)

    assert plan.history.get().history_user == actor
    assert set(Item.history.values_list("history_user", flat=True)) == {actor.pk}
    assert Item.history.count() == Item.objects.count()


def test_create_plan_adds_units_the_district_does_not_have() -> None:
    district = make_district()

    create_plan(make_document(district), district=district, actor=make_user())

    assert list(Unit.objects.filter(district=district).values_list("name", flat=True)) == ["民政課"]


def test_create_plan_knows_units_by_their_short_names() -> None:
    district = make_district()
    unit = make_unit(district, "民政及人文課", short_names="民政課, 人文課")

    create_plan(make_document(district), district=district, actor=make_user())

    assert list(Unit.objects.filter(district=district)) == [unit]
    assert unit.responsibilities.count() == 1


def test_create_plan_keeps_the_numbers_promised() -> None:
    plan = make_plan()

    target = YearlyTarget.objects.get()
    assert (target.value, target.year, target.quote) == (12, plan.year, "全年辦理法律諮詢12場次。")
    assert Indicator.objects.get().items.get().kind == "target"


def test_create_plan_links_items_to_the_criteria_of_its_framework() -> None:
    district = make_district()
    framework = Framework.objects.create(city=district.city, name="架構", first_year=2020)
    criterion = Criterion.objects.create(framework=framework, code="1.2", position=2, title="服務流程")
    chapter = node("chapter", title="內容", children=[node("heading", title="流程", criterion="1.2")])
    document = make_document(district, chapters=(chapter,))

    plan = create_plan(document, district=district, actor=make_user(), framework=framework)

    assert Item.objects.get(criterion=criterion).title == "流程"
    facts = replace(document.facts, framework="架構")
    assert plan_document(plan) == replace(document, facts=facts)


def test_a_district_has_one_plan_of_a_series_and_year() -> None:
    district = make_district()
    make_plan(district)

    with pytest.raises(ValidationError, match="115"):
        create_plan(make_document(district), district=district, actor=make_user())

    assert Plan.objects.count() == 1


def test_a_refused_plan_leaves_nothing_behind() -> None:
    district = make_district()
    long = node("chapter", title="內容", units=(UnitName("課" * 41),))

    with pytest.raises(ValidationError):
        create_plan(make_document(district, chapters=(long,)), district=district, actor=make_user())

    assert (Plan.objects.count(), Item.objects.count(), Unit.objects.count()) == (0, 0, 0)


def test_replace_items_keeps_what_it_replaces_and_can_be_undone() -> None:
    plan = make_plan()
    before = plan_document(plan)
    other = make_document(plan.district, title="改寫後的計畫", chapters=(node("chapter", title="新的一章"),))

    replace_items(plan.pk, other, actor=make_user())
    plan.refresh_from_db()
    assert plan_document(plan) == other

    restore_replaced(plan.pk, actor=make_user())
    plan.refresh_from_db()
    assert plan_document(plan) == before

    restore_replaced(plan.pk, actor=make_user())
    plan.refresh_from_db()
    assert plan_document(plan) == other


@pytest.mark.parametrize(
    "status", [PlanStatus.SIGNING, PlanStatus.SUBMITTED, PlanStatus.APPROVED, PlanStatus.CLOSED]
)
def test_a_plan_that_is_not_open_cannot_be_replaced(status: str) -> None:
    plan = make_plan(status=status)
    before = plan_document(plan)

    with pytest.raises(ValidationError):
        replace_items(plan.pk, make_document(plan.district, chapters=()), actor=make_user())

    assert plan_document(plan) == before


def test_nothing_to_bring_back_is_said_in_words() -> None:
    with pytest.raises(ValidationError):
        restore_replaced(make_plan().pk, actor=make_user())
