from __future__ import annotations

from typing import Any

from django.db import migrations

# A version that is written stays as it is, whoever writes past the services; 0011 keeps the whole table from
# being emptied. On SQLite a migration that rebuilds the table drops these: it has to make them anew by `forbid`.
SQLITE = [
    """CREATE TRIGGER a_version_is_never_changed BEFORE UPDATE ON plans_planversion
       BEGIN SELECT RAISE(ABORT, 'a version of a plan is never changed'); END""",
    """CREATE TRIGGER a_version_is_never_deleted BEFORE DELETE ON plans_planversion
       BEGIN SELECT RAISE(ABORT, 'a version of a plan is never deleted'); END""",
]
SQLITE_BACK = ["DROP TRIGGER a_version_is_never_changed", "DROP TRIGGER a_version_is_never_deleted"]
POSTGRESQL = [
    """CREATE FUNCTION plans_refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         RAISE EXCEPTION 'a version of a plan is never changed or deleted'
           USING ERRCODE = 'integrity_constraint_violation';
       END $$""",
    """CREATE TRIGGER a_version_is_never_changed BEFORE UPDATE OR DELETE ON plans_planversion
       FOR EACH ROW EXECUTE FUNCTION plans_refuse_version_change()""",
]
POSTGRESQL_BACK = [
    "DROP TRIGGER a_version_is_never_changed ON plans_planversion",
    "DROP FUNCTION plans_refuse_version_change()",
]


def forbid(apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def allow(apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("plans", "0003_say_why_items_were_removed")]

    operations = [migrations.RunPython(forbid, allow)]
