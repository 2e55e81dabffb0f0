"""Notices on the site: what a person should know, with the address it leads to.

Words are message ids, marked with gettext_noop where they are written, and shown in the reader's language.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db import transaction
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import Notice, User

Parameters = Mapping[str, str | int]


@transaction.atomic
def notify(
    recipients: Iterable[int],
    *,
    sender: User | None,
    words: str,
    parameters: Parameters,
    address: str,
    at: dt.datetime,
) -> int:
    """Tell people, given by their keys, something; return how many were told.

    The sender is never told. Who has not read an equal notice yet gets that one renewed, not a second. Who
    tells several things in one transaction goes by their addresses: two that meet wait for each other once.
    """
    if not is_local(address):
        message = f"a notice leads to a page of this site, not to {address}"
        raise ValueError(message)
    words % parameters  # a forgotten parameter must fail here, not on every page that shows the notice
    told = set(recipients) - ({sender.pk} if sender else set())
    equal = [
        notice.pk
        for notice in Notice.objects.unread().filter(recipient__in=told, words=words, address=address)
        if notice.parameters == dict(parameters)
    ]
    # Held: what somebody reads or settles at this moment is told anew.
    held = Notice.objects.unread().select_for_update(of=("self",)).filter(pk__in=equal).order_by("pk")
    known = {notice.recipient_id: notice.pk for notice in held} if equal else {}
    Notice.objects.filter(pk__in=known.values()).update(sent_at=at, sender=sender)
    Notice.objects.bulk_create(
        Notice(
            recipient_id=key,
            sender=sender,
            words=words,
            parameters=dict(parameters),
            address=address,
            sent_at=at,
        )
        for key in sorted(told - known.keys())
    )
    return len(told)


def read_notice(pk: int, *, at: dt.datetime) -> None:
    """Mark a notice as read; the moment it was read first stays."""
    Notice.objects.unread().filter(pk=pk).update(read_at=at)


def read_notices(reader: User, *, until: dt.datetime, at: dt.datetime) -> int:
    """Mark a person's notices as read, but none sent after `until`: those they have not seen."""
    return Notice.objects.unread().filter(recipient=reader, sent_at__lte=until).update(read_at=at)


@transaction.atomic
def settle_notices(words_at: Mapping[str, Collection[str]], *, at: dt.datetime) -> int:
    """Mark as read, for everybody, notices of what is done by now: these message ids, by their address.

    One that somebody reads, settles or sends anew at this moment is left to them: nobody waits here.
    """
    addresses: dict[frozenset[str], list[str]] = defaultdict(list)
    for address, words in words_at.items():
        addresses[frozenset(words)].append(address)
    settled = 0
    for words, places in addresses.items():
        rows = Notice.objects.unread().filter(address__in=places, words__in=words)
        keys = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
        settled += Notice.objects.filter(pk__in=keys).update(read_at=at) if keys else 0
    return settled


def is_local(address: str) -> bool:
    """Say whether an address is a path on this site, so that following it leads nowhere else."""
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
