"""When units file: the days of a period, its closing, and what is changed for one unit alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Unit, User
from accounts.notices import notify
from core.enums import AuditKind
from core.history import save_as
from core.roc import roc_date
from core.working_days import calendar_of
from plans.enums import PlanStatus
from plans.queries.people import people_of_units
from plans.recording import record_plan
from plans.services.locking import lock_plan
from progress.models import FilingRule, Period, PeriodChange, ProgressReport
from progress.models.periods import DAYS_AFTER_APPROVAL
from progress.models.reports import TEXT_LIMIT
from progress.periods import usual_due_day
from progress.queries.arranging import is_begun
from progress.queries.closing import is_with_city
from progress.recording import record_period
from progress.services.closing import check_year_open
from progress.services.counting import recount
from progress.services.layout import lay_out_reports, make_periods
from progress.services.reports import lock_reports

LONGEST = dt.timedelta(days=366)

# Shown in the reader's language (accounts/notices.py), so it is only marked here.
CHANGED = gettext_noop("%(plan)s: %(unit)s may file %(period)s until %(due)s. Reason: %(reason)s")


@transaction.atomic
def change_dates(pk: int, *, actor: User, opens_on: dt.date, due_on: dt.date, at: dt.datetime) -> Period:
    """Change when a period opens and is due. Raises ValidationError for days that cannot be."""
    period = _lock(pk)
    check_year_open(period.plan)
    if due_on < opens_on:
        raise ValidationError({"due_on": _("Filing is due before it opens.")})
    if opens_on < period.starts_on:
        raise ValidationError({"opens_on": _("Filing cannot open before the period begins.")})
    if due_on > period.ends_on + LONGEST:
        raise ValidationError({"due_on": _("This day is more than a year away. Is the year right?")})
    if (period.opens_on, period.due_on) != (opens_on, due_on):
        period.opens_on, period.due_on = opens_on, due_on
        save_as(period, actor, at=at, update_fields=["opens_on", "due_on"])
        record_period(period, "period_dates", actor=actor, at=at, due_on=due_on)
    return period


@transaction.atomic
def close_period(pk: int, *, actor: User, at: dt.datetime) -> Period:
    """Close a period: nobody files in it any more but units it is opened again for."""
    period = _lock(pk)
    check_year_open(period.plan)
    if timezone.localdate(at) <= period.ends_on:
        raise ValidationError(_("This period is not over yet, so it cannot be closed."))
    if period.closed_at is None:
        period.closed_at, period.closed_by = at, actor
        save_as(period, actor, at=at, update_fields=["closed_at", "closed_by"])
        record_period(period, "period_close", actor=actor, at=at)
    return period


@transaction.atomic
def open_again(pk: int, *, actor: User, at: dt.datetime) -> Period:
    """Take the closing of a period back, for all units."""
    # What is owed is laid out under the plan's lock.
    lock_plan(Period.objects.values_list("plan_id", flat=True).get(pk=pk))
    period = _lock(pk)
    check_year_open(period.plan)
    if period.closed_at is not None:
        period.closed_at = period.closed_by = None
        save_as(period, actor, at=at, update_fields=["closed_at", "closed_by"])
        record_period(period, "period_open", actor=actor, at=at)
        lay_out_reports(period.plan, actor=actor, at=at)
        # Who is asked again is missing by now, and whoever is not asked any more no longer.
        recount(period.plan.counted_targets.present(), on=timezone.localdate(at))
    return period


@transaction.atomic
def allow_unit(
    pk: int, unit: Unit, *, actor: User, due_on: dt.date, reason: str, at: dt.datetime
) -> PeriodChange:
    """Let one unit file until another day, after closing too; its people are told why."""
    period = _lock(pk)
    check_year_open(period.plan)
    today = timezone.localdate(at)
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Give the reason: the unit reads it.")})
    if len(reason) > TEXT_LIMIT:
        raise ValidationError({"reason": _("Write at most %(most)d characters.") % {"most": TEXT_LIMIT}})
    if due_on < today:
        raise ValidationError({"due_on": _("This day has passed. Give today or a later day.")})
    if due_on > today + LONGEST:
        raise ValidationError({"due_on": _("This day is more than a year away. Is the year right?")})
    change = PeriodChange.objects.create(
        period=period, unit=unit, due_on=due_on, reason=reason, made_by=actor, made_at=at
    )
    record_period(period, "period_allow", actor=actor, at=at, unit=unit.name, due_on=due_on)
    notify(
        people_of_units([unit], on=today)[unit.pk],
        sender=actor,
        words=CHANGED,
        parameters={
            "plan": period.plan.title,
            "unit": unit.name,
            "period": period.span_words,
            "due": roc_date(due_on),
            "reason": " ".join(reason.split())[:60],
        },
        address=reverse("progress:filing", args=[period.pk, unit.pk]),
        at=at,
    )
    return change


@transaction.atomic
def change_rhythm(plan_pk: int, rhythm: str, *, actor: User, at: dt.datetime) -> None:
    """Let the units file in another rhythm. Raises ValidationError once anything was written in a report."""
    plan = lock_plan(plan_pk)
    check_year_open(plan)
    rule = FilingRule.objects.get(plan=plan)
    if rule.rhythm == rhythm:
        return
    if is_begun(plan):
        raise ValidationError(_("Units have filed in the present rhythm already, so it stays for this year."))
    lock_reports(ProgressReport.objects.filter(period__plan=plan))
    for period in plan.periods.all():
        period.reports.all().delete()
        period.changes.all().delete()
        period.delete()
    rule.rhythm = rhythm
    save_as(rule, actor, at=at, update_fields=["rhythm"])
    make_periods(plan, rule, actor=actor, at=at)
    details = {"step": "period_rhythm", "rhythm": rhythm}
    record_plan(AuditKind.REPORT, plan, actor=actor, at=at, details=details)
    lay_out_reports(plan, actor=actor, at=at)
    recount(plan.counted_targets.present(), on=timezone.localdate(at))


@transaction.atomic
def move_due_days(plan_pk: int, *, at: dt.datetime) -> list[Period]:
    """Move the days on which a plan's periods are due to where the government's calendar has them by now.

    Only those that are still to come, and that no person set; what was allowed to single units stands beside
    them. Returns the periods that were moved.
    """
    plan, today = lock_plan(plan_pk), timezone.localdate(at)
    if plan.status == PlanStatus.CLOSED or is_with_city(plan):
        return []
    rule = FilingRule.objects.get(plan=plan)
    rows = Period.objects.select_for_update(of=("self",)).select_related("plan__district")
    coming = list(rows.filter(plan=plan, closed_at__isnull=True, due_on__gte=today).order_by("number"))
    by_hand = _set_by_hand(coming)
    days = calendar_of({plan.year, plan.year + 1})
    moved = []
    for period in coming:
        due_on = usual_due_day(
            period.ends_on,
            period.opens_on,
            days_to_file=rule.days_to_file,
            late_days=DAYS_AFTER_APPROVAL,
            days=days,
        )
        if period.pk in by_hand or due_on == period.due_on or due_on < today:
            continue
        period.due_on = due_on
        save_as(period, None, at=at, update_fields=["due_on"])
        record_period(period, "period_moved", actor=None, at=at, due_on=due_on)
        moved.append(period)
    return moved


def _set_by_hand(periods: Iterable[Period]) -> set[int]:
    """Return the keys of the periods of which a person changed the days."""
    rows = Period.history.filter(id__in=[period.pk for period in periods])
    found, before = set(), (0, None, None)
    columns = ("id", "opens_on", "due_on", "history_user_id")
    for pk, opens_on, due_on, person in rows.order_by("id", "history_date", "history_id").values_list(
        *columns
    ):
        if before[0] == pk and before[1:] != (opens_on, due_on) and person is not None:
            found.add(pk)
        before = (pk, opens_on, due_on)
    return found


def _lock(pk: int) -> Period:
    return Period.objects.select_for_update(of=("self",)).select_related("plan__district").get(pk=pk)
