"""One bit changed in a stored version, step or file: is it found, and the plan named?

Run:  python -m bench.verify [--flips 200] [--plans 3] [--seed N] [--database postgres]

Lays out a throw-away database with the migrations, hence with the triggers, fills it with plans that have
versions, steps, made and attached files, and lifts the triggers, as somebody with the database in their hands
would. Then one random bit of one random value is changed, `verify_versions` looks, and the bit is put back;
so many times for versions, for steps and for files each.
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

from bench.serving import settled, throw_away

TABLES_OF = {"versions": "plans_planversion", "steps": "plans_planevent"}
FILES = "files"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--flips", type=int, default=200, help="of versions, of steps and of files each")
    parser.add_argument("--plans", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    database = settled(options.database)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    with tempfile.TemporaryDirectory() as directory:
        throw_away(Path(directory), database)
        print(f"seed {seed}")
        sys.exit(run(options.flips, options.plans, random.Random(seed)))  # noqa: S311 -- no secret


def run(flips: int, plans: int, chance: random.Random) -> int:
    from django.db import connection

    rows = [make_plan(number) for number in range(plans)]
    assert look()[0] == 0, look()[1]
    refused, statements = changes_refused(connection)
    lift_triggers(connection)
    found, tried, times = Counter[str](), Counter[str](), []
    for kind in (*TABLES_OF, FILES):
        left = flips
        while left:
            if (result := flip(kind, chance.choice(rows), chance, times)) is not None:
                what, is_found = result
                tried[what] += 1
                found[what] += is_found
                left -= 1
                if not is_found:
                    print(f"not found: {what}")
    for what in sorted(tried):
        print(f"{what:45} {found[what]:4} of {tried[what]:4}")
    for kind, table in [*TABLES_OF.items(), (FILES, "a")]:
        count = sum(number for what, number in found.items() if what.startswith(table))
        print(f"{kind}: {count} of {flips} found and named")
    print(f"{connection.vendor}: {refused} of {statements} statements refused with the triggers in place")
    middle = sorted(times)[len(times) // 2] * 1000
    print(f"one look at {plans} plans: median {middle:.0f} ms, load {os.getloadavg()[0]:.1f}")
    assert look()[0] == 0
    return 0 if found == tried and refused == statements else 1


def make_plan(number: int) -> Any:
    """Return a plan with versions, steps, a made file and an attached one."""
    from django.core.files.base import ContentFile

    from plans.services.facts import add_attachment
    from tests.builders import make_user
    from tests.plans.stored_rows import make_stored_plan

    plan = make_stored_plan()
    data = ContentFile(f"%PDF-1.7 附件 {number}".encode(), name="附表.pdf")
    add_attachment(plan.pk, actor=make_user(), title="附表", file=data, file_name="附表.pdf")
    return plan


def changes_refused(connection: Any) -> tuple[int, int]:
    """Try to change, delete and empty; return how many of how many statements were refused."""
    from django.db import IntegrityError, transaction

    statements = [
        "UPDATE plans_planversion SET name = 'x'",
        "DELETE FROM plans_planversion",
        "UPDATE plans_planevent SET comment = 'x'",
        "DELETE FROM plans_planevent",
    ]
    if connection.vendor == "postgresql":  # SQLite has no TRUNCATE
        statements += [f"TRUNCATE {table} CASCADE" for table in (*TABLES_OF.values(), "plans_plan")]
    refused = 0
    for statement in statements:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        except IntegrityError:
            refused += 1
    return refused, len(statements)


def lift_triggers(connection: Any) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in TABLES_OF.values():
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")  # those of foreign keys too
            return
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")


def flip(kind: str, plan: Any, chance: random.Random, times: list[float]) -> tuple[str, bool] | None:
    """Change one bit of something of the plan, and say what it was and whether it was found."""
    from documents.models import RenderedFile
    from plans.models import PlanEvent, PlanVersion
    from tests.plans.stored_rows import TABLES, flip_byte, flipped

    if kind == FILES:
        what, path = chance.choice(
            [
                ("a made file", Path(RenderedFile.objects.get(plan=plan).file.path)),
                ("an attached file", Path(plan.attachments.get().file.path)),
            ]
        )
        data = path.read_bytes()
        path.write_bytes(flip_byte(data, chance))
        try:
            return what, is_named(plan, times)
        finally:
            path.write_bytes(data)
    table = TABLES_OF[kind]
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
