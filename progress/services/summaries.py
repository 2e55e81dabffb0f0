"""What the secretariat writes of a line's year, in the place of what the units reported last."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.history import save_as
from progress.models import LineSummary, TrackedLine
from progress.models.reports import TEXT_LIMIT
from progress.services.closing import check_not_closed


@transaction.atomic
def save_summary(line_pk: int, *, actor: User, base: str, text: str) -> LineSummary | None:
    """Write what stands for a line's year; the units' own words again where `text` is empty.

    `base` is the text it was made from. Raises ValidationError when somebody changed it meanwhile.
    """
    line = TrackedLine.objects.select_for_update(of=("self",)).select_related("plan").get(pk=line_pk)
    check_not_closed(line.plan)
    text = text.replace("\r\n", "\n").strip()
    if len(text) > TEXT_LIMIT:
        raise ValidationError(_("Write at most %(most)d characters."), params={"most": TEXT_LIMIT})
    row = LineSummary.objects.filter(line=line).first()
    now = row.text if row else ""
    if now not in {base.replace("\r\n", "\n").strip(), text}:
        raise ValidationError(
            _("Somebody else changed this meanwhile. It now reads: %(text)s"),
            params={"text": now},
            code="stale",
        )
    if not text:
        if row:
            row._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001 -- simple-history's documented way
            row.delete()
        return None
    row = row or LineSummary(line=line)
    if row.text != text:
        row.text = text
        save_as(row, actor)
    return row
