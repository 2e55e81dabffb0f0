"""Copies of one plan's rows for other districts and years, put in by the thousand.

A copy reads and counts as a plan that the services wrote. It has no row history, no steps of reports, and
the audit log says nothing of it. How its year goes follows from district and year alone.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db.models import Model, OuterRef, Subquery

from accounts.models import District, Unit
from core.roc import to_roc
from core.working_days import calendar_of
from districtplans.demo.builder import author
from districtplans.demo.courses import COURSES, Courses, FiledIn
from districtplans.demo.years import STEPS, TAIPEI, moment
from indicators.models import Indicator, YearlyTarget
from plans.document import PlanDocument
from plans.enums import PlanStatus, VersionKind
from plans.models import Item, Plan, PlanEvent, PlanVersion, Responsibility
from plans.queries.digests import digest_of, digest_of_text, seal_of
from plans.services.plans import take_facts
from plans.services.steps import Letter
from progress.enums import COUNTED, ReportStatus
from progress.models import (
    CountedTarget,
    FilingRule,
    LineUnit,
    Measurement,
    Period,
    ProgressReport,
    TrackedLine,
)
from progress.models.periods import DAYS_AFTER_APPROVAL
from progress.periods import Span, spans
from progress.services.tallies import tally_periods

BATCH = 2000
RECENT = dt.timedelta(days=60)  # how long after it was due a period still fills
RETURNED = "請補充本期實際辦理場次及照片。"
LAXITY = (0.0, 0.01, 0.02, 0.04, 0.08, 0.15)  # how many of its reports a district never files
# Where the reports of a period stand that has not long been due, and how many.
RECENTLY = (
    (ReportStatus.DRAFT, 12),
    (ReportStatus.SUBMITTED, 8),
    (ReportStatus.RETURNED, 3),
    (ReportStatus.RELEASED, 22),
    (ReportStatus.ACCEPTED, 55),
)


@dataclass(frozen=True)
class Taken:
    """A step of a plan and when it was taken."""

    name: str
    role: str
    at: dt.datetime
    letter: Letter | None


def way_of(district: District, year: int) -> list[Taken]:
    """Return the steps to approval: some districts take them weeks early, some after the deadline."""
    number = int(district.code[-4:])
    later = dt.timedelta(days=number * 7 % 40 - 18)
    found = []
    for name, _who, role, month, day in STEPS:
        at = moment(year, month, day) + later
        letter = Letter(f"示研考字第{to_roc(year)}{number:05}號", at.date()) if name == "approve" else None
        found.append(Taken(name, role, at, letter))
    return found


@dataclass(frozen=True)
class Tracked:
    """A line that is reported on: its key in the pattern, its unit's name, its targets there."""

    line: int
    unit: str
    targets: tuple[CountedTarget, ...]


@dataclass(frozen=True)
class Filed:
    """A report as its row has it, with what was measured of each target of its line."""

    period: Period
    tracked: Tracked
    values: dict[str, Any]
    measured: Sequence[Mapping[str, Any]] = ()


class Copier:
    """The rows of a plan in force, copied for districts of the same city whose units bear the same names."""

    def __init__(self, plan: Plan, districts: Sequence[District], *, on: dt.date) -> None:
        self.plan, self.actor, self.on = plan, author(), on
        self.courses = Courses(on)
        version = PlanVersion.objects.filter(plan=plan, kind=VersionKind.FILED).latest("number")
        self.document = PlanDocument.from_json(version.content)
        self.version = version
        self.events = list(PlanEvent.objects.filter(plan=plan).order_by("number"))
        self.units = {
            (unit.district_id, unit.name): unit.pk for unit in Unit.objects.filter(district__in=districts)
        }
        self.levels = _levels(Item.objects.present().filter(plan=plan).order_by("position", "pk"))
        self.responsible = list(Responsibility.objects.filter(item__plan=plan).select_related("unit"))
        self.links = list(Item.indicators.through.objects.filter(item__plan=plan))
        self.yearly = list(YearlyTarget.objects.filter(indicator__items__plan=plan, year=plan.year))
        self.rule = FilingRule.objects.get(plan=plan)
        self.days = calendar_of({plan.year - 5, plan.year + 1})
        self.lines = list(TrackedLine.objects.present().filter(plan=plan))
        self.line_units = list(LineUnit.objects.filter(line__plan=plan).select_related("unit"))
        self.targets = list(CountedTarget.objects.present().filter(plan=plan).select_related("indicator"))
        self.tracked = self._tracked()
        self.indicators = self._indicators(districts)

    def _tracked(self) -> list[Tracked]:
        targets: dict[int, list[CountedTarget]] = defaultdict(list)
        for target in self.targets:
            targets[target.line_id].append(target)
        unit = {one.line_id: one.unit.name for one in self.line_units}
        return [
            Tracked(line.pk, unit[line.pk], tuple(targets[line.pk])) for line in self.lines if line.is_tracked
        ]

    def _indicators(self, districts: Sequence[District]) -> dict[tuple[int, int], int]:
        """Return each district's indicators by district and the pattern's own; they live on for years."""
        own = list(Indicator.objects.filter(items__plan=self.plan).distinct())
        known = Indicator.objects.filter(district__in=districts)
        found = {
            (district, name): pk for pk, district, name in known.values_list("pk", "district_id", "name")
        }
        new = [
            Indicator(**_values(one) | {"district_id": district.pk, "unit_id": None})
            for district in districts
            for one in own
            if (district.pk, one.name) not in found
        ]
        for one in Indicator.objects.bulk_create(new, BATCH):
            found[one.district_id, one.name] = one.pk
        return {(district.pk, one.pk): found[district.pk, one.name] for district in districts for one in own}

    def report(self) -> None:
        """Fill the pattern's own reports, which stand since it was laid out."""
        periods = list(Period.objects.filter(plan=self.plan))
        filed, stands = self._year(self.plan, periods)
        rows = {
            (row.period_id, row.line_id): row for row in ProgressReport.objects.filter(period__in=periods)
        }
        for one in filed:
            row = rows[one.period.pk, one.tracked.line]
            for name, value in one.values.items():
                setattr(row, name, value)
        names = {name for one in filed for name in one.values}
        ProgressReport.objects.bulk_update(rows.values(), sorted(names), 200)
        tally_periods(period.pk for period in periods)
        _measure(
            (rows[one.period.pk, one.tracked.line].pk, target.pk, amounts)
            for one in filed
            for target, amounts in zip(one.tracked.targets, one.measured, strict=False)
        )
        for target, values in stands.items():
            CountedTarget.objects.filter(pk=target).update(**values)

    def copy(self, places: Sequence[tuple[District, int]]) -> None:
        """Write the plans of these districts and years, with all that was reported on them."""
        plans = self._plans(places)
        items = self._items(plans)
        self._targets_of_years(plans, items)
        self._rows(
            [self.rule], plans, lambda plan, _row: {"plan_id": plan.pk, "laid_out_from_id": plan.in_force_id}
        )
        lines = self._rows(
            self.lines,
            plans,
            lambda plan, row: {"plan_id": plan.pk, "item_id": items[plan.pk, row.item_id]},
        )
        self._rows(
            self.line_units,
            plans,
            lambda plan, row: {
                "line_id": lines[plan.pk, row.line_id],
                "unit_id": self.units[plan.district_id, row.unit.name],
            },
        )
        periods = self._periods(plans)
        years = {plan.pk: self._year(plan, periods[plan.pk]) for plan in plans}
        targets = self._rows(
            self.targets,
            plans,
            lambda plan, row: {
                "plan_id": plan.pk,
                "line_id": lines[plan.pk, row.line_id],
                "item_id": items[plan.pk, row.item_id],
                "indicator_id": self.indicators[plan.district_id, row.indicator_id],
                **years[plan.pk][1][row.pk],
            },
        )
        self._reports(plans, lines, targets, {key: filed for key, (filed, _stands) in years.items()})

    def _rows(
        self, rows: Sequence[Any], plans: Sequence[Plan], place: Callable[[Plan, Any], dict[str, Any]]
    ) -> dict[tuple[int, int], int]:
        """Copy rows for each plan, placed there; return the new keys by plan and key in the pattern."""
        if not rows:
            return {}
        told = [(row, _values(row)) for row in rows]
        pairs = [
            ((plan.pk, row.pk), type(row)(**values | place(plan, row)))
            for plan in plans
            for row, values in told
        ]
        type(rows[0]).objects.bulk_create([row for _key, row in pairs], BATCH)
        return {key: row.pk for key, row in pairs}

    def _plans(self, places: Sequence[tuple[District, int]]) -> list[Plan]:
        """Write the plans, the version of each and the steps that led to its approval."""
        documents, plans = [], []
        for district, year in places:
            facts = replace(
                self.document.facts,
                title=f"{district.agency_name}{to_roc(year)}年度{self.plan.series}",
                agency=district.agency_name,
                district=district.name,
                year=year,
            )
            documents.append(replace(self.document, facts=facts))
            way = {step.name: step.at for step in way_of(district, year)}
            plan = Plan(
                district=district,
                series=facts.series,
                year=year,
                status=PlanStatus.APPROVED,
                filed_at=way["file"],
                signed_at=way["sign"],
                signed_by=self.actor,
                signed_sha256=documents[-1].digest(),
                revision=self.plan.revision,
                shape_revision=self.plan.shape_revision,
            )
            take_facts(plan, documents[-1])
            plans.append(plan)
        plans = Plan.objects.bulk_create(plans, BATCH)
        versions = [self._version(plan, document) for plan, document in zip(plans, documents, strict=True)]
        for plan, version in zip(plans, PlanVersion.objects.bulk_create(versions, BATCH), strict=True):
            plan.in_force = version
        latest = PlanVersion.objects.filter(plan=OuterRef("pk")).values("pk")[:1]
        Plan.objects.filter(pk__in=[plan.pk for plan in plans]).update(in_force=Subquery(latest))
        PlanEvent.objects.bulk_create((event for plan in plans for event in self._events(plan)), BATCH)
        return plans

    def _version(self, plan: Plan, document: PlanDocument) -> PlanVersion:
        content, filed_at = document.to_json(), plan.filed_at or self.version.made_at
        own = {"plan_id": plan.pk, "content": content, "sha256": digest_of_text(content), "made_at": filed_at}
        version = PlanVersion(**_values(self.version) | own)
        version.seal = seal_of(version)
        return version

    def _events(self, plan: Plan) -> Iterator[PlanEvent]:
        previous = ""
        for event, step in zip(self.events, way_of(plan.district, plan.year), strict=True):
            letter = step.letter or Letter()
            new = PlanEvent(**_values(event))
            new.plan, new.at, new.previous_sha256 = plan, step.at, previous
            new.document_number, new.document_on = letter.number, letter.on
            new.version = plan.in_force if event.version_id else None
            new.sha256 = previous = digest_of(new)
            yield new

    def _items(self, plans: Sequence[Plan]) -> dict[tuple[int, int], int]:
        """Write the lines level by level, and who answers for them; return their keys as `_rows` does."""
        found: dict[tuple[int, int], int] = {}

        def place(plan: Plan, row: Item) -> dict[str, Any]:
            return {"plan_id": plan.pk, "parent_id": found.get((plan.pk, row.parent_id or 0))}

        for level in self.levels:
            found.update(self._rows(level, plans, place))
        self._rows(
            self.responsible,
            plans,
            lambda plan, row: {
                "item_id": found[plan.pk, row.item_id],
                "unit_id": self.units[plan.district_id, row.unit.name],
            },
        )
        return found

    def _targets_of_years(self, plans: Sequence[Plan], items: Mapping[tuple[int, int], int]) -> None:
        self._rows(
            self.links,
            plans,
            lambda plan, row: {
                "item_id": items[plan.pk, row.item_id],
                "indicator_id": self.indicators[plan.district_id, row.indicator_id],
            },
        )
        self._rows(
            self.yearly,
            plans,
            lambda plan, row: {
                "indicator_id": self.indicators[plan.district_id, row.indicator_id],
                "year": plan.year,
            },
        )

    def _periods(self, plans: Sequence[Plan]) -> dict[int, list[Period]]:
        rows = (
            Period(plan=plan, **asdict(span), **self._closed(plan))
            for plan in plans
            for span in self._spans(plan)
        )
        found: dict[int, list[Period]] = defaultdict(list)
        for period in Period.objects.bulk_create(rows, BATCH):
            found[period.plan_id].append(period)
        return found

    def _closed(self, plan: Plan) -> dict[str, Any]:
        """Return when a year that is over was closed, and by whom."""
        if plan.year >= self.on.year:
            return {}
        return {"closed_at": moment(plan.year + 1, 2, 27), "closed_by": self.actor}

    def _spans(self, plan: Plan) -> Iterator[Span]:
        return spans(
            dt.date(plan.year, 1, 1),
            dt.date(plan.year, 12, 31),
            self.rule.rhythm,
            days_to_file=self.rule.days_to_file,
            approved_on=way_of(plan.district, plan.year)[-1].at.astimezone(TAIPEI).date(),
            late_days=DAYS_AFTER_APPROVAL,
            days=self.days,
        )

    def _year(self, plan: Plan, periods: Sequence[Period]) -> tuple[list[Filed], dict[int, dict[str, Any]]]:
        """Return what is reported in the plan's year, and how its targets stand by the pattern's keys."""
        # The dice fall the same way each time: this is no secret.
        dice = random.Random(f"{plan.district.code}{plan.year}")  # noqa: S311
        laxity = dice.choice(LAXITY)
        filed, stands = [], {}
        ways = dice.choices(range(len(COURSES)), [often for _way, often in COURSES], k=len(self.tracked))
        for tracked, course in zip(self.tracked, ways, strict=True):
            told_in: FiledIn = ()
            for period in periods:
                status, at = self._fate(period, dice, laxity)
                if status == ReportStatus.DRAFT:
                    filed.append(Filed(period, tracked, {"planned": period.share_of_year}))
                    continue
                released = tuple(number for number, found in told_in if found in COUNTED)
                told = self.courses.told(
                    tracked.targets, course, released, period, line=tracked.line, year=periods
                )
                filed.append(Filed(period, tracked, told.values | _stamps(status, at), told.measured))
                told_in = (*told_in, (period.number, status))
            for target in tracked.targets:
                stands[target.pk] = self.courses.stands(target, course, told_in, periods)
        return filed, stands

    def _fate(self, period: Period, dice: random.Random, laxity: float) -> tuple[ReportStatus, dt.datetime]:
        """Return where a report of the period stands by now, and when it was filed."""
        day = max(period.opens_on, period.ends_on - dt.timedelta(5)) + dt.timedelta(dice.randrange(12))
        at = dt.datetime.combine(day, dt.time(14), tzinfo=TAIPEI)
        if day > self.on or dice.random() < laxity:
            return ReportStatus.DRAFT, at
        if period.due_on + RECENT < self.on:
            return ReportStatus.ACCEPTED, at
        (status,) = dice.choices([one for one, _often in RECENTLY], [often for _one, often in RECENTLY])
        return status, at

    def _reports(
        self,
        plans: Sequence[Plan],
        lines: Mapping[tuple[int, int], int],
        targets: Mapping[tuple[int, int], int],
        filed: Mapping[int, Sequence[Filed]],
    ) -> None:
        pairs = [
            (
                plan.pk,
                one,
                ProgressReport(
                    period_id=one.period.pk,
                    line_id=lines[plan.pk, one.tracked.line],
                    unit_id=self.units[plan.district_id, one.tracked.unit],
                    **one.values,
                ),
            )
            for plan in plans
            for one in filed[plan.pk]
        ]
        ProgressReport.objects.bulk_create([report for _plan, _one, report in pairs], BATCH)
        tally_periods(report.period_id for _plan, _one, report in pairs)
        _measure(
            (report.pk, targets[plan, target.pk], amounts)
            for plan, one, report in pairs
            for target, amounts in zip(one.tracked.targets, one.measured, strict=False)
        )


def _stamps(status: ReportStatus, at: dt.datetime) -> dict[str, Any]:
    """Return the columns that tell how far a report came, each step some days after the one before."""
    stamps: dict[str, Any] = {"status": status, "version": 1, "submitted_at": at}
    if status in COUNTED:
        stamps["released_at"] = at + dt.timedelta(days=1)
    if status == ReportStatus.ACCEPTED:
        stamps["accepted_at"] = at + dt.timedelta(days=3)
    if status == ReportStatus.RETURNED:
        stamps["note"] = RETURNED
    return stamps


def _measure(rows: Iterable[tuple[int, int, Mapping[str, Any]]]) -> None:
    Measurement.objects.bulk_create(
        (Measurement(report_id=report, target_id=target, **amounts) for report, target, amounts in rows),
        BATCH,
    )


def _values(row: Model) -> dict[str, Any]:
    """Return what a row holds, without its key."""
    fields = row._meta.concrete_fields  # noqa: SLF001 -- Django's documented API for fields
    return {field.attname: getattr(row, field.attname) for field in fields if not field.primary_key}


def _levels(items: Iterable[Item]) -> list[list[Item]]:
    """Return lines level by level: a child needs its parent's key."""
    below: dict[int | None, list[Item]] = defaultdict(list)
    for item in items:
        below[item.parent_id].append(item)
    found, level = [], below[None]
    while level:
        found.append(level)
        level = [child for item in level for child in below[item.pk]]
    return found
