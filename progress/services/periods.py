"""When units file: the days of a period, its closing, and what is changed for one unit alone."""

from __future__ import annotations

import datetime as dt

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
from plans.queries.people import people_of_units
from plans.recording import record_plan
from plans.services.locking import lock_plan
from progress.models import FilingRule, Period, PeriodChange
from progress.models.reports import TEXT_LIMIT
from progress.queries.arranging import is_begun
from progress.recording import record_period
from progress.services.closing import check_year_open
from progress.services.layout import lay_out_reports, make_periods

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


def _lock(pk: int) -> Period:
    return Period.objects.select_for_update(of=("self",)).select_related("plan__district").get(pk=pk)
