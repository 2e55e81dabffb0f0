from __future__ import annotations

from decimal import Decimal

import pytest

from core.glyphs import missing_glyphs
from districtplans.demo.builder import demo_document
from districtplans.demo.places import DISTRICTS, DemoDistrict, DemoPlan
from plans.checks import Context, UnitDates, check
from plans.layout import plain_text

PLANS = [(demo, plan) for demo in DISTRICTS for plan in demo.plans]


@pytest.mark.parametrize(("demo", "plan"), PLANS, ids=[f"{demo.slug}-{plan.year}" for demo, plan in PLANS])
def test_the_demonstration_plans_are_free_of_errors(demo: DemoDistrict, plan: DemoPlan) -> None:
    document = demo_document(demo, plan)
    context = Context(
        units={unit.name: UnitDates() for unit in demo.units},
        total_points=Decimal(1000) if "配分一千分" in plan.framework else None,
        unprintable=frozenset(missing_glyphs("".join(plain_text(document)))),
    )

    findings = check(document, context)

    # Three of the districts name no unit anywhere, as their printed plans do not; nothing else is doubtful.
    names_units = any(node.names_units for node in document.walk())
    assert [finding.code for finding in findings] == ([] if names_units else ["no_units"])
