"""What the background worker does: read a draft's source, make a file. Called by `tasks.py` alone."""

from __future__ import annotations

import hashlib
import logging

from django.core.files.base import ContentFile
from django.db.models import F
from django.utils import timezone

from documents.ingest.propose import propose
from documents.ingest.storing import dump
from documents.models import DraftState, FileState, ImportDraft, RenderedFile
from plans.document import PlanDocument

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
        ImportDraft.objects.filter(pk=pk).update(state=DraftState.FAILED, message=type(error).__name__)


def make_file(pk: int) -> None:
    """Render a waiting file and keep its bytes. Only one worker gets it: the claim is one UPDATE."""
    claimed = RenderedFile.objects.filter(pk=pk, state=FileState.WAITING).update(
        state=FileState.RENDERING, started_at=timezone.now(), attempts=F("attempts") + 1
    )
    if not claimed:
        return
    # WeasyPrint takes a second and 60 MB to load, which web processes are spared.
    from documents.render.pdf import RenderError, render_pdf

    file = RenderedFile.objects.select_related("plan").get(pk=pk)
    try:
        data = render_pdf(PlanDocument.from_json(file.content), is_draft=True)
    except RenderError as error:
        logger.exception("file %s could not be made", pk)
        RenderedFile.objects.filter(pk=pk).update(state=FileState.FAILED, message=str(error))
        return
    except Exception as error:  # whatever went wrong, the person must not wait for ever
        logger.exception("file %s could not be made", pk)
        RenderedFile.objects.filter(pk=pk).update(state=FileState.FAILED, message=type(error).__name__)
        return
    file.file.save(f"{file.plan_id}-{file.key[:16]}.pdf", ContentFile(data), save=False)
    RenderedFile.objects.filter(pk=pk).update(
        state=FileState.READY,
        file=file.file.name,
        sha256=hashlib.sha256(data).hexdigest(),
        ready_at=timezone.now(),
        message="",
    )
