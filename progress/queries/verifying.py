"""Files behind reports, retired ones too, files of findings, and filed results of years, by their digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.db.models import Manager

from plans.queries.verifying import UNREADABLE, Alteration, Tally, file_is_as_written, name_of
from progress.models import Evidence, FindingFile, KeptFile, YearEnd


def altered_evidence(tally: Tally) -> Iterator[Alteration]:
    """Yield the files behind reports that are missing or not as they came in; count into `tally`."""
    rows = Evidence.objects.exclude(file="").values_list("pk", "report__period__plan", "report")
    for pk, plan, report in rows.order_by("pk").iterator():
        tally.files += 1
        if words := _trouble_with(Evidence.objects, pk):
            yield Alteration(name_of(plan), f"evidence {pk} behind report {report}: {words}")


def altered_finding_files(tally: Tally) -> Iterator[Alteration]:
    """Yield the files of findings, as above."""
    rows = FindingFile.objects.values_list("pk", "finding__plan", "finding")
    for pk, plan, finding in rows.order_by("pk").iterator():
        tally.files += 1
        if words := _trouble_with(FindingFile.objects, pk):
            yield Alteration(name_of(plan), f"file {pk} of finding {finding}: {words}")


def _trouble_with(rows: Manager[Evidence] | Manager[FindingFile], pk: int) -> str:
    """Return what is wrong with the file of a row, "" where nothing is."""
    try:
        kept: KeptFile = rows.get(pk=pk)
    except UNREADABLE:
        return "its row cannot be read"
    name = kept.file.name or ""
    as_written = file_is_as_written(kept.file.storage, name, kept.sha256)
    if as_written is None:
        return f"the file {kept.file_name} is missing ({name})"
    return "" if as_written else f"the file {kept.file_name} is not what its digest was taken of ({name})"


def altered_year_ends() -> Iterator[Alteration]:
    """Yield the filed results of years that are not what their digest was taken of."""
    for pk, plan in YearEnd.objects.order_by("pk").values_list("pk", "plan").iterator():
        try:
            row = YearEnd.objects.get(pk=pk)
            is_intact = hashlib.sha256(row.content.encode()).hexdigest() == row.sha256
        except UNREADABLE:
            is_intact = False
        if not is_intact:
            yield Alteration(
                name_of(plan), f"the results filed (row {pk}) are not what their digest was taken of"
            )
