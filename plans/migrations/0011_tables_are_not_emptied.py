from __future__ import annotations

from typing import Any

from django.db import migrations

# PostgreSQL empties a whole table without asking what stands guard over its rows; SQLite has no such
# statement. So neither `TRUNCATE` nor `manage.py flush` does away with versions and steps.
TABLES = {"version": "plans_planversion", "event": "plans_planevent"}
POSTGRESQL = [
    f"""CREATE TRIGGER {table}_is_never_emptied BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION plans_refuse_{what}_change()"""
    for what, table in TABLES.items()
]
POSTGRESQL_BACK = [f"DROP TRIGGER {table}_is_never_emptied ON {table}" for table in TABLES.values()]


def forbid(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in POSTGRESQL:
            schema_editor.execute(statement)


def allow(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in POSTGRESQL_BACK:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("plans", "0010_attachment_places")]

    operations = [migrations.RunPython(forbid, allow)]
