"""What is kept of a filing and given as one file, and the PDF of remarks and answers."""

from __future__ import annotations

import io
import zipfile
from importlib import import_module
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone, translation
from django_tasks_db.models import DBTaskResult

from accounts.enums import Decision, Role
from documents import jobs
from documents.models import FILED, IN_FORCE, PACKAGE, PDF, RESPONSES, FileState, RenderedFile
from documents.packages import Package
from documents.responses import ResponseSheet
from plans.checks.record import CheckRecord
from plans.document import PlanDocument
from plans.enums import PlanStatus
from plans.models import Plan, PlanVersion
from plans.services.facts import add_attachment
from plans.step_permissions import Standing
from plans.workflow import BY_NAME, CITY
from review.models import Filing, Remark, Signature
from review.queries.packages import package_of
from review.queries.responses import response_sheet
from review.queries.verifying import altered_reviews
from review.services.remarks import add_remark, answer_remark
from review.services.steps import take
from tests.builders import make_district, make_holder, make_secretary
from tests.replacing import refuse_to_replace
from tests.review.desk_rows import LETTER, NOW, Way, make_way

pytestmark = pytest.mark.django_db


STANDS = b"%PDF-1.7\n% a list of stands\n"


def go(way: Way, *names: str, **options: Any) -> None:
    """Take steps by the door of the pages, which keeps what is filed."""
    for name in names:
        step = BY_NAME[name]
        if step.roles == CITY:
            actor, role = way.evaluator, Role.EVALUATOR
        elif name == "sign":
            actor, role = way.head, Role.DISTRICT_HEAD
        else:
            actor, role = way.secretary, Role.SECRETARIAT
        extra = {"comment": "請補正。"} if step.needs_comment else {}
        letter = {"letter": LETTER} if step.needs_document or name == "file" else {}
        take(
            way.plan.pk, step, actor=actor, standing=Standing(role), at=NOW, **{**extra, **letter, **options}
        )
    way.plan.refresh_from_db()


FILING = ("send_for_signature", "sign", "file")


@pytest.fixture
def way() -> Way:
    way = make_way()
    go(way, *FILING)
    return way


def version(way: Way) -> PlanVersion:
    found = way.plan.versions.filter(kind="filed").order_by("-number").first()
    assert found is not None
    return found


def address(way: Way, number: int | None = None) -> str:
    return f"/plans/{way.plan.pk}/versions/{number or version(way).number}/package/"


def returned(way: Way) -> Remark:
    """Return the plan to its district with one remark."""
    go(way, "take_in_hand")
    uid = way.line("每週二延長服務時間。").uid
    remark = add_remark(way.plan.pk, actor=way.evaluator, uid=uid, text="請敘明時段。", at=NOW)
    go(way, "return")
    return remark


def answer(way: Way, remark: Remark, text: str = "已敘明。") -> None:
    answer_remark(
        way.plan.pk, remark.pk, actor=way.secretary, adoption="accepted", text=text, at=timezone.now()
    )


def test_filing_keeps_the_check_list_as_it_stood_and_queues_the_package_once(way: Way) -> None:
    filing = Filing.objects.get()
    record = CheckRecord.from_json(filing.checks)

    assert filing.event == way.plan.events.get(step="file")
    assert {row.title for row in record.rows if row.level == "error" and row.found} == set()
    titles = {row.title for row in record.rows}
    assert {"沒有任何章", "未訂預期目標"} <= titles
    assert not [title for title in titles if "留言" in title]  # the district's own business
    file = RenderedFile.objects.get(format=PACKAGE)
    assert DBTaskResult.objects.count() == 1
    made = package_of(way.plan, version(way))
    assert made is not None
    assert file.content == made[0].to_json()


def test_the_check_list_is_chinese_whoever_files_and_does_not_follow_the_rows() -> None:
    way = make_way()
    with translation.override("en"):
        go(way, *FILING)
    before = Filing.objects.get().checks
    Plan.objects.filter(pk=way.plan.pk).update(title="")
    way.plan.items.all().delete()

    made = package_of(way.plan, version(way))

    assert made is not None
    assert made[0].checks == before
    assert "沒有計畫名稱" in before


def test_the_package_is_of_the_version_and_not_of_the_rows(client: Client, way: Way) -> None:
    way.plan.items.filter(text__startswith="每週二").update(text="後來的話。")
    client.force_login(way.secretary)
    jobs.make_file(RenderedFile.objects.get(format=PACKAGE).pk)

    page = client.get(address(way)).content.decode()
    file = RenderedFile.objects.get(format=PACKAGE)
    assert (file.state, file.message) == (FileState.READY, "")
    assert f"/files/{file.pk}/" in page
    response = client.get(f"/files/{file.pk}/")

    assert response.headers["Content-Type"] == "application/zip"
    assert "%E5%87%BD%E5%A0%B1%E8%B3%87%E6%96%99" in response.headers["Content-Disposition"]  # 函報資料
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        names = archive.namelist()
        stem = f"{way.plan.district.agency_name}115年度提升服務執行計畫"
        assert names == [
            f"{stem}.pdf",
            f"{stem}.json",
            f"{stem}預期目標表.ods",
            f"{stem}檢核表.pdf",
            f"{stem}檔案清單及摘要.txt",
        ]
        assert PlanDocument.from_json(archive.read(f"{stem}.json").decode()).digest() == version(way).sha256
        assert "府研考字第1150001號函" in archive.read(f"{stem}檔案清單及摘要.txt").decode()
    assert [name for name in names if name not in page] == []


def test_the_same_package_is_made_once_and_a_second_filing_makes_another(way: Way, client: Client) -> None:
    client.force_login(way.secretary)
    client.post(address(way))
    client.post(address(way))
    assert DBTaskResult.objects.count() == 1

    go(way, "withdraw", *FILING)

    first, second = RenderedFile.objects.filter(format=PACKAGE).order_by("pk")
    assert [Package.from_json(file.content).round for file in (first, second)] == [1, 2]
    assert DBTaskResult.objects.count() == 2


def test_a_plan_filed_again_brings_its_table_of_responses_as_it_stood(way: Way) -> None:
    remark = returned(way)
    answer(way, remark)
    go(way, *FILING)
    made = package_of(way.plan, version(way))
    assert made is not None
    told = ResponseSheet.from_json(made[0].responses)
    assert [(line.remark, line.adoption, line.answer) for line in told.rounds[0].lines] == [
        ("請敘明時段。", "採納", "已敘明。")
    ]

    go(way, "withdraw")
    answer(way, remark, "後來又改寫。")

    again = package_of(way.plan, version(way))
    assert again == made


def test_a_revision_brings_no_table_of_a_round_before_the_approval(way: Way) -> None:
    answer(way, returned(way))
    go(way, *FILING, "take_in_hand", "approve", "revise", *FILING)

    made = package_of(way.plan, version(way))

    assert made is not None
    assert made[0].responses == ""
    assert [one.number for one in response_sheet(way.plan).rounds] == [1]


def test_what_the_city_decided_afterwards_stands_in_no_package(way: Way) -> None:
    before = package_of(way.plan, version(way))

    go(way, "take_in_hand", "approve")

    assert package_of(way.plan, version(way)) == before


def test_attachments_lie_in_the_package_and_a_lost_one_is_said(client: Client) -> None:
    way = make_way()
    row = add_attachment(
        way.plan.pk,
        actor=way.secretary,
        title="據點一覽表",
        file=ContentFile(STANDS),
        file_name="stands.pdf",
    )
    go(way, *FILING)
    file = RenderedFile.objects.get(format=PACKAGE)
    row.file.storage.delete(row.file.name)

    with translation.override("en"):
        jobs.make_file(file.pk)

    file.refresh_from_db()
    assert file.state == FileState.FAILED
    assert "“據點一覽表” is missing" in file.message
    assert row.file.storage.save(row.file.name, ContentFile(STANDS)) == row.file.name
    client.force_login(way.secretary)
    client.post(address(way))
    jobs.make_file(file.pk)
    file.refresh_from_db()
    with zipfile.ZipFile(file.file.open("rb")) as archive:
        assert archive.read("附件一　據點一覽表.pdf") == STANDS


def test_the_secretariat_and_the_city_get_it_and_nobody_else(way: Way, client: Client) -> None:
    jobs.make_file(RenderedFile.objects.get(format=PACKAGE).pk)
    file = f"/files/{RenderedFile.objects.get(format=PACKAGE).pk}/"
    people = {
        way.secretary: 200,
        way.head: 200,
        way.evaluator: 200,
        make_secretary(make_district(way.plan.district.city)): 404,
        make_holder(Role.EVALUATOR, make_district().city): 404,
    }
    for person, status in people.items():
        client.force_login(person)
        assert client.get(address(way)).status_code == status
        assert client.get(file).status_code == status

    go(way, "withdraw")  # to the city a draft does not exist, and what was filed with it neither
    client.force_login(way.evaluator)
    assert client.get(address(way)).status_code == 404
    assert client.get(file).status_code == 404
    client.force_login(way.secretary)
    assert client.get(address(way)).status_code == 200


def test_a_version_kept_by_hand_was_not_filed(way: Way, client: Client) -> None:
    number = way.plan.versions.get(kind="kept").number  # the text that went round
    client.force_login(way.secretary)

    assert client.get(address(way, number)).status_code == 404
    assert client.get(address(way, 99)).status_code == 404


def test_a_version_filed_before_filings_were_kept_comes_without_its_check_list() -> None:
    way = make_way("send_for_signature", "sign", "file")

    made = package_of(way.plan, version(way))

    assert made is not None
    assert (made[0].checks, made[0].responses) == ("", "")
    assert len(made[0].names) == 4


# -- versions as they printed -------------------------------------------------------------------------


def test_each_version_is_printed_as_it_was(way: Way, client: Client) -> None:
    go(way, "take_in_hand", "approve", "revise")
    line = way.line("每週二延長服務時間。")
    line.text = "每週三延長服務時間。"
    line.save()
    go(way, *FILING)
    client.force_login(way.secretary)
    numbers = list(way.plan.versions.order_by("number").values_list("number", "kind"))

    for number, _kind in numbers:
        client.post(f"/plans/{way.plan.pk}/versions/{number}/pdf/")

    files = RenderedFile.objects.exclude(format=PACKAGE).order_by("pk")
    assert numbers == [(1, "kept"), (2, "filed"), (3, "kept"), (4, "filed")]
    assert [file.format for file in files] == [PDF, IN_FORCE, PDF, FILED]
    contents = list(way.plan.versions.order_by("number").values_list("content", flat=True))
    assert [file.content for file in files] == contents
    assert "號函核定" in files[1].approval
    assert "核定" not in files[3].approval


def test_a_filed_plan_prints_and_gives_what_was_filed(way: Way, client: Client) -> None:
    way.plan.items.filter(text__startswith="每週二").update(text="後來的話。")
    client.force_login(way.evaluator)

    client.post(f"/plans/{way.plan.pk}/pdf/")
    body = client.get(f"/plans/{way.plan.pk}/json/").content.decode()

    file = RenderedFile.objects.exclude(format=PACKAGE).get()
    assert (file.format, file.content) == (FILED, version(way).content)
    assert body == version(way).content


def test_the_city_prints_filed_versions_and_no_kept_ones(way: Way, client: Client) -> None:
    client.force_login(way.evaluator)
    pages = {
        version.kind: client.get(f"/plans/{way.plan.pk}/versions/{version.number}/pdf/").status_code
        for version in way.plan.versions.all()
    }

    assert pages == {"kept": 404, "filed": 200}


@pytest.mark.parametrize(
    ("decision", "word"),
    [(Decision.APPROVAL, "核定"), (Decision.RATIFICATION, "核備"), (Decision.RECORD, "備查")],
)
def test_a_decided_plan_is_called_as_its_city_calls_it(
    way: Way, client: Client, decision: str, word: str
) -> None:
    city = way.plan.district.city
    city.decision = decision
    city.save()
    go(way, "take_in_hand", "approve")
    plan = Plan.objects.get(pk=way.plan.pk)
    client.force_login(way.secretary)

    assert plan.get_status_display() == word
    for path in ("", "events/", "standing/"):
        page = client.get(f"/plans/{plan.pk}/{path}").content.decode()
        assert f">{word}</span>" in page
    client.post(f"/plans/{plan.pk}/in-force/pdf/")
    assert f"號函{word}" in RenderedFile.objects.get(format=IN_FORCE).approval


# -- the table of remarks and answers -----------------------------------------------------------------


def test_the_table_is_asked_for_made_and_fetched(way: Way, client: Client) -> None:
    client.force_login(way.secretary)
    path = f"/plans/{way.plan.pk}/responses/pdf/"
    assert client.get(path).status_code == 404  # nothing was remarked yet
    remark = returned(way)
    answer(way, remark)

    assert client.post(path).headers["Location"] == path
    assert client.post(path).status_code == 302
    file = RenderedFile.objects.get(format=RESPONSES)
    jobs.make_file(file.pk)
    assert f"/files/{file.pk}/" in client.get(path).content.decode()
    response = client.get(f"/files/{file.pk}/")
    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    assert "%E5%9B%9E%E6%87%89%E8%A1%A8" in response.headers["Content-Disposition"]  # 回應表


def test_answers_that_were_not_filed_are_the_districts_own(way: Way, client: Client) -> None:
    remark = returned(way)
    answer(way, remark, "尚未定案的話。")
    client.force_login(way.secretary)
    path = f"/plans/{way.plan.pk}/responses/pdf/"
    client.post(path)
    early = RenderedFile.objects.get(format=RESPONSES)
    jobs.make_file(early.pk)
    answer(way, remark, "定案的話。")
    client.force_login(way.evaluator)
    assert client.get(f"/files/{early.pk}/").status_code == 404

    go(way, *FILING)
    client.post(path)
    late = RenderedFile.objects.filter(format=RESPONSES).latest("pk")
    jobs.make_file(late.pk)

    assert [client.get(f"/files/{file.pk}/").status_code for file in (early, late)] == [404, 200]


def test_the_printed_table_names_decision_letter_and_units(way: Way) -> None:
    remark = returned(way)
    unit = way.plan.district.units.get(name="民政課")
    answer_remark(
        way.plan.pk,
        remark.pk,
        actor=way.secretary,
        adoption="partly",
        text="另案辦理。",
        at=NOW,
        units=[unit.pk],
    )

    with translation.override("en"):
        (told,) = response_sheet(way.plan).rounds

    (line,) = told.lines
    assert told.told == f"審查結果：退回　115年4月10日　審查人：{way.evaluator}"
    assert told.answered == f"{way.plan.district.agency_name}　115年4月10日"
    assert (line.adoption, line.paragraphs) == ("部分採納", ("另案辦理。", "（民政課）"))
    assert line.place.endswith("每週二延長服務時間。")


# -- what stays ---------------------------------------------------------------------------------------


def forbid() -> None:
    """Make the database's own rules, as the migration does: tests on SQLite run without migrations."""
    migration: Any = import_module("review.migrations.0006_signatures_stay")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = 'a_filing_is_never_changed'")
            if cursor.fetchone():
                return
        for statement in {"sqlite": migration.SQLITE, "postgresql": migration.POSTGRESQL}[connection.vendor]:
            cursor.execute(statement)


def test_the_database_refuses_to_change_or_delete_what_was_filed(way: Way) -> None:
    filing = Filing.objects.get()
    forbid()

    for step in (
        lambda: Filing.objects.update(checks="[]"),
        lambda: Filing.objects.filter(pk=filing.pk).delete(),
        filing.save,
    ):
        with pytest.raises(IntegrityError, match="never"), transaction.atomic():
            step()

    assert Filing.objects.get().checks == filing.checks
    go(way, "withdraw", *FILING)
    assert Filing.objects.count() == 2


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL knows no REPLACE")
def test_sqlite_refuses_to_replace_what_was_signed_or_filed(way: Way) -> None:
    rule: Any = import_module("review.migrations.0007_signatures_are_not_replaced")
    with connection.cursor() as cursor:
        for statement in rule.SQLITE:
            cursor.execute(statement)

    refuse_to_replace(Signature)
    refuse_to_replace(Filing)

    go(way, "withdraw", *FILING)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps the triggers")
@pytest.mark.parametrize("field", ["checks", "responses", "sha256"])
def test_an_altered_filing_is_named(way: Way, field: str) -> None:
    assert list(altered_reviews()) == []
    Filing.objects.update(**{field: "altered"})

    (found,) = altered_reviews()

    assert way.plan.title in found.plan
    assert "was filed" in found.words


def test_a_plan_in_signing_shows_nothing_of_a_package(client: Client) -> None:
    way = make_way()
    go(way, "send_for_signature")
    client.force_login(way.secretary)

    assert "package" not in client.get(f"/plans/{way.plan.pk}/standing/").content.decode()
    assert way.plan.status == PlanStatus.SIGNING
