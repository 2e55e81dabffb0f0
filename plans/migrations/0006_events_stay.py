from __future__ import annotations

from typing import Any

from django.db import migrations

# A step that was taken stays written as it is, whoever writes past the services. On SQLite a migration that
# rebuilds the table drops the triggers: it has to make them anew by `forbid`.
SQLITE = [
    """CREATE TRIGGER an_event_is_never_changed BEFORE UPDATE ON plans_planevent
       BEGIN SELECT RAISE(ABORT, 'a step of a plan is never changed'); END""",
    """CREATE TRIGGER an_event_is_never_deleted BEFORE DELETE ON plans_planevent
       BEGIN SELECT RAISE(ABORT, 'a step of a plan is never deleted'); END""",
]
SQLITE_BACK = ["DROP TRIGGER an_event_is_never_changed", "DROP TRIGGER an_event_is_never_deleted"]
POSTGRESQL = [
    """CREATE FUNCTION plans_refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         RAISE EXCEPTION 'a step of a plan is never changed or deleted'
           USING ERRCODE = 'integrity_constraint_violation';
       END $$""",
    """CREATE TRIGGER an_event_is_never_changed BEFORE UPDATE OR DELETE ON plans_planevent
       FOR EACH ROW EXECUTE FUNCTION plans_refuse_event_change()""",
]
POSTGRESQL_BACK = [
    "DROP TRIGGER an_event_is_never_changed ON plans_planevent",
    "DROP FUNCTION plans_refuse_event_change()",
]


def forbid(apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def allow(apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("plans", "0005_workflow")]

    operations = [migrations.RunPython(forbid, allow)]
