"""The lines of a version in force on which units report, and the targets that count there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Unit
from indicators.enums import (
    Aggregation,
    Baseline,
    Comparator,
    Direction,
    Frequency,
    Per,
    ProgressState,
)
from indicators.models import Indicator
from indicators.phrases import promise, result_measure
from plans.models import Item, Plan


class TrackedLineQuerySet(models.QuerySet["TrackedLine"]):
    def present(self) -> Self:
        """Keep lines that stand in the version in force."""
        return self.filter(removed_at__isnull=True)


class TrackedLine(models.Model):
    """A line of the version in force that may be reported on, with its number and words in that version.

    `is_tracked` says whether it is; `is_chosen`, that a person said so and not the rule of tracking.py.
    `collector` (彙整單位) files for all units. Without one every unit that leads files, or, for a line of
    各課室, the secretariat's unit unless `each_unit_files`.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="tracked_lines", verbose_name=_("plan"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="tracked_lines", verbose_name=_("item"))
    position = models.PositiveIntegerField(_("position"))
    depth = models.PositiveSmallIntegerField(_("depth"), default=0)
    number = models.CharField(_("number"), max_length=30, blank=True)
    words = models.TextField(_("words"))
    path = models.TextField(_("chapter"), blank=True)
    is_tracked = models.BooleanField(_("reports are filed"), default=False)
    is_chosen = models.BooleanField(_("chosen by hand"), default=False)
    all_units = models.BooleanField(_("all units (各課室)"), default=False)
    collector = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("unit that files for all (彙整單位)"),
    )
    each_unit_files = models.BooleanField(_("each unit files"), default=False)
    units = models.ManyToManyField(
        Unit, through="progress.LineUnit", related_name="tracked_lines", verbose_name=_("units")
    )
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    objects = TrackedLineQuerySet.as_manager()
    history = HistoricalRecords()

    fetched_targets: Sequence[CountedTarget]  # set by queries.filing.cards_of()

    class Meta:
        verbose_name = _("line that is reported on")
        verbose_name_plural = _("lines that are reported on")
        ordering = ["plan", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["plan", "item"], name="one_tracked_line_per_item")]

    def __str__(self) -> str:
        return f"{self.number}{self.words}"

    @property
    def all_targets(self) -> Sequence[CountedTarget]:
        """The targets below it, without a query where they were fetched for a page of many lines."""
        return self.fetched_targets if hasattr(self, "fetched_targets") else list(self.targets.all())


class LineUnit(models.Model):
    """A unit that leads a line, as the version in force names it."""

    line = models.ForeignKey(TrackedLine, models.CASCADE, related_name="line_units", verbose_name=_("line"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("unit of a line")
        verbose_name_plural = _("units of lines")
        ordering = ["line", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["line", "unit"], name="one_unit_of_a_line")]

    def __str__(self) -> str:
        return f"{self.line} {self.unit}"


class CountedTargetQuerySet(models.QuerySet["CountedTarget"]):
    def present(self) -> Self:
        """Keep targets that the version in force promises."""
        return self.filter(removed_at__isnull=True)


class CountedTarget(models.Model):
    """A target as the version in force promises it. Without a value it is qualitative and carries a state.

    `item` is the sentence, `line` the line under which it is reported. A measure that serves several headings
    is measured once: the others point to it by `same_as`. How it is read is promised with it, for the row of
    its indicator may speak already of a revision that is under way, or of next year's plan. `result`,
    `attainment` (percent), `state` and the rest are what services/counting.py found last, so that pages of
    many districts need not compute them.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="counted_targets", verbose_name=_("plan"))
    line = models.ForeignKey(TrackedLine, models.PROTECT, related_name="targets", verbose_name=_("line"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name=_("sentence"))
    indicator = models.ForeignKey(
        Indicator,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="counted_targets",
        verbose_name=_("indicator"),
    )
    # Indexed below: an index of all rows would lead SQLite to the many that are the same as none.
    same_as = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="echoes",
        verbose_name=_("same as"),
    )
    position = models.PositiveIntegerField(_("position"))
    quote = models.TextField(_("quote"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    counted_in = models.CharField(_("counted in"), max_length=20, blank=True)
    comparator = models.CharField(_("comparison"), max_length=10, choices=Comparator, blank=True)
    aggregation = models.CharField(_("aggregation"), max_length=20, choices=Aggregation, blank=True)
    per = models.CharField(_("per"), max_length=20, choices=Per, blank=True)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction, default=Direction.NONE)
    frequency = models.CharField(_("how often"), max_length=20, choices=Frequency, blank=True)
    against = models.CharField(_("measured against"), max_length=20, choices=Baseline, blank=True)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=0)
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=4, null=True, blank=True)
    value_max = models.DecimalField(
        _("highest value"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    baseline = models.DecimalField(_("baseline"), max_digits=20, decimal_places=4, null=True, blank=True)
    result = models.DecimalField(_("result"), max_digits=20, decimal_places=4, null=True, blank=True)
    expected = models.DecimalField(
        _("expected by now"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    attainment = models.DecimalField(_("attainment"), max_digits=20, decimal_places=4, null=True, blank=True)
    state = models.CharField(_("state"), max_length=15, choices=ProgressState, blank=True)
    is_reached = models.BooleanField(_("reached"), null=True, blank=True)
    reasons = models.JSONField(_("reasons"), default=list, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    objects = CountedTargetQuerySet.as_manager()

    class Meta:
        verbose_name = _("target that counts")
        verbose_name_plural = _("targets that count")
        ordering = ["plan", "position", "pk"]
        indexes = [
            # Boards of many districts count by these four, and need not look at the rows.
            models.Index(fields=["plan", "state", "removed_at", "same_as"], name="targets_counted_by_plan"),
            models.Index(
                fields=["same_as"], condition=Q(same_as__isnull=False), name="targets_that_echo_another"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.quote

    @property
    def is_numeric(self) -> bool:
        return self.value is not None

    @property
    def state_words(self) -> str:
        return str(ProgressState(self.state).label) if self.state else ""

    @property
    def is_done_or_not(self) -> bool:
        return self.comparator == Comparator.DONE or self.aggregation == Aggregation.DONE

    @property
    def is_against_last_year(self) -> bool:
        """Say whether a change is promised, and the amount filed of which that is the change."""
        return self.against == Baseline.LAST_YEAR and self.aggregation != Aggregation.EACH_PERIOD

    @property
    def is_direction(self) -> bool:
        """Say whether more, or less, than last year is promised, by however much (提高使用率).

        It may be measured, and then last year's result tells; or a person says how it stands.
        """
        is_told_otherwise = self.is_numeric or self.is_done_or_not or self.has_milestones
        return self.is_against_last_year and not is_told_otherwise

    @property
    def has_words(self) -> bool:
        """Say whether its words tell more than that there is no number."""
        return self.is_numeric or self.has_milestones or self.is_direction

    @property
    def result_in(self) -> str:
        """What its results are counted in."""
        return result_measure(self.counted_in, baseline=self.against, aggregation=self.aggregation)

    @property
    def words(self) -> str:
        """What is promised, in words: 全年至少12場次."""
        return promise(
            self.comparator,
            self.value,
            self.value_max,
            self.counted_in,
            aggregation=self.aggregation,
            per=self.per,
            frequency=self.frequency,
            baseline=self.against,
            direction=self.direction,
            start=self.baseline,
        )

    @property
    def has_milestones(self) -> bool:
        """Say whether it is told by milestones; whether any are set, its rows say."""
        return self.aggregation == Aggregation.MILESTONES


class CountedMilestoneQuerySet(models.QuerySet["CountedMilestone"]):
    def present(self) -> Self:
        """Keep milestones that the version in force has."""
        return self.filter(removed_at__isnull=True)


class CountedMilestone(models.Model):
    """A milestone of a target as the version in force has it: its day, and its weight in per cent."""

    target = models.ForeignKey(
        CountedTarget, models.PROTECT, related_name="milestones", verbose_name=_("target")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(_("title"), max_length=200)
    due_on = models.DateField(_("due on"))
    weight = models.DecimalField(_("weight (%)"), max_digits=5, decimal_places=2)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    objects = CountedMilestoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("milestone that counts")
        verbose_name_plural = _("milestones that count")
        ordering = ["target", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weight__gt=0, weight__lte=100), name="counted_milestone_weight_is_a_percentage"
            )
        ]

    def __str__(self) -> str:
        return self.title
