from __future__ import annotations

from typing import Any

from django.db import migrations

# What is written in the audit log stays as it is, whoever writes past the services. On SQLite a migration
# that rebuilds one of the tables drops its triggers: it has to make them anew by `forbid`. SQLite's REPLACE
# takes a row out without asking the trigger against deletion, so it is refused where it comes in.
SQLITE = [
    """CREATE TRIGGER an_audit_event_is_never_changed BEFORE UPDATE ON core_auditevent
       BEGIN SELECT RAISE(ABORT, 'an audit event is never changed'); END""",
    """CREATE TRIGGER an_audit_event_is_never_deleted BEFORE DELETE ON core_auditevent
       BEGIN SELECT RAISE(ABORT, 'an audit event is never deleted'); END""",
    """CREATE TRIGGER an_audit_event_is_never_replaced BEFORE INSERT ON core_auditevent
       WHEN EXISTS (SELECT 1 FROM core_auditevent WHERE id = NEW.id)
       BEGIN SELECT RAISE(ABORT, 'an audit event is never replaced'); END""",
    """CREATE TRIGGER an_audit_seal_is_never_changed BEFORE UPDATE ON core_auditseal
       BEGIN SELECT RAISE(ABORT, 'a seal of the audit log is never changed'); END""",
    """CREATE TRIGGER an_audit_seal_is_never_deleted BEFORE DELETE ON core_auditseal
       BEGIN SELECT RAISE(ABORT, 'a seal of the audit log is never deleted'); END""",
    """CREATE TRIGGER an_audit_seal_is_never_replaced BEFORE INSERT ON core_auditseal
       WHEN EXISTS (SELECT 1 FROM core_auditseal WHERE id = NEW.id OR number = NEW.number)
       BEGIN SELECT RAISE(ABORT, 'a seal of the audit log is never replaced'); END""",
]
SQLITE_BACK = [
    "DROP TRIGGER an_audit_event_is_never_changed",
    "DROP TRIGGER an_audit_event_is_never_deleted",
    "DROP TRIGGER an_audit_event_is_never_replaced",
    "DROP TRIGGER an_audit_seal_is_never_changed",
    "DROP TRIGGER an_audit_seal_is_never_deleted",
    "DROP TRIGGER an_audit_seal_is_never_replaced",
]
POSTGRESQL = [
    """CREATE FUNCTION core_refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         RAISE EXCEPTION 'what is in the audit log is never changed or deleted'
           USING ERRCODE = 'integrity_constraint_violation';
       END $$""",
    """CREATE TRIGGER an_audit_event_is_never_changed BEFORE UPDATE OR DELETE ON core_auditevent
       FOR EACH ROW EXECUTE FUNCTION core_refuse_audit_change()""",
    """CREATE TRIGGER core_auditevent_is_never_emptied BEFORE TRUNCATE ON core_auditevent
       FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_audit_change()""",
    """CREATE TRIGGER an_audit_seal_is_never_changed BEFORE UPDATE OR DELETE ON core_auditseal
       FOR EACH ROW EXECUTE FUNCTION core_refuse_audit_change()""",
    """CREATE TRIGGER core_auditseal_is_never_emptied BEFORE TRUNCATE ON core_auditseal
       FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_audit_change()""",
]
POSTGRESQL_BACK = [
    "DROP TRIGGER an_audit_event_is_never_changed ON core_auditevent",
    "DROP TRIGGER core_auditevent_is_never_emptied ON core_auditevent",
    "DROP TRIGGER an_audit_seal_is_never_changed ON core_auditseal",
    "DROP TRIGGER core_auditseal_is_never_emptied ON core_auditseal",
    "DROP FUNCTION core_refuse_audit_change()",
]


def forbid(apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def allow(apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("core", "0001_audit_events")]

    operations = [migrations.RunPython(forbid, allow)]
