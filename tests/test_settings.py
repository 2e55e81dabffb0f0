"""The settings as a process of its own reads them from the environment."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAME = re.compile(r"^([A-Z_]+)=(.*)$", re.MULTILINE)
EXAMPLE = dict(NAME.findall((ROOT / ".env.example").read_text()))
GIVEN = {"SECRET_KEY": "0123456789" * 5, "ALLOWED_HOSTS": "localhost"}
SHOW = """
import json
from districtplans import settings as s
print(json.dumps({
    "engine": s.DATABASES["default"]["ENGINE"], "media": str(s.MEDIA_ROOT), "static": str(s.STATIC_ROOT),
    "fonts": str(s.FONT_DIR), "hosts": s.ALLOWED_HOSTS, "sessions": s.SESSION_ENGINE.rsplit(".", 1)[1],
    "secure": s.SESSION_COOKIE_SECURE, "storage": s.STORAGES["staticfiles"]["BACKEND"].rsplit(".", 1)[1],
}))
"""


def read(**values: str) -> subprocess.CompletedProcess[str]:
    # Empty rather than absent, so that a developer's own .env has no say.
    clean = os.environ | dict.fromkeys(EXAMPLE, "")
    return subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-c", SHOW],
        env=clean | values,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def settings(**values: str) -> dict[str, Any]:
    found = read(**values)
    assert found.returncode == 0, found.stderr[-500:]
    return json.loads(found.stdout)


def test_the_example_works_once_its_two_required_names_are_filled_in() -> None:
    found = settings(**EXAMPLE | GIVEN)

    assert found == {
        "engine": "django.db.backends.sqlite3",
        "media": str(ROOT / "var" / "media"),
        "static": str(ROOT / "var" / "static"),
        "fonts": str(ROOT / "var" / "fonts"),
        "hosts": ["localhost"],
        "sessions": "db",
        "secure": True,
        "storage": "CompressedManifestStaticFilesStorage",
    }


def test_every_name_may_be_empty_while_developing() -> None:
    found = settings(DEBUG="true")

    assert (found["hosts"], found["media"]) == (
        ["localhost", "127.0.0.1", "[::1]"],
        str(ROOT / "var" / "media"),
    )
    assert (found["sessions"], found["secure"]) == ("cached_db", False)


def test_sessions_are_cached_where_all_processes_share_the_cache() -> None:
    assert settings(**GIVEN, CACHE_URL="redis://localhost:6379/0")["sessions"] == "cached_db"


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"SECRET_KEY": GIVEN["SECRET_KEY"]},
        {"ALLOWED_HOSTS": "localhost"},
        GIVEN | {"SECRET_KEY": "short"},
        GIVEN | {"DATABASE_URL": "nonsense"},
        GIVEN | {"HTTPS": "perhaps"},
        GIVEN | {"SITE_URL": "plans.example.gov.tw"},
    ],
)
def test_a_bad_or_missing_value_stops_the_start(values: dict[str, str]) -> None:
    assert read(**values).returncode != 0


def test_the_example_names_every_setting_that_is_read() -> None:
    source = (ROOT / "districtplans" / "settings.py").read_text()

    assert set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source)) == set(EXAMPLE)
