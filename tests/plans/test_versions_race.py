"""Versions kept at the same moment by several people."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from plans.models import PlanVersion
from plans.services.versions import keep_version
from tests.builders import make_plan, make_user
from tests.shared_database import shared_database  # noqa: F401 -- a fixture
from tests.test_concurrency import race

pytestmark = pytest.mark.usefixtures("shared_database")


def test_of_three_who_keep_the_same_text_at_once_one_keeps_it() -> None:
    plan, actor = make_plan(), make_user()

    found = race(*[lambda: keep_version(plan.pk, actor=actor, name="初稿")] * 3)

    assert sorted(type(result).__name__ for result in found) == [
        PlanVersion.__name__,
        ValidationError.__name__,
        ValidationError.__name__,
    ]
    assert [version.number for version in PlanVersion.objects.all()] == [1]
