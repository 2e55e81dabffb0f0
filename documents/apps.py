from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = _("Documents")

    def ready(self) -> None:
        # Importing them registers them, which Django allows no earlier than here.
        from documents import checks  # noqa: F401 -- registers its checks
