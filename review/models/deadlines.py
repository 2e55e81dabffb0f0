"""Until when plans are filed: the city's rules, the calendar of holidays, and extensions (展延)."""

from __future__ import annotations

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import City, User
from plans.models import Plan

REASON_LIMIT = 1000


class DeadlineKind(models.TextChoices):
    PLAN_FILING = "plan_filing", _("Filing of the plan")


class DeadlineRuleManager(models.Manager["DeadlineRule"]):
    def get_by_natural_key(self, city: str, kind: str) -> DeadlineRule:
        return self.get(city__name=city, kind=kind)


class DeadlineRule(models.Model):
    """A day of every year, such as 每年4月底前, and the working days each inner step has before it."""

    city = models.ForeignKey(City, models.CASCADE, related_name="deadline_rules", verbose_name=_("city"))
    kind = models.CharField(_("kind"), max_length=20, choices=DeadlineKind, default=DeadlineKind.PLAN_FILING)
    month = models.PositiveSmallIntegerField(
        _("month"), validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    day = models.PositiveSmallIntegerField(
        _("day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("Left empty: the last day of the month."),
    )
    signing_days = models.PositiveSmallIntegerField(
        _("working days for signing"), default=5, validators=[MaxValueValidator(60)]
    )
    check_days = models.PositiveSmallIntegerField(
        _("working days for the secretariat's check"), default=5, validators=[MaxValueValidator(60)]
    )
    units_days = models.PositiveSmallIntegerField(
        _("working days for the units"), default=10, validators=[MaxValueValidator(60)]
    )

    objects = DeadlineRuleManager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("deadline rule")
        verbose_name_plural = _("deadline rules")
        ordering = ["city", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["city", "kind"], name="one_rule_of_a_kind_per_city"),
            models.CheckConstraint(
                condition=Q(month__gte=1, month__lte=12) & (Q(day__isnull=True) | Q(day__gte=1, day__lte=31)),
                name="deadline_is_a_day_of_the_year",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city} – {self.get_kind_display()}"

    def natural_key(self) -> tuple[str, str]:
        return (self.city.name, self.kind)

    natural_key.dependencies = ["accounts.city"]  # type: ignore[attr-defined]  # read by Django's serializers


class HolidayManager(models.Manager["Holiday"]):
    def get_by_natural_key(self, day: str) -> Holiday:
        return self.get(day=day)


class Holiday(models.Model):
    """A day of the government's calendar that is not what its weekday says.

    A holiday, or with `is_working` a Saturday worked to make up for another day. A year of which nothing
    stands here is one whose calendar was not loaded: then weekends alone are known.
    """

    day = models.DateField(_("day"), unique=True)
    name = models.CharField(_("name"), max_length=60)
    is_working = models.BooleanField(_("is a working day"), default=False)

    objects = HolidayManager()

    class Meta:
        verbose_name = _("day of the government's calendar")
        verbose_name_plural = _("days of the government's calendar")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"

    def natural_key(self) -> tuple[str]:
        return (str(self.day),)


class ExtensionDecision(models.TextChoices):
    WAITING = "waiting", _("Not decided yet")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def waiting(self) -> Self:
        return self.filter(decision=ExtensionDecision.WAITING)

    def granted(self) -> Self:
        return self.filter(decision=ExtensionDecision.GRANTED)

    def decidable_in(self, cities: models.QuerySet[City, int]) -> Self:
        """Keep what the given cities decide."""
        return self.filter(plan__district__city__in=cities)


class Extension(models.Model):
    """A district asks for more time for one plan; the city grants that day or another, or refuses."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="extensions", verbose_name=_("plan"))
    kind = models.CharField(_("kind"), max_length=20, choices=DeadlineKind, default=DeadlineKind.PLAN_FILING)
    reason = models.TextField(_("reason"))
    asked_until = models.DateField(_("asked until"))
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    decision = models.CharField(
        _("decision"), max_length=10, choices=ExtensionDecision, default=ExtensionDecision.WAITING
    )
    granted_until = models.DateField(_("granted until"), null=True, blank=True)
    comment = models.TextField(_("words of the city"), blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = ExtensionQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "kind"],
                condition=Q(decision=ExtensionDecision.WAITING),
                name="one_undecided_extension_per_plan",
            ),
            models.CheckConstraint(
                condition=Q(decision=ExtensionDecision.GRANTED, granted_until__isnull=False)
                | (~Q(decision=ExtensionDecision.GRANTED) & Q(granted_until__isnull=True)),
                name="granted_extension_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(decision=ExtensionDecision.WAITING, decided_at__isnull=True)
                | (~Q(decision=ExtensionDecision.WAITING) & Q(decided_at__isnull=False)),
                name="decided_extension_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} – {self.asked_until}"

    @property
    def is_waiting(self) -> bool:
        return self.decision == ExtensionDecision.WAITING
