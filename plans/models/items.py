"""The lines of a plan, who answers for them, and what hangs on them."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from accounts.models import Unit, User
from indicators.models import Indicator
from plans.enums import Duty, Kind, Layout, Removal, Style
from plans.models.frameworks import Criterion
from plans.models.plans import Plan


class ItemQuerySet(models.QuerySet["Item"]):
    def present(self) -> Self:
        """Keep items that stand in the plan, not those retired from it."""
        return self.filter(removed_at__isnull=True)

    def right_below(self, plan: Plan | int, parent: Item | int | None) -> Self:
        """Keep the lines below `parent`, or the chapters of the plan."""
        # The plan is not asked for where a parent says it: SQLite would read all its lines to find the few.
        return self.filter(parent=parent) if parent else self.filter(plan=plan, parent=None)


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
    # The plan's revision this line last changed at.
    changed_in = models.PositiveIntegerField(editable=False, default=0)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    removed_as = models.CharField(_("removed by"), max_length=10, choices=Removal, blank=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = ItemQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["changed_in"])

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


class RefusedReading(models.Model):
    """A number in a line's words that a person said is no target; `reading` is its place-free digest."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="refused_readings", verbose_name=_("item"))
    reading = models.CharField(_("reading"), max_length=64)
    quote = models.TextField(_("quote"))
    refused_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("refused by"))
    refused_at = models.DateTimeField(_("refused"), auto_now_add=True)

    class Meta:
        verbose_name = _("refused reading")
        verbose_name_plural = _("refused readings")
        ordering = ["item", "pk"]
        constraints = [models.UniqueConstraint(fields=["item", "reading"], name="a_reading_is_refused_once")]

    def __str__(self) -> str:
        return self.quote
