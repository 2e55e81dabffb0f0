"""The results of a plan's year on their way to the city. The receipt closes the plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.enums import Role
from accounts.models import Appointment, User
from accounts.notices import notify
from core.enums import AuditKind
from core.roc import to_roc
from core.text import in_short
from indicators.services import record_result
from plans.models import Plan, PlanQuerySet
from plans.queries.people import secretariat_of
from plans.recording import record_plan
from plans.services.locking import lock_plan
from plans.services.steps import Letter, take_step
from plans.workflow import CLOSE
from progress.models import ProgressReport, YearEnd, YearEndState
from progress.queries.closing import last_day_of
from progress.queries.yearend import results_of, year_end_sheet
from progress.services.baselines import take_up_baselines
from progress.services.closing import check_not_closed
from progress.services.counting import recount
from progress.services.reports import lock_reports

# Shown in the reader's language (accounts/notices.py), so they are only marked here.
FILED = gettext_noop("%(plan)s: the results of the year were filed.")
RECEIVED = gettext_noop("The city has received the results of %(plan)s; the plan is closed.")
RETURNED = gettext_noop("The city returned the results of %(plan)s: %(reason)s")


@transaction.atomic
def file_year_end(plan_pk: int, *, actor: User, at: dt.datetime, letter: Letter) -> YearEnd:
    """File the results with the city as they stand now; its evaluators are told.

    Raises ValidationError before the plan's year is over, or when they are with the city already.
    """
    plan = lock_plan(plan_pk)
    check_not_closed(plan)
    today = timezone.localdate(at)
    if today <= last_day_of(plan):
        raise ValidationError(_("The plan's year is not over yet, so its results cannot be filed."))
    if not (letter.number.strip() and letter.on):
        raise ValidationError({"document_number": _("Give the number and the date of the letter.")})
    last = YearEnd.objects.filter(plan=plan).order_by("-number").first()
    if last is not None and last.state == YearEndState.FILED:
        raise ValidationError(_("The results are with the city already."), code="moved_on")
    # Who is just releasing a report, or taking one back, is waited for; who comes after finds the year filed.
    lock_reports(ProgressReport.objects.filter(period__plan=plan))
    recount(plan.counted_targets.present(), on=today)
    sheet = year_end_sheet(plan)
    row = YearEnd.objects.create(
        plan=plan,
        number=last.number + 1 if last else 1,
        content=sheet.to_json(),
        sha256=sheet.digest(),
        filed_by=actor,
        filed_at=at,
        document_number=letter.number.strip(),
        document_on=letter.on,
    )
    details = {"step": "year_file", "document_number": row.document_number, "document_on": row.document_on}
    record_plan(AuditKind.REPORT, plan, actor=actor, at=at, details=details)
    held = Appointment.objects.in_force(today).filter(
        role__in=(Role.EVALUATOR, Role.CITY_ADMIN), city=plan.district.city_id, user__is_active=True
    )
    _tell(plan, held.values_list("user_id", flat=True), FILED, actor=actor, at=at)
    return row


@transaction.atomic
def receive_year_end(pk: int, *, actor: User, at: dt.datetime, received_on: dt.date) -> YearEnd:
    """Date the receipt: the plan is closed, and its results are last year's for the next plan."""
    # Each result is written below its indicator, and all plans that one stands in are locked before it.
    results = Plan.objects.filter(items__indicators__counted_targets__plan__year_ends=pk)
    row = _lock(pk, besides=results)
    if received_on < timezone.localdate(row.filed_at) or received_on > timezone.localdate(at):
        raise ValidationError({"received_on": _("The receipt lies between the filing and today.")})
    plan = row.plan
    row.state, row.decided_by, row.decided_at, row.received_on = (
        YearEndState.RECEIVED,
        actor,
        at,
        received_on,
    )
    row.save(update_fields=["state", "decided_by", "decided_at", "received_on"])
    for indicator, result in sorted(results_of(plan).items()):
        record_result(indicator, plan.year, actor=actor, value=result)
    take_step(plan.pk, CLOSE, actor=actor, role=Role.EVALUATOR, at=at)
    _tell(plan, secretariat_of(plan.district_id, on=timezone.localdate(at)), RECEIVED, actor=actor, at=at)
    return row


@transaction.atomic
def return_year_end(pk: int, *, actor: User, at: dt.datetime, comment: str) -> YearEnd:
    """Send the results back to the district, with the reason."""
    row = _lock(pk)
    comment = comment.strip()
    if not comment:
        raise ValidationError({"comment": _("Give the reason: the others read it.")})
    row.state, row.decided_by, row.decided_at, row.comment = YearEndState.RETURNED, actor, at, comment
    row.save(update_fields=["state", "decided_by", "decided_at", "comment"])
    take_up_baselines(row.plan)
    record_plan(AuditKind.REPORT, row.plan, actor=actor, at=at, details={"step": "year_return"})
    people = secretariat_of(row.plan.district_id, on=timezone.localdate(at))
    _tell(row.plan, people, RETURNED, actor=actor, at=at, reason=comment)
    return row


def _lock(pk: int, *, besides: PlanQuerySet | None = None) -> YearEnd:
    """Return the results once their plan, and others, are held: a plan comes before what hangs on it."""
    others = besides.values_list("pk", flat=True) if besides is not None else ()
    for plan in sorted({YearEnd.objects.values_list("plan_id", flat=True).get(pk=pk), *others}):
        lock_plan(plan)
    row = YearEnd.objects.select_for_update(of=("self",)).select_related("plan__district").get(pk=pk)
    if row.state != YearEndState.FILED:
        raise ValidationError(
            _("This was decided by now (%(state)s)."),
            params={"state": row.get_state_display()},
            code="moved_on",
        )
    return row


def _tell(
    plan: Plan, people: Iterable[int], words: str, *, actor: User, at: dt.datetime, reason: str = ""
) -> None:
    parameters = {"plan": plan.title, "year": str(to_roc(plan.year))}
    if words == RETURNED:
        parameters["reason"] = in_short(reason, 60)
    address = reverse("review:year-end", args=[plan.pk])
    notify(people, sender=actor, words=words, parameters=parameters, address=address, at=at)
