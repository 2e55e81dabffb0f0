"""The log's tests: a quiet place for sheets, and the people they have to do with."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from django.core.cache import cache

from accounts.models import District, User
from tests.builders import (
    make_district,
    make_secretary,
)


@pytest.fixture(autouse=True)
def sheet_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where uploaded sheets wait for their confirmation."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def no_attempts_yet() -> None:
    cache.clear()  # allauth counts attempts to sign in there


@pytest.fixture
def district() -> District:
    return make_district()


@pytest.fixture
def secretary(district: District) -> User:
    return make_secretary(district)


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root", password="x", full_name="林管理")
