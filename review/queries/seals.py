"""The digests by which a decided signature, or what was kept of a filing, shows that it was altered."""

from __future__ import annotations

import datetime as dt

from plans.document import canonical
from plans.queries.digests import digest_of_text
from review.models import Filing, Signature


def seal_of_signature(signature: Signature) -> str:
    """Return the digest of all a decided signature says, with that of the sending it answers."""
    decided_at = signature.decided_at.astimezone(dt.UTC).isoformat() if signature.decided_at else None
    return digest_of_text(
        canonical(
            {
                "sent": signature.round.sent.sha256,
                "position": signature.position,
                "label": signature.label,
                "role": signature.role,
                "unit": signature.unit_id,
                "is_required": signature.is_required,
                "state": signature.state,
                "person": signature.person_id,
                "name": signature.name,
                "title": signature.title,
                "acting_for": signature.acting_for,
                "decided_at": decided_at,
                "note": signature.note,
                "document_number": signature.document_number,
                "document_on": signature.document_on.isoformat() if signature.document_on else None,
                "text": signature.text_sha256,
                "scan": signature.scan.name or "",
                "scan_name": signature.scan_name,
                "scan_sha256": signature.scan_sha256,
            }
        )
    )


def digest_of_filing(filing: Filing) -> str:
    return digest_of_text(
        canonical({"event": filing.event.sha256, "checks": filing.checks, "responses": filing.responses})
    )
