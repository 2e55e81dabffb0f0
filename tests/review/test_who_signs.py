"""Whose place it is, what the page of the strip offers whom, and what a press too many says."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.enums import Role
from accounts.models import Appointment, Unit, User
from plans.workflow import BY_NAME
from review.models import Signature, SigningChain, SigningPlace
from review.queries.signing import strip_of
from review.services.steps import take
from tests.builders import LONG_AGO, make_holder, make_plan, make_user
from tests.review.desk_rows import FILING, make_way
from tests.review.test_signing import LETTER, NOW, Office

pytestmark = pytest.mark.django_db
TWICE = "此步驟已執行過，沒有重複執行。"


@pytest.fixture(scope="module")
def sent(kept: None) -> Office:
    office = Office()
    office.take("send_for_signature", office.secretary)
    return office


@pytest.fixture
def office(sent: Office) -> Office:
    return deepcopy(sent)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(office: Office, rest: str = "") -> str:
    return f"/plans/{office.plan.pk}/signing/{rest}"


def hidden(client: Client, path: str) -> dict[str, Any]:
    form = client.get(path).context["form"]
    return {name: str(form[name].value()) for name in ("seen", "token")}


def on_paper(**values: Any) -> dict[str, Any]:
    return {"name": "李大同", "document_number": LETTER.number, "document_on": "115.4.9"} | values


def test_a_place_signed_twice_is_said_to_be_signed(office: Office) -> None:
    chief = as_(office.chief)
    form = hidden(chief, address(office))

    first, second = (chief.post(address(office, "1/sign/"), form, follow=True) for _ in range(2))

    assert TWICE not in first.content.decode()
    assert TWICE in second.content.decode()
    assert Signature.objects.filter(state="signed").count() == 1


def test_a_plan_sent_back_twice_is_said_to_be_back(office: Office) -> None:
    chief, path = as_(office.chief), address(office, "1/send-back/")
    form = hidden(chief, path) | {"reason": "請補目標值。"}

    first, second = (chief.post(path, form, follow=True) for _ in range(2))

    assert TWICE not in first.content.decode()
    assert TWICE in second.content.decode()
    assert office.plan.events.filter(step="send_back").count() == 1


def test_a_paper_signature_recorded_twice_is_said_to_be_recorded(office: Office) -> None:
    secretary, path = as_(office.secretary), address(office, "1/record/")
    form = hidden(secretary, path) | on_paper()

    first, second = (secretary.post(path, form, follow=True) for _ in range(2))

    assert TWICE not in first.content.decode()
    assert TWICE in second.content.decode()
    assert Signature.objects.filter(state="outside").count() == 1


def test_a_step_taken_twice_leads_where_its_taker_still_sees_something() -> None:
    way = make_way(*FILING, "take_in_hand")
    evaluator, path = as_(way.evaluator), f"/plans/{way.plan.pk}/steps/return/"
    form = hidden(evaluator, path) | {"comment": "請補正。"}

    first = evaluator.post(path, form)
    second = evaluator.post(path, form)

    assert first.headers["Location"] == "/desk/"  # a draft again, which the city does not see
    assert second.headers["Location"] == "/"
    assert TWICE in evaluator.get("/").content.decode()
    assert as_(way.evaluator).post(path, {}).status_code == 404
    secretary, path = as_(way.secretary), f"/plans/{way.plan.pk}/steps/send_for_signature/"
    form = hidden(secretary, path)
    for _ in range(2):
        assert secretary.post(path, form).headers["Location"] == f"/plans/{way.plan.pk}/"


@pytest.mark.parametrize("rest", ["9/sign/", "9/send-back/", "9/record/"])
def test_a_place_the_strip_does_not_have_is_not_found(office: Office, rest: str) -> None:
    for person in (office.secretary, office.chief, office.head):
        assert as_(person).post(address(office, rest), {}).status_code == 404


def test_whose_place_it_is_not_neither_signs_nor_sends_back(office: Office) -> None:
    staff = make_holder(Role.UNIT_STAFF, office.units[0])
    for person in (office.secretary, office.head, office.chiefs[0], staff):
        for rest in ("1/sign/", "1/send-back/"):
            assert as_(person).post(address(office, rest), {"reason": "不同意。"}).status_code == 403
        assert "decide-title" not in as_(person).get(address(office)).content.decode()
    assert "decide-title" in as_(office.chief).get(address(office)).content.decode()


def test_a_page_that_refuses_offers_the_chain_to_the_secretariat_alone(office: Office) -> None:
    chain = f'href="/districts/{office.plan.district_id}/signing-chain/"'
    assert chain in as_(office.secretary).get(address(office)).content.decode()

    of_head = as_(office.head).post(address(office, "2/sign/"), {})
    of_chief = as_(office.chief).post(address(office, "1/sign/"), {"seen": "x"})

    assert (of_head.status_code, of_chief.status_code) == (422, 422)
    assert chain not in of_head.content.decode()
    assert chain in of_chief.content.decode()


def test_a_scan_is_that_of_its_plan_its_round_and_its_place(office: Office) -> None:
    secretary = as_(office.secretary)
    scan = SimpleUploadedFile("簽呈.pdf", b"%PDF-1.7")
    form = hidden(secretary, address(office, "1/record/")) | on_paper(scan=scan)
    secretary.post(address(office, "1/record/"), form)
    office.take("send_back", office.secretary, comment="再修。")
    office.take("send_for_signature", office.secretary)
    again = office.plan.events.order_by("-number")[0].number
    other = make_plan(office.plan.district, year=2027)
    take(
        other.pk,
        BY_NAME["send_for_signature"],
        actor=office.secretary,
        standing=office.standing(office.secretary),
        at=NOW,
    )

    assert secretary.get(address(office, "1/1/scan/")).status_code == 200
    assert secretary.get(address(office, "1/2/scan/")).status_code == 404  # the head's, who had none
    assert secretary.get(address(office, f"{again}/1/scan/")).status_code == 404
    assert secretary.get(f"/plans/{other.pk}/signing/1/1/scan/").status_code == 404


def test_the_place_of_the_secretariats_own_unit_is_its_chiefs(office: Office) -> None:
    district = office.plan.district
    own = Unit.objects.create(district=district, name="秘書室", is_secretariat=True)
    chain = SigningChain.objects.create(district=district)
    places = ((1, "會辦秘書室", {"unit": own}), (2, "會辦民政課", {"unit": office.units[0]}))
    for position, label, place in places:
        SigningPlace.objects.create(chain=chain, position=position, label=label, **place)
    SigningPlace.objects.create(chain=chain, position=3, label="區長", role=Role.DISTRICT_HEAD)
    own_chief, deputy = make_holder(Role.SECTION_CHIEF, own), make_user()
    Appointment.objects.create(
        user=deputy, role=Role.SECRETARIAT_CHIEF, district=district, starts_on=LONG_AGO
    )

    held = strip_of(make_plan(district, year=2028)).holders(NOW.date())

    assert {one.user for one in held[1]} == {office.chief, own_chief, deputy}
    assert {one.user for one in held[2]} == {office.chiefs[0]}
    assert {one.user for one in held[3]} == {office.head}
