"""SQLite's REPLACE, which takes a row out without asking the triggers against deletion."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model


def refuse_to_replace(model: type[Model]) -> None:
    """Hold the database to refusing it: by the key of each row, and by what else is unique of it."""
    key, *columns = (field.column for field in model._meta.fields)
    table = model._meta.db_table
    for same in (key, f"{key} + 1000"):
        values = ", ".join([same, *columns])
        statement = f"REPLACE INTO {table} SELECT {values} FROM {table}"  # noqa: S608 -- names of models
        with (
            pytest.raises(IntegrityError, match="never"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
