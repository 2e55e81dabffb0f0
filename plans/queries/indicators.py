"""The indicators of a district for its pages: several years side by side, where they stand, what holds them.

A fixed number of queries. The city reads targets of the versions in force, and no row that is being written.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import QuerySet

from accounts.models import District, Unit
from core.text import fold
from indicators.enums import Comparator
from indicators.models import Indicator, YearlyTarget
from indicators.phrases import amount, result_measure
from plans.document import PlanDocument, Target, effective_units
from plans.enums import EDITABLE, PlanStatus
from plans.models import Item, Plan, PlanQuerySet
from plans.permissions import answering_units_of
from plans.readings import sentence_of

YEARS_SIDE_BY_SIDE = 3
LABEL_LENGTH = 60


class Use(StrEnum):
    """Which indicators a search keeps."""

    IN_USE = ""
    UNSET = "unset"  # no target of the year
    PROPOSAL = "proposal"
    NUMBER = "number"
    STATE = "state"  # done or not, or without a number
    RETIRED = "retired"


@dataclass(frozen=True)
class YearCell:
    year: int
    words: str = ""
    is_proposal: bool = False
    has_number: bool = False


@dataclass(frozen=True)
class IndicatorRow:
    """An indicator with its targets of some years, the first of them the one asked for."""

    name: str
    cells: tuple[YearCell, ...]
    unit: str = ""  # who answers for it, or for the lines that show it where nobody is named
    units: frozenset[int] = frozenset()
    counted_in: str = ""
    lines: int = 0  # of plans of the year that it serves
    indicator: Indicator | None = None

    @property
    def now(self) -> YearCell:
        return self.cells[0]

    @property
    def is_retired(self) -> bool:
        return self.indicator is not None and self.indicator.retired_on is not None

    def is_in(self, use: str) -> bool:
        if self.is_retired or use == Use.RETIRED:
            return self.is_retired and use == Use.RETIRED
        return {
            Use.UNSET: not self.now.words,
            Use.PROPOSAL: self.now.is_proposal,
            Use.NUMBER: self.now.has_number,
            Use.STATE: bool(self.now.words) and not self.now.has_number,
        }.get(Use(use), True)


@dataclass(frozen=True)
class ServedLine:
    uid: str
    words: str


@dataclass(frozen=True)
class ServedPlan:
    plan: Plan
    lines: tuple[ServedLine, ...]

    @property
    def is_closed(self) -> bool:
        return self.plan.status not in EDITABLE


@dataclass(frozen=True)
class Holds:
    """What of an indicator may not change now, by the plan that holds it.

    A plan that is closed holds its year's target. How the indicator is read is held while a plan is with the
    head or the city, and where the newest plan it stands in is closed: what is changed for a plan to come is
    not held by those of earlier years, which stand by their versions in force.
    """

    years: Mapping[int, Plan] = field(default_factory=dict)
    manner: Plan | None = None


@dataclass(frozen=True)
class TargetYear:
    """A year's target on the indicator's page."""

    target: YearlyTarget
    held_by: Plan | None
    is_promised: bool  # a line of a plan of that year shows it

    @property
    def baseline(self) -> str:
        """What it is measured against, in words; of what grows by per cent the measure is not said."""
        indicator = self.target.indicator
        return amount(
            self.target.baseline, None, result_measure(indicator.counted_in, baseline=indicator.baseline)
        )


def years_shown(year: int) -> tuple[int, ...]:
    return tuple(range(year, year - YEARS_SIDE_BY_SIDE, -1))


def indicator_rows(
    district: District, *, year: int, units: Sequence[Unit], only: Collection[int] | None = None
) -> list[IndicatorRow]:
    """Return the indicators of the district, whose units are these, or those of `only`. Five queries."""
    indicators = Indicator.objects.filter(district=district).select_related("unit")
    if only is not None:
        indicators = indicators.filter(pk__in=only)
    rows = {row.pk: row for row in indicators.order_by("name", "pk")}
    years = years_shown(year)
    cells: dict[int, dict[int, YearCell]] = defaultdict(dict)
    for target in YearlyTarget.objects.filter(indicator__district=district, year__in=years):
        if target.indicator_id in rows:
            target.indicator = rows[target.indicator_id]
            cells[target.indicator_id][target.year] = _cell(target)
    links = Item.indicators.through.objects.filter(
        item__plan__district=district, item__plan__year=year, item__removed_at__isnull=True
    )
    served: dict[int, list[int]] = defaultdict(list)
    for indicator, item in links.values_list("indicator_id", "item_id"):
        served[indicator].append(item)
    answering = answering_units_of({item for key in rows for item in served[key]})
    found = []
    for key, row in rows.items():
        shown = {unit for item in served[key] for unit in answering[item]}
        theirs = {row.unit_id} if row.unit_id else shown
        found.append(
            IndicatorRow(
                name=row.name,
                cells=tuple(cells[key].get(one, YearCell(one)) for one in years),
                unit="、".join(unit.name for unit in units if unit.pk in theirs),
                units=frozenset(theirs),
                counted_in=row.counted_in,
                lines=len(served[key]),
                indicator=row,
            )
        )
    return found


def rows_in_force(plans: PlanQuerySet, *, year: int) -> list[IndicatorRow]:
    """Return what the versions in force of these plans promise, as rows of the same table. One query."""
    found: dict[tuple[str, str], dict[int, Target]] = defaultdict(dict)
    units: dict[tuple[str, str], str] = {}
    lines: Counter[tuple[str, str]] = Counter()
    years = years_shown(year)
    for plan in plans.filter(year__in=years).select_related("in_force").order_by("-year", "pk"):
        if plan.in_force is None:
            continue
        document = PlanDocument.from_json(plan.in_force.content)
        answering = effective_units(document)
        for node in document.walk():
            for target in node.targets:
                key = (target.name, target.counted_in)
                found[key].setdefault(plan.year, target)
                units.setdefault(key, "、".join(answering[node.uid].names))
                lines[key] += plan.year == year
    return [
        IndicatorRow(
            name=key[0],
            cells=tuple(
                YearCell(one, targets[one].words, has_number=targets[one].value is not None)
                if one in targets
                else YearCell(one)
                for one in years
            ),
            unit=units[key],
            counted_in=key[1],
            lines=lines[key],
        )
        for key, targets in found.items()
    ]


def keep(
    rows: Iterable[IndicatorRow], *, words: str = "", unit: int | None = None, use: str = ""
) -> list[IndicatorRow]:
    """Keep the rows of a search: folded words of name and measure, a unit, what is asked of the year."""
    wanted = [fold(word) for word in words.split()]
    return [
        row
        for row in rows
        if row.is_in(use)
        and (unit is None or unit in row.units)
        and all(word in fold(f"{row.name} {row.counted_in}") for word in wanted)
    ]


def target_years(indicator: Indicator, plans: Sequence[ServedPlan]) -> list[TargetYear]:
    """Return the targets of all years, the newest first, with their milestones."""
    holds = holds_of([served.plan for served in plans])
    promised = {served.plan.year for served in plans}
    targets = indicator.targets.prefetch_related("milestones").order_by("-year")
    for target in targets:
        target.indicator = indicator
    return [TargetYear(target, holds.years.get(target.year), target.year in promised) for target in targets]


def served_plans(indicator: Indicator) -> list[ServedPlan]:
    """Return the plans it stands in with the lines it serves there, the newest first. One query."""
    lines: dict[int, list[ServedLine]] = defaultdict(list)
    plans: dict[int, Plan] = {}
    for item in _lines(indicator.pk).order_by("-plan__year", "plan_id", "parent__position", "position", "pk"):
        plans[item.plan_id] = item.plan
        words = sentence_of(item.title, item.text).replace("\n", " ")
        short = words if len(words) <= LABEL_LENGTH else f"{words[: LABEL_LENGTH - 1]}…"
        lines[item.plan_id].append(ServedLine(str(item.uid), short))
    return [ServedPlan(plan, tuple(lines[key])) for key, plan in plans.items()]


def plans_with(indicator_pk: int) -> list[Plan]:
    """Return the plans that have a line it serves."""
    return list(Plan.objects.filter(pk__in=_lines(indicator_pk).values("plan")).order_by("pk"))


def holds_of(plans: Sequence[Plan]) -> Holds:
    """Say what these plans, in which an indicator stands, hold of it."""
    closed = [plan for plan in plans if plan.status not in EDITABLE]
    newest = max((plan.year for plan in plans), default=0)
    under_way = [plan for plan in closed if plan.status in {PlanStatus.SIGNING, PlanStatus.SUBMITTED}]
    last = [plan for plan in closed if plan.year == newest]
    return Holds(years={plan.year: plan for plan in closed}, manner=next(iter([*under_way, *last]), None))


def _lines(indicator_pk: int) -> QuerySet[Item]:
    return Item.objects.present().filter(indicators=indicator_pk).select_related("plan")


def _cell(target: YearlyTarget) -> YearCell:
    has_number = target.value is not None and target.indicator.comparator != Comparator.DONE
    return YearCell(target.year, target.words, target.is_proposal, has_number)
