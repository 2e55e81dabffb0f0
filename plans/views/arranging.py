"""Where lines stand: steps, moves, deletion and undoing, several lines at once."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import UserRequest
from plans import pasting
from plans.enums import Kind
from plans.item_forms import MoveForm, PasteForm
from plans.models import Item
from plans.permissions import (
    can_add_below,
    can_arrange_item,
    can_bring_back_item,
    can_remove_item,
    can_shift_item,
    get_item_to_edit,
    get_item_to_view,
    get_plan_to_view,
)
from plans.queries.documents import plan_document
from plans.services import items, moving
from plans.views.answers import (
    add_errors,
    after_in,
    all_errors,
    change_sheet,
    parent_in,
    place_of,
    refuse_other_person,
    token_of,
    try_change,
    wants_json,
)

STEPS = ("up", "down", "in", "out")


@login_required
@require_POST
def item_step(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """Move a line one step: up, down, in or out."""
    today = timezone.localdate()
    item = _item_to_arrange(request, pk, uid, on=today)
    step = request.POST.get("step", "")
    if step not in STEPS:
        raise Http404

    def shift() -> list[Item]:
        if not can_shift_item(request.user, item, step, on=today):
            raise ValidationError(_("Your unit does not write there. Choose another place."))
        return [moving.shift_item(pk, uid, step, actor=request.user, token=token_of(request))]

    return try_change(request, item.plan, shift, focus=str(uid))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def item_move(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """Move a line to a place chosen from a list, or dropped at: `place` and how it lies to that line."""
    today = timezone.localdate()
    item = _item_to_arrange(request, pk, uid, on=today)
    form = MoveForm(request.POST or None, item=item, initial={"token": uuid.uuid4()})
    if form.is_valid():
        parent, after = _target(form.cleaned_data["place"], form.cleaned_data["how"])
        if not can_add_below(request.user, item.plan, parent, on=today):
            form.add_error("place", _("Your unit does not write there. Choose another place."))
        else:

            def move() -> list[Item]:
                token = form.cleaned_data["token"]
                parent_uid = parent.uid if parent else None
                return [
                    moving.move_item(pk, uid, actor=request.user, parent=parent_uid, after=after, token=token)
                ]

            try:
                return change_sheet(request, item.plan, move, on=today, focus=str(uid))
            except ValidationError as error:
                add_errors(form, error)
    status = 422 if request.method == "POST" else 200
    if status == 422 and wants_json(request):
        return JsonResponse({"message": " ".join(all_errors(form))}, status=422)
    document = plan_document(item.plan)
    form.offer(document)
    node = document.find(str(uid))
    context = {"plan": item.plan, "item": item, "node": node, "form": form}
    template = "plans/_item_move.html" if request.htmx else "plans/item_move.html"
    return render(request, template, context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def item_remove(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """Take a line, with all below it, out of the plan. A link to this asks first; a script offers to undo."""
    today = timezone.localdate()
    item = _item_to_arrange(request, pk, uid, on=today)
    if request.method == "POST":

        def remove() -> list[Item]:
            if not can_remove_item(request.user, item, on=today):
                raise ValidationError(_("Lines of others stand below this one. The secretariat deletes it."))
            return moving.remove_items(pk, [uid], actor=request.user, token=token_of(request))

        return try_change(request, item.plan, remove, undo=str(uid))
    node = plan_document(item.plan).find(str(uid))
    below = sum(1 for _node in node.walk()) - 1 if node else 0
    return render(
        request, "plans/item_remove.html", {"plan": item.plan, "item": item, "node": node, "below": below}
    )


@login_required
@require_POST
def item_bring_back(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """Undo a deletion: the line comes back with what was deleted together with it."""
    today = timezone.localdate()
    item = get_item_to_view(request.user, pk, uid, on=today)
    refuse_other_person(request)
    if not can_bring_back_item(request.user, item, on=today):
        raise PermissionDenied
    return try_change(
        request,
        item.plan,
        lambda: moving.restore_items(pk, [uid], actor=request.user, token=token_of(request)),
        focus=str(uid),
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def lines_paste(request: UserRequest, pk: int) -> HttpResponse:
    """Several lines at once, their numbers recognised as levels."""
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    refuse_other_person(request)
    source = request.POST if request.method == "POST" else request.GET
    parent = parent_in(plan, source)
    if not can_add_below(request.user, plan, parent, on=today):
        raise PermissionDenied
    after = after_in(plan, parent, source)
    start = place_of(parent, after) | {"token": uuid.uuid4()}
    form = PasteForm(request.POST or None, initial=start)
    if form.is_valid():
        data = form.cleaned_data
        lines = _pasted(data["lines"], at_top=parent is None)

        def add() -> list[Item]:
            return items.add_lines(
                pk,
                lines,
                actor=request.user,
                parent=parent.uid if parent else None,
                after=after,
                token=data["token"],
            )

        try:
            return change_sheet(request, plan, add, on=today)
        except ValidationError as error:
            add_errors(form, error)
    status = 422 if request.method == "POST" else 200
    if status == 422 and wants_json(request):
        return JsonResponse({"message": " ".join(all_errors(form))}, status=422)
    template = "plans/_lines_paste.html" if request.htmx else "plans/lines_paste.html"
    return render(request, template, {"plan": plan, "form": form, "parent": parent}, status=status)


def _pasted(text: str, *, at_top: bool) -> list[items.NewLine]:
    lines = pasting.read_lines(text)
    made = []
    for at, line in enumerate(lines):
        kind = pasting.kind_of(lines, at, Kind.ACTION)
        is_title = kind == Kind.HEADING or (at_top and line.depth == 0)
        made.append(
            items.NewLine(
                kind=kind,
                title=line.words if is_title else "",
                text="" if is_title else line.words,
                depth=line.depth,
                numbered=line.is_numbered,
            )
        )
    return made


def _target(place: Item, how: str) -> tuple[Item | None, uuid.UUID | None]:
    """Return the parent, and the line before, for a place chosen from the list."""
    if how == "after":
        return place.parent, place.uid
    return place, items.last_below(place.plan, place) if how == "below" else None


def _item_to_arrange(request: UserRequest, pk: int, uid: uuid.UUID, *, on: dt.date) -> Item:
    item = get_item_to_edit(request.user, pk, uid, on=on)
    refuse_other_person(request)
    if not can_arrange_item(request.user, item, on=on):
        raise PermissionDenied
    return item
