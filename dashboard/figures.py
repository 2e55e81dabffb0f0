"""What dashboards count of a plan's year: reports and targets, by unit, chapter, period and state.

Pure: dataclasses in, dataclasses out. What a chief has released counts (`progress.enums.COUNTED`); the rest
is owed. A target counts by the state it was given last.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeVar

from indicators.attainment import Reason
from indicators.enums import Aggregation, Comparator, ProgressState
from indicators.phrases import amount, promise, result_measure, rounded
from progress.enums import COUNTED, ReportStatus, status_words
from progress.standing import reason_of

State = ProgressState
OPEN = "open"  # owed, and not released yet
KINDS = (State.DONE, State.AHEAD, State.ON_SCHEDULE, State.NOT_STARTED, State.STOPPED, State.BEHIND)
GOOD = frozenset((State.DONE, State.AHEAD, State.ON_SCHEDULE))
WHOLE = Decimal(100)
Key = TypeVar("Key", bound=Hashable)


def share(part: int, whole: int) -> Decimal | None:
    """Return a share in percent, None of nothing."""
    return Decimal(part * 100) / whole if whole else None


def percent_words(value: Decimal | None, decimals: int = 0, *, beside: Iterable[Decimal | None] = ()) -> str:
    """Return 62%; never 100% for what is not all, nor 0% for what is something, and so of others `beside`."""
    return "" if value is None else f"{rounded(value, decimals, beside=(Decimal(0), WHOLE, *beside))}%"


@dataclass(frozen=True, slots=True)
class Span:
    """A period of the plan's year."""

    pk: int
    number: int
    words: str
    starts_on: dt.date
    ends_on: dt.date
    opens_on: dt.date
    due_on: dt.date
    is_closed: bool = False


class Ends(Protocol):
    """A period, as far as its end goes."""

    @property
    def ends_on(self) -> dt.date: ...


Ending = TypeVar("Ending", bound=Ends)


def at_hand(spans: Sequence[Ending], on: dt.date) -> Ending | None:
    """Return the period that is spoken of on a day: the last that is over, else the first."""
    over = [span for span in spans if span.ends_on < on]
    return over[-1] if over else spans[0] if spans else None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report, as far as the reader may know it: of one not released a city knows that it is owed."""

    pk: int
    span: int  # the number of the period
    line: int
    words: str  # of the line, with its number
    chapter: str
    position: int
    unit: int
    unit_name: str
    unit_order: int
    status: str = ""
    state: str = ""
    planned: Decimal | None = None
    actual: Decimal | None = None
    is_unchanged: bool = False
    has_data: bool = False
    narrative: str = ""
    reason: str = ""
    countermeasure: str = ""
    catch_up_on: dt.date | None = None
    due_on: dt.date | None = None
    days_over: int = 0  # since it was due, while it is not filed
    is_filed: bool = False
    is_begun: bool = True  # whether anybody wrote in it yet

    @property
    def is_counted(self) -> bool:
        return self.status in COUNTED

    @property
    def is_behind(self) -> bool:
        return self.is_counted and self.state == State.BEHIND

    @property
    def is_overdue(self) -> bool:
        return self.days_over > 0

    @property
    def difference(self) -> Decimal | None:
        """By how many percentage points it is ahead of what was planned, negative when behind."""
        return None if self.planned is None or self.actual is None else self.actual - self.planned

    @property
    def state_words(self) -> str:
        return str(State(self.state).label) if self.state else ""

    @property
    def status_words(self) -> str:
        return status_words(self.status, is_begun=self.is_begun) if self.status else ""


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target as the version in force promises it, and how it stands."""

    pk: int
    line: int
    line_words: str
    chapter: str
    position: int
    quote: str
    name: str = ""
    indicator: int | None = None
    counted_in: str = ""
    comparator: str = ""
    aggregation: str = ""
    per: str = ""
    frequency: str = ""
    direction: str = ""
    against: str = ""  # last year's result
    value: Decimal | None = None
    value_max: Decimal | None = None
    baseline: Decimal | None = None
    result: Decimal | None = None
    expected: Decimal | None = None
    attainment: Decimal | None = None
    state: str = ""
    is_reached: bool | None = None
    stored_reasons: Sequence[Any] = ()
    knows_waiting: bool = True  # whether the reader may know what waits for its chief
    units: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.name or self.quote

    @property
    def is_numeric(self) -> bool:
        return self.value is not None

    @property
    def is_behind(self) -> bool:
        return self.state == State.BEHIND

    @property
    def state_words(self) -> str:
        return str(State(self.state).label) if self.state else ""

    @property
    def promise_words(self) -> str:
        """Return what was promised in words; "" where no number was, nor milestones, nor a change."""
        is_change = bool(self.against) and self.comparator != Comparator.DONE
        if not (self.is_numeric or is_change or self.aggregation == Aggregation.MILESTONES):
            return ""
        return promise(
            self.comparator or Comparator.AT_LEAST,
            self.value,
            self.value_max,
            self.counted_in,
            aggregation=self.aggregation,
            per=self.per,
            frequency=self.frequency,
            baseline=self.against,
            direction=self.direction,
            start=self.baseline,
        )

    @property
    def result_words(self) -> str:
        """Return the result with what it counts: of periods their number, of milestones their weight."""
        return amount(self.result, None, self.measure, 2, beside=(self.value, self.value_max, self.expected))

    @property
    def expected_words(self) -> str:
        return amount(self.expected, None, self.measure, 2)

    @property
    def measure(self) -> str:
        """What the result is counted in; "" where periods are counted."""
        if self.aggregation == Aggregation.EACH_PERIOD:
            return ""
        return result_measure(self.counted_in, baseline=self.against, aggregation=self.aggregation)

    @property
    def attainment_words(self) -> str:
        # As exact as what is stored is; what is just as much as is expected is rounded as usual.
        pace = None if self.pace is None else self.pace.quantize(Decimal("0.0001"))
        return percent_words(self.attainment, 1, beside=() if pace == self.attainment else (pace,))

    @property
    def reasons(self) -> list[Reason]:
        found = [reason_of(stored) for stored in self.stored_reasons]
        return found if self.knows_waiting else [reason for reason in found if reason.code != "waiting"]

    @property
    def pace(self) -> Decimal | None:
        """How much of the target is expected by now in percent, None where that cannot be said.

        Only what has to be reached has a pace: limits are kept, levels on their way start from somewhere.
        """
        at_least = self.comparator in {Comparator.AT_LEAST, Comparator.MORE_THAN}
        if not at_least or self.expected is None or not self.value or self.value < 0:
            return None
        if self.baseline is not None or self.aggregation == Aggregation.MILESTONES:
            return None
        if self.aggregation == Aggregation.EACH_PERIOD:
            # The result counts periods, so all of them are what makes the percentage of it.
            return self.expected * self.attainment / self.result if self.result and self.attainment else None
        return self.expected * 100 / self.value


@dataclass(frozen=True)
class Tally:
    """How many reports are where: owed and filed, released and in which state."""

    owed: int = 0
    filed: int = 0
    counted: int = 0
    accepted: int = 0
    submitted: int = 0
    returned: int = 0
    overdue: int = 0
    states: Counter[str] = field(default_factory=Counter)

    @property
    def behind(self) -> int:
        return self.states[State.BEHIND]

    @property
    def good(self) -> int:
        return sum(self.states[state] for state in GOOD)

    @property
    def unfiled(self) -> int:
        return self.owed - self.filed

    @property
    def kinds(self) -> dict[str, int]:
        """The parts of a bar: the states of what was released, then what was not."""
        known = {str(kind): self.states[kind] for kind in KINDS}
        return known | {OPEN: self.owed - sum(known.values())}

    @property
    def counted_share(self) -> Decimal | None:
        return share(self.counted, self.owed)

    @property
    def behind_share(self) -> Decimal | None:
        return share(self.behind, self.counted)

    @property
    def good_share(self) -> Decimal | None:
        return share(self.good, self.counted)

    @property
    def counted_words(self) -> str:
        return percent_words(self.counted_share)


def tally(reports: Iterable[ReportRow]) -> Tally:
    rows = list(reports)
    statuses = Counter(row.status for row in rows)
    return Tally(
        owed=len(rows),
        filed=sum(row.is_filed for row in rows),
        counted=sum(statuses[status] for status in COUNTED),
        accepted=statuses[ReportStatus.ACCEPTED],
        submitted=statuses[ReportStatus.SUBMITTED],
        returned=statuses[ReportStatus.RETURNED],
        overdue=sum(row.is_overdue for row in rows),
        states=Counter(row.state for row in rows if row.is_counted and row.state),
    )


STEMS = "甲乙丙丁戊己庚辛壬癸"  # by which groups are counted; their code points stand in another order


def group_order(name: str) -> tuple[int, str]:
    """Return by what evaluation groups are sorted: 甲組, 乙組, 丙組, then those named otherwise."""
    place = STEMS.find(name[:1]) if name else -1
    return (place if place >= 0 else len(STEMS), name)


class TargetTally(NamedTuple):
    """How many targets stand where. `reached` are those that are done for the year."""

    total: int = 0
    reached: int = 0
    on_schedule: int = 0  # those ahead included
    behind: int = 0
    not_started: int = 0

    @property
    def other(self) -> int:
        """Stopped, or without a state yet."""
        return self.total - self.reached - self.on_schedule - self.behind - self.not_started

    @property
    def reached_share(self) -> Decimal | None:
        return share(self.reached, self.total)

    @property
    def on_schedule_share(self) -> Decimal | None:
        return share(self.on_schedule, self.total)

    @property
    def behind_share(self) -> Decimal | None:
        return share(self.behind, self.total)


def target_tally(states: Iterable[str] | Mapping[str, int]) -> TargetTally:
    """Count targets by the state of each, or by how many are in each state."""
    counts = states if isinstance(states, Mapping) else Counter(states)
    return TargetTally(
        total=sum(counts.values()),
        reached=counts.get(State.DONE, 0),
        on_schedule=counts.get(State.ON_SCHEDULE, 0) + counts.get(State.AHEAD, 0),
        behind=counts.get(State.BEHIND, 0),
        not_started=counts.get(State.NOT_STARTED, 0),
    )


@dataclass(frozen=True)
class Group:
    """A unit or a chapter with what is filed of its lines in a period, and how its targets stand."""

    key: str
    name: str
    tally: Tally
    targets: TargetTally
    lines: int = 0
    due_on: dt.date | None = None  # the unit's own day, where it was given more time


@dataclass(frozen=True)
class YearRows:
    """All that is known of a plan's year: its periods, the reports owed in them, its targets."""

    spans: Sequence[Span]
    reports: Sequence[ReportRow]
    targets: Sequence[TargetRow]
    on: dt.date

    def span(self, number: int | None = None) -> Span | None:
        """Return the period of that number, else the one at hand."""
        found = next((span for span in self.spans if span.number == number), None)
        return found or at_hand(self.spans, self.on)

    def of(self, span: Span | None) -> list[ReportRow]:
        return [row for row in self.reports if span and row.span == span.number]

    def tally(self, span: Span | None) -> Tally:
        return tally(self.of(span))

    def units(self, span: Span | None) -> list[Group]:
        """Return the units that owe reports in a period, in their order."""
        lines = _grouped(self.reports, lambda row: row.unit)
        return [
            Group(
                key=str(unit),
                name=rows[0].unit_name,
                tally=tally(rows),
                targets=self._targets_of({row.line for row in lines[unit]}),
                lines=len({row.line for row in rows}),
                due_on=max((row.due_on for row in rows if row.due_on), default=None),
            )
            for unit, rows in _sorted(_grouped(self.of(span), lambda row: row.unit), _unit_place)
        ]

    def chapters(self, span: Span | None) -> list[Group]:
        """Return the chapters of the plan that hold lines which are followed, in their order."""
        lines = _grouped(self.reports, lambda row: row.chapter)
        return [
            Group(
                key=chapter,
                name=chapter,
                tally=tally(rows),
                targets=self._targets_of({row.line for row in lines[chapter]}),
                lines=len({row.line for row in rows}),
            )
            for chapter, rows in _sorted(_grouped(self.of(span), lambda row: row.chapter), _line_place)
        ]

    def trend(self) -> list[tuple[Span, Tally]]:
        """Return what was filed in each period that has begun."""
        by_span = _grouped(self.reports, lambda row: row.span)
        begun = [span for span in self.spans if span.starts_on <= self.on]
        return [(span, tally(by_span.get(span.number, ()))) for span in begun]

    def told(self) -> list[tuple[Span, Tally]]:
        """Return the trend as it is drawn: of periods that are over, or in which something is filed."""
        return [(span, counts) for span, counts in self.trend() if span.ends_on < self.on or counts.counted]

    @cached_property
    def overdue(self) -> list[ReportRow]:
        """Reports of any period that nobody filed in time, the longest overdue first."""
        return sorted(
            (row for row in self.reports if row.is_overdue),
            key=lambda row: (-row.days_over, row.unit_order, row.position),
        )

    def behind(self, span: Span | None) -> list[ReportRow]:
        """Return what is behind in a period, the furthest behind first."""
        rows = [row for row in self.of(span) if row.is_behind]
        return sorted(rows, key=lambda row: (row.difference or Decimal(0), row.unit_order, row.position))

    def _targets_of(self, lines: set[int]) -> TargetTally:
        return target_tally(row.state for row in self.targets if row.line in lines)

    @property
    def target_tally(self) -> TargetTally:
        return target_tally(row.state for row in self.targets)

    @property
    def by_attainment(self) -> list[TargetRow]:
        """Targets with the least attained first; those without a percentage follow by state."""
        return sorted(self.targets, key=_by_attainment)


# Where a target without a percentage stands among its like.
_STATE_ORDER = (
    State.BEHIND,
    State.NOT_STARTED,
    "",
    State.ON_SCHEDULE,
    State.AHEAD,
    State.DONE,
    State.STOPPED,
)
_STATE_PLACES = {state: place for place, state in enumerate(_STATE_ORDER)}


def _by_attainment(row: TargetRow) -> tuple[bool, Decimal, int, int]:
    place = _STATE_PLACES.get(row.state, len(_STATE_PLACES))
    return row.attainment is None, row.attainment or Decimal(0), place, row.position


def _grouped(rows: Iterable[ReportRow], key: Callable[[ReportRow], Key]) -> dict[Key, list[ReportRow]]:
    found: dict[Key, list[ReportRow]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _sorted(
    groups: dict[Key, list[ReportRow]], place: Callable[[ReportRow], tuple[int, int]]
) -> list[tuple[Key, list[ReportRow]]]:
    return sorted(groups.items(), key=lambda group: min(map(place, group[1])))


def _unit_place(row: ReportRow) -> tuple[int, int]:
    return row.unit_order, row.unit


def _line_place(row: ReportRow) -> tuple[int, int]:
    return row.position, row.line
