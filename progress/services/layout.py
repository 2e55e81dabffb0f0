"""Laying a version in force out for reporting: its lines, its targets, its periods, and who owes what.

Called when the city approves and when a person changes which lines are followed. Laid out again it writes
only what differs, so that nothing filed is touched; what is no longer owed is kept, not deleted.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts.models import Unit, User
from core.history import save_as
from core.working_days import calendar_of
from plans.document import PlanDocument
from plans.models import Plan
from plans.services.locking import lock_plan
from progress.enums import FILED, HANDED_IN, ReportStatus
from progress.models import (
    FilingRule,
    LineUnit,
    Period,
    ProgressReport,
    TrackedLine,
)
from progress.models.periods import DAYS_AFTER_APPROVAL
from progress.periods import spans
from progress.queries.filers import Filers, exists
from progress.services.counting import recount
from progress.services.promises import items_of, lay_out_targets, write
from progress.services.reports import lock_reports
from progress.services.step_notices import settle
from progress.services.tallies import tally_periods
from progress.services.telling import tell_units
from progress.tracking import Candidate, candidates

LINE_FIELDS = ("position", "depth", "number", "words", "path", "is_tracked", "all_units", "removed_at")


@transaction.atomic
def lay_out_plan(plan_pk: int, *, actor: User, at: dt.datetime) -> FilingRule:
    """Lay the version in force out. Raises ValidationError for a plan that has none."""
    plan = lock_plan(plan_pk)
    if plan.in_force is None:
        raise ValidationError(_("No version of this plan is in force, so nothing is reported on yet."))
    rule = FilingRule.objects.filter(plan=plan).first() or FilingRule(plan=plan)
    if rule.laid_out_from_id != plan.in_force_id:
        rule.laid_out_from = plan.in_force
        save_as(rule, actor, at=at)
    # Reports before targets, as whoever releases one takes them.
    lock_reports(ProgressReport.objects.filter(period__plan=plan))
    document = PlanDocument.from_json(plan.in_force.content)
    lines = _lay_out_lines(plan, candidates(document), actor=actor, at=at)
    lay_out_targets(plan, lines, at=at)
    if not plan.periods.exists():
        make_periods(plan, rule, actor=actor, at=at)
    lay_out_reports(plan, actor=actor, at=at)
    recount(plan.counted_targets.present(), on=timezone.localdate(at))
    return rule


def make_periods(plan: Plan, rule: FilingRule, *, actor: User, at: dt.datetime) -> None:
    """Make the periods of a plan's year in the rhythm of the rule."""
    found = spans(
        plan.starts_on or dt.date(plan.year, 1, 1),
        plan.ends_on or dt.date(plan.year, 12, 31),
        rule.rhythm,
        days_to_file=rule.days_to_file,
        approved_on=timezone.localdate(at),
        late_days=DAYS_AFTER_APPROVAL,
        days=calendar_of({plan.year, plan.year + 1}),
    )
    rows = [
        Period(
            plan=plan,
            number=span.number,
            starts_on=span.starts_on,
            ends_on=span.ends_on,
            opens_on=span.opens_on,
            due_on=span.due_on,
        )
        for span in found
    ]
    bulk_create_with_history(rows, Period, default_user=actor, default_date=at)


def lay_out_reports(plan: Plan, *, actor: User, at: dt.datetime) -> None:
    """Make the reports that are owed and do not stand yet; let go those that are no longer owed.

    What was filed stays as it is, whatever the plan says now. In a period that is closed nothing changes.
    Units are told which lines they report on anew, and on which no more.
    """
    periods = list(plan.periods.filter(closed_at__isnull=True))
    lines = list(plan.tracked_lines.present().filter(is_tracked=True))
    filers = Filers(plan)
    owed = {
        (period.pk, line.pk, unit)
        for period in periods
        for line in lines
        for unit in filers.of(line, on=period.starts_on)
    }
    # What somebody is just filing is read after they are done.
    reports = lock_reports(ProgressReport.objects.filter(period__in=periods))
    standing = {(one.period_id, one.line_id, one.unit_id): one for one in reports}
    followed = {key[:2] for key in owed}
    owed -= _told_already(owed, followed, standing, periods, on=timezone.localdate(at))
    last = periods[-1].pk if periods else None
    before = {
        (unit, line)
        for (period, line, unit), one in standing.items()
        if period == last and one.removed_at is None
    }
    shares = {period.pk: period.share_of_year for period in periods}
    new = [
        ProgressReport(period_id=period, line_id=line, unit_id=unit, planned=shares[period])
        for period, line, unit in sorted(owed - standing.keys())
    ]
    changed = []
    for key, report in standing.items():
        # What was returned is mended by whom it was returned to, while the line is followed at all.
        stays = report.status in (HANDED_IN if key[:2] in followed else FILED)
        wanted = None if key in owed or stays else report.removed_at or at
        if report.removed_at != wanted:
            report.removed_at = wanted
            changed.append(report)
    bulk_create_with_history(new, ProgressReport, default_user=actor, default_date=at, batch_size=500)
    bulk_update_with_history(
        changed, ProgressReport, ["removed_at"], default_user=actor, default_date=at, batch_size=500
    )
    asked = [one for one in [*new, *changed] if one.removed_at is None]
    let_go = {(one.unit_id, one.line_id) for one in changed if one.removed_at is not None}
    tell_units(
        plan,
        periods,
        gained=[one for one in asked if (one.unit_id, one.line_id) not in before],
        lost=(let_go & before) - {(unit, line) for _period, line, unit in owed},
        is_first=not standing and not plan.periods.filter(closed_at__isnull=False).exists(),
        actor=actor,
        at=at,
    )
    # All reports of these periods are held: nobody waits for a target with one of these tallies in hand.
    tally_periods(period.pk for period in periods)
    settle([one for one in changed if one.removed_at is not None], at=at)


Key = tuple[int, int, int]  # of a period, a line and a unit


def _told_already(
    owed: set[Key],
    followed: set[tuple[int, int]],
    standing: Mapping[Key, ProgressReport],
    periods: Iterable[Period],
    *,
    on: dt.date,
) -> set[Key]:
    """Return which reports nobody asks for, as another unit has handed in what they would tell.

    So it is in each period of a unit that reports on the line no more, and in periods that were over when a
    unit was first asked: asked once more, the same would be counted twice.
    """
    over = {period.pk for period in periods if period.ends_on < on}
    live = {
        key: report
        for key, report in standing.items()
        # What was returned comes back with its line.
        if report.removed_at is None or (report.status == ReportStatus.RETURNED and key[:2] in followed)
    }
    handed_in: dict[tuple[int, int], set[int]] = defaultdict(set)
    for (period, line, unit), report in live.items():
        if report.status in HANDED_IN:
            handed_in[period, line].add(unit)
    return {
        key
        for key in owed - live.keys()
        if (told := handed_in[key[:2]])
        and ((key[0] in over and key not in standing) or any((*key[:2], other) not in owed for other in told))
    }


def _lay_out_lines(
    plan: Plan, found: Sequence[Candidate], *, actor: User, at: dt.datetime
) -> list[tuple[TrackedLine, Candidate]]:
    """Write the plan's lines as the version has them."""
    items = items_of(plan)
    standing = {line.item_id: line for line in plan.tracked_lines.all()}
    lines: list[tuple[TrackedLine, Candidate]] = []
    new: list[TrackedLine] = []
    changed: list[TrackedLine] = []
    for position, one in enumerate(found):
        item = items[one.uid]
        line = standing.pop(item, None) or TrackedLine(plan=plan, item_id=item)
        wanted = {
            "position": position,
            "depth": one.depth,
            "number": one.number,
            "words": one.words,
            "path": one.path,
            "is_tracked": line.is_tracked if line.is_chosen else one.is_usual,
            "all_units": one.all_units,
            "removed_at": None,
        }
        if write(line, wanted):
            (changed if line.pk else new).append(line)
        lines.append((line, one))
    for line in standing.values():
        if line.removed_at is None:
            line.removed_at = at
            changed.append(line)
    bulk_create_with_history(new, TrackedLine, default_user=actor, default_date=at, batch_size=500)
    bulk_update_with_history(
        changed, TrackedLine, list(LINE_FIELDS), default_user=actor, default_date=at, batch_size=500
    )
    _lay_out_units(plan, lines)
    return lines


def _lay_out_units(plan: Plan, lines: Iterable[tuple[TrackedLine, Candidate]]) -> None:
    by_name: dict[str, int] = {}
    units = list(Unit.objects.filter(district=plan.district_id))
    # A name that was given twice is that of the unit which stands in the plan's year.
    units.sort(key=lambda unit: (not exists(unit, dt.date(plan.year, 1, 1)), unit.pk))
    for unit in units:
        for name in unit.names:
            by_name.setdefault(name, unit.pk)
    wanted = {
        (line.pk, by_name[name]): place
        for line, one in lines
        for place, name in enumerate(one.units)
        if name in by_name
    }
    rows = LineUnit.objects.filter(line__plan=plan)
    standing = {(line, unit): pk for pk, line, unit in rows.values_list("pk", "line_id", "unit_id")}
    rows.filter(pk__in=[pk for key, pk in standing.items() if key not in wanted]).delete()
    LineUnit.objects.bulk_create(
        LineUnit(line_id=line, unit_id=unit, position=place)
        for (line, unit), place in wanted.items()
        if (line, unit) not in standing
    )
