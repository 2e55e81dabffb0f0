"""The steps of reports: handed in, released, accepted, returned, reopened. Many at once are one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from core.history import save_as
from progress.enums import COUNTED, NEEDS_REASON, REPORT_STEPS, WRITABLE, ReportStatus, ReportStep
from progress.models import Period, ProgressReport, ReportEvent
from progress.models.reports import TEXT_LIMIT
from progress.queries.reports import targets_of, what_lacks
from progress.recording import record_report
from progress.services.closing import check_year_open
from progress.services.counting import recount
from progress.services.reports import check_open, lock_report, lock_reports
from progress.services.step_notices import settle, tell_back, tell_handed_in, tell_several_back
from progress.services.tallies import tally_periods


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
    settle([report], at=at)
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
        tell_back(report, step, comment, actor=actor, at=at)
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
    outcome = _take_steps(reports, step, actor=actor, at=at, comment=comment, among=among)
    tally_periods(report.period_id for report in outcome.done)
    settle(outcome.done, at=at)
    return outcome


def _take_steps(
    reports: Iterable[int],
    step: str,
    *,
    actor: User,
    at: dt.datetime,
    comment: str = "",
    among: Collection[str] = frozenset(ReportStatus),
) -> Outcome:
    """Take the step with each of them. The periods are still to be tallied."""
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
        tell_several_back(outcome.done, step, comment, actor=actor, at=at)
    return outcome


@transaction.atomic
def hand_in(
    period: Period, unit: Unit, reports: Collection[int], *, actor: User, is_chief: bool, at: dt.datetime
) -> Outcome:
    """Hand reports in: a chief's own go straight to the secretariat, those of others to the chief first."""
    step = ReportStep.RELEASE if is_chief else ReportStep.SUBMIT
    outcome = _take_steps(reports, step, actor=actor, at=at)
    if outcome.done:
        tell_handed_in(period, unit, len(outcome.done), step, actor=actor, at=at)
    tally_periods(report.period_id for report in outcome.done)
    settle(outcome.done, at=at)
    return outcome
