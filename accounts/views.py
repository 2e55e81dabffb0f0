"""The notices of the person who is signed in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import NoticesSeenForm
from accounts.http import UserRequest
from accounts.notices import is_local, read_notice, read_notices
from accounts.permissions import get_notice_to_open, get_notices_to_read

NOTICES_PER_PAGE = 30


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notice_list(request: UserRequest) -> HttpResponse:
    """GET lists the notices, the latest first; POST marks as read all that the page has shown."""
    if request.method == "POST":
        form = NoticesSeenForm(request.POST)
        if form.is_valid():
            read_notices(request.user, until=form.cleaned_data["until"], at=timezone.now())
        return redirect("accounts:notice-list")
    notices = get_notices_to_read(request.user)
    page = Paginator(notices.select_related("sender"), NOTICES_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "unread": notices.unread().count(), "seen_until": timezone.now()}
    return render(request, "accounts/notice_list.html", context)


@login_required
@require_POST
def notice_open(request: UserRequest, pk: int) -> HttpResponse:
    """Mark the notice as read and lead to what it speaks of."""
    notice = get_notice_to_open(request.user, pk)
    read_notice(notice.pk, at=timezone.now())
    return redirect(notice.address if is_local(notice.address) else "accounts:notice-list")
