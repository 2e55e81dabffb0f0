from __future__ import annotations

import pytest

from accounts.enums import Role
from accounts.models import Appointment
from documents.approvals import Approval, Seal
from documents.render.pdf import plan_html
from documents.services import request_file, request_version
from plans.queries.documents import plan_document
from plans.services.steps import Letter
from plans.step_permissions import Standing
from review.queries.approvals import printed_approval
from review.services import signing
from tests.builders import LONG_AGO, make_holder, make_user
from tests.review.test_signing import LETTER, NOW, Office

pytestmark = pytest.mark.django_db
MOMENT = "115年4月10日 18:00"


@pytest.fixture
def office() -> Office:
    return Office()


def printed(office: Office) -> list[tuple[str, tuple[str, ...]]]:
    office.plan.refresh_from_db()
    return [(seal.label, seal.lines) for seal in printed_approval(office.plan, None).seals]


def test_a_draft_prints_empty_boxes(office: Office) -> None:
    assert printed(office) == [("承辦", ()), ("單位主管", ()), ("機關首長", ())]

    office.set_chain()
    assert [label for label, _lines in printed(office)] == [
        "承辦",
        "會辦民政課",
        "會辦社會課",
        "單位主管",
        "區長",
    ]


def test_the_boxes_say_who_signed_for_whom_and_when(office: Office) -> None:
    deputy = make_user(job_title="主任秘書")
    Appointment.objects.create(
        user=deputy,
        role=Role.DISTRICT_HEAD,
        district=office.plan.district,
        starts_on=LONG_AGO,
        acting_for=office.head,
    )
    office.take("send_for_signature", office.secretary)
    outside = signing.Outside("李大同", "主任", letter=LETTER)
    signing.record_outside(
        office.plan.pk, 1, outside, actor=office.secretary, standing=Standing(Role.SECRETARIAT), at=NOW
    )
    office.sign(2, deputy, standing=Standing(Role.DISTRICT_HEAD, office.head))

    assert printed(office) == [
        ("承辦", (str(office.secretary), MOMENT)),
        ("單位主管", ("主任　李大同", "115年4月9日", LETTER.number)),
        ("機關首長", (f"主任秘書　{deputy}", f"代理 {office.head}", MOMENT)),
    ]


def test_a_plan_sent_back_prints_empty_boxes_again(office: Office) -> None:
    office.take("send_for_signature", office.secretary)
    office.sign(1, office.chief)
    office.take("send_back", office.head, comment="再改")

    assert [lines for _label, lines in printed(office)] == [(), (), ()]


def test_a_version_prints_the_strip_it_was_filed_with_for_ever(office: Office) -> None:
    office.take("send_for_signature", office.secretary)
    office.sign(1, office.chief)
    office.take("sign", office.head)
    office.take("file", office.secretary)
    filed = printed_approval(office.plan, None)
    version = office.plan.versions.get(kind="filed")
    evaluator = make_holder(Role.EVALUATOR, office.plan.district.city)
    office.roles[evaluator] = Role.EVALUATOR
    office.take("take_in_hand", evaluator)
    office.take("approve", evaluator, letter=Letter("號", LETTER.on))
    office.take("revise", office.secretary, comment="增列事項")
    office.set_chain()

    approved = printed_approval(office.plan, version)
    assert approved.seals == filed.seals
    city = office.plan.district.city.name
    assert (filed.decision, approved.decision) == ("", f"{city}政府115年4月9日號函核定")
    assert [bool(lines) for _label, lines in printed(office)] == [False] * 5
    file = request_version(office.plan, version)
    assert Approval.from_json(file.approval) == approved
    assert file.content == version.content


def test_a_signature_makes_another_file_of_the_same_text(office: Office) -> None:
    office.take("send_for_signature", office.secretary)
    before = request_file(office.plan, plan_document(office.plan))
    office.sign(1, office.chief)

    after = request_file(office.plan, plan_document(office.plan))

    assert before.content == after.content
    assert before.key != after.key
    assert request_file(office.plan, plan_document(office.plan)) == after


def test_boxes_stand_six_in_a_row_at_most(office: Office) -> None:
    seals = tuple(Seal(f"第{number}欄") for number in range(8))

    assert [len(row) for row in Approval(seals).rows] == [4, 4]
    html = plan_html(plan_document(office.plan), is_draft=True, approval=Approval(seals))
    assert html.count('<div class="seals">') == 2
    assert "核章" not in html
