"""Milestones: how each stands with a report, which begins with what was reported of it before.

Of earlier periods counts what was released there, as everywhere: a report taken back takes its marks with it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from progress.enums import COUNTED
from progress.models import CountedMilestone, CountedTarget, MilestoneMark, ProgressReport
from progress.queries.succession import Succession, successions_on


@dataclass(frozen=True)
class Standing:
    """A milestone with a report: as the report marks it, or else as the last one before left it."""

    milestone: CountedMilestone
    is_reached: bool = False
    reached_on: dt.date | None = None
    is_from_before: bool = False

    def is_late(self, on: dt.date) -> bool:
        return not self.is_reached and self.milestone.due_on < on


def milestones_of(report: ProgressReport) -> Sequence[Standing]:
    """Return the milestones of a report's targets, in their order."""
    if not hasattr(report, "milestones"):
        fetch_milestones([report])
    return report.milestones


def fetch_milestones(reports: Iterable[ProgressReport]) -> None:
    """Set `milestones` of the reports, whose targets are fetched: in two queries, none where none has any.

    One more where marks on a line are of several units: one that went from one to another goes on where the
    other left it.
    """
    reports = list(reports)
    targets = {target.pk for report in reports for target in _targets(report)}
    if not targets:
        for report in reports:
            report.milestones = []
        return
    milestones: dict[int, list[CountedMilestone]] = defaultdict(list)
    for one in CountedMilestone.objects.present().filter(target__in=targets).order_by("position", "pk"):
        milestones[one.target_id].append(one)
    rows = MilestoneMark.objects.filter(milestone__target__in=targets).select_related("report__period")
    made = list(rows.order_by("report__period__number", "pk"))
    filers = _filers([*reports, *(mark.report for mark in made)])
    marks: dict[tuple[int, int], list[MilestoneMark]] = defaultdict(list)
    for mark in made:
        unit = filers.get(mark.report.line_id, Succession()).as_one(mark.report.unit_id)
        marks[mark.milestone_id, unit].append(mark)
    numbers = {report.pk: report.period.number for report in reports}
    for report in reports:
        unit = filers.get(report.line_id, Succession()).as_one(report.unit_id)
        report.milestones = [
            _standing(one, report, numbers[report.pk], marks[one.pk, unit])
            for target in _targets(report)
            for one in milestones[target.pk]
        ]


def milestones_by_target(targets: Iterable[CountedTarget]) -> dict[int, list[Standing]]:
    """Return the milestones of targets as what was released says of them by now; of several units' the first.

    In two queries, none where no target is told by milestones; one more where several units marked a line.
    """
    keys = {target.pk for target in targets if target.has_milestones}
    found: dict[int, list[Standing]] = defaultdict(list)
    if not keys:
        return found
    last: dict[int, dict[int, MilestoneMark]] = defaultdict(dict)
    rows = MilestoneMark.objects.filter(milestone__target__in=keys, report__status__in=COUNTED)
    marks = list(rows.select_related("report").order_by("report__period__number", "pk"))
    filers = _filers(mark.report for mark in marks)
    for mark in marks:
        unit = filers.get(mark.report.line_id, Succession()).as_one(mark.report.unit_id)
        last[mark.milestone_id][unit] = mark
    for one in CountedMilestone.objects.present().filter(target__in=keys).order_by("position", "pk"):
        reached = [mark for mark in last[one.pk].values() if mark.is_reached]
        days = [mark.reached_on for mark in reached if mark.reached_on]
        found[one.target_id].append(Standing(one, bool(reached), min(days, default=None)))
    return found


def _filers(reports: Iterable[ProgressReport]) -> Mapping[int, Succession]:
    """Return the successions on lines on which these reports are of several units; one query, if any is."""
    units: dict[int, set[int]] = defaultdict(set)
    for report in reports:
        units[report.line_id].add(report.unit_id)
    several = [line for line, found in units.items() if len(found) > 1]
    return successions_on(several) if several else {}


def _targets(report: ProgressReport) -> list[CountedTarget]:
    return [
        target
        for target in report.line.all_targets
        if target.has_milestones and target.same_as_id is None and target.removed_at is None
    ]


def _standing(
    milestone: CountedMilestone, report: ProgressReport, number: int, marks: Sequence[MilestoneMark]
) -> Standing:
    """Return how a milestone stands; `marks` are all of the report's unit and those before it, by periods."""
    own = next((mark for mark in marks if mark.report_id == report.pk), None)
    if own is not None:
        return Standing(milestone, own.is_reached, own.reached_on)
    before = [mark for mark in marks if mark.report.period.number < number and mark.report.status in COUNTED]
    if not before:
        return Standing(milestone)
    return Standing(milestone, before[-1].is_reached, before[-1].reached_on, is_from_before=True)
