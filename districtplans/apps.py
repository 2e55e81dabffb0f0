from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy
from django_tasks_db.apps import TasksAppConfig


class DistrictPlansConfig(AppConfig):
    """The site itself: commands that need every app, and the test of what every app must hold."""

    name = "districtplans"
    default = True


class BackgroundWork(TasksAppConfig):
    verbose_name = gettext_lazy("Background work")  # type: ignore[assignment]  # in the reader's language
