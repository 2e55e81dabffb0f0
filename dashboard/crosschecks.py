"""What does not fit together in the reports that reached the secretariat. Pure: rows in, findings out.

A finding is a question to the unit, not an error: what is unusual may well be right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.text import fold
from dashboard.figures import ReportRow, TargetRow
from indicators.enums import Aggregation, Comparator, ProgressState

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

State = ProgressState
FAR_BEYOND = Decimal(150)  # percent of the year's target
ALL = Decimal(100)
FINE = frozenset((State.ON_SCHEDULE, State.AHEAD, State.DONE))
# What people write where they have nothing to say, folded.
EMPTY = frozenset(
    map(fold, ("", "無", "沒有", "略", "同上", "如上", "免填", "不適用", "-", "－", "—", "x", "n/a"))
)
END = "。.，,、；;"

# In the order in which they are shown.
CHECKS: dict[str, _StrPromise] = {
    "behind_without_reason": _("Behind, and no reason or countermeasure is given"),
    "reason_though_on_schedule": _("On schedule, and yet a reason for being behind is given"),
    "all_without_completion": _("All of it done, and yet not completed"),
    "no_data": _("Filed without any data for its targets"),
    "far_beyond": _("Far more than the target of the year"),
    "unchanged_without_words": _("Nothing new (無異動), and no explanation"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found in a report; `told` names the target it speaks of, or the value."""

    code: str
    report: ReportRow
    told: str = ""

    @property
    def words(self) -> str:
        return str(CHECKS[self.code])


def findings(reports: Iterable[ReportRow], targets: Iterable[TargetRow]) -> list[Finding]:
    """Return what the checks find in released reports, check by check in the order of CHECKS.

    `targets` stand by their line. What is said of a target is said at the latest report of its line alone,
    for it is the sum of all of them.
    """
    rows = [row for row in reports if row.is_counted]
    by_line: dict[int, list[TargetRow]] = {}
    for target in targets:
        by_line.setdefault(target.line, []).append(target)
    latest = {row.line: row.span for row in sorted(rows, key=lambda row: row.span)}
    found = [
        finding
        for row in rows
        for finding in _of_report(row, by_line.get(row.line, ()), is_latest=latest[row.line] == row.span)
    ]
    order = {code: place for place, code in enumerate(CHECKS)}
    return sorted(
        found,
        key=lambda one: (order[one.code], one.report.span, one.report.position, one.report.unit_order),
    )


def counts(found: Iterable[Finding]) -> Mapping[str, int]:
    """Return how many findings each check has, those with none too."""
    totals = dict.fromkeys(CHECKS, 0)
    for finding in found:
        totals[finding.code] += 1
    return totals


def _of_report(row: ReportRow, targets: Sequence[TargetRow], *, is_latest: bool) -> Iterator[Finding]:
    if row.state == State.BEHIND and (says_nothing(row.reason) or says_nothing(row.countermeasure)):
        yield Finding("behind_without_reason", row)
    if row.state in FINE and not says_nothing(row.reason):
        yield Finding("reason_though_on_schedule", row, row.reason)
    if row.actual is not None and row.actual >= ALL and row.state != State.DONE:
        yield Finding("all_without_completion", row, row.state_words)
    asked = [target.label for target in targets if asks_for_data(target)]
    if not row.is_unchanged and not row.has_data and asked:
        yield Finding("no_data", row, "、".join(asked))
    if row.is_unchanged and says_nothing(row.narrative):
        yield Finding("unchanged_without_words", row)
    for target in targets if is_latest else ():
        if row.state == State.DONE and target.is_numeric and target.is_reached is False:
            yield Finding("all_without_completion", row, told_of(target))
        if is_far_beyond(target):
            yield Finding("far_beyond", row, told_of(target))


def says_nothing(text: str) -> bool:
    """Say whether words are none: empty, or what people write in their place."""
    folded = fold(text) if text else ""
    return folded in EMPTY or folded.strip(END) in EMPTY


def asks_for_data(target: TargetRow) -> bool:
    # Between two milestones there is nothing to fill in.
    if target.aggregation == Aggregation.MILESTONES:
        return False
    return target.is_numeric or target.comparator == Comparator.DONE


def is_far_beyond(target: TargetRow) -> bool:
    """Say whether more was reached than anybody promises by mistake; a limit cannot be passed by far."""
    if target.attainment is None or target.aggregation in {Aggregation.EACH_PERIOD, Aggregation.MILESTONES}:
        return False
    return target.attainment >= FAR_BEYOND


def told_of(target: TargetRow) -> str:
    parts = (target.label, target.result_words, target.attainment_words)
    return " ".join(part for part in parts if part)
