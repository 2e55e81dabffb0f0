"""Writes around documents: an import from upload to plan, a file from request to bytes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from accounts.models import District, User
from core.enums import AuditKind
from documents.approvals import Approval, approval_of
from documents.conversion import to_document
from documents.ingest.proposal import Proposal
from documents.ingest.reading import UnreadableFile, read_file, read_text
from documents.ingest.storing import dump
from documents.kinds import FileKind, kind_of
from documents.models import (
    COMPARE,
    PACKAGE,
    PDF,
    RECORDS,
    RESPONSES,
    UNMARKED,
    YEAR_END,
    DraftState,
    FileState,
    ImportDraft,
    RenderedFile,
)
from documents.packages import Package
from documents.queries import content_key, format_of, is_lost, proposal_of
from documents.responses import TITLE as RESPONSES_TITLE
from documents.responses import ResponseSheet
from documents.tasks import read_draft, render_file
from plans.contrast import TITLE, Sheet
from plans.document import PlanDocument
from plans.models import Plan, PlanVersion
from plans.recording import record_plan
from plans.services.plans import create_plan, replace_items
from progress.yearend import TITLE as YEAR_END_TITLE
from progress.yearend import YearEndSheet

MOST_ATTEMPTS = 3
GIVEN_UP = "the worker stopped while making it"
MOST_UNDONE = 20  # corrections that can be taken back, one by one
# A file being made for longer than this was left by a worker that died; 200 pages take some ten seconds.
STUCK_AFTER = dt.timedelta(seconds=90)
FILES_FOR = dt.timedelta(days=60)
TASKS_FOR = dt.timedelta(days=14)


class StaleDraft(Exception):  # noqa: N818 -- named for what it says, as StaleSave is
    """Someone else changed the draft since the page was loaded."""


def start_import(
    *, district: District, series: str, year: int, actor: User, data: bytes | str, file_name: str = ""
) -> ImportDraft:
    """Keep an uploaded file or pasted text as a draft and have it read in the background.

    Raises ValidationError in words when it holds no text that could be read.
    """
    try:
        source = read_text(data) if isinstance(data, str) else read_file(data)
    except UnreadableFile as error:
        raise ValidationError(str(error)) from error
    with transaction.atomic():
        draft = ImportDraft.objects.create(
            district=district,
            series=" ".join(series.split()),  # it stands in titles and in names of files
            year=year,
            made_by=actor,
            file_name=file_name[:255],
            source="\n".join(source.lines),
        )
        read_draft.enqueue(draft.pk)
    return draft


@transaction.atomic
def correct_draft(pk: int, correction: Callable[[Proposal], Proposal], *, version: int) -> ImportDraft:
    """Apply one correction to the draft as it stood at `version`; keep the states before, for undoing.

    Raises StaleDraft, or what the correction raises; then nothing is changed.
    """
    draft = _lock_draft(pk, version)
    before = draft.proposal
    draft.proposal = dump(correction(proposal_of(draft)))
    draft.previous = [*(draft.previous or []), before][-MOST_UNDONE:]
    draft.version += 1
    draft.save(update_fields=["proposal", "previous", "version", "updated_at"])
    return draft


@transaction.atomic
def undo_correction(pk: int, *, version: int) -> ImportDraft:
    """Bring back the proposal before the last correction; again and again up to MOST_UNDONE steps."""
    draft = _lock_draft(pk, version)
    if not draft.previous:
        raise ValidationError(_("There is nothing to undo."))
    *draft.previous, draft.proposal = draft.previous
    draft.version += 1
    draft.save(update_fields=["proposal", "previous", "version", "updated_at"])
    return draft


def plan_in_the_way(draft: ImportDraft) -> Plan | None:
    """Return the plan the district has already for the draft's series and year."""
    plans = Plan.objects.filter(district=draft.district_id, series=draft.series, year=draft.year)
    return plans.select_related("district__city").first()


@transaction.atomic
def save_draft(pk: int, *, version: int, actor: User, replace: bool = False) -> Plan:
    """Write the draft as a plan, or, with `replace`, in the place of the open plan that stands there.

    One transaction. Raises StaleDraft, or ValidationError when the plan exists and may not be replaced.
    """
    draft = _lock_draft(pk, version)
    proposal = proposal_of(draft)
    if not proposal.items:
        raise ValidationError(_("The draft holds no line that could be saved."))
    converted = to_document(proposal, district=draft.district, series=draft.series, year=draft.year)
    existing = plan_in_the_way(draft)
    if existing is not None and replace:
        plan = replace_items(existing.pk, converted.document, actor=actor, sources=converted.sources)
    else:
        plan = create_plan(
            converted.document, district=draft.district, actor=actor, sources=converted.sources
        )
    draft.state, draft.plan = DraftState.SAVED, plan
    draft.version += 1
    draft.save(update_fields=["state", "plan", "version", "updated_at"])
    details = {
        "what": "document",
        "source": draft.file_name,
        "replaced": existing is not None,
        "added": len(proposal.items),
    }
    record_plan(AuditKind.IMPORT, plan, actor=actor, details=details)
    return plan


def delete_draft(pk: int) -> None:
    """Delete a draft with its source; a plan made from it stays."""
    ImportDraft.objects.filter(pk=pk).delete()


def _lock_draft(pk: int, version: int) -> ImportDraft:
    drafts = ImportDraft.objects.select_for_update(of=("self",)).select_related("district__city")
    draft = drafts.filter(pk=pk).first()
    if draft is None:  # deleted since the page was loaded
        raise StaleDraft
    if draft.state == DraftState.SAVED:
        raise ValidationError(_("This draft was saved as a plan already."))
    if draft.state != DraftState.READY or draft.version != version:
        raise StaleDraft
    return draft


def request_file(plan: Plan, document: PlanDocument) -> RenderedFile:
    """Have the plan's PDF made unless the same content was asked for already."""
    return _request(plan, document.to_json(), PDF, approval_of(plan).to_json())


def request_version(plan: Plan, version: PlanVersion) -> RenderedFile:
    """Have the PDF of a version made, a filed one without a draft's mark, unless it was asked for already."""
    return _request(plan, version.content, format_of(plan, version), approval_of(plan, version).to_json())


def request_package(plan: Plan, package: Package, approval: Approval) -> RenderedFile:
    """Have what was filed made as one file, unless it was asked for already."""
    return _request(plan, package.to_json(), PACKAGE, approval.to_json())


def request_responses(plan: Plan, sheet: ResponseSheet) -> RenderedFile:
    """Have the PDF of remarks and answers made, unless it was asked for already."""
    return _request(plan, sheet.to_json(), RESPONSES)


def request_year_end(plan: Plan, sheet: YearEndSheet) -> RenderedFile:
    """Have the PDF of a year's results made, unless it was asked for already."""
    return _request(plan, sheet.to_json(), YEAR_END)


def request_comparison(plan: Plan, sheet: Sheet) -> RenderedFile:
    """Have the PDF of two plans or versions side by side made, unless it was asked for already.

    `plan` is the one whose page it was asked on, which the keys of the sheet are seen from.
    """
    return _request(plan, sheet.to_json(), COMPARE)


def request_kind(plan: Plan, content: str, kind: FileKind) -> RenderedFile:
    """Have a file of a kind made that an app above provides, unless it was asked for already."""
    return _request(plan, content, kind.name)


def _request(plan: Plan, content: str, file_format: str, approval: str = "") -> RenderedFile:
    """Keep what is to be printed and queue its job, once for the same content.

    A file that failed, is stuck, or whose bytes are lost is made anew.
    """
    key = content_key(content, file_format, is_draft=file_format not in UNMARKED, approval=approval)
    with transaction.atomic():
        file, is_new = RenderedFile.objects.get_or_create(
            key=key,
            defaults={"plan": plan, "format": file_format, "content": content, "approval": approval},
        )
        again = not is_new and (
            file.state == FileState.FAILED or _is_stuck(file, timezone.now()) or is_lost(file)
        )
        if again:
            # Matching on the old state lets one of two people who press at once start it.
            again = (
                RenderedFile.objects.filter(pk=file.pk, state=file.state, asked_at=file.asked_at).update(
                    state=FileState.WAITING, attempts=0, message="", asked_at=timezone.now()
                )
                > 0
            )
        if is_new or again:
            render_file.enqueue(file.pk)
    file.refresh_from_db()
    return file


def _is_stuck(file: RenderedFile, now: dt.datetime) -> bool:
    since = {FileState.RENDERING: file.started_at, FileState.WAITING: file.asked_at}.get(
        FileState(file.state)
    )
    return since is not None and since < now - STUCK_AFTER


def take_up_stuck_files(now: dt.datetime) -> int:
    """Put files left by a dead worker back into the queue, at most MOST_ATTEMPTS times; return how many.

    A worker may also die between taking a task and claiming its file, which then waits with no task. One
    that waits behind a long queue gets a second task, which will find it made.
    """
    dead = RenderedFile.objects.filter(state=FileState.RENDERING, started_at__lt=now - STUCK_AFTER)
    dead.filter(attempts__gte=MOST_ATTEMPTS).update(state=FileState.FAILED, message=GIVEN_UP)
    left = RenderedFile.objects.filter(state=FileState.WAITING, asked_at__lt=now - STUCK_AFTER)
    taken = 0
    for stuck in (dead, left):
        for pk in list(stuck.values_list("pk", flat=True)):
            with transaction.atomic():
                # The moment moves on, so that a second supervisor does not take it up as well.
                if stuck.filter(pk=pk).update(state=FileState.WAITING, asked_at=now):
                    render_file.enqueue(pk)
                    taken += 1
    return taken


def forget_files(at: dt.datetime) -> int:
    """Delete files of drafts, comparisons and the like that were asked for long ago; return how many."""
    old = RenderedFile.objects.filter(
        asked_at__lt=at - FILES_FOR, state__in=(FileState.READY, FileState.FAILED)
    )
    gone = 0
    for pk in list(old.exclude(format__in=RECORDS).values_list("pk", flat=True)):
        with transaction.atomic():
            file = RenderedFile.objects.select_for_update().filter(pk=pk).first()
            if file is None:
                continue  # somebody else was quicker
            if name := file.file.name:
                # The bytes go last: a row without them would promise what is not there.
                transaction.on_commit(partial(file.file.storage.delete, name))
            file.delete()
            gone += 1
    return gone


def forget_tasks(at: dt.datetime) -> int:
    """Delete the notes of background work that was done long ago; return how many."""
    done = DBTaskResult.objects.finished().filter(finished_at__lt=at - TASKS_FOR)
    gone, _by_model = done.delete()
    return gone


def take_up_stuck_imports(now: dt.datetime) -> int:
    """Have drafts read again whose reader stopped in the middle; return how many.

    One that stopped MOST_ATTEMPTS readers is given up: it would stop them for ever.
    """
    stuck = ImportDraft.objects.filter(state=DraftState.READING, updated_at__lt=now - STUCK_AFTER)
    taken = 0
    for pk in list(stuck.values_list("pk", flat=True)):
        with transaction.atomic():
            if _readers_of(pk) >= MOST_ATTEMPTS:
                stuck.filter(pk=pk).update(state=DraftState.FAILED, updated_at=now)
            # The moment moves on, so that a second supervisor does not take it up as well.
            elif stuck.filter(pk=pk).update(updated_at=now):
                read_draft.enqueue(pk)
                taken += 1
    return taken


def _readers_of(pk: int) -> int:
    """Return how many times a worker began to read the draft."""
    tasks = DBTaskResult.objects.filter(task_path=read_draft.module_path, started_at__isnull=False)
    return tasks.filter(args_kwargs={"args": [pk], "kwargs": {}}).count()


def file_name(plan: Plan, suffix: str) -> str:
    """Return the name a person's download gets: 高雄市三民區公所114年度提升服務執行計畫.pdf."""
    return f"{plan.label}{suffix}"


def name_of_file(file: RenderedFile) -> str:
    if file.format == PACKAGE:
        return Package.from_json(file.content).name
    kind = kind_of(file.format)
    titles = {COMPARE: TITLE, RESPONSES: RESPONSES_TITLE, YEAR_END: YEAR_END_TITLE}
    suffix = kind.suffix_of(file.content) if kind else titles.get(file.format, "")
    return file_name(file.plan, f"{suffix}.pdf")
