from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from indicators.models import Indicator, YearlyTarget
from indicators.services import (
    create_indicator,
    delete_indicator,
    delete_target,
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
    indicator = make_indicator(comparator=comparator)

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
