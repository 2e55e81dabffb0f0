"""Chaining the audit log by seals, and reading all of it to find what was altered."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.db.models import Max, TextField
from django.db.models.functions import Cast

from core.audit import digest_of, sha256_of
from core.models import AuditEvent, AuditSeal

logger = logging.getLogger(__name__)

MOST_IN_A_SEAL = 20_000
CHUNK = 2_000
# How long writers may be kept waiting, so that no event with a lower key is still to come.
PATIENCE = "500ms"
UNREADABLE = (DatabaseError, ValueError, TypeError, OverflowError, AttributeError)


@dataclass
class AuditTally:
    """How much of the log was looked at."""

    events: int = 0
    seals: int = 0


def seal_events(at: dt.datetime) -> int:
    """Seal the events written since the last seal; return how many.

    None are sealed while a long transaction is writing events: the next call sees to them.
    """
    last = _last_settled()
    sealed = 0
    while True:
        before = AuditSeal.objects.order_by("-number").first()
        waiting = AuditEvent.objects.filter(pk__gt=before.last if before else 0, pk__lte=last)
        events = list(waiting.order_by("pk").values_list("pk", "sha256")[:MOST_IN_A_SEAL])
        if not events:
            return sealed
        seal = AuditSeal(
            number=before.number + 1 if before else 1,
            first=events[0][0],
            last=events[-1][0],
            count=len(events),
            made_at=at,
            previous_sha256=before.sha256 if before else "",
        )
        seal.sha256 = seal_of(seal, events)
        try:
            with transaction.atomic():
                seal.save(force_insert=True)
        except IntegrityError:  # another worker has just made the seal of this number
            return sealed
        sealed += len(events)


def _last_settled() -> int:
    """Return the key up to which every event is there that will ever be."""
    if connection.vendor == "postgresql":
        # Keys are given before a transaction ends. The lock waits for those that are writing events, and
        # keeps others from beginning to, for an instant.
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
                cursor.execute("LOCK TABLE core_auditevent IN SHARE ROW EXCLUSIVE MODE")
                return _last()
        except OperationalError:
            logger.info("events are being written, so none are sealed now")
            return 0
    return _last()  # SQLite lets one writer in at a time, so keys come in the order of the commits


def _last() -> int:
    return AuditEvent.objects.aggregate(last=Max("pk"))["last"] or 0


def seal_of(seal: AuditSeal, events: Iterable[tuple[int, str]]) -> str:
    """Return the digest of a seal over the keys and digests of its events."""
    run = hashlib.sha256()
    for key, sha256 in events:
        run.update(f"{key}:{sha256}\n".encode())
    return sha256_of(
        {
            "number": seal.number,
            "first": seal.first,
            "last": seal.last,
            "count": seal.count,
            "made_at": seal.made_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            "previous": seal.previous_sha256,
            "events": run.hexdigest(),
        }
    )


def altered_events(tally: AuditTally) -> Iterator[str]:
    """Yield in words what is not as it was written in the log; count into `tally`.

    What was written since the last seal is told by its own digest alone, so that a row that was taken out of
    there is not missed.
    """
    yield from _event_faults(tally)
    yield from _seal_faults(tally)


def _event_faults(tally: AuditTally) -> Iterator[str]:
    after = 0
    while keys := list(AuditEvent.objects.filter(pk__gt=after).order_by("pk").values_list("pk")[:CHUNK]):
        after = keys[-1][0]
        tally.events += len(keys)
        yield from _faults_of([key for (key,) in keys])


def _faults_of(keys: list[int]) -> Iterator[str]:
    """Read a run of events together, and one by one where one of them cannot be read."""
    rows = AuditEvent.objects.annotate(written=Cast("at", TextField()))
    try:
        found = list(rows.filter(pk__gte=keys[0], pk__lte=keys[-1]).order_by("pk"))
        faults = [fault for event in found for fault in _faults_in(event)]
    except UNREADABLE:
        if len(keys) == 1:
            yield f"event {keys[0]} cannot be read"
            return
        middle = len(keys) // 2
        yield from _faults_of(keys[:middle])
        yield from _faults_of(keys[middle:])
        return
    yield from faults


def _faults_in(event: AuditEvent) -> Iterator[str]:
    if digest_of(event) != event.sha256:
        yield f"event {event.pk}: what it says is not what its digest was taken of"
    written: str = event.written  # type: ignore[attr-defined]  # annotated
    # On SQLite a moment is text, and other marks between its figures read as the same moment.
    if connection.vendor == "sqlite" and connection.ops.adapt_datetimefield_value(event.at) != written:
        yield f"event {event.pk}: its moment is written as {written!r}"


def _seal_faults(tally: AuditTally) -> Iterator[str]:
    previous, expected, last = "", 1, 0
    for pk in AuditSeal.objects.order_by("number", "pk").values_list("pk", flat=True):
        tally.seals += 1
        try:
            seal = AuditSeal.objects.annotate(written=Cast("made_at", TextField())).get(pk=pk)
            events = AuditEvent.objects.filter(pk__gt=last, pk__lte=seal.last).order_by("pk")
            sha256 = seal_of(seal, events.values_list("pk", "sha256").iterator(CHUNK))
            is_moment_as_written = _is_as_written(seal)
        except UNREADABLE:
            yield f"seal {expected} cannot be read"
            previous, expected = "", expected + 1
            continue
        if seal.number != expected:
            yield f"seal {seal.number} stands where seal {expected} should"
        if seal.previous_sha256 != previous:
            yield f"seal {seal.number}: the digest of the seal before is another"
        if sha256 != seal.sha256 or not is_moment_as_written:
            yield (
                f"seal {seal.number}: of the events {seal.first} to {seal.last} one was altered, added or "
                "taken out, or the seal itself was"
            )
        previous, expected, last = seal.sha256, seal.number + 1, seal.last


def _is_as_written(seal: AuditSeal) -> bool:
    written: str = seal.written  # type: ignore[attr-defined]  # annotated
    return connection.vendor != "sqlite" or connection.ops.adapt_datetimefield_value(seal.made_at) == written
