"""The test's database as sites have it: rows that other connections, and other processes, can see."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection


@pytest.fixture
def shared_database(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """Yield the database's address. SQLite is put into a file: in memory, connections do not wait.

    What is written there is gone with the file; the one in memory is left as it was.
    """
    if connection.vendor != "sqlite":
        values = connection.settings_dict
        yield "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**values)
        return
    path = tmp_path / "db.sqlite3"
    connection.ensure_connection()
    memory, name = connection.connection, connection.settings_dict["NAME"]
    file = sqlite3.connect(path)
    memory.backup(file)
    file.close()
    connection.connection = None
    connection.settings_dict["NAME"] = str(path)
    try:
        yield f"sqlite:///{path}"
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
        connection.connection = memory
