from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from indicators.models import Indicator, Milestone, YearlyTarget
from indicators.services import (
    FIELDS,
    Step,
    bring_back_indicator,
    create_indicator,
    delete_indicator,
    delete_target,
    retire_indicator,
    set_baseline,
    set_milestones,
    set_target,
    update_indicator,
)
from tests.builders import make_district, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


def make_indicator(**values) -> Indicator:
    values = {"name": "法律諮詢", "counted_in": "場次"} | values
    return create_indicator(values.pop("district", None) or make_district(), actor=make_user(), **values)


def test_an_indicator_and_its_target_name_the_person_in_their_history() -> None:
    clerk, chief = make_user(), make_user()
    indicator = create_indicator(make_district(), actor=clerk, name=" 法律  諮詢 ", counted_in="場次")
    set_target(indicator, 2026, actor=clerk, value=Decimal(12), quote="法律諮詢12場次")
    target = set_target(indicator, 2026, actor=chief, value=Decimal(15), quote="法律諮詢15場次")

    assert indicator.name == "法律 諮詢"
    assert indicator.history.get().history_user == clerk
    assert list(target.history.order_by("history_id").values_list("value", "history_user")) == [
        (Decimal(12), clerk.pk),
        (Decimal(15), chief.pk),
    ]


def test_what_does_not_change_leaves_no_trace() -> None:
    indicator = make_indicator()
    target = set_target(indicator, 2026, actor=make_user(), value=Decimal(12), quote="12場次")
    set_target(indicator, 2026, actor=make_user(), value=Decimal("12.00"), quote="12場次 ")
    update_indicator(indicator.pk, actor=make_user(), values={"name": indicator.name, "unit": None})

    assert target.history.count() == 1
    assert indicator.history.count() == 1


def test_only_the_fields_given_are_written() -> None:
    indicator = make_indicator(per="month")
    update_indicator(indicator.pk, actor=make_user(), values={"comparator": "<="})

    indicator.refresh_from_db()
    assert (indicator.name, indicator.comparator, indicator.per) == ("法律諮詢", "<=", "month")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "長" * 201}, "name"),
        ({"counted_in": "場" * 21}, "counted_in"),
        ({"comparator": "about"}, "comparator"),
        ({"aggregation": "guess"}, "aggregation"),
        ({"direction": "up"}, "direction"),
        ({"per": "century"}, "per"),
        ({"frequency": "now and then"}, "frequency"),
        ({"baseline": "long ago"}, "baseline"),
        ({"numerator_name": "長" * 101}, "numerator_name"),
        ({"decimals": 5}, "decimals"),
        ({"decimals": -1}, "decimals"),
        ({"comparator": "done"}, "aggregation"),
        ({"aggregation": "done"}, "comparator"),
    ],
)
def test_what_an_indicator_cannot_be_is_refused_at_its_field(values, field) -> None:
    with pytest.raises(ValidationError) as refused:
        make_indicator(**values)

    assert list(refused.value.message_dict) == [field]
    assert not Indicator.objects.exists()


def test_a_unit_of_another_district_is_refused() -> None:
    indicator = make_indicator()

    with pytest.raises(ValidationError, match="not one of the district"):
        update_indicator(indicator.pk, actor=make_user(), values={"unit": make_unit(make_district())})


@pytest.mark.parametrize(
    ("comparator", "value", "value_max", "field"),
    [
        ("done", "1", None, "value"),
        ("between", "12", None, "value_max"),
        ("between", "12", "10", "value_max"),
        (">=", "12", "15", "value_max"),
        (">=", "1E16", None, "value"),
        (">=", "0.00001", None, "value"),
        (">=", "1234567890123.4567", None, "value"),
        (">=", "Infinity", None, "value"),
    ],
)
def test_a_value_that_does_not_go_or_could_not_be_kept_is_refused(
    comparator, value, value_max, field
) -> None:
    aggregation = "done" if comparator == "done" else "sum"
    indicator = make_indicator(comparator=comparator, aggregation=aggregation)

    with pytest.raises(ValidationError) as refused:
        set_target(
            indicator,
            2026,
            actor=make_user(),
            value=Decimal(value),
            value_max=None if value_max is None else Decimal(value_max),
            quote="",
        )

    assert list(refused.value.message_dict) == [field]
    assert not YearlyTarget.objects.exists()


def test_a_large_number_comes_back_as_it_was_given() -> None:
    indicator = make_indicator()
    set_target(indicator, 2026, actor=make_user(), value=Decimal("12345678901.2345"), quote="")

    assert indicator.targets.get().value == Decimal("12345678901.2345")


def test_an_indicator_with_a_target_of_any_year_stays() -> None:
    clerk = make_user()
    indicator = make_indicator()
    target = set_target(indicator, 2024, actor=clerk, value=None, quote="")

    with pytest.raises(ValidationError, match="other years"):
        delete_indicator(indicator, actor=clerk)

    delete_target(target, actor=clerk)
    delete_indicator(indicator, actor=clerk)
    assert not Indicator.objects.exists()
    assert YearlyTarget.history.first().history_user == clerk
    assert Indicator.history.first().history_user == clerk


def test_writing_to_an_indicator_that_is_gone_says_so() -> None:
    indicator = make_indicator()
    Indicator.objects.all().delete()

    with pytest.raises(ValidationError, match="no longer there"):
        update_indicator(indicator.pk, actor=make_user(), values={"name": "x"})


def test_every_column_of_an_indicator_can_be_written_but_where_it_belongs_and_whether_it_is_retired() -> None:
    columns = {field.name for field in Indicator._meta.fields}

    assert set(FIELDS) == columns - {"id", "district", "retired_on"}


@pytest.mark.parametrize(("aggregation", "decimals"), [("ratio", 2), ("mean", 2), ("sum", 0), ("latest", 0)])
def test_shares_and_means_are_told_with_decimals_unless_it_is_said_otherwise(aggregation, decimals) -> None:
    assert make_indicator(aggregation=aggregation).decimals == decimals
    assert make_indicator(aggregation=aggregation, decimals=1).decimals == 1


def test_a_change_that_makes_comparison_and_result_disagree_is_refused() -> None:
    indicator = make_indicator()

    with pytest.raises(ValidationError, match="simply done"):
        update_indicator(indicator.pk, actor=make_user(), values={"comparator": "done"})

    update_indicator(indicator.pk, actor=make_user(), values={"comparator": "done", "aggregation": "done"})


# Milestones


def make_stepped(**values) -> YearlyTarget:
    indicator = make_indicator(comparator="done", aggregation="milestones", counted_in="", **values)
    return set_target(indicator, 2026, actor=make_user(), value=None, quote="")


def step(title: str, weight: str, month: int = 6, key: int | None = None) -> Step:
    return Step(title, dt.date(2026, month, 30), Decimal(weight), key)


def shown(target: YearlyTarget) -> list[tuple[int, str, Decimal]]:
    return list(target.milestones.values_list("position", "title", "weight"))


def test_milestones_are_written_in_order_and_changed_in_their_rows() -> None:
    target, clerk = make_stepped(), make_user()
    first, second = set_milestones(target, [step("規劃", "40"), step(" 啟  用 ", "60", 11)], actor=clerk)

    assert shown(target) == [(1, "規劃", 40), (2, "啟 用", 60)]

    set_milestones(
        target,
        [step("啟用", "70", 11, second.pk), step("驗收", "10", 12), step("規劃", "20", 6, first.pk)],
        actor=clerk,
    )

    assert shown(target) == [(1, "啟用", 70), (2, "驗收", 10), (3, "規劃", 20)]
    assert list(target.milestones.filter(pk__in=[first.pk, second.pk]).values_list("title", flat=True)) == [
        "啟用",
        "規劃",
    ]
    assert {row.history_user for row in Milestone.history.all()} == {clerk}


def test_milestones_written_as_they_stand_leave_no_trace_and_none_takes_them_away() -> None:
    target = make_stepped()
    (only,) = set_milestones(target, [step("啟用", "100")], actor=make_user())
    set_milestones(target, [step("啟用", "100.00", key=only.pk)], actor=make_user())

    assert only.history.count() == 1

    set_milestones(target, [], actor=make_user())
    assert shown(target) == []
    assert Milestone.history.filter(history_type="-").count() == 1


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([step("規劃", "40")], "add up to 40"),
        ([step("規劃", "60"), step("啟用", "60")], "add up to 120"),
        ([step("  ", "100")], "needs a title"),
        ([step("長" * 201, "100")], "200 characters"),
        ([step("規劃", "0"), step("啟用", "100")], "number up to 100"),
        ([step("規劃", "33.333"), step("啟用", "66.667")], "at most two decimals"),
        ([step("規劃", "NaN")], "number up to 100"),
        ([Step("規劃", dt.date(2027, 1, 1), Decimal(100))], "outside the year 115"),
        ([step(f"第{at}步", "3.2") for at in range(31)], "At most 30"),
    ],
)
def test_milestones_that_cannot_be_are_refused_and_those_there_are_stay(steps, words) -> None:
    target = make_stepped()
    set_milestones(target, [step("啟用", "100")], actor=make_user())

    with pytest.raises(ValidationError, match=words):
        set_milestones(target, steps, actor=make_user())

    assert shown(target) == [(1, "啟用", 100)]


def test_only_what_is_told_by_milestones_has_any() -> None:
    target = set_target(make_indicator(), 2026, actor=make_user(), value=Decimal(1), quote="")

    with pytest.raises(ValidationError, match="weighted milestones"):
        set_milestones(target, [step("啟用", "100")], actor=make_user())


# Last year's result, retiring


def test_last_years_result_is_written_apart_from_the_target() -> None:
    indicator, clerk = make_indicator(baseline="last_year", counted_in="%"), make_user()
    target = set_target(indicator, 2026, actor=make_user(), value=Decimal(5), quote="成長5%")

    set_baseline(indicator, 2026, Decimal(1000), actor=clerk)
    set_baseline(indicator, 2026, Decimal("1000.00"), actor=make_user())

    target.refresh_from_db()
    assert (target.value, target.baseline, target.quote) == (5, 1000, "成長5%")
    assert target.history.order_by("history_id").last().history_user == clerk
    with pytest.raises(ValidationError, match="no target for this year"):
        set_baseline(indicator, 2027, Decimal(1), actor=clerk)


def test_a_retired_indicator_keeps_its_targets_and_can_be_brought_back() -> None:
    indicator, on = make_indicator(), dt.date(2026, 12, 1)
    set_target(indicator, 2026, actor=make_user(), value=Decimal(5), quote="")

    retire_indicator(indicator.pk, actor=make_user(), on=on)
    retire_indicator(indicator.pk, actor=make_user(), on=dt.date(2027, 1, 1))

    assert Indicator.objects.get().retired_on == on
    assert not Indicator.objects.present().exists()
    assert indicator.targets.count() == 1

    bring_back_indicator(indicator.pk, actor=make_user())
    assert Indicator.objects.present().get() == indicator
    assert indicator.history.count() == 3
