"""`manage.py work` as a process of its own, with the worker it looks after."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from documents import services
from documents.models import DraftState, ImportDraft
from tests.builders import make_district, make_user
from tests.shared_database import shared_database  # noqa: F401 -- a fixture

ROOT = Path(__file__).resolve().parents[1]
WAIT = 60  # seconds


def until(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return False


def workers_of(supervisor: subprocess.Popen[bytes]) -> list[int]:
    children = Path(f"/proc/{supervisor.pid}/task/{supervisor.pid}/children")
    return [int(pid) for pid in children.read_text().split()]


def is_gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    # A process nobody waits for any more stays as a zombie where there is no init to collect it.
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["told to stop", "killed"])
def test_the_worker_works_and_does_not_outlive_the_one_who_started_it(
    shared_database: str,  # noqa: F811 -- the fixture
    number: int,
) -> None:
    draft = services.start_import(
        district=make_district(), series="計畫", year=2030, actor=make_user(), data="壹、內容\n一、一句話。"
    )
    supervisor = subprocess.Popen(
        [sys.executable, "manage.py", "work", "--interval", "0.1"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": shared_database, "DEBUG": "true"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert until(lambda: ImportDraft.objects.get(pk=draft.pk).state == DraftState.READY)
        (worker,) = workers_of(supervisor)

        supervisor.send_signal(number)

        assert supervisor.wait(WAIT) == (0 if number == signal.SIGTERM else -number)
        assert until(lambda: is_gone(worker))
    finally:
        supervisor.kill()
        supervisor.wait()
