"""Mails as rows, sent to a server of the test's own on a real socket."""

from __future__ import annotations

import datetime as dt
import socket
from email import message_from_bytes, message_from_string
from email.header import decode_header, make_header
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Concat
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from plans.models import Plan, PlanEvent
from plans.services.steps import take_step
from plans.step_permissions import Standing
from plans.workflow import BY_NAME
from review.models import CLAIM_LASTS, Mail, MailKind
from review.services.mail import MOST_ATTEMPTS, message_id, send_waiting, write_decision
from review.services.steps import take
from tests.builders import make_holder, make_plan, make_secretary, make_user
from tests.review.mail_server import Server, mail_server
from tests.shared_database import shared_database  # noqa: F401 -- a fixture
from tests.test_concurrency import race

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def plan() -> Plan:
    return make_plan()


def step(plan: Plan, actor: User, comment: str = "") -> PlanEvent:
    return take_step(
        plan.pk,
        BY_NAME["send_for_signature"],
        actor=actor,
        role=Role.SECRETARIAT,
        at=timezone.now(),
        comment=comment,
    )


def tell(event: PlanEvent, *people: User) -> int:
    return write_decision(
        event,
        [person.pk for person in people],
        words="%(plan)s is waiting.",
        parameters={"plan": event.plan.title},
        address=f"/plans/{event.plan_id}/",
    )


def make_mail(kind: str = MailKind.DECISION, **values: Any) -> Mail:
    now = timezone.now()
    person = make_user(email="wang@example.gov.tw")
    defaults = {
        "recipient": person,
        "address": person.email,
        "subject": "計畫待陳核",
        "body": "請至網站辦理。",
        "message_id": message_id(f"mail-{person.pk}"),
        "kind": kind,
        "made_at": now,
        "send_after": now,
    }
    return Mail.objects.create(**defaults | values)


def use(settings: Any, server: Server | int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = server if isinstance(server, int) else server.port
    settings.EMAIL_TIMEOUT = 5


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_decision_is_written_for_each_person_who_has_an_address(plan: Plan, settings: Any) -> None:
    settings.SITE_URL = "https://plans.example.gov.tw"
    head, nameless = make_user(email="head@example.gov.tw"), make_user()
    gone = make_user(email="gone@example.gov.tw", is_active=False)
    actor = make_user(email="me@example.gov.tw")
    event = step(plan, actor, "請於本週\n完成。")

    assert tell(event, head, nameless, gone, actor) == 1
    assert tell(event, head) == 1  # asked again, nothing more is written

    mail = Mail.objects.get()
    assert (mail.recipient, mail.address) == (head, "head@example.gov.tw")
    assert mail.subject == f"{plan.title} is waiting."
    assert f"https://plans.example.gov.tw/plans/{plan.pk}/" in mail.body
    assert "請於本週\n完成。" in mail.body
    assert "\n\n\n" not in mail.body
    assert not outbox.outbox  # the worker sends, not the page


def test_a_step_that_fails_leaves_no_mail(plan: Plan) -> None:
    head = make_user(email="head@example.gov.tw")

    with transaction.atomic():
        assert tell(step(plan, make_secretary(plan.district)), head) == 1
        transaction.set_rollback(True)

    assert not Mail.objects.exists()


def test_a_step_on_the_page_writes_its_mails(plan: Plan) -> None:
    head = make_holder(Role.DISTRICT_HEAD, plan.district)
    User.objects.update(email=Concat(Value("p"), "pk", Value("@example.gov.tw"), output_field=CharField()))
    secretary = make_secretary(plan.district)

    take(
        plan.pk,
        BY_NAME["send_for_signature"],
        actor=secretary,
        standing=Standing(Role.SECRETARIAT),
        at=timezone.now(),
    )

    mail = Mail.objects.get()
    assert mail.recipient == head
    assert f"/plans/{plan.pk}/signing/" in mail.body


def test_a_mail_is_sent_once_with_its_message_id_in_chinese(settings: Any) -> None:
    mail = make_mail()
    with mail_server() as server:
        use(settings, server)

        assert send_waiting(timezone.now()) == 1
        assert send_waiting(timezone.now()) == 0

    (text,) = server.mails
    message = message_from_bytes(text.encode())
    assert message["Message-ID"] == mail.message_id
    assert str(make_header(decode_header(message["Subject"]))) == "計畫待陳核"
    assert message["To"] == "wang@example.gov.tw"
    assert message.get_payload(decode=True).decode().strip() == "請至網站辦理。"
    mail.refresh_from_db()
    assert (mail.attempts, mail.last_error) == (1, "")
    assert mail.sent_at is not None


@pytest.mark.parametrize("kind", MailKind.values)
def test_a_server_that_is_down_costs_no_mail_an_attempt(settings: Any, kind: str) -> None:
    mail = make_mail(kind)
    use(settings, free_port())

    for hour in range(3):
        assert send_waiting(timezone.now() + hour * HOUR) is None

    mail.refresh_from_db()
    assert (mail.attempts, mail.claimed_at) == (0, None)
    with mail_server() as server:
        use(settings, server)
        assert send_waiting(timezone.now()) == 1
    assert len(server.mails) == 1


def test_a_step_is_not_slower_for_a_server_that_does_not_answer(plan: Plan, settings: Any) -> None:
    with mail_server(delay=30) as server:
        use(settings, server)
        tell(step(plan, make_secretary(plan.district)), make_user(email="head@example.gov.tw"))
        assert server.connections == 0

    assert Mail.objects.waiting().count() == 1


def test_a_slow_server_is_left_after_the_timeout_and_asked_again(settings: Any) -> None:
    make_mail()
    with mail_server(delay=0.5) as server:
        use(settings, server)
        settings.EMAIL_TIMEOUT = 0.1
        assert send_waiting(timezone.now()) is None

        settings.EMAIL_TIMEOUT = 5
        server.delay = 0.0
        assert send_waiting(timezone.now()) == 1


def test_a_decision_the_server_broke_off_at_goes_again_under_the_same_message_id(settings: Any) -> None:
    mail, other = make_mail(), make_mail()
    now = timezone.now()
    with mail_server("breaks off after") as server:
        use(settings, server)

        assert send_waiting(now) is None
        mail.refresh_from_db()
        other.refresh_from_db()
        assert (mail.attempts, other.attempts) == (1, 0)
        assert (mail.claimed_at, mail.sent_at) == (None, None)
        assert mail.last_error
        assert mail.send_after > now

        server.manner = "well"
        assert send_waiting(now + HOUR) == 2

    ids = [message_from_string(text)["Message-ID"] for text in server.mails]
    assert ids.count(mail.message_id) == 2  # at least once, told apart by nothing
    assert ids.count(other.message_id) == 1


@pytest.mark.parametrize("manner", ["breaks off", "breaks off after"])
def test_a_digest_the_server_broke_off_at_does_not_go_again(settings: Any, manner: str) -> None:
    digest = make_mail(MailKind.DIGEST)
    with mail_server(manner) as server:
        use(settings, server)
        assert send_waiting(timezone.now()) is None

        server.manner = "well"
        assert send_waiting(timezone.now() + 24 * HOUR) == 0

    assert len(server.mails) == (manner == "breaks off after")
    digest.refresh_from_db()
    assert (digest.sent_at, digest.attempts) == (None, 1)
    assert digest.dropped_at is not None


def test_an_address_nobody_has_does_not_stop_the_others(settings: Any) -> None:
    wrong, right = make_mail(address="nobody@example.gov.tw"), make_mail()
    with mail_server("refuses") as server:
        use(settings, server)
        assert send_waiting(timezone.now()) == 1

    wrong.refresh_from_db()
    right.refresh_from_db()
    assert (right.sent_at is not None, wrong.sent_at) == (True, None)
    assert "550" in wrong.last_error


def test_waits_grow_to_an_hour_and_end_when_the_address_must_be_wrong(settings: Any) -> None:
    mail = make_mail(address="nobody@example.gov.tw")
    now, waits = timezone.now(), []
    with mail_server("refuses") as server:
        use(settings, server)
        while mail.dropped_at is None:
            now = max(now, mail.send_after)
            send_waiting(now)
            mail.refresh_from_db()
            waits.append(mail.send_after - now)

    assert [wait.total_seconds() / 60 for wait in waits[:8]] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert mail.attempts == len(waits) == MOST_ATTEMPTS


@pytest.mark.parametrize(("kind", "again"), [(MailKind.DECISION, 1), (MailKind.DIGEST, 0)])
def test_what_a_dead_worker_had_in_hand(settings: Any, kind: str, again: int) -> None:
    now = timezone.now()
    make_mail(kind, claimed_at=now, attempts=1)

    assert send_waiting(now + CLAIM_LASTS / 2) == 0
    assert send_waiting(now + CLAIM_LASTS * 2) == again


@pytest.mark.usefixtures("shared_database")
def test_two_workers_never_send_the_same_mail(settings: Any) -> None:
    for _ in range(6):
        make_mail()
    with mail_server() as server:
        use(settings, server)

        found = race(*[lambda: send_waiting(timezone.now())] * 3)

    assert sum(found) == 6  # type: ignore[arg-type]  # none was refused
    ids = [message_from_string(text)["Message-ID"] for text in server.mails]
    assert sorted(ids) == sorted(Mail.objects.values_list("message_id", flat=True))
