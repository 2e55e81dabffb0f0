"""A browser killed while somebody types in it: how much of the typing is gone?

Run:  python -m bench.killed [--kills 20] [--longest 20] [--seed N]

Starts a site on a throw-away database and a browser with a profile of its own, opens a line in the editor and
types, 40 to 120 ms a key. At a random moment the browser and all its processes are killed at once (SIGKILL).
Then the profile is opened again. What is kept is the longer of what the server has and what lies in that
browser for the person to put back; what is lost is the typing since the first key that is in neither. Every
fourth time the connection is gone all the while, so that only the browser can have kept it.

GOOD: never more than 5 seconds of typing, and nothing that the page had called saved.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page, Playwright, sync_playwright

CHROMIUM = "/usr/bin/chromium"
QUIET = ("gpu", "background-networking", "component-update", "sync")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
FEWEST = 12  # keys before a kill, however slow the machine is
PAUSES = (0.04, 0.12)  # seconds between two keys
MOST_LOST = 5.0  # seconds
STATE = """() => [document.getElementById('save-state').dataset.state,
  document.querySelector('.editing [name=text]').value.length]"""
DRAFTS = """async () => (await districtplans.drafts.all())
  .flatMap((draft) => draft.data.filter(([name]) => name === 'text').map(([, text]) => text))"""


@dataclass(frozen=True)
class Desk:
    """Where and as whom somebody types, and how the server is asked what it has."""

    editor: str
    line: str  # the address of its form
    cookies: list[dict[str, str]]
    stored: Callable[[], str]


@dataclass(frozen=True)
class Kill:
    typed: int
    seconds: float
    server: int
    browser: int
    called_saved: int  # characters there were when the page last said that all is saved
    lost_seconds: float
    is_offline: bool

    @property
    def kept(self) -> int:
        return max(self.server, self.browser)

    @property
    def is_good(self) -> bool:
        return self.lost_seconds <= MOST_LOST and self.kept >= self.called_saved


def kill_while_typing(
    playwright: Playwright, desk: Desk, *, seconds: float, chance: random.Random, is_offline: bool = False
) -> Kill:
    """Type for some seconds into an empty line, kill the browser, and see what is left."""
    profile = tempfile.mkdtemp(prefix="killed-")
    try:
        page = _open(playwright, profile, desk)
        page.goto(f"{desk.editor}#i-{desk.line}")
        page.wait_for_function("() => document.activeElement.matches('a.edit')")
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.activeElement.name === 'text'")
        page.context.set_offline(is_offline)
        times, called_saved = _type(page, seconds, chance)
        killed_at = _kill(profile)
        with suppress(Error):
            page.context.close()
        text = "".join(LETTERS[at % 26] for at in range(len(times)))
        server = desk.stored()
        kept = [one for one in _drafts(playwright, profile, desk) if text.startswith(one)]
        assert text.startswith(server), server
        browser = max(map(len, kept), default=0)
        first_lost = max(len(server), browser)
        lost = killed_at - times[first_lost] if first_lost < len(times) else 0.0
        return Kill(len(text), times[-1] - times[0], len(server), browser, called_saved, lost, is_offline)
    finally:
        shutil.rmtree(profile, ignore_errors=True)


def _open(playwright: Playwright, profile: str, desk: Desk) -> Page:
    args = ["--no-sandbox", "--no-first-run", *(f"--disable-{what}" for what in QUIET)]
    context: BrowserContext = playwright.chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=args, locale="zh-TW"
    )
    context.add_cookies(desk.cookies)  # type: ignore[arg-type]  # plain dicts
    return context.new_page()


def _type(page: Page, seconds: float, chance: random.Random) -> tuple[list[float], int]:
    """Type until the time is over. Returns when each key was pressed, and how much was called saved."""
    times: list[float] = []
    called_saved = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(times) < FEWEST:
        times.append(time.monotonic())
        page.keyboard.press(LETTERS[(len(times) - 1) % 26])
        state, length = page.evaluate(STATE)
        if state == "saved":
            called_saved = length
        # Now and then a person stops to think.
        pause = chance.uniform(2, 4) if chance.random() < 0.02 else chance.uniform(*PAUSES)
        time.sleep(max(0.0, min(times[-1] + pause, end) - time.monotonic()))
    state, length = page.evaluate(STATE)
    return times, length if state == "saved" else called_saved


def _kill(profile: str) -> float:
    """Kill the browser of this profile with its whole process group; answers when."""
    pids = [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if profile in _words(path) and "--type=" not in _words(path)
    ]
    now = time.monotonic()
    for group in {os.getpgid(pid) for pid in pids} - {os.getpgid(0)}:
        os.killpg(group, signal.SIGKILL)
    return now


def _words(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _drafts(playwright: Playwright, profile: str, desk: Desk) -> list[str]:
    """Open the profile again and read what lies in it, without letting the page send it."""
    for _ in range(20):  # the processes of the killed one need a moment to be gone
        with suppress(Error):
            page = _open(playwright, profile, desk)
            break
        time.sleep(0.3)
    page.route("**/items/**", lambda route: route.abort())
    page.goto(desk.editor)
    page.wait_for_function("() => window.districtplans?.showDrafts")
    found: list[str] = page.evaluate(DRAFTS)
    page.context.close()
    return found


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """Run a site of its own; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdout=log, stderr=log)
        try:
            for _ in range(150):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def prepare(kills: int) -> Callable[[str, int], Desk]:
    """Make a plan with an empty line for each time; returns a function that hands out the desk for one."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from tests.builders import make_district, make_plan, make_secretary, node

    call_command("migrate", verbosity=0)
    lines = [node(text="。") for _ in range(kills)]
    plan = make_plan(make_district(), chapters=(node("chapter", title="計畫內容", children=lines),))
    client = Client()
    client.force_login(make_secretary(plan.district))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    items = plan.items.filter(text="。").order_by("position")
    uids = [str(uid) for uid in items.values_list("uid", flat=True)]
    items.update(text="")
    connection.close()

    def desk(url: str, number: int) -> Desk:
        def stored() -> str:
            connection.close()
            return str(plan.items.get(uid=uids[number]).text)

        cookies = [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}]
        return Desk(f"{url}/plans/{plan.pk}/edit/", uids[number], cookies, stored)

    return desk


def report(found: list[Kill]) -> bool:
    print("  # connection  typed  for s  on the server  in the browser  called saved  lost keys  lost s")
    for number, one in enumerate(found, 1):
        way = "gone" if one.is_offline else "there"
        print(
            f"{number:3} {way:10} {one.typed:6} {one.seconds:6.1f} {one.server:14} {one.browser:15} "
            f"{one.called_saved:13} {one.typed - one.kept:10} {one.lost_seconds:7.2f}"
        )
    server_only = [one for one in found if not one.is_offline]
    print(f"\nlost at most {max(one.lost_seconds for one in found):.2f} s of typing")
    print(f"by the server alone at most {max((one.typed - one.server) for one in server_only)} keys")
    good = all(one.is_good for one in found)
    print("GOOD" if good else "NOT GOOD")
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--longest", type=float, default=20, help="seconds of typing before a kill")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311 -- no secret
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 -- no secret
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "DEBUG": "true",
            "SECRET_KEY": uuid.uuid4().hex * 2,
            "MEDIA_ROOT": f"{folder}/media",
            "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "districtplans.settings",
            # The browser's client keeps an event loop in this thread, where Django then refuses the database.
            "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
        }
        desk = prepare(options.kills)
        print(f"{options.kills} kills, seed {options.seed}, load {os.getloadavg()[0]:.1f}\n")
        found: list[Any] = []
        with site(folder) as url, sync_playwright() as playwright:
            for number in range(options.kills):
                seconds = chance.uniform(0.5, options.longest)
                found.append(
                    kill_while_typing(
                        playwright,
                        desk(url, number),
                        seconds=seconds,
                        chance=chance,
                        is_offline=number % 4 == 3,
                    )
                )
        good = report(found)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
