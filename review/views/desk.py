"""The evaluator's desk: the worklist of the city, and one plan to read and decide."""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.enums import Role
from accounts.http import UserRequest
from plans import layout
from plans.document import UnreadableDocument
from plans.enums import Condition, PlanStatus
from plans.models import Plan
from plans.queries.lists import without_page
from plans.queries.steps import holder_of
from plans.workflow import Step, steps_from
from review.desk_forms import DeskFilter
from review.desk_permissions import (
    can_judge,
    get_drafts_to_read,
    get_overseer,
    get_plan_off_desk,
    get_plan_on_desk,
    get_plans_on_desk,
    get_remarks_told,
)
from review.models import Remark
from review.queries import desk as queries
from review.queries.deadlines import deadlines_of
from review.queries.responses import rounds_of
from review.sheet_marks import Mark, mark_lines
from review.words import label_of

PLANS_PER_PAGE = 50
# Of a plan, what the list shows or asks of it.
LISTED = (
    *("year", "title", "status", "filed_at", "in_force", "district__agency_name", "district__city__decision"),
    *("taken_by__full_name", "taken_by__username"),
)


@login_required
@require_safe
def desk(request: UserRequest) -> HttpResponse:
    today = timezone.localdate()
    overseer = get_overseer(request.user, on=today)
    search = DeskFilter(request.GET, cities=overseer.cities)
    show = _show(request)
    plans = get_plans_on_desk(overseer)
    if search.is_valid() and (district := search.cleaned_data["district"]):
        plans = plans.filter(district=district)
    counts = queries.counts(plans, request.user, on=today)
    found = queries.with_own_steps(queries.with_rounds(plans), request.user)
    found = queries.with_holders(found, on=today)
    rows = queries.shown(found, show, request.user, on=today).select_related("district__city", "taken_by")
    page = queries.page_of(rows.only(*LISTED), show, counts, request.GET.get("page"), PLANS_PER_PAGE)
    deadlines = deadlines_of(list(page), on=today)
    context = {
        "search": search,
        "page": page,
        "rows": [queries.desk_row(plan, overseer.served, deadlines.get(plan.pk), on=today) for plan in page],
        "tabs": [(name, words, counts.shows[name]) for name, words in _tabs()],
        "show": show,
        "district": request.GET.get("district", ""),
        "query": without_page(request.GET),
        "desk_address": reverse("review:desk"),  # a plan's own lies below it
        "may_judge": bool(overseer.may_judge_in),
    }
    return render(request, "review/_desk_table.html" if request.htmx else "review/desk.html", context)


def _show(request: UserRequest) -> str:
    show = request.GET.get("show", "")
    return show if show in queries.SHOWS else queries.WAITING


def _tabs() -> list[tuple[str, str]]:
    return [
        (queries.WAITING, _("Waiting")),
        (queries.MINE, _("In my hand")),
        (queries.NOBODY, _("In nobody's hand")),
        (queries.ALL, _("All filed")),
    ]


@login_required
@require_safe
def desk_plan(request: UserRequest, pk: int) -> HttpResponse:
    """Show a filed plan as it prints, with what changed marked; `since` says against what."""
    today = timezone.localdate()
    try:
        plan, overseer = get_plan_on_desk(request.user, pk, on=today)
    except Http404:  # an old notice may lead here
        gone = get_plan_off_desk(request.user, pk, on=today)
        messages.info(request, _("This plan is with its district again, until it is filed anew."))
        return redirect("review:in-force", pk) if gone.in_force_id else redirect("review:desk")
    try:
        reading = queries.reading(plan, since=request.GET.get("since", ""))
    except UnreadableDocument:
        messages.error(
            request, _("The filed version, or the one it is compared with, can no longer be read.")
        )
        return redirect("plans:version-list", pk)
    may_judge = can_judge(overseer, plan)
    holder = holder_of(plan, on=today)
    is_mine = holder == request.user
    drafts = list(get_drafts_to_read(overseer, plan, reading.version).select_related("author"))
    show = _show(request)
    in_list = queries.shown(get_plans_on_desk(overseer), show, request.user, on=today)
    context = {
        "plan": plan,
        "reading": reading,
        "entries": layout.entries(reading.document),
        "sheet": _sheet(plan, reading, drafts, may_remark=may_judge and is_mine),
        "drafts": drafts,
        "is_decided": plan.status != PlanStatus.SUBMITTED,
        "rounds": rounds_of(plan, get_remarks_told(plan).exclude(version=reading.version)),
        "revision": queries.revision_of(plan),
        "may_judge": may_judge,
        "may_remark": may_judge and is_mine,
        "holder": holder,
        "has_stake": plan.district.city_id in overseer.may_judge_in and not may_judge,
        "steps": _steps(plan, is_held=holder is not None, is_mine=is_mine) if may_judge else [],
        "days": queries.waiting_days(plan, on=today),
        "near": queries.neighbours(list(in_list.values_list("pk", flat=True)), plan.pk),
        "show": show,
        "query": urlencode({"show": show}),
    }
    return render(request, "review/desk_plan.html", context)


def _steps(plan: Plan, *, is_held: bool, is_mine: bool) -> list[tuple[Step, str | Promise, str]]:
    """Return the steps of the city whose turn it is, each with its words and its address."""
    hold = {
        Condition.NOT_TAKEN: not is_held,
        Condition.TAKEN: is_held,
        Condition.TAKEN_BY_ME: is_mine,
    }
    steps = [step for step in steps_from(plan.status, [Role.EVALUATOR]) if step.is_of_city]
    decision = plan.district.city.decision
    return [
        (step, label_of(step, decision), reverse("review:step-take", args=[plan.pk, step.name]))
        for step in steps
        if all(hold.get(condition, True) for condition in step.conditions)
    ]


def _sheet(plan: Plan, reading: queries.Reading, drafts: list[Remark], *, may_remark: bool) -> SafeString:
    """Return the plan as it prints, its changed lines and its remarks marked, with a way to add others."""
    document = reading.document
    chapters = layout.lay_out(document)
    sheet = render_to_string("plans/_sheet.html", {"document": document, "chapters": chapters})
    pins: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for number, remark in enumerate(drafts, 1):
        pins[str(remark.item_uid or "")].append(
            (f"r-{remark.pk}", _("Remark %(number)d") % {"number": number})
        )
    kinds = reading.kinds
    marks = {
        uid: Mark(
            kinds[uid].kind.value if uid in kinds else "",
            kinds[uid].state if uid in kinds else "",
            tuple(pins.get(uid, ())),
        )
        for uid in {*kinds, *pins}
    }
    if not may_remark:
        return mark_lines(sheet, marks)
    address = reverse("review:remark-add", args=[plan.pk])
    names = {node.uid: f"{node.number}{(node.title or node.text)[:20]}" for node in document.walk()}

    def pin(uid: str) -> SafeString:
        return format_html(
            '<a class="pin" href="{}?line={}" aria-label="{}">＋</a>',
            address,
            uid,
            _("Remark on %(line)s") % {"line": names.get(uid, "")},
        )

    return mark_lines(sheet, marks, add=pin)
