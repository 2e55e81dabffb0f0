"""The secretariat's pages: the board of a year, lines that are followed, periods, checking what was filed."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from accounts.models import Unit
from plans.permissions import Membership
from plans.queries.people import units_without_chief
from plans.views.answers import add_errors
from progress.enums import NEEDS_REASON, ReportStatus, ReportStep
from progress.forms import AllowForm, PeriodForm, ReportsForm, RhythmForm, TrackedForm
from progress.models import Period
from progress.permissions import (
    get_period_inside,
    get_period_to_arrange,
    get_year_inside,
    get_year_to_arrange,
    report_steps,
)
from progress.queries.arranging import changes_of, is_begun, owed_by_unit, rule_of, tracked_lines, units_of
from progress.queries.filing import UnitCheck, units_to_check, year_board
from progress.services import periods, steps, tracking

GET_AND_POST = ["GET", "HEAD", "POST"]
CHECK_TABS = {"waiting": gettext_lazy("To check"), "all": pgettext_lazy("reports", "All")}
BULK = {"accept": ReportStep.ACCEPT, "return": ReportStep.RETURN}


@login_required
@require_safe
def year_progress(request: UserRequest, pk: int) -> HttpResponse:
    """What each unit filed in each period of a plan's year."""
    today = timezone.localdate()
    plan, membership = get_year_inside(request.user, pk, on=today)
    board = year_board(plan.pk, on=today)
    context = {
        "plan": plan,
        "board": board,
        "is_secretariat": membership.is_secretariat,
        "own": {unit.pk for unit, _row in board.rows if membership.works_in(unit)},
        "today": today,
    }
    return render(request, "progress/year_progress.html", context)


@login_required
@never_cache
@require_http_methods(GET_AND_POST)
def tracked_edit(request: UserRequest, pk: int) -> HttpResponse:
    """Which lines are reported on, who files for them, and how many reports each unit owes by that."""
    now = timezone.now()
    today = timezone.localdate(now)
    plan, _membership = get_year_to_arrange(request.user, pk, on=today)
    lines = tracked_lines(plan)
    form = TrackedForm(request.POST or None, lines=lines, units=units_of(plan, on=today))
    if form.is_valid():
        try:
            changed = tracking.choose_lines(plan.pk, form.choices, actor=request.user, at=now)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _lines_changed(changed))
            return redirect("progress:tracked-edit", plan.pk)
    context = {
        "plan": plan,
        "form": form,
        "owed": owed_by_unit(plan, lines, on=today),
        # A line that is ticked now is asked for there too, and is late at once.
        "late_periods": plan.periods.filter(closed_at__isnull=True, due_on__lt=today),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "progress/tracked_edit.html", context, status=status)


@login_required
@require_http_methods(GET_AND_POST)
def period_list(request: UserRequest, pk: int) -> HttpResponse:
    """The periods of a plan's year; before anything is filed, their rhythm may be changed here."""
    now = timezone.now()
    plan, _membership = get_year_to_arrange(request.user, pk, on=timezone.localdate(now))
    rule = rule_of(plan)
    form = RhythmForm(request.POST or None, rhythm=rule.rhythm)
    if form.is_valid():
        try:
            periods.change_rhythm(plan.pk, form.cleaned_data["rhythm"], actor=request.user, at=now)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The periods are made anew."))
            return redirect("progress:period-list", plan.pk)
    context = {
        "plan": plan,
        "periods": plan.periods.all(),
        "form": form,
        "is_begun": is_begun(plan),
        "changes": changes_of(plan),
        "today": timezone.localdate(now),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "progress/period_list.html", context, status=status)


@login_required
@require_http_methods(GET_AND_POST)
def period_edit(request: UserRequest, pk: int) -> HttpResponse:
    """When a period opens and is due."""
    now = timezone.now()
    period, _membership = get_period_to_arrange(request.user, pk, on=timezone.localdate(now))
    form = PeriodForm(request.POST or None, period=period)
    if form.is_valid():
        try:
            periods.change_dates(period.pk, actor=request.user, at=now, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The days of this period have been changed."))
            return redirect("progress:period-list", period.plan_id)
    context = {"plan": period.plan, "period": period, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "progress/period_edit.html", context, status=status)


@login_required
@require_http_methods(GET_AND_POST)
def period_close(request: UserRequest, pk: int) -> HttpResponse:
    """Close a period, after a page that says who has not filed yet; or open it again."""
    now = timezone.now()
    today = timezone.localdate(now)
    period, _membership = get_period_to_arrange(request.user, pk, on=today)
    if request.method == "POST":
        again = request.POST.get("step") == "open"
        try:
            if again:
                periods.open_again(period.pk, actor=request.user, at=now)
            else:
                periods.close_period(period.pk, actor=request.user, at=now)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("The period is open again.") if again else _("The period is closed."))
        return redirect("progress:period-list", period.plan_id)
    board = year_board(period.plan_id, on=today)
    context = {"plan": period.plan, "period": period, "unfiled": board.unfiled(period)}
    return render(request, "progress/period_close.html", context)


@login_required
@require_http_methods(GET_AND_POST)
def period_allow(request: UserRequest, pk: int) -> HttpResponse:
    """Let one unit file until another day, with a reason."""
    now = timezone.now()
    today = timezone.localdate(now)
    period, _membership = get_period_to_arrange(request.user, pk, on=today)
    units = units_of(period.plan, on=today)
    form = AllowForm(request.POST or None, units=units, initial={"unit": request.GET.get("unit")})
    if form.is_valid():
        data = form.cleaned_data
        unit = get_object_or_404(Unit, pk=data["unit"], district=period.plan.district_id)
        try:
            periods.allow_unit(
                period.pk, unit, actor=request.user, due_on=data["due_on"], reason=data["reason"], at=now
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The unit may file until then, and has been told."))
            return redirect("progress:period-list", period.plan_id)
    context = {"plan": period.plan, "period": period, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "progress/period_allow.html", context, status=status)


@login_required
@never_cache
@require_safe
def period_check(request: UserRequest, pk: int) -> HttpResponse:
    """What was filed in a period, unit by unit, for the secretariat to accept or return.

    Those who decide see what waits for them, all others everything; both may change over.
    """
    period, membership = get_period_inside(request.user, pk, on=timezone.localdate())
    chosen = request.GET.get("show", "")
    show = chosen if chosen in CHECK_TABS else "waiting" if membership.is_secretariat else "all"
    return _check_page(request, period, membership, show=show)


def _check_page(
    request: UserRequest,
    period: Period,
    membership: Membership,
    *,
    show: str = "waiting",
    form: ReportsForm | None = None,
    problem: str = "",
) -> HttpResponse:
    """The page as it was sent, where something is wrong with it: with its ticks and its words."""
    units = units_to_check(period, waiting_alone=show == "waiting")
    counts = {
        "waiting": sum(one.waiting for one in units),
        "all": sum(len(one.cards) + len(one.others) for one in units),
    }
    context = {
        "plan": period.plan,
        "period": period,
        "is_secretariat": membership.is_secretariat,
        "units": [
            (one, [(card, report_steps(membership, one.unit, card.report.status)) for card in one.cards])
            for one in units
        ],
        "waiting": counts["waiting"],
        "left_out": form.left_out if form else frozenset(),
        "comment": form["comment"].value() if form else "",
        "problem": problem,
        "show": show,
        "tabs": [(name, words, counts[name]) for name, words in CHECK_TABS.items()],
        "without_chief": _without_chief(units) if membership.is_secretariat else "",
    }
    return render(request, "progress/period_check.html", context, status=422 if problem else 200)


@login_required
@require_POST
def period_decide(request: UserRequest, pk: int) -> HttpResponse:
    """Accept or return several reports at once: just what the single step does, one after the other."""
    now = timezone.now()
    period, membership = get_period_to_arrange(request.user, pk, on=timezone.localdate(now))
    known = period.reports.owed().values_list("pk", flat=True)
    form = ReportsForm(request.POST, known=known)
    step = BULK.get(request.POST.get("step", ""), ReportStep.ACCEPT)
    problem = ""
    if not form.is_valid():
        problem = _("These reports are no longer there. Look again.")
    elif not form.cleaned_data["reports"]:
        problem = _("Choose the reports first.")
    elif step in NEEDS_REASON and not form.cleaned_data["comment"].strip():
        problem = _("Give the reason: the unit reads it.")
    if problem:
        return _check_page(request, period, membership, form=form, problem=problem)
    outcome = steps.take_steps(
        form.cleaned_data["reports"],
        step,
        actor=request.user,
        at=now,
        comment=form.cleaned_data["comment"],
        among={ReportStatus.RELEASED},
    )
    _say_decided(request, outcome, step)
    return redirect("progress:period-check", period.pk)


def _without_chief(units: list[UnitCheck]) -> str:
    """Return the names of units that submitted something and have no chief who could release it."""
    waiting = [one.unit for one in units if one.is_with_chief]
    found = units_without_chief(waiting, on=timezone.localdate()) if waiting else []
    return "、".join(unit.name for unit in found)


def _say_decided(request: UserRequest, outcome: steps.Outcome, step: str) -> None:
    count = len(outcome.done)
    if count:
        words = (
            ngettext("%(count)d report is accepted.", "%(count)d reports are accepted.", count)
            if step == ReportStep.ACCEPT
            else ngettext("%(count)d report is returned.", "%(count)d reports are returned.", count)
        )
        messages.success(request, words % {"count": count})
    for complaints in outcome.kept.values():
        messages.error(request, " ".join(complaints))


def _lines_changed(count: int) -> str:
    if not count:
        return _("Nothing was changed.")
    words = ngettext(
        "%(count)d line changed; who owes what is laid out anew.",
        "%(count)d lines changed; who owes what is laid out anew.",
        count,
    )
    return words % {"count": count}
