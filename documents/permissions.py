"""Who may import and whose files may be fetched."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import User
from documents.models import FileState, ImportDraft, RenderedFile
from plans.permissions import get_districts_to_write, get_plans_to_view


def get_drafts_to_edit(user: User, *, on: dt.date) -> QuerySet[ImportDraft]:
    """Return the import drafts of the districts whose secretariat the user belongs to."""
    return ImportDraft.objects.filter(district__in=get_districts_to_write(user, on=on))


def get_draft_to_edit(user: User, pk: int, *, on: dt.date) -> ImportDraft:
    """Return the draft, or raise 404: another district's drafts do not exist."""
    drafts = get_drafts_to_edit(user, on=on).select_related("district__city", "plan")
    return get_object_or_404(drafts, pk=pk)


def get_file_to_fetch(user: User, pk: int, *, on: dt.date) -> RenderedFile:
    """Return a finished file of a plan the user may see, or raise 404."""
    files = RenderedFile.objects.filter(plan__in=get_plans_to_view(user, on=on), state=FileState.READY)
    return get_object_or_404(files.select_related("plan__district__city"), pk=pk)
