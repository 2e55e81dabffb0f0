"""Who changed what and when, of a plan and of a line; earlier texts and deleted lines brought back."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import UserRequest
from plans.history_forms import HistoryFilter, RestoreForm
from plans.models import Item
from plans.permissions import (
    can_edit_item,
    can_edit_plan,
    get_item_inside,
    get_plan_inside,
    get_units_to_write_for,
)
from plans.queries.history import (
    ChangePage,
    change_page,
    earlier_words,
    people_of_history,
)
from plans.queries.removals import removals
from plans.queries.traces import Wanted
from plans.services.items import StaleSave, save_item


@login_required
@never_cache
@require_safe
def plan_history(request: UserRequest, pk: int) -> HttpResponse:
    plan, _membership = get_plan_inside(request.user, pk, on=timezone.localdate())
    search = HistoryFilter(request.GET, people=people_of_history(plan))
    wanted = search.wanted()
    page = change_page(plan, wanted)
    context = {
        "plan": plan,
        "search": search,
        "page": page,
        "is_search": bool(wanted.person or wanted.words or wanted.about),
        "is_stroke": wanted.stroke is not None,
        "is_later_page": wanted.until is not None,
        "older": _older(request, page),
    }
    template = "plans/_change_list.html" if request.htmx else "plans/plan_history.html"
    return render(request, template, context)


@login_required
@never_cache
@require_safe
def item_history(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """The changes of one line: a page, or to htmx the panel beside the sheet."""
    today = timezone.localdate()
    item, _membership = get_item_inside(request.user, pk, uid, on=today)
    search = HistoryFilter(request.GET, people=())
    wanted = search.wanted()
    page = change_page(item.plan, Wanted(item=item.pk, until=wanted.until, cut_at=wanted.cut_at))
    context = {
        "plan": item.plan,
        "item": item,
        "page": page,
        "is_later_page": wanted.until is not None,
        "older": _older(request, page),
        "may_restore": item.removed_at is None and can_edit_item(request.user, item, on=today),
    }
    template = "plans/_item_history.html" if request.htmx else "plans/item_history.html"
    return render(request, template, context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def item_restore(request: UserRequest, pk: int, uid: uuid.UUID, key: int) -> HttpResponse:
    """Put an earlier title or text back, field by field, after a page that shows both."""
    today = timezone.localdate()
    item, _membership = get_item_inside(request.user, pk, uid, on=today)
    if not can_edit_item(request.user, item, on=today):
        raise PermissionDenied
    if item.removed_at is not None:
        messages.error(request, _("This line is deleted. Bring it back first."))
        return redirect("plans:item-history", pk, uid)
    earlier = earlier_words(item, key)
    if earlier is None:
        raise Http404
    form = RestoreForm(request.POST or None, texts=earlier.texts)
    if form.is_valid():
        try:
            save_item(pk, uid, actor=request.user, base=form.base, values=form.values)
        except StaleSave:
            messages.error(
                request,
                _("Somebody changed this line meanwhile, so nothing was put back. See how it stands now."),
            )
            return redirect("plans:item-restore", pk, uid, key)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("The earlier words are back."))
            return redirect(_address(item))
    context = {"plan": item.plan, "item": item, "earlier": earlier, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "plans/item_restore.html", context, status=status)


@login_required
@never_cache
@require_safe
def plan_removed(request: UserRequest, pk: int) -> HttpResponse:
    """The lines that were deleted, each with a button that brings it back."""
    today = timezone.localdate()
    plan, _membership = get_plan_inside(request.user, pk, on=today)
    units = None
    if not can_edit_plan(request.user, plan, on=today):
        units = {unit.pk for unit in get_units_to_write_for(request.user, plan, on=today)}
    found, page = removals(plan, number=request.GET.get("page"), units=units)
    return render(request, "plans/plan_removed.html", {"plan": plan, "removals": found, "page": page})


def _older(request: UserRequest, page: ChangePage) -> str:
    """Return the query of the next older page, "" where there is none."""
    if page.older is None:
        return ""
    kept = {name: value for name, value in request.GET.items() if name != "before" and value}
    kept["before"] = page.older.isoformat()
    return urlencode(kept | ({"cut": kept["before"]} if page.cuts else {}))


def _address(item: Item) -> str:
    return f"{reverse('plans:plan-edit', args=[item.plan_id])}#i-{item.uid}"
