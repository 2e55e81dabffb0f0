"""The dates of the year, and requests for more time."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from plans.recording import record_refused
from review.deadline_forms import DeadlineRuleForm, DecisionForm, ExtensionForm
from review.deadline_permissions import (
    can_decide_extension,
    can_withdraw_extension,
    get_city_to_change,
    get_extension_to_decide,
    get_extension_to_view,
    get_extension_to_withdraw,
    get_extensions_to_view,
    get_holdings,
    get_plan_to_extend,
)
from review.models import Extension
from review.queries.deadlines import (
    calendar_of,
    city_dates,
    days_left,
    listed_extensions,
    own_deadlines,
    plans_to_file,
    rule_of,
    rules_of,
)
from review.services import deadlines

GET_AND_POST = ["GET", "HEAD", "POST"]


@login_required
@require_safe
def deadline_list(request: UserRequest) -> HttpResponse:
    """The dates of one's cities, the plans of one's own districts, and the requests one may read."""
    today = timezone.localdate()
    held = get_holdings(request.user, on=today)
    rules = rules_of(held.cities)
    plans = plans_to_file(request.user, held.districts, on=today)
    calendar = calendar_of({today.year, today.year + 1, *(plan.year for plan in plans)})
    context = {
        "cities": city_dates(held.cities, rules, calendar, changeable=held.changeable, on=today),
        "plans": own_deadlines(plans, rules, calendar, writes=held.writes, on=today),
        "extensions": listed_extensions(get_extensions_to_view(request.user, on=today)),
    }
    return render(request, "review/deadline_list.html", context)


@login_required
@require_http_methods(GET_AND_POST)
def deadline_edit(request: UserRequest, city_pk: int) -> HttpResponse:
    """A city's rule for the filing of plans."""
    city = get_city_to_change(request.user, city_pk, on=timezone.localdate())
    form = DeadlineRuleForm(request.POST or None, instance=rule_of(city), city=city)
    if form.is_valid() and _is_done(
        form, lambda: deadlines.save_rule(city, actor=request.user, values=form.cleaned_data)
    ):
        messages.success(request, _("The deadline has been saved."))
        return redirect("review:deadline-list")
    context = {"city": city, "form": form}
    return render(request, "review/deadline_edit.html", context, status=_status(form))


@login_required
@require_http_methods(GET_AND_POST)
def extension_ask(request: UserRequest, pk: int) -> HttpResponse:
    """The secretariat asks for more time for a plan that is not filed yet."""
    now = timezone.now()
    plan = get_plan_to_extend(request.user, pk, on=timezone.localdate(now))
    deadline = days_left(plan, on=timezone.localdate(now))
    form = ExtensionForm(request.POST or None, deadline=deadline)
    if form.is_valid() and _is_done(
        form,
        lambda: deadlines.ask_extension(plan.pk, actor=request.user, at=now, **form.cleaned_data),
        refused=lambda error: record_refused(plan, "extension_ask", actor=request.user, error=error),
    ):
        messages.success(request, _("The city has been asked for the extension."))
        return redirect("review:deadline-list")
    earlier = listed_extensions(get_extensions_to_view(request.user, on=timezone.localdate(now)), plan=plan)
    context = {"plan": plan, "deadline": deadline, "form": form, "extensions": earlier}
    return render(request, "review/extension_ask.html", context, status=_status(form))


@login_required
@require_safe
def extension_detail(request: UserRequest, pk: int) -> HttpResponse:
    """A request, with the city's decision or the form for it."""
    extension = get_extension_to_view(request.user, pk, on=timezone.localdate())
    return _extension_page(request, extension, DecisionForm(extension=extension))


@login_required
@require_POST
def extension_decide(request: UserRequest, pk: int) -> HttpResponse:
    """The city grants or refuses, once."""
    now = timezone.now()
    extension = get_extension_to_decide(request.user, pk, on=timezone.localdate(now))
    form = DecisionForm(request.POST, extension=extension)
    if form.is_valid() and _is_done(
        form,
        lambda: deadlines.decide_extension(
            extension.pk,
            actor=request.user,
            is_granted=form.cleaned_data["decision"] == "grant",
            until=form.cleaned_data["until"],
            comment=form.cleaned_data["comment"],
            at=now,
        ),
        refused=lambda error: record_refused(
            extension.plan, "extension_decide", actor=request.user, error=error
        ),
    ):
        messages.success(request, _("The decision has been written down, and the district is told."))
        return redirect("review:extension-detail", pk)
    return _extension_page(request, extension, form)


@login_required
@require_POST
def extension_withdraw(request: UserRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    extension = get_extension_to_withdraw(request.user, pk, on=timezone.localdate(now))
    try:
        deadlines.withdraw_extension(extension.pk, actor=request.user, at=now)
    except ValidationError as error:
        record_refused(extension.plan, "extension_withdraw", actor=request.user, error=error)
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The request has been withdrawn."))
    return redirect("review:extension-detail", pk)


def _extension_page(request: UserRequest, extension: Extension, form: DecisionForm) -> HttpResponse:
    today = timezone.localdate()
    may_decide = can_decide_extension(request.user, extension, on=today)
    context = {
        "extension": extension,
        "deadline": days_left(extension.plan, on=today),
        "form": form,
        # A form that was sent is shown with what is wrong, also where somebody else decided meanwhile.
        "may_decide": may_decide and (extension.is_waiting or form.is_bound),
        "may_withdraw": extension.is_waiting and can_withdraw_extension(request.user, extension, on=today),
    }
    return render(request, "review/extension_detail.html", context, status=_status(form))


def _is_done(
    form: forms.BaseForm,
    write: Callable[[], object],
    *,
    refused: Callable[[ValidationError], None] = lambda error: None,
) -> bool:
    """Write, or tell `refused` and put what is wrong beside the fields."""
    try:
        write()
    except ValidationError as error:
        refused(error)
        form.add_error(None, error)
        return False
    return True


def _status(form: forms.BaseForm) -> int:
    return 422 if form.is_bound else 200
