from __future__ import annotations

from typing import Any

from django.db import migrations

# What was filed of a year stays as it was filed, and what the city decided of it as it decided, whoever writes
# past the services. SQLite's REPLACE takes a row out without asking the trigger against deletion, so it is
# refused where it comes in. On SQLite a migration that rebuilds the table drops its triggers: it has to make
# them anew by `forbid`.
TABLE = "progress_yearend"
FILED = ("plan_id", "number", "content", "sha256", "filed_by_id", "filed_at", "document_number")
CHANGED = " OR ".join(["OLD.state <> 'filed'", *(f"NEW.{one} <> OLD.{one}" for one in FILED)])
SQLITE = [
    f"""CREATE TRIGGER a_filed_year_is_never_changed BEFORE UPDATE ON {TABLE} WHEN {CHANGED}
        BEGIN SELECT RAISE(ABORT, 'what was filed of a year is never changed'); END""",
    f"""CREATE TRIGGER a_filed_year_is_never_deleted BEFORE DELETE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'what was filed of a year is never deleted'); END""",
    f"""CREATE TRIGGER a_filed_year_is_never_replaced BEFORE INSERT ON {TABLE}
        WHEN EXISTS (SELECT 1 FROM {TABLE}
                     WHERE id = NEW.id OR (plan_id = NEW.plan_id AND number = NEW.number))
        BEGIN SELECT RAISE(ABORT, 'what was filed of a year is never replaced'); END""",
]
SQLITE_BACK = [f"DROP TRIGGER a_filed_year_is_never_{done}" for done in ("changed", "deleted", "replaced")]
POSTGRESQL = [
    """CREATE FUNCTION progress_refuse_year_change() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         RAISE EXCEPTION 'what was filed of a year is never changed or deleted'
           USING ERRCODE = 'integrity_constraint_violation';
       END $$""",
    f"""CREATE TRIGGER a_filed_year_is_never_changed BEFORE UPDATE ON {TABLE}
        FOR EACH ROW WHEN ({CHANGED}) EXECUTE FUNCTION progress_refuse_year_change()""",
    f"""CREATE TRIGGER a_filed_year_is_never_deleted BEFORE DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION progress_refuse_year_change()""",
    f"""CREATE TRIGGER {TABLE}_is_never_emptied BEFORE TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION progress_refuse_year_change()""",
]
POSTGRESQL_BACK = [
    f"DROP TRIGGER a_filed_year_is_never_changed ON {TABLE}",
    f"DROP TRIGGER a_filed_year_is_never_deleted ON {TABLE}",
    f"DROP TRIGGER {TABLE}_is_never_emptied ON {TABLE}",
    "DROP FUNCTION progress_refuse_year_change()",
]


def forbid(apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def allow(apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("progress", "0006_indexes_for_boards")]

    operations = [migrations.RunPython(forbid, allow)]
