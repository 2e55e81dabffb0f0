"""Files in and out: a document being imported, a document made."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import District, User
from plans.models import SERIES, Plan


class DraftState(models.TextChoices):
    READING = "reading", _("being read")
    READY = "ready", _("to be corrected")
    FAILED = "failed", _("could not be read")
    SAVED = "saved", _("saved as a plan")


class ImportDraft(models.Model):
    """A source text and the proposal read from it, until a person has corrected and saved it."""

    district = models.ForeignKey(
        District, models.PROTECT, related_name="import_drafts", verbose_name=_("district")
    )
    series = models.CharField(_("series"), max_length=60, default=SERIES)
    year = models.PositiveSmallIntegerField(_("year"))
    file_name = models.CharField(_("file name"), max_length=255, blank=True)
    source = models.TextField(_("source"), blank=True)
    proposal = models.JSONField(_("proposal"), null=True, blank=True)
    previous = models.JSONField(_("proposals before the last changes"), default=list, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=DraftState, default=DraftState.READING)
    message = models.TextField(_("message"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    plan = models.ForeignKey(
        Plan, models.SET_NULL, null=True, blank=True, related_name="import_drafts", verbose_name=_("plan")
    )
    made_by = models.ForeignKey(User, models.PROTECT, related_name="import_drafts", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("import draft")
        verbose_name_plural = _("import drafts")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name or f"#{self.pk}"


# Formats of a file: a plan as it stands, marked as a draft; two side by side; a version that is or was in
# force; one that was filed and no more; what was filed to the city as one file; remarks and answers; what
# came of the plan's year.
PDF, COMPARE, IN_FORCE, FILED, PACKAGE, RESPONSES, YEAR_END = (
    *("pdf", "compare", "in_force", "filed", "package", "responses", "year_end"),
)
UNMARKED = (IN_FORCE, FILED)  # plans without a draft's mark
# What was decided on or filed: kept with its digest for good. All else is made again for whoever asks.
RECORDS = (IN_FORCE, FILED, PACKAGE, RESPONSES, YEAR_END)


class FileState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RENDERING = "rendering", _("being made")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


class RenderedFile(models.Model):
    """A document made from canonical JSON of a plan or of two, kept by the digest of all it depends on."""

    key = models.CharField(_("key"), max_length=64, unique=True)
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="rendered_files", verbose_name=_("plan"))
    format = models.CharField(_("format"), max_length=10)
    state = models.CharField(_("state"), max_length=10, choices=FileState, default=FileState.WAITING)
    content = models.TextField(_("canonical JSON"), editable=False)
    approval = models.TextField(_("signatures"), editable=False, blank=True)  # documents/approvals.py
    file = models.FileField(_("file"), upload_to="rendered/", blank=True)
    sha256 = models.CharField(_("sha256"), max_length=64, blank=True)
    message = models.TextField(_("message"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    asked_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ready_at = models.DateTimeField(_("ready"), null=True, blank=True)

    class Meta:
        verbose_name = _("rendered file")
        verbose_name_plural = _("rendered files")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.plan} ({self.format})"

    @property
    def ending(self) -> str:
        """The ending of its name, which tells the kind of its bytes."""
        return "zip" if self.format == PACKAGE else "pdf"

    @property
    def is_pending(self) -> bool:
        return self.state in (FileState.WAITING, FileState.RENDERING)
