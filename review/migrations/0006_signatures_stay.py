from __future__ import annotations

from typing import Any

from django.db import migrations

# A place that has decided stays as it decided, and what was kept of a filing as it was written, whoever
# writes past the services. On SQLite a migration that rebuilds one of the tables drops its triggers: it has
# to make them anew by `forbid`.
SQLITE = [
    """CREATE TRIGGER a_decided_signature_is_never_changed BEFORE UPDATE ON review_signature
       WHEN OLD.state <> 'waiting'
       BEGIN SELECT RAISE(ABORT, 'a decided signature is never changed'); END""",
    """CREATE TRIGGER a_decided_signature_is_never_deleted BEFORE DELETE ON review_signature
       WHEN OLD.state <> 'waiting'
       BEGIN SELECT RAISE(ABORT, 'a decided signature is never deleted'); END""",
    """CREATE TRIGGER a_filing_is_never_changed BEFORE UPDATE ON review_filing
       BEGIN SELECT RAISE(ABORT, 'what was filed is never changed'); END""",
    """CREATE TRIGGER a_filing_is_never_deleted BEFORE DELETE ON review_filing
       BEGIN SELECT RAISE(ABORT, 'what was filed is never deleted'); END""",
]
SQLITE_BACK = [
    "DROP TRIGGER a_decided_signature_is_never_changed",
    "DROP TRIGGER a_decided_signature_is_never_deleted",
    "DROP TRIGGER a_filing_is_never_changed",
    "DROP TRIGGER a_filing_is_never_deleted",
]
POSTGRESQL = [
    """CREATE FUNCTION review_refuse_signature_change() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         RAISE EXCEPTION 'a decided signature is never changed or deleted'
           USING ERRCODE = 'integrity_constraint_violation';
       END $$""",
    """CREATE TRIGGER a_decided_signature_is_never_changed BEFORE UPDATE OR DELETE ON review_signature
       FOR EACH ROW WHEN (OLD.state <> 'waiting') EXECUTE FUNCTION review_refuse_signature_change()""",
    """CREATE TRIGGER review_signature_is_never_emptied BEFORE TRUNCATE ON review_signature
       FOR EACH STATEMENT EXECUTE FUNCTION review_refuse_signature_change()""",
    """CREATE FUNCTION review_refuse_filing_change() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         RAISE EXCEPTION 'what was filed is never changed or deleted'
           USING ERRCODE = 'integrity_constraint_violation';
       END $$""",
    """CREATE TRIGGER a_filing_is_never_changed BEFORE UPDATE OR DELETE ON review_filing
       FOR EACH ROW EXECUTE FUNCTION review_refuse_filing_change()""",
    """CREATE TRIGGER review_filing_is_never_emptied BEFORE TRUNCATE ON review_filing
       FOR EACH STATEMENT EXECUTE FUNCTION review_refuse_filing_change()""",
]
POSTGRESQL_BACK = [
    "DROP TRIGGER a_decided_signature_is_never_changed ON review_signature",
    "DROP TRIGGER review_signature_is_never_emptied ON review_signature",
    "DROP FUNCTION review_refuse_signature_change()",
    "DROP TRIGGER a_filing_is_never_changed ON review_filing",
    "DROP TRIGGER review_filing_is_never_emptied ON review_filing",
    "DROP FUNCTION review_refuse_filing_change()",
]


def forbid(apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def allow(apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("review", "0005_filings_and_seals_of_signatures")]

    operations = [migrations.RunPython(forbid, allow)]
