from __future__ import annotations

import uuid
from collections.abc import Iterator
from copy import deepcopy

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from accounts.enums import Role
from accounts.models import Notice
from plans.enums import PlanStatus
from plans.step_permissions import Standing
from plans.workflow import BY_NAME
from review.models import Adoption, Answer, Remark
from review.services.remarks import (
    NAMED,
    add_remark,
    answer_remark,
    change_remark,
    check_answered,
    remove_remark,
    unanswered,
)
from review.services.steps import take
from tests.builders import make_holder, make_unit
from tests.review.desk_rows import FILING, Way, make_way

pytestmark = pytest.mark.django_db
HEADING, ACTION = "便民服務", "每週二延長服務時間。"


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def taken(kept: None) -> Way:
    return make_way(*FILING, "take_in_hand")


@pytest.fixture
def way(taken: Way) -> Way:
    return deepcopy(taken)


def say(way: Way, text: str, line: str | None = ACTION) -> Remark:
    uid = way.line(line).uid if line else None
    return add_remark(way.plan.pk, actor=way.evaluator, uid=uid, text=text, at=timezone.now())


def test_a_remark_keeps_the_line_as_it_was_filed(way: Way) -> None:
    remark = say(way, "  請敘明時段。 ")

    assert (remark.text, remark.line) == ("請敘明時段。", f"(二){ACTION}")
    assert remark.version == way.plan.versions.get()
    assert say(way, "整體可行。", None).position == 0


def test_remarks_are_ordered_as_the_plan_is(way: Way) -> None:
    later, first, whole = say(way, "三"), say(way, "二", HEADING), say(way, "一", None)

    assert list(Remark.objects.all()) == [whole, first, later]


def test_a_press_that_is_sent_twice_writes_one_remark(way: Way) -> None:
    token = uuid.uuid4()
    made = {
        add_remark(
            way.plan.pk, actor=way.evaluator, uid=None, text="請補正。", at=timezone.now(), token=token
        ).pk
        for _ in range(2)
    }

    assert made == {Remark.objects.get().pk}


def test_only_who_has_the_plan_in_hand_writes_remarks(way: Way) -> None:
    remark = say(way, "請補正。")
    other = make_holder(Role.EVALUATOR, way.plan.district.city)

    for write in (
        lambda: add_remark(way.plan.pk, actor=other, uid=None, text="二", at=timezone.now()),
        lambda: change_remark(way.plan.pk, remark.pk, actor=other, text="二", at=timezone.now()),
        lambda: remove_remark(way.plan.pk, remark.pk, actor=other),
    ):
        with pytest.raises(ValidationError):
            write()
    way.go("put_back")
    with pytest.raises(ValidationError):
        say(way, "三")

    assert [row.text for row in Remark.objects.all()] == ["請補正。"]


@pytest.mark.parametrize("step", ["return", "approve"])
def test_what_was_told_stays_as_it_is(way: Way, step: str) -> None:
    remark = say(way, "請補正。")
    assert not Remark.objects.told().exists()

    way.go(step)

    assert Remark.objects.told().get() == remark
    with pytest.raises(ValidationError):
        change_remark(way.plan.pk, remark.pk, actor=way.evaluator, text="二", at=timezone.now())
    with pytest.raises(ValidationError):
        remove_remark(way.plan.pk, remark.pk, actor=way.evaluator)


def test_a_draft_is_changed_and_removed_and_its_history_names_who_did(way: Way) -> None:
    remark = say(way, "一")
    change_remark(way.plan.pk, remark.pk, actor=way.evaluator, text="二", at=timezone.now())
    remove_remark(way.plan.pk, remark.pk, actor=way.evaluator)

    assert not Remark.objects.exists()
    rows = Remark.history.order_by("history_id").values_list("history_type", "text", "history_user")
    pk = way.evaluator.pk
    assert list(rows) == [("+", "一", pk), ("~", "二", pk), ("-", "二", pk)]


@pytest.mark.parametrize("text", ["", " \n ", "字" * 4_001])
def test_a_remark_says_something_and_not_too_much(way: Way, text: str) -> None:
    with pytest.raises(ValidationError):
        say(way, text)


def test_a_line_that_is_not_in_the_filed_version_takes_no_remark(way: Way) -> None:
    with pytest.raises(ValidationError, match="not in the plan as it was filed"):
        add_remark(way.plan.pk, actor=way.evaluator, uid=uuid.uuid4(), text="一", at=timezone.now())


def test_what_was_returned_waits_for_an_answer_and_what_was_approved_does_not(way: Way) -> None:
    remark = say(way, "請補正。")
    assert unanswered(way.plan) == 0
    way.go("return")

    assert unanswered(way.plan) == 1
    with pytest.raises(ValidationError, match="1 remarks"):
        check_answered(way.plan)
    answer(way, remark)
    check_answered(way.plan)

    way.go(*FILING, "take_in_hand")
    say(way, "附帶意見。")
    way.go("approve")
    assert unanswered(way.plan) == 0
    assert Remark.objects.told().count() == 2


def answer(
    way: Way, remark: Remark, adoption: str = Adoption.ACCEPTED, text: str = "", **more: object
) -> Answer:
    return answer_remark(
        way.plan.pk, remark.pk, actor=way.secretary, adoption=adoption, text=text, at=timezone.now(), **more
    )


def test_what_is_not_followed_needs_a_reason(way: Way) -> None:
    remark = say(way, "請補正。")
    way.go("return")

    for adoption in (Adoption.PARTLY, Adoption.NOT, "other"):
        with pytest.raises(ValidationError):
            answer(way, remark, adoption)
    answer(way, remark, Adoption.NOT, "與本市規定不符。")

    assert Answer.objects.get().text == "與本市規定不符。"


def test_a_draft_of_the_city_cannot_be_answered(way: Way) -> None:
    remark = say(way, "請補正。")

    with pytest.raises(ValidationError, match="not there"):
        answer(way, remark)


def test_what_the_head_signs_is_not_changed_any_more(way: Way) -> None:
    remark = say(way, "一")
    way.go("return")
    answer(way, remark)
    for step in FILING:
        way.go(step)
        with pytest.raises(ValidationError, match="while the plan is open"):
            answer(way, remark, Adoption.NOT, "改。")

    assert Answer.objects.get().adoption == Adoption.ACCEPTED


def test_a_plan_is_not_signed_before_every_remark_is_answered(way: Way) -> None:
    remark = say(way, "一")
    way.go("return")
    step, standing = BY_NAME["send_for_signature"], Standing(Role.SECRETARIAT)

    with pytest.raises(ValidationError, match="1 remarks"):
        take(way.plan.pk, step, actor=way.secretary, standing=standing, at=timezone.now())
    answer(way, remark)
    take(way.plan.pk, step, actor=way.secretary, standing=standing, at=timezone.now())

    way.plan.refresh_from_db()
    assert way.plan.status == PlanStatus.SIGNING


def test_a_unit_that_is_named_in_an_answer_is_told_once(way: Way) -> None:
    remark = say(way, "請補正。")
    way.go("return")
    unit = make_unit(way.plan.district)
    chief = make_holder(Role.SECTION_CHIEF, unit)

    for _ in range(2):
        answer(way, remark, units=[unit.pk])

    assert [notice.words for notice in Notice.objects.filter(recipient=chief)] == [NAMED]
    with pytest.raises(ValidationError, match="units"):
        answer(way, remark, units=[make_holder_unit()])


def make_holder_unit() -> int:
    return make_unit(make_way().plan.district).pk
