"""Whoever sets a site up without compiling its translations is told so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from core.checks import check_translations


@pytest.fixture
def catalogue(settings: Any, tmp_path: Path) -> Path:
    settings.BASE_DIR = tmp_path
    place = tmp_path / "locale/zh_Hant/LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "django.po").write_text("")
    return place


def test_missing_translations_are_told(catalogue: Path) -> None:
    (told,) = check_translations()
    assert "compilemessages" in str(told.hint)


def test_old_ones_too(catalogue: Path) -> None:
    (catalogue / "django.mo").write_text("")
    assert check_translations() == []
    os.utime(catalogue / "django.mo", (1, 1))
    assert [told.id for told in check_translations()] == ["core.W001"]
