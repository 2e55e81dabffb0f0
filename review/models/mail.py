"""Mails as rows: written with the change they tell of, sent by the worker when a mail server takes them."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User

# Longer than a server that answers at the last moment can take for one mail (settings.EMAIL_TIMEOUT).
CLAIM_LASTS = dt.timedelta(minutes=15)


class MailKind(models.TextChoices):
    """A decision goes at least once, under one Message-ID; a digest at most once."""

    DECISION = "decision", pgettext_lazy("kind of mail", "Decision")
    DIGEST = "digest", pgettext_lazy("kind of mail", "Digest")


class MailQuerySet(models.QuerySet["Mail"]):
    def waiting(self) -> Self:
        """Keep mails that may still be sent, now or later."""
        return self.filter(sent_at__isnull=True, dropped_at__isnull=True)

    def due(self, now: dt.datetime) -> Self:
        """Keep mails to be sent now that no worker has in hand.

        A decision that a dead worker left comes back; a digest once taken in hand never does.
        """
        free = Q(claimed_at__isnull=True) | Q(kind=MailKind.DECISION, claimed_at__lt=now - CLAIM_LASTS)
        return self.waiting().filter(free, send_after__lte=now)


class Mail(models.Model):
    """One mail to one person. The address is that of the moment it was written."""

    recipient = models.ForeignKey(User, models.CASCADE, related_name="mails", verbose_name=_("recipient"))
    address = models.EmailField(_("mail address"))
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    message_id = models.CharField(_("Message-ID"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=MailKind)
    made_at = models.DateTimeField(_("written"))
    send_after = models.DateTimeField(_("not before"))
    claimed_at = models.DateTimeField(pgettext_lazy("mail", "taken in hand"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    dropped_at = models.DateTimeField(_("given up"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last error"), blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-made_at", "-pk"]
        indexes = [
            models.Index(
                fields=["send_after"],
                condition=Q(sent_at__isnull=True, dropped_at__isnull=True),
                name="mails_waiting",
            )
        ]

    def __str__(self) -> str:
        return self.subject


class Digest(models.Model):
    """What a person was reminded of on a day. Without a mail address there is no mail, only notices."""

    recipient = models.ForeignKey(User, models.CASCADE, related_name="digests", verbose_name=_("recipient"))
    on = models.DateField(_("day"))
    lines = models.PositiveSmallIntegerField(pgettext_lazy("kind of mail", "lines"))
    mail = models.OneToOneField(
        Mail, models.SET_NULL, null=True, blank=True, related_name="digest", verbose_name=_("mail")
    )
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = pgettext_lazy("kind of mail", "digest")
        verbose_name_plural = pgettext_lazy("kind of mail", "digests")
        ordering = ["-on", "recipient"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "on"], name="one_digest_a_day_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.recipient} {self.on}"
