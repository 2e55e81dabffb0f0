"""The dated trees of criteria plans are written and scored against."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import City
from plans.enums import FrameworkStatus


class FrameworkManager(models.Manager["Framework"]):
    def get_by_natural_key(self, city: str, name: str) -> Framework:
        return self.get(city__name=city, name=name)


class Framework(models.Model):
    """The tree of criteria a city has its plans written and scored against, dated."""

    city = models.ForeignKey(City, models.PROTECT, related_name="frameworks", verbose_name=_("city"))
    name = models.CharField(_("name"), max_length=100)
    first_year = models.PositiveSmallIntegerField(_("first year"))
    last_year = models.PositiveSmallIntegerField(_("last year"), null=True, blank=True)
    level_names = models.CharField(
        _("names of the levels"),
        max_length=100,
        blank=True,
        help_text=_("Outermost first, with commas between."),
    )
    total_points = models.DecimalField(
        _("total points"), max_digits=7, decimal_places=2, null=True, blank=True
    )
    status = models.CharField(
        _("status"), max_length=10, choices=FrameworkStatus, default=FrameworkStatus.DRAFT
    )

    objects = FrameworkManager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("framework")
        verbose_name_plural = _("frameworks")
        ordering = ["city", "-first_year", "name"]
        constraints = [
            models.UniqueConstraint(fields=["city", "name"], name="one_framework_of_a_name_per_city"),
            models.CheckConstraint(
                condition=Q(last_year__isnull=True) | Q(last_year__gte=F("first_year")),
                name="framework_years_in_order",
                violation_error_message=_("The last year is before the first."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str, str]:
        return (self.city.name, self.name)

    natural_key.dependencies = ["accounts.city"]  # type: ignore[attr-defined]  # read by Django's serializers


class CriterionManager(models.Manager["Criterion"]):
    def get_by_natural_key(self, city: str, framework: str, code: str) -> Criterion:
        return self.get(framework__city__name=city, framework__name=framework, code=code)


class Criterion(models.Model):
    """A node of a framework. `code` is its path of positions (1.2.3), which names it in fixtures."""

    framework = models.ForeignKey(
        Framework, models.CASCADE, related_name="criteria", verbose_name=_("framework")
    )
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    code = models.CharField(_("code"), max_length=30)
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(_("title"), max_length=200)
    guidance = models.TextField(_("guidance"), blank=True)
    points = models.DecimalField(_("points"), max_digits=7, decimal_places=2, null=True, blank=True)

    objects = CriterionManager()

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["framework", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["framework", "code"], name="one_criterion_of_a_code_per_framework"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def natural_key(self) -> tuple[str, str, str]:
        return (*self.framework.natural_key(), self.code)

    natural_key.dependencies = ["plans.framework"]  # type: ignore[attr-defined]  # read by Django's serializers
