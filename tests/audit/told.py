"""What the log was told."""

from __future__ import annotations

from django.test import Client

from accounts.models import User
from core.audit import digest_of
from core.enums import AuditKind
from core.models import AuditEvent
from tests.audit.log_rows import empty_log


def events(*kinds: AuditKind) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(kind__in=kinds).order_by("pk"))


def the(kind: AuditKind) -> AuditEvent:
    (event,) = events(kind)
    assert event.sha256 == digest_of(event)
    return event


def who(event: AuditEvent) -> tuple[int | None, str]:
    return event.actor, event.username


def where(event: AuditEvent) -> tuple[int | None, int | None]:
    return event.city, event.district


def entered(client: Client, user: User) -> Client:
    """Sign somebody in, and forget that the log was told of it."""
    client.force_login(user)
    empty_log()
    return client
