"""The demonstration, made once for the tests of this folder and taken away after them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from pytest_django import Settings


def run() -> str:
    """Run the command and return what it said."""
    out = io.StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


@pytest.fixture(scope="package")
def demonstration(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Seed inside a transaction that every test of this folder nests its own in; seeding takes seconds."""
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(DEBUG=True):
            run()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def seeded(demonstration: None, db: None, settings: Settings) -> Settings:
    """The demonstration as a developer has it, on a site with the guarded backends."""
    cache.clear()  # allauth counts failed sign-ins there
    settings.DEBUG = True
    return settings
