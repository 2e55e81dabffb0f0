"""Two steps of one plan at the same moment, or a step and a save: one wins, and nothing is half done.

The long form, two hundred times each, is `bench/races.py`.
"""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from accounts.enums import Role
from tests.shared_database import shared_database  # noqa: F401 -- a fixture
from tests.step_races import RACES, SIGNED, Office
from tests.test_concurrency import race

pytestmark = pytest.mark.usefixtures("shared_database")


@pytest.mark.parametrize("number", range(2))
@pytest.mark.parametrize("name", RACES)
def test_one_wins_and_the_plan_is_whole(name: str, number: int) -> None:
    RACES[name](Office())


def test_a_button_pressed_twice_takes_its_step_once_and_says_so() -> None:
    office = Office()
    office.go(*SIGNED)
    clients = [Client() for _ in range(3)]
    for client in clients:
        client.force_login(office.people[Role.SECRETARIAT])
    token = str(uuid.uuid4())

    found = race(
        *(
            lambda client=client: client.post(f"/plans/{office.plan.pk}/steps/file/", {"token": token})
            for client in clients
        )
    )

    assert [response.status_code for response in found] == [302] * 3
    assert office.check_whole() == [*SIGNED, "file"]
