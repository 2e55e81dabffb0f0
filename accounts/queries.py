"""People with what every page asks of them."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from django.db.models import F, FilteredRelation, QuerySet

from accounts.models import POST, User, holding
from accounts.posts import Post, Posts


def person_on(day: dt.date, pk: int) -> User | None:
    """Return the person together with what they hold that day, in one query."""
    rows = list(_people_on(day).filter(pk=pk))
    if not rows:
        return None
    held = [Post(*(getattr(row, f"post_{place}") for place in range(len(POST)))) for row in rows]
    person = rows[0]
    person.known_posts = Posts(day, tuple(one for one in held if one.role))
    return person


@lru_cache(maxsize=2)
def _people_on(day: dt.date) -> QuerySet[User]:
    """Return people, each once for every appointment they hold that day, and once without any."""
    # The query is kept, not its rows: every request asks it, and making it anew costs more than its answer.
    held = FilteredRelation("appointments", condition=holding(day, "appointments__"))
    columns = {f"post_{place}": F(f"held__{name}") for place, name in enumerate(POST)}
    return User.objects.annotate(held=held).annotate(**columns).order_by("held__pk")
