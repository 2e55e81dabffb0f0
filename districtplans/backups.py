"""The whole site in one file: the database as it stood at one moment, and every file that is stored.

A backup is a tar archive: `database` (a SQLite file, or what pg_dump writes), `media/…` and at the end
`manifest.json` with a digest of each, how many rows each table has and how far the tables were migrated. The
site may go on working meanwhile: what it writes after that moment is not part of the backup.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from core.roc import to_roc

DATABASE, MEDIA, MANIFEST = "database", "media", "manifest.json"
FORMAT = 1
OWNER_ALONE = 0o600  # of a file with everybody's passwords, though hashed


class BackupError(Exception):
    """What stands against it, in words, and the way out."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `rows` are counted in the very state of the database that was copied."""

    made_at: str
    vendor: str
    migrations: dict[str, list[str]]  # names, by app
    rows: dict[str, int]  # by table
    digests: dict[str, str]  # sha256, by name in the archive
    format: int = FORMAT

    @property
    def files(self) -> int:
        return len(self.digests) - 1  # one is the database


def name_of_backup(at: dt.datetime) -> str:
    local = timezone.localtime(at)
    return f"districtplans-{to_roc(local.year)}{local:%m%d-%H%M%S}.tar"


# -- making -------------------------------------------------------------------------------------------


def back_up(path: Path, *, at: dt.datetime) -> Manifest:
    """Write a backup to `path`, which must not exist. Raises BackupError; then nothing is left there."""
    if path.exists():
        raise BackupError(f"{path} exists already. Choose another name.")
    root = Path(settings.MEDIA_ROOT)
    if path.resolve().is_relative_to(root.resolve()):
        raise BackupError(f"{path} lies among the stored files. Choose another place.")
    if not connection.introspection.table_names():
        raise BackupError("The database has no tables. Does DATABASE_URL name the site's?")
    part = path.with_name(f".{path.name}.part")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as folder:
            manifest = _write(part, Path(folder), at)
        part.rename(path)
    except OSError as error:
        raise BackupError(f"The backup could not be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _write(part: Path, folder: Path, at: dt.datetime) -> Manifest:
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ALONE), "wb") as out:
        with tarfile.open(fileobj=out, mode="w") as archive:
            filling = _Filling(archive)
            # Files before the database and after it: one that is deleted meanwhile is in it all the same,
            # and so is one that came, or grew, just before the moment.
            filling.add_media()
            copy = folder / DATABASE
            rows = _copy_of_sqlite(copy) if connection.vendor == "sqlite" else _dump_of_postgres(copy)
            filling.add(copy, DATABASE)
            filling.add_media()
            manifest = Manifest(at.isoformat(), connection.vendor, _applied(), rows, filling.digests)
            told = folder / MANIFEST
            told.write_text(json.dumps(asdict(manifest), ensure_ascii=False))
            archive.add(told, MANIFEST)
        out.flush()
        os.fsync(out.fileno())
    return manifest


class _Filling:
    """An archive that is filled, and what went into it."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self.archive = archive
        self.digests: dict[str, str] = {}
        self._looks: dict[str, tuple[int, float]] = {}  # size and time of each as it went in

    def add_media(self) -> None:
        """Add the files that are new, or other than they were. Of a name that comes twice the last counts."""
        root = Path(settings.MEDIA_ROOT)
        for path in sorted(root.rglob("*")):
            if path.is_file():
                with suppress(FileNotFoundError):  # deleted between the two looks
                    self.add(path, str(PurePosixPath(MEDIA, *path.relative_to(root).parts)))

    def add(self, path: Path, name: str) -> None:
        with path.open("rb") as file:
            told = self.archive.gettarinfo(arcname=name, fileobj=file)
            look = told.size, os.fstat(file.fileno()).st_mtime
            if self._looks.get(name) == look:
                return
            reader = _Digesting(file)
            self.archive.addfile(told, reader)
        self._looks[name], self.digests[name] = look, reader.digest.hexdigest()


class _Digesting:
    """A file of which the digest is that of just what was read: it may grow meanwhile."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.digest.update(data)
        return data


def _copy_of_sqlite(copy: Path) -> dict[str, int]:
    connection.ensure_connection()
    with sqlite3.connect(copy) as target:
        connection.connection.backup(target)
        rows = _counted(target.cursor())
    target.close()
    return rows


def _dump_of_postgres(copy: Path) -> dict[str, int]:
    """Dump the database, and count its rows, as one transaction sees them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        [snapshot] = cursor.fetchone()
        _run_tool("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={copy}")
        return _counted(cursor)


def _counted(cursor: Any) -> dict[str, int]:
    """Return how many rows each table has, as this cursor sees them."""
    found = {}
    for table in sorted(connection.introspection.table_names()):
        cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 -- our own tables
        [found[table]] = cursor.fetchone()
    return found


def _applied() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for app, name in sorted(MigrationLoader(connection).applied_migrations):
        found.setdefault(app, []).append(name)
    return found


def _run_tool(tool: str, *arguments: str) -> None:
    """Run a tool of PostgreSQL on the site's database."""
    values = connection.settings_dict
    names = {
        "HOST": "PGHOST",
        "PORT": "PGPORT",
        "USER": "PGUSER",
        "PASSWORD": "PGPASSWORD",
        "NAME": "PGDATABASE",
    }
    own = {variable: str(values[name]) for name, variable in names.items() if values.get(name)}
    own |= {f"PG{name.upper()}": str(value) for name, value in values["OPTIONS"].items() if name == "sslmode"}
    try:
        done = subprocess.run(  # noqa: S603 -- a tool of the system with arguments of our own
            [tool, *arguments], env=os.environ | own, check=False, capture_output=True, text=True
        )
    except FileNotFoundError as error:
        raise BackupError(
            f"{tool} is not there. Install it, on Debian with: apt install postgresql-client"
        ) from error
    if done.returncode:
        raise BackupError(f"{tool}: {done.stderr.strip()}")


# -- restoring ----------------------------------------------------------------------------------------


def restore(path: Path) -> Manifest:
    """Fill an empty database and an empty place for files with a backup.

    Raises BackupError, and leaves both empty, where it is damaged, does not fit, or they are not empty.
    """
    _refuse_what_is_there()
    root = Path(settings.MEDIA_ROOT)
    with _unpacked(path) as (folder, manifest):
        if manifest.vendor != connection.vendor:
            raise BackupError(
                f"The backup is of {manifest.vendor}, this site's database is {connection.vendor}. "
                "Name one of the same kind in DATABASE_URL."
            )
        _load(folder / DATABASE, manifest)
        for place in (folder / MEDIA).glob("*"):
            place.rename(root / place.name)
    call_command("migrate", verbosity=0)
    return manifest


def _refuse_what_is_there() -> None:
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    if tables:
        raise BackupError(
            "The database is not empty. Name a new one in DATABASE_URL, or move the old one away."
        )
    root = Path(settings.MEDIA_ROOT)
    if root.exists() and any(root.iterdir()):
        raise BackupError(
            f"There are files in {root} already. Name another place in MEDIA_ROOT, or move them away."
        )


@contextmanager
def _unpacked(path: Path) -> Iterator[tuple[Path, Manifest]]:
    """Yield a folder with what a backup holds, and its manifest, once every digest was found right."""
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=root) as name:
        folder = Path(name)
        try:
            with tarfile.open(path) as archive:
                for member in archive:
                    _unpack(archive, member, folder)
            told = json.loads((folder / MANIFEST).read_text())
            if told["format"] != FORMAT:
                raise BackupError("The backup was made by another version of DistrictPlans: use that one.")
            manifest = Manifest(**told)
        except OSError as error:
            raise BackupError(f"{path} cannot be read as a backup: {error}") from error
        except (tarfile.TarError, EOFError, ValueError, TypeError, LookupError) as error:
            raise BackupError(f"{path} is no backup, or is damaged.") from error
        _check(folder, manifest)
        yield folder, manifest


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write a member of the archive below the folder. A backup holds files of its own names and nothing else.

    By hand, for the Python of Debian 12 has no filters for what tarfile unpacks.
    """
    parts = PurePosixPath(member.name).parts
    file = archive.extractfile(member) if member.isreg() else None
    if file is None or not parts or parts[0] not in {DATABASE, MEDIA, MANIFEST} or ".." in parts:
        raise BackupError(f"{member.name} is nothing a backup holds.")
    place = folder.joinpath(*parts)
    place.parent.mkdir(parents=True, exist_ok=True)
    with file, place.open("wb") as copy:
        shutil.copyfileobj(file, copy)


def _check(folder: Path, manifest: Manifest) -> None:
    for name, digest in manifest.digests.items():
        try:
            with (folder / name).open("rb") as file:
                is_same = hashlib.file_digest(file, "sha256").hexdigest() == digest
        except OSError as error:
            raise BackupError(f"The backup is damaged: {name} is missing.") from error
        if not is_same:
            raise BackupError(f"The backup is damaged: {name} is not as it was.")
    known = MigrationLoader(None).disk_migrations
    for app, names in manifest.migrations.items():
        for name in names:
            if (app, name) not in known:
                raise BackupError(
                    f"The backup was made by a newer DistrictPlans, one with {app}.{name}: use that one."
                )


def _load(copy: Path, manifest: Manifest) -> None:
    """Fill the database with its copy: all of it, or nothing."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with sqlite3.connect(copy) as source:
            source.backup(connection.connection)
        source.close()
    else:
        name = str(connection.settings_dict["NAME"])
        options = ("--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", f"--dbname={name}")
        _run_tool("pg_restore", *options, str(copy))
    with connection.cursor() as cursor:
        found = _counted(cursor)
    for table, rows in manifest.rows.items():
        if found.get(table) != rows:
            raise BackupError(f"The table {table} has {found.get(table, 0)} rows of {rows}.")
