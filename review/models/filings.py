"""What is kept beside a version when it is filed to the city (函報). Written once, never changed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from plans.models import PlanEvent


class Filing(models.Model):
    """The check list as it stood and the remarks with their answers, which no version holds."""

    event = models.OneToOneField(
        PlanEvent, models.PROTECT, related_name="filing", verbose_name=_("step of a plan")
    )
    checks = models.TextField(_("check list"), editable=False)  # plans/checks/record.py
    responses = models.TextField(
        _("remarks and answers"), editable=False, blank=True
    )  # documents/responses.py
    # The digest of both and of the step, as review/queries/seals.py computes it.
    sha256 = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("filing to the city")
        verbose_name_plural = _("filings to the city")
        ordering = ["event"]

    def __str__(self) -> str:
        return str(self.event)
