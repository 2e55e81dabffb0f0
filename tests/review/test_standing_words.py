"""What the pages say to whoever writes: why it is their turn again, and what a sending leaves undone."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from plans.enums import PartState
from plans.models import Plan, UnitPart
from plans.services.comments import add_comment
from plans.services.rounds import open_round
from tests.review.desk_rows import FILING, Way, make_way

pytestmark = pytest.mark.django_db


def page(client: Client, way: Way, rest: str) -> str:
    client.force_login(way.secretary)
    client.cookies.load({"django_language": "en"})
    response = client.get(f"/plans/{way.plan.pk}/{rest}")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((), "The secretariat is writing, since"),
        ((*FILING, "take_in_hand", "return"), "Returned by the city on"),
        (("send_for_signature", "send_back"), "Sent back on"),
        (("send_for_signature", "recall"), "The secretariat is writing, since"),
        ((*FILING, "take_in_hand", "approve", "revise"), "The secretariat is revising it, since"),
    ],
)
def test_the_plan_says_why_it_is_the_secretariat_s_turn(
    client: Client, steps: tuple[str, ...], words: str
) -> None:
    assert words in page(client, make_way(*steps), "standing/")


def ask_units(way: Way) -> Plan:
    now = timezone.now()
    due_on = timezone.localdate(now) + dt.timedelta(days=7)
    open_round(way.plan.pk, actor=way.secretary, due_on=due_on, at=now)
    return way.plan


def test_a_sending_names_the_units_whose_chiefs_released_nothing_and_goes_on_nevertheless(
    client: Client,
) -> None:
    way = make_way()
    ask_units(way)

    told = page(client, way, "steps/send_for_signature/")

    assert "1 unit has not been released by its chief: 民政課." in told
    assert 'name="token"' in told


def test_a_sending_says_nothing_of_units_that_are_released_or_asked_no_more(client: Client) -> None:
    way = make_way()
    ask_units(way)
    UnitPart.objects.update(state=PartState.RELEASED)

    assert "released by" not in page(client, way, "steps/send_for_signature/")


def test_a_sending_says_how_many_places_of_the_check_list_ask_to_be_looked_at(client: Client) -> None:
    way = make_way()
    assert "of the check list ask" not in page(client, way, "steps/send_for_signature/")
    uid = way.line("每週二延長服務時間。").uid
    add_comment(way.plan.pk, uid, actor=way.secretary, text="請確認時段。", at=timezone.now())

    told = page(client, way, "steps/send_for_signature/")

    assert "1 place of the check list asks to be looked at." in told
