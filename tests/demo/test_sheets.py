"""Every plan of the demonstration goes out by sheet and comes in again, and nothing changes."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from accounts.models import User
from core.sheet_files import read_sheet
from districtplans.demo.places import DISTRICTS
from plans.models import Item, Plan, Responsibility
from plans.resources import FORMATS, ItemResource, PlanResource, lines_file

PLANS = [(demo.slug, plan.year) for demo in DISTRICTS for plan in demo.plans]


def everything() -> list[object]:
    models = (Plan, Item, Responsibility)
    return [list(model.objects.order_by("pk").values()) for model in models] + [
        model.history.count() for model in models
    ]


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize(("slug", "year"), PLANS)
def test_a_plan_taken_out_and_brought_in_again_is_the_same(
    seeded: Settings, slug: str, year: int, extension: str
) -> None:
    demo = next(demo for demo in DISTRICTS if demo.slug == slug)
    plan = Plan.objects.get(district__city__name=demo.city, district__name=demo.name, year=year)
    actor = User.objects.get(username=f"demo-{slug}-secretary")
    data, _content_type = lines_file(plan, extension)
    before = everything()

    result = ItemResource(plan=plan).import_data(read_sheet(data), user=actor)

    assert not result.has_errors()
    assert not result.has_validation_errors()
    assert result.totals["skip"] == plan.items.count()
    assert everything() == before


@pytest.mark.parametrize("extension", FORMATS)
def test_the_facts_of_all_plans_are_the_same_too(seeded: Settings, extension: str) -> None:
    data = FORMATS[extension]().export_data(PlanResource().export(queryset=Plan.objects.all()))
    before = everything()

    result = PlanResource().import_data(
        read_sheet(data), user=User.objects.get(username="demo-daan-secretary")
    )

    assert not result.has_errors()
    assert not result.has_validation_errors()
    assert result.totals["skip"] == len(PLANS)
    assert everything() == before
