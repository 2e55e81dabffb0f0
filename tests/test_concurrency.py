"""Real races: threads, each with a connection of its own, on either database. Exactly one wins."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import District, Unit
from documents import corrections, jobs, services
from documents.ingest.propose import propose
from documents.ingest.storing import dump
from documents.models import DraftState, FileState, ImportDraft, RenderedFile
from plans.models import Item, Plan
from plans.queries.documents import plan_document
from plans.services.plans import create_plan, replace_items, restore_replaced
from tests.builders import (
    make_district,
    make_document,
    make_plan,
    make_secretary,
    make_user,
    node,
    sample_group,
)
from tests.shared_database import shared_database  # noqa: F401 -- a fixture

TEXT = "某區公所年度計畫\n壹、計畫依據\n一、依規定辦理。\n二、其他事項。"
WAIT = 60  # seconds after which a thread is taken to hang


pytestmark = pytest.mark.usefixtures("shared_database")


def race(*runners: Callable[[], Any]) -> list[Any]:
    """Run all at once; return what each returned, or the exception it raised."""
    start = threading.Barrier(len(runners), timeout=WAIT)
    found: list[Any] = [None] * len(runners)

    def run(number: int, runner: Callable[[], Any]) -> None:
        try:
            start.wait()
            found[number] = runner()
        except Exception as error:  # what went wrong is an answer too
            found[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive()
    return found


def make_draft(district: District, state: str = DraftState.READY) -> ImportDraft:
    proposal = dump(propose(TEXT.split("\n"))) if state == DraftState.READY else None
    return ImportDraft.objects.create(
        district=district, year=2030, made_by=make_user(), source=TEXT, state=state, proposal=proposal
    )


def present(plan: Plan) -> list[str]:
    return sorted(f"{item.title}{item.text}" for item in Item.objects.present().filter(plan=plan))


def files_of(file: RenderedFile) -> list[Path]:
    return list(Path(file.file.path).parent.glob(f"{file.plan_id}-{file.key[:16]}*"))


def test_two_saves_of_one_draft_make_one_plan() -> None:
    draft, actor = make_draft(make_district()), make_user()

    found = race(*[lambda: services.save_draft(draft.pk, version=1, actor=actor)] * 3)

    assert sorted(type(result).__name__ for result in found) == ["Plan", "ValidationError", "ValidationError"]
    assert present(Plan.objects.get()) == sorted(["計畫依據", "依規定辦理。", "其他事項。"])


def test_two_presses_of_save_make_one_plan_and_no_error() -> None:
    draft = make_draft(make_district())
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(make_secretary(draft.district))

    found = race(
        *(
            lambda client=client: client.post(f"/imports/{draft.pk}/save/", {"version": 1})
            for client in clients
        )
    )

    plan = Plan.objects.get()
    # The second is led to the plan, told that the draft changed, or asked whether to replace the plan.
    answers = {(response.status_code, response.get("Location", "")) for response in found}
    assert (302, f"/plans/{plan.pk}/") in answers
    assert answers <= {(302, f"/plans/{plan.pk}/"), (302, f"/imports/{draft.pk}/"), (200, "")}
    assert plan.items.filter(removed_at__isnull=False).count() == 0


def test_of_two_corrections_of_one_version_one_is_stale() -> None:
    draft = make_draft(make_district())
    steps = [
        lambda: services.correct_draft(draft.pk, lambda p: corrections.take_out(p, [2]), version=1),
        lambda: services.correct_draft(draft.pk, lambda p: corrections.take_out(p, [3]), version=1),
    ]

    found = race(*steps)

    assert sorted(type(result).__name__ for result in found) == ["ImportDraft", "StaleDraft"]
    draft.refresh_from_db()
    assert (draft.version, len(draft.proposal["items"])) == (2, 2)


def test_two_requests_for_one_pdf_start_it_once() -> None:
    plan = make_plan()
    clients = [Client() for _ in range(3)]
    for client in clients:
        client.force_login(make_secretary(plan.district))

    found = race(*(lambda client=client: client.post(f"/plans/{plan.pk}/pdf/") for client in clients))

    assert {response.status_code for response in found} == {302}
    assert RenderedFile.objects.get().state == FileState.WAITING
    assert DBTaskResult.objects.count() == 1


def test_a_failed_pdf_asked_for_by_two_is_tried_once() -> None:
    plan = make_plan()
    file = services.request_file(plan, plan_document(plan))
    RenderedFile.objects.filter(pk=file.pk).update(state=FileState.FAILED)

    race(*[lambda: services.request_file(plan, plan_document(plan))] * 3)

    assert DBTaskResult.objects.count() == 2


def test_of_two_workers_one_makes_the_file() -> None:
    plan = make_plan()
    file = services.request_file(plan, plan_document(plan))

    assert race(*[lambda: jobs.make_file(file.pk)] * 2) == [None, None]

    file.refresh_from_db()
    assert (file.state, file.attempts, len(files_of(file))) == (FileState.READY, 1, 1)


def test_a_slow_worker_taken_for_dead_changes_nothing() -> None:
    plan = make_plan()
    file = services.request_file(plan, plan_document(plan))

    def given_up() -> int:
        """Wait until the first worker has claimed the file, call it dead, and work in its place."""
        until = time.monotonic() + WAIT
        while not RenderedFile.objects.filter(pk=file.pk, state=FileState.RENDERING).exists():
            assert time.monotonic() < until
        RenderedFile.objects.filter(pk=file.pk).update(started_at=timezone.now() - dt.timedelta(hours=1))
        taken = services.take_up_stuck_files(timezone.now())
        jobs.make_file(file.pk)
        return taken

    assert race(lambda: jobs.make_file(file.pk), given_up) == [None, 1]

    file.refresh_from_db()
    assert (file.state, file.attempts) == (FileState.READY, 2)
    assert files_of(file) == [Path(file.file.path)]
    assert hashlib.sha256(file.file.read()).hexdigest() == file.sha256


def test_two_supervisors_take_up_each_job_once() -> None:
    plan = make_plan()
    services.request_file(plan, plan_document(plan))
    make_draft(plan.district, DraftState.READING)
    late = timezone.now() + dt.timedelta(hours=1)

    found = race(
        *[lambda: services.take_up_stuck_files(late)] * 2, *[lambda: services.take_up_stuck_imports(late)] * 2
    )

    assert (sum(found[:2]), sum(found[2:])) == (1, 1)
    assert DBTaskResult.objects.count() == 3


def test_two_readers_of_one_draft_leave_one_reading() -> None:
    draft = make_draft(make_district(), DraftState.READING)

    assert race(*[lambda: jobs.read_source(draft.pk)] * 2) == [None, None]

    draft.refresh_from_db()
    assert (draft.state, draft.version, len(draft.proposal["items"])) == (DraftState.READY, 1, 3)


def test_of_two_plans_for_one_year_one_is_written() -> None:
    district, actor = make_district(), make_user()
    documents = [make_document(district, title=title) for title in "甲乙"]

    found = race(*(lambda d=d: create_plan(d, district=district, actor=actor) for d in documents))

    assert sorted(type(result).__name__ for result in found) == ["Plan", "ValidationError"]
    refused = next(result for result in found if isinstance(result, ValidationError))
    assert refused.code == "taken"
    assert Item.objects.count() == Item.objects.filter(plan=Plan.objects.get()).count()


def test_two_plans_that_add_one_unit_share_it() -> None:
    district, actor = make_district(), make_user()
    group = (node("chapter", title="內容", children=[sample_group()]),)
    documents = [make_document(district, year=year, chapters=group) for year in (2026, 2027, 2028)]

    found = race(*(lambda d=d: create_plan(d, district=district, actor=actor) for d in documents))

    assert [type(result).__name__ for result in found] == ["Plan"] * 3
    assert Unit.objects.get().responsibilities.count() == 3


def test_replacing_and_restoring_at_once_leaves_one_whole_plan() -> None:
    plan, actor = make_plan(), make_user()
    documents = [
        make_document(plan.district, chapters=(node("chapter", title=f"第{name}章", text=f"{name}文"),))
        for name in "甲乙丙"
    ]
    whole = [present(plan), *([f"第{name}章{name}文"] for name in "甲乙丙")]
    replace_items(plan.pk, documents[0], actor=actor)

    found = race(
        *(lambda d=d: replace_items(plan.pk, d, actor=actor) for d in documents[1:]),
        lambda: restore_replaced(plan.pk, actor=actor),
    )

    assert [type(result).__name__ for result in found] == ["Plan"] * 3
    assert present(plan) in whole
