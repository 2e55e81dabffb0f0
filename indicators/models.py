"""What a district counts, and what it promised for which year."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import District, Unit
from indicators.enums import Aggregation, Baseline, Comparator, Direction, Frequency, Per
from indicators.phrases import MOST_DECIMALS, promise


class IndicatorQuerySet(models.QuerySet["Indicator"]):
    def present(self) -> Self:
        """Keep indicators that may get targets of new years."""
        return self.filter(retired_on__isnull=True)


class Indicator(models.Model):
    """A measure that lives for years; it knows no plan. `counted_in` is what its number counts: 場次, %.

    How its results make the year's number, and what they are held against, is told in
    indicators/attainment. `baseline` says that a target is a change against last year's result; what that
    was stands with the target of the year.
    """

    district = models.ForeignKey(
        District, models.PROTECT, related_name="indicators", verbose_name=_("district")
    )
    name = models.CharField(_("name"), max_length=200)
    counted_in = models.CharField(_("counted in"), max_length=20, blank=True)
    comparator = models.CharField(
        _("comparison"), max_length=10, choices=Comparator, default=Comparator.AT_LEAST
    )
    aggregation = models.CharField(
        _("aggregation"), max_length=20, choices=Aggregation, default=Aggregation.SUM
    )
    direction = models.CharField(_("direction"), max_length=10, choices=Direction, default=Direction.NONE)
    per = models.CharField(_("per"), max_length=20, choices=Per, blank=True)
    frequency = models.CharField(_("how often"), max_length=20, choices=Frequency, blank=True)
    baseline = models.CharField(_("measured against"), max_length=20, choices=Baseline, blank=True)
    numerator_name = models.CharField(_("name of the numerator"), max_length=100, blank=True)
    denominator_name = models.CharField(_("name of the denominator"), max_length=100, blank=True)
    decimals = models.PositiveSmallIntegerField(
        _("decimals"), default=0, validators=[MaxValueValidator(MOST_DECIMALS)]
    )
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="indicators",
        verbose_name=_("responsible unit"),
    )
    retired_on = models.DateField(_("retired on"), null=True, blank=True)

    objects = IndicatorQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["district", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decimals__lte=MOST_DECIMALS), name="indicator_decimals_fit_the_columns"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.counted_in})" if self.counted_in else self.name


class YearlyTarget(models.Model):
    """The value promised for a year, with the sentence it was read from. No value: a qualitative target.

    `baseline` is last year's result where the indicator is measured against it, else where a level starts.
    """

    indicator = models.ForeignKey(
        Indicator, models.CASCADE, related_name="targets", verbose_name=_("indicator")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=4, null=True, blank=True)
    value_max = models.DecimalField(
        _("highest value"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    baseline = models.DecimalField(_("baseline"), max_digits=20, decimal_places=4, null=True, blank=True)
    result = models.DecimalField(
        _("result of the year"), max_digits=20, decimal_places=4, null=True, blank=True, editable=False
    )
    quote = models.TextField(_("quote"), blank=True)
    is_proposal = models.BooleanField(
        _("proposal"), default=False, help_text=_("Carried on from last year and not confirmed yet.")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("yearly target")
        verbose_name_plural = _("yearly targets")
        ordering = ["indicator", "year"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "year"], name="one_target_per_year"),
            models.CheckConstraint(
                condition=Q(value_max__isnull=True) | Q(value__isnull=True) | Q(value_max__gte=F("value")),
                name="target_range_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.year}"

    @property
    def words(self) -> str:
        """What is promised, in words."""
        one = self.indicator
        return promise(
            one.comparator,
            self.value,
            self.value_max,
            one.counted_in,
            aggregation=one.aggregation,
            per=one.per,
            frequency=one.frequency,
            baseline=one.baseline,
            direction=one.direction,
            start=self.baseline,
        )


class Milestone(models.Model):
    """A step towards what is promised for a year. The weights of a target's milestones add up to 100."""

    target = models.ForeignKey(
        YearlyTarget, models.CASCADE, related_name="milestones", verbose_name=_("yearly target")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(_("title"), max_length=200)
    due_on = models.DateField(_("due on"))
    weight = models.DecimalField(
        _("weight (%)"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(100)],
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["target", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weight__gt=0, weight__lte=100), name="milestone_weight_is_a_percentage"
            )
        ]

    def __str__(self) -> str:
        return self.title
