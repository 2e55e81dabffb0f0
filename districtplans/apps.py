from __future__ import annotations

from django.apps import AppConfig


class DistrictPlansConfig(AppConfig):
    """The site itself: commands that need every app, and the test of what every app must hold."""

    name = "districtplans"
