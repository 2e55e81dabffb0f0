"""Steps of one plan at the same moment, and steps against saves: does exactly one win, every time?

Run:  python -m bench.races [--races 200] [--only "file against file"] [--database postgres]

Lays out a throw-away database with the migrations and runs each race of `tests/step_races.py` that often:
real threads, each with a connection of its own, let go at the same moment. After each the chain of steps is
whole, the status is that of the last step, and every version made is exactly one state of the tree; else the
run stops with what was found. How often whom came first is told: a race that always ends alike is none.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.serving import settled, throw_away


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--races", type=int, default=200)
    parser.add_argument("--only", default="")
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    database = settled(options.database)
    with tempfile.TemporaryDirectory() as folder:
        throw_away(Path(folder), database)
        run(options.races, options.only)


def run(races: int, only: str) -> None:
    from django.db import connection

    from tests.step_races import RACES, Office

    print(f"{connection.vendor}, load {os.getloadavg()[0]:.1f}")
    for name, one in RACES.items():
        if only not in name:
            continue
        ends, began = Counter[str](), time.perf_counter()
        for _ in range(races):
            ends[one(Office())] += 1
        told = ", ".join(f"{count} {end}" for end, count in ends.most_common())
        print(f"{name:42} {races} races in {time.perf_counter() - began:4.0f} s: {told}", flush=True)
    print(f"GOOD, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
