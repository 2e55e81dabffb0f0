"""The audit log: what people did and tried to do, written once, and the seals that show whether it stayed so.

Places and rows are named by plain keys, for this app knows no other. What is told of them is kept beside
the keys as it was called then: the log outlives what it tells of.
"""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.enums import AuditKind
from core.text import fold

MOST_WORDS = 8  # of a search; what comes after them is left out


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def matching(self, words: str) -> Self:
        """Keep events that hold every word, whatever its width, case or variant (臺/台)."""
        found = self
        for word in words.split()[:MOST_WORDS]:
            found = found.filter(search_text__contains=fold(word))
        return found


class AuditEvent(models.Model):
    """Something that happened: who, when, from where, what, concerning what, in which city and district.

    Of somebody who is not signed in, `username` is the name that was typed. The database refuses to change or
    delete a row.
    """

    kind = models.CharField(_("kind"), max_length=20, choices=AuditKind)
    at = models.DateTimeField(_("at"))
    actor = models.BigIntegerField(_("key of the person"), null=True, blank=True)
    username = models.CharField(_("user name"), max_length=150, blank=True)
    name = models.CharField(_("full name"), max_length=150, blank=True)
    city = models.BigIntegerField(_("key of the city"), null=True, blank=True)
    district = models.BigIntegerField(_("key of the district"), null=True, blank=True)
    subject = models.CharField(_("kind of row"), max_length=60, blank=True)  # a model's label: plans.plan
    key = models.BigIntegerField(_("key of the row"), null=True, blank=True)
    label = models.CharField(_("concerns"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    client = models.CharField(_("from address"), max_length=45, blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)
    search_text = models.TextField(_("words to search by"), blank=True)
    sha256 = models.CharField(_("digest"), max_length=64)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ["-at", "-pk"]
        # Each list is of one city, the newest first; narrowed by one of these it is read off an index.
        indexes = [
            models.Index(fields=["city", "at", "id"], name="audit_by_city"),
            models.Index(fields=["city", "kind", "at", "id"], name="audit_by_kind"),
            models.Index(fields=["city", "district", "at", "id"], name="audit_by_district"),
            models.Index(fields=["city", "username", "at", "id"], name="audit_by_person"),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.get_kind_display(), self.name or self.username, self.label]))


class AuditSeal(models.Model):
    """A digest over a run of events, `first` to `last` by key, and over the seal before.

    Events are written side by side by many; so they are chained afterwards, by the worker, and not while they
    are written, where each would wait for the transaction of the one before.
    """

    number = models.PositiveIntegerField(_("number"), unique=True)
    first = models.BigIntegerField(_("first event"))
    last = models.BigIntegerField(_("last event"))
    count = models.PositiveIntegerField(_("number of events"))
    made_at = models.DateTimeField(_("made"))
    previous_sha256 = models.CharField(_("digest of the seal before"), max_length=64, blank=True)
    sha256 = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("seal of the audit log")
        verbose_name_plural = _("seals of the audit log")
        ordering = ["-number"]

    def __str__(self) -> str:
        return str(self.number)
