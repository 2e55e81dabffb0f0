"""Writing the audit log. Every app tells it by `record`, in the transaction of what is told.

A refusal is told after its transaction has been rolled back, by whoever catches it. Nobody changes an event:
there is no function for it, and the database refuses it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise

from core.enums import AuditKind
from core.models import AuditEvent
from core.text import fold

TEXT_LIMIT = 500  # characters of one value among the details
SECRETS = ("password", "token", "secret", "session", "cookie")
# Details that hold a code of ours; a search finds them by the words the code stands for.
CODES = frozenset({"step", "what", "how", "reason", "change", "role"})

_client: ContextVar[str] = ContextVar("client", default="")


@dataclass(frozen=True)
class Place:
    """Whose event it is, by keys: a city's as a whole, one of its districts', or nobody's."""

    city: int | None = None
    district: int | None = None


NOWHERE = Place()


@dataclass(frozen=True)
class Subject:
    """What an event concerns: a model's label (`plans.plan`) and a key, its name then, and where it is."""

    model: str = ""
    key: int | None = None
    label: str = ""
    address: str = ""


@contextmanager
def coming_from(address: str) -> Iterator[None]:
    """Name the address of the computer that asked for whatever is done meanwhile."""
    token = _client.set(address)
    try:
        yield
    finally:
        _client.reset(token)


def record(
    kind: AuditKind,
    *,
    actor: AbstractBaseUser | None,
    places: Iterable[Place] = (NOWHERE,),
    subject: Subject | None = None,
    details: Mapping[str, Any] | None = None,
    typed: str = "",
    at: dt.datetime | None = None,
) -> None:
    """Write an event; one for each city of `places`, so that the auditor of each finds it.

    `typed` names somebody who is not signed in. Raises ValueError for a detail that is named like a secret.
    """
    subject = subject or Subject()
    event = {
        "kind": kind,
        "at": at or timezone.now(),
        "actor": actor.pk if actor else None,
        "username": clean(actor.get_username() if actor else typed, 150),
        "name": clean(str(actor) if actor else "", 150),
        "subject": subject.model,
        "key": subject.key,
        "label": clean(subject.label, 200),
        "address": clean(subject.address, 300),
        "client": _client.get(),
        "details": plain(details or {}),
    }
    for place in merged(places):
        row = AuditEvent(**event, city=place.city, district=place.district)
        row.search_text = words_of(row)
        row.sha256 = digest_of(row)
        row.save(force_insert=True)


def merged(places: Iterable[Place]) -> list[Place]:
    """Return one place for each city: its district where they name one alone, else the city as a whole."""
    by_city: dict[int | None, set[int | None]] = {}
    for place in places:
        by_city.setdefault(place.city, set()).add(place.district)
    known = {city: districts for city, districts in by_city.items() if city is not None}
    return [
        Place(city, next(iter(districts)) if len(districts) == 1 else None)
        for city, districts in sorted(known.items())
    ] or [NOWHERE]


def digest_of(event: AuditEvent) -> str:
    """Return the digest of everything an event says."""
    said = {
        "kind": event.kind,
        "at": event.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "actor": event.actor,
        "username": event.username,
        "name": event.name,
        "city": event.city,
        "district": event.district,
        "subject": event.subject,
        "key": event.key,
        "label": event.label,
        "address": event.address,
        "client": event.client,
        "details": event.details,
        "search_text": event.search_text,
    }
    return sha256_of(said)


def sha256_of(said: Mapping[str, Any]) -> str:
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def words_of(event: AuditEvent) -> str:
    """Return the folded text an event is searched by; a code of ours stands in it as `step=approve`."""
    said = (event.username, event.name, event.label, event.address, event.client, *_spoken(event.details))
    return "|".join(dict.fromkeys(fold(part) for part in said if part))


def _spoken(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _spoken(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _spoken(inner, name)
    elif isinstance(value, str):
        yield f"{name}={value}" if name in CODES else value


def plain(value: Any) -> Any:
    """Return a value as both databases keep it unchanged in JSON: text, whole numbers, lists, objects."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        for name in value:
            if any(secret in name.casefold() for secret in SECRETS):
                message = f"{name} is no detail for the audit log"
                raise ValueError(message)
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str | Promise | Decimal | models.Model):
        return clean(str(value), TEXT_LIMIT)
    if isinstance(value, Iterable):
        return [plain(inner) for inner in value]
    return clean(str(value), TEXT_LIMIT)


def clean(text: str, limit: int) -> str:
    """Return text that any column takes: no NUL, no half of a character pair, no more than `limit`."""
    return text.replace("\x00", "").encode(errors="replace").decode()[:limit]
