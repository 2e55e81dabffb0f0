from __future__ import annotations

import json
from decimal import Decimal

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import Unit, User
from indicators.models import Indicator
from indicators.services import create_indicator, set_target
from plans.document import UnitName
from plans.enums import PlanStatus
from plans.models import Item, Plan, RefusedReading
from plans.queries.targets import item_board
from plans.services import readings
from tests.builders import make_holder, make_plan, make_secretary, make_unit, make_user, node

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def client() -> Client:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def make_lines(*texts: str, **values) -> list[Item]:
    """Return target lines of a new plan, each below a heading of a unit: 甲課, 乙課, 丙課."""
    groups = [
        node(
            "heading",
            title=f"服務{unit}",
            units=(UnitName(f"{unit}課"),),
            children=[node("target", text)],
        )
        for unit, text in zip("甲乙丙", texts, strict=False)
    ]
    plan = make_plan(chapters=(node("chapter", title="計畫內容", children=groups),), **values)
    return list(
        Item.objects.filter(plan=plan, kind="target")
        .select_related("plan__district__city")
        .order_by("parent__position")
    )


def staff_of(item: Item, unit: str) -> User:
    return make_holder(Role.UNIT_STAFF, Unit.objects.get(district=item.plan.district, name=unit))


def digest(item: Item, at: int = 0) -> str:
    return item_board(Item.objects.select_related("plan").get(pk=item.pk)).of(item.uid).found[at].digest


def accept(item: Item, **values) -> Indicator:
    return readings.accept_reading(item.plan_id, item.uid, digest(item), actor=make_user(), **values)


def rewrite(item: Item, text: str) -> None:
    Item.objects.filter(pk=item.pk).update(text=text)


def address(item: Item, rest: str = "targets/") -> str:
    return f"/plans/{item.plan_id}/items/{item.uid}/{rest}"


def change(client: Client, item: Item, step: str, **data) -> HttpResponse:
    extra = HTMX if data.pop("htmx", False) else {}
    return client.post(address(item, "targets/change/"), {"step": step, **data}, **extra)


def propose(item: Item, value: int, name: str = "法律諮詢") -> Indicator:
    indicator = create_indicator(item.plan.district, actor=make_user(), name=name, counted_in="場次")
    set_target(indicator, 2026, actor=make_user(), value=Decimal(value), quote="", is_proposal=True)
    item.indicators.add(indicator)
    return indicator


def test_item_targets_is_a_page_and_to_htmx_the_panel(client) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    client.force_login(make_secretary(item.plan.district))

    page = client.get(address(item)).content.decode()
    panel = client.get(address(item), **HTMX).content.decode()

    assert page.strip().startswith("<!DOCTYPE html>")
    assert 'id="side"' in page
    assert panel.strip().startswith('<section class="side')
    assert '<mark class="read read--new">12場次</mark>' in panel
    assert "at least 12 場次" in panel


def test_drift_is_told_in_words(client) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    accept(item)
    rewrite(item, "法律諮詢15場次。")
    client.force_login(make_secretary(item.plan.district))

    panel = client.get(address(item), **HTMX).content.decode()

    assert "The sentence says 15 場次, the target is 12 場次." in panel
    assert 'value="follow"' in panel


def test_a_person_without_the_right_sees_all_and_no_buttons(client) -> None:
    (item,) = make_lines("法律諮詢12場次，服務300人次。")
    accept(item)
    client.force_login(make_holder(Role.DISTRICT_HEAD, item.plan.district))

    for place in (address(item), address(item, "offers/"), f"/plans/{item.plan_id}/targets/"):
        shown = client.get(place, **HTMX).content.decode()
        assert "<button" not in shown
    assert "at least 12 場次" in client.get(address(item)).content.decode()


def test_the_city_does_not_see_the_desk_even_of_a_filed_plan(client) -> None:
    (item,) = make_lines("法律諮詢12場次。", status=PlanStatus.SUBMITTED)
    client.force_login(make_holder(Role.EVALUATOR, item.plan.district.city))

    assert client.get(f"/plans/{item.plan_id}/").status_code == 200
    for place in (address(item), address(item, "offers/"), f"/plans/{item.plan_id}/targets/"):
        assert client.get(place).status_code == 404


def test_adopting_answers_in_the_panel_and_shows_in_the_plan_json(client) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    client.force_login(make_secretary(item.plan.district))

    answer = change(client, item, "accept", reading=digest(item), htmx=True)

    assert 'value="accept"' not in answer.content.decode()
    assert json.loads(answer.headers["HX-Trigger"])["targets-changed"] == {"uid": str(item.uid)}
    plan = json.loads(client.get(f"/plans/{item.plan_id}/json/").content)
    (target,) = plan["chapters"][0]["children"][0]["children"][0]["targets"]
    assert (target["value"], target["comparator"], target["counted_in"]) == ("12", ">=", "場次")
    assert item.indicators.get().unit.name == "甲課"


def test_without_htmx_a_step_leads_back_to_the_panel_s_page_and_says_what_happened(client) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    client.force_login(make_secretary(item.plan.district))
    reading = digest(item)

    answer = client.post(
        address(item, "targets/change/"), {"step": "accept", "reading": reading}, follow=True
    )
    assert answer.redirect_chain == [(address(item), 302)]
    assert "The target is on the line." in answer.content.decode()
    again = client.post(address(item, "targets/change/"), {"step": "accept", "reading": reading}, follow=True)
    assert "This number is a target already." in again.content.decode()
    assert item.indicators.count() == 1


def test_refusing_and_taking_it_back(client) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    client.force_login(make_secretary(item.plan.district))

    refused = change(client, item, "refuse", reading=digest(item), htmx=True).content.decode()
    assert 'value="take-back"' in refused
    assert 'value="accept"' not in refused
    back = change(client, item, "take-back", reading=digest(item), htmx=True).content.decode()
    assert 'value="accept"' in back
    assert not RefusedReading.objects.exists()


def test_following_confirming_linking_and_unlinking(client) -> None:
    first, second = make_lines("法律諮詢12場次。", "便利民眾。")
    indicator = propose(first, 10)
    client.force_login(make_secretary(first.plan.district))

    change(client, first, "follow", indicator=indicator.pk, reading=digest(first))
    assert indicator.targets.get().value == Decimal(12)
    indicator.targets.update(is_proposal=True)
    change(client, first, "confirm", indicator=indicator.pk)
    assert not indicator.targets.get().is_proposal
    change(client, second, "link", indicator=indicator.pk)
    assert indicator.items.count() == 2
    change(client, second, "unlink", indicator=indicator.pk)
    change(client, first, "unlink", indicator=indicator.pk)
    assert not Indicator.objects.exists()


@pytest.mark.parametrize("step", ["", "drop", "accept\n"])
def test_an_unknown_step_does_not_exist(client, step) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    client.force_login(make_secretary(item.plan.district))

    assert change(client, item, step).status_code == 404


@pytest.mark.parametrize("indicator", ["", "x", "-1", "９", "9" * 30, "999999"])
def test_an_indicator_that_is_not_there_is_answered_in_words_or_not_found(client, indicator) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    client.force_login(make_secretary(item.plan.district))

    for step in ("follow", "confirm"):
        assert change(client, item, step, indicator=indicator).status_code == 404
    for step in ("link", "unlink"):
        assert change(client, item, step, indicator=indicator).status_code == 302
    assert not item.indicators.exists()


def test_a_unit_changes_its_own_line_s_targets_and_no_others_by_any_endpoint(client) -> None:
    own, other = make_lines("法律諮詢12場次。", "健康講座6場次。")
    theirs = accept(other)
    client.force_login(staff_of(own, "甲課"))

    assert change(client, own, "accept", reading=digest(own)).status_code == 302
    mine = own.indicators.get()
    assert client.get(address(own, f"targets/{mine.pk}/edit/")).status_code == 200

    steps = ("accept", "refuse", "take-back", "follow", "confirm", "link", "unlink")
    for step in steps:
        answer = change(client, other, step, reading=digest(other), indicator=theirs.pk)
        assert answer.status_code == 403
    for rest in ("add/", "link/", f"{theirs.pk}/edit/"):
        assert client.get(address(other, f"targets/{rest}")).status_code == 403
    for rest in ("add/", f"{theirs.pk}/edit/"):
        assert client.post(address(other, f"targets/{rest}"), {"name": "x"}).status_code == 403
    # Nor by naming another line's indicator at a line of one's own.
    assert client.get(address(own, f"targets/{theirs.pk}/edit/")).status_code == 404
    assert change(client, own, "confirm", indicator=theirs.pk).status_code == 404
    assert (theirs.targets.get().value, other.indicators.get()) == (Decimal(6), theirs)
    assert client.get(address(other)).status_code == 200


def test_a_unit_does_not_change_an_indicator_that_serves_another_unit_s_line(client) -> None:
    own, other = make_lines("法律諮詢12場次。", "便利民眾。")
    shared = accept(own)
    readings.link_indicator(other.plan_id, other.uid, shared.pk, actor=make_user())
    rewrite(own, "法律諮詢15場次。")
    client.force_login(staff_of(own, "甲課"))

    assert change(client, own, "follow", indicator=shared.pk, reading=digest(own)).status_code == 403
    assert client.get(address(own, f"targets/{shared.pk}/edit/")).status_code == 403
    panel = client.get(address(own), **HTMX).content.decode()
    assert 'value="follow"' not in panel
    assert "the secretariat changes it" in panel
    assert change(client, own, "unlink", indicator=shared.pk).status_code == 302
    assert shared.targets.get().value == Decimal(12)

    client.force_login(make_secretary(own.plan.district))
    assert client.get(address(other, f"targets/{shared.pk}/edit/")).status_code == 200


def test_going_on_with_another_unit_s_indicator_links_it_and_leaves_its_value(client) -> None:
    own, other = make_lines("法律諮詢12場次。", "便利民眾。")
    theirs = create_indicator(own.plan.district, actor=make_user(), name="法律諮詢", counted_in="場次")
    other.indicators.add(theirs)
    client.force_login(staff_of(own, "甲課"))

    change(client, own, "accept", reading=digest(own), indicator=theirs.pk)

    assert own.indicators.get() == theirs
    assert not theirs.targets.exists()


def test_going_on_with_an_indicator_of_one_s_own_sets_its_value(client) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    known = create_indicator(item.plan.district, actor=make_user(), name="法律諮詢", counted_in="場次")
    client.force_login(staff_of(item, "甲課"))

    change(client, item, "accept", reading=digest(item), indicator=known.pk)

    assert item.indicators.get() == known
    assert known.targets.get().value == Decimal(12)


def test_of_a_deleted_line_the_targets_are_read_alone(client) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    accept(item)
    client.force_login(make_secretary(item.plan.district))
    steps = ('name="step"', address(item, "targets/add/"))
    assert all(one in client.get(address(item), **HTMX).content.decode() for one in steps)
    Item.objects.filter(pk=item.pk).update(removed_at=timezone.now(), removed_as="deleted")

    panel = client.get(address(item), **HTMX)

    assert panel.status_code == 200
    assert not any(one in panel.content.decode() for one in steps)


def test_a_target_is_edited_before_it_is_adopted(client) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    client.force_login(make_secretary(item.plan.district))
    place = f"{address(item, 'targets/add/')}?reading={digest(item)}"
    form = client.get(place).context["form"]
    assert (form["name"].value(), form["value"].value(), form["counted_in"].value()) == (
        "法律諮詢",
        "12",
        "場次",
    )

    data = {**posted(form), "name": "法律諮詢場次", "comparator": "=", "value": "十二"}
    answer = client.post(place, data)

    assert answer.status_code == 302
    indicator = item.indicators.get()
    assert (indicator.name, indicator.comparator, indicator.targets.get().value) == (
        "法律諮詢場次",
        "=",
        Decimal(12),
    )
    assert item_board(item).of(item.uid).pairings[0].standing == "in_step"


def posted(form) -> dict[str, str]:
    """Return what a browser would send of the form as it is shown."""
    values = {name: form[name].value() for name in form.fields}
    return {name: getattr(value, "pk", value) for name, value in values.items() if value is not None}


@pytest.mark.parametrize(
    ("typed", "value"),
    [("3,380", "3380"), ("１２．５", "12.5"), ("20萬4千", "204000"), ("一百十五", "115"), ("", None)],
)
def test_a_number_is_written_as_officials_write_it(client, typed, value) -> None:
    (item,) = make_lines("便利民眾。")
    client.force_login(make_secretary(item.plan.district))
    form = client.get(address(item, "targets/add/")).context["form"]

    client.post(address(item, "targets/add/"), {**posted(form), "name": "服務", "value": typed})

    assert item.indicators.get().targets.get().value == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("value", "多"),
        ("value", "萬"),
        ("value", "1e5"),
        ("value", "-3"),
        ("value", "1.00001"),
        ("value_max", "5"),
        ("name", " "),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_what_was_typed_stays(client, field, typed) -> None:
    (item,) = make_lines("便利民眾。")
    client.force_login(make_secretary(item.plan.district))
    form = client.get(address(item, "targets/add/")).context["form"]
    data = {**posted(form), "name": "服務", "value": "3", field: typed}

    answer = client.post(address(item, "targets/add/"), data)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["form"][field].value() == typed
    assert not Indicator.objects.exists()


def test_a_form_sent_twice_adds_one_target(client) -> None:
    (item,) = make_lines("便利民眾。")
    client.force_login(make_secretary(item.plan.district))
    data = {**posted(client.get(address(item, "targets/add/")).context["form"]), "name": "服務", "value": "3"}

    for _time in range(2):
        assert client.post(address(item, "targets/add/"), data).status_code == 302
    assert item.indicators.count() == 1


def test_editing_says_what_somebody_else_wrote_and_then_lets_one_keep_one_s_own(client) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    indicator = accept(item)
    client.force_login(make_secretary(item.plan.district))
    place = address(item, f"targets/{indicator.pk}/edit/")
    data = posted(client.get(place).context["form"])
    set_target(indicator, 2026, actor=make_user(), value=Decimal(14), quote="")

    answer = client.post(place, {**data, "value": "16"})
    form = answer.context["form"]
    assert answer.status_code == 422
    assert form["value"].value() == "16"
    assert form.errors["value"] == ["It stands at: 14"]
    assert indicator.targets.get().value == Decimal(14)

    assert client.post(place, posted(form)).status_code == 302
    assert indicator.targets.get().value == Decimal(16)


def test_editing_keeps_what_others_changed_in_other_fields(client) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    indicator = accept(item)
    client.force_login(make_secretary(item.plan.district))
    place = address(item, f"targets/{indicator.pk}/edit/")
    data = posted(client.get(place).context["form"])
    set_target(indicator, 2026, actor=make_user(), value=Decimal(14), quote="")

    client.post(place, {**data, "name": "諮詢"})

    indicator.refresh_from_db()
    assert (indicator.name, indicator.targets.get().value) == ("諮詢", Decimal(14))


def test_a_unit_of_another_district_cannot_be_named(client) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    indicator = accept(item)
    client.force_login(make_secretary(item.plan.district))
    place = address(item, f"targets/{indicator.pk}/edit/")
    (other,) = make_lines("x")

    answer = client.post(
        place, {**posted(client.get(place).context["form"]), "unit": make_unit(other.plan.district).pk}
    )

    assert list(answer.context["form"].errors) == ["unit"]


@pytest.mark.parametrize(
    "base",
    [
        *("", "[]", "null", '{"value": "x"}', "{", "[" * 100_000),
        '{"value": "1", "value_max": null, "unit": null, "name": [1]}',
        '{"value": "sNaN", "value_max": null, "unit": null}',
    ],
)
def test_a_damaged_page_never_writes_over_anything(client, base) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    indicator = accept(item)
    client.force_login(make_secretary(item.plan.district))
    place = address(item, f"targets/{indicator.pk}/edit/")
    data = posted(client.get(place).context["form"])

    assert client.post(place, {**data, "base": base, "value": "16"}).status_code == 422
    assert indicator.targets.get().value == Decimal(12)


def test_the_offers_below_a_form_are_three_lines_at_most(client) -> None:
    (item,) = make_lines("法律諮詢12場次，健康講座6場次，防災演練3場次，志工訓練4場次。")
    client.force_login(make_secretary(item.plan.district))

    offers = client.get(address(item, "offers/"), **HTMX).content.decode()
    assert offers.count('class="offers__one"') == 3
    assert "2 more to decide" in offers

    after = change(
        client, item, "accept", reading=digest(item), **{"from": "offers"}, htmx=True
    ).content.decode()
    assert after.strip().startswith('<div class="offers"')
    assert after.count('class="offers__one"') == 3
    assert client.get(address(item, "offers/")).headers["Location"] == address(item)


def test_a_line_that_promises_nothing_offers_nothing(client) -> None:
    (item,) = make_lines("便利民眾。")
    client.force_login(make_secretary(item.plan.district))

    assert "<p" not in client.get(address(item, "offers/"), **HTMX).content.decode()


def test_the_search_finds_an_indicator_to_link(client) -> None:
    (item,) = make_lines("便利民眾。")
    known = create_indicator(item.plan.district, actor=make_user(), name="法律諮詢", counted_in="場次")
    client.force_login(make_secretary(item.plan.district))

    assert f'value="{known.pk}"' in client.get(address(item, "targets/link/?q=諮詢")).content.decode()
    assert "No indicator" in client.get(address(item, "targets/link/?q=演練"), **HTMX).content.decode()


def test_the_table_shows_the_rows_of_a_search(client) -> None:
    first, second = make_lines("法律諮詢12場次。", "健康講座6場次。")
    accept(first)
    client.force_login(make_secretary(first.plan.district))
    place = f"/plans/{first.plan_id}/targets/"

    assert client.get(place).content.decode().count('<th scope="row">') == 2
    part = client.get(f"{place}?state=new&q=講座", **HTMX).content.decode()
    assert part.count('<th scope="row">') == 1
    assert address(second) in part
    assert "No target matches" in client.get(f"{place}?q=沒有").content.decode()
    assert client.get(f"{place}?state=nonsense").status_code == 200


def test_all_proposals_are_confirmed_at_once_but_those_the_sentences_contradict(client) -> None:
    first, second = make_lines("法律諮詢12場次。", "法律諮詢15場次。")
    good, bad = propose(first, 12), propose(second, 12)
    client.force_login(make_secretary(first.plan.district))

    answer = client.post(f"/plans/{first.plan_id}/targets/confirm/", {"query": "state=proposal"}, follow=True)

    assert answer.redirect_chain == [(f"/plans/{first.plan_id}/targets/?state=proposal", 302)]
    assert "1 target confirmed." in answer.content.decode()
    assert "1 differs from its sentence" in answer.content.decode()
    assert [one.targets.get().is_proposal for one in (good, bad)] == [False, True]


def test_a_unit_confirms_only_the_proposals_of_its_lines(client) -> None:
    own, other = make_lines("法律諮詢12場次。", "健康講座6場次。")
    mine, theirs = propose(own, 12), propose(other, 6, "健康講座")
    client.force_login(staff_of(own, "甲課"))

    client.post(f"/plans/{own.plan_id}/targets/confirm/")

    assert [one.targets.get().is_proposal for one in (mine, theirs)] == [False, True]


def test_one_proposal_is_confirmed_from_the_table(client) -> None:
    (item,) = make_lines("法律諮詢12場次。")
    indicator = propose(item, 12)
    client.force_login(make_secretary(item.plan.district))

    data = {"from": "table", "query": "state=open", "indicator": indicator.pk}
    answer = change(client, item, "confirm", **data, htmx=True)

    assert answer.headers["Location"] == f"/plans/{item.plan_id}/targets/?state=open"
    assert not indicator.targets.get().is_proposal


def test_a_plan_that_is_not_open_is_shown_and_not_changed(client) -> None:
    (item,) = make_lines("法律諮詢12場次，服務300人次。")
    indicator = accept(item)
    Plan.objects.update(status=PlanStatus.SIGNING)
    client.force_login(make_secretary(item.plan.district))

    assert "<form" not in client.get(address(item), **HTMX).content.decode()
    assert change(client, item, "unlink", indicator=indicator.pk).status_code == 403
    assert client.get(address(item, f"targets/{indicator.pk}/edit/")).status_code == 403
    assert client.post(f"/plans/{item.plan_id}/targets/confirm/").status_code == 403


@pytest.mark.parametrize("targets", [1, 3])
@pytest.mark.parametrize(
    ("place", "queries"), [("targets/", 9), ("offers/", 9), ("targets/link/", 6), ("targets/add/", 11)]
)
def test_pages_of_a_line_cost_the_same_for_any_number_of_targets(
    client, targets: int, place: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    (item,) = make_lines(
        "".join(f"第{'甲乙丙'[at]}類諮詢{at + 3}場次，學員{at + 20}人。" for at in range(targets))
    )
    for at in range(targets):
        taken = readings.accept_reading(item.plan_id, item.uid, digest(item, 2 * at), actor=make_user())
        set_target(taken, 2025, actor=make_user(), value=Decimal(3), quote="")
        create_indicator(item.plan.district, actor=make_user(), name=f"其他{at}")
    client.force_login(make_secretary(item.plan.district))

    with django_assert_num_queries(queries):
        assert client.get(address(item, place), **HTMX).status_code == 200


@pytest.mark.parametrize("lines", [1, 3])
@pytest.mark.parametrize(("unit", "queries"), [("", 10), ("甲課", 11)])
def test_the_table_page_costs_the_same_for_any_number_of_rows(
    client, lines: int, unit: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    items = make_lines(*["法律諮詢12場次，服務300人次。"] * lines)
    for item in items:
        set_target(accept(item), 2025, actor=make_user(), value=Decimal(3), quote="")
    client.force_login(staff_of(items[0], unit) if unit else make_secretary(items[0].plan.district))

    with django_assert_num_queries(queries):
        response = client.get(f"/plans/{items[0].plan_id}/targets/")
    assert response.content.decode().count('<th scope="row">') == 2 * lines
