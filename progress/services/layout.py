"""Laying a version in force out for reporting: its lines, its targets, its periods, and who owes what.

Called when the city approves and when a person changes which lines are followed. Laid out again it writes
only what differs, so that nothing filed is touched; what is no longer owed is kept, not deleted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts.models import Unit, User
from core.history import save_as
from indicators.models import YearlyTarget
from plans.document import PlanDocument
from plans.models import Item, Plan
from plans.services.locking import lock_plan
from progress.enums import FILED
from progress.models import CountedTarget, FilingRule, LineUnit, Period, ProgressReport, TrackedLine
from progress.models.periods import DAYS_AFTER_APPROVAL
from progress.periods import spans
from progress.queries.filers import Filers, exists
from progress.services.counting import recount
from progress.tracking import Candidate, Promise, candidates

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
    document = PlanDocument.from_json(plan.in_force.content)
    lines = _lay_out_lines(plan, candidates(document), actor=actor, at=at)
    _lay_out_targets(plan, lines, at=at)
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
    reports = ProgressReport.objects.filter(period__in=periods)
    standing = {(one.period_id, one.line_id, one.unit_id): one for one in reports}
    shares = {period.pk: period.share_of_year for period in periods}
    new = [
        ProgressReport(period_id=period, line_id=line, unit_id=unit, planned=shares[period])
        for period, line, unit in sorted(owed - standing.keys())
    ]
    changed = []
    for key, report in standing.items():
        wanted = None if key in owed or report.status in FILED else report.removed_at or at
        if report.removed_at != wanted:
            report.removed_at = wanted
            changed.append(report)
    bulk_create_with_history(new, ProgressReport, default_user=actor, default_date=at, batch_size=500)
    bulk_update_with_history(
        changed, ProgressReport, ["removed_at"], default_user=actor, default_date=at, batch_size=500
    )


def _lay_out_lines(
    plan: Plan, found: Sequence[Candidate], *, actor: User, at: dt.datetime
) -> list[tuple[TrackedLine, Candidate]]:
    """Write the plan's lines as the version has them."""
    items = _items(plan)
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
        if _write(line, wanted):
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


def _lay_out_targets(plan: Plan, lines: Iterable[tuple[TrackedLine, Candidate]], *, at: dt.datetime) -> None:
    """Write the targets that stand below the plan's lines, as the version promises them."""
    items, indicators, baselines = _items(plan), _indicators(plan), _baselines(plan)
    rows = plan.counted_targets.all()
    standing = {(one.item_id, one.indicator_id, one.name, one.quote): one for one in rows}
    first_of: dict[int, CountedTarget] = {}
    promised = [(line, promise) for line, one in lines for promise in one.promises]
    for position, (line, promise) in enumerate(promised):
        item, name = items[promise.item], promise.target.name if promise.target else ""
        indicator = indicators.get((item, name)) if promise.target else None
        key = (item, indicator, name, promise.words)
        target = standing.pop(key, None) or CountedTarget(
            plan=plan, item_id=item, indicator_id=indicator, name=name, quote=promise.words
        )
        same = first_of.get(indicator) if indicator else None
        wanted = {
            "line_id": line.pk,
            "position": position,
            "baseline": baselines.get(indicator) if indicator else None,
            "removed_at": None,
            "same_as_id": same.pk if same else None,
            **_promised(promise),
        }
        if _write(target, wanted):
            target.save()
        if indicator:
            first_of.setdefault(indicator, target)
    gone = [one.pk for one in standing.values() if one.removed_at is None]
    CountedTarget.objects.filter(pk__in=gone).update(removed_at=at)


def _items(plan: Plan) -> dict[str, int]:
    """Return the keys of the plan's lines by uid, retired ones too: a version in force may name them."""
    return {str(uid): pk for uid, pk in Item.objects.filter(plan=plan).values_list("uid", "pk")}


def _indicators(plan: Plan) -> dict[tuple[int, str], int]:
    """Return the indicators of the plan's lines by line and name, as a version names them."""
    links = Item.indicators.through.objects.filter(item__plan=plan).order_by("pk")
    return {
        (item, name): pk for item, pk, name in links.values_list("item_id", "indicator_id", "indicator__name")
    }


def _baselines(plan: Plan) -> dict[int, Decimal | None]:
    targets = YearlyTarget.objects.filter(indicator__items__plan=plan, year=plan.year)
    return dict(targets.values_list("indicator_id", "baseline"))


def _promised(promise: Promise) -> dict[str, object]:
    target = promise.target
    if target is None:
        return {}
    return {
        "counted_in": target.counted_in,
        "comparator": target.comparator,
        "aggregation": target.aggregation,
        "per": target.per,
        "value": None if target.value is None else Decimal(target.value),
        "value_max": None if target.value_max is None else Decimal(target.value_max),
    }


def _write(row: TrackedLine | CountedTarget, wanted: dict[str, object]) -> bool:
    """Set what differs on a row and say whether anything does, or the row is new."""
    differs = row.pk is None
    for name, value in wanted.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
            differs = True
    return differs
