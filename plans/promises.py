"""The targets a plan promises as rows of a sheet (預期目標表), from its document alone.

Sentences under 預期目標 without a number are rows too: the sheet holds everything that was promised.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import override

from indicators.enums import Aggregation, Baseline, Comparator, Frequency, Per
from plans.blocks import ALL_UNITS
from plans.checks.places import places_of
from plans.document import Node, PlanDocument, Target, effective_units
from plans.enums import Kind

TITLE = "預期目標表"
HEADS = (
    *("項次", "編號", "所屬條目", "預期目標", "衡量指標", "目標", "比較", "目標值", "目標值上限", "計量單位"),
    *("計算對象", "頻率", "比較基準", "彙整方式", "執行單位"),
)
OF_TARGET = 10  # columns
NOTHING = "（本計畫未列預期目標）"
Cell = str | int | Decimal | None


def promise_rows(document: PlanDocument) -> list[tuple[Cell, ...]]:
    """Return a row for each target, and one for each line of 預期目標 that has none, in the plan's order."""
    places, units = places_of(document), effective_units(document)
    rows: list[tuple[Cell, ...]] = []
    with override("zh-hant"):  # as on all papers, whatever the language of the site
        for node, above in _lines(document):
            answering = units[node.uid]
            told = (ALL_UNITS,) if answering.all_units else answering.names
            for target in node.targets or (None,):
                rows.append(
                    (
                        len(rows) + 1,
                        places[node.uid],
                        above,
                        " ".join((node.text or node.title).split()),
                        *(_cells(target) if target else (None,) * OF_TARGET),
                        "、".join(told),
                    )
                )
    return rows or [(None, None, None, NOTHING, *(None,) * (len(HEADS) - 4))]


def _lines(document: PlanDocument) -> Iterator[tuple[Node, str]]:
    """Yield the lines that promise something, each with the title of the nearest heading above it."""
    stack = [(chapter, "") for chapter in reversed(document.chapters)]
    while stack:
        node, above = stack.pop()
        if node.targets or (node.kind == Kind.TARGET and (node.text or node.title).strip()):
            yield node, above
        below = " ".join(node.title.split()) or above
        stack.extend((child, below) for child in reversed(node.children))


def _cells(target: Target) -> tuple[Cell, ...]:
    value, value_max = (None if text is None else Decimal(text) for text in (target.value, target.value_max))
    return (
        target.name,
        target.words,
        _label(Comparator, target.comparator),
        value,
        value_max,
        target.counted_in,
        _label(Per, target.per),
        _label(Frequency, target.frequency) if target.frequency else None,
        _label(Baseline, target.baseline) if target.baseline else None,
        _label(Aggregation, target.aggregation),
    )


def _label(choices: type[Comparator | Per | Frequency | Baseline | Aggregation], value: str) -> str:
    """Return what a choice is called; one this program does not know any more stands as it was written."""
    return str(choices(value).label) if value in choices.values else value
