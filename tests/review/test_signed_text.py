"""What is signed is what was sent round, and what is filed is what was signed; and it stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import translation

from accounts.enums import Role
from accounts.models import User
from indicators.models import Indicator, YearlyTarget
from plans.enums import PlanStatus
from plans.models import Plan
from plans.queries.documents import plan_document
from review.models import Signature, SignatureState
from review.queries.verifying import altered_reviews
from review.services import signing
from review.services.signing import Outside
from tests.builders import make_holder
from tests.review.test_packages import forbid
from tests.review.test_signing import LETTER, NOW, Office

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def office() -> Office:
    office = Office()
    office.take("send_for_signature", office.secretary)
    return office


def change_elsewhere(plan: Plan) -> None:
    """Rename what the plan counts, as somebody at next year's plan does: the indicator is shared."""
    indicator = Indicator.objects.get(items__plan=plan)
    indicator.name = "法律諮詢（含線上）"
    indicator.save()


def rename_a_unit(plan: Plan) -> None:
    plan.district.units.filter(name="民政課").update(name="民政災防課")


def test_each_signature_holds_the_digest_of_what_was_signed(office: Office) -> None:
    text = plan_document(office.plan).digest()
    office.sign(1, office.chief)
    office.sign(2, office.head)

    assert [one.text_sha256 for one in Signature.objects.order_by("position")] == [text, text]
    assert office.plan.signed_sha256 == text
    office.take("file", office.secretary)
    assert office.plan.versions.get(kind="filed").sha256 == text


@pytest.mark.parametrize("change", [change_elsewhere, rename_a_unit])
def test_a_text_that_changed_after_the_head_signed_is_not_filed(office: Office, change: object) -> None:
    office.sign(1, office.chief)
    office.sign(2, office.head)
    assert callable(change)
    change(office.plan)

    with pytest.raises(ValidationError, match=r"no longer the one the head signed.*Take the plan back"):
        office.take("file", office.secretary)

    assert Plan.objects.get().status == PlanStatus.SIGNING
    assert not office.plan.versions.filter(kind="filed").exists()


def test_the_page_of_filing_says_so_and_leads_to_what_is_different(office: Office, client: Client) -> None:
    office.sign(1, office.chief)
    office.sign(2, office.head)
    change_elsewhere(office.plan)
    client.force_login(office.secretary)
    client.cookies.load({"django_language": "en"})

    page = client.get(f"/plans/{office.plan.pk}/steps/file/").content.decode()

    assert "no longer the one the head signed" in page
    assert f"/plans/{office.plan.pk}/compare/?with=version:1" in page
    assert 'name="seen"' not in page  # there is no button to press


def test_taken_back_and_signed_anew_it_is_filed(office: Office) -> None:
    office.sign(1, office.chief)
    office.sign(2, office.head)
    change_elsewhere(office.plan)

    office.take("recall", office.secretary)
    assert office.plan.signed_sha256 == ""
    office.take("send_for_signature", office.secretary)
    office.sign(1, office.chief)
    office.sign(2, office.head)
    office.take("file", office.secretary)

    assert office.plan.status == PlanStatus.SUBMITTED
    assert "法律諮詢（含線上）" in office.plan.versions.get(kind="filed").content


def test_nobody_signs_another_text_than_was_sent_round(office: Office) -> None:
    office.sign(1, office.chief)
    change_elsewhere(office.plan)

    with pytest.raises(ValidationError, match="no longer the one that was sent for signature"):
        office.sign(2, office.head)
    with pytest.raises(ValidationError, match="no longer the one that was sent for signature"):
        signing.record_outside(
            office.plan.pk,
            2,
            Outside("周區長", letter=LETTER),
            actor=office.secretary,
            standing=office.standing(office.secretary),
            at=NOW,
        )

    assert office.states() == ["signed", "waiting"]
    assert Plan.objects.get().signed_at is None


def test_the_page_of_the_strip_says_so_before_anybody_presses(office: Office, client: Client) -> None:
    client.force_login(office.chief)
    client.cookies.load({"django_language": "en"})
    path = f"/plans/{office.plan.pk}/signing/"
    assert "no longer the one that was sent" not in client.get(path).content.decode()
    change_elsewhere(office.plan)

    page = client.get(path).content.decode()

    assert "no longer the one that was sent for signature" in page
    assert "Sign off" not in page.replace("Sign-off", "")
    assert f"/plans/{office.plan.pk}/signing/1/send-back/" in page


def test_a_value_promised_for_another_year_does_not_matter(office: Office) -> None:
    office.sign(1, office.chief)
    YearlyTarget.objects.create(indicator=Indicator.objects.get(), year=2027, value=24, quote="24場次")

    office.sign(2, office.head)
    office.take("file", office.secretary)

    assert office.plan.status == PlanStatus.SUBMITTED


# -- what is decided stays ----------------------------------------------------------------------------


@pytest.fixture
def decided(office: Office) -> Signature:
    signing.record_outside(
        office.plan.pk,
        1,
        Outside("李主任", "主任", letter=LETTER, scan=ContentFile(b"%PDF- the paper", "紙本.pdf")),
        actor=office.secretary,
        standing=office.standing(office.secretary),
        at=NOW,
    )
    return Signature.objects.get(state=SignatureState.OUTSIDE)


def test_the_database_refuses_to_change_or_delete_a_decided_signature(
    office: Office, decided: Signature
) -> None:
    forbid()

    for step in (
        lambda: Signature.objects.filter(pk=decided.pk).update(name="別人"),
        lambda: Signature.objects.filter(pk=decided.pk).update(state=SignatureState.WAITING),
        lambda: Signature.objects.filter(pk=decided.pk).delete(),
        decided.save,
    ):
        with pytest.raises(IntegrityError, match="never"), transaction.atomic():
            step()

    assert Signature.objects.get(pk=decided.pk).name == "李主任"
    office.sign(2, office.head)  # the others go on
    assert office.states() == ["outside", "signed"]


def altered() -> list[str]:
    return [found.words for found in altered_reviews()]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps the triggers")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "別人"),
        ("title", "秘書"),
        ("acting_for", "某人"),
        ("note", "已閱"),
        ("label", "區長"),
        ("state", "signed"),
        ("document_number", "他號"),
        ("document_on", dt.date(2026, 4, 1)),
        ("decided_at", NOW + dt.timedelta(microseconds=1)),
        ("text_sha256", "0" * 64),
        ("scan_sha256", "0" * 64),
        ("is_required", False),
    ],
)
def test_an_altered_signature_is_named(decided: Signature, field: str, value: object) -> None:
    assert altered() == []
    Signature.objects.filter(pk=decided.pk).update(**{field: value})

    assert f"signature {decided.pk} at place 1: it is not what its seal was taken of" in altered()


def test_an_altered_or_missing_scan_is_named(decided: Signature) -> None:
    storage, name = decided.scan.storage, decided.scan.name
    storage.delete(name)
    assert altered() == [f"signature {decided.pk} at place 1: its scan is missing"]

    storage.save(name, ContentFile(b"%PDF- another paper"))

    assert altered() == [f"signature {decided.pk} at place 1: its scan is not what its digest was taken of"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps the triggers")
def test_a_signature_of_a_time_before_seals_is_passed_over(decided: Signature) -> None:
    Signature.objects.filter(pk=decided.pk).update(seal="", name="別人")

    assert altered() == []


def test_a_revision_proposes_its_line_and_writes_what_is_left_of_it(client: Client) -> None:
    office = Office()
    evaluator: User = make_holder(Role.EVALUATOR, office.plan.district.city)
    office.roles[evaluator] = Role.EVALUATOR
    Plan.objects.update(subtitle="（112年12月修訂）")
    office.take("send_for_signature", office.secretary)
    office.sign(1, office.chief)
    office.sign(2, office.head)
    office.take("file", office.secretary)
    office.take("take_in_hand", evaluator)
    office.take("approve", evaluator, letter=LETTER)

    office.take("revise", office.secretary, comment="增列據點", subtitle="115年9月修訂")
    assert office.plan.subtitle == "115年9月修訂"
    office.take("give_up", office.secretary)

    assert office.plan.subtitle == "（112年12月修訂）"
    office.take("revise", office.secretary, comment="增列據點")  # by a command, which says nothing of it
    assert office.plan.subtitle == "（112年12月修訂）"
