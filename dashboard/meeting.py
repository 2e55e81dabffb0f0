"""The progress report of a district for a meeting as it is printed: its rows, and the figures of its charts.

Pure. Its words are Chinese whatever the language of the site, for it is a document; they are put in when it
is made, so that printing needs no rows. Canonical JSON in and out.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Protocol

from core.roc import roc_date, to_roc
from dashboard import charts, drawing
from dashboard.figures import Span, Tally, TargetRow, YearRows
from plans.document import canonical

HEADS = {
    "units": ("課室", "應填", "已送出", "待課長核閱", "退回", "逾期", "符合或超前", "落後"),
    "behind": ("課室／項目", "預定", "實際", "落後原因", "因應對策", "預定趕上日期"),
    "targets": ("目標", "目標值", "實績", "目前應達值", "達成率", "狀態"),
    "worded": ("未訂數值之目標", "執行單位", "狀態", "說明"),
    "overdue": ("課室", "項目", "期別", "填報期限", "逾期日數"),
    "findings": ("課室", "查核發現", "應辦事項", "改善期限", "逾期日數", "辦理情形"),
    "trend": ("期別", "填報期限", "應填", "已送出", "逾期", "符合或超前", "落後"),
}
MISSING = "—"
UNCOUNTED = "no_number"  # the reason each target has of which no number is promised: its table says so
MOST_GAUGES = 8  # a taller chart would leave half a page empty before it


@dataclass(frozen=True, slots=True)
class Behind:
    unit: str
    line: str
    planned: str
    actual: str
    reason: str
    countermeasure: str
    catch_up: str


@dataclass(frozen=True, slots=True)
class Goal:
    """A target; `percent` and `pace` are for its bar, None where there is none."""

    name: str
    line: str
    promise: str
    result: str
    expected: str
    attained: str
    state: str
    kind: str
    why: str
    units: str
    percent: str | None = None
    pace: str | None = None

    @property
    def is_worded(self) -> bool:
        """Whether nothing is promised but what its sentence says: there is a state, and no number."""
        return self.promise == self.result == self.expected == self.attained == MISSING


class Followed(Protocol):
    """A finding of a check that is followed."""

    @property
    def unit_name(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def measure(self) -> str: ...
    @property
    def due_on(self) -> dt.date: ...
    @property
    def days_over(self) -> int: ...
    @property
    def is_late(self) -> bool: ...
    @property
    def is_answered(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class MeetingReport:
    agency: str
    year: int  # ROC
    series: str
    period: str
    on: str
    summary: tuple[str, ...]
    units: tuple[tuple[str, ...], ...]
    unit_states: tuple[tuple[str, dict[str, int]], ...]
    behind: tuple[Behind, ...]
    targets: tuple[Goal, ...]
    overdue: tuple[tuple[str, ...], ...]
    findings: tuple[tuple[str, ...], ...]
    trend: tuple[tuple[str, ...], ...]
    trend_shares: tuple[tuple[str, str | None, str | None], ...]

    @property
    def plan(self) -> str:
        return f"{self.agency}{self.year}年度{self.series}"

    @property
    def title(self) -> str:
        return f"{self.plan}執行進度報告"

    def to_json(self) -> str:
        return canonical(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> MeetingReport:
        values = json.loads(text)
        values["behind"] = tuple(Behind(**row) for row in values["behind"])
        values["targets"] = tuple(Goal(**({"units": ""} | row)) for row in values["targets"])
        for name in ("summary", "units", "unit_states", "overdue", "findings", "trend", "trend_shares"):
            rows = values.get(name, ())  # what waits since an earlier release has no findings, and no units
            values[name] = tuple(tuple(row) if isinstance(row, list) else row for row in rows)
        return cls(**values)

    @property
    def counted(self) -> list[Goal]:
        return [goal for goal in self.targets if not goal.is_worded]

    @property
    def worded(self) -> list[Goal]:
        return [goal for goal in self.targets if goal.is_worded]

    @property
    def unit_chart(self) -> charts.Bars:
        return charts.stacked_bars("units", "各課室執行狀態", self.unit_states, drawing.state_names())

    @property
    def target_chart(self) -> charts.Gauges | None:
        rows = [
            (goal.name, goal.attained, Decimal(goal.percent), _decimal(goal.pace), goal.kind)
            for goal in self.targets
            if goal.percent is not None
        ][:MOST_GAUGES]
        if not rows:
            return None
        title = "年度目標達成率（由低至高）"
        return charts.attainment_bars("attainment", title, rows, drawing.state_names(), mark="目前應達值")

    @property
    def trend_chart(self) -> charts.Trend:
        return charts.trend(
            "trend",
            "各期填報與執行趨勢",
            [name for name, *_shares in self.trend_shares],
            [
                ("已送出占應填", [_decimal(filed) for _name, filed, _good in self.trend_shares]),
                ("符合或超前占已送出", [_decimal(good) for _name, _filed, good in self.trend_shares]),
            ],
            top=charts.HUNDRED,
            measure="%",
        )


def meeting_report(
    agency: str, year: int, series: str, rows: YearRows, span: Span, *, findings: Sequence[Followed] = ()
) -> MeetingReport:
    """Return the report of a period. The language in force must be Chinese."""
    units, trend, tally = rows.units(span), rows.trend(), rows.tally(span)
    spans = {one.number: one for one in rows.spans}
    return MeetingReport(
        agency=agency,
        year=to_roc(year),
        series=series,
        period=span.words,
        on=roc_date(rows.on),
        summary=tuple(_summary(rows, tally, findings)),
        units=tuple(
            _words(
                one.name, one.tally.owed, one.tally.counted, one.tally.submitted, one.tally.returned,
                one.tally.overdue, one.tally.good, one.tally.behind,
            )
            for one in units
        ),
        unit_states=tuple((one.name, one.tally.kinds) for one in units),
        behind=tuple(
            Behind(
                row.unit_name, row.words, _percent(row.planned), _percent(row.actual), row.reason or MISSING,
                row.countermeasure or MISSING, _day(row.catch_up_on),
            )
            for row in rows.behind(span)
        ),
        targets=tuple(_goals(rows.by_attainment)),
        overdue=tuple(
            _words(row.unit_name, row.words, spans[row.span].words, _day(row.due_on), row.days_over)
            for row in rows.overdue
        ),
        findings=tuple(
            _words(
                one.unit_name, one.text, one.measure, _day(one.due_on),
                one.days_over if one.is_late else MISSING, "課室已回復" if one.is_answered else "改善中",
            )
            for one in findings
        ),
        trend=tuple(
            _words(
                one.words, _day(one.due_on), counts.owed, counts.counted, counts.overdue, counts.good,
                counts.behind,
            )
            for one, counts in trend
        ),
        trend_shares=tuple(
            (drawing.period_name(one), _text(counts.counted_share), _text(counts.good_share))
            for one, counts in rows.told()
        ),
    )  # fmt: skip


def _summary(rows: YearRows, tally: Tally, findings: Sequence[Followed]) -> Iterable[str]:
    yield (
        f"本期應填報{tally.owed}項，已送出{tally.counted}項（{tally.counted_words or MISSING}），"
        f"落後{tally.behind}項；全年逾期未填{len(rows.overdue)}項。"
    )
    targets = rows.target_tally
    if targets.total:
        yield (
            f"年度目標{targets.total}項，已達成{targets.reached}項，符合進度或超前{targets.on_schedule}項，"
            f"落後{targets.behind}項，尚未開始{targets.not_started}項，其他{targets.other}項。"
        )
    if findings:
        late = sum(one.is_late for one in findings)
        yield f"平時查核列管中{len(findings)}項，其中逾期{late}項。"


def _goals(targets: Iterable[TargetRow]) -> Iterable[Goal]:
    for row in targets:
        yield Goal(
            name=row.label,
            line=row.line_words,
            promise=row.promise_words or MISSING,
            result=row.result_words or MISSING,
            expected=row.expected_words or MISSING,
            attained=row.attainment_words or MISSING,
            state=row.state_words or MISSING,
            kind=row.state,
            why="；".join(reason.words for reason in row.reasons if reason.code != UNCOUNTED),
            units="、".join(row.units),
            percent=_text(row.attainment),
            pace=_text(row.pace),
        )


def _words(*values: object) -> tuple[str, ...]:
    return tuple(str(value) for value in values)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.4f}"


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _percent(value: Decimal | None) -> str:
    return MISSING if value is None else f"{value.normalize():f}%"


def _day(day: dt.date | None) -> str:
    return MISSING if day is None else roc_date(day)
