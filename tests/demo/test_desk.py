from __future__ import annotations

import pytest
from pytest_django import Settings

from plans.models import Comment, Plan, PlanVersion, UnitPart, WritingRound
from tests.demo.conftest import run

pytestmark = pytest.mark.django_db


def test_one_plan_stands_in_the_middle_of_being_written_and_only_once(settings: Settings) -> None:
    settings.DEBUG = True
    run()
    run()

    plan = Plan.objects.get(writing_rounds__isnull=False)
    states = UnitPart.objects.filter(round=WritingRound.objects.get()).values_list("unit__name", "state")
    assert plan.district.name == "三民區"
    assert dict(states).items() >= {"民政課": "released", "社會課": "sent_back"}.items()
    assert Comment.objects.count() == 3
    assert PlanVersion.objects.get(plan=plan).name == "彙整初稿"
