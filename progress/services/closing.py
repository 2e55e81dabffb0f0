"""Refusing to change a year whose results are filed: what the city was given is what there was."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from plans.enums import PlanStatus
from plans.models import Plan
from progress.queries.closing import is_with_city


def check_not_closed(plan: Plan) -> None:
    """Refuse what would change the results of a plan that is closed, or has none yet."""
    if plan.status == PlanStatus.CLOSED:
        raise ValidationError(_("The plan is closed; its results stand as they were filed."), code="closed")
    if plan.in_force_id is None:
        raise ValidationError(_("No version of this plan is in force, so nothing is reported on yet."))


def check_year_open(plan: Plan) -> None:
    """Refuse what would change a year whose results are with the city, too."""
    check_not_closed(plan)
    if is_with_city(plan):
        raise ValidationError(
            _("The results of this year are with the city. They are changed only after it returned them."),
            code="closed",
        )
