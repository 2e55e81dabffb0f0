"""Comments on lines, inside the district: beside the sheet by htmx, as pages of their own without.

The answer to a step says by the event `comments-changed` which line now has how many open threads.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts.http import UserRequest
from plans.desk_forms import AnswerForm, ChangeCommentForm, CommentForm
from plans.models import Item
from plans.permissions import (
    Membership,
    can_write_in,
    get_comment_to_change,
    get_item_inside,
    get_plan_inside,
    get_thread_inside,
)
from plans.queries.comments import Thread, names_of, threads_by_line, threads_of_item
from plans.queries.rounds import Line, plan_lines
from plans.services import comments

LINES_PER_PAGE = 50
MOST_DIGITS = 19  # of a row's key
SHOWN = ("open", "mine", "all")


@login_required
@never_cache
@require_safe
def comment_list(request: UserRequest, pk: int) -> HttpResponse:
    """The plan's threads by line: the open ones, those that concern the reader, or all."""
    plan, membership = get_plan_inside(request.user, pk, on=timezone.localdate())
    show = request.GET.get("show", "")
    show = show if show in SHOWN else SHOWN[0]
    groups, total = threads_by_line(plan, request.user, membership, show=show)
    page = Paginator(groups, LINES_PER_PAGE).get_page(request.GET.get("page"))
    context = {"plan": plan, "page": page, "show": show, "total": total}
    template = "plans/_comment_list.html" if request.htmx else "plans/comment_list.html"
    return render(request, template, context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def item_comments(request: UserRequest, pk: int, uid: uuid.UUID) -> HttpResponse:
    """The threads of one line; POST writes a comment, or an answer where `answers` names the thread."""
    now = timezone.now()
    item, membership = get_item_inside(request.user, pk, uid, on=timezone.localdate(now))
    page = ItemPage(request, item, membership)
    if request.method == "POST":
        form = page.posted_form()
        if form.is_valid() and _is_done(
            form,
            lambda: comments.add_comment(pk, item.uid, actor=request.user, at=now, **form.cleaned_data),
        ):
            return page.changed(_("The comment is written."))
    return page.answer()


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def comment_edit(request: UserRequest, pk: int, key: int) -> HttpResponse:
    """One's own words, as long as nobody has answered them."""
    now = timezone.now()
    comment, membership = get_comment_to_change(request.user, pk, key, on=timezone.localdate(now))
    form = ChangeCommentForm(request.POST or None, comment=comment)
    if form.is_valid() and _is_done(
        form,
        lambda: comments.change_comment(pk, key, actor=request.user, at=now, **form.cleaned_data),
    ):
        return ItemPage(request, comment.item, membership).changed(_("The comment is changed."))
    names = names_of(comment.item.plan, on=timezone.localdate(now))
    context = {"plan": comment.item.plan, "item": comment.item, "names": names, "form": form}
    context["address"] = request.path
    if request.htmx:
        return render(request, "plans/_comment_edit.html", context)
    return render(request, "plans/comment_edit.html", context, status=_status(request))


@login_required
@require_POST
def comment_resolve(request: UserRequest, pk: int, key: int) -> HttpResponse:
    """Mark a thread as settled."""
    now = timezone.now()
    first, membership = get_thread_inside(request.user, pk, key, on=timezone.localdate(now))
    comments.resolve_comment(pk, key, actor=request.user, at=now)
    return ItemPage(request, first.item, membership).changed(_("The thread is settled."))


@login_required
@require_POST
def comment_reopen(request: UserRequest, pk: int, key: int) -> HttpResponse:
    """Open a settled thread again."""
    now = timezone.now()
    first, membership = get_thread_inside(request.user, pk, key, on=timezone.localdate(now))
    comments.reopen_comment(pk, key, actor=request.user, at=now)
    return ItemPage(request, first.item, membership).changed(_("The thread is open again."))


class ItemPage:
    """The page of a line's threads, with the form that was posted where one was."""

    def __init__(self, request: UserRequest, item: Item, membership: Membership) -> None:
        self.request, self.item, self.membership = request, item, membership
        self.names = names_of(item.plan, on=timezone.localdate())
        self.posted: CommentForm | AnswerForm | None = None
        self.is_stray = False  # what was posted answers no thread of this line

    def posted_form(self) -> CommentForm | AnswerForm:
        data = self.request.POST
        key = data.get("answers", "")
        if key.isdecimal() and len(key) < MOST_DIGITS:
            self.posted = AnswerForm(data, first=int(key))
        else:
            self.posted = CommentForm(data, names=self.names)
        return self.posted

    def changed(self, said: str) -> HttpResponse:
        """Answer after a step: to htmx with the threads as they are now, else by the way back to them."""
        if not self.request.htmx:
            messages.success(self.request, said)
            return redirect("plans:item-comments", self.item.plan_id, self.item.uid)
        self.posted = None
        return self.answer(said)

    def answer(self, said: str = "") -> HttpResponse:
        item, plan = self.item, self.item.plan
        threads = threads_of_item(item, self.request.user, self.membership, self.names)
        firsts = {thread.first.pk for thread in threads}
        wrong = ""
        if isinstance(self.posted, AnswerForm) and self.posted.first not in firsts:
            self.is_stray = True
            wrong = " ".join(map(str, self.posted.non_field_errors()))
        line = next((line for line in plan_lines(plan) if line.pk == item.pk), None)
        context = {
            "plan": plan,
            "item": item,
            "line": line,
            "sheet": self._sheet(),
            "names": self.names,
            "threads": [(thread, self._answer_form(thread)) for thread in threads],
            "form": self._new_form(line),
            "said": said,
            "wrong": wrong,
        }
        if not self.request.htmx:
            status = _status(self.request)
            return render(self.request, "plans/item_comments.html", context, status=status)
        response = render(self.request, "plans/_item_comments.html", context)
        if said:
            count = sum(thread.is_open for thread in threads)
            trigger_client_event(response, "comments-changed", {"uid": str(item.uid), "open": count})
        return response

    def _sheet(self) -> str:
        """Return where the line is read: in the editor by whoever may write there."""
        plan = self.item.plan
        writes = can_write_in(self.request.user, plan, on=timezone.localdate())
        return reverse("plans:plan-edit" if writes else "plans:plan-detail", args=[plan.pk])

    def _answer_form(self, thread: Thread) -> AnswerForm | None:
        """Return the form of an answer; also in a settled thread when it holds words that came too late."""
        if isinstance(self.posted, AnswerForm) and self.posted.first == thread.first.pk:
            return self.posted
        return AnswerForm(first=thread.first.pk) if thread.is_open else None

    def _new_form(self, line: Line | None) -> CommentForm | None:
        """A new comment is for the units that answer for the line, unless one of their people writes it."""
        if line is None:
            return None
        if isinstance(self.posted, CommentForm):
            return self.posted
        if self.posted and self.is_stray:
            # An answer to what is not there: its words must not be lost for that.
            return CommentForm(names=self.names, initial={"text": self.posted["text"].value()})
        answering = [unit for unit in self.names.units if unit.pk in line.units]
        is_own = any(self.membership.works_in(unit) for unit in answering)
        chosen = [] if is_own else [unit.pk for unit in answering]
        return CommentForm(names=self.names, initial={"units": chosen})


def _is_done(form: Form, step: Callable[[], object]) -> bool:
    """Take a form's step; what is wrong with it is said beside the form."""
    try:
        step()
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def _status(request: UserRequest) -> int:
    return 422 if request.method == "POST" else 200
