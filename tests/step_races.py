"""Races around a plan's steps: each is run by real threads, looked at, and told by who won.

`test_steps_at_once.py` runs each a few times, `bench/races.py` some hundred times.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError

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
from tests.test_concurrency import race

NOW = dt.datetime(2026, 4, 10, 10, tzinfo=dt.UTC)
LETTER = Letter("府研考字第1150001號", dt.date(2026, 4, 28))
SIGNED = ("send_for_signature", "sign")
WORDS = "在同一刻改寫。"


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

    def save(self, text: str = WORDS) -> Callable[[], Saved]:
        """Return a runner that writes the text into the first line of the plan."""
        item = self.plan.items.filter(kind="action").order_by("pk")[0]
        base = values_of(item)
        actor = self.people[Role.SECRETARIAT]
        return lambda: save_item(self.plan.pk, item.uid, actor=actor, base=base, values={"text": text})

    def check_whole(self) -> list[str]:
        """Return the steps taken, after asking that the chain of events and the plan's row agree."""
        self.plan = plan = Plan.objects.select_related("in_force").get(pk=self.plan.pk)
        events = list(plan.events.order_by("number"))
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        assert [event.previous_sha256 for event in events] == ["", *(event.sha256 for event in events[:-1])]
        assert all(event.sha256 == digest_of(event) for event in events)
        assert all(earlier.after == later.before for earlier, later in pairwise(events))
        assert plan.status == events[-1].after
        return [event.step for event in events]

    def text(self) -> str:
        return plan_document(Plan.objects.get(pk=self.plan.pk)).to_json()


def kinds(found: list[Any]) -> list[str]:
    return sorted(type(one).__name__ for one in found)


def filed_thrice(office: Office) -> str:
    office.go(*SIGNED)

    found = race(*[office.step("file")] * 3)

    assert kinds(found) == ["PlanEvent", "ValidationError", "ValidationError"]
    assert office.check_whole() == [*SIGNED, "file"]
    filed = office.plan.versions.get(kind="filed")
    assert filed.content == office.text()
    winner = next(at for at, one in enumerate(found) if isinstance(one, PlanEvent))
    return f"the {('first', 'second', 'third')[winner]} filed"


def withdrawn_or_taken(office: Office) -> str:
    office.go(*SIGNED, "file")

    found = race(office.step("withdraw"), office.step("take_in_hand"))

    assert kinds(found) == ["PlanEvent", "ValidationError"]
    last = office.check_whole()[-1]
    plan = office.plan
    if last == "withdraw":
        assert (plan.status, plan.taken_by, plan.filed_at) == (PlanStatus.DRAFT, None, None)
    else:
        assert (plan.status, plan.taken_by) == (PlanStatus.SUBMITTED, office.people[Role.EVALUATOR])
    return last


def approved_or_returned(office: Office) -> str:
    office.go(*SIGNED, "file", "take_in_hand")

    found = race(office.step("approve"), office.step("return"), office.step("put_back"))

    steps = office.check_whole()[4:]
    plan = office.plan
    assert kinds(found).count("PlanEvent") == len(steps)
    # Put back first, nobody holds the plan any more and neither of the others may decide it.
    assert len(steps) == 1
    after = {
        "approve": (PlanStatus.APPROVED, True),
        "return": (PlanStatus.DRAFT, False),
        "put_back": (PlanStatus.SUBMITTED, False),
    }
    assert (plan.status, plan.in_force_id is not None, plan.taken_by) == (*after[steps[0]], None)
    return steps[0]


def signed_or_called_back(office: Office) -> str:
    office.go("send_for_signature")
    head, pk = office.people[Role.DISTRICT_HEAD], office.plan.pk

    found = race(
        lambda: sign_place(pk, 2, actor=head, standing=Standing(Role.DISTRICT_HEAD), at=NOW),
        office.step("recall"),
    )

    # The head may sign first and the secretariat call the plan back after that; not the other way round.
    steps = office.check_whole()[1:]
    assert steps in (["recall"], ["sign", "recall"])
    assert isinstance(found[0], ValidationError) == (steps == ["recall"])
    assert isinstance(found[1], PlanEvent)
    signed = Signature.objects.filter(round__plan=office.plan, state="signed").count()
    assert (signed, office.plan.signed_at) == (len(steps) - 1, None)
    return " then ".join(steps)


def saved_or_sent(office: Office) -> str:
    """What goes round is one state of the text, and the text is what goes round."""
    found = race(office.save(), office.step("send_for_signature"))

    assert isinstance(found[1], PlanEvent)
    office.check_whole()
    content = office.text()
    assert office.plan.versions.get().content == content
    assert isinstance(found[0], Saved | ValidationError)
    assert isinstance(found[0], Saved) == (WORDS in content)
    return "saved, then sent" if isinstance(found[0], Saved) else "sent, the save refused"


def saved_or_approved(office: Office) -> str:
    """A save that was on its way when the plan was closed writes nothing into what is approved."""
    save = office.save()
    office.go(*SIGNED, "file", "take_in_hand")

    found = race(office.step("approve"), save, office.step("approve"))

    assert kinds(found) == ["PlanEvent", "ValidationError", "ValidationError"]
    assert isinstance(found[1], ValidationError)
    assert office.check_whole()[-1] == "approve"
    assert office.plan.in_force is not None
    assert office.plan.in_force.content == office.text()
    assert WORDS not in office.plan.in_force.content
    return f"the {'first' if isinstance(found[0], PlanEvent) else 'second'} approved"


def saved_or_revised(office: Office) -> str:
    """Opened again at once with a save: what is in force is the text before, whoever was first."""
    save = office.save()
    office.go(*SIGNED, "file", "take_in_hand", "approve")
    before = office.text()

    found = race(save, office.step("revise"))

    assert isinstance(found[1], PlanEvent)
    assert office.check_whole()[-1] == "revise"
    assert office.plan.in_force is not None
    assert office.plan.in_force.content == before
    assert isinstance(found[0], Saved | ValidationError)
    assert isinstance(found[0], Saved) == (WORDS in office.text())
    return "revised, then saved" if isinstance(found[0], Saved) else "the save refused, then revised"


def saved_or_given_up(office: Office) -> str:
    office.go(*SIGNED, "file", "take_in_hand", "approve", "revise")
    save = office.save()

    found = race(save, office.step("give_up"))

    assert isinstance(found[1], PlanEvent)
    assert isinstance(found[0], Saved | ValidationError)
    assert office.check_whole()[-1] == "give_up"
    assert office.plan.in_force is not None
    assert office.text() == office.plan.in_force.content
    return "saved, then given up" if isinstance(found[0], Saved) else "given up, the save refused"


RACES: dict[str, Callable[[Office], str]] = {
    "approve against save": saved_or_approved,
    "file against file": filed_thrice,
    "withdraw against take in hand": withdrawn_or_taken,
    "send for signature against save": saved_or_sent,
    "sign against call back": signed_or_called_back,
    "approve against return against put back": approved_or_returned,
    "revise against save": saved_or_revised,
    "give up against save": saved_or_given_up,
}
