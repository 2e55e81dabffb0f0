"""Pages that stand above every app: the first page, and what the site is made of."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from districtplans import queries


@login_required
@require_safe
def home(request: UserRequest) -> HttpResponse:
    return render(request, "site/home.html", {"home": queries.home(request.user, on=timezone.localdate())})


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "site/about.html")
