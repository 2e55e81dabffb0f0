"""What a plan's year came to: of each line what was written last, of each target its result."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import translation

from accounts.models import Unit
from core.roc import roc_date
from indicators.phrases import amount, rounded
from plans.document import PlanDocument
from plans.models import Plan
from progress.enums import COUNTED, FILED
from progress.models import CountedTarget, LineSummary, ProgressReport, TrackedLine, YearEnd
from progress.queries.milestones import Standing, milestones_by_target
from progress.yearend import YearEndSheet

NOTHING = "（本年度尚無填報）"
CHINESE = "zh-hant"
ALL = Decimal(100)
_LOOSE = re.compile(r"(?<=[\d%]) (?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff]) (?=\d)")


@dataclass(frozen=True)
class LineYear:
    """A line, what the units reported last of it, and what the secretariat wrote instead, if it did."""

    line: TrackedLine
    reported: str
    summary: LineSummary | None
    targets: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.summary.text if self.summary else self.reported

    @property
    def paragraphs(self) -> tuple[str, ...]:
        words = tuple(part.strip() for part in self.text.splitlines() if part.strip())
        return (*self.targets, *words) or (NOTHING,)


def line_years(plan: Plan) -> list[LineYear]:
    """Return the lines that are reported on with what came of them, in five queries.

    Two more where targets are told by milestones.
    """
    lines = list(plan.tracked_lines.present().filter(is_tracked=True).select_related("item"))
    summaries = {one.line_id: one for one in LineSummary.objects.filter(line__in=lines)}
    targets: dict[int, list[CountedTarget]] = defaultdict(list)
    for target in plan.counted_targets.present().filter(same_as__isnull=True):
        targets[target.line_id].append(target)
    reported = _reported(plan)
    milestones = milestones_by_target(one for found in targets.values() for one in found)
    with translation.override(CHINESE):
        return [
            LineYear(
                line,
                reported.get(line.pk, ""),
                summaries.get(line.pk),
                tuple(target_words(target, milestones[target.pk]) for target in targets[line.pk]),
            )
            for line in lines
        ]


def _reported(plan: Plan) -> dict[int, str]:
    """Return by line what each unit wrote last, a paragraph a unit, named where there are several."""
    last: dict[int, dict[int, str]] = defaultdict(dict)
    rows = (
        ProgressReport.objects.filter(period__plan=plan, status__in=COUNTED, removed_at__isnull=True)
        .exclude(narrative="")
        .order_by("period__number")
        .values_list("line_id", "unit_id", "narrative")
    )
    for line, unit, narrative in rows:
        last[line][unit] = narrative
    units = Unit.objects.in_bulk({unit for found in last.values() for unit in found})
    return {
        line: "\n".join(
            f"{units[unit].name}：{words}" if len(found) > 1 else words
            for unit, words in sorted(found.items(), key=lambda one: units[one[0]].order)
        )
        for line, found in last.items()
    }


def target_words(target: CountedTarget, milestones: Sequence[Standing] = ()) -> str:
    """Return a target with its result: 法律諮詢：實績14場次（目標至少12場次，達成率116.7%）."""
    if milestones:
        return _milestone_words(target, milestones)
    if target.value is None and not (target.is_direction and target.result is not None):
        state = target.get_state_display() if target.state else "尚無填報"
        return f"{target.quote.rstrip('。')}：{state}"
    name = target.name or target.quote.rstrip("。")
    promise = target.words.replace("（", "，").replace("）", "")  # no brackets within brackets
    if target.result is None:
        return _tight(f"{name}：尚無實績（目標{promise}）")
    result = amount(target.result, None, target.result_in, 2, beside=(target.value, target.value_max))
    return _tight(f"{name}：實績{result}（目標{promise}{_share(target)}）")


def _share(target: CountedTarget) -> str:
    """Return 達成率99.98%: never rounded so that what was just missed looks reached."""
    return "" if target.attainment is None else f"，達成率{rounded(target.attainment, 1, beside=(ALL,))}%"


def _tight(words: str) -> str:
    """Return the words without blanks around numbers, which a justified line on paper would stretch."""
    return _LOOSE.sub("", words)


def _milestone_words(target: CountedTarget, milestones: Sequence[Standing]) -> str:
    """Return 里程碑完成1／2項，達成率40%：規劃（115年3月5日完成）、發包（115年6月30日到期，尚未完成）."""
    reached = sum(one.is_reached for one in milestones)
    told = "、".join(f"{one.milestone.title}（{_milestone_state(one)}）" for one in milestones)
    name = target.name or target.quote.rstrip("。")
    return f"{name}：里程碑完成{reached}／{len(milestones)}項{_share(target)}：{told}"


def _milestone_state(one: Standing) -> str:
    if not one.is_reached:
        return f"{roc_date(one.milestone.due_on)}到期，尚未完成"
    return f"{roc_date(one.reached_on)}完成" if one.reached_on else "已完成"


def year_end_sheet(plan: Plan) -> YearEndSheet:
    """Return the year's results as they stand now, beside the version in force."""
    if plan.in_force is None:
        message = "a plan that is not in force has no results"
        raise ValueError(message)
    document = PlanDocument.from_json(plan.in_force.content)
    results = {str(one.line.item.uid): one.paragraphs for one in line_years(plan)}
    # Targets of lines that a person chose not to follow still have a sentence in the plan, but no result.
    order = [node.uid for node in document.walk() if node.uid in results]
    return YearEndSheet(document, tuple((uid, results[uid]) for uid in order))


def unaccepted(plan: Plan) -> int:
    """Return how many reports of the year are not accepted yet."""
    reports = ProgressReport.objects.owed().filter(period__plan=plan)
    return reports.exclude(status="accepted").count()


def unfiled(plan: Plan) -> int:
    """Return how many reports of the year nobody has filed."""
    return ProgressReport.objects.owed().filter(period__plan=plan).exclude(status__in=FILED).count()


def year_ends_of(plan: Plan) -> list[YearEnd]:
    return list(YearEnd.objects.filter(plan=plan).select_related("filed_by", "decided_by").defer("content"))


def results_of(plan: Plan) -> dict[int, Decimal]:
    """Return the results of the plan's indicators by their keys."""
    targets = plan.counted_targets.present().filter(
        same_as__isnull=True, indicator__isnull=False, result__isnull=False
    )
    return {
        indicator: result
        for indicator, result in targets.values_list("indicator_id", "result")
        if indicator is not None and result is not None
    }
