"""Two steps of one plan at the same moment, or a step and a save: one wins, and nothing is half done."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from plans.enums import PlanStatus
from plans.models import Plan, PlanEvent
from plans.queries.documents import plan_document
from plans.services.items import Saved, save_item, values_of
from plans.services.steps import Letter, digest_of
from plans.step_permissions import Standing
from plans.workflow import BY_NAME
from review.models import Signature
from review.services.signing import sign_place
from review.services.steps import take
from tests.builders import make_holder, make_plan
from tests.shared_database import shared_database  # noqa: F401 -- a fixture
from tests.test_concurrency import race

pytestmark = pytest.mark.usefixtures("shared_database")

NOW = dt.datetime(2026, 4, 10, 10, tzinfo=dt.UTC)
LETTER = Letter("府研考字第1150001號", dt.date(2026, 4, 28))
SIGNED = ("send_for_signature", "sign")


class Office:
    """A plan and one person of each role; nobody holds the chief's place, so the head alone signs."""

    def __init__(self) -> None:
        self.plan = make_plan()
        self.people: dict[str, User] = {
            Role.SECRETARIAT: make_holder(Role.SECRETARIAT, self.plan.district),
            Role.DISTRICT_HEAD: make_holder(Role.DISTRICT_HEAD, self.plan.district),
            Role.EVALUATOR: make_holder(Role.EVALUATOR, self.plan.district.city),
        }

    def step(self, name: str, **values: Any) -> Callable[[], PlanEvent]:
        """Return a runner that takes the step, by whoever may."""
        step = BY_NAME[name]
        role = next(role for role in self.people if role in step.roles)
        if step.needs_document:
            values["letter"] = LETTER
        return lambda: take(
            self.plan.pk,
            step,
            actor=self.people[role],
            standing=Standing(role),
            at=NOW,
            comment="理由",
            **values,
        )

    def go(self, *names: str) -> None:
        for name in names:
            self.step(name)()

    def save(self, text: str) -> Callable[[], Saved]:
        """Return a runner that writes the text into the first line of the plan."""
        item = self.plan.items.filter(kind="action").order_by("pk")[0]
        base = values_of(item)
        actor = self.people[Role.SECRETARIAT]
        return lambda: save_item(self.plan.pk, item.uid, actor=actor, base=base, values={"text": text})


@pytest.fixture
def office() -> Office:
    return Office()


def kinds(found: list[Any]) -> list[str]:
    return sorted(type(one).__name__ for one in found)


def check_whole(plan: Plan) -> list[str]:
    """Return the steps taken, after asking that the chain of events and the plan's row agree."""
    plan.refresh_from_db()
    events = list(plan.events.order_by("number"))
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert [event.previous_sha256 for event in events] == ["", *(event.sha256 for event in events[:-1])]
    assert all(event.sha256 == digest_of(event) for event in events)
    assert all(earlier.after == later.before for earlier, later in pairwise(events))
    assert plan.status == events[-1].after
    return [event.step for event in events]


@pytest.mark.parametrize("number", range(2))
def test_of_two_filings_one_makes_the_version(office: Office, number: int) -> None:
    office.go(*SIGNED)

    found = race(*[office.step("file")] * 3)

    assert kinds(found) == ["PlanEvent", "ValidationError", "ValidationError"]
    assert check_whole(office.plan) == [*SIGNED, "file"]
    filed = office.plan.versions.get(kind="filed")
    assert filed.content == plan_document(office.plan).to_json()


@pytest.mark.parametrize("number", range(2))
def test_a_plan_is_withdrawn_or_taken_in_hand_never_both(office: Office, number: int) -> None:
    office.go(*SIGNED, "file")

    found = race(office.step("withdraw"), office.step("take_in_hand"))

    assert kinds(found) == ["PlanEvent", "ValidationError"]
    last = check_whole(office.plan)[-1]
    plan = office.plan
    if last == "withdraw":
        assert (plan.status, plan.taken_by, plan.filed_at) == (PlanStatus.DRAFT, None, None)
    else:
        assert (plan.status, plan.taken_by) == (PlanStatus.SUBMITTED, office.people[Role.EVALUATOR])


@pytest.mark.parametrize("number", range(2))
def test_a_plan_is_signed_or_called_back(office: Office, number: int) -> None:
    office.go("send_for_signature")

    found = race(
        lambda: sign_place(
            office.plan.pk,
            2,
            actor=office.people[Role.DISTRICT_HEAD],
            standing=Standing(Role.DISTRICT_HEAD),
            at=NOW,
        ),
        office.step("recall"),
    )

    # The head may sign first and the secretariat call the plan back after that; not the other way round.
    steps = check_whole(office.plan)[1:]
    assert steps in (["recall"], ["sign", "recall"])
    assert isinstance(found[0], ValidationError) == (steps == ["recall"])
    assert isinstance(found[1], PlanEvent)
    signed = Signature.objects.filter(round__plan=office.plan, state="signed").count()
    assert (signed, office.plan.signed_at) == (len(steps) - 1, None)


@pytest.mark.parametrize("number", range(2))
def test_what_goes_round_is_one_state_of_the_text(office: Office, number: int) -> None:
    save = office.save("在送出的同時改寫。")

    found = race(save, office.step("send_for_signature"))

    assert isinstance(found[1], PlanEvent)
    plan = Plan.objects.get(pk=office.plan.pk)
    content = plan_document(plan).to_json()
    assert plan.versions.get().content == content
    assert isinstance(found[0], Saved) == ("在送出的同時改寫。" in content)
    assert isinstance(found[0], Saved | ValidationError)


def test_an_approval_is_not_disturbed_by_a_save(office: Office) -> None:
    save = office.save("太晚了。")
    office.go(*SIGNED, "file", "take_in_hand")

    found = race(office.step("approve"), save, office.step("approve"))

    assert kinds(found) == ["PlanEvent", "ValidationError", "ValidationError"]
    assert isinstance(found[1], ValidationError)
    plan = Plan.objects.get(pk=office.plan.pk)
    assert check_whole(plan)[-1] == "approve"
    assert plan.in_force is not None
    assert plan.in_force.content == plan_document(plan).to_json()


def test_a_revision_is_saved_before_it_is_given_up_or_not_at_all(office: Office) -> None:
    office.go(*SIGNED, "file", "take_in_hand", "approve", "revise")
    save = office.save("修訂中改寫。")

    found = race(save, office.step("give_up"))

    assert isinstance(found[1], PlanEvent)
    assert isinstance(found[0], Saved | ValidationError)
    plan = Plan.objects.get(pk=office.plan.pk)
    assert plan.in_force is not None
    assert plan_document(plan).to_json() == plan.in_force.content


def test_a_button_pressed_twice_takes_its_step_once_and_says_so(office: Office) -> None:
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
    assert check_whole(office.plan) == [*SIGNED, "file"]
