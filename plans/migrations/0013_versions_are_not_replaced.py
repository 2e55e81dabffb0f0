from __future__ import annotations

from typing import Any

from django.db import migrations

# SQLite's REPLACE takes a row out without asking the trigger against deletion, so it is refused where it comes
# in. A migration that rebuilds one of the tables drops its triggers: it has to make them anew by `forbid`.
TABLES = {"a_version": "plans_planversion", "an_event": "plans_planevent"}
SQLITE = [
    f"""CREATE TRIGGER {what}_is_never_replaced BEFORE INSERT ON {table}
        WHEN EXISTS (SELECT 1 FROM {table}
                     WHERE id = NEW.id OR (plan_id = NEW.plan_id AND number = NEW.number))
        BEGIN SELECT RAISE(ABORT, 'what was recorded of a plan is never replaced'); END"""
    for what, table in TABLES.items()
]
SQLITE_BACK = [f"DROP TRIGGER {what}_is_never_replaced" for what in TABLES]


def forbid(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for statement in SQLITE:
            schema_editor.execute(statement)


def allow(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for statement in SQLITE_BACK:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("plans", "0012_digest_of_what_was_signed")]

    operations = [migrations.RunPython(forbid, allow)]
