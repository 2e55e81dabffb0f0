"""What is to be filed, checked and mended of plans in force. Who is told grows with the days:
the unit's staff before the due day, its chief from that day on, the secretariat from three days after it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Count, Max, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.enums import SECRETARIAT_ROLES, UNIT_ROLES, Role
from accounts.models import Unit
from core.roc import roc_date
from core.text import in_short
from progress.enums import WRITABLE, ReportStatus
from progress.finding_permissions import CHECKERS
from progress.models import Finding, FindingOrigin, FindingStep, Period, PeriodChange, ProgressReport
from review.queries.waiting import Found, Holders, Line

ESCALATED = 3  # days after the due day
NEAR = dt.timedelta(days=14)  # before it; what is due later stands in no digest yet

# Shown in the reader's language, so they are only marked here.
TO_FILE = gettext_noop("%(plan)s: %(unit)s has %(count)s report(s) of %(period)s to file by %(due)s.")
TO_CHECK = gettext_noop("%(plan)s: %(count)s report(s) of %(unit)s of %(period)s wait for you to check.")
TO_ACCEPT = gettext_noop("%(plan)s: %(count)s report(s) of %(period)s wait for you to accept.")
TO_MEND = gettext_noop("A finding at %(unit)s is to be dealt with by %(due)s: %(text)s")
TO_DECIDE = gettext_noop("%(plan)s: %(unit)s answered a finding, which waits for your decision: %(text)s")


def reports_due(holders: Holders, on: dt.date) -> Found:
    """Yield what units have to file, chiefs to check and secretariats to accept; four queries."""
    rows = list(
        ProgressReport.objects.owed()
        .filter(period__opens_on__lte=on)
        .exclude(status=ReportStatus.ACCEPTED)
        .values("period_id", "unit_id")
        .annotate(
            open=Count("pk", filter=Q(status__in=WRITABLE)),
            submitted=Count("pk", filter=Q(status=ReportStatus.SUBMITTED)),
            released=Count("pk", filter=Q(status=ReportStatus.RELEASED)),
            submitted_at=Min("submitted_at", filter=Q(status=ReportStatus.SUBMITTED)),
            released_at=Min("released_at", filter=Q(status=ReportStatus.RELEASED)),
        )
        .order_by("period_id", "unit__order", "unit_id")
    )
    periods = _periods({row["period_id"] for row in rows})
    units = Unit.objects.in_bulk({row["unit_id"] for row in rows})
    later = {
        (period, unit): due
        for period, unit, due in PeriodChange.objects.filter(period__in=periods)
        .values_list("period_id", "unit_id")
        .annotate(Max("due_on"))
    }
    waiting: dict[int, tuple[int, dt.datetime]] = {}
    for row in rows:
        period, unit = periods[row["period_id"]], units[row["unit_id"]]
        given = later.get((period.pk, unit.pk))
        due_on = max(period.due_on, given) if given else period.due_on
        is_open = period.closed_at is None or (given is not None and given >= on)
        if row["open"] and is_open and due_on - on <= NEAR:
            line = _to_file(period, unit, row["open"], due_on)
            yield people_told(holders, unit, due_on, on), line
        if row["submitted"]:
            yield _to_check(holders, period, unit, row["submitted"], row["submitted_at"])
        if row["released"]:
            count, since = waiting.get(period.pk, (0, row["released_at"]))
            waiting[period.pk] = (count + row["released"], min(since, row["released_at"]))
    for pk, (count, since) in waiting.items():
        yield _to_accept(holders, periods[pk], count, since)


def findings_due(holders: Holders, on: dt.date) -> Found:
    """Yield findings that units have to deal with, and answers that wait to be decided; one query."""
    answers = Max("entries__at", filter=Q(entries__step=FindingStep.ANSWER))
    rows = Finding.objects.followed().with_last_step().select_related("unit", "plan__district")
    for finding in rows.annotate(answered_at=answers).order_by("due_on", "pk"):
        words = {"unit": finding.unit.name, "text": in_short(finding.text, 40)}
        address = finding.get_absolute_url()
        if finding.last_step == FindingStep.ANSWER:
            since = timezone.localdate(finding.answered_at)  # type: ignore[attr-defined]  # annotated above
            parameters = words | {"plan": finding.plan.label}
            yield _deciders(holders, finding), Line(TO_DECIDE, parameters, address, since)
        else:
            people = people_told(holders, finding.unit, finding.due_on, on)
            parameters = words | {"due": roc_date(finding.due_on)}
            yield people, Line(TO_MEND, parameters, address, finding.due_on, has_due_date=True)


def _deciders(holders: Holders, finding: Finding) -> set[int]:
    """Return who decides about a finding: the secretariat, or of the city who entered it.

    Where they check no more, all who do.
    """
    if finding.origin == FindingOrigin.DISTRICT:
        return holders.of(finding.plan.district_id, *SECRETARIAT_ROLES)
    checkers = holders.of(finding.plan.district.city_id, *CHECKERS)
    return checkers & {finding.made_by_id} or checkers


def people_told(holders: Holders, unit: Unit, due_on: dt.date, on: dt.date) -> set[int]:
    """Return who is told on that day: staff, then the chief too, then the secretariat too.

    Where a unit has no staff its chief is told from the first.
    """
    people = holders.of_unit(unit, Role.UNIT_STAFF)
    if not people or on >= due_on:
        people = people | holders.of_unit(unit, *UNIT_ROLES)
    if (on - due_on).days >= ESCALATED:
        people = people | holders.of(unit.district_id, *SECRETARIAT_ROLES)
    return people


def _to_file(period: Period, unit: Unit, count: int, due_on: dt.date) -> Line:
    parameters = _named(period, unit, count) | {"due": roc_date(due_on)}
    address = reverse("progress:filing", args=[period.pk, unit.pk])
    return Line(TO_FILE, parameters, address, due_on, has_due_date=True)


def _to_check(
    holders: Holders, period: Period, unit: Unit, count: int, since: dt.datetime
) -> tuple[set[int], Line]:
    address = reverse("progress:filing", args=[period.pk, unit.pk])
    line = Line(TO_CHECK, _named(period, unit, count), address, timezone.localdate(since))
    return holders.of_unit(unit, Role.SECTION_CHIEF), line


def _to_accept(holders: Holders, period: Period, count: int, since: dt.datetime) -> tuple[set[int], Line]:
    parameters = {"plan": period.plan.title, "count": str(count), "period": period.span_words}
    address = reverse("progress:period-check", args=[period.pk])
    people = holders.of(period.plan.district_id, *SECRETARIAT_ROLES)
    return people, Line(TO_ACCEPT, parameters, address, timezone.localdate(since))


def _named(period: Period, unit: Unit, count: int) -> dict[str, str]:
    return {
        "plan": period.plan.title,
        "unit": unit.name,
        "count": str(count),
        "period": period.span_words,
    }


def _periods(keys: Iterable[int]) -> dict[int, Period]:
    return Period.objects.select_related("plan").in_bulk(list(keys))
