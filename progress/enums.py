"""Choices of progress: how often it is filed, where a report stands, and which steps lead on from there."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy


class Rhythm(models.TextChoices):
    """How often the units of a plan file. The values repeat those of `indicators.enums.Frequency`."""

    MONTH = "month", _("Every month")
    QUARTER = "quarter", _("Every quarter")
    HALF_YEAR = "half_year", _("Every half year")
    YEAR = "year", _("Every year")


MONTHS = {Rhythm.MONTH: 1, Rhythm.QUARTER: 3, Rhythm.HALF_YEAR: 6, Rhythm.YEAR: 12}


class ReportStatus(models.TextChoices):
    """Where a report stands. A chief's own filing goes straight to `released`."""

    DRAFT = "draft", pgettext_lazy("report", "Draft")
    SUBMITTED = "submitted", _("With the chief")
    RELEASED = "released", _("With the secretariat")
    ACCEPTED = "accepted", pgettext_lazy("report", "Accepted")
    RETURNED = "returned", pgettext_lazy("report", "Returned")


def status_words(status: str, *, is_begun: bool) -> str:
    """Return where a report stands, in words: one in which nobody wrote anything yet is no draft.

    At a tenth of the time of get_status_display: pages show it of every row.
    """
    if status == ReportStatus.DRAFT and not is_begun:
        return pgettext("report", "Not begun")
    return str(ReportStatus(status).label)


# States in which the unit writes, and those in which its filing counts as done.
WRITABLE = (ReportStatus.DRAFT, ReportStatus.RETURNED)
FILED = (ReportStatus.SUBMITTED, ReportStatus.RELEASED, ReportStatus.ACCEPTED)
# Those a unit has handed in at least once: what it told is not asked of another.
HANDED_IN = (*FILED, ReportStatus.RETURNED)
# What the city and the dashboards count: released by the chief.
COUNTED = (ReportStatus.RELEASED, ReportStatus.ACCEPTED)


class ReportStep(models.TextChoices):
    SUBMIT = "submit", _("Submit")
    RELEASE = "release", _("Release")
    TAKE_BACK = "take_back", _("Take back")
    RETURN = "return", pgettext_lazy("report", "Return")
    ACCEPT = "accept", _("Accept")
    REOPEN = "reopen", _("Reopen")


# From which states each step leads, and where to.
REPORT_STEPS: dict[str, tuple[frozenset[str], str]] = {
    ReportStep.SUBMIT: (frozenset(WRITABLE), ReportStatus.SUBMITTED),
    ReportStep.RELEASE: (frozenset({*WRITABLE, ReportStatus.SUBMITTED}), ReportStatus.RELEASED),
    ReportStep.TAKE_BACK: (frozenset({ReportStatus.SUBMITTED, ReportStatus.RELEASED}), ReportStatus.DRAFT),
    ReportStep.RETURN: (frozenset({ReportStatus.SUBMITTED, ReportStatus.RELEASED}), ReportStatus.RETURNED),
    ReportStep.ACCEPT: (frozenset({ReportStatus.RELEASED}), ReportStatus.ACCEPTED),
    ReportStep.REOPEN: (frozenset({ReportStatus.ACCEPTED}), ReportStatus.RETURNED),
}
NEEDS_REASON = frozenset({ReportStep.RETURN, ReportStep.REOPEN})
