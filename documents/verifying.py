"""Made files against the digests that were taken of them."""

from __future__ import annotations

from collections.abc import Iterator

from documents.models import FileState, RenderedFile
from plans.queries.verifying import UNREADABLE, Alteration, Tally, file_is_as_written, name_of


def altered_files(tally: Tally) -> Iterator[Alteration]:
    """Yield the made files whose bytes, or whose digest, were altered; count into `tally`.

    A file that is not there is none: drafts are made anew when somebody asks for them.
    """
    ready = RenderedFile.objects.filter(state=FileState.READY)
    for pk, plan in ready.order_by("pk").values_list("pk", "plan_id").iterator():
        try:
            file = ready.defer("content").get(pk=pk)
        except UNREADABLE:
            yield Alteration(name_of(plan), f"the row of file {pk} cannot be read")
            continue
        name = file.file.name or ""
        as_written = file_is_as_written(file.file.storage, name, file.sha256)
        if as_written is None:
            continue
        tally.files += 1
        if not as_written:
            yield Alteration(name_of(plan), f"the file {name} is not what its digest was taken of")
