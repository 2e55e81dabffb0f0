"""How targets stand: the periods of a plan's year and what was measured in them, put into the arithmetic."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Q
from django.utils.functional import cached_property

from indicators.attainment import Attainment, Filed, Goal, Reason, Stage, Term, Yardstick, attain
from indicators.enums import Aggregation, Comparator, ProgressState
from progress.enums import COUNTED
from progress.models import (
    CountedMilestone,
    CountedTarget,
    Measurement,
    MilestoneMark,
    Period,
    ProgressReport,
)
from progress.queries.succession import Succession, successions
from progress.standing import Word, state_of_words

A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A report that is owed: where, by whom, how far it is, and how its line stands there."""

    report: int
    period: int
    unit: int
    status: str
    state: str


class Year:
    """The periods of a plan and what was measured of some of its targets, in four queries.

    One more where targets are told by a state, three where they are told by milestones.
    """

    def __init__(self, plan: int, targets: Collection[CountedTarget]) -> None:
        self.plan, self.targets = plan, targets

    @cached_property
    def periods(self) -> list[Period]:
        return list(Period.objects.filter(plan=self.plan))

    @cached_property
    def measured(self) -> dict[int, list[dict[str, Any]]]:
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        # A report nobody asks for any more tells nothing, whatever stands in it.
        owed = Measurement.objects.filter(target__in=self.targets, report__removed_at__isnull=True)
        rows = owed.values(
            "target_id", "value", "numerator", "denominator", "state", "report_id", "report__period__number",
            "report__unit_id", "report__status", "report__version",
        )  # fmt: skip
        for row in rows:
            found[row["target_id"]].append(dict(row))
        return found

    @cached_property
    def filers(self) -> dict[int, Succession]:
        """By target, who reports on its line in each period."""
        rows = ProgressReport.objects.owed().filter(line__targets__in=self.targets).order_by()
        return successions(rows.values_list("line__targets", "period__number", "unit_id").distinct())

    @cached_property
    def spoken(self) -> dict[int, list[_Spoken]]:
        """By line of the targets that are told by a state, what is owed and was said there."""
        found: dict[int, list[_Spoken]] = defaultdict(list)
        if lines := {target.line_id for target in self.targets if _is_stated(target)}:
            rows = ProgressReport.objects.owed().filter(line__in=lines)
            columns = ("line_id", "pk", "period__number", "unit_id", "status", "state")
            for line, report, period, unit, status, state in rows.values_list(*columns):
                found[line].append(_Spoken(report, period, unit, status, state))
        return found

    @cached_property
    def milestones(self) -> dict[int, list[CountedMilestone]]:
        found: dict[int, list[CountedMilestone]] = defaultdict(list)
        if keys := [target.pk for target in self.targets if target.has_milestones]:
            rows = CountedMilestone.objects.present().filter(target__in=keys)
            for one in rows.order_by("position", "pk"):
                found[one.target_id].append(one)
        return found

    @cached_property
    def marked(self) -> dict[int, dict[int, dict[int, bool]]]:
        """By target and report, which milestones are marked and whether as reached."""
        found: dict[int, dict[int, dict[int, bool]]] = defaultdict(lambda: defaultdict(dict))
        owed = MilestoneMark.objects.filter(report__removed_at__isnull=True)
        rows = owed.filter(milestone__target__in=self.milestones)
        for target, report, milestone, is_reached in rows.values_list(
            "milestone__target_id", "report_id", "milestone_id", "is_reached"
        ):
            found[target][report][milestone] = is_reached
        return found

    @cached_property
    def reports(self) -> dict[int, list[ProgressReport]]:
        """By target told by milestones, the reports of its line and those that mark them, in order."""
        found: dict[int, list[ProgressReport]] = defaultdict(list)
        lines = {target.pk: target.line_id for target in self.targets if target.pk in self.milestones}
        marking = {report for reports in self.marked.values() for report in reports}
        rows = ProgressReport.objects.owed().filter(Q(line__in=lines.values()) | Q(pk__in=marking))
        rows = rows.select_related("period").order_by("period__number", "pk")
        for report in rows if lines else ():
            for target, line in lines.items():
                if report.line_id == line or report.pk in self.marked[target]:
                    found[target].append(report)
        return found

    def attain(
        self, target: CountedTarget, *, on: dt.date | None = None, writing: ProgressReport | None = None
    ) -> Attainment:
        """Return how a target stands on a day, or with a report that is being written."""
        rows, filers = self.measured.get(target.pk, []), self.filers.get(target.pk, Succession())
        known = {period.number for period in self.periods}
        filed = [
            Filed(
                period=row["report__period__number"],
                unit=filers.as_one(row["report__unit_id"]),
                value=_done(row) if target.is_done_or_not else row["value"],
                numerator=row["numerator"],
                denominator=row["denominator"],
                is_accepted=row["report__status"] in COUNTED
                or (writing is not None and row["report_id"] == writing.pk),
                # A target that moved below another line may be measured there again: the newer report counts.
                version=row["report_id"],
            )
            for row in rows
            if row["report__period__number"] in known
        ]
        followed = self._followed(target, writing)
        measured = {row["report_id"] for row in rows}
        filed += [
            Filed(one.period, filers.as_one(one.unit), version=one.report)
            for one in followed
            if one.report not in measured and one.period in known
        ]
        if target.pk in self.milestones:
            filed = list(self._reached(target, known, filers, writing))
        until = writing.period.number if writing else 0
        # What is due on a day is late the day after.
        today = writing.period.ends_on + A_DAY if writing else on
        terms = [
            self._term(period, is_over=period.number <= until or _is_past(period, on))
            for period in self.periods
        ]
        return attain(
            yardstick_of(target, self._stages(target, today)),
            Goal(target.value, target.value_max, target.baseline),
            filed,
            terms,
            units=filers.units,
            owed=filers.asked,
            stated=self._stated(target, rows, followed, writing),
        )

    def _followed(self, target: CountedTarget, writing: ProgressReport | None) -> list[_Spoken]:
        """Return the reports whose state of the line is that of a target of which they do not speak.

        A line's state follows those of its targets, so none is asked while a report is being written. What is
        done or not wants to be said of itself.
        """
        if writing or not _is_stated(target) or target.is_done_or_not or target.pk in self.milestones:
            return []
        return [one for one in self.spoken[target.line_id] if one.state and one.status in COUNTED]

    def _stated(
        self,
        target: CountedTarget,
        rows: list[dict[str, Any]],
        followed: list[_Spoken],
        writing: ProgressReport | None,
    ) -> ProgressState | None:
        """Return what was said last of how a target stands: of itself, or where nothing was, of its line."""
        words = {one.report: Word(one.period, one.unit, one.state) for one in followed}
        words |= {
            row["report_id"]: Word(row["report__period__number"], row["report__unit_id"], row["state"])
            for row in rows
            if row["state"]
            and (row["report__status"] in COUNTED or (writing is not None and row["report_id"] == writing.pk))
        }
        owed = [(one.period, one.unit) for one in self.spoken[target.line_id]] if _is_stated(target) else []
        state = state_of_words([words[report] for report in sorted(words)], owed)
        return ProgressState(state) if state else None

    def _stages(self, target: CountedTarget, today: dt.date | None) -> tuple[Stage, ...]:
        return tuple(
            Stage(one.pk, one.weight, one.title, is_due=today is not None and one.due_on < today)
            for one in self.milestones.get(target.pk, ())
        )

    def _reached(
        self, target: CountedTarget, known: set[int], filers: Succession, writing: ProgressReport | None
    ) -> Iterator[Filed]:
        """Yield what was reached by the end of each period that is reported: what is not marked stays."""
        standing: dict[int, frozenset[int]] = defaultdict(frozenset)
        for report in self.reports[target.pk]:
            marks = self.marked[target.pk].get(report.pk, {})
            counts = report.status in COUNTED or (writing is not None and report.pk == writing.pk)
            if report.period.number not in known or not (counts or marks):
                continue
            unit = filers.as_one(report.unit_id)
            reached = standing[unit] - marks.keys()
            reached |= {key for key, is_reached in marks.items() if is_reached}
            if counts:
                standing[unit] = reached
            yield Filed(report.period.number, unit, reached=reached, is_accepted=counts, version=report.pk)

    def _term(self, period: Period, *, is_over: bool) -> Term:
        first = self.periods[0].starts_on
        months = (period.starts_on.year - first.year) * 12 + period.starts_on.month - first.month
        last = (period.ends_on.year - first.year) * 12 + period.ends_on.month - first.month + 1
        last_of_all = self.periods[-1].ends_on
        whole = Fraction((last_of_all.year - first.year) * 12 + last_of_all.month - first.month + 1)
        return Term(period.number, Fraction(months) / whole, Fraction(last) / whole, is_over=is_over)


def yardstick_of(target: CountedTarget, stages: tuple[Stage, ...] = ()) -> Yardstick:
    """Return how a target is read: as the version in force promised it."""
    return Yardstick(
        comparator=target.comparator or Comparator.AT_LEAST,
        aggregation=target.aggregation or Aggregation.SUM,
        counted_in=target.counted_in,
        per=target.per,
        direction=target.direction,
        frequency=target.frequency,
        baseline=target.against,
        decimals=target.decimals,
        stages=stages,
    )


def store(reason: Reason) -> list[Any]:
    """Return a reason as JSON holds it: its code, and its parameters by name."""
    return [
        reason.code,
        {name: told if isinstance(told, str) else store(told) for name, told in reason.parameters},
    ]


def _is_stated(target: CountedTarget) -> bool:
    """Say whether its state is what a person says, and not what a number comes to."""
    return not target.is_numeric or target.is_done_or_not


def _done(row: dict[str, Any]) -> Decimal | None:
    """Return 1 or 0 for what is done or not; what is not begun was not measured."""
    return Decimal(row["state"] == ProgressState.DONE) if row["state"] else None


def _is_past(period: Period, on: dt.date | None) -> bool:
    return on is not None and period.ends_on < on
