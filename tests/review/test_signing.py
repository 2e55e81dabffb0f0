from __future__ import annotations

import datetime as dt
import uuid
from copy import deepcopy
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from accounts.enums import Role
from accounts.models import Appointment, Notice, Unit, User
from plans.enums import PlanStatus
from plans.models import Plan
from plans.services.steps import Letter, take_step
from plans.step_permissions import Standing
from plans.workflow import BY_NAME
from review.models import Signature, SigningChain, SigningPlace, SigningRound
from review.queries.signing import strip_of, version_before
from review.services import signing
from review.services.steps import take
from tests.builders import LONG_AGO, make_holder, make_plan, make_unit, make_user

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 4, 10, 10, tzinfo=dt.UTC)
LETTER = Letter("三區秘字第1150000001號", dt.date(2026, 4, 9))


class Office:
    """A district with a plan, its people, and a chain of two consulted units, the chief and the head."""

    def __init__(self) -> None:
        self.plan = make_plan()
        district = self.plan.district
        self.units: list[Unit] = [district.units.get(name="民政課"), make_unit(district, "社會課")]
        self.chiefs = [make_holder(Role.SECTION_CHIEF, unit) for unit in self.units]
        self.secretary = make_holder(Role.SECRETARIAT, district)
        self.chief = make_holder(Role.SECRETARIAT_CHIEF, district)
        self.head = make_holder(Role.DISTRICT_HEAD, district)
        self.roles = {
            self.secretary: Role.SECRETARIAT,
            self.chief: Role.SECRETARIAT_CHIEF,
            self.head: Role.DISTRICT_HEAD,
        } | dict.fromkeys(self.chiefs, Role.SECTION_CHIEF)

    def set_chain(self, *, is_second_required: bool = True) -> None:
        chain = SigningChain.objects.create(district=self.plan.district)
        rows: list[dict[str, Any]] = [
            {"label": "會辦民政課", "unit": self.units[0]},
            {"label": "會辦社會課", "unit": self.units[1], "is_required": is_second_required},
            {"label": "單位主管", "role": Role.SECRETARIAT_CHIEF},
            {"label": "區長", "role": Role.DISTRICT_HEAD},
        ]
        for number, row in enumerate(rows, start=1):
            SigningPlace.objects.create(chain=chain, position=number, **row)

    def standing(self, person: User) -> Standing:
        return Standing(self.roles[person])

    def take(self, name: str, person: User, **values: Any) -> None:
        take(
            self.plan.pk,
            BY_NAME[name],
            actor=person,
            standing=self.standing(person),
            at=values.pop("at", NOW),
            **values,
        )
        self.plan.refresh_from_db()

    def sign(self, position: int, person: User, **values: Any) -> Signature:
        at = values.pop("at", NOW)
        standing = values.pop("standing", None) or self.standing(person)
        signature = signing.sign_place(
            self.plan.pk, position, actor=person, standing=standing, at=at, **values
        )
        self.plan.refresh_from_db()
        return signature

    def states(self) -> list[str]:
        return [one.state for one in strip_of(Plan.objects.get(pk=self.plan.pk)).signatures]

    def turn(self) -> list[str]:
        return [one.label for one in strip_of(Plan.objects.get(pk=self.plan.pk)).turn]


@pytest.fixture(scope="module")
def made(kept: None) -> Office:
    return Office()


@pytest.fixture
def office(made: Office) -> Office:
    return deepcopy(made)


def told(person: User) -> list[str]:
    return [notice.words for notice in Notice.objects.filter(recipient=person).order_by("pk")]


def test_without_a_chain_the_chief_signs_and_then_the_head(office: Office) -> None:
    office.take("send_for_signature", office.secretary)
    assert office.turn() == ["單位主管"]

    office.sign(1, office.chief)
    assert (office.turn(), office.plan.signed_at) == (["機關首長"], None)
    office.sign(2, office.head, note="可")

    assert (office.plan.signed_by, office.plan.signed_at) == (office.head, NOW)
    assert office.states() == ["signed", "signed"]
    assert office.turn() == []
    event = office.plan.events.get(step="sign")
    assert (event.actor, event.comment, event.role) == (office.head, "可", Role.DISTRICT_HEAD)


def test_a_usual_place_nobody_holds_stops_no_plan(office: Office) -> None:
    Appointment.objects.filter(user=office.chief).delete()
    office.take("send_for_signature", office.secretary)

    office.sign(2, office.head)

    assert office.plan.signed_by == office.head
    assert office.states() == ["waiting", "signed"]


def test_units_are_consulted_side_by_side_before_the_chief_and_the_head(office: Office) -> None:
    office.set_chain()
    office.take("send_for_signature", office.secretary)
    assert office.turn() == ["會辦民政課", "會辦社會課"]

    office.sign(2, office.chiefs[1])
    for position, person in ((3, office.chief), (4, office.head)):
        with pytest.raises(ValidationError):
            office.sign(position, person)
    office.sign(1, office.chiefs[0])
    assert office.turn() == ["單位主管"]
    office.sign(3, office.chief)
    office.sign(4, office.head)

    assert office.states() == ["signed"] * 4


def test_the_head_cannot_sign_past_the_strip_by_the_step_itself(office: Office) -> None:
    office.take("send_for_signature", office.secretary)

    with pytest.raises(ValidationError):
        office.take("sign", office.head)

    assert not office.plan.events.filter(step="sign").exists()
    assert office.states() == ["waiting", "waiting"]


def test_a_place_that_may_sign_need_not(office: Office) -> None:
    office.set_chain(is_second_required=False)
    office.take("send_for_signature", office.secretary)

    office.sign(1, office.chiefs[0])
    assert office.turn() == ["會辦社會課", "單位主管"]
    office.sign(3, office.chief)
    office.take("sign", office.head)

    assert office.states() == ["signed", "waiting", "signed", "signed"]
    with pytest.raises(ValidationError):
        office.sign(2, office.chiefs[1])


@pytest.mark.parametrize("position", [1, 3, 4])
def test_any_place_sends_the_plan_back_with_a_reason(office: Office, position: int) -> None:
    office.set_chain()
    office.take("send_for_signature", office.secretary)
    person = {1: office.chiefs[0], 3: office.chief, 4: office.head}[position]

    signing.send_back_place(
        office.plan.pk,
        position,
        actor=person,
        standing=office.standing(person),
        at=NOW,
        reason="目標值請再確認",
    )

    office.plan.refresh_from_db()
    assert office.plan.status == PlanStatus.DRAFT
    assert office.states()[position - 1] == "sent_back"
    event = office.plan.events.get(step="send_back")
    assert (event.actor, event.comment) == (person, "目標值請再確認")
    assert told(office.secretary) == ["%(name)s sent %(plan)s back: %(reason)s"]


def test_sending_back_without_a_reason_changes_nothing(office: Office) -> None:
    office.take("send_for_signature", office.secretary)

    with pytest.raises(ValidationError):
        office.take("send_back", office.chief, comment=" ")

    assert office.states() == ["waiting", "waiting"]
    assert office.plan.status == PlanStatus.SIGNING


def test_a_new_round_begins_with_each_sending_and_the_old_one_stays(office: Office) -> None:
    office.take("send_for_signature", office.secretary)
    office.sign(1, office.chief)
    office.take("send_back", office.head, comment="再改")
    office.take("send_for_signature", office.secretary)

    assert office.states() == ["waiting", "waiting"]
    strip = strip_of(office.plan)
    assert (strip.number, office.turn()) == (2, ["單位主管"])
    first = strip_of(office.plan, before=strip.sent.number if strip.sent else 0)
    assert [one.state for one in first.signatures] == ["signed", "sent_back"]
    assert first.ended is not None
    assert first.ended.step == "send_back"


def test_a_chain_that_is_changed_changes_no_strip_of_before(office: Office) -> None:
    office.take("send_for_signature", office.secretary)
    office.set_chain()

    assert office.turn() == ["單位主管"]
    office.take("recall", office.secretary)
    office.take("send_for_signature", office.secretary)

    assert office.turn() == ["會辦民政課", "會辦社會課"]


def test_a_page_of_an_earlier_round_signs_nothing(office: Office) -> None:
    office.take("send_for_signature", office.secretary)
    seen = office.plan.events.latest("number").number
    office.take("recall", office.secretary)
    office.take("send_for_signature", office.secretary)

    with pytest.raises(ValidationError) as refused:
        office.sign(1, office.chief, seen=seen)

    assert refused.value.code == "moved_on"
    assert office.states() == ["waiting", "waiting"]


def test_a_signature_sent_twice_is_one(office: Office) -> None:
    office.take("send_for_signature", office.secretary)
    token = uuid.uuid4()

    first = office.sign(1, office.chief, token=token)
    second = office.sign(1, office.chief, token=token)

    assert first == second
    with pytest.raises(ValidationError):
        office.sign(1, office.chief)


def test_an_acting_head_signs_in_the_heads_stead(office: Office) -> None:
    deputy = make_user(job_title="主任秘書")
    Appointment.objects.create(
        user=deputy,
        role=Role.DISTRICT_HEAD,
        district=office.plan.district,
        starts_on=LONG_AGO,
        acting_for=office.head,
    )
    office.take("send_for_signature", office.secretary)
    office.sign(1, office.chief)

    signature = office.sign(2, deputy, standing=Standing(Role.DISTRICT_HEAD, office.head))

    assert (signature.name, signature.title) == (str(deputy), "主任秘書")
    assert signature.acting_for == str(office.head)
    event = office.plan.events.get(step="sign")
    assert (event.actor, event.acting_for) == (deputy, office.head)


def test_a_signature_given_on_paper_is_recorded_with_letter_and_scan(office: Office) -> None:
    office.take("send_for_signature", office.secretary)
    outside = signing.Outside("李大同", "主任", letter=LETTER, scan=ContentFile(b"%PDF", name="簽.pdf"))

    signing.record_outside(
        office.plan.pk, 1, outside, actor=office.secretary, standing=Standing(Role.SECRETARIAT), at=NOW
    )

    signature = Signature.objects.get(position=1)
    assert (signature.state, signature.name, signature.person) == ("outside", "李大同", office.secretary)
    assert (signature.document_number, signature.document_on) == (LETTER.number, LETTER.on)
    assert (signature.scan_name, signature.scan.read()) == ("簽.pdf", b"%PDF")
    assert office.turn() == ["機關首長"]


def test_the_heads_signature_on_paper_is_a_step_of_its_own(office: Office) -> None:
    office.take("send_for_signature", office.secretary)
    office.sign(1, office.chief)

    office.take("record_signature", office.secretary, letter=LETTER)

    event = office.plan.events.get(step="record_signature")
    assert (event.actor, event.document_number) == (office.secretary, LETTER.number)
    assert office.plan.signed_at == NOW
    last = Signature.objects.get(position=2)
    assert (last.state, last.name) == ("outside", str(office.head))
    office.take("file", office.secretary)
    assert office.plan.status == PlanStatus.SUBMITTED


@pytest.mark.parametrize("letter", [Letter(), Letter("號", None), Letter("", dt.date(2026, 4, 9))])
def test_a_signature_outside_needs_its_letter(office: Office, letter: Letter) -> None:
    office.take("send_for_signature", office.secretary)

    with pytest.raises(ValidationError):
        signing.record_outside(
            office.plan.pk,
            1,
            signing.Outside("李大同", letter=letter),
            actor=office.secretary,
            standing=Standing(Role.SECRETARIAT),
            at=NOW,
        )

    assert office.states() == ["waiting", "waiting"]


def test_a_plan_sent_by_a_command_has_a_strip_all_the_same(office: Office) -> None:
    take_step(
        office.plan.pk,
        BY_NAME["send_for_signature"],
        actor=office.secretary,
        role=Role.SECRETARIAT,
        at=NOW,
    )
    assert not SigningRound.objects.exists()
    assert office.turn() == ["單位主管"]

    office.sign(1, office.chief)

    assert office.states() == ["signed", "waiting"]


def test_each_is_told_when_the_turn_comes(office: Office) -> None:
    office.set_chain()
    office.take("send_for_signature", office.secretary)
    assert [bool(told(person)) for person in (*office.chiefs, office.chief, office.head)] == [
        True,
        True,
        False,
        False,
    ]

    office.sign(1, office.chiefs[0])
    assert not told(office.chief)
    office.sign(2, office.chiefs[1])
    assert told(office.chief) == ["%(plan)s waits for your signature."]
    office.sign(3, office.chief)
    assert told(office.head) == ["%(plan)s waits for your signature."]
    office.sign(4, office.head)

    assert told(office.secretary) == ["%(name)s signed %(plan)s; it can be filed to the city now."]
    assert [len(told(person)) for person in office.chiefs] == [1, 1]


def test_the_chief_of_the_secretariat_signs_for_its_own_unit(office: Office) -> None:
    unit = Unit.objects.create(district=office.plan.district, name="秘書室", is_secretariat=True)
    chain = SigningChain.objects.create(district=office.plan.district)
    SigningPlace.objects.create(chain=chain, position=1, label="會辦秘書室", unit=unit)
    SigningPlace.objects.create(chain=chain, position=2, label="區長", role=Role.DISTRICT_HEAD)

    office.take("send_for_signature", office.secretary)

    assert told(office.chief) == ["%(plan)s waits for your signature."]


def test_the_text_of_each_round_is_kept_to_be_compared(office: Office) -> None:
    office.take("send_for_signature", office.secretary)
    office.take("send_back", office.chief, comment="請補充")
    assert version_before(strip_of(office.plan)) is None
    office.plan.items.filter(kind="action").update(text="其後改過。")
    office.take("send_for_signature", office.secretary)

    assert [version.name for version in office.plan.versions.order_by("number")] == [
        "第1次陳核",
        "第2次陳核",
    ]
    assert version_before(strip_of(office.plan)) == 1
