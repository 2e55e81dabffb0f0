"""The signing chain of a district, set by its secretariat."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import UserRequest
from review.chain_forms import place_rows
from review.permissions import get_district_to_arrange
from review.queries.signing import places_of
from review.services.chains import set_chain


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def chain_edit(request: UserRequest, pk: int) -> HttpResponse:
    """Which places the plans of a district pass, in which order."""
    district = get_district_to_arrange(request.user, pk, on=timezone.localdate())
    rows = place_rows(request.POST or None, district, places_of(district))
    wrong: list[str] = []
    if rows.is_bound and rows.is_valid():
        try:
            set_chain(district.pk, rows.places, actor=request.user)
        except ValidationError as error:
            wrong = error.messages
        else:
            messages.success(request, _("The signing chain is saved. It counts from the next round on."))
            return redirect("review:chain-edit", pk)
    elif rows.is_bound:
        wrong = [str(error) for error in rows.non_form_errors()]
    context = {"district": district, "rows": rows, "wrong": wrong}
    return render(request, "review/chain_edit.html", context, status=422 if rows.is_bound else 200)
