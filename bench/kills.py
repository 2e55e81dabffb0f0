"""Processes killed while people write: is anything lost that was acknowledged, or done twice?

Run:  python -m bench.kills [--writes 1000] [--kills 40] [--clients 6] [--seconds 600] [--seed N]
                            [--database postgres]

Starts a site on a throw-away database: gunicorn with two workers, `manage.py work` and a mail server.
Each client has a plan and its people, writes some lines, takes the plan round (send, sign, file, take in
hand, return) and begins anew, asks for a PDF now and then, and sends every request again under its token
until it is answered. Every two to five seconds a process is killed at once (SIGKILL): a web worker, all of
gunicorn, the worker or the one who looks after it; with `--database postgres` also the database, which is
stopped without a word to anybody and started again. It ends when there were so many writes and kills, or with
the time.

Afterwards: the history of each line must be exactly the texts acknowledged, in order; each plan's record
exactly the steps acknowledged; one mail for each step, none missing once the mail server was asked again, and
no more doubles than kills of the postman; every PDF there that was not given up; `verify_versions` content.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_string
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.serving import (
    POSTGRES,
    ROOT,
    free_port,
    listens,
    restart_database,
    settled,
    start_server,
    throw_away,
)

ROUND = ("send_for_signature", "sign", "file", "take_in_hand", "return")
BY = {"sign": "head", "take_in_hand": "evaluator", "return": "evaluator"}
SAVES = 12  # between two rounds
LONGEST = 600  # characters of a line before it is begun anew
PDF_EVERY = 7  # rounds
LETTER = {"comment": "請補正。", "document_number": "府研考字第1150001號", "document_on": "115.4.28"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


@dataclass
class Tally:
    """What all clients together have done; `enough` tells them to finish what they are at."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    enough: threading.Event = field(default_factory=threading.Event)
    writes: int = 0
    repeats: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)


class Client(threading.Thread):
    """The people of one plan, one after the other; nobody else writes in it."""

    def __init__(self, job: dict[str, Any], port: int, tally: Tally) -> None:
        super().__init__(daemon=True)
        self.job, self.port, self.tally = job, port, tally
        self.base: dict[str, Any] = job["base"]
        self.texts: list[str] = [job["base"]["text"]]  # acknowledged, in order
        self.steps: list[str] = []

    def run(self) -> None:
        count = rounds = 0
        while not self.tally.enough.is_set():
            for _ in range(SAVES):
                count += 1
                self.save(f"[{count}]")
            for name in ROUND:
                self.step(name)
            rounds += 1
            if rounds % PDF_EVERY == 0:
                self.post("secretary", f"/plans/{self.job['plan']}/pdf/", {})

    def save(self, mark: str) -> None:
        before = self.base["text"]
        text = mark if len(before) > LONGEST else before + mark
        data = {
            "title": self.base["title"],
            "text": text,
            "kind": self.base["kind"],
            "numbered": "on",
            "base": json.dumps(self.base),
            "token": str(uuid.uuid4()),
        }
        status, body = self.post(
            "secretary", f"/plans/{self.job['plan']}/items/{self.job['uid']}/edit/", data
        )
        if status != 200:
            self.tell(f"a save was answered {status}: {body[:200]!r}")
            return
        answer = json.loads(body)
        self.base = answer["stored"] | answer["mine"]
        self.texts.append(text)

    def step(self, name: str) -> None:
        path = f"/plans/{self.job['plan']}/steps/{name}/"
        status, body = self.post(BY.get(name, "secretary"), path, LETTER | {"token": str(uuid.uuid4())})
        if status == 302:
            self.steps.append(name)
        else:
            self.tell(f"{name} was answered {status}: {body[-300:]!r}")

    def post(self, who: str, path: str, data: dict[str, str]) -> tuple[int, bytes]:
        """Send a request again and again, the very same, until the site answers it."""
        person = self.job["people"][who]
        headers = FORM | {"Cookie": person["cookie"], "X-CSRFToken": person["csrf"]}
        first = True
        while True:
            status, body = self.send(path, urlencode(data), headers)
            with self.tally.lock:
                self.tally.answers[str(status or body.decode(errors="replace"))] += 1
                self.tally.repeats += not first
                if 0 < status < 500:
                    self.tally.writes += 1
                    return status, body
            first = False
            time.sleep(0.1)

    def send(self, path: str, body: str, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            return 0, type(error).__name__.encode()
        finally:
            connection.close()

    def tell(self, words: str) -> None:
        with self.tally.lock:
            self.tally.surprises.append(f"plan {self.job['plan']}: {words}")


class Site:
    """The processes of the site, and how each is killed and started anew."""

    def __init__(self, folder: Path, *, stops_database: bool) -> None:
        self.folder, self.stops_database = folder, stops_database
        self.port = free_port()
        self.kills: Counter[str] = Counter()
        self.start_web()
        self.start_work()

    def start_web(self) -> None:
        end = time.monotonic() + 20
        while listens(self.port) and time.monotonic() < end:  # orphans of a killed one still listen
            time.sleep(0.05)
        self.web = start_server(self.port, self.folder / "web.log")

    def start_work(self) -> None:
        log = (self.folder / "work.log").open("a")
        command = [sys.executable, "manage.py", "work", "--interval", "0.2"]
        self.work = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)

    def kill(self, chance: random.Random) -> None:
        """Kill one thing."""
        kinds = {"web worker": 6, "all of gunicorn": 1, "worker": 2, "its supervisor": 2}
        if self.stops_database:
            kinds["database"] = 2
        what = chance.choices(list(kinds), list(kinds.values()))[0]
        if what == "web worker" and (children := children_of(self.web.pid)):
            _kill(chance.choice(children))
        elif what == "all of gunicorn":
            for pid in [self.web.pid, *children_of(self.web.pid)]:
                _kill(pid)
            self.web.wait()
            self.start_web()
        elif what == "worker" and (children := children_of(self.work.pid)):
            _kill(chance.choice(children))
        elif what == "its supervisor":
            self.work.kill()
            self.work.wait()
            self.start_work()
        elif what == "database":
            restart_database()
        else:
            return  # it is just being born
        self.kills[what] += 1

    def end(self) -> None:
        for process in (self.web, self.work):
            process.terminate()
            process.wait(60)


def children_of(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def prepare(clients: int) -> list[dict[str, Any]]:
    """Make a plan for each client, its people with addresses, and their sessions."""
    from django.conf import settings
    from django.db import connection
    from django.middleware.csrf import _get_new_csrf_string
    from django.test import Client as Browser

    from accounts.enums import Role
    from accounts.models import User
    from plans.services.items import values_of
    from review.models import SigningChain, SigningPlace
    from tests.builders import make_holder, make_plan, node

    def sign_in(user: User) -> dict[str, str]:
        browser, csrf = Browser(), _get_new_csrf_string()
        browser.force_login(user)
        session = browser.cookies[settings.SESSION_COOKIE_NAME].value
        names = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
        return {"csrf": csrf, "cookie": f"{names[0]}={session}; {names[1]}={csrf}"}

    jobs = []
    for _ in range(clients):
        plan = make_plan(chapters=(node("chapter", title="計畫內容", children=[node(text="始")]),))
        chain = SigningChain.objects.create(district=plan.district)
        SigningPlace.objects.create(chain=chain, position=1, label="區長", role=Role.DISTRICT_HEAD)
        people = {
            "secretary": make_holder(Role.SECRETARIAT, plan.district),
            "head": make_holder(Role.DISTRICT_HEAD, plan.district),
            "evaluator": make_holder(Role.EVALUATOR, plan.district.city),
        }
        item = plan.items.get(text="始")
        jobs.append(
            {
                "plan": plan.pk,
                "uid": str(item.uid),
                "base": values_of(item),
                "people": {name: sign_in(user) for name, user in people.items()},
            }
        )
    for user in User.objects.all():
        User.objects.filter(pk=user.pk).update(email=f"p{user.pk}@example.gov.tw")
    connection.close()
    return jobs


def disturb(site: Site, tally: Tally, options: argparse.Namespace, chance: random.Random) -> float:
    """Kill again and again until there was enough of everything, or no more time; return the seconds."""
    began = time.monotonic()
    while time.monotonic() - began < options.seconds:
        time.sleep(chance.uniform(2, 5))
        site.kill(chance)
        if tally.writes >= options.writes and site.kills.total() >= options.kills:
            break
    return time.monotonic() - began


def finish(server: Any) -> int:
    """Do what killed workers left behind, as if an hour had passed; return how many mails are not there."""
    from django.core.management import call_command
    from django.utils import timezone

    from documents.models import FileState, RenderedFile
    from documents.services import take_up_stuck_files
    from review.models import Mail
    from review.services.mail import send_waiting

    later = timezone.now() + dt.timedelta(hours=1)
    while send_waiting(later):
        pass
    take_up_stuck_files(later)
    call_command("db_worker", batch=True, queue_name="*", interval=0, startup_delay=False, verbosity=0)
    # A worker whose supervisor was killed ends after the file in hand.
    end = time.monotonic() + 60
    unmade = RenderedFile.objects.filter(state__in=(FileState.WAITING, FileState.RENDERING))
    while unmade.exists() and time.monotonic() < end:
        time.sleep(1)
    arrived = {message_from_string(text)["Message-ID"] for text in list(server.mails)}
    return len(set(Mail.objects.values_list("message_id", flat=True)) - arrived)


def report(clients: list[Client], site: Site, tally: Tally, server: Any, *, seconds: float) -> bool:
    from django.db import connection

    from documents.models import FileState, RenderedFile
    from documents.services import GIVEN_UP, MOST_ATTEMPTS
    from plans.models import Item, Plan
    from review.models import Mail
    from tests.plans.test_verify_versions import verify

    missing = finish(server)
    wrong = list(tally.surprises)
    saves = steps = 0
    for client in clients:
        plan, item = Plan.objects.get(pk=client.job["plan"]), Item.objects.get(uid=client.job["uid"])
        texts = [row.text for row in item.history.order_by("history_id")]
        taken = list(plan.events.order_by("number").values_list("step", flat=True))
        wrong += _differences(f"plan {plan.pk}, texts", client.texts, texts)
        wrong += _differences(f"plan {plan.pk}, steps", client.steps, taken)
        saves += len(client.texts) - 1
        steps += len(client.steps)
    ids = Counter(message_from_string(text)["Message-ID"] for text in list(server.mails))
    doubled = sum(count - 1 for count in ids.values())
    postmen = site.kills["its supervisor"] + site.kills["database"]
    print(f"{connection.vendor}, load {os.getloadavg()[0]:.1f}, {len(clients)} clients for {seconds:.0f} s")
    print(f"acknowledged: {saves} saves, {steps} steps; {tally.repeats} requests sent again")
    print("answers: " + ", ".join(f"{name} {count}" for name, count in tally.answers.most_common()))
    print(
        f"{site.kills.total()} kills: " + ", ".join(f"{name} {count}" for name, count in site.kills.items())
    )
    print(f"mails: {Mail.objects.count()} for {steps} steps, {missing} missing, {doubled} doubled")
    states = Counter(RenderedFile.objects.values_list("state", "message"))
    given_up = states.pop((FileState.FAILED, GIVEN_UP), 0)
    print(
        f"PDFs made: {states.pop((FileState.READY, ''), 0)}, given up after {MOST_ATTEMPTS} kills: {given_up}"
    )
    wrong += [f"{count} PDFs {state} {message}" for (state, message), count in states.items()]
    code, lines = verify()
    wrong += lines
    print(f"lost, doubled or unexpected: {len(wrong)}")
    for one in wrong[:20]:
        print("  ", one)
    good = not wrong and not code and not missing and doubled <= postmen and Mail.objects.count() == steps
    print("GOOD" if good else "NOT GOOD")
    return good


def _differences(what: str, acknowledged: list[str], stored: list[str]) -> list[str]:
    if acknowledged == stored:
        return []
    told, kept = Counter(acknowledged), Counter(stored)
    lost, more = told - kept, kept - told
    counts = f"{len(acknowledged)} acknowledged, {len(stored)} stored"
    return [f"{what}: {counts}; lost {dict(lost)}, more {dict(more)}"]


def main() -> None:
    from tests.review.mail_server import mail_server

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--writes", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--database", default="")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311 -- no secret
    options = parser.parse_args()
    database = settled(options.database)
    with tempfile.TemporaryDirectory() as name, mail_server() as server:
        folder = Path(name)
        throw_away(folder, database, EMAIL_URL=f"smtp://127.0.0.1:{server.port}")
        jobs = prepare(options.clients)
        print(f"seed {options.seed}, load {os.getloadavg()[0]:.1f}", flush=True)
        site, tally = Site(folder, stops_database=options.database == POSTGRES), Tally()
        clients = [Client(job, site.port, tally) for job in jobs]
        for client in clients:
            client.start()
        seconds = disturb(site, tally, options, random.Random(options.seed))  # noqa: S311 -- no secret
        tally.enough.set()
        for client in clients:
            client.join(120)
        assert not any(client.is_alive() for client in clients)
        site.end()
        good = report(clients, site, tally, server, seconds=seconds)
        if not good:
            for log in ("web.log", "work.log"):
                print(log, (folder / log).read_text()[-2000:])
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
