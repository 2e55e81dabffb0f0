from __future__ import annotations

from functools import cache

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from simple_history.manager import HistoryManager


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Audit log")

    def ready(self) -> None:
        from core import checks  # noqa: F401 -- registers the checks

        # simple-history makes a new class each time a `history` is looked at, so for every row written too:
        # a fifth of the time of writing a plan. The class is the same each time; one is kept.
        kept = cache(HistoryManager.from_queryset.__func__)
        HistoryManager.from_queryset = classmethod(kept)  # type: ignore[arg-type]  # a cached function is one
