from __future__ import annotations

import hashlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from plans.document import PlanDocument
from plans.layout import plain_text
from plans.models import Attachment, Plan
from plans.queries.documents import plan_document
from plans.services import facts
from tests.builders import make_plan, make_secretary, make_user

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 1"


@pytest.fixture
def plan() -> Plan:
    return make_plan()


def add(plan: Plan, title: str, content: bytes = PDF, actor: User | None = None) -> Attachment:
    file = ContentFile(content, name="a.pdf")
    return facts.add_attachment(
        plan.pk, actor=actor or make_user(), title=title, file=file, file_name="計畫 附表.pdf"
    )


def titles(plan: Plan) -> list[str]:
    return [one.title for one in plan_document(plan).enclosures]


def test_attachments_print_at_the_end_in_their_order_and_travel_in_the_json(plan: Plan) -> None:
    add(plan, "編組表")
    add(plan, "", b"%PDF-1.7 2")

    document = plan_document(plan)

    assert list(plain_text(document))[-2:] == ["附件一　編組表", "附件二　計畫 附表.pdf"]
    assert PlanDocument.from_json(document.to_json()) == document
    assert document.enclosures[0].sha256 == hashlib.sha256(PDF).hexdigest()
    assert "enclosures" not in plan_document(make_plan()).to_json()


def test_they_are_ordered_named_taken_out_and_brought_back(plan: Plan) -> None:
    actor = make_user()
    one, two, three = (add(plan, name, PDF + name.encode()) for name in ("一", "二", "三"))

    facts.shift_attachment(plan.pk, three.pk, -1, actor=actor)
    facts.shift_attachment(plan.pk, one.pk, -1, actor=actor)
    facts.rename_attachment(plan.pk, two.pk, actor=actor, title="貳")
    assert titles(plan) == ["一", "三", "貳"]
    facts.remove_attachment(plan.pk, three.pk, actor=actor)
    assert titles(plan) == ["一", "貳"]
    facts.restore_attachment(plan.pk, three.pk, actor=actor)
    assert titles(plan) == ["一", "三", "貳"]
    with pytest.raises(ValidationError):
        facts.rename_attachment(plan.pk, two.pk, actor=actor, title=" ")
    with pytest.raises(ValidationError):
        facts.remove_attachment(make_plan().pk, one.pk, actor=actor)


def test_through_the_pages_with_a_chinese_name_and_never_shown_inside_the_site(
    client: Client, plan: Plan
) -> None:
    client.force_login(make_secretary(plan.district))
    page = f"/plans/{plan.pk}/attachments/"

    client.post(f"{page}add/", {"file": SimpleUploadedFile("計畫 附表.pdf", PDF), "title": "附表"})
    refused = client.post(f"{page}add/", {"file": SimpleUploadedFile("a.html", b"<script>")})

    row = plan.attachments.get()
    assert (refused.status_code, row.title, row.size) == (422, "附表", len(PDF))
    response = client.get(f"{page}{row.pk}/")
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%E8%A8%88%E7%95%AB")
    client.post(f"{page}change/", {"do": f"remove:{row.pk}"})
    assert titles(plan) == []
    assert client.post(f"{page}change/", {"do": "remove:999999999999999999"}).status_code == 302


def test_no_title_that_was_typed_is_lost_whichever_button_is_pressed(client: Client, plan: Plan) -> None:
    secretary = make_secretary(plan.district)
    client.force_login(secretary)
    page = f"/plans/{plan.pk}/attachments/"
    for title in ("一", "二", "三"):
        client.post(f"{page}add/", {"file": SimpleUploadedFile("附表.pdf", PDF), "title": title})
    one, two, three = plan.attachments.all()
    sent = {f"was-{one.pk}": "一", f"was-{two.pk}": "二", f"was-{three.pk}": "三"}
    sent |= {f"title-{one.pk}": "甲", f"title-{two.pk}": "乙", f"title-{three.pk}": "三"}
    facts.rename_attachment(plan.pk, three.pk, actor=secretary, title="他人改的")

    client.post(f"{page}change/", sent | {"do": f"down:{one.pk}"})

    assert titles(plan) == ["乙", "甲", "他人改的"]
    words = client.get(page).content.decode()
    assert (words.count(f'action="{page}change/"'), words.count('form="change"')) == (1, 18)
    client.post(f"{page}change/", {f"was-{one.pk}": "甲", f"title-{one.pk}": "丙", "do": "titles"})
    assert titles(plan) == ["乙", "丙", "他人改的"]
    client.post(f"{page}change/", {"title-": "x", "title-x": "y", "title-9999999999999": "z", "do": "titles"})
    assert titles(plan) == ["乙", "丙", "他人改的"]
