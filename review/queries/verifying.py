"""Signatures and filings against the digests that were taken of them."""

from __future__ import annotations

from collections.abc import Iterator

from plans.queries.verifying import UNREADABLE, Alteration, file_is_as_written, name_of
from review.models import Filing, Signature, SignatureState
from review.queries.seals import digest_of_filing, seal_of_signature


def altered_reviews() -> Iterator[Alteration]:
    """Yield the decided signatures, their scans and the filings that are not as they were written.

    Those of a time before they were sealed bear no digest and are passed over.
    """
    decided = Signature.objects.exclude(state=SignatureState.WAITING).exclude(seal="")
    keys = decided.order_by("pk").values_list("pk", "round__plan", "position")
    for pk, plan, position in keys.iterator():
        try:
            signature = Signature.objects.select_related("round__sent").get(pk=pk)
            faults = list(_signature_faults(signature))
        except UNREADABLE:
            faults = ["cannot be read"]
        yield from (
            Alteration(name_of(plan), f"signature {pk} at place {position}: {fault}") for fault in faults
        )
    for pk, plan in Filing.objects.order_by("pk").values_list("pk", "event__plan").iterator():
        try:
            filing = Filing.objects.select_related("event").get(pk=pk)
            is_intact = digest_of_filing(filing) == filing.sha256
        except UNREADABLE:
            is_intact = False
        if not is_intact:
            yield Alteration(name_of(plan), f"what was filed (row {pk}) is not what its digest was taken of")


def _signature_faults(signature: Signature) -> Iterator[str]:
    if seal_of_signature(signature) != signature.seal:
        yield "it is not what its seal was taken of"
    name = signature.scan.name or ""
    if name and signature.scan_sha256:
        as_written = file_is_as_written(signature.scan.storage, name, signature.scan_sha256)
        if not as_written:
            yield (
                "its scan is missing"
                if as_written is None
                else "its scan is not what its digest was taken of"
            )
