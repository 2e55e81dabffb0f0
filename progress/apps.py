from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgressConfig(AppConfig):
    name = "progress"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Progress")

    def ready(self) -> None:
        from indicators.followers import follow_baselines
        from progress.services.baselines import take_up_baseline

        follow_baselines(take_up_baseline)
