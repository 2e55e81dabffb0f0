"""Mails: written as rows beside the change they tell of, sent later by the worker.

A page never waits for a mail server. A server that is away is asked again and no mail is taken in hand
meanwhile, so nothing is lost by it.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import smtplib
from collections.abc import Collection, Mapping
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts.models import User
from plans.models import PlanEvent
from plans.services.steps import Letter
from review.models import Mail, MailKind, MailQuerySet

logger = logging.getLogger(__name__)

SUBJECT_LIMIT = 200
BATCH = 50  # mails over one connection
FIRST_WAIT = dt.timedelta(minutes=1)  # before the second attempt; doubled each time, up to an hour
LONGEST_WAIT = dt.timedelta(hours=1)
MOST_ATTEMPTS = 60  # at decisions, some two days; then the address is wrong rather than the server ill
ERROR_SHOWN = 500


def write_decision(
    event: PlanEvent,
    recipients: Collection[int],
    *,
    words: str,
    parameters: Mapping[str, str | int],
    address: str,
) -> int:
    """Write a mail about a step to each of the people, given by their keys; return how many have one.

    To be called in the transaction of the step; a second call for the same step writes nothing. `words` and
    `parameters` are those of the notice on the site, `address` the path of the page.
    """
    letter = Letter(event.document_number, event.document_on)
    return write_mails(
        recipients,
        sender=event.actor,
        name=f"step-{event.sha256[:32]}",
        words=words,
        parameters=parameters,
        address=address,
        comment=event.comment,
        letter=letter,
        at=event.at,
    )


def write_mails(
    recipients: Collection[int],
    *,
    sender: User,
    name: str,
    words: str,
    parameters: Mapping[str, str | int],
    address: str,
    at: dt.datetime,
    comment: str = "",
    letter: Letter | None = None,
) -> int:
    """Write a mail about a decision to each of the people; return how many have one.

    Mails are told apart by `name`: one of a name goes to each person, however often it is written.
    The sender gets none, nor who has no mail address.
    """
    people = User.objects.filter(pk__in=set(recipients) - {sender.pk}, is_active=True).exclude(email="")
    mails = []
    with translation.override(settings.LANGUAGE_CODE):
        sentence = gettext(words) % parameters
        for person in people.order_by("pk"):
            context = {"person": person, "sentence": sentence, "comment": comment, "letter": letter}
            mails.append(
                Mail(
                    recipient=person,
                    address=person.email,
                    subject=subject_of(sentence),
                    body=body_of("decision", context | {"link": absolute(address)}),
                    message_id=message_id(f"{name}-{person.pk}"),
                    kind=MailKind.DECISION,
                    made_at=at,
                    send_after=at,
                )
            )
    return len(Mail.objects.bulk_create(mails, ignore_conflicts=True))


def absolute(path: str) -> str:
    """Return the address of a page as somebody outside the site needs it."""
    return f"{settings.SITE_URL}{path}"


def subject_of(sentence: str) -> str:
    """Return the sentence as a subject: on one line, as a header must be, and not too long."""
    line = " ".join(sentence.split())
    return line if len(line) <= SUBJECT_LIMIT else f"{line[: SUBJECT_LIMIT - 1]}…"


def body_of(template: str, context: Mapping[str, object]) -> str:
    """Return a mail's text; where parts of it are left out, no gap of blank lines stays."""
    text = render_to_string(f"review/mail/{template}.txt", dict(context))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def message_id(name: str) -> str:
    """Return the Message-ID of a mail of that name: the same however often it is written."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{name}@{domain or urlsplit(settings.SITE_URL).hostname or 'localhost'}>"


def send_waiting(now: dt.datetime) -> int | None:
    """Send what is due, at most a batch; return how many were sent, or None when the server is not there.

    Several workers may do this at once: each mail is claimed by one UPDATE before it is sent.
    """
    if not Mail.objects.due(now).exists():
        return 0
    connection = get_connection()
    try:
        # Before anything is claimed: a server that is away must cost no digest its only attempt.
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("the mail server is not there: %s", error)
        return None
    try:
        return _send_batch(connection, now)
    finally:
        try:
            connection.close()
        except (OSError, smtplib.SMTPException) as error:
            logger.info("the mail server did not say goodbye: %s", error)


def _is_lost(error: Exception) -> bool:
    """Say whether the connection broke, or the server refused this mail and will take others."""
    is_answer = isinstance(error, smtplib.SMTPException)  # also an OSError
    return isinstance(error, OSError) and (not is_answer or isinstance(error, smtplib.SMTPServerDisconnected))


def _send_batch(connection: BaseEmailBackend, now: dt.datetime) -> int | None:
    sent = 0
    for pk in list(Mail.objects.due(now).order_by("send_after", "pk").values_list("pk", flat=True)[:BATCH]):
        mail = _claim(pk, now)
        if mail is None:
            continue
        try:
            _send(connection, mail)
        except Exception as error:  # one mail that cannot be sent must not stop the others
            logger.warning("mail %s could not be sent: %s", mail.pk, error)
            _note_failure(mail, error, now)
            if _is_lost(error):
                return None
        else:
            sent += _held(mail).update(sent_at=timezone.now(), last_error="")
    return sent


def _claim(pk: int, now: dt.datetime) -> Mail | None:
    """Take a mail in hand, or return None when another worker has it."""
    claimed_at = max(timezone.now(), now)
    if not Mail.objects.due(now).filter(pk=pk).update(claimed_at=claimed_at, attempts=F("attempts") + 1):
        return None
    return Mail.objects.get(pk=pk)


def _held(mail: Mail) -> MailQuerySet:
    """Return the row as long as the claim is ours: who was only slow must not write over another's result."""
    return Mail.objects.filter(pk=mail.pk, claimed_at=mail.claimed_at)


def _send(connection: BaseEmailBackend, mail: Mail) -> None:
    message = EmailMessage(
        mail.subject,
        mail.body,
        to=[mail.address],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
        connection=connection,
    )
    message.send()


def _note_failure(mail: Mail, error: Exception, now: dt.datetime) -> None:
    """Put a decision off to be tried again; a digest that was begun is over, its lines come with the next."""
    words = f"{type(error).__name__}: {error}"[:ERROR_SHOWN]
    if mail.kind == MailKind.DIGEST or mail.attempts >= MOST_ATTEMPTS:
        _held(mail).update(dropped_at=now, last_error=words)
        return
    wait = min(FIRST_WAIT * 2 ** min(mail.attempts - 1, 10), LONGEST_WAIT)
    _held(mail).update(claimed_at=None, send_after=now + wait, last_error=words)
