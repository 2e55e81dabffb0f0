"""What the form of a line sends back: what nobody touched is what it was made from."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from plans.document import Member
from plans.item_forms import MOST_PASTED
from plans.models import Item
from plans.services.items import save_item, values_of
from tests.builders import make_plan, make_secretary, make_unit, make_user, node

pytestmark = pytest.mark.django_db


def make_line(client: Client, kind: str = "heading", **values: Any) -> Item:
    """Return a line of a new plan, whose secretary is signed in."""
    lines = [node(kind, **values)]
    plan = make_plan(chapters=(node("chapter", title="章", children=lines),))
    client.force_login(make_secretary(plan.district))
    return plan.items.get(uid=lines[0].uid)


def save(client: Client, item: Item, data: dict[str, Any] | None = None, **values: Any) -> int:
    """Post the form of a line as its page shows it, with some fields written over."""
    sent = (data or shown(client, item)) | values
    return client.post(f"/plans/{item.plan_id}/items/{item.uid}/edit/", sent).status_code


def shown(client: Client, item: Item) -> dict[str, Any]:
    form = client.get(f"/plans/{item.plan_id}/items/{item.uid}/edit/").context["form"]
    return {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}


def test_cells_with_marks_and_line_breaks_outlive_a_change_of_the_title(client: Client) -> None:
    row = Member("委員", "王小明\n李大同", "協助|兼辦", "代理｜一年")
    item = make_line(client, "table", title="編組表", roster=(row, Member("秘書", "陳", "聯絡")))

    assert save(client, item, title="推動小組") == 302

    cells = item.roster.values_list("title", "member", "duty", "remark")
    assert list(cells) == [(row.title, row.member, row.duty, row.remark), ("秘書", "陳", "聯絡", "")]
    assert save(client, item, roster=shown(client, item)["roster"].replace("陳", "林")) == 302
    assert [one.member for one in item.roster.all()] == [row.member, "林"]


@pytest.mark.parametrize(("field", "words"), [("title", "字" * 2_500), ("points_text", "字" * 150)])
def test_what_an_import_may_store_does_not_lock_the_form(client: Client, field: str, words: str) -> None:
    item = make_line(client, **{"title": "標題", field: words})

    assert save(client, item, text="新的內容") == 302
    item.refresh_from_db()
    assert (getattr(item, field), item.text) == (words, "新的內容")


def test_a_unit_somebody_took_out_meanwhile_is_no_conflict_for_who_left_the_units_alone(
    client: Client,
) -> None:
    item = make_line(client, title="標題")
    one, other = (make_unit(item.plan.district, name) for name in ("甲課", "乙課"))
    both = [{"unit": other.pk}, {"unit": one.pk}]
    save_item(item.plan_id, item.uid, actor=make_user(), base=values_of(item), values={"units": both})
    data = shown(client, item)
    save_item(
        item.plan_id, item.uid, actor=make_user(), base=values_of(item), values={"units": [{"unit": one.pk}]}
    )

    assert save(client, item, data, title="新標題") == 302
    assert [row.unit for row in item.responsibilities.all()] == [one]


@pytest.mark.parametrize(
    "part",
    [
        {"points": []},
        {"title": 5},
        {"text": None},
        {"units": None},
        {"units": ["a"]},
        {"units": [{"unit": "x"}]},
        {"roster": [1]},
        {"roster": [{"title": 3}]},
    ],
)
def test_a_damaged_base_is_said_and_nothing_is_written(client: Client, part: dict[str, Any]) -> None:
    item = make_line(client, title="標題")
    base = json.dumps(values_of(item) | part)

    assert save(client, item, base=base, text="新") == 422
    item.refresh_from_db()
    assert item.text == ""


def test_a_base_nested_without_end_is_said(client: Client) -> None:
    assert save(client, make_line(client, title="標題"), base="[" * 100_000) == 422


def test_too_many_lines_at_once_are_refused(client: Client) -> None:
    item = make_line(client, title="標題")
    lines = "一行\n" * (MOST_PASTED + 1)

    answer = client.post(f"/plans/{item.plan_id}/items/paste/", {"lines": lines, "parent": str(item.uid)})

    assert answer.status_code == 422
    assert Item.objects.filter(parent=item).count() == 0
