"""One digest a day for each person: on the site as notices, and as a mail."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.notices import notify
from core.roc import roc_date
from review.models import Digest, Mail, MailKind
from review.queries.reminders import Reminder
from review.queries.waiting import Line
from review.services.mail import absolute, body_of, message_id, subject_of


@transaction.atomic
def send_digest(reminder: Reminder, *, at: dt.datetime) -> bool:
    """Write a person's digest of the day; False when it is written already, by whomever.

    A mail of an earlier day that nobody has taken in hand is dropped: its lines stand in this one.
    """
    person, on = reminder.person, reminder.on
    digest, is_new = Digest.objects.get_or_create(
        recipient=person, on=on, defaults={"lines": len(reminder.lines), "made_at": at}
    )
    if not is_new:
        return False
    for line in reminder.fresh:
        notify(
            [person.pk],
            sender=None,
            words=line.words,
            parameters=line.parameters,
            address=line.address,
            at=at,
        )
    unsent = Mail.objects.waiting().filter(recipient=person, kind=MailKind.DIGEST, claimed_at__isnull=True)
    unsent.update(dropped_at=at)
    if person.email:
        digest.mail = _mail(reminder, at=at)
        digest.save(update_fields=["mail"])
    return True


def _mail(reminder: Reminder, *, at: dt.datetime) -> Mail:
    person, on = reminder.person, reminder.on
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "person": person,
            "on": on,
            "lines": [_shown(line, on) for line in reminder.lines],
        }
        return Mail.objects.create(
            recipient=person,
            address=person.email,
            subject=subject_of(_("What waits for you on %(day)s") % {"day": roc_date(on)}),
            body=body_of("digest", context),
            message_id=message_id(f"digest-{person.pk}-{on.isoformat()}"),
            kind=MailKind.DIGEST,
            made_at=at,
            send_after=at,
        )


def _shown(line: Line, on: dt.date) -> dict[str, object]:
    left = (line.counted_from - on).days
    return {
        "sentence": _(line.words) % line.parameters,
        "has_due_date": line.has_due_date,
        "left": left,
        "over": -left,
        "link": absolute(line.address),
    }
