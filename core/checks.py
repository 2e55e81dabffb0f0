"""What a site needs beside its settings, said by `manage.py check` and before every migration."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.translation)
def check_translations(**_options: Any) -> list[checks.CheckMessage]:
    """The site speaks Chinese by its compiled translations, which the repository does not hold."""
    place = settings.BASE_DIR / "locale" / "zh_Hant" / "LC_MESSAGES"
    compiled, words = place / "django.mo", place / "django.po"
    if not compiled.exists():
        said = "The translations are not compiled, so the site speaks English."
    elif words.exists() and compiled.stat().st_mtime < words.stat().st_mtime:
        said = "The translations were changed since they were compiled, so new words are shown in English."
    else:
        return []
    hint = "Run `manage.py compilemessages --ignore .venv` (it needs gettext)."
    return [checks.Warning(said, hint=hint, id="core.W001")]
