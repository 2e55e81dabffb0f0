from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Model


def save_as(row: Model, actor: Model | None, *, at: dt.datetime | None = None, **options: Any) -> None:
    """Save `row` and write `actor` into its history as the one who did it, at that moment or now.

    None where it was no person, but a command.
    """
    # simple-history's documented way to name the person, and the moment, outside a request.
    row._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001
    if at is not None:
        row._history_date = at  # type: ignore[attr-defined]  # noqa: SLF001
    row.save(**options)
