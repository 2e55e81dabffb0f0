"""How the editor answers: to a script with what changed on its sheet, to a browser by leading it back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.http import UserRequest
from plans.item_forms import initial_of
from plans.models import Item, Plan
from plans.queries.editor import swap_between
from plans.services import items
from plans.services.watching import watch


def try_change(
    request: UserRequest,
    plan: Plan,
    change: Callable[[], list[Item]],
    *,
    focus: str = "",
    undo: str = "",
) -> HttpResponse:
    """Change the sheet; what cannot be done is said, and nothing is changed."""
    try:
        return change_sheet(request, plan, change, on=timezone.localdate(), focus=focus, undo=undo)
    except ValidationError as error:
        words = " ".join(error.messages)
        if wants_json(request):
            return JsonResponse({"message": words, "is_refused": True}, status=422)
        messages.error(request, words)
        return redirect(address_of(plan, focus or undo))


def change_sheet(
    request: UserRequest,
    plan: Plan,
    change: Callable[[], list[Item]],
    *,
    on: dt.date,
    focus: str = "",
    undo: str = "",
    mine: items.Values | None = None,
) -> HttpResponse:
    """Do what changes places, and tell a script what that does to its sheet; lead a browser to the line.

    `mine` are the words of a new line, from which its form goes on.
    """
    if not wants_json(request):
        changed = change()
        if undo:
            messages.success(request, _("The line is deleted. It stands in the history, to be brought back."))
            return redirect(address_of(plan, ""))
        return redirect(address_of(plan, focus or str(changed[0].uid)))
    watched = watch(plan.pk, change)
    changed = watched.changed
    answer: dict[str, Any] = {
        "revision": watched.revision,
        "uids": [str(item.uid) for item in changed],
        "focus": focus or (str(changed[0].uid) if changed and not undo else ""),
        "undo": undo,
    }
    if mine is not None:
        answer |= what_stands(items.values_of(changed[0]), items.clean_values(mine))
    if request.POST.get("revision") != str(watched.was):
        # The page does not show the plan as it was before this step: it fetches the whole sheet.
        return JsonResponse(answer | {"reload": True})
    swap = swap_between(plan, request.user, watched.before, watched.after, on=on)
    html = render_to_string("plans/_editor_pieces.html", {"plan": plan, "pieces": swap.pieces}, request)
    return JsonResponse(
        answer | {"remove": swap.remove, "put": swap.put, "numbers": swap.numbers, "html": html}
    )


def what_stands(values: items.Values, mine: items.Values) -> dict[str, Any]:
    """Return what a form goes on from: what is stored, as its fields show it, and what of it the form sent.

    They differ where somebody else wrote meanwhile, or where a repeated request finds its text written over.
    """
    return {"stored": values, "fields": initial_of(values), "mine": mine}


def parent_in(plan: Plan, source: QueryDict) -> Item | None:
    """Return the line an address puts new ones below: `parent`, or the one `after` stands below."""
    if above := source.get("parent"):
        return item_at(plan, above)
    after = source.get("after")
    beside = item_at(plan, after) if read_uid(after) else None
    return beside.parent if beside else None


def after_in(plan: Plan, parent: Item | None, source: QueryDict) -> uuid.UUID | None:
    """Return the line new ones come behind: the one named, or the last where it stands there no more.

    `last` is the last too, and so is none below a line.
    """
    wanted = source.get("after", "")
    if not wanted and parent is None:
        return None
    named = read_uid(wanted)
    if named and items.stands_below(plan, parent, named):
        return named
    return items.last_below(plan, parent)


def place_of(parent: Item | None, after: uuid.UUID | None) -> dict[str, Any]:
    return {"parent": parent.uid if parent else "", "after": after or ""}


def item_at(plan: Plan, uid: str | None) -> Item | None:
    """Return the line a new one goes below; a line that is no longer there is an error of the address."""
    if not uid:
        return None
    key = read_uid(uid)
    item = plan.items.select_related("parent").order_by("pk").filter(uid=key).first() if key else None
    if item is None:
        raise Http404
    return item


def refuse_other_person(request: UserRequest) -> None:
    """A page left open by one person must not write in the name of the next who signs in at that browser."""
    person = request.POST.get("person")
    if person and person != str(request.user.pk):
        raise PermissionDenied(_("Somebody else is signed in now than the one who opened this page."))


def wants_json(request: UserRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def token_of(request: UserRequest) -> uuid.UUID | None:
    return read_uid(request.POST.get("token"))


def read_uid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def address_of(plan: Plan, uid: str) -> str:
    return reverse("plans:plan-edit", args=[plan.pk]) + (f"#i-{uid}" if uid else "")


def all_errors(form: Any) -> Iterable[str]:
    return [message for messages_ in form.errors.values() for message in messages_]


def add_errors(form: Any, error: ValidationError) -> None:
    """Put each complaint at its field, or at the head where the form has no such field."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields else None, problems)
