"""A plan with everything that must never change again: versions, steps, a made file."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection

from accounts.enums import Role
from documents.models import FileState, RenderedFile
from plans.models import Plan
from plans.services.steps import Letter, take_step
from plans.services.versions import keep_version
from plans.workflow import BY_NAME
from tests.builders import make_holder, make_plan, make_user

NOW = dt.datetime(2026, 4, 10, 10, 30, 15, 123456, tzinfo=dt.UTC)
WAY = ("send_for_signature", "sign", "file", "take_in_hand", "approve", "revise")
PDF = b"%PDF-1.7 the bytes that were printed"
TABLES = {
    "plans_planversion": (
        *("number", "kind", "name", "content", "sha256", "previous_sha256", "seal", "made_by_id", "made_at"),
    ),
    "plans_planevent": (
        *("number", "step", "before", "after", "version_id", "actor_id", "role", "at", "comment"),
        *("document_number", "document_on", "sha256", "previous_sha256"),
    ),
}


def make_stored_plan(**values: Any) -> Plan:
    """Return a plan in revision with two versions, one of them in force, six steps and a file."""
    plan = make_plan(**values)
    people = {role: make_user() for role in Role}
    people[Role.EVALUATOR] = make_holder(Role.EVALUATOR, plan.district.city)
    keep_version(plan.pk, actor=people[Role.SECRETARIAT], name="草案")
    for name in WAY:
        step = BY_NAME[name]
        role = Role.EVALUATOR if Role.EVALUATOR in step.roles else min(step.roles)
        letter = Letter("府研考字第1150001號", dt.date(2026, 4, 28)) if step.needs_document else None
        take_step(plan.pk, step, actor=people[role], role=role, at=NOW, comment="已閱。", letter=letter)
    file = RenderedFile(
        plan=plan,
        format="pdf",
        key=f"{plan.pk}",
        content="{}",
        state=FileState.READY,
        sha256=hashlib.sha256(PDF).hexdigest(),
    )
    file.file.save(f"{plan.pk}.pdf", ContentFile(PDF))
    plan.refresh_from_db()
    return plan


@contextmanager
def flipped(table: str, column: str, pk: int, chance: random.Random) -> Iterator[bool]:
    """Change one bit of a stored value, past everything but triggers, and put it back afterwards.

    On SQLite it is a bit of the bytes stored. PostgreSQL takes no bytes that are no text: there it is a bit
    of one character's code, of a number, of a moment. Yields False where there is nothing to change.
    """
    change = _flipped_on_sqlite if connection.vendor == "sqlite" else _flipped_on_postgresql
    with change(table, column, pk, chance) as is_changed:
        yield is_changed


@contextmanager
def _flipped_on_sqlite(table: str, column: str, pk: int, chance: random.Random) -> Iterator[bool]:
    with connection.cursor() as cursor:
        # Cast, a value comes as it is stored, and not as its column's type would read it.
        cursor.execute(f"SELECT typeof({column}), CAST({column} AS blob) FROM {table} WHERE id = {pk}")  # noqa: S608 -- names of our own
        kind, stored = cursor.fetchone()
        if not stored:
            yield False
            return
        cast = "integer" if kind == "integer" else "text"
        write = f"UPDATE {table} SET {column} = CAST(%s AS {cast}) WHERE id = {pk}"  # noqa: S608 -- names of our own
        cursor.execute(write, [_flip(kind, stored, chance)])
        try:
            yield True
        finally:
            cursor.execute(write, [stored])


@contextmanager
def _flipped_on_postgresql(table: str, column: str, pk: int, chance: random.Random) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = {pk}")  # noqa: S608 -- names of our own
        (stored,) = cursor.fetchone()
        if not stored:
            yield False
            return
        write = f"UPDATE {table} SET {column} = %s WHERE id = {pk}"  # noqa: S608 -- names of our own
        cursor.execute(write, [_flip_value(stored, chance)])
        try:
            yield True
        finally:
            cursor.execute(write, [stored])


def _flip_value(stored: Any, chance: random.Random) -> Any:
    if isinstance(stored, int):
        return stored ^ 1 << chance.randrange(4, 16)
    if isinstance(stored, dt.datetime):
        return stored.replace(microsecond=(stored.microsecond ^ 1 << chance.randrange(16)))
    if isinstance(stored, dt.date):
        return dt.date.fromordinal(stored.toordinal() ^ 1 << chance.randrange(8))
    assert isinstance(stored, str)
    at = chance.randrange(len(stored))
    codes = [ord(stored[at]) ^ 1 << bit for bit in range(16)]
    code = chance.choice([code for code in codes if code and not 0xD800 <= code < 0xE000])
    return stored[:at] + chr(code) + stored[at + 1 :]


def _flip(kind: str, stored: bytes, chance: random.Random) -> bytes:
    if kind == "integer":
        # No low bit: the database itself would refuse a number that another row of the plan has.
        return str(int(stored) ^ 1 << chance.randrange(4, 16)).encode()
    return flip_byte(stored, chance)


def flip_byte(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
