"""Several people at one line at once: what was accepted stands, each made from what stood there before.

The long form, over HTTP with 50 and 200 people, is `bench/editors.py`.
"""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from plans.models import Item, Plan
from plans.queries.documents import plan_document
from plans.services.items import StaleSave, save_item, values_of
from plans.services.moving import move_item, remove_items, shift_item
from tests.builders import make_plan, make_user, node
from tests.shared_database import shared_database  # noqa: F401 -- a fixture
from tests.test_concurrency import race

pytestmark = pytest.mark.usefixtures("shared_database")
PEOPLE, SAVES = 6, 8
Save = Callable[[Item, User, dict[str, Any], str], dict[str, Any]]


def checked(item: Item, actor: User, base: dict[str, Any], text: str) -> dict[str, Any]:
    """Save as the editor does; on a conflict go on from the other's text."""
    try:
        return save_item(item.plan_id, item.uid, actor=actor, base=base, values={"text": text}).values
    except StaleSave as conflict:
        return base | conflict.theirs


def unchecked(item: Item, actor: User, base: dict[str, Any], text: str) -> dict[str, Any]:
    """Save as if the text were made from whatever stands there now, as often as it takes."""
    while True:
        present = values_of(Item.objects.get(pk=item.pk))
        try:
            saved = save_item(item.plan_id, item.uid, actor=actor, base=present, values={"text": text})
        except StaleSave:
            continue
        return saved.values


def write_together(save: Save) -> tuple[list[str], list[str]]:
    """Let people append marks to one line; return the marks accepted and the texts the line had, in order."""
    plan = make_plan(chapters=(node("chapter", title="章", children=[node(text="始")]),))
    item = plan.items.get(text="始")
    start = values_of(item)

    def person(number: int, actor: User) -> list[str]:
        accepted, base = [], start
        for count in range(SAVES):
            mark = f"[{number}.{count}]"
            base = save(item, actor, base, base["text"] + mark)
            if base["text"].endswith(mark):
                accepted.append(mark)
        return accepted

    actors = [make_user() for _ in range(PEOPLE)]
    found = race(*(lambda n=n, a=a: person(n, a) for n, a in enumerate(actors)))
    assert not [one for one in found if isinstance(one, Exception)], found
    texts = [row.text for row in item.history.order_by("history_date", "history_id")]
    item.refresh_from_db()
    assert item.version == len(texts)
    return list(itertools.chain.from_iterable(found)), texts


def test_every_save_that_was_accepted_stands() -> None:
    accepted, texts = write_together(checked)

    assert len(texts) == len(accepted) + 1
    assert sorted(re.findall(r"\[[^\]]+\]", texts[-1])) == sorted(accepted)
    assert all(after.startswith(before) for before, after in itertools.pairwise(texts))


def test_without_the_comparison_the_same_run_loses_words() -> None:
    accepted, texts = write_together(unchecked)

    assert len(re.findall(r"\[[^\]]+\]", texts[-1])) < len(accepted)


def test_different_fields_at_once_are_both_kept() -> None:
    plan = make_plan(chapters=(node("chapter", title="章", children=[node(text="始")]),))
    item = plan.items.get(text="始")
    base, actors = values_of(item), [make_user(), make_user()]

    found = race(
        lambda: save_item(plan.pk, item.uid, actor=actors[0], base=base, values=base | {"title": "題"}),
        lambda: save_item(plan.pk, item.uid, actor=actors[1], base=base, values=base | {"text": "文"}),
    )

    assert not [one for one in found if isinstance(one, Exception)]
    item.refresh_from_db()
    assert (item.title, item.text, item.version) == ("題", "文", 3)
    assert {row.history_user for row in item.history.all()[:2]} == set(actors)


def test_one_request_sent_three_times_at_once_counts_once() -> None:
    plan = make_plan(chapters=(node("chapter", title="章", children=[node(text="始")]),))
    item, actor, token = plan.items.get(text="始"), make_user(), uuid.uuid4()
    base = values_of(item)

    def send() -> Any:
        return save_item(plan.pk, item.uid, actor=actor, base=base, values={"text": "始末"}, token=token)

    found = race(send, send, send)

    assert sorted(one.is_repeat for one in found) == [False, True, True]
    item.refresh_from_db()
    assert item.version == 2


def test_moves_and_deletions_at_once_leave_a_whole_tree() -> None:
    lines = [
        node("heading", title=f"組{n}", children=[node(text=f"{n}-{m}") for m in range(3)]) for n in range(4)
    ]
    plan = make_plan(chapters=(node("chapter", title="章", children=lines),))
    uids = {item.title or item.text: item.uid for item in plan.items.all()}
    actors = [make_user() for _ in range(4)]

    def attempt(*steps: Callable[[], Any]) -> Callable[[], None]:
        def run() -> None:
            for step in steps:
                try:
                    step()
                except ValidationError:
                    continue  # refused, for another was there first

        return run

    found = race(
        attempt(
            lambda: move_item(plan.pk, uids["組0"], actor=actors[0], parent=uids["組1"], after=None),
            lambda: shift_item(plan.pk, uids["組0"], "out", actor=actors[0]),
        ),
        attempt(
            lambda: move_item(plan.pk, uids["組1"], actor=actors[1], parent=uids["組0"], after=None),
            lambda: remove_items(plan.pk, [uids["組2"]], actor=actors[1]),
        ),
        attempt(
            lambda: move_item(plan.pk, uids["組2"], actor=actors[2], parent=uids["0-1"], after=None),
            lambda: shift_item(plan.pk, uids["組3"], "in", actor=actors[2]),
        ),
        attempt(lambda: remove_items(plan.pk, [uids["組3"]], actor=actors[3])),
    )

    assert found == [None] * 4
    present = set(Item.objects.present().filter(plan=plan).values_list("uid", flat=True))
    assert {line.uid for line in plan_document(Plan.objects.get(pk=plan.pk)).walk()} == {
        str(uid) for uid in present
    }
