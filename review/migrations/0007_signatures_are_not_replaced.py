from __future__ import annotations

from typing import Any

from django.db import migrations

# SQLite's REPLACE takes a row out without asking the trigger against deletion, so it is refused where it comes
# in. A migration that rebuilds one of the tables drops its triggers: it has to make them anew by `forbid`.
SQLITE = [
    """CREATE TRIGGER a_decided_signature_is_never_replaced BEFORE INSERT ON review_signature
       WHEN EXISTS (SELECT 1 FROM review_signature
                    WHERE state <> 'waiting'
                    AND (id = NEW.id OR (round_id = NEW.round_id AND position = NEW.position)))
       BEGIN SELECT RAISE(ABORT, 'a decided signature is never replaced'); END""",
    """CREATE TRIGGER a_filing_is_never_replaced BEFORE INSERT ON review_filing
       WHEN EXISTS (SELECT 1 FROM review_filing WHERE id = NEW.id OR event_id = NEW.event_id)
       BEGIN SELECT RAISE(ABORT, 'what was filed is never replaced'); END""",
]
SQLITE_BACK = [
    "DROP TRIGGER a_decided_signature_is_never_replaced",
    "DROP TRIGGER a_filing_is_never_replaced",
]


def forbid(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for statement in SQLITE:
            schema_editor.execute(statement)


def allow(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for statement in SQLITE_BACK:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("review", "0006_signatures_stay")]

    operations = [migrations.RunPython(forbid, allow)]
