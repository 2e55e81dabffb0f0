"""The editor: the sheet, the form of each line in its place, steps on lines. All of it works by plain forms.

A script asks for JSON (`Accept: application/json`) and is told what changed on the sheet; a browser
without one is led back to the line.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from plans.enums import Kind
from plans.item_forms import ItemForm, NewLineForm
from plans.models import Item, Plan
from plans.permissions import (
    can_add_below,
    can_arrange_item,
    can_edit_plan,
    can_write_in,
    get_item_to_edit,
    get_plan_inside,
    get_plan_to_view,
    is_of_district,
)
from plans.queries.comments import open_counts
from plans.queries.editor import criteria_of, desk_of, pieces_at, units_to_name
from plans.queries.targets import offers
from plans.services import items
from plans.services.presence import tell_presence
from plans.views.answers import (
    add_errors,
    address_of,
    after_in,
    change_sheet,
    parent_in,
    place_of,
    read_uid,
    refuse_other_person,
    wants_json,
    what_stands,
)


@login_required
@never_cache
@require_safe
def plan_edit(request: UserRequest, pk: int) -> HttpResponse:
    """The sheet, with a link in each line the person may write; to htmx, or for some pieces, it alone."""
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    if wanted := request.GET.get("pieces"):
        if not can_write_in(request.user, plan, on=today):
            raise PermissionDenied
        ids = [(one[:1], read_uid(one[2:])) for one in wanted.split(",")]
        pieces = pieces_at(plan, request.user, ids, on=today)
        response = render(request, "plans/_editor_pieces.html", {"plan": plan, "pieces": pieces})
    else:
        desk = desk_of(plan, request.user, on=today)
        if not desk.rights.any:
            raise PermissionDenied
        context = {"plan": plan, "desk": desk, "pieces": desk.pieces, "document": desk.document}
        template = "plans/_editor_sheet.html" if request.htmx else "plans/plan_edit.html"
        response = render(request, template, context | {"new_line": NewLineForm()})
    response["X-Person"] = str(request.user.pk)  # an open page asks whether it is still its own
    return response


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def item_edit(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """The form of one line. A save merges with what others did; the same field gives both texts."""
    today = timezone.localdate()
    item = get_item_to_edit(request.user, pk, uid, on=today)
    if item.removed_at is not None:
        return _gone(request, item)
    refuse_other_person(request)
    form = _item_form(request, item, on=today)
    if request.method == "POST" and form.is_valid():
        values, base = form.values, form.cleaned_data["base"]
        for name in values:
            if request.POST.get(f"keep-{name}") == "theirs":
                values[name] = base[name]
        try:
            saved = items.save_item(
                pk, uid, actor=request.user, base=base, values=values, token=form.cleaned_data["token"]
            )
        except items.StaleSave as conflict:
            return _conflict(request, item, form, conflict)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return _saved(request, item.plan, saved, base, values)
    status = 422 if request.method == "POST" else 200
    context = _form_context(request, item, form, on=today)
    if wants_json(request):
        html = render_to_string("plans/_item_form.html", context, request)
        return JsonResponse({"html": html, "errors": form.errors.get_json_data()}, status=status)
    template = "plans/_item_form.html" if request.htmx else "plans/item_edit.html"
    return render(request, template, context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def item_add(request: UserRequest, pk: int) -> HttpResponse:
    """A new line behind `after` below `parent`, or a new chapter. It is stored once it has words."""
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    refuse_other_person(request)
    source = request.POST if request.method == "POST" else request.GET
    parent = parent_in(plan, source)
    if not can_add_below(request.user, plan, parent, on=today):
        raise PermissionDenied
    after = after_in(plan, parent, source)
    start = place_of(parent, after) | {"kind": source.get("kind", ""), "token": uuid.uuid4()}
    form = NewLineForm(request.POST or None, at_top=parent is None, initial=start)
    if form.is_valid():
        data = form.cleaned_data
        line = items.NewLine(kind=data["kind"], title=data["title"], text=data["text"])

        def add() -> list[Item]:
            return items.add_lines(
                pk,
                [line],
                actor=request.user,
                parent=parent.uid if parent else None,
                after=after,
                token=data["token"],
            )

        try:
            mine = {"kind": line.kind, "title": line.title, "text": line.text}
            return change_sheet(request, plan, add, on=today, mine=mine)
        except ValidationError as error:
            add_errors(form, error)
    context = {"plan": plan, "form": form, "parent": parent}
    status = 422 if request.method == "POST" else 200
    if wants_json(request):
        html = render_to_string("plans/_item_new.html", context, request)
        return JsonResponse({"html": html, "errors": form.errors.get_json_data()}, status=status)
    template = "plans/_item_new.html" if request.htmx else "plans/item_new.html"
    return render(request, template, context, status=status)


@login_required
@never_cache
@require_safe
def plan_marks(request: UserRequest, pk: int) -> HttpResponse:
    """What stands beside lines in the editor: open comments, and numbers that wait for a decision."""
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    if not is_of_district(request.user, plan.district, on=today):
        raise PermissionDenied
    return JsonResponse({"comments": open_counts(plan), "targets": offers(plan)})


@login_required
@require_POST
def presence_tell(request: UserRequest, pk: int) -> HttpResponse:
    """The beat of an open editor: where I am, who else is here, and which revision the plan is at."""
    plan, _membership = get_plan_inside(request.user, pk, on=timezone.localdate())
    refuse_other_person(request)
    others = tell_presence(plan, request.user, uid=read_uid(request.POST.get("uid")), at=timezone.now())
    return JsonResponse(
        {
            "revision": plan.revision,
            "others": [
                {"name": str(one.user), "uid": str(one.item.uid) if one.item else ""} for one in others
            ],
        }
    )


def _item_form(request: UserRequest, item: Item, *, on: dt.date, data: QueryDict | None = None) -> ItemForm:
    return ItemForm(
        data or request.POST or None,
        item=item,
        current=items.values_of(item),
        units=units_to_name(item.plan, item, on=on),
        criteria=criteria_of(item.plan),
        is_whole=can_edit_plan(request.user, item.plan, on=on),
        token=str(uuid.uuid4()),
    )


def _form_context(request: UserRequest, item: Item, form: ItemForm, *, on: dt.date) -> dict[str, Any]:
    may_arrange = can_arrange_item(request.user, item, on=on)
    return {
        "plan": item.plan,
        "item": item,
        "form": form,
        "may_arrange": may_arrange,
        "may_add_after": may_arrange or form.is_whole,
    }


def _saved(
    request: UserRequest, plan: Plan, saved: items.Saved, base: items.Values, values: items.Values
) -> HttpResponse:
    if not wants_json(request):
        then = request.POST.get("then", "")
        if then in {"add", "below"}:
            return redirect(_place_of_next(plan, saved.item, then))
        return redirect(address_of(plan, str(saved.item.uid)))
    plan.refresh_from_db(fields=["revision"])
    sent = items.clean_values(values)
    mine = {name: value for name, value in sent.items() if value != base.get(name)}
    return JsonResponse(
        {"revision": plan.revision, "reload": saved.changes_shape} | what_stands(saved.values, mine)
    )


def _place_of_next(plan: Plan, item: Item, then: str) -> str:
    parent = str(item.uid) if then == "below" else str(item.parent.uid) if item.parent else ""
    after = "" if then == "below" else str(item.uid)
    kind = Kind.ACTION if then == "below" else item.kind
    return f"{reverse('plans:item-add', args=[plan.pk])}?parent={parent}&after={after}&kind={kind}"


def _conflict(request: UserRequest, item: Item, form: ItemForm, conflict: items.StaleSave) -> HttpResponse:
    """Show both texts of each field two people changed. What did not clash travels along unchanged."""
    labels = {"units": _("Responsible units"), "roster": _("Rows of the roster")}
    shown_mine, shown_theirs = (_shown(item, side) for side in (conflict.mine, conflict.theirs))
    fields = [
        {
            "name": name,
            "label": labels.get(name) or form.fields[name].label,
            "mine": shown_mine[name],
            "theirs": shown_theirs[name],
            "is_text": name in {"title", "text"},
        }
        for name in conflict.fields
    ]
    # The next save is made from their text where they clash, and from the same as this one elsewhere.
    data = request.POST.copy()
    data["base"] = json.dumps(form.cleaned_data["base"] | conflict.theirs)
    data["token"] = str(uuid.uuid4())
    again = _item_form(request, item, on=timezone.localdate(), data=data)
    context = {
        "plan": item.plan,
        "item": item,
        "form": again,
        "fields": fields,
        "other": item.history.first(),
    }
    if wants_json(request):
        html = render_to_string("plans/_item_conflict.html", context, request)
        return JsonResponse({"html": html, "theirs": conflict.theirs}, status=409)
    return render(request, "plans/item_conflict.html", context, status=409)


def _shown(item: Item, values: items.Values) -> dict[str, str]:
    """Return values as words a person can compare."""
    units = {}
    if "units" in values:
        units = {unit.pk: unit.name for unit in item.plan.district.units.all()}
    shown = {}
    for name, value in values.items():
        if name == "units":
            shown[name] = "、".join(units.get(row["unit"], "") for row in value)
        elif name == "roster":
            shown[name] = "\n".join("｜".join(row.values()) for row in value)
        elif isinstance(value, bool):
            shown[name] = _("Yes") if value else _("No")
        else:
            shown[name] = str(value or "")
    return shown


def _gone(request: UserRequest, item: Item) -> HttpResponse:
    words = _("This line is no longer in the plan; somebody deleted it.")
    if wants_json(request):
        return JsonResponse({"message": words, "is_gone": True}, status=410)
    if request.htmx:
        return HttpResponse(words, status=410)
    messages.error(request, words)
    return redirect(address_of(item.plan, ""))
