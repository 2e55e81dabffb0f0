"""Where the page of what an event concerns is, for a reader who may see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.urls import NoReverseMatch, reverse

from accounts.models import User
from core.models import AuditEvent
from plans.sight_permissions import get_plans_to_list

ADMIN_APPS = frozenset({"accounts", "plans", "review"})


def links_of(events: Iterable[AuditEvent], reader: User, *, on: dt.date) -> dict[int, str]:
    """Return the address each event leads to, by the event's key; one that leads nowhere is left out.

    The reader oversees the city of these events: its extensions and deadlines they see.
    """
    events = [event for event in events if event.key is not None]
    plans = _plans({event.key for event in events if event.subject == "plans.plan" and event.key}, reader, on)
    found = {}
    for event in events:
        match event.subject:
            case "plans.plan":
                address = plans.get(event.key or 0, "")
            case "review.extension":
                address = reverse("review:extension-detail", args=[event.key])
            case "review.deadlinerule":
                address = reverse("review:deadline-list")
            case _:
                address = _in_admin(event, reader)
        if address:
            found[event.pk] = address
    return found


def _plans(keys: set[int], reader: User, on: dt.date) -> dict[int, str]:
    """Return where the reader finds these plans: the rows, or the version in force alone."""
    rows = get_plans_to_list(reader, on=on).filter(pk__in=keys) if keys else ()
    return {
        plan.pk: reverse("review:in-force", args=[plan.pk])
        if plan.is_in_force_alone  # type: ignore[attr-defined]  # annotated
        else plan.get_absolute_url()
        for plan in rows
    }


def _in_admin(event: AuditEvent, reader: User) -> str:
    app, _dot, model = event.subject.partition(".")
    if not reader.is_staff or app not in ADMIN_APPS or event.details.get("change") == "deleted":
        return ""
    if not reader.has_perm(f"{app}.view_{model}"):
        return ""
    try:
        return reverse(f"admin:{app}_{model}_change", args=[event.key])
    except NoReverseMatch:
        return ""
