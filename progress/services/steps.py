"""The steps of reports: handed in, released, accepted, returned, reopened. Many at once are one by one."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Unit, User
from accounts.notices import notify
from core.history import save_as
from core.text import in_short
from plans.queries.people import people_of_units, secretariat_of
from progress.enums import COUNTED, NEEDS_REASON, REPORT_STEPS, WRITABLE, ReportStatus, ReportStep
from progress.models import Period, ProgressReport, ReportEvent
from progress.models.reports import TEXT_LIMIT
from progress.queries.reports import targets_of, what_lacks
from progress.recording import record_report
from progress.services.closing import check_year_open
from progress.services.counting import recount
from progress.services.reports import check_open, lock_report, lock_reports
from progress.services.tallies import tally_periods

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


@dataclass
class Outcome:
    """What became of several reports: those that took the step, and what kept the others, by their keys."""

    done: list[ProgressReport] = field(default_factory=list)
    kept: dict[int, list[str]] = field(default_factory=dict)


@transaction.atomic
def take_step(
    pk: int,
    step: str,
    *,
    actor: User,
    at: dt.datetime,
    comment: str = "",
    tells: bool = True,
    among: Collection[str] = frozenset(ReportStatus),
) -> ProgressReport:
    """Take one step with a report, if it is in one of the statuses `among`: those in which `actor` may.

    Which these are is asked before, in permissions; in which one the report is, only its lock tells.
    Raises ValidationError when the report is no longer where the step begins, or lacks something; with
    `code="lacking"` and the names of fields where the unit has to write more.
    """
    report = _take_step(pk, step, actor=actor, at=at, comment=comment, tells=tells, among=among)
    tally_periods([report.period_id])
    return report


def _take_step(
    pk: int, step: str, *, actor: User, at: dt.datetime, comment: str, tells: bool, among: Collection[str]
) -> ProgressReport:
    """Take the step. The period is still to be tallied, once for all reports that take one."""
    report = lock_report(pk)
    allowed, after = REPORT_STEPS[step]
    if report.status not in allowed or report.status not in among:
        raise ValidationError(
            _("This report is in the state “%(state)s” by now, so this step is not possible any more."),
            params={"state": report.get_status_display()},
            code="moved_on",
        )
    comment = comment.strip()[:TEXT_LIMIT]
    if step in NEEDS_REASON and not comment:
        raise ValidationError({"comment": _("Give the reason: the unit reads it.")})
    if step in {ReportStep.SUBMIT, ReportStep.RELEASE} and report.status in WRITABLE:
        check_open(report, at=at)
        if wrong := what_lacks(report):
            raise ValidationError(
                {name: [ValidationError(words, code="lacking")] for name, words in wrong.items()}
            )
    else:
        check_year_open(report.period.plan)
    before, report.status = report.status, after
    report.submitted_at = (
        at if after in {ReportStatus.SUBMITTED, ReportStatus.RELEASED} else report.submitted_at
    )
    report.released_at = at if after == ReportStatus.RELEASED else report.released_at
    report.accepted_at = at if after == ReportStatus.ACCEPTED else None
    if after in WRITABLE:
        report.submitted_at = report.released_at = None
    # What was asked for stays beside it until it is accepted: whoever checks reads whether it was done.
    report.note = comment if step in NEEDS_REASON else "" if after == ReportStatus.ACCEPTED else report.note
    save_as(
        report,
        actor,
        at=at,
        update_fields=["status", "submitted_at", "released_at", "accepted_at", "note", "updated_at"],
    )
    ReportEvent.objects.create(
        report=report, step=step, before=before, after=after, actor=actor, at=at, comment=comment
    )
    record_report(report, step, actor=actor, at=at)
    if (before in COUNTED) != (after in COUNTED):
        recount(targets_of(report), on=timezone.localdate(at))
    if tells and step in NEEDS_REASON:
        _tell_back(report, step, comment, actor=actor, at=at)
    return report


@transaction.atomic
def take_steps(
    reports: Iterable[int],
    step: str,
    *,
    actor: User,
    at: dt.datetime,
    comment: str = "",
    among: Collection[str] = frozenset(ReportStatus),
) -> Outcome:
    """Take the same step with several reports; what keeps one does not keep the others."""
    outcome = Outcome()
    keys = sorted(reports)
    lock_reports(ProgressReport.objects.filter(pk__in=keys))
    for pk in keys:
        try:
            with transaction.atomic():
                report = _take_step(pk, step, actor=actor, at=at, comment=comment, tells=False, among=among)
                outcome.done.append(report)
        except ValidationError as error:
            outcome.kept[pk] = error.messages
    if step in NEEDS_REASON:
        _tell_several_back(outcome.done, step, comment, actor=actor, at=at)
    tally_periods(report.period_id for report in outcome.done)
    return outcome


@transaction.atomic
def hand_in(
    period: Period, unit: Unit, reports: Collection[int], *, actor: User, is_chief: bool, at: dt.datetime
) -> Outcome:
    """Hand reports in: a chief's own go straight to the secretariat, those of others to the chief first."""
    step = ReportStep.RELEASE if is_chief else ReportStep.SUBMIT
    outcome = take_steps(reports, step, actor=actor, at=at)
    if outcome.done:
        tell_handed_in(period, unit, len(outcome.done), step, actor=actor, at=at)
    return outcome


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


def _tell_back(report: ProgressReport, step: str, reason: str, *, actor: User, at: dt.datetime) -> None:
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


def _tell_several_back(
    reports: Iterable[ProgressReport], step: str, reason: str, *, actor: User, at: dt.datetime
) -> None:
    """Tell each unit once what comes back to it: one notice, of however many of its reports in a period."""
    together: dict[tuple[int, int], list[ProgressReport]] = defaultdict(list)
    for report in reports:
        together[report.period_id, report.unit_id].append(report)
    for (period, unit), rows in together.items():
        first = rows[0]
        if len(rows) == 1:
            _tell_back(first, step, reason, actor=actor, at=at)
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
