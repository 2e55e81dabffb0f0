"""What a district counts, and what it promised for which year."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import District, Unit
from indicators.enums import Aggregation, Comparator, Direction, Per


class Indicator(models.Model):
    """A measure that lives for years; it knows no plan. `counted_in` is what its number counts: 場次, %."""

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
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="indicators",
        verbose_name=_("responsible unit"),
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["district", "pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.counted_in})" if self.counted_in else self.name


class YearlyTarget(models.Model):
    """The value promised for a year, with the sentence it was read from. No value: a qualitative target."""

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
