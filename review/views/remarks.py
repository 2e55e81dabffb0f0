"""The city's remarks on a filed plan, and the table in which the district answers them."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from documents import queries, services
from documents.models import RenderedFile
from plans.document import UnreadableDocument
from plans.enums import EDITABLE
from plans.queries.rounds import units_of_line
from review.desk_permissions import (
    get_plan_to_remark,
    get_remark_to_answer,
    get_remark_to_change,
    get_responses_to_view,
)
from review.queries.responses import filed_version, place_of, response_sheet, rounds_of
from review.remark_forms import AnswerForm, RemarkForm
from review.services.remarks import add_remark, answer_remark, change_remark, remove_remark


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remark_add(request: UserRequest, pk: int) -> HttpResponse:
    """Write a remark on the line the address names, or on the plan as a whole."""
    plan = get_plan_to_remark(request.user, pk, on=timezone.localdate())
    uid = _uid(request.GET.get("line", ""))
    try:
        place = place_of(filed_version(plan), uid)
    except UnreadableDocument as error:  # the desk says so
        raise Http404 from error
    if place is None:
        raise Http404
    form = RemarkForm(request.POST or None)
    if form.is_valid():
        try:
            add_remark(
                plan.pk,
                actor=request.user,
                uid=uid,
                text=form.cleaned_data["text"],
                at=timezone.now(),
                token=form.cleaned_data["token"],
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _back(request, plan.pk, uid)
    context = {
        "plan": plan,
        "form": form,
        "line": place[1],
        "uid": uid,
        "address": f"{reverse('review:remark-add', args=[plan.pk])}{f'?line={uid}' if uid else ''}",
    }
    return _form(request, context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remark_edit(request: UserRequest, pk: int, key: int) -> HttpResponse:
    remark = get_remark_to_change(request.user, pk, key, on=timezone.localdate())
    form = RemarkForm(request.POST or None, remark=remark)
    if form.is_valid():
        try:
            change_remark(pk, key, actor=request.user, text=form.cleaned_data["text"], at=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _back(request, pk, remark.item_uid)
    context = {
        "plan": remark.plan,
        "form": form,
        "line": remark.line,
        "uid": remark.item_uid,
        "remark": remark,
        "address": reverse("review:remark-edit", args=[pk, key]),
    }
    return _form(request, context)


@login_required
@require_POST
def remark_remove(request: UserRequest, pk: int, key: int) -> HttpResponse:
    remark = get_remark_to_change(request.user, pk, key, on=timezone.localdate())
    try:
        remove_remark(pk, key, actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The remark is deleted."))
    return _back(request, pk, remark.item_uid)


def _uid(text: str) -> uuid.UUID | None:
    """Return the line an address names, None where it names none; raise 404 where that is no identity."""
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error


def _back(request: UserRequest, pk: int, uid: uuid.UUID | None) -> HttpResponse:
    """Lead back to the line on the desk; from beside the sheet, by having the browser go there."""
    address = f"{reverse('review:desk-plan', args=[pk])}{f'#i-{uid}' if uid else '#remarks'}"
    if not request.htmx:
        return redirect(address)
    # To an address that differs in the line alone a browser would only scroll, and show the old page.
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})


def _form(request: UserRequest, context: dict[str, object]) -> HttpResponse:
    form = context["form"]
    status = 422 if isinstance(form, RemarkForm) and form.errors else 200
    template = "review/_remark_form.html" if request.htmx else "review/remark_form.html"
    return render(request, template, context, status=status)


@login_required
@require_safe
def response_table(request: UserRequest, pk: int) -> HttpResponse:
    plan, remarks, may_answer = get_responses_to_view(request.user, pk, on=timezone.localdate())
    rounds = rounds_of(plan, remarks)
    context = {
        "plan": plan,
        "rounds": rounds,
        "unanswered": sum(one.unanswered for one in rounds),
        "may_answer": may_answer and plan.status in EDITABLE,
    }
    return render(request, "review/response_table.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def response_pdf(request: UserRequest, pk: int) -> HttpResponse:
    """POST has the table made as a PDF; GET says how far it is."""
    plan, _remarks, _may_answer = get_responses_to_view(request.user, pk, on=timezone.localdate())
    sheet = response_sheet(plan)
    if not sheet.rounds:
        raise Http404
    address = reverse("review:response-pdf", args=[pk])
    if request.method == "POST":
        file = services.request_responses(plan, sheet)
        if not request.htmx:
            return redirect(address)
    else:
        file = queries.responses_file_of(sheet) or RenderedFile(plan=plan, state="")
    template = "documents/_plan_pdf.html" if request.htmx else "review/response_pdf.html"
    return render(request, template, {"plan": plan, "file": file, "address": address, "title": sheet.title})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def response_edit(request: UserRequest, pk: int, key: int) -> HttpResponse:
    """Write the district's answer to one remark."""
    remark = get_remark_to_answer(request.user, pk, key, on=timezone.localdate())
    units = list(remark.plan.district.units.active(timezone.localdate()))
    form = AnswerForm(
        request.POST or None,
        answer=getattr(remark, "answer", None),
        units=units,
        named=units_of_line(remark.plan, remark.item_uid),
    )
    if form.is_valid():
        try:
            answer_remark(pk, key, actor=request.user, at=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect(f"{reverse('review:response-table', args=[pk])}#r-{remark.pk}")
    context = {"plan": remark.plan, "remark": remark, "form": form}
    status = 422 if form.errors else 200
    return render(request, "review/response_edit.html", context, status=status)
