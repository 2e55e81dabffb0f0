"""Laying out what a version in force promises: its targets and their milestones.

What was measured hangs on their rows, so that a promise keeps its row whatever a revision makes of its words.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from indicators.enums import Baseline
from indicators.models import YearlyTarget
from plans.document import Milestone
from plans.models import Item, Plan
from progress.models import CountedMilestone, CountedTarget, TrackedLine
from progress.tracking import Candidate, Promise


@dataclass(frozen=True)
class _Promised:
    """A promise below a line, with the keys of its sentence and of what it is measured by."""

    line: TrackedLine
    promise: Promise
    item: int
    indicator: int | None

    @property
    def name(self) -> str:
        return self.promise.target.name if self.promise.target else ""


def lay_out_targets(plan: Plan, lines: Iterable[tuple[TrackedLine, Candidate]], *, at: dt.datetime) -> None:
    """Write the targets that stand below the plan's lines, as the version promises them."""
    items, indicators, baselines = items_of(plan), _indicators(plan), _baselines(plan)
    promised = [
        _Promised(
            line,
            promise,
            items[promise.item],
            indicators.get((items[promise.item], promise.target.name)) if promise.target else None,
        )
        for line, one in lines
        for promise in one.promises
    ]
    standing = sorted(plan.counted_targets.order_by("pk"), key=lambda one: one.removed_at is not None)
    found = _matched(promised, standing)
    first_of: dict[int, CountedTarget] = {}
    for position, one in enumerate(promised):
        target = found.get(position) or CountedTarget(plan=plan)
        same = first_of.get(one.indicator) if one.indicator else None
        wanted = {
            "line_id": one.line.pk,
            "item_id": one.item,
            "indicator_id": one.indicator,
            "name": one.name,
            "quote": one.promise.words,
            "position": position,
            "baseline": _baseline(one, baselines),
            "removed_at": None,
            "same_as_id": same.pk if same else None,
            **_promised(one.promise),
        }
        if write(target, wanted):
            target.save()
        if one.indicator:
            first_of.setdefault(one.indicator, target)
        found[position] = target
    gone = {one.pk for one in standing if one.removed_at is None} - {one.pk for one in found.values()}
    CountedTarget.objects.filter(pk__in=gone).update(removed_at=at)
    _lay_out_milestones(plan, [(found[place], one.promise) for place, one in enumerate(promised)], at=at)


def _matched(promised: Sequence[_Promised], standing: Sequence[CountedTarget]) -> dict[int, CountedTarget]:
    """Return by place among the promises the row each had before: what was measured of it hangs there.

    The same first; then what is measured by the same on the same line, or elsewhere, in whatever words it
    is promised now; then the same sentence without a number.
    """
    tests: tuple[Callable[[_Promised, CountedTarget], bool], ...] = (
        lambda one, row: (
            (row.item_id, row.indicator_id, row.name, row.quote)
            == (one.item, one.indicator, one.name, one.promise.words)
        ),
        lambda one, row: (
            one.indicator is not None and (row.item_id, row.indicator_id) == (one.item, one.indicator)
        ),
        lambda one, row: one.indicator is not None and row.indicator_id == one.indicator,
        lambda one, row: (
            one.indicator is None and (row.item_id, row.indicator_id, row.name) == (one.item, None, one.name)
        ),
    )
    found: dict[int, CountedTarget] = {}
    free = list(standing)
    for is_same in tests:
        for place, one in enumerate(promised):
            row = None if place in found else next((row for row in free if is_same(one, row)), None)
            if row is not None:
                found[place] = row
                free.remove(row)
    # What was measured below a line that is gone is measured from now on where it stood beside.
    left = {row.pk: row for row in free}
    for place, row in found.items():
        if row.same_as_id in left:
            found[place] = left.pop(row.same_as_id)
    return found


def _lay_out_milestones(
    plan: Plan, targets: Iterable[tuple[CountedTarget, Promise]], *, at: dt.datetime
) -> None:
    """Write the milestones of the targets that are measured themselves, as the version has them."""
    rows: dict[int, list[CountedMilestone]] = defaultdict(list)
    for row in CountedMilestone.objects.filter(target__plan=plan).order_by("position", "pk"):
        rows[row.target_id].append(row)
    for target, promise in targets:
        wanted = promise.target.milestones if promise.target and target.same_as_id is None else ()
        found = _matched_milestones(wanted, rows[target.pk])
        for position, one in enumerate(wanted):
            row = found.get(position) or CountedMilestone(target=target)
            values = {
                "position": position,
                "title": one.title,
                "due_on": dt.date.fromisoformat(one.due_on),
                "weight": Decimal(one.weight),
                "removed_at": None,
            }
            if write(row, values):
                row.save()
        for row in rows[target.pk]:
            if row.removed_at is None and row not in found.values():
                row.removed_at = at
                row.save(update_fields=["removed_at"])


def _matched_milestones(
    wanted: Sequence[Milestone], standing: Sequence[CountedMilestone]
) -> dict[int, CountedMilestone]:
    """Return by place the row of each milestone: by its title; where that was reworded, by day and weight."""
    tests: tuple[Callable[[Milestone, CountedMilestone], bool], ...] = (
        lambda one, row: row.title == one.title and row.removed_at is None,
        lambda one, row: row.title == one.title,
        lambda one, row: (
            row.removed_at is None
            and (row.due_on.isoformat(), row.weight) == (one.due_on, Decimal(one.weight))
        ),
    )
    found: dict[int, CountedMilestone] = {}
    free = list(standing)
    for is_same in tests:
        for place, one in enumerate(wanted):
            row = None if place in found else next((row for row in free if is_same(one, row)), None)
            if row is not None:
                found[place] = row
                free.remove(row)
    return found


def items_of(plan: Plan) -> dict[str, int]:
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


def _baseline(one: _Promised, baselines: Mapping[int, Decimal | None]) -> Decimal | None:
    """Return what a target is measured against: a start is promised with it, last year's result is not."""
    target = one.promise.target
    if target is None or target.baseline != Baseline.LAST_YEAR:
        return Decimal(target.start) if target and target.start is not None else None
    return baselines.get(one.indicator) if one.indicator else None


def _promised(promise: Promise) -> dict[str, object]:
    target = promise.target
    if target is None:
        return {}
    return {
        "counted_in": target.counted_in,
        "comparator": target.comparator,
        "aggregation": target.aggregation,
        "per": target.per,
        "direction": target.direction,
        "frequency": target.frequency,
        "against": target.baseline,
        "decimals": target.decimals,
        "value": None if target.value is None else Decimal(target.value),
        "value_max": None if target.value_max is None else Decimal(target.value_max),
    }


def write(row: TrackedLine | CountedTarget | CountedMilestone, wanted: dict[str, object]) -> bool:
    """Set what differs on a row and say whether anything does, or the row is new."""
    differs = row.pk is None
    for name, value in wanted.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
            differs = True
    return differs
