"""A change of places, watched: how the plan stood before it and stands after it, with nobody's in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from plans.models import Item
from plans.queries.shapes import shape_after, shape_of
from plans.services.locking import lock_plan
from plans.shape import Shape


@dataclass(frozen=True)
class Watched:
    """What a change returned, the two shapes, and the revisions of the plan that go with them."""

    changed: list[Item]
    before: Shape
    after: Shape
    was: int
    revision: int


@transaction.atomic
def watch(plan_pk: int, change: Callable[[], list[Item]]) -> Watched:
    """Make the change under the plan's lock. It returns all lines whose place it changed."""
    plan = lock_plan(plan_pk)
    before, was = shape_of(plan), plan.revision
    changed = change()
    plan.refresh_from_db(fields=["revision"])
    return Watched(changed, before, shape_after(plan, before, changed), was, plan.revision)
