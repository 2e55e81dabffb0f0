"""The files behind reports, retired ones too, and the filed results of years against their digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from plans.queries.verifying import UNREADABLE, Alteration, Tally, file_is_as_written, name_of
from progress.models import Evidence, YearEnd


def altered_evidence(tally: Tally) -> Iterator[Alteration]:
    """Yield the files behind reports that are missing or not as they came in; count into `tally`."""
    rows = Evidence.objects.exclude(file="")
    for pk, plan in rows.order_by("pk").values_list("pk", "report__period__plan").iterator():
        tally.files += 1
        try:
            evidence = rows.get(pk=pk)
        except UNREADABLE:
            yield Alteration(name_of(plan), f"the row of evidence {pk} cannot be read")
            continue
        name = evidence.file.name or ""
        as_written = file_is_as_written(evidence.file.storage, name, evidence.sha256)
        if as_written is None:
            words = f"the file {evidence.file_name} is missing ({name})"
        elif not as_written:
            words = f"the file {evidence.file_name} is not what its digest was taken of ({name})"
        else:
            continue
        yield Alteration(name_of(plan), f"evidence behind report {evidence.report_id}: {words}")


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
