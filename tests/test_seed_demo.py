"""The command over what is there already, and where DEBUG is off; on its own rows: tests/demo."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from accounts.models import Appointment, District, Unit, User
from districtplans.demo.notation import read_plan
from districtplans.demo.people import PASSWORD
from plans.models import SERIES, Item, Plan
from plans.services.plans import create_plan
from tests.demo.conftest import run

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
pytestmark = pytest.mark.django_db


def test_a_plan_and_people_that_are_there_already_are_left_alone(settings: Settings) -> None:
    settings.DEBUG = True
    call_command("loaddata", *(FIXTURES / f"{name}.json" for name in ("cities", "districts")), verbosity=0)
    district = District.objects.get(city__name="臺北市", name="大安區")
    District.objects.filter(pk=district.pk).update(population=290_000, population_on="2025-12-31")
    unit = Unit.objects.create(district=district, name="社會課", order=7)
    writer = User.objects.create_user("secretary", password="x", full_name="本人")
    facts = read_plan(
        "title: 既有計畫\n---\n# 依據\n  - 手邊原有的一句話。",
        year=2026,
        agency="臺北市大安區公所",
        city="臺北市",
        district="大安區",
        series=SERIES,
    )
    own = create_plan(facts, district=district, actor=writer)
    before = list(Item.objects.order_by("pk").values())

    run()

    assert list(Item.objects.filter(plan=own).order_by("pk").values()) == before
    assert Plan.objects.filter(district=district).get() == own
    assert Plan.objects.get(pk=own.pk).title == "既有計畫"
    assert Unit.objects.get(district=district, name="社會課") == unit
    assert Unit.objects.get(pk=unit.pk).order == 7
    assert District.objects.get(pk=district.pk).population == 290_000
    assert User.objects.get(pk=writer.pk).history.count() == 1
    assert not Appointment.objects.filter(user=writer).exists()


def test_without_debug_there_are_plans_but_nobody_to_sign_in_as() -> None:
    said = run()

    assert Plan.objects.count() == 9
    assert Appointment.objects.count() == 0
    assert PASSWORD not in said
    author = User.objects.get()
    assert (author.is_active, author.has_usable_password()) == (False, False)
