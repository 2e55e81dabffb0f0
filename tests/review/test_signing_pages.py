from __future__ import annotations

import datetime as dt
import re
from copy import deepcopy
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import Appointment, User
from plans.enums import PlanStatus
from review.models import Signature, SigningChain
from tests.builders import LONG_AGO, make_holder, make_user
from tests.review.test_signing import LETTER, Office

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sent(kept: None) -> Office:
    office = Office()
    office.take("send_for_signature", office.secretary)
    return office


@pytest.fixture
def office(sent: Office) -> Office:
    return deepcopy(sent)


def sign_in(client: Client, user: User) -> None:
    client.force_login(user)
    client.cookies.load({"django_language": "en"})


def page(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def hidden(client: Client, path: str) -> dict[str, Any]:
    """Return the hidden fields of the page's form, as a browser sends them."""
    form = client.get(path).context["form"]
    return {name: str(form[name].value()) for name in ("seen", "token")}


def path(office: Office, rest: str = "signing/") -> str:
    return f"/plans/{office.plan.pk}/{rest}"


def test_the_chief_signs_on_the_page_of_the_strip(client: Client, office: Office) -> None:
    sign_in(client, office.chief)
    assert "Your turn, as 單位主管" in page(client, path(office))

    sent = hidden(client, path(office)) | {"note": "擬如擬"}
    response = client.post(path(office, "signing/1/sign/"), sent)

    assert response.headers["Location"] == path(office)
    assert "擬如擬" in page(client, path(office))
    assert "Your turn" not in page(client, path(office))
    again = client.post(path(office, "signing/1/sign/"), sent)
    assert again.headers["Location"] == path(office)
    assert Signature.objects.filter(state="signed").count() == 1


def test_the_head_waits_for_the_chief_in_words(client: Client, office: Office) -> None:
    sign_in(client, office.head)
    assert "waits for others" in page(client, path(office))

    response = client.post(path(office, "signing/2/sign/"), {})

    assert response.status_code == 422
    assert "These places sign first: 單位主管." in response.content.decode()
    step = page(client, path(office, "steps/sign/"))
    assert "These places sign first: 單位主管." in step


def test_whoever_comes_too_late_reads_where_the_plan_is(client: Client, office: Office) -> None:
    sign_in(client, office.chief)
    sent = hidden(client, path(office))
    office.take("recall", office.secretary)

    response = client.post(path(office, "signing/1/sign/"), sent | {"note": "太晚"})

    assert response.status_code == 409
    assert Signature.objects.filter(state="signed").count() == 0
    late = client.post(path(office, "steps/recall/"), {"comment": "我的理由"})
    assert late.status_code == 409
    assert "in the state “Draft” by now" in late.content.decode()
    assert "我的理由" in late.content.decode()


def test_a_plan_is_sent_back_with_words_that_everybody_of_the_district_reads(
    client: Client, office: Office
) -> None:
    sign_in(client, office.chief)
    address = path(office, "signing/1/send-back/")
    assert client.post(address, hidden(client, address)).status_code == 422

    response = client.post(address, hidden(client, address) | {"reason": "請補目標值"})

    assert response.headers["Location"] == path(office, "")
    office.plan.refresh_from_db()
    assert office.plan.status == PlanStatus.DRAFT
    assert "請補目標值" in page(client, path(office, "events/"))
    assert "請補目標值" in page(client, path(office))


def test_an_acting_head_is_named_as_acting(client: Client, office: Office) -> None:
    office.sign(1, office.chief)
    deputy = make_user()
    Appointment.objects.create(
        user=deputy,
        role=Role.DISTRICT_HEAD,
        district=office.plan.district,
        starts_on=LONG_AGO,
        acting_for=office.head,
    )
    sign_in(client, deputy)

    response = client.post(path(office, "signing/2/sign/"), hidden(client, path(office)))

    assert response.status_code == 302
    assert f"代理 {office.head}" in page(client, path(office))
    assert f"acting for {office.head}" in page(client, path(office, "events/"))


def test_whose_appointment_to_act_is_over_signs_no_more(client: Client, office: Office) -> None:
    office.sign(1, office.chief)
    deputy = make_holder(Role.DISTRICT_HEAD, office.plan.district, until=dt.date(2021, 1, 1))
    staff = make_holder(Role.UNIT_STAFF, office.units[0])
    for person, answer in ((deputy, 404), (staff, 403), (office.secretary, 403)):
        client.force_login(person)
        assert client.post(path(office, "signing/2/sign/"), {}).status_code == answer


def test_a_paper_signature_is_recorded_with_its_scan(client: Client, office: Office) -> None:
    sign_in(client, office.secretary)
    address = path(office, "signing/1/record/")
    values = hidden(client, address) | {
        "name": "李大同",
        "document_number": LETTER.number,
        "document_on": "115.4.9",
        "scan": SimpleUploadedFile("簽呈.pdf", b"%PDF-1.7"),
    }

    response = client.post(address, values)

    assert response.headers["Location"] == path(office)
    strip = page(client, path(office))
    assert "李大同" in strip
    assert "115年4月9日" in strip
    scan = path(office, "signing/1/1/scan/")
    assert b"".join(client.get(scan).streaming_content) == b"%PDF-1.7"  # type: ignore[attr-defined]  # a FileResponse
    client.force_login(make_holder(Role.EVALUATOR, office.plan.district.city))
    assert client.get(scan).status_code == 404


@pytest.mark.parametrize("name", ["scan.exe", "scan", "scan.html"])
def test_a_scan_of_another_kind_is_refused(client: Client, office: Office, name: str) -> None:
    sign_in(client, office.secretary)
    values = {"name": "李", "document_number": "號", "document_on": "115.4.9"}

    response = client.post(
        path(office, "signing/1/record/"), values | {"scan": SimpleUploadedFile(name, b"x")}
    )

    assert response.status_code == 422
    assert not Signature.objects.filter(state="outside").exists()


def test_the_plan_says_whose_turn_it_is(client: Client, office: Office) -> None:
    sign_in(client, office.head)
    assert f"<strong>單位主管</strong>（{office.chief}）" in page(
        client, path(office, "standing/"), **{"HX-Request": "true"}
    )

    office.sign(1, office.chief)
    office.take("sign", office.head)
    assert "The secretariat is to file it" in page(client, path(office, "standing/"))
    sign_in(client, office.secretary)
    standing = page(client, path(office, "standing/"))
    assert path(office, "steps/file/") in standing
    assert path(office, "steps/record_signature/") not in standing


def test_the_city_reads_the_steps_from_the_filing_on(client: Client, office: Office) -> None:
    office.take("send_back", office.chief, comment="內部理由")
    office.take("send_for_signature", office.secretary)
    office.sign(1, office.chief)
    office.take("sign", office.head)
    office.take("file", office.secretary)
    sign_in(client, make_holder(Role.EVALUATOR, office.plan.district.city))

    events = page(client, path(office, "events/"))

    assert "File to the city" in events
    assert "內部理由" not in events
    assert "內部理由" not in page(client, path(office, "standing/"))
    assert client.get(path(office)).status_code == 404
    assert path(office, "steps/take_in_hand/") in page(client, path(office, "standing/"))


def test_each_step_of_a_signing_names_the_text_that_went_round(client: Client, office: Office) -> None:
    office.sign(1, office.chief)
    office.sign(2, office.head)
    office.take("file", office.secretary, letter=LETTER)
    sign_in(client, office.secretary)

    shown = re.findall(
        r'data-label="Version">(?:<a href="[^"]*">Version (\d+))?', page(client, path(office, "events/"))
    )

    assert shown == ["2", "1", "1"]  # filed; signed by the head; sent


QUERIES = {"standing/": 10, "events/": 4, "signing/": 16}


@pytest.mark.parametrize("rounds", [1, 3])
@pytest.mark.parametrize("rest", QUERIES)
def test_pages_cost_the_same_for_any_number_of_steps(
    client: Client, office: Office, rounds: int, rest: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rounds):
        office.take("recall", office.secretary)
        office.take("send_for_signature", office.secretary)
    client.force_login(office.chief)

    with django_assert_num_queries(QUERIES[rest]):
        assert client.get(path(office, rest)).status_code == 200


def test_the_secretariat_sets_the_chain(client: Client, office: Office) -> None:
    sign_in(client, office.secretary)
    address = f"/districts/{office.plan.district_id}/signing-chain/"
    rows = [
        ("role:district_head", "區長", 9, ""),
        (f"unit:{office.units[0].pk}", "會辦民政課", 1, "on"),
        ("role:secretariat_chief", "", 2, "on"),
        ("", "不算", 3, "on"),
    ]
    sent: dict[str, Any] = {"places-TOTAL_FORMS": len(rows), "places-INITIAL_FORMS": 2}
    for number, row in enumerate(rows):
        for name, value in zip(("who", "label", "order", "is_required"), row, strict=True):
            sent[f"places-{number}-{name}"] = value

    assert client.post(address, sent).status_code == 302

    chain = SigningChain.objects.get()
    assert [(place.position, place.label, place.is_required) for place in chain.places.all()] == [
        (1, "會辦民政課", True),
        (2, "Secretariat chief", True),
        (3, "區長", True),
    ]
    sent["places-0-order"] = 1
    sent["places-1-order"] = 2
    refused = client.post(address, sent)
    assert refused.status_code == 422
    assert "The district head signs last." in refused.content.decode()
    assert chain.places.count() == 3
    sent["places-0-order"] = 9
    sent["places-2-who"] = ""
    assert client.post(address, sent).status_code == 302
    assert [place.label for place in chain.places.all()] == ["會辦民政課", "區長"]


def test_a_unit_of_another_district_is_no_place(client: Client, office: Office) -> None:
    other = Office()
    sign_in(client, office.secretary)
    sent = {
        "places-TOTAL_FORMS": 2,
        "places-INITIAL_FORMS": 2,
        "places-0-who": f"unit:{other.units[0].pk}",
        "places-0-label": "會辦",
        "places-1-who": "role:district_head",
        "places-1-label": "區長",
    }

    assert client.post(f"/districts/{office.plan.district_id}/signing-chain/", sent).status_code == 422
    assert client.post(f"/districts/{other.plan.district_id}/signing-chain/", sent).status_code == 404
    assert not SigningChain.objects.exists()


def test_the_admin_shows_and_sets_chains(client: Client, office: Office) -> None:
    client.force_login(make_user(is_superuser=True, is_staff=True))
    office.set_chain()
    chain = SigningChain.objects.get()

    assert client.get("/admin/review/signingchain/").status_code == 200
    assert client.get(f"/admin/review/signingchain/{chain.pk}/change/").status_code == 200
    assert client.get("/admin/review/signinground/").status_code == 200
    sent: dict[str, Any] = {"district": office.plan.district_id}
    sent |= {"places-TOTAL_FORMS": 1, "places-INITIAL_FORMS": 0, "places-0-position": 1}
    sent |= {"places-0-label": "會辦", "places-0-unit": office.units[0].pk}
    refused = client.post(f"/admin/review/signingchain/{chain.pk}/change/", sent)
    assert refused.status_code == 200
    assert chain.places.count() == 4
