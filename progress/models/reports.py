"""What units report: a line in a period, what was measured there, and what stands behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Unit, User
from indicators.enums import ProgressState
from progress.enums import FILED, ReportStatus, ReportStep, status_words
from progress.models.files import KeptFile, place_of_file
from progress.models.periods import Period, PeriodChange
from progress.models.tracked import CountedMilestone, CountedTarget, TrackedLine

TEXT_LIMIT = 4_000  # characters of a narrative or a reason
place_of_evidence = place_of_file  # as the first migration names it
PERCENT = [MinValueValidator(0), MaxValueValidator(100)]


class ProgressReportQuerySet(models.QuerySet["ProgressReport"]):
    def owed(self) -> Self:
        """Keep reports of lines that stand in the version in force, and those that were filed in any case."""
        return self.filter(removed_at__isnull=True)

    def with_due(self) -> Self:
        """Annotate `due`: until when this unit files, extensions and reopenings included."""
        changed = PeriodChange.objects.filter(period=OuterRef("period"), unit=OuterRef("unit"))
        latest = changed.order_by("-due_on").values("due_on")[:1]
        usual = F("period__due_on")
        return self.annotate(due=Greatest(usual, Coalesce(Subquery(latest), usual)))

    def overdue(self, on: dt.date) -> Self:
        """Keep owed reports that nobody filed by the end of their due day. Needs nothing annotated."""
        return self.owed().with_due().exclude(status__in=FILED).filter(due__lt=on)


class ProgressReport(models.Model):
    """What a unit says of a line in a period (執行情形). Made when the plan is laid out, owed since then.

    `state` is computed from what stands in the report (services/counting.py); `state_given` is what a person
    put in its place, with `state_reason`.
    """

    period = models.ForeignKey(Period, models.PROTECT, related_name="reports", verbose_name=_("period"))
    line = models.ForeignKey(TrackedLine, models.PROTECT, related_name="reports", verbose_name=_("line"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="progress_reports", verbose_name=_("unit"))
    status = models.CharField(_("status"), max_length=10, choices=ReportStatus, default=ReportStatus.DRAFT)
    planned = models.DecimalField(
        _("planned progress (%)"), max_digits=5, decimal_places=2, null=True, blank=True, validators=PERCENT
    )
    actual = models.DecimalField(
        _("actual progress (%)"), max_digits=5, decimal_places=2, null=True, blank=True, validators=PERCENT
    )
    state = models.CharField(_("state"), max_length=15, choices=ProgressState, blank=True)
    state_given = models.CharField(_("state given by hand"), max_length=15, choices=ProgressState, blank=True)
    state_reason = models.TextField(_("why this state"), blank=True)
    narrative = models.TextField(_("what was done"), blank=True)
    is_unchanged = models.BooleanField(_("nothing new (無異動)"), default=False)
    reason = models.TextField(_("reason for being behind"), blank=True)
    countermeasure = models.TextField(_("countermeasure"), blank=True)
    catch_up_on = models.DateField(_("caught up by"), null=True, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True, editable=False)
    released_at = models.DateTimeField(_("released"), null=True, blank=True, editable=False)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True, editable=False)
    note = models.TextField(_("reason it was returned"), blank=True, editable=False)
    removed_at = models.DateTimeField(_("no longer owed"), null=True, blank=True, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = ProgressReportQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["version"])

    due: dt.date  # set by with_due()
    measured: Mapping[int, Measurement]  # set by queries.reports.fetch_measured()
    milestones: Sequence[Any]  # set by queries.milestones.fetch_milestones()

    class Meta:
        verbose_name = _("progress report")
        verbose_name_plural = _("progress reports")
        ordering = ["period", "line__position", "unit__order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["period", "line", "unit"], name="one_report_per_period_line_and_unit"
            ),
            models.CheckConstraint(
                condition=Q(planned__isnull=True) | Q(planned__gte=0, planned__lte=100),
                name="planned_progress_is_a_percentage",
            ),
            models.CheckConstraint(
                condition=Q(actual__isnull=True) | Q(actual__gte=0, actual__lte=100),
                name="actual_progress_is_a_percentage",
            ),
        ]
        indexes = [
            # Boards of many districts count by these four, and need not look at the rows.
            models.Index(
                fields=["period", "status", "state", "removed_at"], name="reports_counted_by_period"
            ),
            models.Index(fields=["unit", "period"]),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.unit}"

    def get_absolute_url(self) -> str:
        return reverse("progress:report-detail", args=[self.pk])

    @property
    def is_filed(self) -> bool:
        return self.status in FILED

    @property
    def status_words(self) -> str:
        return status_words(self.status, is_begun=self.version > 0)

    @property
    def state_words(self) -> str:
        return str(ProgressState(self.state).label) if self.state else ""


class Measurement(models.Model):
    """What a unit measured of a target in a period (實績): a value, the parts of a ratio, or a state."""

    report = models.ForeignKey(
        ProgressReport, models.CASCADE, related_name="measurements", verbose_name=_("report")
    )
    target = models.ForeignKey(
        CountedTarget, models.PROTECT, related_name="measurements", verbose_name=_("target")
    )
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=4, null=True, blank=True)
    numerator = models.DecimalField(_("numerator"), max_digits=20, decimal_places=4, null=True, blank=True)
    denominator = models.DecimalField(
        _("denominator"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    state = models.CharField(_("state"), max_length=15, choices=ProgressState, blank=True)
    is_confirmed = models.BooleanField(_("the value is right though it is unusual"), default=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("measurement")
        verbose_name_plural = _("measurements")
        ordering = ["report", "target__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["report", "target"], name="one_measurement_per_report_and_target")
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.value}"

    @property
    def state_words(self) -> str:
        return str(ProgressState(self.state).label) if self.state else ""


class MilestoneMark(models.Model):
    """What a unit says of a milestone in a period: that it is reached, and since when, or that it is not.

    Without a mark the milestone stands as an earlier period left it (queries/milestones.py).
    """

    report = models.ForeignKey(ProgressReport, models.CASCADE, related_name="marks", verbose_name=_("report"))
    milestone = models.ForeignKey(
        CountedMilestone, models.PROTECT, related_name="marks", verbose_name=_("milestone")
    )
    is_reached = models.BooleanField(_("reached"), default=False)
    reached_on = models.DateField(_("reached on"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("mark of a milestone")
        verbose_name_plural = _("marks of milestones")
        ordering = ["report", "milestone__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["report", "milestone"], name="one_mark_per_report_and_milestone")
        ]

    def __str__(self) -> str:
        return f"{self.milestone} {self.reached_on or ''}".strip()


class Evidence(KeptFile):
    """A file or a link behind a report (佐證資料)."""

    report = models.ForeignKey(
        ProgressReport, models.PROTECT, related_name="evidence", verbose_name=_("report")
    )
    link = models.URLField(_("link"), max_length=500, blank=True)
    caption = models.CharField(_("caption"), max_length=200, blank=True)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added"))
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["report", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(file="") & ~Q(link="")) | (~Q(file="") & Q(link="")),
                name="evidence_is_a_file_or_a_link",
            )
        ]

    def __str__(self) -> str:
        return self.caption or self.file_name or self.link

    @property
    def host(self) -> str:
        """Whose page a link leads to, written so that no letter passes for another."""
        host = urlsplit(self.link).hostname or ""
        try:
            plain = host.encode("idna").decode()
        except UnicodeError:
            return host
        return host if plain == host else f"{host} ({plain})"


class ReportEvent(models.Model):
    """A step of a report: who took it when, and why."""

    report = models.ForeignKey(
        ProgressReport, models.PROTECT, related_name="events", verbose_name=_("report")
    )
    step = models.CharField(_("step"), max_length=10, choices=ReportStep)
    before = models.CharField(_("before"), max_length=10, choices=ReportStatus)
    after = models.CharField(_("after"), max_length=10, choices=ReportStatus)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"))
    comment = models.TextField(_("comment"), blank=True)

    class Meta:
        verbose_name = _("step of a report")
        verbose_name_plural = _("steps of reports")
        ordering = ["report", "pk"]

    def __str__(self) -> str:
        return f"{self.report} {self.get_step_display()}"
