"""What the background worker does: read a draft's source, make a file. Called by `tasks.py` alone."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from itertools import chain

from django.core.files.base import ContentFile
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from documents.approvals import Approval
from documents.ingest.propose import propose
from documents.ingest.storing import dump
from documents.kinds import kind_of
from documents.models import (
    COMPARE,
    PACKAGE,
    RESPONSES,
    UNMARKED,
    YEAR_END,
    DraftState,
    FileState,
    ImportDraft,
    RenderedFile,
)
from documents.packages import Package
from documents.responses import ResponseSheet
from plans.contrast import Sheet
from plans.document import Enclosure, PlanDocument
from plans.models import Attachment
from progress.yearend import YearEndSheet

logger = logging.getLogger(__name__)


def read_source(pk: int) -> None:
    """Read a draft's source into a proposal. A draft that is no longer waiting is left alone."""
    draft = ImportDraft.objects.filter(pk=pk, state=DraftState.READING).select_related("district").first()
    if draft is None:
        return
    known = [name for unit in draft.district.units.all() for name in unit.names]
    try:
        proposal = propose(draft.source.split("\n"), units=known)
        ImportDraft.objects.filter(pk=pk, state=DraftState.READING).update(
            state=DraftState.READY, proposal=dump(proposal), updated_at=timezone.now()
        )
    except Exception as error:  # whatever went wrong, the person must not wait for ever
        logger.exception("import draft %s could not be read", pk)
        # Only while it waits: another worker may have read it meanwhile, and a person corrected it.
        ImportDraft.objects.filter(pk=pk, state=DraftState.READING).update(
            state=DraftState.FAILED, message=type(error).__name__
        )


LONGEST_PLACE = 60  # characters of a line that is quoted


class Unprintable(Exception):  # noqa: N818 -- named for what it says
    """The renderer refuses the plan, in words for the person who asked."""


def make_file(pk: int) -> None:
    """Render a waiting file and keep its bytes. Only one worker gets it: the claim is one UPDATE.

    A worker that was taken for dead, but was only slow, finds its claim gone and leaves everything alone.
    """
    claimed_at = timezone.now()
    claimed = RenderedFile.objects.filter(pk=pk, state=FileState.WAITING).update(
        state=FileState.RENDERING, started_at=claimed_at, attempts=F("attempts") + 1
    )
    if not claimed:
        return
    claim = RenderedFile.objects.filter(pk=pk, state=FileState.RENDERING, started_at=claimed_at)
    try:
        file = claim.get()
        data = _render(file)
        if not claim.exists():
            return
        name = _keep(file, data)
    except Exception as error:  # whatever went wrong, the person must not wait for ever
        logger.exception("file %s could not be made", pk)
        message = str(error) if isinstance(error, Unprintable) else type(error).__name__
        claim.update(state=FileState.FAILED, message=message)
        return
    claim.update(
        state=FileState.READY,
        file=name,
        sha256=hashlib.sha256(data).hexdigest(),
        ready_at=timezone.now(),
        message="",
    )


def _render(file: RenderedFile) -> bytes:
    # WeasyPrint takes a second and 60 MB to load, which web processes are spared.
    from documents.render.compare_pdf import render_comparison
    from documents.render.package import render_package
    from documents.render.pdf import MissingGlyphsError, RenderError, render_pdf
    from documents.render.response_pdf import render_responses
    from documents.render.year_end_pdf import render_year_end

    documents: tuple[PlanDocument, ...] = ()
    kind = kind_of(file.format)
    try:
        if kind is not None:
            return kind.render(file.content)
        if file.format == COMPARE:
            sheet = Sheet.from_json(file.content)
            documents = (sheet.new, sheet.old)
            return render_comparison(sheet)
        if file.format == YEAR_END:
            year_end = YearEndSheet.from_json(file.content)
            documents = (year_end.plan,)
            return render_year_end(year_end)
        if file.format == RESPONSES:
            return render_responses(ResponseSheet.from_json(file.content))
        approval = Approval.from_json(file.approval)
        if file.format == PACKAGE:
            package = Package.from_json(file.content)
            documents = (package.plan,)
            return render_package(package, approval, lambda enclosure: _enclosed(file.plan_id, enclosure))
        documents = (PlanDocument.from_json(file.content),)
        return render_pdf(documents[0], is_draft=file.format not in UNMARKED, approval=approval)
    except MissingGlyphsError as error:
        raise Unprintable(_missing_words(documents, error.characters)) from error
    except RenderError as error:
        raise Unprintable(str(error)) from error


def _enclosed(plan: int, enclosure: Enclosure) -> bytes:
    """Return the bytes of an attachment, which must be those the version names by their digest."""
    for row in Attachment.objects.filter(plan=plan, sha256=enclosure.sha256).order_by("pk"):
        try:
            with row.file.open("rb") as stored:
                data: bytes = stored.read()
        except OSError:
            continue
        if hashlib.sha256(data).hexdigest() == enclosure.sha256:
            return data
    raise Unprintable(
        _("The attachment “%(title)s” is missing, or is no longer the file that was attached.")
        % {"title": enclosure.title}
    )


def _keep(file: RenderedFile, data: bytes) -> str:
    """Store the bytes and return their name, which is always the same for one key.

    What a worker left there that died before its row was written is replaced: no file is without a row.
    """
    field, storage = file.file.field, file.file.storage
    name = field.generate_filename(file, f"{file.plan_id}-{file.key[:16]}.{file.ending}")
    storage.delete(name)
    return storage.save(name, ContentFile(data))


def _missing_words(documents: Iterable[PlanDocument], characters: set[str]) -> str:
    """Say which characters cannot be printed, and where the first of them stands."""
    named = "、".join(f"{char} (U+{ord(char):04X})" for char in sorted(characters))
    for node in chain.from_iterable(document.walk() for document in documents):
        words = f"{node.number}{node.title}{node.text}"
        if characters & set(words):
            line = words if len(words) <= LONGEST_PLACE else f"{words[:LONGEST_PLACE]}…"
            return _(
                "The document font has no sign for %(characters)s. Put others in their place; the first "
                "stands in: %(line)s"
            ) % {"characters": named, "line": line}
    return _("The document font has no sign for %(characters)s. Put others in their place.") % {
        "characters": named
    }
