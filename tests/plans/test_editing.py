"""The editor over HTTP: who writes which line by which address, and what a script is told."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import Unit, User
from plans.document import UnitName
from plans.enums import PlanStatus
from plans.models import Item, Plan
from plans.queries.documents import plan_document
from plans.services.items import values_of
from tests.builders import make_district, make_holder, make_plan, make_secretary, make_unit, node

pytestmark = pytest.mark.django_db
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def plan() -> Plan:
    district = make_district()
    for name in ("民政課", "社會課"):
        make_unit(district, name)
    ours = node(
        "heading",
        title="民政",
        units=(UnitName("民政課"),),
        children=[
            node(text="甲。"),
            node(text="乙。"),
            node(text="借調。", units=(UnitName("社會課"),)),
            node(text="共同。", all_units=True),
        ],
    )
    theirs = node("heading", title="社會", units=(UnitName("社會課"),), children=[node(text="丙。")])
    return make_plan(district, chapters=(node("chapter", title="計畫內容", children=[ours, theirs]),))


@pytest.fixture
def secretary(plan: Plan, client: Client) -> User:
    user = make_secretary(plan.district)
    client.force_login(user)
    return user


@pytest.fixture
def clerk(plan: Plan, client: Client) -> User:
    user = make_holder(Role.UNIT_STAFF, Unit.objects.get(district=plan.district, name="民政課"))
    client.force_login(user)
    return user


def line(plan: Plan, words: str) -> Item:
    return next(item for item in plan.items.present() if words in {item.title, item.text})


def at(plan: Plan, words: str, what: str) -> str:
    return f"/plans/{plan.pk}/items/{line(plan, words).uid}/{what}/"


def data_of(item: Item, **changes: Any) -> dict[str, Any]:
    """Return what the form of a line sends, with some fields changed."""
    base = values_of(item)
    data = {
        **{name: base[name] for name in ("title", "text", "kind", "child_style", "layout", "points_text")},
        "points": base["points"] or "",
        "leads": [row["unit"] for row in base["units"] if row["duty"] == "lead"],
        "assists": [row["unit"] for row in base["units"] if row["duty"] == "assisting"],
        "base": json.dumps(base),
        "token": str(uuid.uuid4()),
        **{name: "on" for name in ("numbered", "all_units") if base[name]},
    }
    return data | changes


def everything(plan: Plan) -> list[tuple[Any, ...]]:
    rows = plan.items.order_by("pk").values_list(
        "pk", "parent_id", "position", "title", "text", "kind", "removed_at"
    )
    return [*rows, *plan.items.order_by("pk").values_list("responsibilities__unit", "version")]


def test_a_save_leads_back_to_the_line_and_a_script_is_told_what_stands_now(
    client: Client, plan: Plan, secretary: User
) -> None:
    item = line(plan, "甲。")

    response = client.post(at(plan, "甲。", "edit"), data_of(item, text="甲一。"))
    assert (response.status_code, response["Location"]) == (302, f"/plans/{plan.pk}/edit/#i-{item.uid}")

    item.refresh_from_db()
    answer = client.post(at(plan, "甲一。", "edit"), data_of(item, text="甲二。\n第二段。"), **JSON).json()
    assert (answer["reload"], answer["revision"]) == (False, 2)
    assert answer["stored"]["text"] == answer["fields"]["text"] == "甲二。\n第二段。"
    assert answer["mine"] == {"text": "甲二。\n第二段。"}
    item.refresh_from_db()
    assert item.history.first().history_user == secretary


def test_the_second_of_two_in_one_field_sees_both_texts_and_chooses(
    client: Client, plan: Plan, secretary: User
) -> None:
    item = line(plan, "甲。")
    stale = data_of(item, text="我的。", title="標題")
    client.post(at(plan, "甲。", "edit"), data_of(item, text="他的。"))

    response = client.post(f"/plans/{plan.pk}/items/{item.uid}/edit/", stale)

    page = response.content.decode()
    assert response.status_code == 409
    assert "我的。" in page
    assert "他的。" in page
    form = response.context["form"]
    again = stale | {"base": form["base"].value(), "token": form["token"].value(), "keep-text": "theirs"}
    client.post(f"/plans/{plan.pk}/items/{item.uid}/edit/", again)
    item.refresh_from_db()
    assert (item.text, item.title) == ("他的。", "標題")


def test_mine_is_taken_where_chosen(client: Client, plan: Plan, secretary: User) -> None:
    item = line(plan, "甲。")
    stale = data_of(item, text="我的。")
    client.post(at(plan, "甲。", "edit"), data_of(item, text="他的。"))
    response = client.post(f"/plans/{plan.pk}/items/{item.uid}/edit/", stale, **JSON)
    assert response.status_code == 409
    assert response.json()["theirs"] == {"text": "他的。"}

    now = json.dumps(json.loads(stale["base"]) | {"text": "他的。"})
    client.post(
        f"/plans/{plan.pk}/items/{item.uid}/edit/",
        stale | {"base": now, "token": str(uuid.uuid4()), "keep-text": "mine"},
    )

    item.refresh_from_db()
    assert item.text == "我的。"


def test_a_page_without_its_base_is_refused_and_its_text_shown_again(
    client: Client, plan: Plan, secretary: User
) -> None:
    item = line(plan, "甲。")

    response = client.post(at(plan, "甲。", "edit"), data_of(item, text="新字。", base="{}"))

    assert response.status_code == 422
    assert "新字。" in response.content.decode()
    item.refresh_from_db()
    assert item.text == "甲。"


def test_a_new_line_is_stored_once_however_often_it_is_sent(
    client: Client, plan: Plan, secretary: User
) -> None:
    item = line(plan, "甲。")
    data = {
        "parent": item.parent.uid,
        "after": item.uid,
        "kind": "action",
        "text": "新。",
        "token": uuid.uuid4(),
    }  # type: ignore[union-attr]  # it has one

    answers = [client.post(f"/plans/{plan.pk}/items/add/", data, **JSON).json() for _ in range(2)]

    assert answers[0]["uids"] == answers[1]["uids"]
    assert [child.text for child in plan_document(plan).chapters[0].children[0].children][:3] == [
        "甲。",
        "新。",
        "乙。",
    ]


def test_a_step_tells_a_page_that_is_up_to_date_what_changed_and_another_to_load_anew(
    client: Client, plan: Plan, secretary: User
) -> None:
    step = at(plan, "乙。", "step")

    fresh = client.post(step, {"step": "up", "revision": "0"}, **JSON).json()
    assert [place[0] for place in fresh["put"]] == [f"i-{line(plan, '乙。').uid}"]
    assert list(fresh["numbers"]) == [f"i-{line(plan, '甲。').uid}"]

    assert client.post(step, {"step": "down", "revision": "0"}, **JSON).json()["reload"] is True
    refused = client.post(at(plan, "甲。", "step"), {"step": "up"}, **JSON)
    assert (refused.status_code, refused.json()["is_refused"]) == (422, True)


def test_deleting_asks_by_a_page_and_can_be_undone(client: Client, plan: Plan, secretary: User) -> None:
    key = line(plan, "民政").uid
    before = everything(plan)
    assert "4" in client.get(at(plan, "民政", "delete")).content.decode()

    client.post(at(plan, "民政", "delete"))
    assert [item.title for item in plan.items.present() if item.title] == ["計畫內容", "社會"]
    assert client.get(f"/plans/{plan.pk}/items/{key}/edit/").status_code == 302

    client.post(f"/plans/{plan.pk}/items/{key}/bring-back/")
    assert everything(plan) == before


def test_moving_to_a_place_from_the_list(client: Client, plan: Plan, secretary: User) -> None:
    place = line(plan, "丙。").uid

    client.post(at(plan, "甲。", "move"), {"place": place, "how": "after"})
    client.post(at(plan, "乙。", "move"), {"place": line(plan, "社會").uid, "how": "first"})

    social = plan_document(plan).chapters[0].children[1]
    assert [child.text for child in social.children] == ["乙。", "丙。", "甲。"]
    assert client.post(at(plan, "社會", "move"), {"place": place, "how": "after"}).status_code == 422


def test_pasted_lines_become_lines_with_levels(client: Client, plan: Plan, secretary: User) -> None:
    text = "一、新標題\n(一)第一點\n(二)第二點\n二、另一標題\n(一)其下一點"

    client.post(f"/plans/{plan.pk}/items/paste/", {"lines": text, "after": line(plan, "計畫內容").uid})

    chapters = plan_document(plan).chapters[1:]
    assert [(one.number, one.title, [child.text for child in one.children]) for one in chapters] == [
        ("貳、", "新標題", ["第一點", "第二點"]),
        ("參、", "另一標題", ["其下一點"]),
    ]


class TestClerk:
    """A unit's person: own lines, and no way round them."""

    def test_writes_and_arranges_below_own_lines(self, client: Client, plan: Plan, clerk: User) -> None:
        item = line(plan, "甲。")
        client.post(
            at(plan, "甲。", "edit"), {"title": "", "text": "甲改。", "base": json.dumps(values_of(item))}
        )
        client.post(at(plan, "乙。", "step"), {"step": "up"})
        heading = line(plan, "民政")
        client.post(f"/plans/{plan.pk}/items/add/", {"parent": heading.uid, "kind": "action", "text": "新。"})
        client.post(at(plan, "新。", "delete"))

        own = plan_document(plan).chapters[0].children[0]
        assert [child.text for child in own.children] == ["乙。", "甲改。", "借調。", "共同。"]
        assert plan.items.get(text="新。").removed_at is not None

    def test_writes_the_heading_but_neither_moves_nor_deletes_it(
        self, client: Client, plan: Plan, clerk: User
    ) -> None:
        assert client.get(at(plan, "民政", "edit")).status_code == 200
        for what, data in (("step", {"step": "down"}), ("delete", {}), ("move", {"place": "x"})):
            assert client.post(at(plan, "民政", what), data).status_code == 403

    @pytest.mark.parametrize("words", ["社會", "丙。", "借調。", "共同。", "計畫內容"])
    def test_changes_no_line_of_others_by_any_address(
        self, client: Client, plan: Plan, clerk: User, words: str
    ) -> None:
        before = everything(plan)
        item = line(plan, words)
        answers = [
            client.get(at(plan, words, "edit")),
            client.post(at(plan, words, "edit"), data_of(item, text="闖入")),
            client.post(at(plan, words, "edit"), data_of(item, text="闖入"), **JSON),
            client.post(at(plan, words, "step"), {"step": "up"}),
            client.post(at(plan, words, "step"), {"step": "out"}, **JSON),
            client.post(at(plan, words, "move"), {"place": line(plan, "甲。").uid, "how": "after"}),
            client.post(at(plan, words, "delete")),
            client.post(at(plan, words, "bring-back")),
            client.post(
                f"/plans/{plan.pk}/items/add/", {"parent": item.uid, "kind": "action", "text": "闖入"}
            ),
            client.post(f"/plans/{plan.pk}/items/paste/", {"parent": item.uid, "lines": "闖入\n闖入"}),
            client.post(f"/plans/{plan.pk}/items/add/", {"kind": "chapter", "title": "闖入"}),
            client.post(f"/plans/{plan.pk}/facts/", {"title": "闖入"}),
        ]

        assert {answer.status_code for answer in answers} == {403}
        assert everything(plan) == before

    def test_own_line_cannot_be_carried_to_others(self, client: Client, plan: Plan, clerk: User) -> None:
        before = everything(plan)

        response = client.post(at(plan, "甲。", "move"), {"place": line(plan, "丙。").uid, "how": "after"})

        assert response.status_code == 422
        assert everything(plan) == before

    def test_who_answers_kind_and_points_are_not_taken_from_the_request(
        self, client: Client, plan: Plan, clerk: User
    ) -> None:
        item = line(plan, "甲。")
        social = Unit.objects.get(district=plan.district, name="社會課")
        sly = data_of(item, text="甲改。", leads=[social.pk], kind="note", points="5", all_units="on")

        client.post(at(plan, "甲。", "edit"), sly)

        item.refresh_from_db()
        assert (item.text, item.kind, item.points, item.all_units) == ("甲改。", "action", None, False)
        assert not item.responsibilities.exists()

    def test_a_line_s_uid_with_another_plan_s_number_is_nowhere(
        self, client: Client, plan: Plan, clerk: User
    ) -> None:
        other = make_plan(plan.district, year=2027)
        key = line(plan, "甲。").uid

        assert client.get(f"/plans/{other.pk}/items/{key}/edit/").status_code == 404
        assert client.get(f"/plans/{make_plan().pk}/items/{key}/edit/").status_code == 404

    def test_nobody_writes_a_plan_that_is_not_open(self, client: Client, plan: Plan, clerk: User) -> None:
        Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.SIGNING)
        for user in (clerk, make_secretary(plan.district)):
            client.force_login(user)
            assert client.get(at(plan, "甲。", "edit")).status_code == 403
            assert client.post(at(plan, "甲。", "step"), {"step": "down"}).status_code == 403
            assert client.get(f"/plans/{plan.pk}/edit/").status_code == 403

    def test_sees_links_in_own_lines_alone(self, client: Client, plan: Plan, clerk: User) -> None:
        page = client.get(f"/plans/{plan.pk}/edit/").content.decode()

        written = {words for words in ("民政", "甲。", "乙。", "借調。", "共同。", "社會", "丙。", "計畫內容")
                   if f'href="/plans/{plan.pk}/items/{line(plan, words).uid}/edit/"' in page}  # fmt: skip
        assert written == {"民政", "甲。", "乙。"}


def test_a_page_left_open_does_not_write_in_the_name_of_who_signs_in_next(
    client: Client, plan: Plan, secretary: User
) -> None:
    item = line(plan, "甲。")

    response = client.post(at(plan, "甲。", "edit"), data_of(item, text="誰寫的？", person=secretary.pk + 1))

    assert response.status_code == 403
    item.refresh_from_db()
    assert item.text == "甲。"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_editor_and_a_save_cost_the_same_for_any_number_of_lines(
    client: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    group = node(
        "heading",
        title="組",
        units=(UnitName("民政課"),),
        children=[node(text=f"{n}。") for n in range(rows)],
    )
    after = node("heading", title="次組")
    plan = make_plan(chapters=(node("chapter", title="章", children=[group, after]),))
    client.force_login(make_secretary(plan.district))
    item = line(plan, "0。")
    data = data_of(item, text="改。")

    with django_assert_num_queries(7):
        client.get(f"/plans/{plan.pk}/edit/")
    with django_assert_num_queries(22):
        client.post(at(plan, "0。", "edit"), data, **JSON)
    with django_assert_num_queries(22):
        client.post(at(plan, "組", "step"), {"step": "down", "revision": "1"}, **JSON)
