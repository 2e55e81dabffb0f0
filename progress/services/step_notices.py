"""What people are told of the steps of reports, and when that is done with."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from operator import itemgetter

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import Unit, User
from accounts.notices import notify, settle_notices
from core.text import in_short
from plans.queries.people import people_of_units, secretariat_of
from progress.enums import WRITABLE, ReportStatus, ReportStep
from progress.models import Period, ProgressReport
from progress.services.telling import ALL_LATE, FIRST, MORE, MORE_LATE

REASON_SHOWN = 60  # characters of a reason that stand in the notice

# Shown in the reader's language (accounts/notices.py), so they are only marked here.
SUBMITTED = gettext_noop("%(plan)s: %(unit)s has %(count)s report(s) of %(period)s for you to check.")
RELEASED = gettext_noop("%(plan)s: %(unit)s has released %(count)s report(s) of %(period)s.")
RETURNED = gettext_noop("%(plan)s: a report of %(unit)s on “%(line)s” was returned. Reason: %(reason)s")
REOPENED = gettext_noop("%(plan)s: the report of %(unit)s on “%(line)s” was opened again. Reason: %(reason)s")
SEVERAL_RETURNED = gettext_noop(
    "%(plan)s: %(count)s reports of %(unit)s of %(period)s were returned. Reason: %(reason)s"
)
SEVERAL_REOPENED = gettext_noop(
    "%(plan)s: %(count)s reports of %(unit)s of %(period)s were opened again. Reason: %(reason)s"
)


def tell_handed_in(
    period: Period, unit: Unit, count: int, step: str, *, actor: User, at: dt.datetime
) -> None:
    """Tell the chief what was submitted, or the secretariat what was released."""
    on = timezone.localdate(at)
    if step == ReportStep.SUBMIT:
        people, words = people_of_units([unit], on=on, chiefs_alone=True)[unit.pk], SUBMITTED
        address = reverse("progress:filing", args=[period.pk, unit.pk])
    else:
        people, words = secretariat_of(period.plan.district_id, on=on), RELEASED
        address = reverse("progress:period-check", args=[period.pk])
    notify(
        people,
        sender=actor,
        words=words,
        parameters={
            "plan": period.plan.title,
            "unit": unit.name,
            "count": count,
            "period": period.span_words,
        },
        address=address,
        at=at,
    )


def tell_back(report: ProgressReport, step: str, reason: str, *, actor: User, at: dt.datetime) -> None:
    notify(
        people_of_units([report.unit], on=timezone.localdate(at))[report.unit_id],
        sender=actor,
        words=RETURNED if step == ReportStep.RETURN else REOPENED,
        parameters={
            "plan": report.period.plan.title,
            "unit": report.unit.name,
            "line": f"{report.line.number}{report.line.words}"[:40],
            "reason": in_short(reason, REASON_SHOWN),
        },
        address=reverse("progress:filing", args=[report.period_id, report.unit_id]) + f"#r-{report.pk}",
        at=at,
    )


def tell_several_back(
    reports: Iterable[ProgressReport], step: str, reason: str, *, actor: User, at: dt.datetime
) -> None:
    """Tell each unit once what comes back to it: one notice, of however many of its reports in a period."""
    together: dict[tuple[int, int], list[ProgressReport]] = defaultdict(list)
    for report in reports:
        together[report.period_id, report.unit_id].append(report)
    for (period, unit), rows in sorted(together.items(), key=itemgetter(0)):
        first = rows[0]
        if len(rows) == 1:
            tell_back(first, step, reason, actor=actor, at=at)
            continue
        notify(
            people_of_units([first.unit], on=timezone.localdate(at))[unit],
            sender=actor,
            words=SEVERAL_RETURNED if step == ReportStep.RETURN else SEVERAL_REOPENED,
            parameters={
                "plan": first.period.plan.title,
                "unit": first.unit.name,
                "count": len(rows),
                "period": first.period.span_words,
                "reason": in_short(reason, REASON_SHOWN),
            },
            address=reverse("progress:filing", args=[period, unit]),
            at=at,
        )


def settle(reports: Collection[ProgressReport], *, at: dt.datetime) -> None:
    """Mark as read what is done with: words on what is mended, checked or not asked any more by now.

    To be done after `tally_periods`, by which those who take steps in a period go one after another: of two
    who finish what waits at the same moment the second sees that nothing is left. It waits for nobody.
    """
    periods = {report.period_id for report in reports}
    rows = ProgressReport.objects.owed().filter(period__in=periods).order_by()
    waiting = set(rows.values_list("period_id", "unit_id", "status").distinct())
    at_checks = {(period, status) for period, _unit, status in waiting}
    done: dict[str, set[str]] = defaultdict(set)
    for report in reports:
        period, unit = report.period_id, report.unit_id
        form = reverse("progress:filing", args=[period, unit])
        if report.status not in WRITABLE or report.removed_at is not None:
            done[f"{form}#r-{report.pk}"] |= {RETURNED, REOPENED}
        if not any((period, unit, status) in waiting for status in WRITABLE):
            done[form] |= {FIRST, MORE, MORE_LATE, ALL_LATE}
        if (period, unit, ReportStatus.RETURNED) not in waiting:
            done[form] |= {SEVERAL_RETURNED, SEVERAL_REOPENED}
        if (period, unit, ReportStatus.SUBMITTED) not in waiting:
            done[form].add(SUBMITTED)
        if (period, ReportStatus.RELEASED) not in at_checks:
            done[reverse("progress:period-check", args=[period])].add(RELEASED)
    settle_notices(done, at=at)
