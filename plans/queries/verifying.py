"""Reading everything that never changes again, to find what did: versions, steps, attached files.

One version is held in memory at a time, however many there are.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import Storage
from django.db import DatabaseError, connection, models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Cast

from core.roc import to_roc
from plans.models import Attachment, Plan, PlanEvent, PlanVersion
from plans.queries.digests import digest_of, digest_of_text, seal_of

CHUNK = 1024 * 1024
# What a damaged row does to whoever reads it: bytes that are no text, a moment that is none.
UNREADABLE = (DatabaseError, ValueError, TypeError, OverflowError, AttributeError)


@dataclass
class Tally:
    """How much was looked at."""

    plans: int = 0
    versions: int = 0
    events: int = 0
    files: int = 0


@dataclass(frozen=True)
class Alteration:
    """What is not as it was written, and in which plan."""

    plan: str
    words: str

    def __str__(self) -> str:
        return f"{self.plan}: {self.words}"


def alterations(tally: Tally) -> Iterator[Alteration]:
    """Yield what is wrong with the versions, steps and attached files of all plans; count into `tally`."""
    for pk in Plan.objects.order_by("pk").values_list("pk", flat=True).iterator():
        tally.plans += 1
        name = name_of(pk)
        yield from (Alteration(name, words) for words in _plan(pk, tally))
    for model, what in ((PlanVersion, "version"), (PlanEvent, "step"), (Attachment, "attachment")):
        lost: models.QuerySet[Any] = model._default_manager.filter(  # noqa: SLF001 -- Django's documented API
            ~Exists(Plan.objects.filter(pk=OuterRef("plan_id")))
        )
        for pk, plan in lost.values_list("pk", "plan_id").iterator():
            yield Alteration(f"plan {plan}", f"{what} of row {pk} belongs to a plan that does not exist")


def name_of(plan_pk: int) -> str:
    """Return agency, year and title of a plan, or its key where they cannot be read."""
    try:
        agency, year, title = Plan.objects.values_list("district__agency_name", "year", "title").get(
            pk=plan_pk
        )
    except (Plan.DoesNotExist, *UNREADABLE):
        return f"plan {plan_pk}"
    return f"{agency} {to_roc(year)}年 {title}"


def file_is_as_written(storage: Storage, name: str, sha256: str) -> bool | None:
    """Say whether a file still has the bytes its digest was taken of; None where it is not there."""
    try:
        with storage.open(name) as file:
            digest = hashlib.sha256()
            for chunk in file.chunks(CHUNK):
                digest.update(chunk)
    except (OSError, ValueError):  # a name that was altered may be no name at all
        return None
    return digest.hexdigest() == sha256


def _plan(pk: int, tally: Tally) -> Iterator[str]:
    seals: dict[int, str] = {}
    yield from _versions(pk, seals, tally)
    yield from _events(pk, seals, tally)
    yield from _attachments(pk, tally)


def _versions(plan: int, seals: dict[int, str], tally: Tally) -> Iterator[str]:
    """Yield what is wrong with a plan's versions; leave the seal of each in `seals`."""
    previous, expected = "", 1
    rows = PlanVersion.objects.filter(plan=plan)
    for pk, number in rows.order_by("number", "pk").values_list("pk", "number"):
        tally.versions += 1
        if number != expected:
            yield _gap("version", expected, number)
        expected = number + 1
        try:
            version = rows.annotate(written=_written("made_at")).get(pk=pk)
            faults = list(_version_faults(version, previous))
            faults += _moment_faults(version.made_at, version.written)
        except UNREADABLE:
            yield f"version {number} cannot be read"
            previous, seals[pk] = "", ""
            continue
        yield from (f"version {number}: {fault}" for fault in faults)
        previous, seals[pk] = version.sha256, version.seal


def _version_faults(version: PlanVersion, previous: str) -> Iterator[str]:
    if digest_of_text(version.content) != version.sha256:
        yield "its content is not what its digest was taken of"
    if version.previous_sha256 != previous:
        yield "the digest of the version before is another"
    if seal_of(version) != version.seal:
        yield "its number, name, kind, maker, moment or digests are not what its seal was taken of"


def _events(plan_pk: int, seals: dict[int, str], tally: Tally) -> Iterator[str]:
    """Yield what is wrong with the steps a plan took, and with where they left it."""
    previous, expected = "", 1
    last: PlanEvent | None = None
    approved: int | None = None
    rows = PlanEvent.objects.filter(plan=plan_pk)
    for pk, number in rows.order_by("number", "pk").values_list("pk", "number"):
        tally.events += 1
        if number != expected:
            yield _gap("step", expected, number)
        expected = number + 1
        try:
            last = event = rows.annotate(written=_written("at")).get(pk=pk)
            faults = list(_event_faults(event, previous, seals))
            faults += _moment_faults(event.at, event.written)
        except UNREADABLE:
            yield f"step {number} cannot be read"
            previous = ""
            continue
        yield from (f"step {number}: {fault}" for fault in faults)
        previous = event.sha256
        if event.step == "approve":
            approved = event.version_id
    try:
        status, in_force = Plan.objects.values_list("status", "in_force_id").get(pk=plan_pk)
    except UNREADABLE:
        yield "the plan's row cannot be read"
        return
    if in_force != approved:
        yield "the version in force is not the one approved last"
    if last is not None and status != last.after:
        yield f"the plan is in the state “{status}”, but its last step led to “{last.after}”"


def _event_faults(event: PlanEvent, previous: str, seals: dict[int, str]) -> Iterator[str]:
    if event.version_id is not None and event.version_id not in seals:
        yield "it names a version that is not of this plan"
    else:
        # The seal is known already; the version itself, content and all, is not read again.
        event.version = (
            PlanVersion(pk=event.version_id, seal=seals[event.version_id]) if event.version_id else None
        )
        if digest_of(event) != event.sha256:
            yield "what it says, or the version it names, is not what its digest was taken of"
    if event.previous_sha256 != previous:
        yield "the digest of the step before is another"


def _attachments(plan: int, tally: Tally) -> Iterator[str]:
    rows = Attachment.objects.filter(plan=plan).exclude(sha256="")
    for pk in rows.order_by("pk").values_list("pk", flat=True):
        tally.files += 1
        try:
            attachment = rows.get(pk=pk)
        except UNREADABLE:
            yield f"the row of attachment {pk} cannot be read"
            continue
        name = attachment.file.name or ""
        as_written = file_is_as_written(attachment.file.storage, name, attachment.sha256)
        if as_written is None:
            yield f"the attached file {attachment.file_name} is missing ({name})"
        elif not as_written:
            yield f"the attached file {attachment.file_name} is not what its digest was taken of ({name})"


def _written(field: str) -> Cast:
    return Cast(field, models.TextField())


def _moment_faults(at: dt.datetime, written: str) -> list[str]:
    """On SQLite a moment is text, and other marks between its figures read as the same moment."""
    if connection.vendor != "sqlite" or connection.ops.adapt_datetimefield_value(at) == written:
        return []
    return [f"its moment is written as {written!r}"]


def _gap(what: str, expected: int, found: int) -> str:
    return f"{what} {found} stands where {what} {expected} should: one is missing, or numbers were altered"
