"""The log itself: what a record is, that it stays, that what was altered is found."""

from __future__ import annotations

import datetime as dt
import io
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from core import audit_seals
from core.audit import NOWHERE, Place, Subject, coming_from, digest_of, merged, record
from core.audit_seals import AuditTally, altered_events, seal_events
from core.enums import AuditKind
from core.models import AuditEvent, AuditSeal
from tests.audit.log_rows import unguarded
from tests.builders import make_user

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 4, 10, 10, 30, 15, 123456, tzinfo=dt.UTC)


def write(count: int = 1, **values: Any) -> list[AuditEvent]:
    """Write events about a plan, and return them."""
    given = {"actor": None, "typed": "wang", "places": [Place(1, 2)], "details": {"step": "sign"}, "at": NOW}
    for number in range(count):
        subject = Subject("plans.plan", 7, f"某區公所115年度計畫{number}", "/plans/7/")
        record(AuditKind.STEP, **({"subject": subject} | given | values))
    return list(AuditEvent.objects.order_by("pk"))


def faults() -> list[str]:
    return list(altered_events(AuditTally()))


def forbid() -> Any:
    """Make the database's own rules, as the migration does: tests on SQLite run without migrations."""
    migration: Any = import_module("core.migrations.0002_audit_stays")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = 'an_audit_event_is_never_changed'")
            if cursor.fetchone():
                for table, trigger in EMPTYING:
                    cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
                return
        for statement in {"sqlite": migration.SQLITE, "postgresql": migration.POSTGRESQL}[connection.vendor]:
            cursor.execute(statement)


EMPTYING = (
    ("core_auditevent", "core_auditevent_is_never_emptied"),
    ("core_auditseal", "core_auditseal_is_never_emptied"),
)
STATEMENTS = {
    "sqlite": (
        "REPLACE INTO core_auditevent SELECT * FROM core_auditevent",
        "INSERT OR REPLACE INTO core_auditseal SELECT * FROM core_auditseal",
    ),
    "postgresql": ("TRUNCATE core_auditevent", "TRUNCATE core_auditseal"),
}[connection.vendor]


def test_an_event_says_who_did_what_when_from_where_and_concerning_what() -> None:
    user = make_user()
    subject = Subject("plans.plan", 7, "臺北市大安區公所115年度計畫", "/plans/7/")

    with coming_from("203.0.113.7"):
        record(
            AuditKind.STEP,
            actor=user,
            places=[Place(1, 2)],
            subject=subject,
            details={"step": "sign", "day": dt.date(2026, 4, 10), "count": 3, "open": True, "none": None},
            at=NOW,
        )

    event = AuditEvent.objects.get()
    assert (event.kind, event.at, event.actor) == ("step", NOW, user.pk)
    assert (event.username, event.name) == (user.username, user.full_name)
    assert (event.city, event.district, event.subject, event.key) == (1, 2, "plans.plan", 7)
    assert (event.label, event.address, event.client) == (subject.label, "/plans/7/", "203.0.113.7")
    assert event.details == {"step": "sign", "day": "2026-04-10", "count": 3, "open": True, "none": None}
    assert event.sha256 == digest_of(event)


def test_an_event_goes_with_the_transaction_it_is_written_in() -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)

    assert not AuditEvent.objects.exists()


def test_an_address_is_told_of_what_is_done_meanwhile_alone() -> None:
    with coming_from("203.0.113.7"):
        write()
    write()

    assert [event.client for event in AuditEvent.objects.order_by("pk")] == ["203.0.113.7", ""]


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ([], [NOWHERE]),
        ([NOWHERE], [NOWHERE]),
        ([Place(1, 2)], [Place(1, 2)]),
        ([Place(1, 2), Place(1, 2), NOWHERE], [Place(1, 2)]),
        ([Place(1, 2), Place(1, 3)], [Place(1)]),
        ([Place(1, 2), Place(1)], [Place(1)]),
        ([Place(3, 4), Place(1, 2), Place(1, 5)], [Place(1), Place(3, 4)]),
    ],
)
def test_each_city_gets_one_event(places: list[Place], found: list[Place]) -> None:
    assert merged(places) == found

    events = write(places=places)

    assert [Place(event.city, event.district) for event in events] == found


@pytest.mark.parametrize("name", ["password", "new_password", "csrf_token", "client_secret", "sessionid"])
def test_nothing_is_written_that_is_named_like_a_secret(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        write(details={"changes": {name: ["a", "b"]}})

    assert not AuditEvent.objects.exists()


def test_text_is_cut_and_cleaned_to_what_the_columns_take() -> None:
    subject = Subject("plans.plan", 1, "長" * 300, "/" + "a" * 400)

    (event,) = write(typed="\x00wang\ud800" * 50, subject=subject, details={"file": "\x00" + "長" * 900})

    assert event.username.startswith("wang?wang?")
    assert (len(event.username), len(event.label), len(event.address)) == (150, 200, 300)
    assert event.details == {"file": "長" * 500}
    assert faults() == []


def test_words_are_found_whatever_their_width_and_variant() -> None:
    write(subject=Subject("plans.plan", 1, "臺北市大安區公所"), typed="ｗａｎｇ")
    write(subject=Subject("plans.plan", 2, "高雄市三民區公所"))

    found = AuditEvent.objects.matching
    assert [event.key for event in found("台北市 WANG")] == [1]
    assert [event.key for event in found("三民")] == [2]
    assert found("step=sign").count() == 2
    assert not found("無此").exists()


@pytest.mark.parametrize(
    "step",
    [
        lambda: AuditEvent.objects.update(kind="sign_in"),
        lambda: AuditEvent.objects.all().delete(),
        lambda: AuditEvent.objects.all()._raw_delete("default"),
        lambda: AuditEvent.objects.get().save(),
        lambda: AuditSeal.objects.update(count=0),
        lambda: AuditSeal.objects.all()._raw_delete("default"),
        lambda: run("UPDATE core_auditevent SET label = 'x'"),
        lambda: run("DELETE FROM core_auditevent"),
        lambda: run("UPDATE core_auditseal SET sha256 = 'x'"),
        lambda: run("DELETE FROM core_auditseal"),
        *(lambda words=words: run(words) for words in STATEMENTS),
    ],
)
def test_the_database_refuses_to_change_delete_or_empty(step: Callable[[], object]) -> None:
    (event,) = write()
    seal_events(NOW)
    forbid()

    with pytest.raises(IntegrityError, match="never"), transaction.atomic():
        step()

    assert AuditEvent.objects.get().label == event.label
    assert AuditSeal.objects.get().count == 1
    write()
    assert seal_events(NOW) == 1


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


# Seals


def test_events_are_sealed_in_runs_and_each_seal_holds_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(audit_seals, "MOST_IN_A_SEAL", 2)
    first, *_rest, last = write(5)

    assert seal_events(NOW) == 5
    assert seal_events(NOW) == 0

    seals = list(AuditSeal.objects.order_by("number"))
    assert [(seal.number, seal.count) for seal in seals] == [(1, 2), (2, 2), (3, 1)]
    assert (seals[0].first, seals[-1].last) == (first.pk, last.pk)
    assert [seal.previous_sha256 for seal in seals] == ["", seals[0].sha256, seals[1].sha256]
    assert faults() == []


ALTERATIONS: dict[str, Callable[[AuditEvent], object]] = {
    "a word": lambda event: row(event).update(label="別的計畫"),
    "a detail": lambda event: row(event).update(details={"step": "approve"}),
    "the moment": lambda event: row(event).update(at=NOW + dt.timedelta(microseconds=1)),
    "the city": lambda event: row(event).update(city=9),
    "what it is searched by": lambda event: row(event).update(search_text=""),
    "its digest": lambda event: row(event).update(sha256="0" * 64),
    "all of it, digest too": lambda event: rewrite(event, label="別的計畫"),
    "taken out": lambda event: row(event)._raw_delete("default"),
    "another key": lambda event: run(f"UPDATE core_auditevent SET id = 1000000 WHERE id = {event.pk}"),  # noqa: S608
}


def row(event: AuditEvent) -> Any:
    return AuditEvent.objects.filter(pk=event.pk)


def rewrite(event: AuditEvent, **values: Any) -> None:
    """Alter an event as somebody would who knows how digests are made."""
    for name, value in values.items():
        setattr(event, name, value)
    row(event).update(**values, sha256=digest_of(event))


@pytest.fixture(name="unguarded")
def lifted_triggers() -> Iterator[None]:
    with unguarded():
        yield


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize("what", ALTERATIONS)
def test_what_was_altered_in_a_sealed_event_is_found(what: str) -> None:
    events = write(3)
    seal_events(NOW)
    assert faults() == []

    ALTERATIONS[what](events[1])

    found = faults()
    assert any(f"event {events[1].pk}" in fault or "seal 1" in fault for fault in found)
    with pytest.raises(SystemExit):
        call_command("verify_versions", stdout=(out := io.StringIO()))
    assert f"audit log: {found[0]}" in out.getvalue()


@pytest.mark.usefixtures("unguarded")
def test_an_event_that_is_slipped_in_among_sealed_ones_is_found() -> None:
    events = write(3)
    row(events[1])._raw_delete("default")
    seal_events(NOW)
    assert faults() == []

    AuditEvent.objects.bulk_create([events[1]])

    assert [fault.split(":")[0] for fault in faults()] == ["seal 1"]


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize(
    ("alter", "named"),
    [
        (lambda: AuditSeal.objects.filter(number=2).update(count=9), ["seal 2"]),
        (lambda: AuditSeal.objects.filter(number=2).update(made_at=timezone.now()), ["seal 2"]),
        (lambda: AuditSeal.objects.filter(number=2).update(sha256="0" * 64), ["seal 2", "seal 3"]),
        (lambda: AuditSeal.objects.filter(number=1)._raw_delete("default"), ["seal 2", "seal 2", "seal 2"]),
        (lambda: AuditSeal.objects.filter(number=2)._raw_delete("default"), ["seal 3", "seal 3", "seal 3"]),
    ],
)
def test_what_was_altered_in_a_seal_is_found(alter: Callable[[], object], named: list[str]) -> None:
    for _ in range(3):
        write()
        seal_events(NOW)
    assert faults() == []

    alter()

    assert [fault.partition(":")[0].partition(" stands")[0] for fault in faults()] == named


@pytest.mark.usefixtures("unguarded")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps no bytes that are no text")
def test_an_event_that_cannot_be_read_is_named_and_the_others_are_looked_at() -> None:
    events = write(5)
    run(f"UPDATE core_auditevent SET at = 'no moment' WHERE id = {events[1].pk}")  # noqa: S608
    run(f"UPDATE core_auditevent SET label = CAST(x'ff' AS text) WHERE id = {events[2].pk}")  # noqa: S608
    row(events[4]).update(label="別的")
    tally = AuditTally()

    found = list(altered_events(tally))

    assert [fault.partition(":")[0] for fault in found] == [
        f"event {events[1].pk} cannot be read",
        f"event {events[2].pk} cannot be read",
        f"event {events[4].pk}",
    ]
    assert tally.events == 5


@pytest.mark.parametrize("count", [1, 30])
def test_writing_an_event_costs_one_query(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    write(count)
    with django_assert_num_queries(1):
        record(AuditKind.SIGN_OUT, actor=None)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time")
@pytest.mark.django_db(transaction=True)
def test_no_seal_is_made_over_an_event_that_is_still_to_come() -> None:
    """Of two that are being written, the one with the lower key is committed last."""
    is_written, may_commit = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with transaction.atomic():
            write()
            is_written.set()
            may_commit.wait(10)
        close_old_connections()
        connection.close()

    slow = threading.Thread(target=write_slowly)
    slow.start()
    assert is_written.wait(10)
    write()

    assert seal_events(NOW) == 0
    may_commit.set()
    slow.join(10)
    assert seal_events(NOW) == 2
    assert faults() == []
