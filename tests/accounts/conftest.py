from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.enums import Decision, Role
from accounts.models import Appointment, City, District, Unit, User


@pytest.fixture(autouse=True)
def sheet_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where uploaded sheets wait for their confirmation."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def admin() -> User:
    return User.objects.create_superuser("root", password="x")


@pytest.fixture
def site(client: Client, admin: User) -> Client:
    client.force_login(admin)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def places() -> dict[str, Any]:
    taipei = City.objects.create(name="臺北市", code="63000")
    taichung = City.objects.create(name="臺中市", code="66000", decision=Decision.RECORD)
    return {
        "taipei": taipei,
        "taichung": taichung,
        "north": District.objects.create(
            city=taipei,
            name="大安區",
            code="63000030",
            agency_name="臺北市大安區公所",
            population=300123,
            population_on=dt.date(2025, 1, 31),
        ),
        "middle": District.objects.create(
            city=taichung, name="大安區", code="66000220", agency_name="臺中市大安區公所"
        ),
    }


@pytest.fixture
def staff(places: dict[str, Any]) -> dict[str, Any]:
    """Everything the five sheets know, each field filled in at least once."""
    old = Unit.objects.create(district=places["north"], name="兵役課", ends_on=dt.date(2024, 12, 31))
    new = Unit.objects.create(
        district=places["north"],
        name="役政災防課",
        short_names="役政課,災防課",
        order=3,
        is_secretariat=False,
        starts_on=dt.date(2025, 1, 1),
    )
    old.successor = new
    old.save()
    same = Unit.objects.create(district=places["middle"], name="役政災防課", is_secretariat=True)
    wang = User.objects.create_user(
        "wang", full_name="王小明", job_title="課員", email="wang@example.org", password="x"
    )
    chen = User.objects.create_user("chen", full_name="陳大文", is_active=False)
    first = dt.date(2025, 3, 1)
    Appointment.objects.create(user=wang, role=Role.UNIT_STAFF, unit=same, starts_on=first)
    Appointment.objects.create(
        user=wang,
        role=Role.SECTION_CHIEF,
        unit=new,
        starts_on=first,
        ends_on=dt.date(2025, 12, 31),
        acting_for=chen,
    )
    Appointment.objects.create(user=chen, role=Role.DISTRICT_HEAD, district=places["middle"], starts_on=first)
    Appointment.objects.create(user=chen, role=Role.EVALUATOR, city=places["taipei"], starts_on=first)
    return {**places, "old": old, "new": new, "same": same, "wang": wang, "chen": chen}
