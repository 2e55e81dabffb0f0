"""When progress is filed: the rhythm of a plan, its periods, and what was changed for single units."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Unit, User
from core.roc import roc_months
from plans.models import Plan, PlanVersion
from progress.enums import Rhythm

DAYS_TO_FILE = 10  # after a period's end
DAYS_AFTER_APPROVAL = 30  # for periods that were over when the plan was approved


class FilingRule(models.Model):
    """How a plan's progress is filed. Lines and targets were taken from the version `laid_out_from`."""

    plan = models.OneToOneField(Plan, models.PROTECT, related_name="filing_rule", verbose_name=_("plan"))
    rhythm = models.CharField(_("progress is filed"), max_length=10, choices=Rhythm, default=Rhythm.QUARTER)
    days_to_file = models.PositiveSmallIntegerField(_("days to file after a period"), default=DAYS_TO_FILE)
    laid_out_from = models.ForeignKey(
        PlanVersion, models.PROTECT, related_name="+", editable=False, verbose_name=_("laid out from")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("rule of filing")
        verbose_name_plural = _("rules of filing")
        ordering = ["plan"]

    def __str__(self) -> str:
        return str(self.plan)


class Period(models.Model):
    """A part of the plan's year. Units file from `opens_on` to `due_on`, late until it is closed."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="periods", verbose_name=_("plan"))
    number = models.PositiveSmallIntegerField(_("number"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    opens_on = models.DateField(_("filing opens"))
    due_on = models.DateField(_("filing due"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="one_period_of_a_number_per_plan"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="period_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("opens_on")),
                name="filing_is_due_after_it_opens",
                violation_error_message=_("Filing is due before it opens."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.number}"

    @property
    def span_words(self) -> str:
        """The period as documents name it: 115年1月至3月, the same in every language."""
        return roc_months(self.starts_on, self.ends_on)

    @property
    def share_of_year(self) -> Decimal:
        """How much of the plan's year is over at the period's end, in percent to two places."""
        months = Decimal(self.ends_on.month)
        return (months / 12 * 100).quantize(Decimal("0.01"))


class PeriodTally(models.Model):
    """How many reports of a period are where, kept by services/tallies.py for boards of many periods."""

    period = models.OneToOneField(
        Period, models.CASCADE, primary_key=True, related_name="tally", verbose_name=_("period")
    )
    owed = models.PositiveIntegerField(_("owed"), default=0)
    unfiled = models.PositiveIntegerField(_("not filed"), default=0)
    counted = models.PositiveIntegerField(_("released"), default=0)
    behind = models.PositiveIntegerField(_("behind, of those released"), default=0)

    class Meta:
        verbose_name = _("tally of a period")
        verbose_name_plural = _("tallies of periods")
        ordering = ["period"]

    def __str__(self) -> str:
        return f"{self.period}: {self.counted}/{self.owed}"


class PeriodChange(models.Model):
    """One unit may file in a period until another day: an extension (展延), or reopened after closing."""

    period = models.ForeignKey(Period, models.PROTECT, related_name="changes", verbose_name=_("period"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    due_on = models.DateField(_("until"))
    reason = models.TextField(_("reason"))
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("change for a unit")
        verbose_name_plural = _("changes for units")
        ordering = ["period", "-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.period} {self.unit}"
