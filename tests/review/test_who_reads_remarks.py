"""Remarks are read with the plan and the round they are of; a step is known by its token, plan and person."""

from __future__ import annotations

import uuid

import pytest
from django.http import Http404
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Appointment
from plans.models import PlanEvent, TakenStep
from review.desk_permissions import (
    can_judge,
    get_drafts_to_read,
    get_overseer,
    get_plan_on_desk,
    get_remark_to_change,
    get_remarks_told,
)
from review.models import Remark
from review.permissions import has_taken
from review.services.remarks import add_remark
from tests.builders import LONG_AGO, make_district, make_holder, make_unit, make_user
from tests.review.desk_rows import FILING, NOW, Way, make_way

pytestmark = pytest.mark.django_db
ON = timezone.localdate(NOW)


def say(way: Way, text: str) -> Remark:
    return add_remark(way.plan.pk, actor=way.evaluator, uid=None, text=text, at=NOW)


def test_remarks_are_of_their_plan_and_of_their_round() -> None:
    way = make_way(*FILING, "take_in_hand")
    other = make_way(
        *FILING, "take_in_hand", district=make_district(way.plan.district.city), evaluator=way.evaluator
    )
    first, foreign = say(way, "第一次。"), say(other, "別區。")
    way.go("return", *FILING, "take_in_hand")
    second = say(way, "第二次。")
    overseer = get_overseer(way.evaluator, on=ON)
    one, two = way.plan.versions.order_by("number")

    assert set(get_drafts_to_read(overseer, way.plan, two)) == {second}
    assert set(get_drafts_to_read(overseer, way.plan, one)) == {first}
    assert set(get_drafts_to_read(overseer, way.plan, None)) == set()
    assert set(get_drafts_to_read(overseer, other.plan, other.plan.versions.get())) == {foreign}
    assert set(get_remarks_told(way.plan)) == {first}
    assert set(get_remarks_told(other.plan)) == set()
    for remark in (first, second):
        assert get_remark_to_change(way.evaluator, way.plan.pk, remark.pk, on=ON) == remark
    with pytest.raises(Http404):
        get_remark_to_change(way.evaluator, way.plan.pk, foreign.pk, on=ON)


def test_who_works_in_the_agency_reads_no_remarks_before_they_are_told() -> None:
    way = make_way(*FILING, "take_in_hand")
    say(way, "請補正。")
    version = way.plan.versions.get()
    Appointment.objects.create(
        user=way.evaluator, role=Role.DISTRICT_HEAD, district=way.plan.district, starts_on=LONG_AGO
    )

    assert not get_drafts_to_read(get_overseer(way.evaluator, on=ON), way.plan, version).exists()


def test_a_step_is_known_by_its_token_its_plan_and_its_person() -> None:
    way, other = make_way(), make_way()
    token = uuid.uuid4()
    TakenStep.objects.create(token=token, plan=way.plan, actor=way.secretary)

    assert has_taken(way.secretary, way.plan.pk, token)
    assert not has_taken(way.secretary, other.plan.pk, token)
    assert not has_taken(make_user(), way.plan.pk, token)
    assert not has_taken(way.secretary, way.plan.pk, uuid.uuid4())
    assert not has_taken(way.secretary, way.plan.pk, None)


def test_remarks_are_answered_by_the_districts_secretariat_and_printed_for_who_sees_the_plan() -> None:
    way = make_way(*FILING, "take_in_hand")
    remark = say(way, "請補正。")
    way.go("return")
    answer, table = (
        f"/plans/{way.plan.pk}/responses/{remark.pk}/",
        f"/plans/{way.plan.pk}/responses/pdf/",
    )
    other = make_way(district=make_district(way.plan.district.city))
    head_of_other, staff = other.head, make_holder(Role.UNIT_STAFF, make_unit(way.plan.district))

    def statuses(path: str) -> list[int]:
        found = []
        for person in (way.secretary, way.head, staff, way.evaluator, other.secretary, head_of_other):
            client = Client()
            client.force_login(person)
            found.append(client.get(path).status_code)
        return found

    assert statuses(answer) == [200, 403, 403, 404, 404, 404]
    assert statuses(table) == [200, 200, 200, 404, 404, 404]


def test_who_took_a_step_of_another_plan_for_a_district_judges_this_one() -> None:
    way, other = make_way(*FILING), make_way(*FILING)
    PlanEvent.objects.create(
        plan=other.plan, number=9, step="file", actor=way.evaluator, role=Role.SECRETARIAT, at=NOW
    )

    plan, overseer = get_plan_on_desk(way.evaluator, way.plan.pk, on=ON)

    assert can_judge(overseer, plan)
