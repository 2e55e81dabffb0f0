"""A revision that was filed and then given up: nothing of it stands, and nothing of it waits."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.enums import Role
from documents import queries as files
from plans.models import PlanVersion
from plans.queries.versions import given_up_versions, standing_version
from plans.step_permissions import Standing
from plans.workflow import BY_NAME
from review.models import Remark
from review.permissions import get_strip_to_view
from review.queries.responses import response_sheet
from review.queries.signing import strip_of
from review.queries.standing import standing_of
from review.services.remarks import add_remark
from review.services.steps import take
from tests.builders import make_district
from tests.review.desk_rows import FILING, NOW, Way, make_way

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 4, 28)
APPROVED = (*FILING, "take_in_hand", "approve")
OLD, NEW = "核定的文字。", "放棄的文字。"


def rewrite(way: Way, words: str) -> None:
    way.plan.items.filter(kind="action").update(text=words)


def approved() -> Way:
    way = make_way()
    rewrite(way, OLD)
    way.go(*APPROVED)
    return way


def given_up(*, returned: bool) -> Way:
    """Return a plan in force whose revision was filed, came back from the city and was given up."""
    way = approved()
    way.go("revise", comment="增列。")
    rewrite(way, NEW)
    way.go(*FILING)
    if returned:
        way.go("take_in_hand")
        add_remark(way.plan.pk, actor=way.evaluator, uid=None, text="請刪除。", at=NOW)
        way.go("return")
    else:
        way.go("withdraw")
    way.go("give_up")
    return way


def page(way: Way, path: str, person: str = "evaluator") -> str:
    client = Client()
    client.force_login(getattr(way, person))
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


@pytest.mark.parametrize("returned", [True, False], ids=["returned", "withdrawn"])
def test_the_plan_is_read_and_printed_as_it_is_in_force(returned: bool) -> None:
    way = given_up(returned=returned)
    plan = way.plan
    first, second = PlanVersion.objects.filter(plan=plan).order_by("number")
    root = f"/plans/{plan.pk}/"

    assert plan.in_force == first
    assert (given_up_versions(plan), standing_version(plan)) == ({second.pk}, first)
    assert files.version_to_print(plan) == first
    for person in ("evaluator", "secretary"):
        for path in (root, f"{root}json/"):
            text = page(way, path, person)
            assert (OLD in text, NEW in text) == (True, False), (person, path)
    desk = page(way, f"/desk/{plan.pk}/")
    assert (OLD in desk, NEW in desk) == (True, False)
    assert re.search(r'desk__facts">.*?第 1 次.*?</p>', desk, re.DOTALL)
    assert standing_of(plan, way.secretary, on=ON).filed == first.number
    assert f"/filings/{second.number}/" not in page(way, f"{root}standing/")


def test_the_strip_is_that_of_the_round_that_led_to_what_is_in_force() -> None:
    way = given_up(returned=True)
    sent = way.plan.events.filter(step="send_for_signature").order_by("number")

    strip = strip_of(way.plan)

    assert (strip.sent, strip.number, strip.ended) == (sent[0], 1, None)
    assert get_strip_to_view(way.secretary, way.plan.pk, on=ON)[0].sent == sent[0]
    way.go("revise", comment="再增列。")
    assert strip_of(way.plan).sent == sent[1]  # while it is written again the last one is told


def test_its_remarks_wait_for_no_answer_and_hold_nothing_up() -> None:
    way = given_up(returned=True)
    remark = Remark.objects.get()
    table = f"/plans/{way.plan.pk}/responses/"

    assert not Remark.objects.to_answer().exists()
    assert list(Remark.objects.told()) == [remark]
    assert "此次修訂已放棄，不需回應。" in page(way, table, "secretary")
    assert "回應市府審查意見（1 項）" not in page(way, f"/plans/{way.plan.pk}/standing/", "secretary")
    (told,) = response_sheet(way.plan).rounds
    assert told.lines[0].paragraphs == ("－",)
    way.go("revise", comment="再增列。")
    assert response_sheet(way.plan, since_approval=True).rounds == ()
    way.go("send_for_signature")
    assert way.plan.status == "signing"


def test_remarks_of_a_revision_that_goes_on_still_wait() -> None:
    way = given_up(returned=True)
    way.go("revise", comment="再增列。")
    rewrite(way, "第三次的文字。")
    way.go(*FILING, "take_in_hand")
    second = add_remark(way.plan.pk, actor=way.evaluator, uid=None, text="仍請補充。", at=NOW)
    way.go("return")

    assert list(Remark.objects.to_answer()) == [second]
    with pytest.raises(ValidationError, match="審查意見"):
        take(
            way.plan.pk,
            BY_NAME["send_for_signature"],
            actor=way.secretary,
            standing=Standing(Role.SECRETARIAT),
            at=NOW,
        )


def test_the_next_revision_is_compared_with_what_is_in_force() -> None:
    way = given_up(returned=True)
    way.go("revise", comment="再增列。")
    rewrite(way, "第三次的文字。")
    way.go(*FILING)

    client = Client()
    client.force_login(way.evaluator)

    response = client.get(f"/desk/{way.plan.pk}/")
    reading = response.context["reading"]

    assert "再增列。" in response.content.decode()  # the grounds
    assert reading.round == 3
    assert "第三次的文字。" in page(way, f"/desk/{way.plan.pk}/")
    assert reading.since.side.version == way.plan.in_force
    assert NEW not in repr(reading.changes)


def test_an_old_notice_leads_to_what_is_in_force_or_back_to_the_list() -> None:
    way = make_way(*FILING)
    client, path = Client(), f"/desk/{way.plan.pk}/"
    client.force_login(way.evaluator)
    way.go("withdraw")
    assert client.get(path).headers["Location"] == "/desk/"
    assert "這份計畫已回到區公所" in client.get("/desk/").content.decode()

    way.go(*APPROVED, "revise", comment="增列。")
    assert client.get(path).headers["Location"] == f"/plans/{way.plan.pk}/in-force/"
    unfiled, other = make_way(district=make_district(way.plan.district.city)), make_way(*FILING, "withdraw")
    for plan in (unfiled.plan, other.plan):
        assert client.get(f"/desk/{plan.pk}/").status_code == 404
    client.force_login(way.secretary)
    assert client.get(path).status_code == 404
