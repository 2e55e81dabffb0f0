"""Who is at which line of a plan: told by the page while it is open, shown for a little while after."""

from __future__ import annotations

import datetime as dt
import uuid

from accounts.models import User
from plans.models import Item, Plan, Presence, TakenStep

TOKENS_FOR = dt.timedelta(days=7)  # a browser that was away sends what it kept within that time
FORGOTTEN_AFTER = dt.timedelta(seconds=40)  # three times the page's beat and a little more


def tell_presence(plan: Plan, user: User, *, uid: uuid.UUID | None, at: dt.datetime) -> list[Presence]:
    """Write where the person is, and return the others who were there lately, with person and line."""
    item = Item.objects.filter(plan=plan, uid=uid).first() if uid else None
    Presence.objects.update_or_create(plan=plan, user=user, defaults={"item": item, "seen_at": at})
    others = Presence.objects.filter(plan=plan, seen_at__gte=at - FORGOTTEN_AFTER).exclude(user=user)
    return list(others.select_related("user", "item").order_by("user__username"))


def forget_old(at: dt.datetime) -> int:
    """Delete who was here and which steps were taken, once nobody can ask any more; return how many rows."""
    steps, _by_model = TakenStep.objects.filter(taken_at__lt=at - TOKENS_FOR).delete()
    people, _by_model = Presence.objects.filter(seen_at__lt=at - TOKENS_FOR).delete()
    return steps + people
