from __future__ import annotations

from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from indicators.models import Indicator
from indicators.services import create_indicator, set_target
from plans.document import UnitName, effective_units
from plans.models import Item, Plan
from plans.queries.documents import plan_document
from plans.queries.targets import (
    OPEN,
    PROPOSAL,
    find_indicators,
    item_board,
    keep_rows,
    offers,
    plan_rows,
    targets_of,
)
from plans.rights import Rights, rights_of_units, rights_to_all
from plans.services import readings
from tests.builders import make_district, make_plan, make_user, node

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor() -> User:
    return make_user()


def make_lines(*texts: str, **values) -> list[Item]:
    lines = [node("target", text) for text in texts]
    plan = make_plan(chapters=(node("chapter", title="計畫內容", children=lines),), **values)
    return lines_of(plan)


def lines_of(plan: Plan, kind: str = "target") -> list[Item]:
    return list(
        Item.objects.filter(plan=plan, kind=kind)
        .select_related("plan__district__city")
        .order_by("parent__position", "position")
    )


def accept(item: Item, actor: User, **values) -> Indicator:
    digest = item_board(item).of(item.uid).found[0].digest
    return readings.accept_reading(item.plan_id, item.uid, digest, actor=actor, **values)


def rewrite(item: Item, text: str) -> None:
    Item.objects.filter(pk=item.pk).update(text=text)


def rows_of(plan: Plan, rights: Rights | None = None):
    document = plan_document(plan)
    return plan_rows(plan, document, rights or rights_to_all(document))


def test_offers_count_what_waits_for_a_person_on_each_line(actor) -> None:
    open_, taken, drifted, refused, _plain = make_lines(
        "法律諮詢12場次，服務300人次。", "健康講座6場次。", "防災演練3場次。", "志工訓練4場次。", "便利民眾。"
    )
    accept(taken, actor)
    accept(drifted, actor)
    rewrite(drifted, "防災演練5場次。")
    digest = item_board(refused).of(refused.uid).found[0].digest
    readings.refuse_reading(refused.plan_id, refused.uid, digest, actor=actor)

    assert offers(open_.plan) == {str(open_.uid): 2, str(drifted.uid): 1}


def test_offers_know_a_target_that_another_line_keeps(actor) -> None:
    first, second = make_lines("法律諮詢12場次。", "便利民眾諮詢。")
    indicator = accept(first, actor)
    readings.link_indicator(second.plan_id, second.uid, indicator.pk, actor=actor)

    assert offers(first.plan) == {}


@pytest.mark.parametrize("lines", [1, 3])
def test_offers_cost_three_queries(
    lines: int, actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    items = make_lines(*["法律諮詢12場次。"] * lines)

    with django_assert_num_queries(3):
        assert len(offers(items[0].plan)) == lines


def test_the_panel_shows_three_years_and_how_many_other_lines_an_indicator_serves(actor) -> None:
    first, second = make_lines("法律諮詢12場次。", "便利民眾諮詢。")
    indicator = accept(first, actor)
    set_target(indicator, 2025, actor=actor, value=Decimal(10), quote="去年10場次")
    set_target(indicator, 2023, actor=actor, value=Decimal(8), quote="")
    readings.link_indicator(second.plan_id, second.uid, indicator.pk, actor=actor)

    (card,) = targets_of(first, may_edit=True).cards

    assert [(one.year, one.target and one.target.words) for one in card.years] == [
        (2026, "至少 12 場次"),
        (2025, "至少 10 場次"),
        (2024, None),
    ]
    assert (card.years[1].target.quote, card.others, card.may_change) == ("去年10場次", 1, True)


def test_a_number_is_offered_as_a_target_of_an_indicator_of_its_name(actor) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    old = create_indicator(item.plan.district, actor=actor, name="法律諮詢", counted_in="場")
    newer = create_indicator(item.plan.district, actor=actor, name="法律諮詢", counted_in="場次")
    set_target(old, 2024, actor=actor, value=Decimal(8), quote="")
    set_target(newer, 2025, actor=actor, value=Decimal(10), quote="")
    create_indicator(make_district(), actor=actor, name="法律諮詢", counted_in="場次")

    (offer,) = targets_of(item, may_edit=True).offers
    assert offer.known.indicator == newer

    set_target(newer, 2026, actor=actor, value=Decimal(9), quote="")
    (offer,) = targets_of(item, may_edit=True).offers
    assert offer.known.indicator == old


def test_the_panel_keeps_promises_mentions_and_refusals_apart(actor) -> None:
    (item,) = make_lines("每月更新網頁，法律諮詢12場次。志工訓練4場次。")
    found = item_board(item).of(item.uid).found
    readings.refuse_reading(item.plan_id, item.uid, found[-1].digest, actor=actor)

    shown = targets_of(item, may_edit=True)

    assert [card.found.words for card in shown.offers] == ["至少 12 場次"]
    assert [found.words for found in shown.refused] == ["至少 4 場次"]
    assert len(shown.waiting) == 1
    assert "".join(piece.text for piece in shown.pieces) == item.text


@pytest.mark.parametrize("lines", [1, 3])
def test_the_panel_costs_the_same_for_any_number_of_targets(
    lines: int, actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    items = make_lines(
        "".join(f"第{'甲乙丙'[at]}場法律諮詢{at + 12}場次。" for at in range(lines)), "便利民眾。"
    )
    for _line in range(lines):
        digest = next(one.digest for one in item_board(items[0]).of(items[0].uid).found if one.is_open)
        made = readings.accept_reading(items[0].plan_id, items[0].uid, digest, actor=actor)
        set_target(made, 2025, actor=actor, value=Decimal(10), quote="")
        readings.link_indicator(items[1].plan_id, items[1].uid, made.pk, actor=actor)

    with django_assert_num_queries(4):
        shown = targets_of(items[0], may_edit=True)
    assert len(shown.cards) == lines


def test_the_table_has_a_row_for_each_target_and_each_open_number_as_the_plan_runs(actor) -> None:
    plan = make_plan(
        chapters=(
            node(
                "chapter",
                title="計畫內容",
                children=[
                    node(
                        "heading",
                        title="便民服務",
                        children=[
                            node("target", "法律諮詢12場次，服務300人次。"),
                            node("action", "每場20人。"),
                        ],
                    )
                ],
            ),
        )
    )
    (item,) = lines_of(plan)
    accept(item, actor)

    rows = rows_of(plan)

    assert [(row.place, row.number, row.name, row.state) for row in rows] == [
        ("壹、一、", "1.", "法律諮詢", "in_step"),
        ("壹、一、", "1.", "服務", "new"),
    ]
    assert [(one.year, bool(one.target)) for one in rows[0].years] == [
        (2026, True),
        (2025, False),
        (2024, False),
    ]
    assert [row.is_open for row in rows] == [False, True]


def test_the_table_is_searched_by_words_and_state(actor) -> None:
    taken, drifted, lost, fresh = make_lines(
        "法律諮詢12場次。", "健康講座6場次。", "防災演練3場次。", "志工訓練4場次。"
    )
    accept(taken, actor)
    for item in (drifted, lost):
        indicator = accept(item, actor)
        indicator.targets.update(is_proposal=item == lost)
    rewrite(drifted, "健康講座8場次。")
    rewrite(lost, "防災演練。")
    rows = rows_of(taken.plan)

    def kept(**search) -> list[str]:
        return [row.uid for row in keep_rows(rows, **search)]

    everything = [str(item.uid) for item in (taken, drifted, lost, fresh)]
    assert kept() == everything
    assert kept(words="健康 講座") == [everything[1]]
    assert kept(state="in_step") == [everything[0]]
    assert kept(state="drifted") == [everything[1]]
    assert kept(state="lost") == kept(state=PROPOSAL) == [everything[2]]
    assert kept(state="new") == [everything[3]]
    assert kept(state=OPEN) == everything[1:]


def test_the_table_says_what_a_unit_may_change(actor) -> None:
    groups = [
        node("heading", title=title, units=(UnitName(unit),), children=[node("target", f"{title}3場次。")])
        for title, unit in (("諮詢", "民政課"), ("講座", "社會課"), ("演練", "社會課"))
    ]
    plan = make_plan(chapters=(node("chapter", title="計畫內容", children=groups),))
    own, other, shared = lines_of(plan)
    for item in (own, other):
        accept(item, actor)
    both = accept(shared, actor)
    readings.link_indicator(plan.pk, own.uid, both.pk, actor=actor)
    document = plan_document(plan)
    assert effective_units(document)[str(own.uid)].names == ("民政課",)

    rows = rows_of(plan, rights_of_units(document, ["民政課"]))

    changeable = [(row.uid, row.name) for row in rows if row.may_change]
    assert changeable == [(str(own.uid), own.indicators.order_by("pk")[0].name)]
    assert [row.uid for row in keep_rows(rows, own=True)] == [str(own.uid)]


@pytest.mark.parametrize("lines", [1, 3])
def test_the_table_costs_the_same_for_any_number_of_targets(
    lines: int, actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    items = make_lines(*(f"第{'甲乙丙'[at]}類諮詢{at + 3}場次，服務300人次。" for at in range(lines)))
    for item in items:
        set_target(accept(item, actor), 2025, actor=actor, value=Decimal(2), quote="")
    document = plan_document(items[0].plan)

    with django_assert_num_queries(3):
        rows = plan_rows(items[0].plan, document, rights_to_all(document))
    assert len(rows) == 2 * lines


def test_indicators_are_found_by_folded_words_those_most_like_the_line_first(actor) -> None:
    (item,) = make_lines("全年辦理法律諮詢12場次。")
    names = ("臺灣文化課程", "防災演練", "法律諮詢")
    culture, drill, advice = (
        create_indicator(item.plan.district, actor=actor, name=name, counted_in="場次") for name in names
    )
    create_indicator(make_district(), actor=actor, name="法律諮詢")
    item.indicators.add(drill)

    assert [one.indicator for one in find_indicators(item, "")] == [advice, culture]
    assert [one.indicator for one in find_indicators(item, "台灣 課程")] == [culture]
    assert find_indicators(item, "防災") == []


@pytest.mark.parametrize("indicators", [1, 3])
def test_the_search_costs_the_same_for_any_number_of_indicators(
    indicators: int, actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    (item,) = make_lines("全年辦理法律諮詢12場次。")
    for at in range(indicators):
        made = create_indicator(item.plan.district, actor=actor, name=f"諮詢{at}")
        set_target(made, 2026, actor=actor, value=Decimal(1), quote="")

    with django_assert_num_queries(3):
        assert len(find_indicators(item, "諮詢")) == indicators
