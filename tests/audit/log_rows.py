"""The log as a test wants it to begin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from core.models import AuditEvent

ROW_TRIGGERS = {
    "an_audit_event_is_never_changed": "core_auditevent",
    "an_audit_seal_is_never_changed": "core_auditseal",
}


@contextmanager
def unguarded() -> Iterator[None]:
    """Lift the triggers of rows, as whoever owns the database could; tests on SQLite run without any."""
    with connection.cursor() as cursor:
        lifted = []
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname = ANY(%s)", [list(ROW_TRIGGERS)])
            lifted = [name for (name,) in cursor.fetchall()]
        for name in lifted:
            cursor.execute(f"ALTER TABLE {ROW_TRIGGERS[name]} DISABLE TRIGGER {name}")
        yield
        for name in lifted:
            cursor.execute(f"ALTER TABLE {ROW_TRIGGERS[name]} ENABLE TRIGGER {name}")


def empty_log() -> None:
    """Forget what was told so far."""
    with unguarded():
        AuditEvent.objects.all()._raw_delete("default")
