"""Plans, their items, and the frameworks they are written against.

The rows are always the working text; `plans/document.py` is what every output is made from.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from accounts.enums import CITY_ROLES, UNIT_ROLES
from accounts.models import Appointment, City, District, Unit, User
from core.roc import to_roc
from core.text import fold
from indicators.models import Indicator
from plans.enums import FILED, Duty, FrameworkStatus, Kind, Layout, PlanStatus, Scheme, Style

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager

SERIES = "提升服務執行計畫"
SERIES_LIMIT = 60
FACT_LIMIT = 200  # characters of a title, a subtitle, an attribute
MOST_WORDS = 30  # of a search; SQLite refuses a condition of a thousand parts


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


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, user: User, on: dt.date) -> Self:
        """Keep plans the user may read on that day: the district's own, the city's from filing on.

        An account that is switched off sees nothing. A superuser sees no more than their appointments give.
        """
        if not user.is_active:
            return self.none()
        held = Appointment.objects.in_force(on).filter(user=user)
        own = Q(district__in=held.filter(district__isnull=False).values("district")) | Q(
            district__in=held.filter(role__in=UNIT_ROLES).values("unit__district")
        )
        filed = Q(district__city__in=held.filter(role__in=CITY_ROLES).values("city"), status__in=FILED)
        return self.filter(own | filed)

    def matching(self, words: str) -> Self:
        """Keep plans whose folded title or agency holds every word of `words`, of which 30 count."""
        plans = self
        for word in words.split()[:MOST_WORDS]:
            plans = plans.filter(search_text__contains=fold(word))
        return plans


class Plan(models.Model):
    """One district's plan of one series for one year."""

    district = models.ForeignKey(District, models.PROTECT, related_name="plans", verbose_name=_("district"))
    series = models.CharField(_("series"), max_length=SERIES_LIMIT, default=SERIES)
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(1912), MaxValueValidator(2200)]
    )
    title = models.CharField(_("title"), max_length=FACT_LIMIT)
    subtitle = models.CharField(_("subtitle"), max_length=FACT_LIMIT, blank=True)
    attribute = models.CharField(_("agency attribute"), max_length=FACT_LIMIT, blank=True)
    note = models.TextField(_("note"), blank=True)
    sign_off = models.TextField(
        _("sign-off lines"),
        blank=True,
        help_text=_("One line each, such as 填表人 and 單位主管（機關首長）."),
    )
    column_heads = models.JSONField(_("column heads"), default=dict, blank=True)
    framework = models.ForeignKey(
        Framework, models.PROTECT, null=True, blank=True, related_name="plans", verbose_name=_("framework")
    )
    scheme = models.CharField(_("numbering"), max_length=20, choices=Scheme, default=Scheme.STANDARD)
    status = models.CharField(_("status"), max_length=10, choices=PlanStatus, default=PlanStatus.DRAFT)
    predecessor = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="successors",
        verbose_name=_("predecessor"),
    )
    starts_on = models.DateField(_("in effect from"), null=True, blank=True)
    ends_on = models.DateField(_("in effect until"), null=True, blank=True)
    search_text = models.TextField(editable=False, default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = PlanQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["search_text"])
    items: RelatedManager[Item]

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ["-year", "district__code", "series"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "series", "year"], name="one_plan_per_series_and_year"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="plan_ends_after_it_starts",
                violation_error_message=_("The last day is before the first."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("plans:plan-detail", args=[self.pk])

    @property
    def roc_year(self) -> int:
        return to_roc(self.year)


class ItemQuerySet(models.QuerySet["Item"]):
    def present(self) -> Self:
        """Keep items that stand in the plan, not those retired from it."""
        return self.filter(removed_at__isnull=True)


class Item(models.Model):
    """A line of a plan. Its number is computed; `source_marker` is what an imported document printed."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="items", verbose_name=_("plan"))
    uid = models.UUIDField(_("identity"), default=uuid.uuid4, editable=False)
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    position = models.PositiveIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    title = models.TextField(_("title"), blank=True)
    text = models.TextField(_("text"), blank=True)
    numbered = models.BooleanField(_("numbered"), default=True)
    child_style = models.CharField(
        _("numbering of the items below"), max_length=20, choices=Style, blank=True
    )
    layout = models.CharField(_("layout"), max_length=20, choices=Layout, blank=True)
    criterion = models.ForeignKey(
        Criterion, models.SET_NULL, null=True, blank=True, related_name="items", verbose_name=_("criterion")
    )
    points = models.DecimalField(_("points"), max_digits=7, decimal_places=2, null=True, blank=True)
    points_text = models.TextField(_("points as printed"), blank=True)
    all_units = models.BooleanField(_("all units (各課室)"), default=False)
    predecessor = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="successors",
        verbose_name=_("predecessor"),
    )
    indicators = models.ManyToManyField(
        Indicator, blank=True, related_name="items", verbose_name=_("indicators")
    )
    source_marker = models.CharField(_("number in the source"), max_length=30, blank=True)
    source_lines = models.CharField(_("lines of the source"), max_length=30, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = ItemQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["plan", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "uid"], name="one_item_of_a_uid_per_plan"),
        ]
        indexes = [models.Index(fields=["plan", "position"])]

    def __str__(self) -> str:
        return self.title or self.text[:40]


class Responsibility(models.Model):
    """A unit answers for an item, and for what stands below it until another unit is named there."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="responsibilities", verbose_name=_("item"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="responsibilities", verbose_name=_("unit"))
    duty = models.CharField(_("duty"), max_length=10, choices=Duty, default=Duty.LEAD)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("responsibility")
        verbose_name_plural = _("responsibilities")
        ordering = ["item", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "unit"], name="one_responsibility_per_unit_and_item")
        ]

    def __str__(self) -> str:
        return f"{self.unit} – {self.item}"


class RosterRow(models.Model):
    """One line of a task force: title, member, duty, remark. The item is of kind table."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="roster", verbose_name=_("roster"))
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.TextField(pgettext_lazy("roster", "title"), blank=True)
    member = models.TextField(_("member"), blank=True)
    duty = models.TextField(pgettext_lazy("roster", "duty"), blank=True)
    remark = models.TextField(_("remark"), blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("roster row")
        verbose_name_plural = _("roster rows")
        ordering = ["item", "position", "pk"]

    def __str__(self) -> str:
        return f"{self.title} {self.member}".strip()
