from __future__ import annotations

from typing import Any

from django.db.models import Model


def save_as(row: Model, actor: Model, **options: Any) -> None:
    """Save `row` and write `actor` into its history as the one who did it."""
    # simple-history's documented way to name the person outside a request.
    row._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001
    row.save(**options)
