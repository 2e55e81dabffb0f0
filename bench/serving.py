"""A site on a throw-away database, for what is measured from outside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
POSTGRES = "postgres"


def throw_away(folder: Path, database: str = "", **settings: str) -> None:
    """Set this process and those it starts up for a site in `folder`, and lay its database out.

    `database` is the address of an empty one; without it there is a file of SQLite.
    """
    import django

    os.environ |= {
        "DATABASE_URL": database or f"sqlite:///{folder}/bench.sqlite3",
        "DEBUG": "false",
        "SECRET_KEY": uuid.uuid4().hex * 2,
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "false",
        "SECURE_SSL_REDIRECT": "false",
        "MEDIA_ROOT": f"{folder}/media",
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "districtplans.settings",
    } | settings
    django.setup()
    from django.conf import settings as site
    from django.core.management import call_command

    # Hundreds of people are made who never sign in with a password.
    site.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    call_command("migrate", verbosity=0)


def settled(database: str) -> str:
    """Return the address of a database; for the word `postgres` that of one in a cluster of its own.

    To be called first: this very command is then run anew inside of that cluster.
    """
    if database != POSTGRES:
        return database
    if "PG_CLUSTER_CONF_ROOT" not in os.environ:
        os.environ["LC_ALL"] = "C.UTF-8"  # in another locale a new cluster would take no Chinese
        os.execvp("pg_virtualenv", ["pg_virtualenv", "-t", *sys.orig_argv])  # noqa: S606 -- ourselves
    return "postgres://{PGUSER}:{PGPASSWORD}@{PGHOST}:{PGPORT}/{PGDATABASE}".format(**os.environ)


def restart_database() -> None:
    """Take the cluster of `postgres` down at once, and up again, however long a busy machine takes for it."""
    cluster = ["pg_ctlcluster", os.environ["PGVERSION"], "regress"]
    _run([*cluster, "stop", "-m", "immediate"])
    for _ in range(60):
        _run([*cluster, "start"])
        if _run(["pg_isready", "--quiet"]) == 0:
            return
        time.sleep(1)
    raise SystemExit("the database did not come up again")


def _run(command: list[str]) -> int:
    return subprocess.run(
        command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ).returncode


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start_server(port: int, log: Path, *, workers: int = 2, threads: int = 4) -> subprocess.Popen[bytes]:
    """Start gunicorn and wait until it listens."""
    command = [
        *(sys.executable, "-m", "gunicorn", "districtplans.wsgi", "--bind", f"127.0.0.1:{port}"),
        *("--workers", str(workers), "--threads", str(threads), "--log-level", "error"),
    ]
    server = subprocess.Popen(command, cwd=ROOT, stderr=log.open("a"))
    for _ in range(100):
        if listens(port):
            break
        time.sleep(0.1)
    return server


@contextmanager
def served(log: Path, *, workers: int = 2, threads: int = 4) -> Iterator[int]:
    """Run a site; yields its port, and prints at the end what the server complained of."""
    port = free_port()
    server = start_server(port, log, workers=workers, threads=threads)
    try:
        yield port
    finally:
        server.terminate()
        server.wait(20)
        if trouble := log.read_text().strip():
            print(trouble[-2000:])
