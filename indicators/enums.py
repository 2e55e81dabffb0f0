"""Choices of what is counted and promised: comparators, aggregations, directions, what a value is for."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Comparator(models.TextChoices):
    AT_LEAST = ">=", _("at least")
    MORE_THAN = ">", _("more than")
    EQUAL = "=", _("exactly")
    LESS_THAN = "<", _("less than")
    AT_MOST = "<=", _("at most")
    BETWEEN = "between", _("between")
    DONE = "done", pgettext_lazy("comparator", "done, with evidence")


class Aggregation(models.TextChoices):
    """How the results of several periods make the result of the year."""

    SUM = "sum", _("Sum over the periods")
    LATEST = "latest", _("Latest value")
    MEAN = "mean", _("Mean")
    # Σ numerator / Σ denominator, never a mean of ratios: periods differ in size.
    RATIO = "ratio", _("Ratio of sums")
    EACH_PERIOD = "each_period", _("Reached in each period")
    DONE = "done", _("Done or not done")
    MILESTONES = "milestones", _("Weighted milestones")


class Direction(models.TextChoices):
    """Which way is better."""

    NONE = "none", _("Neither")
    MORE = "more", _("More is better")
    LESS = "less", _("Less is better")


class Baseline(models.TextChoices):
    """What a promised change is measured against."""

    NONE = "", _("None")
    LAST_YEAR = "last_year", _("Last year's result")


class Frequency(models.TextChoices):
    """How often something comes round, as prose says it: 每月, 每四個月, 每半年."""

    NONE = "", _("Not said")
    DAY = "day", _("Every day")
    WEEK = "week", _("Every week")
    TWO_WEEKS = "two_weeks", _("Every two weeks")
    MONTH = "month", _("Every month")
    TWO_MONTHS = "two_months", _("Every two months")
    QUARTER = "quarter", _("Every quarter")
    FOUR_MONTHS = "four_months", _("Every four months")
    HALF_YEAR = "half_year", _("Every half year")
    SEMESTER = "semester", _("Every school term")
    YEAR = "year", _("Every year")
    TWO_YEARS = "two_years", _("Every two years")


class Per(models.TextChoices):
    """What one value is for; the periods repeat those of `Frequency`.

    Where prose names both (每人每年, 每課每季) this is the body and the frequency stands beside it.
    """

    WHOLE = "", _("The whole")
    PERSON = "person", _("Each person")
    UNIT = "unit", _("Each unit")
    VILLAGE = "village", _("Each village")
    HOUSEHOLD = "household", _("Each household")
    CASE = "case", _("Each case")
    SESSION = "session", _("Each session")
    EACH = "each", _("Each of those named")
    DAY = "day", _("Every day")
    WEEK = "week", _("Every week")
    TWO_WEEKS = "two_weeks", _("Every two weeks")
    MONTH = "month", _("Every month")
    TWO_MONTHS = "two_months", _("Every two months")
    QUARTER = "quarter", _("Every quarter")
    FOUR_MONTHS = "four_months", _("Every four months")
    HALF_YEAR = "half_year", _("Every half year")
    SEMESTER = "semester", _("Every school term")
    YEAR = "year", _("Every year")
    TWO_YEARS = "two_years", _("Every two years")


class Origin(models.TextChoices):
    """Where a reading comes from: only `target` is a promise."""

    TARGET = "target", pgettext_lazy("origin of a number", "Promised in a target")
    ACTION = "action", pgettext_lazy("origin of a number", "Number in an action")
    FREQUENCY = "frequency", pgettext_lazy("origin of a number", "Mere frequency")


class ProgressState(models.TextChoices):
    """How a line or a target stands within its year."""

    NOT_STARTED = "not_started", _("Not started")
    ON_SCHEDULE = "on_schedule", _("On schedule")
    AHEAD = "ahead", _("Ahead")
    BEHIND = "behind", _("Behind")
    DONE = "done", pgettext_lazy("progress", "Done")
    STOPPED = "stopped", _("Stopped")
