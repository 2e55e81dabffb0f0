"""A plan's PDF from request to download."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.enums import Role
from documents import jobs, queries, services
from documents.models import IN_FORCE, FileState, RenderedFile
from plans.enums import PlanStatus
from plans.models import Item, Plan
from plans.queries.documents import plan_document
from tests.builders import make_document, make_holder, make_plan, make_secretary, make_unit, node

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    return make_plan()


def ask(plan: Plan) -> RenderedFile:
    return services.request_file(plan, plan_document(plan))


def made(plan: Plan) -> RenderedFile:
    """Return a file as the worker leaves it, but for its bytes: printing takes a tenth of a second."""
    file, data = ask(plan), b"%PDF-1.7"
    file.file.save(f"{file.key[:16]}.pdf", ContentFile(data), save=False)
    file.state, file.sha256, file.ready_at = FileState.READY, hashlib.sha256(data).hexdigest(), timezone.now()
    file.save()
    return file


@pytest.mark.slow  # prints
def test_a_pdf_is_asked_for_made_and_fetched(client: Client, plan: Plan) -> None:
    client.force_login(make_secretary(plan.district))
    assert "submit" in client.get(f"/plans/{plan.pk}/pdf/").content.decode()

    client.post(f"/plans/{plan.pk}/pdf/")
    assert "every 1s" in client.get(f"/plans/{plan.pk}/pdf/").content.decode()

    jobs.make_file(RenderedFile.objects.get().pk)
    file = RenderedFile.objects.get()
    assert f"/files/{file.pk}/" in client.get(f"/plans/{plan.pk}/pdf/").content.decode()
    response = client.get(f"/files/{file.pk}/")
    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    assert "filename*=utf-8''" in response.headers["Content-Disposition"].lower()
    assert response.headers["Content-Type"] == "application/pdf"


def test_a_file_that_did_not_change_is_not_sent_again(client: Client, plan: Plan) -> None:
    client.force_login(make_secretary(plan.district))
    file = made(plan)

    etag = client.get(f"/files/{file.pk}/").headers["ETag"]

    assert etag == f'"{file.sha256}"'
    assert client.get(f"/files/{file.pk}/", headers={"if-none-match": etag}).status_code == 304


def test_to_whoever_has_it_a_file_is_answered_in_two_queries(
    client: Client, plan: Plan, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(make_secretary(plan.district))
    file = made(plan)
    headers = {"if-none-match": f'"{file.sha256}"'}

    with django_assert_num_queries(2):
        response = client.get(f"/files/{file.pk}/", headers=headers)

    assert (response.status_code, response.content) == (304, b"")


def test_the_same_content_is_made_once(plan: Plan) -> None:
    first, second = ask(plan), ask(plan)

    assert first == second
    assert DBTaskResult.objects.count() == 1


def test_other_content_is_another_file(plan: Plan) -> None:
    first = ask(plan)
    item = Item.objects.filter(plan=plan, kind="action").first()
    item.text = "改過的一句話。"
    item.save()

    assert ask(plan) != first


def test_only_one_worker_makes_a_file(plan: Plan) -> None:
    file = ask(plan)
    RenderedFile.objects.filter(pk=file.pk).update(state=FileState.RENDERING, started_at=timezone.now())

    jobs.make_file(file.pk)

    file.refresh_from_db()
    assert (file.state, file.attempts) == (FileState.RENDERING, 0)


def test_a_file_left_by_a_dead_worker_is_taken_up_again(plan: Plan) -> None:
    file = ask(plan)
    now = timezone.now()
    RenderedFile.objects.filter(pk=file.pk).update(
        state=FileState.RENDERING, started_at=now - dt.timedelta(hours=1), attempts=1
    )

    assert services.take_up_stuck_files(now) == 1

    file.refresh_from_db()
    assert file.state == FileState.WAITING
    assert DBTaskResult.objects.count() == 2


def test_a_file_that_kills_its_worker_is_given_up(plan: Plan) -> None:
    file = ask(plan)
    now = timezone.now()
    RenderedFile.objects.filter(pk=file.pk).update(
        state=FileState.RENDERING, started_at=now - dt.timedelta(hours=1), attempts=services.MOST_ATTEMPTS
    )

    assert services.take_up_stuck_files(now) == 0

    file.refresh_from_db()
    assert file.state == FileState.FAILED


def test_a_file_whose_task_died_before_it_began_is_taken_up(plan: Plan) -> None:
    file = ask(plan)
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now())
    soon, late = timezone.now(), timezone.now() + 2 * services.STUCK_AFTER

    assert services.take_up_stuck_files(soon) == 0
    assert services.take_up_stuck_files(late) == 1
    assert services.take_up_stuck_files(late) == 0  # a second supervisor
    file.refresh_from_db()
    assert file.state == FileState.WAITING
    assert DBTaskResult.objects.filter(status="READY").count() == 1


@pytest.mark.slow  # prints
def test_what_a_dead_worker_left_on_the_disk_is_replaced(plan: Plan) -> None:
    file = ask(plan)
    jobs.make_file(file.pk)
    file.refresh_from_db()
    folder = Path(file.file.path).parent
    before = sorted(folder.iterdir())
    # Killed after the bytes were written and before the row was.
    RenderedFile.objects.filter(pk=file.pk).update(state=FileState.WAITING, file="", sha256="")

    jobs.make_file(file.pk)

    file.refresh_from_db()
    assert sorted(folder.iterdir()) == before
    assert hashlib.sha256(file.file.read()).hexdigest() == file.sha256


@pytest.mark.slow  # prints
def test_a_file_that_is_lost_can_be_made_again(client: Client, plan: Plan) -> None:
    client.force_login(make_secretary(plan.district))
    file = made(plan)
    Path(file.file.path).unlink()

    assert client.get(f"/files/{file.pk}/").status_code == 404
    assert "submit" in client.get(f"/plans/{plan.pk}/pdf/").content.decode()

    client.post(f"/plans/{plan.pk}/pdf/")
    jobs.make_file(file.pk)
    assert client.get(f"/files/{file.pk}/").status_code == 200


def test_the_city_gets_the_plan_as_filed_and_no_draft_of_it(client: Client, plan: Plan) -> None:
    evaluator = make_holder(Role.EVALUATOR, plan.district.city)
    draft = made(plan)
    item = plan.items.filter(kind="action").first()
    item.text = "函報前改過的一句話。"
    item.save()
    filed = made(plan)
    found = {}

    for status in (PlanStatus.DRAFT, PlanStatus.SUBMITTED):
        Plan.objects.filter(pk=plan.pk).update(status=status)
        for person in (evaluator, make_secretary(plan.district)):
            client.force_login(person)
            answers = [client.get(f"/files/{file.pk}/").status_code for file in (draft, filed)]
            found[status, person == evaluator] = answers

    assert found == {
        (PlanStatus.DRAFT, True): [404, 404],
        (PlanStatus.DRAFT, False): [200, 200],
        (PlanStatus.SUBMITTED, True): [404, 200],
        (PlanStatus.SUBMITTED, False): [200, 200],
    }


@pytest.mark.slow  # prints
def test_a_character_no_font_has_fails_in_words_and_can_be_tried_again(client: Client) -> None:
    district = make_plan().district
    plan = make_plan(
        district, year=2027, chapters=(node("chapter", title="內容", children=[node(text="缺字\U0010fffd")]),)
    )
    client.force_login(make_secretary(district))
    jobs.make_file(ask(plan).pk)

    page = client.get(f"/plans/{plan.pk}/pdf/").content.decode()
    assert "\U0010fffd" in page or "U+10FFFD" in page

    client.post(f"/plans/{plan.pk}/pdf/")
    assert RenderedFile.objects.get().state == FileState.WAITING


def test_a_file_of_another_district_does_not_exist(client: Client, plan: Plan) -> None:
    file = made(plan)
    client.force_login(make_secretary(make_plan().district))

    assert client.get(f"/files/{file.pk}/").status_code == 404


def test_a_file_not_ready_cannot_be_fetched(client: Client, plan: Plan) -> None:
    file = ask(plan)
    client.force_login(make_holder(Role.UNIT_STAFF, make_unit(plan.district)))

    assert client.get(f"/files/{file.pk}/").status_code == 404


def test_json_is_the_canonical_document(client: Client, plan: Plan) -> None:
    client.force_login(make_secretary(plan.district))

    response = client.get(f"/plans/{plan.pk}/json/")

    assert response.content.decode() == plan_document(plan).to_json()
    assert json.loads(response.content)["plan"]["agency"] == plan.district.agency_name


def test_the_key_tells_drafts_formats_and_contents_apart(plan: Plan) -> None:
    one = plan_document(plan).to_json()
    other = make_document(plan.district, chapters=(node("chapter", title="別的"),)).to_json()
    keys = {
        queries.content_key(one, "pdf", is_draft=True),
        queries.content_key(one, "pdf", is_draft=False),
        queries.content_key(one, "odt", is_draft=True),
        queries.content_key(other, "pdf", is_draft=True),
    }

    assert len(keys) == 4


def test_files_of_drafts_are_deleted_in_the_end_and_what_was_filed_is_not(
    plan: Plan, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    old, row = made(plan), plan.items.first()
    row.title += "。"
    row.save()
    pending = ask(plan)
    row.title += "。"
    row.save()
    young, filed = made(plan), RenderedFile(plan=plan, format=IN_FORCE, key="k", state=FileState.READY)
    filed.save()
    long_ago = timezone.now() - services.FILES_FOR - dt.timedelta(days=1)
    RenderedFile.objects.exclude(pk=young.pk).update(asked_at=long_ago)

    with django_capture_on_commit_callbacks(execute=True):
        assert services.forget_files(timezone.now()) == 1

    assert set(RenderedFile.objects.values_list("pk", flat=True)) == {pending.pk, young.pk, filed.pk}
    assert [one.file.storage.exists(one.file.name) for one in (old, young)] == [False, True]


def test_notes_of_work_done_long_ago_are_deleted(plan: Plan) -> None:
    ask(plan)
    done = DBTaskResult.objects.get()
    assert services.forget_tasks(timezone.now() + services.TASKS_FOR * 2) == 0  # not done yet
    done.status, done.finished_at = TaskResultStatus.SUCCESSFUL, timezone.now()
    done.save()

    assert services.forget_tasks(timezone.now()) == 0
    assert services.forget_tasks(timezone.now() + services.TASKS_FOR + dt.timedelta(days=1)) == 1
