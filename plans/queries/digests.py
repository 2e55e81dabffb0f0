"""The digests by which a stored version or step shows that it was altered."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from plans.document import canonical
from plans.models import PlanEvent, PlanVersion


def digest_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def seal_of(version: PlanVersion) -> str:
    """Return the digest of all a version says, its content by that content's own digest."""
    return _digest(
        {
            "plan": version.plan_id,
            "number": version.number,
            "kind": version.kind,
            "name": version.name,
            "sha256": version.sha256,
            "previous": version.previous_sha256,
            "made_by": version.made_by_id,
            "made_at": _moment(version.made_at),
        }
    )


def digest_of(event: PlanEvent) -> str:
    """Return the digest of what an event says, the digest of the event before among it.

    It holds the seal of the version it speaks of: whoever writes that version anew, digests and all, would
    have to write every event since anew as well.
    """
    return _digest(
        {
            "plan": event.plan_id,
            "number": event.number,
            "step": event.step,
            "before": event.before,
            "after": event.after,
            "version": event.version_id,
            "seal": event.version.seal if event.version else None,
            "actor": event.actor_id,
            "role": event.role,
            "acting_for": event.acting_for_id,
            "at": _moment(event.at),
            "comment": event.comment,
            "document_number": event.document_number,
            "document_on": event.document_on.isoformat() if event.document_on else None,
            "previous": event.previous_sha256,
        }
    )


def _digest(said: dict[str, Any]) -> str:
    return digest_of_text(canonical(said))


def _moment(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")
