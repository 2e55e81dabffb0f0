"""The steps a plan took. Written once; each names the digest of the one before."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from plans.enums import PlanStatus
from plans.models.plans import Plan, PlanVersion


class PlanEvent(models.Model):
    """One step of the workflow: who, acting for whom, from where to where, with what words and letter."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="events", verbose_name=_("plan"))
    number = models.PositiveIntegerField(_("number"))
    step = models.CharField(_("step"), max_length=30)
    before = models.CharField(_("from"), max_length=10, choices=PlanStatus)
    after = models.CharField(_("to"), max_length=10, choices=PlanStatus)
    version = models.ForeignKey(
        PlanVersion, models.PROTECT, null=True, blank=True, related_name="events", verbose_name=_("version")
    )
    actor = models.ForeignKey(User, models.PROTECT, related_name="plan_events", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=20)
    acting_for = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("acting for")
    )
    at = models.DateTimeField(_("at"))
    comment = models.TextField(_("comment"), blank=True)
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    document_on = models.DateField(_("document date"), null=True, blank=True)
    sha256 = models.CharField(_("digest"), max_length=64)
    previous_sha256 = models.CharField(_("digest of the event before"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("step of a plan")
        verbose_name_plural = _("steps of plans")
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="one_event_of_a_number_per_plan")
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.number} {self.step}"
