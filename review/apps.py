from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewConfig(AppConfig):
    name = "review"
    verbose_name = _("Review")

    def ready(self) -> None:
        # Models are there from now on, not before.
        from core.working_days import provide_calendar
        from documents.approvals import provide
        from documents.models import PACKAGE, RESPONSES, YEAR_END
        from documents.permissions import provide_sight
        from review.permissions import can_fetch_package, can_fetch_responses
        from review.queries.approvals import printed_approval
        from review.queries.deadlines import calendar_of
        from review.year_end_permissions import can_fetch_year_end

        provide(printed_approval)
        provide_calendar(calendar_of)
        provide_sight(PACKAGE, can_fetch_package)
        provide_sight(RESPONSES, can_fetch_responses)
        provide_sight(YEAR_END, can_fetch_year_end)
