"""Which tests cost most? Writes tests/slow.txt anew: what `script/test --fast` leaves out for its cost.

Run:  python -m bench.weigh [--seconds 16]

Every test the quick run could hold is run twice, and the second time its processor time is taken: the first
pays for what is loaded and compiled but once, and other work on the machine counts little. Of each module the
cheapest test is kept; then the cheapest of all, until those kept take the given time together. A test that is
tried in variants weighs as much as the variants that are tried.

GOOD: `script/test --fast` takes less than 30 seconds on two cores that have nothing else to do.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable

import pytest
from _pytest.runner import runtestprotocol

from tests import conftest

QUICK = (
    *("-m", "not browser and not slow", "--hypothesis-profile", "quick"),
    *("-p", "no:playwright", "--ignore", "tests/browser"),
)
# One request for each answer of each endpoint; every import of the site. No cheap test says as much.
ALWAYS = (
    "tests/test_permission_table.py::test_each_answer_of_the_table_is_given_to_one_who_should_get_it",
    "tests/test_architecture.py::test_imports_point_down",
)


def used() -> float:
    """Return the processor time of this process and of those it started."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class Scales:
    """Weighs each test as pytest runs it."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        # What its module keeps for all its tests stays: only the test itself is torn down.
        runtestprotocol(item, log=False, nextitem=item.parent)  # type: ignore[arg-type]
        before = used()
        runtestprotocol(item, nextitem=nextitem)
        self.seconds[conftest.name_of(item)] += used() - before
        return True


def kept(seconds: Counter[str], budget: float) -> Iterable[str]:
    """Yield the tests to keep, the cheapest of each module before all others."""
    cheapest = [name for name, _ in reversed(seconds.most_common())]
    first = {name.partition("::")[0]: name for name in reversed(cheapest)}
    left = budget
    for name in dict.fromkeys((*ALWAYS, *first.values(), *cheapest)):
        left -= seconds[name]
        if left < 0:
            return
        yield name


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=16)
    options = parser.parse_args()

    conftest.LEFT_OUT.clear()
    scales = Scales()
    code = pytest.main(list(QUICK), plugins=[scales])
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        sys.exit(int(code))
    seconds = scales.seconds
    names = set(kept(seconds, options.seconds))
    left_out = sorted(seconds.keys() - names)
    conftest.LEFT_OUT_FILE.write_text("".join(f"{name}\n" for name in left_out))
    taken = sum(seconds[name] for name in names)
    print(f"{len(names)} tests of {len(seconds)} kept: {taken:.1f} of {seconds.total():.1f} seconds")
    print(
        "Of those left out the cheapest cost",
        *(f"{seconds[name]:.3f}" for name in sorted(left_out, key=lambda one: seconds[one])[:1]),
    )


if __name__ == "__main__":
    main()
