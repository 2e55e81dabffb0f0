"""What stands behind a report: files and links, added and retired while it is open, never deleted."""

from __future__ import annotations

import datetime as dt
import unicodedata
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.validators import URLValidator
from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.history import save_as
from core.uploads import check_upload
from plans.services.items import clean_text
from progress.models import Evidence, ProgressReport
from progress.services.reports import check_open, lock_report

MOST = 40  # pieces behind one report
LINK_LIMIT = 500
CAPTION_LIMIT = 200

_is_address = URLValidator(schemes=["http", "https"])


def add_file(
    pk: int, *, actor: User, file: File[bytes], file_name: str, at: dt.datetime, caption: str = ""
) -> Evidence:
    """Put a file behind a report that is open.

    The same bytes under the same name are there once: whoever sends a file again, because no answer came,
    gets the one that arrived.
    """
    # Before the lock is taken: reading a large file takes longer than others should wait.
    known = check_upload(file, file_name, most=settings.UPLOAD_MAX_BYTES)
    caption = _clean_caption(caption)
    with transaction.atomic():
        report = _lock_open(pk, at=at)
        same = _standing(report).filter(sha256=known.sha256, file_name=known.name).first()
        if same is not None:
            return same
        _check_count(report)
        row = Evidence(report=report, caption=caption, added_by=actor, added_at=at)
        row.keep(file, known)
        try:
            save_as(row, actor, at=at)
        except BaseException:
            row.file.delete(save=False)  # nothing would ever lead to it
            raise
    return row


@transaction.atomic
def add_link(pk: int, *, actor: User, link: str, at: dt.datetime, caption: str = "") -> Evidence:
    """Put a link behind a report that is open."""
    link = _clean_link(link)
    caption = _clean_caption(caption)
    report = _lock_open(pk, at=at)
    same = _standing(report).filter(link=link).first()
    if same is not None:
        return same
    _check_count(report)
    row = Evidence(report=report, link=link, caption=caption, added_by=actor, added_at=at)
    save_as(row, actor, at=at)
    return row


@transaction.atomic
def rename_evidence(pk: int, *, actor: User, caption: str, at: dt.datetime) -> Evidence:
    row = _lock_evidence(pk, at=at)
    row.caption = _clean_caption(caption)
    save_as(row, actor, at=at, update_fields=["caption"])
    return row


@transaction.atomic
def remove_evidence(pk: int, *, actor: User, at: dt.datetime) -> Evidence:
    """Take a piece out of its report. It is kept, and can be brought back while the report is open."""
    row = _lock_evidence(pk, at=at)
    row.removed_at = row.removed_at or at
    save_as(row, actor, at=at, update_fields=["removed_at"])
    return row


@transaction.atomic
def restore_evidence(pk: int, *, actor: User, at: dt.datetime) -> Evidence:
    row = _lock_evidence(pk, at=at)
    if row.removed_at is None:
        return row
    _check_count(row.report)
    row.removed_at = None
    save_as(row, actor, at=at, update_fields=["removed_at"])
    return row


def _lock_open(pk: int, *, at: dt.datetime) -> ProgressReport:
    report = lock_report(pk)
    check_open(report, at=at)
    return report


def _lock_evidence(pk: int, *, at: dt.datetime) -> Evidence:
    """Return a piece as it stands once its report, which is the lock, is held and known to be open."""
    report = _lock_open(Evidence.objects.values_list("report", flat=True).get(pk=pk), at=at)
    row = Evidence.objects.get(pk=pk)
    row.report = report
    return row


def _standing(report: ProgressReport) -> models.QuerySet[Evidence]:
    return Evidence.objects.filter(report=report, removed_at__isnull=True)


def _check_count(report: ProgressReport) -> None:
    if _standing(report).count() >= MOST:
        raise ValidationError(
            _("At most %(most)d files and links stand behind one report. Put several into one PDF."),
            params={"most": MOST},
        )


def _clean_caption(text: str) -> str:
    caption = " ".join(clean_text(text).split())
    if len(caption) > CAPTION_LIMIT:
        raise ValidationError({"caption": _("Write at most %(most)d characters.") % {"most": CAPTION_LIMIT}})
    return caption


def _clean_link(text: str) -> str:
    """Return an address that leads where it seems to: http(s), no name before an @, no hidden marks."""
    link = text.strip()
    if len(link) > LINK_LIMIT:
        raise ValidationError(
            {"link": _("An address has at most %(most)d characters.") % {"most": LINK_LIMIT}}
        )
    is_hidden = any(unicodedata.category(char)[0] in "CZ" for char in link)
    try:
        _is_address(link)
        is_clear = not is_hidden and "@" not in urlsplit(link).netloc
    except (ValidationError, ValueError):
        is_clear = False
    if not is_clear:
        raise ValidationError(
            {"link": _("Give a whole address that begins with https:// or http://, as the browser shows it.")}
        )
    return link
