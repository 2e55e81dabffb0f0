"""Two people press at once: real threads, each with a connection of its own, on either database."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice
from plans.enums import PartState
from plans.models import Comment, UnitPart, WritingRound
from plans.services import comments, items, rounds
from tests.builders import make_holder
from tests.plans.desk_rows import Desk, make_desk, told
from tests.shared_database import shared_database  # noqa: F401 -- a fixture
from tests.test_concurrency import race

pytestmark = [pytest.mark.usefixtures("shared_database"), pytest.mark.slow]

CIVIL = "民政課"


@pytest.fixture
def desk(shared_database: str) -> Desk:  # noqa: F811 -- the fixture imported above
    return make_desk()


def changes(part: UnitPart) -> list[str]:
    return [row.state for row in part.history.order_by("history_id")]


def test_of_two_chiefs_who_release_at_once_one_does(desk: Desk) -> None:
    desk.open_round()
    acting = make_holder(Role.SECTION_CHIEF, desk.units[CIVIL])
    unit, now = desk.units[CIVIL].pk, timezone.now()

    found = race(
        *(
            lambda actor=actor: rounds.release_part(desk.plan.pk, unit, actor=actor, at=now)
            for actor in (desk.chiefs[CIVIL], acting)
        )
    )

    assert sorted(type(result).__name__ for result in found) == ["UnitPart", "ValidationError"]
    assert changes(desk.part()) == [PartState.NOT_BEGUN, PartState.RELEASED]
    assert told(desk.secretary) == [rounds.RELEASED]


def test_one_chief_with_two_browsers_releases_once_and_sees_no_error(desk: Desk) -> None:
    desk.open_round()
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(desk.chiefs[CIVIL])
    path = f"/plans/{desk.plan.pk}/round/units/{desk.units[CIVIL].pk}/release/"

    found = race(*(lambda client=client: client.post(path) for client in clients))

    assert [response.status_code for response in found] == [302, 302]
    assert changes(desk.part()) == [PartState.NOT_BEGUN, PartState.RELEASED]
    assert told(desk.secretary) == [rounds.RELEASED]


def test_releasing_and_sending_back_at_once_end_in_one_of_the_two_orders(desk: Desk) -> None:
    desk.open_round()
    unit, now = desk.units[CIVIL].pk, timezone.now()
    rounds.mark_part(desk.plan.pk, unit, "ready", actor=desk.staff[CIVIL], at=now)

    race(
        lambda: rounds.release_part(desk.plan.pk, unit, actor=desk.chiefs[CIVIL], at=now),
        lambda: rounds.send_back_part(desk.plan.pk, unit, actor=desk.secretary, reason="補", at=now),
    )

    assert changes(desk.part())[2:] in (
        [PartState.RELEASED, PartState.SENT_BACK],
        [PartState.SENT_BACK, PartState.RELEASED],
    )
    assert desk.part().state == changes(desk.part())[-1]


def test_of_two_secretaries_who_open_a_round_one_does(desk: Desk) -> None:
    due_on = timezone.localdate() + dt.timedelta(days=7)

    found = race(
        *[lambda: rounds.open_round(desk.plan.pk, actor=desk.secretary, due_on=due_on, at=timezone.now())] * 2
    )

    assert sorted(type(result).__name__ for result in found) == ["ValidationError", "WritingRound"]
    assert (WritingRound.objects.count(), UnitPart.objects.count()) == (1, 2)
    assert told(desk.staff[CIVIL]) == [rounds.OPENED]


def test_of_two_who_remind_at_once_one_does(desk: Desk) -> None:
    desk.open_round()
    Notice.objects.all().delete()
    unit = desk.units[CIVIL]

    found = race(
        *[lambda: rounds.remind_units(desk.plan.pk, [unit.pk], actor=desk.secretary, at=timezone.now())] * 2
    )

    assert sorted((len(done.sent), len(done.today_already)) for done in found) == [(0, 1), (1, 0)]
    assert told(desk.staff[CIVIL]) == [rounds.REMINDED]


def test_two_of_a_unit_named_later_begin_one_part(desk: Desk) -> None:
    desk.open_round()
    UnitPart.objects.all().delete()
    item = desk.item(f"{CIVIL}第一條。")

    def write(words: str) -> None:
        person = desk.staff[CIVIL] if words == "甲" else desk.chiefs[CIVIL]
        base = {"title": "", "text": item.text}
        field = "text" if words == "甲" else "title"
        items.save_item(desk.plan.pk, item.uid, actor=person, base=base, values={field: words})
        rounds.mark_part(desk.plan.pk, desk.units[CIVIL].pk, "ready", actor=person, at=timezone.now())

    found = race(lambda: write("甲"), lambda: write("乙"))

    assert [result for result in found if not isinstance(result, ValidationError)] != []
    assert UnitPart.objects.get().state == PartState.READY


def test_a_round_closed_while_a_chief_releases_is_closed_with_or_without_it(desk: Desk) -> None:
    desk.open_round()
    unit, now = desk.units[CIVIL].pk, timezone.now()

    released, closed = race(
        lambda: rounds.release_part(desk.plan.pk, unit, actor=desk.chiefs[CIVIL], at=now),
        lambda: rounds.close_round(desk.plan.pk, actor=desk.secretary, at=now),
    )

    assert isinstance(closed, WritingRound)
    part = UnitPart.objects.get(unit=unit)
    is_released = not isinstance(released, ValidationError)
    assert part.state == (PartState.RELEASED if is_released else PartState.NOT_BEGUN)


def test_an_answer_and_a_change_of_what_it_answers_are_never_both_made(desk: Desk) -> None:
    uid, now = desk.item(f"{CIVIL}第一條。").uid, timezone.now()
    first = comments.add_comment(desk.plan.pk, uid, actor=desk.secretary, text="甲", at=now)

    answered, changed = race(
        lambda: comments.add_comment(
            desk.plan.pk, uid, actor=desk.staff[CIVIL], text="答", answers=first.pk, at=timezone.now()
        ),
        lambda: comments.change_comment(
            desk.plan.pk, first.pk, actor=desk.secretary, text="乙", at=timezone.now()
        ),
    )

    assert isinstance(answered, Comment)
    first.refresh_from_db()
    # Either the words were changed before the answer came, or the answer kept them from being changed.
    assert first.text == ("甲" if isinstance(changed, ValidationError) else "乙")
    last = first.history.order_by("history_id").last()
    assert first.text == "甲" or last.history_id < answered.history.get().history_id


def test_a_thread_settled_by_two_is_settled_once(desk: Desk) -> None:
    uid, now = desk.item(f"{CIVIL}第一條。").uid, timezone.now()
    first = comments.add_comment(desk.plan.pk, uid, actor=desk.secretary, text="甲", at=now)

    race(
        *(
            lambda actor=actor: comments.resolve_comment(
                desk.plan.pk, first.pk, actor=actor, at=timezone.now()
            )
            for actor in (desk.staff[CIVIL], desk.chiefs[CIVIL])
        )
    )

    assert first.history.count() == 2
    assert told(desk.secretary) == [comments.RESOLVED]


def test_one_comment_sent_twice_at_once_is_written_once(desk: Desk) -> None:
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(desk.secretary)
    path = f"/plans/{desk.plan.pk}/items/{desk.item(f'{CIVIL}第一條。').uid}/comments/"
    token = clients[0].get(path).context["form"]["token"].value()

    found = race(
        *(lambda client=client: client.post(path, {"text": "甲", "token": token}) for client in clients)
    )

    assert [response.status_code for response in found] == [302, 302]
    assert Comment.objects.count() == 1
