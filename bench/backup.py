"""A backup of a site at work, restored in an empty place: how long, and is everything equal?

Run:  python -m bench.backup [--districts 158] [--files 2000] [--kilobytes 250] [--clients 20]
                             [--database postgres]

Fills a throw-away site as `seed_demo --scale` does, with so many files of evidence, starts gunicorn, and lets
people write while `backup_site` runs. What it wrote is restored by `restore_site`: every save that was
acknowledged before it began must be in the history there, and `verify_versions` content. Then, with nobody
writing, it backs up and restores once more and compares every row of every table and every file. Goal: all
equal, and back within 15 minutes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.editors import Editor, Tally, prepare
from bench.serving import ROOT, served, settled, throw_away

GOAL = 15 * 60  # seconds until a site is back
HEAD_START = 5.0  # seconds of writing before the backup begins
LONGEST = 1800.0  # seconds of writing; it ends with the backup


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--districts", type=int, default=158)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--kilobytes", type=int, default=250)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--items", type=int, default=20)
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    options.seconds, options.pause, options.unchecked = LONGEST, 0.2, False
    database = settled(options.database)
    with tempfile.TemporaryDirectory() as folder:
        throw_away(Path(folder), database, STATIC_ROOT=folder)
        sys.exit(run(options, Path(folder)))


def run(options: argparse.Namespace, folder: Path) -> int:
    from django.conf import settings
    from django.db import connection

    from districtplans.demo.scale import add_scale

    add_scale(options.districts)
    add_evidence(options.files, options.kilobytes * 1024)
    jobs = prepare(options)
    media = Path(settings.MEDIA_ROOT)
    size = sum(path.stat().st_size for path in media.rglob("*") if path.is_file()) / 1024**2
    print(f"{connection.vendor}, {options.districts} districts, {options.files} files of {size:.0f} MB")
    tally, good = Tally(), True
    with served(folder / "log") as port:
        people = [Editor(number, job | {"port": port}, options, tally) for number, job in enumerate(jobs)]
        for person in people:
            person.start()
        time.sleep(HEAD_START)
        with tally.lock:
            before = set(tally.accepted)
        seconds, said = timed("backup_site", "--output", str(folder / "at-work.tar"))
        with tally.lock:
            meanwhile = len(tally.accepted) - len(before)
        for person in people:
            person.ends = 0.0
            person.join()
        print(f"at work, load {os.getloadavg()[0]:.1f}: {seconds:.0f} s, {said}")
        print(f"{meanwhile} saves accepted meanwhile, slowest {max(tally.times):.1f} s")
        print(f"{len(tally.errors)} errors  {tally.errors[:3]}")
        good &= not tally.errors and meanwhile > 0
    with elsewhere(folder / "one", "one") as site:
        seconds, said = timed("restore_site", str(folder / "at-work.tar"), site=site)
        print(f"back after {seconds:.0f} s: {said}")
        with used(site):
            lost = before - marks()
        print(f"{len(before)} saves acknowledged before it began, {len(lost)} of them not there")
        good &= not lost and seconds <= GOAL
    timed("backup_site", "--output", str(folder / "quiet.tar"))
    rows, files = contents(), digests(media)
    with elsewhere(folder / "two", "two") as site:
        seconds, _said = timed("restore_site", str(folder / "quiet.tar"), site=site)
        with used(site):
            others = [table for table, digest in contents().items() if rows.get(table) != digest]
        changed = set(files.items()) ^ set(digests(Path(site["MEDIA_ROOT"])).items())
        print(f"with nobody writing, back after {seconds:.0f} s")
        print(
            f"{len(rows)} tables, {len(others)} other; {len(files)} files, {len(changed)} other  {others[:5]}"
        )
        good &= not others and not changed and seconds <= GOAL
    print("GOOD" if good else "NOT GOOD")
    return 0 if good else 1


def timed(command: str, *arguments: str, site: dict[str, str] | None = None) -> tuple[float, str]:
    """Run a command on a site; return the seconds it took and what it said last."""
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", command, *arguments],
        cwd=ROOT,
        env=os.environ | (site or {}),
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{command}: {done.stdout}{done.stderr}")
    return time.monotonic() - start, done.stdout.strip().splitlines()[-1]


@contextmanager
def elsewhere(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """Yield the settings of a site with an empty database and no files."""
    from django.db import connection

    folder.mkdir()
    place = {"MEDIA_ROOT": str(folder / "media")}
    if connection.vendor == "sqlite":
        yield place | {"DATABASE_URL": f"sqlite:///{folder}/db.sqlite3", "NAME": f"{folder}/db.sqlite3"}
        return
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    address = os.environ["DATABASE_URL"].rpartition("/")[0]
    yield place | {"DATABASE_URL": f"{address}/{name}", "NAME": name}


@contextmanager
def used(site: dict[str, str]) -> Iterator[None]:
    """Let this process read the database of another site meanwhile."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = site["NAME"]
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name


def add_evidence(count: int, size: int) -> None:
    from django.core.files.base import ContentFile
    from django.utils import timezone

    from accounts.models import User
    from progress.models import Evidence, ProgressReport

    person, reports = User.objects.all()[0], list(ProgressReport.objects.all()[:count])
    made = []
    for number in range(count):
        data = secrets.token_bytes(size)
        one = Evidence(
            report=reports[number % len(reports)],
            file_name=f"佐證{number}.jpg",
            content_type="image/jpeg",
            size=size,
            sha256=hashlib.sha256(data).hexdigest(),
            added_by=person,
            added_at=timezone.now(),
        )
        one.file.save(f"{number}.jpg", ContentFile(data), save=False)
        made.append(one)
    Evidence.objects.bulk_create(made)


def marks() -> set[str]:
    """Return every mark that was ever written, as the history has it."""
    from plans.models import Item

    texts = Item.history.filter(text__contains="[").values_list("text", flat=True)
    return {mark for text in texts for mark in re.findall(r"\[\d+\.\d+\]", text)}


def contents() -> dict[str, str]:
    """Return a digest of all rows of each table."""
    from django.db import connection

    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            digest = hashlib.sha256()
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")  # noqa: S608
            for row in iter(cursor.fetchone, None):
                digest.update(repr(row).encode())
            found[table] = digest.hexdigest()
    return found


def digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


if __name__ == "__main__":
    main()
