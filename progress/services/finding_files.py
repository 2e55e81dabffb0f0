"""Files that come with a finding or with a step in following it, and stay with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext as _

from accounts.models import User
from core.uploads import Upload, check_upload, tidy_name
from progress.models import Finding, FindingEntry, FindingFile

MOST_FILES = 10  # at once

Files = Sequence[File[Any]]
Checked = Sequence[tuple[File[Any], Upload]]


def checked(files: Files) -> Checked:
    """Return what is known of each file, or raise ValidationError for `file` that names each refused one.

    To be done before anything is locked: reading a large file takes longer than others should wait.
    """
    if len(files) > MOST_FILES:
        raise ValidationError(
            {
                "file": _("At most %(most)d files at once, so nothing is sent yet. Put several into one PDF.")
                % {"most": MOST_FILES}
            }
        )
    known, refused = [], []
    for file in files:
        name = file.name or ""
        try:
            known.append((file, check_upload(file, name, most=settings.UPLOAD_MAX_BYTES)))
        except ValidationError as error:
            refused.append(f"{tidy_name(name)}：{' '.join(error.messages)}")
    if refused:
        raise ValidationError({"file": [*refused, _("Nothing is sent yet. Choose the files again.")]})
    return known


def not_kept_yet(kept: Iterable[FindingFile], sent: Checked) -> Checked:
    """Return the files that are not among those kept, by their bytes and names."""
    known = {(row.sha256, row.file_name) for row in kept}
    return [(file, told) for file, told in sent if (told.sha256, told.name) not in known]


def keep_files(
    finding: Finding, entry: FindingEntry | None, files: Checked, *, actor: User, at: dt.datetime
) -> None:
    """Keep the files with a step, or with the finding itself. To be done last in a transaction."""
    kept: list[FindingFile] = []
    try:
        for file, known in files:
            row = FindingFile(finding=finding, entry=entry, added_by=actor, added_at=at)
            row.keep(file, known)
            kept.append(row)
            row.save()
    except BaseException:
        for row in kept:
            row.file.delete(save=False)  # nothing would ever lead to it
        raise
