"""How fast and how well plans are imported.

    python -m bench.imports [--plans 60] [--seed 0]

Seconds for each real plan in ../shared/seeds (skipped when absent) and each twin, median of five; then the
share of lines that come back with the right words below the right parent, on plans made up at random:
outlines printed clean, carelessly, hard-wrapped, and both; tables tabbed and with cells interleaved.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import time
from pathlib import Path
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "districtplans.test_settings")
django.setup()

from bench import import_tables  # noqa: E402 -- after setup, as all below
from documents.ingest.accounting import differences  # noqa: E402
from documents.ingest.propose import propose  # noqa: E402
from documents.ingest.reading import read_file  # noqa: E402
from tests.documents.printed_plans import Author, Habit, print_outline, score  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
GOALS = {
    "clean": 0.99,
    "careless": 0.99,
    "wrapped": 0.97,
    "rough": 0.97,
    "tabbed": 0.97,
    "target": 0.97,
    "narrow": 0.85,
}


def time_files() -> None:
    folders = [ROOT.parent / "shared" / "seeds", ROOT / "tests" / "documents" / "twins"]
    for path in sorted(path for folder in folders for path in folder.glob("*.txt")):
        data = path.read_bytes()
        seconds = []
        for _ in range(5):
            started = time.perf_counter()
            proposal = propose(read_file(data).lines)
            seconds.append(time.perf_counter() - started)
        lost = len(differences(proposal))
        print(
            f"{path.name:16} {median(seconds):6.2f} s (goal 2.00)  {len(proposal.items):4} items  {lost} lost"
        )


def read_outlines(shape: str, plans: int, seed: int) -> tuple[float, float, int]:
    """Return the mean share of right lines, the worst plan's, and how many plans lost characters."""
    right = lines = lost = 0
    worst = 1.0
    careless = shape in ("careless", "rough")
    for number in range(seed, seed + plans):
        pick = random.Random(number)  # noqa: S311 -- made-up text
        plan = Author(number, careless=careless).outline()
        habit = Habit.clean(pick) if shape in ("clean", "careless") else Habit.wrapped(pick)
        habit.slips = pick if careless else None
        proposal = propose("\n".join(print_outline(plan, habit)).split("\n"))
        found, of = score(plan, proposal)
        right, lines, worst = right + found, lines + of, min(worst, found / of)
        lost += bool(differences(proposal))
    return right / lines, worst, lost


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--plans", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    time_files()
    for shape in ("clean", "careless", "wrapped", "rough"):
        share, worst, lost = read_outlines(shape, options.plans, options.seed)
        print(f"{shape:10} {share:.4f} (goal {GOALS[shape]:.2f})  worst plan {worst:.3f}  {lost} with losses")
    for shape in ("tabbed", "target", "narrow"):
        shares = [
            import_tables.run(shape, random.Random(number))[0]  # noqa: S311 -- made-up text
            for number in range(options.seed, options.seed + options.plans)
        ]
        mean = sum(shares) / len(shares)
        print(f"{shape:10} {mean:.4f} (goal {GOALS[shape]:.2f})  worst plan {min(shares):.3f}")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
