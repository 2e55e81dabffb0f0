"""A backup of a site at work, and what stands in the way of one or of its return."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from districtplans import backups
from districtplans.backups import BackupError, back_up
from plans.models import Plan
from review.models import Mail
from tests.builders import make_plan, make_user
from tests.shared_database import shared_database  # noqa: F401 -- a fixture

NAME = "evidence/佐證 照片.jpg"


@pytest.fixture
def site(shared_database: str, tmp_path: Path, settings: Any) -> Path:  # noqa: F811 -- the fixture
    """A site with a plan and a file; returned is where its files lie."""
    settings.MEDIA_ROOT = tmp_path / "site" / "media"
    (settings.MEDIA_ROOT / "evidence").mkdir(parents=True)
    (settings.MEDIA_ROOT / NAME).write_bytes(b"\xff\xd8picture")
    make_plan()
    settings.MIGRATION_MODULES = {}  # as the site has them
    recorder = MigrationRecorder(connection)
    if not recorder.applied_migrations():  # where the tables of the tests are made without them
        recorder.ensure_schema()
        for app, name in MigrationLoader(connection).disk_migrations:
            recorder.record_applied(app, name)
    place: Path = settings.MEDIA_ROOT
    return place


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Yield the settings of a site on an empty machine."""
    place = {"MEDIA_ROOT": str(tmp_path / "new" / "media"), "DEBUG": "true"}
    place["DJANGO_SETTINGS_MODULE"] = "districtplans.settings"  # not those of the tests
    if connection.vendor == "sqlite":
        (tmp_path / "new").mkdir()
        name = f"{tmp_path}/new/db.sqlite3"
        yield place | {"DATABASE_URL": f"sqlite:///{name}", "NAME": name}
        return
    name = f"{connection.settings_dict['NAME']}_restored"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/".format(**connection.settings_dict)
    yield place | {"DATABASE_URL": address + name, "NAME": name}
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}"')


def restored(path: Path, site: dict[str, str], *options: str) -> tuple[int, str]:
    """Restore the site of these settings, as an operator does; return how it ended and what was said."""
    done = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "manage.py", "restore_site", str(path), *options],
        cwd=settings.BASE_DIR,
        env=os.environ | site,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def contents() -> dict[str, list[Any]]:
    """Return every row of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")  # noqa: S608
            found[table] = list(cursor.fetchall())
    return found


@contextmanager
def database_of(site: dict[str, str]) -> Iterator[None]:
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = site["NAME"]
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name


@pytest.mark.parametrize("options", [(), ("--drop-mail",)], ids=["", "dropped"])
def test_mails_that_waited_wait_again_unless_they_are_given_up(
    site: Path, empty: dict[str, str], tmp_path: Path, options: tuple[str, ...]
) -> None:
    now = timezone.now()
    common = {"recipient": make_user(), "address": "a@example.gov.tw", "kind": "decision"}
    for number, sent_at in enumerate((None, now)):
        Mail.objects.create(
            **common, message_id=f"<{number}@x>", made_at=now, send_after=now, sent_at=sent_at
        )
    back_up(tmp_path / "backup.tar", at=now)

    code, said = restored(tmp_path / "backup.tar", empty, *options)

    assert code == 0, said
    assert ("1 mails given up" in said, "1 mails wait" in said) == (bool(options), not options)
    with database_of(empty):
        assert Mail.objects.waiting().count() == (0 if options else 1)
        assert Mail.objects.filter(sent_at__isnull=False).count() == 1


def test_a_site_comes_back_whole_on_an_empty_machine(
    site: Path, empty: dict[str, str], tmp_path: Path
) -> None:
    before = contents()
    manifest = back_up(tmp_path / "backup.tar", at=timezone.now())
    Plan.objects.update(title="後來改的")

    code, said = restored(tmp_path / "backup.tar", empty)

    assert code == 0, said
    assert "1 files" in said
    assert "all as they were written" in said
    assert manifest.rows["plans_plan"] == 1
    assert stat.S_IMODE((tmp_path / "backup.tar").stat().st_mode) == 0o600
    assert (Path(empty["MEDIA_ROOT"]) / NAME).read_bytes() == b"\xff\xd8picture"
    with database_of(empty):
        assert contents() == before


def test_what_is_there_is_never_written_over(site: Path, empty: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    back_up(path, at=timezone.now())
    with pytest.raises(BackupError, match="exists already"):
        back_up(path, at=timezone.now())
    with pytest.raises(BackupError, match="among the stored files"):
        back_up(site / "backup.tar", at=timezone.now())
    with pytest.raises(CommandError, match="The database is not empty"):
        call_command("restore_site", str(path))

    Path(empty["MEDIA_ROOT"]).mkdir(parents=True)
    (Path(empty["MEDIA_ROOT"]) / "theirs.pdf").write_bytes(b"")
    code, said = restored(path, empty)

    assert code == 1
    assert "There are files in" in said
    assert [one.name for one in Path(empty["MEDIA_ROOT"]).iterdir()] == ["theirs.pdf"]


def edited(path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Write a backup anew, each member as `change` says, None for none."""
    made = path.with_name("edited.tar")
    with tarfile.open(path) as old, tarfile.open(made, "w") as new:
        for member in old:
            file = old.extractfile(member)
            data = change(member.name, file.read() if file else b"")
            if data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))
    return made


def with_manifest(change: Callable[[dict[str, Any]], object]) -> Callable[[str, bytes], bytes]:
    def changed(name: str, data: bytes) -> bytes:
        if name != "manifest.json":
            return data
        told = json.loads(data)
        change(told)
        return json.dumps(told).encode()

    return changed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda name, data: b"other" if name.startswith("media") else data,
            f"media/{NAME} is not as it was",
        ),
        (lambda name, data: None if name == "database" else data, "database is missing"),
        (lambda name, data: data[:-1] if name == "database" else data, "database is not as it was"),
        (lambda name, data: None if name == "manifest.json" else data, "cannot be read as a backup"),
        (lambda name, data: b"[]" if name == "manifest.json" else data, "is no backup, or is damaged"),
        (with_manifest(lambda told: told.update(format=2)), "another version"),
        (
            with_manifest(lambda told: told["migrations"]["plans"].append("9999_later")),
            r"with plans\.9999_later",
        ),
    ],
    ids=["a file changed", "no database", "cut off", "no manifest", "another list", "format", "newer"],
)
def test_a_damaged_backup_is_named_and_nothing_of_it_is_used(
    site: Path,
    tmp_path: Path,
    settings: Any,
    change: Callable[[str, bytes], bytes | None],
    words: str,
) -> None:
    back_up(tmp_path / "backup.tar", at=timezone.now())
    path = edited(tmp_path / "backup.tar", change)
    settings.MEDIA_ROOT = tmp_path / "elsewhere"

    with pytest.raises(BackupError, match=words), backups._unpacked(path):
        pass

    assert list(settings.MEDIA_ROOT.iterdir()) == []


def a_link(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return member


@pytest.mark.parametrize(
    "member",
    [
        *(tarfile.TarInfo(name) for name in ("../out", "/tmp/out", "media/../../out", "other", "")),  # noqa: S108
        a_link("media/link"),
    ],
    ids=["above", "absolute", "above by a detour", "another name", "no name", "a link"],
)
def test_an_archive_with_anything_else_in_it_is_refused(
    tmp_path: Path, settings: Any, member: tarfile.TarInfo
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    with tarfile.open(tmp_path / "other.tar", "w") as archive:
        archive.addfile(member)

    with (
        pytest.raises(BackupError, match="nothing a backup holds"),
        backups._unpacked(tmp_path / "other.tar"),
    ):
        pass
    assert sorted(one.name for one in tmp_path.iterdir()) == ["media", "other.tar"]


@pytest.mark.parametrize("data", [b"", b"no archive", b"\x1f\x8b\x08"], ids=["empty", "text", "gzip"])
def test_any_other_file_is_refused(tmp_path: Path, settings: Any, data: bytes) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "other.tar").write_bytes(data)

    with (
        pytest.raises(BackupError, match=r"is no backup|cannot be read"),
        backups._unpacked(tmp_path / "other.tar"),
    ):
        pass
    with pytest.raises(BackupError, match="cannot be read"), backups._unpacked(tmp_path / "none.tar"):
        pass


def test_a_file_that_grows_meanwhile_is_in_it_as_it_is_at_last(
    site: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    copy = backups._copy_of_sqlite if connection.vendor == "sqlite" else backups._dump_of_postgres

    def grow(place: Path) -> dict[str, int]:
        (site / NAME).write_bytes(b"\xff\xd8picture, all of it")
        (site / "late.pdf").write_bytes(b"%PDF")
        (site / "gone.pdf").unlink()
        return copy(place)

    (site / "gone.pdf").write_bytes(b"%PDF-1")
    monkeypatch.setattr(backups, copy.__name__, grow)
    back_up(tmp_path / "backup.tar", at=timezone.now())
    settings.MEDIA_ROOT = tmp_path / "elsewhere"

    with backups._unpacked(tmp_path / "backup.tar") as (folder, manifest):
        found = {name: (folder / name).read_bytes() for name in manifest.digests if name != "database"}
    assert found == {
        f"media/{NAME}": b"\xff\xd8picture, all of it",
        "media/late.pdf": b"%PDF",
        "media/gone.pdf": b"%PDF-1",
    }


def test_nothing_is_left_where_a_backup_cannot_be_made(site: Path, tmp_path: Path, monkeypatch: Any) -> None:
    def fail(_place: Path) -> dict[str, int]:
        raise OSError(28, "No space left on device")

    for name in ("_copy_of_sqlite", "_dump_of_postgres"):
        monkeypatch.setattr(backups, name, fail)
    folder = tmp_path / "backups"
    folder.mkdir()

    with pytest.raises(CommandError, match="No space left on device"):
        call_command("backup_site", output=folder)
    assert list(folder.iterdir()) == []


def test_a_backup_in_a_folder_is_named_by_the_time(
    site: Path, tmp_path: Path, time_machine: Any, capsys: Any
) -> None:
    time_machine.move_to("2026-03-05T23:30:00+08:00", tick=False)
    folder = tmp_path / "backups"
    folder.mkdir()

    call_command("backup_site", output=folder)

    assert [one.name for one in folder.iterdir()] == ["districtplans-1150305-233000.tar"]
    assert "1 files" in capsys.readouterr().out
