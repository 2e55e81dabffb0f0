"""What stands behind a report: its list, adding to it, taking out, and the files as they are handed out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.http import UserRequest
from core.uploads import tidy_name
from plans.views.answers import add_errors, refuse_other_person, wants_json
from progress.forms import FilesForm, LinkForm
from progress.models import ProgressReport
from progress.permissions import (
    get_evidence_to_view,
    get_evidence_to_write,
    get_report_to_view,
    get_report_to_write,
)
from progress.queries.filing import card_of
from progress.services import evidence
from progress.views.handing_out import download, show_picture


@login_required
@never_cache
@require_safe
def evidence_list(request: UserRequest, pk: int) -> HttpResponse:
    """What stands behind a report, and for people of its unit the forms that add to it."""
    report, membership = get_report_to_view(request.user, pk, on=timezone.localdate())
    works_here = membership is not None and membership.works_in(report.unit)
    return _page(request, report, FilesForm(), LinkForm(), works_here=works_here)


@login_required
@require_POST
def evidence_add(request: UserRequest, pk: int) -> HttpResponse:
    """Add files, each that can be kept, or a link. Of what is refused the page says why."""
    report, _membership = get_report_to_write(request.user, pk, on=timezone.localdate())
    refuse_other_person(request)
    is_link = "link" in request.POST
    files = FilesForm(None if is_link else request.POST, None if is_link else request.FILES)
    link = LinkForm(request.POST if is_link else None)
    added = _add_link(request, report, link) if is_link else _add_files(request, report, files)
    if errors := (link if is_link else files).errors:
        if wants_json(request):
            words = " ".join(str(one) for problems in errors.values() for one in problems)
            return JsonResponse({"message": words}, status=422)
        return _page(request, report, files, link, works_here=True, added=added, status=422)
    return _changed(request, report, _added_words(added))


@login_required
@require_POST
def evidence_change(request: UserRequest, pk: int) -> HttpResponse:
    """Do what a button beside a piece says: remove, restore, rename."""
    now = timezone.now()
    piece = get_evidence_to_write(request.user, pk, on=timezone.localdate(now))
    refuse_other_person(request)
    what = request.POST.get("do", "")
    try:
        if what == "remove":
            evidence.remove_evidence(pk, actor=request.user, at=now)
            words = _("“%(name)s” is removed. It stands below, to be brought back.")
        elif what == "restore":
            evidence.restore_evidence(pk, actor=request.user, at=now)
            words = _("“%(name)s” is back.")
        elif what == "rename":
            caption = request.POST.get("caption", "")
            piece = evidence.rename_evidence(pk, actor=request.user, caption=caption, at=now)
            words = _("Saved.")
        else:
            return HttpResponse(status=400)
    except ValidationError as error:
        said = " ".join(error.messages)
        if wants_json(request):
            return JsonResponse({"message": said}, status=422)
        messages.error(request, said)
        return redirect("progress:evidence-list", piece.report_id)
    return _changed(request, piece.report, words % {"name": piece})


@login_required
@require_safe
def evidence_download(request: UserRequest, pk: int) -> HttpResponse | FileResponse:
    """Hand out a file under its own name, always as one to be stored."""
    piece = get_evidence_to_view(request.user, pk, on=timezone.localdate())
    return download(request, piece, piece.report.period.plan, "evidence")


@login_required
@require_safe
def evidence_picture(request: UserRequest, pk: int) -> HttpResponse | FileResponse:
    """Show a picture."""
    return show_picture(request, get_evidence_to_view(request.user, pk, on=timezone.localdate()))


def _add_files(request: UserRequest, report: ProgressReport, form: FilesForm) -> int:
    """Add every file that can be kept; the form says of the others why not. Returns how many were added."""
    if not form.is_valid():
        return 0
    refused = []
    for upload in form.cleaned_data["file"]:
        try:
            evidence.add_file(
                report.pk,
                actor=request.user,
                file=upload,
                file_name=upload.name,
                caption=form.cleaned_data["caption"],
                at=timezone.now(),
            )
        except ValidationError as error:
            words = " ".join(error.messages)
            # A script sends one at a time, and says the words beside the name.
            refused.append(words if wants_json(request) else f"{tidy_name(upload.name)}：{words}")
    added = len(form.cleaned_data["file"]) - len(refused)
    if refused:
        form.add_error("file", ValidationError(refused))
    return added


def _add_link(request: UserRequest, report: ProgressReport, form: LinkForm) -> int:
    if not form.is_valid():
        return 0
    data = form.cleaned_data
    try:
        evidence.add_link(
            report.pk, actor=request.user, link=data["link"], caption=data["caption"], at=timezone.now()
        )
    except ValidationError as error:
        add_errors(form, error)
        return 0
    return 1


def _added_words(count: int) -> str:
    words = ngettext("%(count)d file or link is added.", "%(count)d files or links are added.", count)
    return words % {"count": count}


def _changed(request: UserRequest, report: ProgressReport, words: str) -> HttpResponse:
    """Tell a script the list as it stands now; lead a browser back to it."""
    if not wants_json(request):
        messages.success(request, words)
        return redirect("progress:evidence-list", report.pk)
    card = card_of(report, on=timezone.localdate())
    context = {"card": card, "may_write": True, "is_inline": True}
    html = render_to_string("progress/_evidence_list.html", context, request)
    return JsonResponse({"message": words, "html": html})


def _page(
    request: UserRequest,
    report: ProgressReport,
    files: FilesForm,
    link: LinkForm,
    *,
    works_here: bool,
    added: int = 0,
    status: int = 200,
) -> HttpResponse:
    card = card_of(report, on=timezone.localdate())
    context: dict[str, Any] = {
        "plan": report.period.plan,
        "period": report.period,
        "card": card,
        "files": files,
        "link": link,
        "added": _added_words(added) if added else "",
        "works_here": works_here,
        "may_write": works_here and card.may_write,
        "back": reverse("progress:filing", args=[report.period_id, report.unit_id]) + f"#r-{report.pk}",
    }
    return render(request, "progress/evidence_list.html", context, status=status)
