"""The mail server is away for an hour: no page waits for it, and everything goes out afterwards."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from plans.models import Plan
from review.models import Mail, SigningChain, SigningPlace
from review.services.mail import send_waiting
from tests.builders import make_holder, make_plan
from tests.review.mail_server import Server, mail_server
from tests.review.test_mail import free_port, use
from tests.shared_database import shared_database  # noqa: F401 -- a fixture

pytestmark = pytest.mark.usefixtures("shared_database")

NOON = dt.datetime(2026, 4, 10, 4, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
LETTER = {"document_number": "府研考字第1150001號", "document_on": "115.4.28"}
WAY = {
    "send_for_signature": Role.SECRETARIAT,
    "sign": Role.DISTRICT_HEAD,
    "file": Role.SECRETARIAT,
    "take_in_hand": Role.EVALUATOR,
    "return": Role.EVALUATOR,
}
# What a server does instead of taking mails.
ILL = ["away", "silent", "silent at data", "silent after data"]


class Office:
    def __init__(self) -> None:
        self.plan = make_plan()
        chain = SigningChain.objects.create(district=self.plan.district)
        SigningPlace.objects.create(chain=chain, position=1, label="區長", role=Role.DISTRICT_HEAD)
        self.clients: dict[str, Client] = {}
        for role in dict.fromkeys(WAY.values()):
            place = self.plan.district.city if role == Role.EVALUATOR else self.plan.district
            person = make_holder(role, place)
            User.objects.filter(pk=person.pk).update(email=f"{role}@example.gov.tw")
            self.clients[role] = Client()
            self.clients[role].force_login(person)

    def take(self, name: str) -> int:
        path = f"/plans/{self.plan.pk}/steps/{name}/"
        return int(self.clients[WAY[name]].post(path, {"comment": "請補正。", **LETTER}).status_code)


@contextmanager
def ill_server(manner: str, port: int) -> Iterator[Server | None]:
    """Yield a server of that manner, or none where nothing listens."""
    if manner == "away":
        yield None
        return
    with mail_server(manner, port=port) as server:
        yield server


def ids_of(server: Server | None) -> list[str]:
    return [message_from_string(text)["Message-ID"] for text in server.mails] if server else []


@pytest.mark.parametrize("manner", ILL)
def test_after_an_hour_without_a_mail_server_every_step_has_its_mail(settings: Any, manner: str) -> None:
    office, port = Office(), free_port()
    use(settings, port)
    settings.EMAIL_TIMEOUT = 0.1

    with ill_server(manner, port) as server:
        for number, name in enumerate(WAY):
            for part in range(4):  # the hour in steps of three minutes
                now = NOON + (12 * number + 3 * part) * MINUTE
                with time_machine.travel(now):
                    before = server.connections if server else 0
                    if part == 0:
                        assert office.take(name) == 302
                    assert (server.connections if server else 0) == before  # the page asked nobody
                    assert not send_waiting(timezone.now())
        came_early = ids_of(server)

    Plan.objects.get(pk=office.plan.pk, status="draft")  # the city returned it: all went on as always
    assert Mail.objects.waiting().count() == len(WAY)
    with mail_server(port=port) as server:
        settings.EMAIL_TIMEOUT = 5
        for minutes in range(60, 125):
            now = NOON + minutes * MINUTE
            with time_machine.travel(now):
                assert send_waiting(timezone.now()) is not None
        came = ids_of(server)

    assert Counter(came) == Counter(Mail.objects.values_list("message_id", flat=True))
    assert len(came) == len(WAY)
    assert not Mail.objects.waiting().exists()
    # Of what the ill server took and did not confirm every copy has the same name.
    assert set(came_early) <= set(came)
    assert (len(came_early) > 1) == (manner == "silent after data")


@pytest.mark.parametrize("manner", ["silent", "silent at data"])
def test_pages_go_on_while_the_postman_waits_for_an_answer(settings: Any, manner: str) -> None:
    office = Office()
    with mail_server(manner) as server:
        use(settings, server)
        settings.EMAIL_TIMEOUT = 60  # longer than the test: the postman is stuck as long as we look
        assert office.take("send_for_signature") == 302

        def deliver() -> None:
            try:
                send_waiting(timezone.now())
            finally:
                connection.close()

        postman = threading.Thread(target=deliver, daemon=True)
        postman.start()
        until = time.monotonic() + 20
        while not (server.connections and stands_still(postman, manner)) and time.monotonic() < until:
            time.sleep(0.02)
        for name in list(WAY)[1:]:
            assert office.take(name) == 302
        assert postman.is_alive()
        server.let_go.set()
        postman.join(20)

    assert not postman.is_alive()
    assert Mail.objects.waiting().count() == len(WAY)


def stands_still(postman: threading.Thread, manner: str) -> bool:
    """Say whether the postman waits at the point where the server does not answer."""
    has_claimed = Mail.objects.filter(claimed_at__isnull=False).exists()
    return postman.is_alive() and has_claimed == (manner == "silent at data")
