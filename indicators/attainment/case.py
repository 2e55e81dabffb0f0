"""One indicator in one year with the results that count, and what follows from these alone."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Self

from indicators.attainment.counting import exact, parts_of, way_of
from indicators.attainment.facts import Attainment, Filed, Goal, Term, Yardstick
from indicators.attainment.reasons import Reason, Value, because
from indicators.enums import Aggregation, ProgressState


@dataclass(frozen=True)
class Case:
    """`filed` counts; `units` have to file in each period, or where `owed` is given, those it names there;
    `stated` is the state a person gave.
    """

    yardstick: Yardstick
    goal: Goal
    filed: Sequence[Filed]
    terms: Sequence[Term]
    units: Collection[Hashable] = ()
    stated: ProgressState | None = None
    owed: Mapping[int, Collection[Hashable]] | None = None

    @cached_property
    def rows(self) -> list[Filed]:
        """The results in which something was measured; 無異動 is filed, and no result.

        Of a level, those of units that are asked in the newest period with a result: what others left counts
        in what these tell.
        """
        rows = [row for row in self.filed if not row.is_empty]
        if self.owed is None or self.yardstick.aggregation != Aggregation.LATEST or not rows:
            return rows
        newest = max(row.period for row in rows)
        present = {*self.asked_in(newest), *(row.unit for row in rows if row.period == newest)}
        return [row for row in rows if row.unit in present]

    @property
    def is_final(self) -> bool:
        return bool(self.terms) and all(term.is_over for term in self.terms)

    @cached_property
    def all_units(self) -> list[Hashable]:
        """The units that have to file, and those that did besides."""
        return list(dict.fromkeys([*self.units, *sorted((row.unit for row in self.filed), key=str)]))

    @cached_property
    def missing(self) -> tuple[int, ...]:
        """The periods that are over, in which nobody filed, or not all who have to."""
        filed = {(row.period, row.unit) for row in self.filed}
        periods = {row.period for row in self.filed}
        return tuple(
            term.number
            for term in self.terms
            if term.is_over
            and (
                (self.owed is None and term.number not in periods)
                or any((term.number, unit) not in filed for unit in self.asked_in(term.number))
            )
        )

    def asked_in(self, number: int) -> Collection[Hashable]:
        """Return the units that have to file in a period."""
        return self.units if self.owed is None else self.owed.get(number, ())

    @cached_property
    def due(self) -> Fraction:
        """The share of the year that is over."""
        return self._share(term for term in self.terms if term.is_over)

    @cached_property
    def covered(self) -> Fraction:
        """The share of the year that is over, or for which something is filed already.

        Nobody is ahead, or has used up a limit, because a period's result came in before its last day.
        """
        periods = {row.period for row in self.filed}
        return self._share(term for term in self.terms if term.is_over or term.number in periods)

    def of(self, unit: Hashable) -> Self:
        """Return the case of one unit alone."""
        own = [row for row in self.filed if row.unit == unit]
        owed = self.owed and {number: {unit} & {*units} for number, units in self.owed.items()}
        return replace(self, filed=own, units=(unit,), owed=owed)

    def _share(self, terms: Iterable[Term]) -> Fraction:
        if not self.terms:
            return Fraction()
        begin, end = self.terms[0].start, self.terms[-1].end
        return (max((term.end for term in terms), default=begin) - begin) / (end - begin)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge found, in fractions; `finished` makes an Attainment of it."""

    state: ProgressState
    reasons: tuple[Reason, ...]
    is_reached: bool | None = None
    result: Fraction | None = None
    change: Fraction | None = None
    percent: Fraction | None = None
    expected: Fraction | None = None
    is_lost: bool = False


def finished(case: Case, verdict: Verdict, waiting: int) -> Attainment:
    """Add what is said of every case: periods without a result, results that wait, work that was stopped."""
    remarks: list[Reason] = list(verdict.reasons)
    state = verdict.state
    if case.missing and state is not ProgressState.DONE:
        remarks.append(because("missing", periods=listed(case.missing)))
    if waiting:
        remarks.append(because("waiting", count=str(waiting)))
    if case.stated is ProgressState.STOPPED:
        state = ProgressState.STOPPED
        remarks.append(because("stopped"))
    return Attainment(
        state=state,
        reasons=tuple(remarks),
        result=exact(verdict.result),
        change=exact(verdict.change),
        percent=exact(verdict.percent),
        expected=exact(verdict.expected),
        is_reached=verdict.is_reached,
        is_lost=verdict.is_lost,
        missing=case.missing,
        waiting=waiting,
        parts=parts_of(case.yardstick, way_of(case.yardstick), case.rows),
    )


def listed(parts: Iterable[object]) -> Value:
    return "、".join(map(str, parts))
