"""What the city says of a filed plan, line by line, and what the district answers."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Unit, User
from plans.models import Plan, PlanEvent, PlanVersion

# Steps by which the district gets to read what the city wrote in a round.
TELLING_STEPS = ("return", "approve")
LINE_LIMIT = 200  # characters of the line a remark is pinned to


class RemarkQuerySet(models.QuerySet["Remark"]):
    def told(self) -> Self:
        """Keep what the district may read: remarks on versions that were returned or approved."""
        return self.filter(self._was("version", TELLING_STEPS))

    def to_answer(self) -> Self:
        """Keep remarks of rounds that were returned and that nobody has answered.

        Not those on a revision that was given up: what they speak of stands in the plan no more.
        """
        returned = PlanEvent.objects.filter(version=OuterRef(OuterRef("version")), step="return")
        given_up = PlanEvent.objects.filter(
            plan=OuterRef("plan"), step="give_up", number__gt=Subquery(returned.values("number")[:1])
        )
        waiting = self.filter(self._was("version", ("return",)), answer__isnull=True)
        return waiting.filter(~Exists(given_up))

    @staticmethod
    def _was(version: str, steps: tuple[str, ...]) -> Exists:
        return Exists(PlanEvent.objects.filter(version=OuterRef(version), step__in=steps))


class Remark(models.Model):
    """A comment of the city, pinned to a line of a filed version, or on the plan as a whole.

    It is a draft until the version is returned or approved, which the plan's events tell; from then on it is
    never changed. `line` and `position` are those of the version, so that it reads the same for ever.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="remarks", verbose_name=_("plan"))
    version = models.ForeignKey(
        PlanVersion, models.PROTECT, related_name="remarks", verbose_name=_("version")
    )
    item_uid = models.UUIDField(_("line"), null=True, blank=True)
    line = models.CharField(_("words of the line"), max_length=LINE_LIMIT, blank=True)
    position = models.PositiveIntegerField(_("place in the plan"), default=0)  # 0 is the plan as a whole
    author = models.ForeignKey(User, models.PROTECT, related_name="remarks", verbose_name=_("author"))
    text = models.TextField(_("text"))
    written_at = models.DateTimeField(_("written"))

    objects = RemarkQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("remark of the city")
        verbose_name_plural = _("remarks of the city")
        ordering = ["version", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(position=0, item_uid__isnull=True) | Q(position__gt=0, item_uid__isnull=False),
                name="remark_stands_at_a_line_or_at_the_whole_plan",
            )
        ]

    def __str__(self) -> str:
        return self.text[:40]


class Adoption(models.TextChoices):
    """What the district does about a remark."""

    ACCEPTED = "accepted", _("Accepted")
    PARTLY = "partly", _("Accepted in part")
    NOT = "not", _("Not accepted")


class Answer(models.Model):
    """The district's answer to one remark, with the units that see to it."""

    remark = models.OneToOneField(Remark, models.PROTECT, related_name="answer", verbose_name=_("remark"))
    adoption = models.CharField(_("what is done"), max_length=10, choices=Adoption)
    text = models.TextField(_("explanation"), blank=True)
    units = models.ManyToManyField(Unit, blank=True, related_name="+", verbose_name=_("units"))
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("answered by"))
    answered_at = models.DateTimeField(_("answered"))

    history = HistoricalRecords(m2m_fields=[units])

    class Meta:
        verbose_name = _("answer to a remark")
        verbose_name_plural = _("answers to remarks")
        ordering = ["remark__version", "remark__position", "remark"]
        constraints = [
            models.CheckConstraint(
                condition=Q(adoption=Adoption.ACCEPTED) | ~Q(text=""),
                name="answer_that_does_not_follow_gives_its_reason",
            )
        ]

    def __str__(self) -> str:
        return self.get_adoption_display()
