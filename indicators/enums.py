"""How a target is compared, added up and read. Values are those of the open-data contract."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Comparator(models.TextChoices):
    AT_LEAST = ">=", _("at least")
    MORE_THAN = ">", _("more than")
    EXACTLY = "=", _("exactly")
    LESS_THAN = "<", _("less than")
    AT_MOST = "<=", _("at most")
    BETWEEN = "between", _("between")
    DONE = "done", _("done")


class Aggregation(models.TextChoices):
    """How the values of several periods make the value of the year."""

    SUM = "sum", _("sum over periods")
    LATEST = "latest", _("latest value")
    MEAN = "mean", _("mean")
    RATIO = "ratio", _("ratio of sums")
    EACH_PERIOD = "each_period", _("each period")
    DONE = "done", _("done or not")
    MILESTONES = "milestones", _("weighted milestones")


class Direction(models.TextChoices):
    HIGHER = "higher", _("higher is better")
    LOWER = "lower", _("lower is better")
    NONE = "", _("no direction")


class Per(models.TextChoices):
    """What a target counts once for."""

    WHOLE = "", _("the whole district")
    PERSON = "person", _("each person")
    UNIT = "unit", _("each unit")
    VILLAGE = "village", _("each village")
    MONTH = "month", _("each month")
    QUARTER = "quarter", _("each quarter")
    HALF_YEAR = "half_year", _("each half year")
    YEAR = "year", _("each year")
