"""What the database itself refuses stands on a database made by the migrations, whatever came after them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from django.conf import settings

KEPT = {
    "core_auditevent": "an_audit_event",
    "core_auditseal": "an_audit_seal",
    "plans_planevent": "an_event",
    "plans_planversion": "a_version",
    "progress_yearend": "a_filed_year",
    "review_filing": "a_filing",
    "review_signature": "a_decided_signature",
}


def test_on_sqlite_every_trigger_outlives_all_migrations(tmp_path: Path) -> None:
    """SQLite drops the triggers of a table that a migration builds anew, and says nothing."""
    path = tmp_path / "new.sqlite3"
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{path}", "DEBUG": "true"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True, timeout=300)  # noqa: S603 -- ourselves

    with closing(sqlite3.connect(path)) as database:
        found = set(database.execute("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"))

    assert found == {
        (table, f"{what}_is_never_{done}")
        for table, what in KEPT.items()
        for done in ("changed", "deleted", "replaced")
    }
