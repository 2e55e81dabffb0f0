"""Indicators written apart from a plan's lines: what plans hold, what others changed, what is taken away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from accounts.models import District, User
from indicators.models import Indicator, YearlyTarget
from indicators.services import FIELDS, Step, retire_indicator
from plans.enums import PlanStatus
from plans.models import Item, Plan
from plans.queries.documents import plan_document
from plans.services import indicators
from plans.services.readings import StaleTarget
from tests.builders import make_district, make_unit, make_user
from tests.plans.indicator_rows import make_indicator, promise, show_in_plan

pytestmark = pytest.mark.django_db

CLOSED = [PlanStatus.SIGNING, PlanStatus.SUBMITTED, PlanStatus.APPROVED, PlanStatus.CLOSED]


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def actor() -> User:
    return make_user()


@pytest.fixture
def district() -> District:
    return make_district()


def now_of(indicator: Indicator) -> dict[str, Any]:
    indicator.refresh_from_db()
    return {name: getattr(indicator, name) for name in FIELDS}


def change(indicator: Indicator, actor: User, **values) -> Indicator:
    base = now_of(indicator)
    return indicators.save_indicator(indicator.pk, actor=actor, base=base, values=base | values)


def write_year(indicator: Indicator, year: int, actor: User, **values) -> YearlyTarget:
    base = indicators.values_of_year(indicator.targets.filter(year=year).first())
    return indicators.save_year(indicator.pk, year, actor=actor, base=base, values=base | values)


def revision(plan: Plan) -> int:
    return Plan.objects.get(pk=plan.pk).revision


# How an indicator is read


def test_what_is_changed_is_written_and_open_plans_are_told(district, actor) -> None:
    indicator = make_indicator(district)
    plan = show_in_plan(indicator, 2026)
    other = show_in_plan(indicator, 2027)
    before = revision(plan), revision(other)

    change(indicator, actor, name="法扶諮詢", frequency="quarter")

    assert (now_of(indicator)["name"], now_of(indicator)["frequency"]) == ("法扶諮詢", "quarter")
    assert (revision(plan), revision(other)) == (before[0] + 1, before[1] + 1)
    line = Item.objects.get(plan=plan, indicators=indicator)
    assert line.changed_in == revision(plan)
    assert indicator.history.order_by("history_id").last().history_user == actor


def test_saving_what_stands_tells_nobody(district, actor) -> None:
    indicator = make_indicator(district)
    plan = show_in_plan(indicator, 2026)
    before = revision(plan)

    change(indicator, actor)

    assert revision(plan) == before
    assert indicator.history.count() == 1


def test_what_others_changed_meanwhile_is_kept_and_the_same_field_is_refused(district, actor) -> None:
    indicator = make_indicator(district)
    base = now_of(indicator)
    change(indicator, make_user(), decimals=1, numerator_name="件數")

    indicators.save_indicator(indicator.pk, actor=actor, base=base, values=base | {"name": "新名"})
    assert (now_of(indicator)["name"], now_of(indicator)["decimals"]) == ("新名", 1)

    with pytest.raises(StaleTarget) as stale:
        indicators.save_indicator(indicator.pk, actor=actor, base=base, values=base | {"decimals": 2})
    assert stale.value.fields == ("decimals",)


@pytest.mark.parametrize("status", CLOSED)
@pytest.mark.parametrize("field", ["name", "comparator", "counted_in", "decimals"])
def test_what_a_closed_plan_promises_stays_as_it_is_read(district, actor, status, field) -> None:
    indicator = make_indicator(district)
    show_in_plan(indicator, 2026, status=status)
    values = {"name": "別的", "comparator": "<=", "counted_in": "人次", "decimals": 1}

    with pytest.raises(ValidationError, match="can be changed in a revision"):
        change(indicator, actor, **{field: values[field]})

    assert indicator.history.count() == 1


def test_no_plan_holds_who_answers_nor_what_the_parts_are_called(district, actor) -> None:
    indicator = make_indicator(district)
    plan = show_in_plan(indicator, 2026, status=PlanStatus.APPROVED)
    before = plan_document(plan).to_json()
    unit = make_unit(district)

    change(indicator, actor, unit=unit, numerator_name="如期件數", denominator_name="應結件數")

    assert now_of(indicator)["unit"] == unit
    assert plan_document(Plan.objects.get(pk=plan.pk)).to_json() == before


def test_a_plan_to_come_frees_what_an_earlier_one_in_force_promises(district, actor) -> None:
    indicator = make_indicator(district)
    show_in_plan(indicator, 2026, status=PlanStatus.APPROVED)
    show_in_plan(indicator, 2027)

    change(indicator, actor, name="新名")

    assert now_of(indicator)["name"] == "新名"


@pytest.mark.parametrize("status", [PlanStatus.SIGNING, PlanStatus.SUBMITTED])
def test_a_plan_that_is_with_head_or_city_holds_it_whatever_comes_later(district, actor, status) -> None:
    indicator = make_indicator(district)
    show_in_plan(indicator, 2026, status=status)
    show_in_plan(indicator, 2027)

    with pytest.raises(ValidationError, match="revision"):
        change(indicator, actor, name="新名")


# Targets of years


def test_the_targets_of_a_year_are_written_and_confirmed(district, actor) -> None:
    indicator = make_indicator(district)
    promise(indicator, 2027, "10", is_proposal=True)

    write_year(indicator, 2026, actor, value=Decimal(12), quote="12場次")
    write_year(indicator, 2027, actor, value=Decimal(14))
    write_year(indicator, 2028, actor)

    assert list(indicator.targets.values_list("year", "value", "is_proposal")) == [
        (2026, 12, False),
        (2027, 14, False),
        (2028, None, False),
    ]


@pytest.mark.parametrize("status", CLOSED)
def test_a_closed_plan_holds_the_value_of_its_year_alone(district, actor, status) -> None:
    indicator = make_indicator(district)
    promise(indicator, 2026, "12")
    show_in_plan(indicator, 2026, status=status)

    with pytest.raises(ValidationError, match="of 115 promises it"):
        write_year(indicator, 2026, actor, value=Decimal(15))
    write_year(indicator, 2027, actor, value=Decimal(15))

    assert dict(indicator.targets.values_list("year", "value")) == {2026: 12, 2027: 15}


def test_last_years_result_is_filled_in_once_under_a_closed_plan(district, actor) -> None:
    indicator = make_indicator(district, counted_in="%", baseline="last_year")
    promise(indicator, 2026, "5", is_proposal=True)
    plan = show_in_plan(indicator, 2026, status=PlanStatus.APPROVED)
    before = plan_document(plan).to_json()

    target = write_year(indicator, 2026, actor, baseline=Decimal(1000))
    assert (target.baseline, target.is_proposal) == (1000, True)
    with pytest.raises(ValidationError, match="promises it"):
        write_year(indicator, 2026, actor, baseline=Decimal(900))

    assert plan_document(Plan.objects.get(pk=plan.pk)).to_json() == before


def test_a_year_somebody_else_wrote_meanwhile_is_not_written_over(district, actor) -> None:
    indicator = make_indicator(district)
    base = indicators.values_of_year(None)
    write_year(indicator, 2026, make_user(), value=Decimal(12))

    values = base | {"value": Decimal(15)}
    with pytest.raises(StaleTarget) as stale:
        indicators.save_year(indicator.pk, 2026, actor=actor, base=base, values=values)

    assert stale.value.fields == ("value",)


@pytest.mark.parametrize("year", [1911, 1989, 2101])
def test_a_year_far_away_is_refused(district, actor, year) -> None:
    with pytest.raises(ValidationError, match="near this one"):
        write_year(make_indicator(district), year, actor, value=Decimal(1))


def test_a_retired_indicator_gets_no_new_years_but_those_it_has_are_written(district, actor) -> None:
    indicator = make_indicator(district)
    promise(indicator, 2026, "12")
    retire_indicator(indicator.pk, actor=actor, on=dt.date(2026, 11, 1))

    write_year(indicator, 2026, actor, value=Decimal(13))
    with pytest.raises(ValidationError, match="is retired"):
        write_year(indicator, 2027, actor, value=Decimal(13))


def test_a_year_no_plan_shows_can_be_taken_away(district, actor) -> None:
    indicator = make_indicator(district)
    promise(indicator, 2026, "12")
    promise(indicator, 2027, "12")
    show_in_plan(indicator, 2026)

    indicators.take_year_away(indicator.pk, 2027, actor=actor)
    with pytest.raises(ValidationError, match="Take it off the line"):
        indicators.take_year_away(indicator.pk, 2026, actor=actor)

    assert list(indicator.targets.values_list("year", flat=True)) == [2026]


# Milestones, deleting


def test_milestones_of_a_year_a_plan_holds_stay(district, actor) -> None:
    indicator = make_indicator(district, comparator="done", aggregation="milestones", counted_in="")
    promise(indicator, 2026, None)
    steps = [Step("啟用", dt.date(2026, 6, 30), Decimal(100))]
    plan = show_in_plan(indicator, 2026)

    before = revision(plan)
    indicators.save_milestones(indicator.pk, 2026, steps, actor=actor)
    assert revision(plan) == before + 1

    Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.APPROVED)
    with pytest.raises(ValidationError, match="promises it"):
        indicators.save_milestones(indicator.pk, 2026, [], actor=actor)
    with pytest.raises(ValidationError, match="no target for this year"):
        indicators.save_milestones(indicator.pk, 2027, steps, actor=actor)

    assert indicator.targets.get().milestones.count() == 1


def test_only_what_nothing_uses_is_deleted(district, actor) -> None:
    unused, promised, shown = (make_indicator(district, name) for name in "甲乙丙")
    promise(promised, 2026, "1")
    plan = show_in_plan(shown, 2026)
    Item.objects.filter(plan=plan).update(removed_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))

    assert [indicators.is_removable(one) for one in (unused, promised, shown)] == [True, False, False]
    indicators.remove_indicator(unused.pk, actor=actor)
    for indicator in (promised, shown):
        with pytest.raises(ValidationError, match="so it stays"):
            indicators.remove_indicator(indicator.pk, actor=actor)

    assert set(Indicator.objects.all()) == {promised, shown}
