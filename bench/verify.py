"""One bit changed in a stored version, step or file: is it found, and the plan named?

Run:  python -m bench.verify [--flips 200] [--plans 3] [--seed N]

Lays out a throw-away SQLite database with the migrations, hence with the triggers, fills it with plans that
have versions, steps and files, and lifts the triggers over a raw connection, as somebody with the file in
their hands would. Then one random bit of one random value is changed, `verify_versions` looks, and the bit is
put back; again and again.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

FILE = "a file"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--plans", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    with tempfile.TemporaryDirectory() as directory:
        os.environ |= {
            "DEBUG": "true",
            "DJANGO_SETTINGS_MODULE": "districtplans.settings",
            "DATABASE_URL": f"sqlite:///{directory}/db.sqlite3",
            "MEDIA_ROOT": f"{directory}/media",
        }
        print(f"seed {seed}")
        sys.exit(run(options.flips, options.plans, random.Random(seed)))  # noqa: S311 -- no secret


def run(flips: int, plans: int, chance: random.Random) -> int:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tests.plans.stored_rows import make_stored_plan

    call_command("migrate", verbosity=0)
    rows = [make_stored_plan() for _ in range(plans)]
    assert look()[0] == 0, look()[1]
    refused = changes_refused(connection)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
    found, tried, times = Counter[str](), Counter[str](), []
    while sum(tried.values()) < flips:
        if (result := flip(chance.choice(rows), chance, times)) is not None:
            what, is_named = result
            tried[what] += 1
            found[what] += is_named
            if not is_named:
                print(f"not found: {what}")
    for what in sorted(tried):
        print(f"{what:45} {found[what]:4} of {tried[what]:4}")
    print(f"found and named: {sum(found.values())} of {sum(tried.values())}")
    print(f"with the triggers in place {refused} of 4 statements were refused")
    print(f"one look at {plans} plans: median {sorted(times)[len(times) // 2] * 1000:.0f} ms")
    assert look()[0] == 0
    return 0 if found == tried and refused == 4 else 1


def changes_refused(connection: Any) -> int:
    from django.db import IntegrityError

    statements = [
        "UPDATE plans_planversion SET name = 'x'",
        "DELETE FROM plans_planversion",
        "UPDATE plans_planevent SET comment = 'x'",
        "DELETE FROM plans_planevent",
    ]
    refused = 0
    for statement in statements:
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        except IntegrityError:
            refused += 1
    return refused


def flip(plan: Any, chance: random.Random, times: list[float]) -> tuple[str, bool] | None:
    """Change one bit of something of the plan, and say what it was and whether it was found."""
    from documents.models import RenderedFile
    from plans.models import PlanEvent, PlanVersion
    from tests.plans.stored_rows import TABLES, flip_byte, flipped

    table = chance.choice([*TABLES, FILE])
    if table == FILE:
        path = Path(RenderedFile.objects.get(plan=plan).file.path)
        data = path.read_bytes()
        path.write_bytes(flip_byte(data, chance))
        try:
            return FILE, is_named(plan, times)
        finally:
            path.write_bytes(data)
    column = chance.choice(TABLES[table])
    model = PlanVersion if table == "plans_planversion" else PlanEvent
    pk = chance.choice(list(model.objects.filter(plan=plan).values_list("pk", flat=True)))
    with flipped(table, column, pk, chance) as is_changed:
        return (f"{table}.{column}", is_named(plan, times)) if is_changed else None


def is_named(plan: Any, times: list[float]) -> bool:
    """Say whether the command fails and names this plan and no other."""
    began = time.perf_counter()
    code, lines = look()
    times.append(time.perf_counter() - began)
    names = f"{plan.district.agency_name} {plan.year - 1911}年 {plan.title}: "
    return code == 1 and bool(lines) and all(line.startswith(names) for line in lines)


def look() -> tuple[int, list[str]]:
    from django.core.management import call_command

    out = io.StringIO()
    try:
        call_command("verify_versions", stdout=out)
    except SystemExit:
        return 1, out.getvalue().splitlines()[:-1]
    return 0, out.getvalue().splitlines()[:-1]


if __name__ == "__main__":
    main()
