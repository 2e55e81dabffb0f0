"""Who may import and whose files may be fetched. Views reach rows only through these functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db.models import F, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from documents.models import COMPARE, IN_FORCE, UNMARKED, FileState, ImportDraft, RenderedFile
from plans.contrast import Sheet
from plans.permissions import get_districts_to_write, get_plans_to_view, is_of_district
from plans.queries.comparing import sheet_of
from plans.queries.digests import digest_of_text
from plans.queries.documents import plan_document
from plans.sight_permissions import is_of_city
from plans.version_permissions import get_sides_to_compare, get_versions_to_view

Sight = Callable[[User, RenderedFile, dt.date], bool]
_sights: dict[str, Sight] = {}


def provide_sight(file_format: str, sight: Sight) -> None:
    """Have this function say who outside the district may fetch files of a format made by an app above."""
    _sights[file_format] = sight


def get_drafts_to_edit(user: User, *, on: dt.date) -> QuerySet[ImportDraft]:
    """Return the import drafts of the districts whose secretariat the user belongs to."""
    return ImportDraft.objects.filter(district__in=get_districts_to_write(user, on=on))


def get_draft_to_edit(user: User, pk: int, *, on: dt.date) -> ImportDraft:
    """Return the draft, or raise 404: another district's drafts do not exist."""
    drafts = get_drafts_to_edit(user, on=on).select_related("district__city", "plan")
    return get_object_or_404(drafts, pk=pk)


def get_file_to_fetch(user: User, pk: int, *, on: dt.date) -> RenderedFile:
    """Return a finished file of a plan the user may see, or raise 404.

    The district may fetch any; the city that of a plan as it stands, never one of a draft before filing,
    those of filed versions, and that of the version in force also while the district writes anew.
    """
    # What it was made from is long, and whoever is of the district is not asked for it.
    rows = RenderedFile.objects.filter(state=FileState.READY).defer("content", "approval")
    rows = rows.annotate(sha256_in_force=F("plan__in_force__sha256"))
    file = get_object_or_404(rows.select_related("plan__district"), pk=pk)
    if is_of_district(user, file.plan.district, on=on) or _is_in_force(user, file, on=on):
        return file
    if get_plans_to_view(user, on=on).filter(pk=file.plan_id).exists() and _is_seen(user, file, on=on):
        return file
    raise Http404


def _is_in_force(user: User, file: RenderedFile, *, on: dt.date) -> bool:
    """Say whether the file is that of a version in force, and the user of the city that reads it."""
    sha256: str | None = file.sha256_in_force  # type: ignore[attr-defined]  # annotated above
    is_it = file.format == IN_FORCE and sha256 == digest_of_text(file.content)
    return is_it and is_of_city(user, file.plan.district.city_id, on=on)


def _is_seen(user: User, file: RenderedFile, *, on: dt.date) -> bool:
    """Say whether somebody of the city may fetch a file of a plan of theirs, which they see as it stands."""
    if file.format in _sights:
        return _sights[file.format](user, file, on)
    if file.format not in UNMARKED:
        return file.content == _content_now(user, file, on=on)
    versions = get_versions_to_view(user, file.plan.district, on=on)
    return versions.filter(plan=file.plan_id, sha256=digest_of_text(file.content)).exists()


def _content_now(user: User, file: RenderedFile, *, on: dt.date) -> str:
    """Return what the file would be made of today, by what the user may see; 404 for a side they may not."""
    if file.format != COMPARE:
        return plan_document(file.plan).to_json()
    made = Sheet.from_json(file.content)
    choice = get_sides_to_compare(user, file.plan, new=made.new_key, old=made.old_key, on=on)
    return sheet_of(choice.new, choice.old).to_json() if choice.old else ""
