from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from hypothesis import settings as properties

# `script/test --fast` takes the quick profile, every other run the thorough one. A test that wants more
# examples than others asks for a multiple of `settings.default.max_examples`. No deadline: other work on
# the machine must not fail a test.
properties.register_profile("thorough", deadline=None, max_examples=100)
properties.register_profile("quick", deadline=None, max_examples=20)
properties.load_profile("thorough")

# Modules in which nearly every test prints or reads whole plans, seeds the demonstration, runs a tool over
# the tree, starts processes or walks the pages of Django's admin, as sheets do; tests of every endpoint or
# step by everybody.
SLOW = (
    "tests/demo/",
    "tests/test_seed_demo.py",
    "tests/test_translations.py",
    "tests/test_pages_in_chinese.py",
    "tests/test_concurrency.py",
    "tests/test_settings.py",
    "tests/test_worker.py",
    "tests/test_backups.py",
    "tests/test_editors_at_once.py",
    "tests/test_steps_at_once.py",
    "tests/test_who_may.py",
    "tests/review/test_in_force.py::test_of_a_plan_being_revised_no_endpoint",
    "tests/review/test_steps_table.py::test_each_step_is_taken",
    "tests/test_triggers.py",
    "tests/review/test_mail_outage.py",
    "tests/review/test_packages.py",
    "tests/documents/test_compare_pdf.py",
    "tests/documents/test_weasy.py",
    "tests/documents/test_patches.py",
    "tests/documents/test_package.py",
    "tests/documents/test_plan_pdf.py",
    "tests/documents/test_ingest_pdf_text.py",
    "tests/documents/test_ingest_outline.py",
    "tests/documents/test_seeds",
    "tests/accounts/test_admin.py",
    "tests/accounts/test_sheet_cells.py",
    "tests/accounts/test_sheet_round_trip.py",
    "tests/accounts/test_sheet_rows.py",
    "tests/plans/test_admin.py",
    "tests/plans/test_plan_sheet.py",
    "tests/plans/test_resources.py",
)
# Single tests that cost more than they tell in a hurry, as `python -m bench.weigh` found.
LEFT_OUT_FILE = Path(__file__).parent / "slow.txt"
LEFT_OUT = set(LEFT_OUT_FILE.read_text().split())
EMPTIED = "%_is_never_emptied"  # triggers of plans/migrations/0011 and core/migrations/0002
SLOW_WORDS = ("five_megabytes", "300_lines")


# Fixtures that let a test at the database, as the mark `django_db` does.
DATABASE = {"db", "transactional_db"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the modules of slow tests unread where none of them is wanted."""
    name = collection_path.relative_to(config.rootpath).as_posix()
    return True if "not slow" in config.option.markexpr and name.startswith(SLOW) else None


def name_of(item: pytest.Item) -> str:
    """Return where the test stands and what it is called, whatever the variant."""
    return item.nodeid.partition("[")[0]


# Of one test on the database the quick run tries the first variant, the last and one between.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    variants: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("django_db") or not DATABASE.isdisjoint(item.fixturenames):
            item.add_marker(pytest.mark.database)
        if (
            item.nodeid.startswith(SLOW)
            or any(words in item.name for words in SLOW_WORDS)
            or name_of(item) in LEFT_OUT
        ):
            item.add_marker(pytest.mark.slow)
        elif item.get_closest_marker("django_db"):
            variants.setdefault(name_of(item), []).append(item)
    for alike in variants.values():
        tried = {0, len(alike) // 2, len(alike) - 1}
        for at, item in enumerate(alike):
            if at not in tried:
                item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Spare the collector of garbage what lasts as long as the process: all code, and every test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Let the tests on PostgreSQL empty their tables, which the site's database refuses."""
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE %s", [EMPTIED]
                )
                for table, trigger in cursor.fetchall():
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Keep what fixtures of a module write until its end: each test begins with it as it was written.

    A test gets a copy of such rows (`copy.deepcopy`), for what it does to the rows is undone, not what it
    does to the objects.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def pytest_unconfigure() -> None:
    """Take away the directory for uploads and made files that the settings of this process laid out."""
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
