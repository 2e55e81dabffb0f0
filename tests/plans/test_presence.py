from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from plans.models import Presence, TakenStep
from plans.services.presence import FORGOTTEN_AFTER, TOKENS_FOR, forget_old, tell_presence
from tests.builders import make_plan, make_user

pytestmark = pytest.mark.django_db


def test_others_are_told_who_is_at_which_line_until_they_are_gone_for_a_while() -> None:
    plan, one, other = make_plan(), make_user(), make_user()
    item, now = plan.items.order_by("pk")[0], timezone.now()

    assert tell_presence(plan, one, uid=item.uid, at=now) == []
    assert [(row.user, row.item) for row in tell_presence(plan, other, uid=None, at=now)] == [(one, item)]
    tell_presence(plan, one, uid=None, at=now)
    assert [row.item for row in tell_presence(plan, other, uid=None, at=now)] == [None]
    assert tell_presence(plan, other, uid=None, at=now + FORGOTTEN_AFTER + dt.timedelta(seconds=1)) == []
    assert Presence.objects.count() == 2


def test_lines_of_other_plans_are_not_taken() -> None:
    plan, user = make_plan(), make_user()

    tell_presence(plan, user, uid=make_plan().items.order_by("pk")[0].uid, at=timezone.now())

    assert Presence.objects.get().item is None


def test_only_what_nobody_asks_for_any_more_is_forgotten() -> None:
    plan, user, now = make_plan(), make_user(), timezone.now()
    for age in (dt.timedelta(0), TOKENS_FOR * 2):
        step = TakenStep.objects.create(token=uuid.uuid4(), plan=plan, actor=user)
        TakenStep.objects.filter(pk=step.pk).update(taken_at=now - age)
    tell_presence(plan, user, uid=None, at=now)
    tell_presence(plan, make_user(), uid=None, at=now - TOKENS_FOR * 2)

    assert forget_old(now) == 2
    assert (TakenStep.objects.count(), Presence.objects.count()) == (1, 1)
