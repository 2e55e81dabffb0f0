"""What a unit files in a period: a card for each line, with what stands there and stood there last time."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Max, Prefetch, prefetch_related_objects
from django.urls import reverse

from accounts.models import Unit
from indicators.attainment import Reason
from indicators.enums import Aggregation, ProgressState
from indicators.phrases import amount
from progress.enums import COUNTED, FILED, WRITABLE, ReportStatus
from progress.models import (
    CountedTarget,
    Evidence,
    Measurement,
    Period,
    PeriodChange,
    ProgressReport,
    ReportEvent,
)
from progress.models.reports import ProgressReportQuerySet
from progress.periods import Opening, opening
from progress.queries.closing import is_year_filed
from progress.queries.milestones import Standing, fetch_milestones, milestones_of
from progress.queries.reports import fetch_measured, measured_of, opening_of, what_lacks
from progress.standing import reason_of


@dataclass(frozen=True)
class TargetCard:
    """A target below a line: what was promised, what was measured last, what it comes to by now."""

    target: CountedTarget
    measurement: Measurement | None = None
    before: Measurement | None = None
    milestones: tuple[Standing, ...] = ()

    @property
    def is_measured(self) -> bool:
        """Say whether a number is asked for here; one that is measured under another line is not."""
        one = self.target
        is_number = one.is_numeric and not (one.is_done_or_not or one.has_milestones)
        return (is_number or one.is_direction) and one.same_as_id is None

    @property
    def is_stated(self) -> bool:
        """Say whether a state is asked for: there is no number and no milestone, or it is done or not."""
        has_number = self.is_measured and not self.target.is_direction
        return self.target.same_as_id is None and not has_number and not self.milestones

    @property
    def follows_line(self) -> bool:
        """Say whether it stands as its line does where no state is chosen for it."""
        return self.is_stated and not (self.is_measured or self.target.is_done_or_not)

    @property
    def tells_reasons(self) -> bool:
        """Say whether it is computed how the target stands, and not given by a person."""
        one = self.target
        is_measured = one.is_direction and (one.same_as or one).result is not None
        return bool(self.reasons) and (one.is_numeric or one.has_milestones or is_measured)

    @property
    def reached(self) -> list[Standing]:
        return [one for one in self.milestones if one.is_reached]

    @property
    def is_ratio(self) -> bool:
        return self.target.aggregation == Aggregation.RATIO

    @cached_property
    def reasons(self) -> list[Reason]:
        return [reason_of(stored) for stored in (self.target.same_as or self.target).reasons]

    @property
    def result(self) -> str:
        """What was measured, as people write numbers; "" where nothing was."""
        return self._shown(self.measurement)

    @cached_property
    def result_before(self) -> str:
        return self._shown(self.before)

    def _shown(self, one: Measurement | None) -> str:
        beside = (self.target.value, self.target.value_max)
        return amount(one.value, None, self.target.result_in, 2, beside=beside) if one else ""

    @cached_property
    def phrase(self) -> str:
        """What was promised, in words; "" where its sentence says it all."""
        return self.target.words if self.target.has_words else ""


@dataclass
class Card:
    """One report on the form."""

    report: ProgressReport
    targets: list[TargetCard]
    evidence: list[Evidence]
    removed: list[Evidence]  # taken out of it, to be brought back
    before: ProgressReport | None = None
    is_open: bool = False
    address: str = ""  # of the report; its steps lie below it

    @property
    def may_write(self) -> bool:
        return self.is_open and self.report.status in WRITABLE

    @cached_property
    def lacks(self) -> dict[str, str]:
        return what_lacks(self.report)

    @property
    def unmeasured(self) -> list[CountedTarget]:
        """The targets with a number of which nothing was measured here, as there may be nothing to say."""
        return [
            one.target
            for one in self.targets
            if one.is_measured
            and not one.target.is_direction
            and (one.measurement is None or one.measurement.value is None)
        ]

    @property
    def is_begun(self) -> bool:
        return self.report.version > 0

    @property
    def unit_before(self) -> str:
        """Who reported last, where it was another unit."""
        last = self.before
        return last.unit.name if last and last.unit_id != self.report.unit_id else ""

    @property
    def is_behind(self) -> bool:
        return self.report.state == ProgressState.BEHIND


@dataclass
class Filing:
    """All a unit owes in a period."""

    period: Period
    unit: Unit
    opening: Opening
    cards: list[Card] = field(default_factory=list)
    changes: list[PeriodChange] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        return Counter(card.report.status for card in self.cards)

    def of_status(self, *statuses: str) -> list[Card]:
        return [card for card in self.cards if card.report.status in statuses]

    @property
    def open_cards(self) -> list[Card]:
        return self.of_status(*WRITABLE)

    @property
    def submitted(self) -> list[Card]:
        return self.of_status(ReportStatus.SUBMITTED)

    @property
    def ready(self) -> list[Card]:
        """Reports that can be handed in now."""
        return [card for card in self.open_cards if not card.lacks]

    @property
    def unready(self) -> list[Card]:
        return [card for card in self.open_cards if card.lacks]


def filing(period: Period, unit: Unit, *, on: dt.date) -> Filing:
    """Return the unit's form, in a fixed number of queries whatever the lines."""
    changes = list(
        PeriodChange.objects.filter(period=period, unit=unit).select_related("made_by").order_by("-due_on")
    )
    state = opening(
        opens_on=period.opens_on,
        due_on=period.due_on,
        later=changes[0].due_on if changes else None,
        is_closed=period.closed_at is not None,
        is_year_filed=is_year_filed(period.plan, on=on),
        on=on,
    )
    reports = cards_of(ProgressReport.objects.owed().filter(unit=unit), period, is_open=state.is_open)
    return Filing(period, unit, state, reports, changes)


def cards_of(
    reports: ProgressReportQuerySet, period: Period, *, is_open: bool, is_inside: bool = True
) -> list[Card]:
    """Return a card for each of these reports of a unit in a period, with the last before it; six queries.

    Two more where targets are told by milestones.
    """
    rows = list(reports.filter(period=period).select_related("line", "unit"))
    return _cards(rows, period, is_open=is_open, is_inside=is_inside)


def _cards(
    rows: list[ProgressReport],
    period: Period,
    *,
    is_open: bool,
    is_inside: bool = True,
    tells_words: bool = True,
) -> list[Card]:
    targets = CountedTarget.objects.present().select_related("indicator", "same_as", "same_as__line")
    prefetch_related_objects(
        rows,
        Prefetch("line__targets", targets.order_by("position"), to_attr="fetched_targets"),
        Prefetch("evidence", Evidence.objects.order_by("pk"), to_attr="pieces"),
    )
    for report in rows:
        report.period = period
    before = _before(rows, period, is_inside=is_inside, tells_words=tells_words)
    fetch_measured([*rows, *before.values()])
    fetch_milestones(rows)
    cards = [_card(report, before.get(report.pk), is_open=is_open) for report in rows]
    address = _addresses()
    for card in cards:
        card.address = address(card.report)
    return cards


def _addresses() -> Callable[[ProgressReport], str]:
    """Return what tells the address of a report; a page has many, and each would be looked up anew."""
    start = reverse("progress:report-detail", args=[0]).removesuffix("0/")
    return lambda report: f"{start}{report.pk}/"


def card_of(report: ProgressReport, *, on: dt.date, is_inside: bool = True) -> Card:
    """Return one report's card, as the form of its unit shows it, or as far as people of the city know it."""
    row = ProgressReport.objects.filter(pk=report.pk)
    (card,) = cards_of(row, report.period, is_open=False, is_inside=is_inside)
    card.is_open = opening_of(card.report, on=on).is_open and card.report.removed_at is None
    return card


def _card(report: ProgressReport, last: ProgressReport | None, *, is_open: bool) -> Card:
    measured, earlier = measured_of(report), measured_of(last) if last else {}
    milestones: dict[int, list[Standing]] = defaultdict(list)
    for one in milestones_of(report):
        milestones[one.milestone.target_id].append(one)
    targets = [
        TargetCard(
            target, measured.get(target.pk), earlier.get(target.pk), tuple(milestones.get(target.pk, ()))
        )
        for target in report.line.all_targets
    ]
    pieces: list[Evidence] = report.pieces  # type: ignore[attr-defined]  # fetched by cards_of()
    standing = [one for one in pieces if one.removed_at is None]
    removed = [one for one in pieces if one.removed_at is not None]
    return Card(report, targets, standing, removed, last, is_open)


def _before(
    reports: Sequence[ProgressReport], period: Period, *, is_inside: bool, tells_words: bool
) -> dict[int, ProgressReport]:
    """Return for each report, by its key, the last on its line before it that holds anything; two queries.

    That of its own unit; where there is none, what was released last by a unit that is not asked any more,
    for from there the line went to this one. Who is not of the district reads what was released alone.
    Without `tells_words` it is for what was measured, and whose that is.
    """
    lines = {report.line_id for report in reports}
    rows = ProgressReport.objects.filter(
        period__plan=period.plan_id, period__number__lte=period.number, line__in=lines
    )
    columns = ("pk", "line_id", "unit_id", "period__number", "status", "version", "removed_at")
    asked: set[tuple[int, int]] = set()
    own: dict[tuple[int, int], int] = {}
    released: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in rows.order_by("period__number", "pk").values_list(*columns):
        key, line, unit, number, status, version, removed_at = row
        if number == period.number:
            if removed_at is None:
                asked.add((line, unit))
            continue
        is_released = status in COUNTED and removed_at is None
        if version if is_inside else is_released:
            own[line, unit] = key
        if is_released:
            released[line].append((unit, key))
    found: dict[int, int] = {}
    for report in reports:
        line = report.line_id
        if last := own.get((line, report.unit_id)):
            found[report.pk] = last
        elif gone := [key for unit, key in released[line] if (line, unit) not in asked]:
            found[report.pk] = gone[-1]
    everything = ProgressReport.objects.select_related("period")
    little = ProgressReport.objects.only("line_id", "unit_id")  # what was measured is fetched for all at once
    read = (everything if tells_words else little).in_bulk(set(found.values()))
    before = {key: read[last] for key, last in found.items() if last in read}
    # Few lines go from unit to unit: whose words those are is asked of them alone.
    units = {report.pk: report.unit_id for report in reports}
    prefetch_related_objects([one for key, one in before.items() if one.unit_id != units[key]], "unit")
    return before


@dataclass(frozen=True)
class Square:
    """What one unit filed in one period: how many it owes, by status and by state."""

    owed: int = 0
    filed: int = 0
    accepted: int = 0
    returned: int = 0
    waiting: int = 0  # for the secretariat
    submitted: int = 0  # with the chief
    behind: int = 0
    due_on: dt.date | None = None
    is_overdue: bool = False

    @property
    def is_complete(self) -> bool:
        return self.owed > 0 and self.accepted == self.owed


@dataclass
class YearBoard:
    """The units of a plan and its periods, with what each filed in each."""

    periods: list[Period]
    rows: list[tuple[Unit, list[tuple[Period, Square]]]]
    has_rule: bool = True

    def total(self, period: Period) -> Square:
        squares = [square for _unit, row in self.rows for one, square in row if one.pk == period.pk]
        names = ("owed", "filed", "accepted", "returned", "waiting", "submitted", "behind")
        sums = {name: sum(getattr(square, name) for square in squares) for name in names}
        return Square(**sums, is_overdue=any(square.is_overdue for square in squares))

    def unfiled(self, period: Period) -> list[tuple[Unit, Square]]:
        """Return the units that have not filed all they owe in a period."""
        squares = [(unit, square) for unit, row in self.rows for one, square in row if one.pk == period.pk]
        return [(unit, square) for unit, square in squares if square.filed < square.owed]

    @property
    def totals(self) -> list[tuple[Period, Square]]:
        return [(period, self.total(period)) for period in self.periods]


def year_board(plan_pk: int, *, on: dt.date) -> YearBoard:
    """Return the board of a plan's year in three queries."""
    periods = list(Period.objects.filter(plan=plan_pk))
    later = {
        (period, unit): due
        for period, unit, due in PeriodChange.objects.filter(period__plan=plan_pk)
        .values_list("period_id", "unit_id")
        .annotate(Max("due_on"))
    }
    rows = (
        ProgressReport.objects.owed()
        .filter(period__plan=plan_pk)
        .values_list("period_id", "unit_id", "status", "state")
    )
    counts: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for period, unit, status, state in rows:
        counts[period, unit][status] += 1
        counts[period, unit]["behind"] += state == ProgressState.BEHIND and status in FILED
    units = Unit.objects.filter(pk__in={unit for _period, unit in counts}).order_by("order", "name")
    return YearBoard(
        periods,
        [
            (
                unit,
                [
                    (period, _square(period, counts[period.pk, unit.pk], later.get((period.pk, unit.pk)), on))
                    for period in periods
                ],
            )
            for unit in units
        ],
    )


def _square(period: Period, counts: Counter[str], later: dt.date | None, on: dt.date) -> Square:
    owed = sum(counts[status] for status in ReportStatus)
    filed = sum(counts[status] for status in FILED)
    due = max(period.due_on, later) if later else period.due_on
    return Square(
        owed=owed,
        filed=filed,
        accepted=counts[ReportStatus.ACCEPTED],
        returned=counts[ReportStatus.RETURNED],
        waiting=counts[ReportStatus.RELEASED],
        submitted=counts[ReportStatus.SUBMITTED],
        behind=counts["behind"],
        due_on=due,
        is_overdue=filed < owed and due < on,
    )


@dataclass
class UnitCheck:
    """What a unit owes in a period: cards of what is read now, and what else there is by its title alone."""

    unit: Unit
    cards: list[Card] = field(default_factory=list)
    others: list[tuple[ProgressReport, str]] = field(default_factory=list)  # each with its address

    @property
    def waiting(self) -> int:
        return sum(card.report.status == ReportStatus.RELEASED for card in self.cards)

    @property
    def is_with_chief(self) -> bool:
        reports = [*(card.report for card in self.cards), *(report for report, _address in self.others)]
        return any(report.status == ReportStatus.SUBMITTED for report in reports)


def units_to_check(period: Period, *, waiting_alone: bool) -> list[UnitCheck]:
    """Return all that units owe in a period, unit by unit; cards of what waits to be checked, or of all."""
    owed = ProgressReport.objects.owed().filter(period=period).select_related("line", "unit")
    rows = list(owed.order_by("unit__order", "line__position"))
    shown = [one for one in rows if not waiting_alone or one.status == ReportStatus.RELEASED]
    units: dict[int, UnitCheck] = {}
    for card in _cards(shown, period, is_open=False, tells_words=False):
        units.setdefault(card.report.unit_id, UnitCheck(card.report.unit)).cards.append(card)
    read, address = {report.pk for report in shown}, _addresses()
    for report in rows:
        if report.pk not in read:
            one = units.setdefault(report.unit_id, UnitCheck(report.unit))
            one.others.append((report, address(report)))
    return sorted(units.values(), key=lambda one: (one.unit.order, one.unit.name))


def events_of(report: ProgressReport) -> list[ReportEvent]:
    return list(report.events.select_related("actor").order_by("-pk"))
