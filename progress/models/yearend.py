"""The year's results: what the secretariat wrote of a line, and what was filed with the city."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from accounts.models import User
from plans.models import Plan
from progress.models.tracked import TrackedLine


class LineSummary(models.Model):
    """What the secretariat wrote of a line's year in the place of what the units' last reports say."""

    line = models.OneToOneField(TrackedLine, models.PROTECT, related_name="summary", verbose_name=_("line"))
    text = models.TextField(_("results of the year"))
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("results of a line")
        verbose_name_plural = _("results of lines")
        ordering = ["line"]

    def __str__(self) -> str:
        return str(self.line)


class YearEndState(models.TextChoices):
    FILED = "filed", _("Filed with the city")
    RETURNED = "returned", pgettext_lazy("year end", "Returned")
    RECEIVED = "received", _("Received by the city")


class YearEnd(models.Model):
    """The results of a plan's year as they were filed. `content`, of progress/yearend.py, never changes."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="year_ends", verbose_name=_("plan"))
    number = models.PositiveSmallIntegerField(_("number"))
    content = models.TextField(_("content"))
    sha256 = models.CharField(_("digest"), max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=YearEndState, default=YearEndState.FILED)
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("filed by"))
    filed_at = models.DateTimeField(_("filed"))
    document_number = models.CharField(_("number of the letter"), max_length=60, blank=True)
    document_on = models.DateField(_("date of the letter"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    received_on = models.DateField(_("received on"), null=True, blank=True)
    comment = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("year's results")
        verbose_name_plural = _("years' results")
        ordering = ["plan", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="one_year_end_of_a_number_per_plan")
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.number}"
