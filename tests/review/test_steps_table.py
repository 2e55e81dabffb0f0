"""Who may take which step in which state, over HTTP, as the table of the workflow says and no other way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.enums import CITY_ROLES, UNIT_ROLES, Role
from accounts.models import User
from plans.enums import FILED, Condition, PlanStatus
from plans.models import Plan
from plans.services.steps import make_version, take_step
from plans.workflow import BY_NAME, STEPS, Step, after_step
from review.models import SigningChain, SigningPlace
from tests.builders import make_district, make_holder, make_plan, make_secretary, make_unit, make_user

pytestmark = pytest.mark.django_db

LETTER = {"document_number": "府研考字第1150001號", "document_on": "115.4.28"}
OUTSIDERS = (
    "other_secretariat",
    "other_evaluator",
    "nobody",
    "superuser",
    "past_secretariat",
    "past_evaluator",
)
PEOPLE = (*Role.values, *OUTSIDERS)
# Who gets what somebody in another list gets is left to the full run; these doors are tried in every run.
ALWAYS = (Role.SECRETARIAT, Role.SECTION_CHIEF, Role.EVALUATOR)


@pytest.fixture
def plan() -> Plan:
    """Return a plan that was sent for signature, in a district where the head alone signs."""
    plan = make_plan()
    chain = SigningChain.objects.create(district=plan.district)
    SigningPlace.objects.create(chain=chain, position=1, label="區長", role=Role.DISTRICT_HEAD)
    city = plan.district.city
    city.allows_late_revision = True
    city.save()
    make_holder(Role.DISTRICT_HEAD, plan.district)
    sender = make_user()
    make_version(plan, actor=sender, at=timezone.now())
    take_step(
        plan.pk,
        BY_NAME["send_for_signature"],
        actor=sender,
        role=Role.SECRETARIAT,
        at=timezone.now(),
    )
    return plan


def make_person(person: str, plan: Plan) -> User:
    district, long_ago = plan.district, dt.date(2021, 1, 1)
    if person in UNIT_ROLES:
        return make_holder(person, make_unit(district))
    if person in CITY_ROLES:
        return make_holder(person, district.city)
    others = {
        "other_secretariat": lambda: make_secretary(make_district(district.city)),
        "other_evaluator": lambda: make_holder(Role.EVALUATOR, make_district().city),
        "nobody": make_user,
        "superuser": lambda: make_user(is_superuser=True, is_staff=True),
        "past_secretariat": lambda: make_holder(Role.SECRETARIAT, district, until=long_ago),
        "past_evaluator": lambda: make_holder(Role.EVALUATOR, district.city, until=long_ago),
    }
    return others[person]() if person in others else make_holder(person, district)


def put(plan: Plan, status: str, step: Step, user: User) -> None:
    """Bring the plan into a state in which all conditions of the step hold for that person."""
    needs = set(step.conditions)
    is_taken = bool(needs & {Condition.TAKEN, Condition.TAKEN_BY_ME})
    moment = timezone.now()
    Plan.objects.filter(pk=plan.pk).update(
        status=status,
        signed_by=user if Condition.SIGNED in needs else None,
        signed_at=moment if Condition.SIGNED in needs else None,
        taken_by=user if is_taken else None,
        taken_at=moment if is_taken else None,
        in_force=plan.versions.order_by("number").first() if Condition.IN_FORCE in needs else None,
    )


def expected(person: str, status: str, step: Step) -> int:
    """Return the answer to the step: 302 taken, 409 not its turn, 403 never theirs, 404 not seen."""
    is_inside = person in Role.values and person not in CITY_ROLES
    is_of_city = person in CITY_ROLES
    if not is_inside and not (is_of_city and status in FILED):
        return 404
    if person not in step.roles:
        return 403
    return 302 if status in step.before else 409


def tried(person: str) -> Iterator[tuple[str, Step, int]]:
    for status in PlanStatus.values:
        for step in STEPS:
            yield status, step, expected(person, status, step)


@pytest.mark.parametrize(
    "person",
    [pytest.param(person, marks=[] if person in ALWAYS else [pytest.mark.slow]) for person in PEOPLE],
)
def test_each_step_is_taken_just_by_whom_and_where_the_table_says(
    client: Client, plan: Plan, person: str
) -> None:
    user = make_person(person, plan)
    client.force_login(user)
    events = plan.events.count()
    breaches = []

    for status, step, answer in tried(person):
        with transaction.atomic():
            put(plan, status, step, user)
            path = f"/plans/{plan.pk}/steps/{step.name}/"
            page = client.get(path).status_code
            response = client.post(path, {"comment": "理由", **LETTER})
            plan.refresh_from_db()
            taken = plan.events.count() - events
            wanted_status = (
                after_step(step, has_version_in_force=plan.in_force_id is not None)
                if answer == 302
                else status
            )
            if (response.status_code, taken, plan.status) != (answer, int(answer == 302), wanted_status):
                breaches.append(
                    f"{step.name} from {status}: {response.status_code}, not {answer}; {taken} written, "
                    f"then {plan.status}"
                )
            if page != (answer if answer in {403, 404} else 200):
                breaches.append(f"the page of {step.name} from {status}: {page}")
            transaction.set_rollback(True)

    assert not breaches, "\n".join(breaches)


def test_everybody_of_the_table_takes_something_somewhere() -> None:
    taken = {step.name for person in Role.values for _status, step, answer in tried(person) if answer == 302}

    assert taken == set(BY_NAME)


def test_a_stranger_is_asked_to_sign_in(client: Client, plan: Plan) -> None:
    for step in STEPS:
        response = client.post(f"/plans/{plan.pk}/steps/{step.name}/", {"comment": "理由", **LETTER})
        assert response.headers["Location"].startswith("/accounts/login/")

    assert plan.events.count() == 1


def test_a_step_that_does_not_exist_is_not_found(client: Client, plan: Plan) -> None:
    client.force_login(make_secretary(plan.district))

    assert client.post(f"/plans/{plan.pk}/steps/burn/").status_code == 404
