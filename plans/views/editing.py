"""The editor: the sheet, the form of each line in its place, steps on lines. All of it works by plain forms.

A script asks for JSON (`Accept: application/json`) and is told what changed on the sheet; a browser
without one is led back to the line.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from plans import pasting
from plans.blocks import paragraphs_of
from plans.enums import Kind
from plans.item_forms import ItemForm, MoveForm, NewLineForm, PasteForm, initial_of
from plans.models import Item, Plan
from plans.permissions import (
    can_add_below,
    can_arrange_item,
    can_edit_plan,
    get_item_to_edit,
    get_item_to_view,
    get_plan_to_view,
)
from plans.queries.editor import Desk, criteria_of, desk_of, units_to_name
from plans.services import items, moving
from plans.services.presence import tell_presence
from plans.sheet import changes_between

STEPS = ("up", "down", "in", "out")


@login_required
@never_cache
@require_safe
def plan_edit(request: UserRequest, pk: int) -> HttpResponse:
    """The sheet, with a link in each line the person may write; to htmx, or for some pieces, it alone."""
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    desk = desk_of(plan, request.user, on=today)
    if not desk.rights.any:
        raise PermissionDenied
    context = {"plan": plan, "desk": desk, "pieces": desk.pieces, "document": desk.document}
    if wanted := request.GET.get("pieces"):
        keys = set(wanted.split(","))
        context["pieces"] = [piece for piece in desk.pieces if piece.id in keys]
        response = render(request, "plans/_editor_pieces.html", context)
        response["X-Person"] = str(request.user.pk)  # an open page asks whether it is still its own
        return response
    template = "plans/_editor_sheet.html" if request.htmx else "plans/plan_edit.html"
    return render(request, template, context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def item_edit(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """The form of one line. A save merges with what others did; the same field gives both texts."""
    today = timezone.localdate()
    item = get_item_to_edit(request.user, pk, uid, on=today)
    if item.removed_at is not None:
        return _gone(request, item)
    _refuse_other_person(request)
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
            _add_errors(form, error)
        else:
            return _saved(request, item.plan, saved, base, values)
    status = 422 if request.method == "POST" else 200
    context = _form_context(request, item, form, on=today)
    if _wants_json(request):
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
    _refuse_other_person(request)
    source = request.POST if request.method == "POST" else request.GET
    parent = _item_at(plan, source.get("parent"))
    if not can_add_below(request.user, plan, parent, on=today):
        raise PermissionDenied
    start = _place(plan, parent, source) | {"kind": source.get("kind", ""), "token": uuid.uuid4()}
    form = NewLineForm(request.POST or None, at_top=parent is None, initial=start)
    if form.is_valid():
        data = form.cleaned_data
        line = items.NewLine(kind=data["kind"], title=data["title"], text=data["text"])

        def add() -> list[Item]:
            return items.add_lines(
                pk,
                [line],
                actor=request.user,
                parent=data["parent"],
                after=data["after"],
                token=data["token"],
            )

        try:
            return _change_sheet(request, plan, add, on=today, is_new=True)
        except ValidationError as error:
            _add_errors(form, error)
    context = {"plan": plan, "form": form, "parent": parent}
    status = 422 if request.method == "POST" else 200
    if _wants_json(request):
        html = render_to_string("plans/_item_new.html", context, request)
        return JsonResponse({"html": html, "errors": form.errors.get_json_data()}, status=status)
    template = "plans/_item_new.html" if request.htmx else "plans/item_new.html"
    return render(request, template, context, status=status)


@login_required
@require_POST
def item_step(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """Move a line one step: up, down, in or out."""
    today = timezone.localdate()
    item = _item_to_arrange(request, pk, uid, on=today)
    step = request.POST.get("step", "")
    if step not in STEPS:
        raise Http404
    return _try_change(
        request,
        item.plan,
        lambda: [moving.shift_item(pk, uid, step, actor=request.user, token=_token(request))],
        focus=str(uid),
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def item_move(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """Move a line to a place chosen from a list, or dropped at: `place` and how it lies to that line."""
    today = timezone.localdate()
    item = _item_to_arrange(request, pk, uid, on=today)
    desk = desk_of(item.plan, request.user, on=today)
    form = MoveForm(
        request.POST or None, document=desk.document, uid=str(uid), initial={"token": uuid.uuid4()}
    )
    if form.is_valid():
        parent, after = _target(desk, form.cleaned_data["place"], form.cleaned_data["how"])
        if not can_add_below(request.user, item.plan, _item_at(item.plan, parent), on=today):
            form.add_error("place", _("Your unit does not write there. Choose another place."))
        else:
            try:
                return _change_sheet(
                    request,
                    item.plan,
                    lambda: [
                        moving.move_item(
                            pk,
                            uid,
                            actor=request.user,
                            parent=uuid.UUID(parent) if parent else None,
                            after=uuid.UUID(after) if after else None,
                            token=form.cleaned_data["token"],
                        )
                    ],
                    on=today,
                    before=desk,
                    focus=str(uid),
                )
            except ValidationError as error:
                _add_errors(form, error)
    status = 422 if request.method == "POST" else 200
    if status == 422 and _wants_json(request):
        return JsonResponse({"message": " ".join(_all_errors(form))}, status=422)
    context = {"plan": item.plan, "item": item, "node": desk.find(str(uid)), "form": form}
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
        return _try_change(
            request,
            item.plan,
            lambda: moving.remove_items(pk, [uid], actor=request.user, token=_token(request)),
            undo=str(uid),
        )
    desk = desk_of(item.plan, request.user, on=today)
    node = desk.find(str(uid))
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
    if not can_arrange_item(request.user, item, on=today):
        raise PermissionDenied
    return _try_change(
        request,
        item.plan,
        lambda: moving.restore_items(pk, [uid], actor=request.user, token=_token(request)),
        focus=str(uid),
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def lines_paste(request: UserRequest, pk: int) -> HttpResponse:
    """Several lines at once, their numbers recognised as levels."""
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    source = request.POST if request.method == "POST" else request.GET
    parent = _item_at(plan, source.get("parent"))
    if not can_add_below(request.user, plan, parent, on=today):
        raise PermissionDenied
    start = _place(plan, parent, source) | {"token": uuid.uuid4()}
    form = PasteForm(request.POST or None, initial=start)
    if form.is_valid():
        data = form.cleaned_data
        lines = _pasted(data["lines"], at_top=parent is None)

        def add() -> list[Item]:
            return items.add_lines(
                pk, lines, actor=request.user, parent=data["parent"], after=data["after"], token=data["token"]
            )

        try:
            return _change_sheet(request, plan, add, on=today)
        except ValidationError as error:
            _add_errors(form, error)
    status = 422 if request.method == "POST" else 200
    if status == 422 and _wants_json(request):
        return JsonResponse({"message": " ".join(_all_errors(form))}, status=422)
    template = "plans/_lines_paste.html" if request.htmx else "plans/lines_paste.html"
    return render(request, template, {"plan": plan, "form": form, "parent": parent}, status=status)


@login_required
@require_POST
def presence_tell(request: UserRequest, pk: int) -> HttpResponse:
    """The beat of an open editor: where I am, who else is here, and which revision the plan is at."""
    plan = get_plan_to_view(request.user, pk, on=timezone.localdate())
    others = tell_presence(plan, request.user, uid=_uid(request.POST.get("uid")), at=timezone.now())
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
    if not _wants_json(request):
        then = request.POST.get("then", "")
        if then in {"add", "below"}:
            return redirect(_place_of_next(plan, saved.item, then))
        return redirect(_address(plan, str(saved.item.uid)))
    plan.refresh_from_db(fields=["revision"])
    # What this page changed, it goes on from, even where the answer to a repeated request finds that
    # somebody has written over it since.
    sent = items.clean_values(values)
    mine = {name: value for name, value in sent.items() if value != base.get(name)}
    return JsonResponse(
        {
            "saved": True,
            "revision": plan.revision,
            "reload": saved.changes_shape,
            "base": saved.values | mine,
            "fields": initial_of(saved.values),
            "title": saved.item.title,
            "paragraphs": paragraphs_of(saved.item.text),
        }
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
    if _wants_json(request):
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


def _try_change(
    request: UserRequest,
    plan: Plan,
    change: Callable[[], list[Item]],
    *,
    focus: str = "",
    undo: str = "",
) -> HttpResponse:
    """Change the sheet; what cannot be done is said, and nothing is changed."""
    try:
        return _change_sheet(request, plan, change, on=timezone.localdate(), focus=focus, undo=undo)
    except ValidationError as error:
        words = " ".join(error.messages)
        if _wants_json(request):
            return JsonResponse({"message": words, "is_refused": True}, status=422)
        messages.error(request, words)
        return redirect(_address(plan, focus or undo))


def _change_sheet(
    request: UserRequest,
    plan: Plan,
    change: Callable[[], list[Item]],
    *,
    on: dt.date,
    before: Desk | None = None,
    focus: str = "",
    undo: str = "",
    is_new: bool = False,
) -> HttpResponse:
    """Do what changes places, and tell a script what that does to its sheet; lead a browser to the line."""
    if not _wants_json(request):
        changed = change()
        if undo:
            messages.success(request, _("The line is deleted. It stands in the history, to be brought back."))
            return redirect(_address(plan, ""))
        return redirect(_address(plan, focus or str(changed[0].uid)))
    before = before or desk_of(plan, request.user, on=on)
    seen = before.plan.revision
    changed = change()
    plan.refresh_from_db()
    after = desk_of(plan, request.user, on=on)
    answer: dict[str, Any] = {
        "saved": True,
        "revision": plan.revision,
        "uids": [str(item.uid) for item in changed],
        "focus": focus or (str(changed[0].uid) if changed and not undo else ""),
        "undo": undo,
    }
    if is_new:
        answer["base"] = items.values_of(changed[0])
    if request.POST.get("revision") != str(seen):
        # The page does not show the plan as it was before this step: it fetches the whole sheet.
        return JsonResponse(answer | {"reload": True})
    changes = changes_between(before.pieces, after.pieces)
    html = render_to_string(
        "plans/_editor_pieces.html",
        {"plan": plan, "desk": after, "pieces": [piece for piece, _after in changes.put]},
        request,
    )
    return JsonResponse(
        answer
        | {
            "remove": changes.remove,
            "put": [[piece.id, behind] for piece, behind in changes.put],
            "numbers": changes.numbers,
            "html": html,
        }
    )


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


def _place(plan: Plan, parent: Item | None, source: QueryDict) -> dict[str, Any]:
    """Return the place an address names; `after=last`, or none below a line, is behind the last there."""
    after = source.get("after", "")
    if after == "last" or (parent and not after):
        line = items.siblings(plan, parent)
        after = str(line[-1].uid) if line else ""
    return {"parent": source.get("parent", ""), "after": after}


def _target(desk: Desk, place: str, how: str) -> tuple[str, str]:
    """Return (uid of the parent, uid of the line before) for a place chosen from the list."""
    node = desk.find(place)
    if how in {"first", "below"}:
        return place, (node.children[-1].uid if node and node.children and how == "below" else "")
    parent = desk.parent_of(place)
    return (parent.uid if parent else ""), place


def _item_to_arrange(request: UserRequest, pk: int, uid: uuid.UUID, *, on: dt.date) -> Item:
    item = get_item_to_edit(request.user, pk, uid, on=on)
    _refuse_other_person(request)
    if not can_arrange_item(request.user, item, on=on):
        raise PermissionDenied
    return item


def _item_at(plan: Plan, uid: str | None) -> Item | None:
    """Return the line a new one goes below; a line that is no longer there is an error of the address."""
    if not uid:
        return None
    key = _uid(uid)
    item = plan.items.select_related("parent").filter(uid=key).first() if key else None
    if item is None:
        raise Http404
    return item


def _gone(request: UserRequest, item: Item) -> HttpResponse:
    words = _("This line is no longer in the plan; somebody deleted it.")
    if _wants_json(request):
        return JsonResponse({"message": words, "is_gone": True}, status=410)
    if request.htmx:
        return HttpResponse(words, status=410)
    messages.error(request, words)
    return redirect(_address(item.plan, ""))


def _refuse_other_person(request: UserRequest) -> None:
    """A page left open by one person must not write in the name of the next who signs in at that browser."""
    person = request.POST.get("person")
    if person and person != str(request.user.pk):
        raise PermissionDenied(_("Somebody else is signed in now than the one who opened this page."))


def _wants_json(request: UserRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def _token(request: UserRequest) -> uuid.UUID | None:
    return _uid(request.POST.get("token"))


def _uid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def _address(plan: Plan, uid: str) -> str:
    return reverse("plans:plan-edit", args=[plan.pk]) + (f"#i-{uid}" if uid else "")


def _all_errors(form: Any) -> Iterable[str]:
    return [message for messages_ in form.errors.values() for message in messages_]


def _add_errors(form: Any, error: ValidationError) -> None:
    """Put each complaint at its field, or at the head where the form has no such field."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields else None, problems)
