"""A plugin of pytest: which test meets which switch, and then, switch by switch, whether one of them fails.

One process collects and lays out the database once. For each mutant it forks, turns the switch, runs the
tests that meet it until one fails, and says which.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import signal
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.mutation import switches

JOB = json.loads(Path(os.environ["MUTATION_JOB"]).read_text())


def pytest_runtestloop(session: pytest.Session) -> bool:
    items = {item.nodeid: item for item in session.items}
    with Path(JOB["answer"]).open("a") as answer:
        for line in survey(session, items) if JOB["what"] == "survey" else hunt(session, items):
            answer.write(json.dumps(line, ensure_ascii=False) + "\n")
            answer.flush()
    return True


class Watch:
    """Remembers the first test that failed."""

    def __init__(self) -> None:
        self.failed = ""
        self.how = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid
            self.how = str(report.longrepr).strip().splitlines()[-1][:200] if report.longrepr else ""


def run(item: pytest.Item, following: pytest.Item | None, watch: Watch) -> bool:
    """Run one test; say whether it passed."""
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    return not watch.failed


def survey(session: pytest.Session, items: dict[str, pytest.Item]) -> Iterator[dict[str, Any]]:
    """Run each test of this part once; tell how long it took and which switches it met."""
    known = set(JOB["known"])
    new = [item for name, item in items.items() if name not in known]
    mine = [item for at, item in enumerate(new) if at % JOB["of"] == JOB["part"]]
    for item, following in zip(mine, [*mine[1:], None], strict=False):  # none are where all are known
        watch = Watch()
        session.config.pluginmanager.register(watch)
        switches.TOUCHED.clear()
        began = time.process_time()
        passed = run(item, following, watch)
        session.config.pluginmanager.unregister(watch)
        yield {
            "test": item.nodeid,
            "seconds": round(time.process_time() - began, 3),  # whatever else the machine does
            "passed": passed,
            "touched": sorted(switches.TOUCHED),
        }


def hunt(session: pytest.Session, items: dict[str, pytest.Item]) -> Iterator[dict[str, Any]]:
    """Turn each switch and look for a test that fails."""
    warm_up(session, items)
    killers: dict[str, list[str]] = defaultdict(list)  # by path and by function: what failed there before
    for mutant in JOB["mutants"]:
        found = look(session, items, mutant, killers)
        if found["failed"] in items:
            for place in (mutant["path"], mutant["function"]):
                killers[place].append(found["failed"])
        yield found


def warm_up(session: pytest.Session, items: dict[str, pytest.Item]) -> None:
    """Lay out the database, read templates and build what is kept, which every child then has."""
    names = [name for name in JOB["warm"] if name in items]
    for name, following in zip(names, [*names[1:], names[0]], strict=True):
        run(items[name], items[following], Watch())
    session._setupstate.teardown_exact(items[names[0]])
    gc.collect()
    gc.freeze()


def look(
    session: pytest.Session,
    items: dict[str, pytest.Item],
    mutant: dict[str, Any],
    killers: dict[str, list[str]],
) -> dict[str, Any]:
    here, near = killers[mutant["function"]], killers[mutant["path"]]
    names = sorted(mutant["tests"], key=lambda name: (name not in here, name not in near))
    began = time.perf_counter()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _try(session, mutant["number"], [items[name] for name in names if name in items], writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _pid, status = os.waitpid(child, 0)
    found = json.loads(said) if said else {"failed": f"ended by {status}", "how": "", "ran": 0}
    test = items.get(found["failed"])
    of = hashlib.sha256(test.path.read_bytes()).hexdigest() if test else ""
    return {"words": mutant["words"], "seconds": round(time.perf_counter() - began, 1), "of": of} | found


def _try(session: pytest.Session, number: int, tests: list[pytest.Item], writing: int) -> None:
    """In the child: run until a test fails, write what came of it, and end without any cleaning up."""
    try:
        os.setpgid(0, 0)
        signal.alarm(JOB["limit"])
        switches.ACTIVE = number
        os.environ["MUTANT"] = str(number)  # for processes that tests start
        for name in JOB["runtime"].get(str(number), []):
            _change_table(*name)
        watch = Watch()
        session.config.pluginmanager.register(watch)
        ran = 0
        for at, item in enumerate(tests):
            session._setupstate.teardown_exact(item)
            ran += 1
            if not run(item, tests[at + 1] if at + 1 < len(tests) else None, watch):
                break
        said = {"failed": watch.failed, "how": watch.how, "ran": ran}
        os.write(writing, json.dumps(said, ensure_ascii=False).encode())
    except BaseException:  # whatever it is, this process must not go on as its parent would
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(0)


def _change_table(step: str, name: str, value: Any) -> None:
    """Change one entry of the workflow: everybody's step, no condition, no words, no letter."""
    from accounts.enums import Role
    from plans.workflow import BY_NAME

    row = BY_NAME[step]
    if name == "roles":
        value = frozenset(Role)
    elif name == "conditions":
        value = tuple(one for one in row.conditions if one != value)
    object.__setattr__(row, name, value)
