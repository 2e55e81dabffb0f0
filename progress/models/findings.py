"""Findings of unannounced checks (平時查核), followed until they are released."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Unit, User
from plans.models import Plan
from progress.models.files import KeptFile
from progress.models.tracked import TrackedLine


class FindingState(models.TextChoices):
    FOLLOWED = "followed", _("Followed (持續列管)")
    RELEASED = "released", _("Released (解除列管)")


class FindingOrigin(models.TextChoices):
    """Whose check it was: they alone keep following it or release it."""

    DISTRICT = "district", _("The district's secretariat")
    CITY = "city", _("The city")


class FindingQuerySet(models.QuerySet["Finding"]):
    def followed(self) -> Self:
        return self.filter(state=FindingState.FOLLOWED)

    def overdue(self, on: dt.date) -> Self:
        """Keep findings whose day has passed while the unit still has to do something about them.

        One that is answered waits for whose check it was, and nobody is late with it.
        """
        is_with_unit = Q(last_step__isnull=True) | ~Q(last_step=FindingStep.ANSWER)
        return self.followed().with_last_step().filter(is_with_unit, due_on__lt=on)

    def answered(self) -> Self:
        """Keep findings that are still followed and whose unit had the last word."""
        return self.followed().with_last_step().filter(last_step=FindingStep.ANSWER)

    def with_last_step(self) -> Self:
        """Annotate `last_step`, None where nothing was done about a finding yet."""
        entries = FindingEntry.objects.filter(finding=models.OuterRef("pk")).order_by("-pk")
        return self.annotate(last_step=models.Subquery(entries.values("step")[:1]))


class Finding(models.Model):
    """What a check found at a unit, what is to be done about it, and by when."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="findings", verbose_name=_("plan"))
    line = models.ForeignKey(
        TrackedLine, models.PROTECT, null=True, blank=True, related_name="findings", verbose_name=_("line")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="findings", verbose_name=_("unit"))
    origin = models.CharField(_("found by"), max_length=10, choices=FindingOrigin)
    checked_on = models.DateField(_("checked on"))
    text = models.TextField(_("finding"))
    measure = models.TextField(_("what is to be done"))
    due_on = models.DateField(_("to be done by"))
    state = models.CharField(_("state"), max_length=10, choices=FindingState, default=FindingState.FOLLOWED)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("entered by"))
    made_at = models.DateTimeField(_("entered"))

    last_step: str | None  # set by with_last_step()

    objects = FindingQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("finding of a check")
        verbose_name_plural = _("findings of checks")
        ordering = ["plan", "state", "due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on__gte=models.F("checked_on")), name="finding_is_due_after_its_check"
            )
        ]

    def __str__(self) -> str:
        return self.text[:40]

    def get_absolute_url(self) -> str:
        return reverse("progress:finding-detail", args=[self.pk])


class FindingStep(models.TextChoices):
    ANSWER = "answer", _("Answer of the unit")
    FOLLOW = "follow", _("Still followed (持續列管)")
    RELEASE = "release", _("Released (解除列管)")
    REOPEN = "reopen", _("Followed again")


class FindingEntry(models.Model):
    """One step in following a finding: what the unit answered, what was decided upon it."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="entries", verbose_name=_("finding"))
    step = models.CharField(_("step"), max_length=10, choices=FindingStep)
    text = models.TextField(_("text"))
    due_on = models.DateField(_("to be done by"), null=True, blank=True)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("author"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("step of a finding")
        verbose_name_plural = _("steps of findings")
        ordering = ["finding", "pk"]

    def __str__(self) -> str:
        return f"{self.finding} {self.get_step_display()}"


class FindingFile(KeptFile):
    """A file with a finding (a photo of what was found) or with a step, such as what proves an answer.

    Like the step it belongs to it stays.
    """

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="files", verbose_name=_("finding"))
    entry = models.ForeignKey(
        FindingEntry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="files",
        verbose_name=_("step of a finding"),
    )
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("file of a finding")
        verbose_name_plural = _("files of findings")
        ordering = ["finding", "pk"]

    def __str__(self) -> str:
        return self.file_name
