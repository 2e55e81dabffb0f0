"""What stands around the lines: the title page, the foot, the attachments."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from core.numerals import to_chinese
from plans.item_forms import AttachmentForm, FactsForm
from plans.models import Plan
from plans.permissions import can_edit_plan, get_plan_to_edit, get_plan_to_view, is_of_district
from plans.recording import record_download
from plans.services import facts
from plans.services.items import StaleSave


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def facts_edit(request: UserRequest, pk: int) -> HttpResponse:
    plan = get_plan_to_edit(request.user, pk, on=timezone.localdate())
    theirs: dict[str, object] = {}
    form = FactsForm(request.POST or None, instance=plan, token=str(uuid.uuid4()))
    if form.is_valid():
        base = form.cleaned_data["base"]
        try:
            facts.save_facts(
                pk,
                actor=request.user,
                base=base,
                values=form.values,
                token=form.cleaned_data["token"],
            )
        except StaleSave as conflict:
            theirs = conflict.theirs
            form = FactsForm(form.made_from(theirs), instance=plan, token=str(uuid.uuid4()))
            for name, value in theirs.items():
                words = _(
                    "Somebody else changed this meanwhile to “%(value)s”. Save again if yours is to stand."
                )
                form.add_error(name, words % {"value": value})
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            messages.success(request, _("Saved."))
            return redirect("plans:plan-edit", pk)
    status = 409 if theirs else 422 if request.method == "POST" else 200
    return render(request, "plans/facts_edit.html", {"plan": plan, "form": form}, status=status)


@login_required
@never_cache
@require_safe
def attachment_list(request: UserRequest, pk: int) -> HttpResponse:
    """The attachments, in the order they print."""
    plan = get_plan_to_view(request.user, pk, on=timezone.localdate())
    return _attachments(request, plan, AttachmentForm())


@login_required
@require_POST
def attachment_add(request: UserRequest, pk: int) -> HttpResponse:
    plan = get_plan_to_edit(request.user, pk, on=timezone.localdate())
    form = AttachmentForm(request.POST, request.FILES)
    if form.is_valid():
        title, upload = form.cleaned_data["title"], form.cleaned_data["file"]
        try:
            facts.add_attachment(pk, actor=request.user, title=title, file=upload, file_name=upload.name)
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            messages.success(request, _("The attachment is added."))
            return redirect("plans:attachment-list", pk)
    return _attachments(request, plan, form, status=422)


@login_required
@require_POST
def attachment_change(request: UserRequest, pk: int) -> HttpResponse:
    """Save the titles that were changed, then do what the button says: up:3, down:3, remove:3, restore:3.

    Each row brings its title along with the one it was made from: what others renamed meanwhile stays.
    """
    get_plan_to_edit(request.user, pk, on=timezone.localdate())
    what, _colon, number = request.POST.get("do", "").partition(":")
    key = int(number) if number.isascii() and number.isdigit() and len(number) < 12 else 0
    titles = _changed_titles(request)
    try:
        for row, title in titles.items():
            facts.rename_attachment(pk, row, actor=request.user, title=title)
        if titles:
            messages.success(request, _("The title is saved."))
        if what in {"up", "down"}:
            facts.shift_attachment(pk, key, -1 if what == "up" else 1, actor=request.user)
        elif what == "remove":
            facts.remove_attachment(pk, key, actor=request.user)
            messages.success(request, _("The attachment is taken out. It stands below, to be brought back."))
        elif what == "restore":
            facts.restore_attachment(pk, key, actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("plans:attachment-list", pk)


@login_required
@require_safe
def attachment_download(request: UserRequest, pk: int, key: int) -> FileResponse:
    today = timezone.localdate()
    plan = get_plan_to_view(request.user, pk, on=today)
    rows = plan.attachments.all()
    if not is_of_district(request.user, plan.district, on=today):
        rows = rows.filter(removed_at__isnull=True)  # what was taken out was never filed
    row = get_object_or_404(rows, pk=key)
    content = row.file.open()
    if request.method == "GET":
        record_download(plan, "attachment", actor=request.user, file=row.file_name)
    # Never shown inside the site: a file from outside is handed over, not run.
    return FileResponse(content, as_attachment=True, filename=row.file_name)


def _changed_titles(request: UserRequest) -> dict[int, str]:
    """Return the titles that are others than those they were made from, by the attachment's key."""
    sent = {
        name.removeprefix("title-"): title
        for name, title in request.POST.items()
        if name.startswith("title-")
    }
    return {
        int(key): str(title)
        for key, title in sent.items()
        if key.isascii() and key.isdigit() and len(key) < 12 and title != request.POST.get(f"was-{key}")
    }


def _attachments(
    request: UserRequest, plan: Plan, form: AttachmentForm, *, status: int = 200
) -> HttpResponse:
    may_edit = can_edit_plan(request.user, plan, on=timezone.localdate())
    rows = list(plan.attachments.all())
    standing = [row for row in rows if row.removed_at is None]
    context = {
        "plan": plan,
        "form": form,
        "may_edit": may_edit,
        "rows": [(f"附件{to_chinese(number)}", row) for number, row in enumerate(standing, 1)],
        "removed": [row for row in rows if row.removed_at is not None] if may_edit else [],
    }
    return render(request, "plans/attachment_list.html", context, status=status)
