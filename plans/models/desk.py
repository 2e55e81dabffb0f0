"""Writing together: the round of the units, comments, who is here, and steps that must not be done twice."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Unit, User
from plans.enums import PartState
from plans.models.items import Item
from plans.models.plans import Plan


class WritingRound(models.Model):
    """The time in which the units write their part of a plan; one is open at a time."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="writing_rounds", verbose_name=_("plan"))
    due_on = models.DateField(_("due"))
    note = models.TextField(_("note to the units"), blank=True)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("opened by"))
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("writing round")
        verbose_name_plural = _("writing rounds")
        ordering = ["plan", "-opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan"], condition=Q(closed_at__isnull=True), name="one_open_round_per_plan"
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.due_on}"


class UnitPart(models.Model):
    """One unit's part in a round: from not begun to released by its chief, or sent back."""

    round = models.ForeignKey(
        WritingRound, models.CASCADE, related_name="parts", verbose_name=_("writing round")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="parts", verbose_name=_("unit"))
    state = models.CharField(_("state"), max_length=10, choices=PartState, default=PartState.NOT_BEGUN)
    note = models.TextField(_("reason for sending back"), blank=True)
    changed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("changed by")
    )
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("part of a unit")
        verbose_name_plural = _("parts of units")
        ordering = ["round", "unit__order", "unit__name"]
        constraints = [models.UniqueConstraint(fields=["round", "unit"], name="one_part_per_unit_and_round")]

    def __str__(self) -> str:
        return f"{self.unit} – {self.get_state_display()}"


class CommentQuerySet(models.QuerySet["Comment"]):
    def open_threads(self) -> Self:
        """Keep first comments nobody has resolved."""
        return self.filter(answers__isnull=True, resolved_at__isnull=True)


class Comment(models.Model):
    """What somebody says about a line, inside the district. Answers hang on the first of their thread."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="comments", verbose_name=_("plan"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="comments", verbose_name=_("item"))
    answers = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="replies", verbose_name=_("answers")
    )
    author = models.ForeignKey(User, models.PROTECT, related_name="comments", verbose_name=_("author"))
    text = models.TextField(_("text"))
    mentioned_people = models.ManyToManyField(User, blank=True, related_name="+", verbose_name=_("people"))
    mentioned_units = models.ManyToManyField(Unit, blank=True, related_name="+", verbose_name=_("units"))
    written_at = models.DateTimeField(_("written"))
    resolved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("resolved by")
    )
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)

    objects = CommentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["plan", "written_at", "pk"]

    def __str__(self) -> str:
        return self.text[:40]


class Presence(models.Model):
    """Who has which plan open, and which line; told by the page every few seconds."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="presences", verbose_name=_("plan"))
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("person"))
    item = models.ForeignKey(
        Item, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("item")
    )
    seen_at = models.DateTimeField(_("seen"))

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        ordering = ["plan", "user"]
        constraints = [models.UniqueConstraint(fields=["plan", "user"], name="a_person_is_once_in_a_plan")]

    def __str__(self) -> str:
        return f"{self.user} – {self.plan}"


class TakenStep(models.Model):
    """A step that was taken, by the token its page gave it: sent again, it is answered and not repeated."""

    token = models.UUIDField(primary_key=True, default=uuid.uuid4)
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="+", verbose_name=_("plan"))
    actor = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("person"))
    result = models.JSONField(_("result"), default=dict)
    taken_at = models.DateTimeField(_("taken"), auto_now_add=True)

    class Meta:
        verbose_name = _("taken step")
        verbose_name_plural = _("taken steps")
        ordering = ["-taken_at"]
        indexes = [models.Index(fields=["taken_at"])]

    def __str__(self) -> str:
        return str(self.token)
