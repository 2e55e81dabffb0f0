"""The command run again: nothing doubled, nothing a person edited changed."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from pytest_django import Settings

from accounts.models import Appointment, City, District, Unit, User
from plans.models import Criterion, Item, Plan
from tests.demo.conftest import run

SECRETARY = "demo-sanmin-secretary"


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of the site's own apps, history included."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in {"accounts", "indicators", "plans", "documents", "progress"}:
            found[model._meta.label] = list(model._default_manager.order_by("pk").values())
    return found


def test_a_second_run_adds_and_changes_nothing(seeded: Settings) -> None:
    before = rows()

    said = run()

    assert rows() == before
    assert len(before["plans.Plan"]) == 9
    assert len(before["plans.HistoricalPlan"]) == 9 + 4 * 5  # four took the five steps to approval
    assert "+" not in said.splitlines()[0]
    assert District.objects.count() == 158


def test_what_a_person_edited_since_stays(seeded: Settings) -> None:
    plan = Plan.objects.get(district__name="三民區", year=2026)
    Item.objects.filter(plan=plan, title="計畫目標").update(title="本年目標")
    Plan.objects.filter(district__name="鹽水區").delete()
    Unit.objects.filter(district__name="三民區", name="經建課").update(name="經濟課", short_names="經建課")
    User.objects.filter(username=SECRETARY).update(full_name="改名")
    Appointment.objects.filter(user__username=SECRETARY).delete()
    City.objects.filter(name="高雄市").update(decision="record")
    Criterion.objects.filter(framework__city__name="高雄市", code="7.4").delete()

    run()

    assert Item.objects.filter(plan=plan, title="本年目標").count() == 1
    assert Plan.objects.filter(district__name="鹽水區").count() == 1  # what is missing comes back
    assert Unit.objects.filter(district__name="三民區").count() == 8
    assert User.objects.get(username=SECRETARY).full_name == "改名"
    assert not Appointment.objects.filter(user__username=SECRETARY).exists()
    assert City.objects.get(name="高雄市").decision == "record"
    assert not Criterion.objects.filter(framework__city__name="高雄市", code="7.4").exists()
