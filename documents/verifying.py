"""Made files against the digests that were taken of them."""

from __future__ import annotations

from collections.abc import Iterator

from documents.models import IN_FORCE, UNMARKED, FileState, RenderedFile
from plans.models import PlanVersion
from plans.queries.digests import digest_of_text
from plans.queries.verifying import UNREADABLE, Alteration, Tally, file_is_as_written, name_of


def altered_files(tally: Tally) -> Iterator[Alteration]:
    """Yield the made files whose bytes, or whose digest, were altered; count into `tally`.

    Files of versions in force are kept for ever, so one that is gone is an alteration too; drafts are made
    anew when somebody asks for them.
    """
    ready = RenderedFile.objects.filter(state=FileState.READY)
    for pk, plan in ready.order_by("pk").values_list("pk", "plan_id").iterator():
        try:
            file = ready.get(pk=pk)
        except UNREADABLE:
            yield Alteration(name_of(plan), f"the row of file {pk} cannot be read")
            continue
        name = file.file.name or ""
        as_written = file_is_as_written(file.file.storage, name, file.sha256)
        if file.format in UNMARKED and not _is_of_a_version(file):
            yield Alteration(name_of(plan), f"the file {name} is said to be made from what no version holds")
        if as_written is None:
            if file.format == IN_FORCE:
                yield Alteration(name_of(plan), f"the file {name} of a version in force is missing")
            continue
        tally.files += 1
        if not as_written:
            yield Alteration(name_of(plan), f"the file {name} is not what its digest was taken of")


def _is_of_a_version(file: RenderedFile) -> bool:
    versions = PlanVersion.objects.filter(plan=file.plan_id, sha256=digest_of_text(file.content))
    return versions.exists()
