"""What a plan looks like before anything is written: chapters, and the criteria of a framework as headings.

Pure functions. Chapter names stand on paper, so they are Chinese whatever the language of the site.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from plans.blocks import HEADS
from plans.document import Facts, Node, PlanDocument
from plans.enums import Kind, Layout, Style
from plans.frameworks import CriterionLine, parent_code, sort_key

BODY: Final = "計畫內容"
# In the order they stand in a plan; the usual ones are proposed.
CHAPTERS: Final = (
    "計畫依據", "現況簡介", "計畫目標", "實施對象", "實施期間", BODY, "管制考核", "經費來源", "未來努力方向",
    "其他",
)  # fmt: skip
USUAL: Final = ("計畫依據", "計畫目標", "實施對象", "實施期間", BODY, "管制考核", "經費來源", "其他")

_THEMES = ("執行要項", "實施要項", "工作要領", "執行策略", "推動要項", "工作要項", "實施策略")
_FOCUSES = ("執行重點", "工作重點", "執行方法", "實施重點", "實施方法", "推動重點")
_LEVELS_IN_TABLE: dict[str, int] = {Layout.RESPONSIBILITY: 2, Layout.TARGET_TABLE: 3}


def skeleton(
    facts: Facts,
    *,
    chapters: Sequence[str] = (),
    criteria: Iterable[CriterionLine] = (),
    level_names: str = "",
    body_uid: str = "",
) -> PlanDocument:
    """Return a plan of the chapters, in the order given, with the criteria under 計畫內容.

    Where that is not among them it comes last; a target table without any chapter is a plan that is a
    table alone. `body_uid` names the chapter that holds the criteria, for the heads of its table.
    """
    lines = sorted(criteria, key=lambda line: sort_key(line.code))
    if not lines:
        return PlanDocument(facts, tuple(_chapter(title) for title in chapters))
    names = levels(level_names)
    layout = layout_of(names, has_points=any(line.points is not None for line in lines))
    is_table_alone = layout == Layout.TARGET_TABLE and not chapters
    body = Node(
        uid=body_uid,
        kind=Kind.CHAPTER.value,
        title="" if is_table_alone else BODY,
        numbered=not is_table_alone,
        layout=layout,
        children=_headings(lines, "", is_plain=layout == Layout.TARGET_TABLE),
    )
    titles = chapters if BODY in chapters else [*chapters, BODY]
    heads = _heads(names, layout)
    return PlanDocument(
        replace(facts, column_heads=((body_uid, heads),) if heads else ()),
        tuple(body if title == BODY else _chapter(title) for title in titles),
    )


def levels(level_names: str) -> list[str]:
    """Return the names of a framework's levels, outermost first."""
    parts = level_names.replace("，", ",").replace("、", ",").split(",")
    return [part.strip() for part in parts if part.strip()]


def layout_of(names: Sequence[str], *, has_points: bool) -> str:
    """Return the layout in which plans of such a framework are printed, "" for an outline.

    要項 and 重點 stand in a responsibility table, dimensions that carry points in a target table.
    """
    if any(name in _THEMES + _FOCUSES for name in names):
        return Layout.RESPONSIBILITY.value
    return Layout.TARGET_TABLE.value if has_points else ""


def points_as_printed(points: Decimal) -> str:
    return f"({points.normalize():f}分)"


def _chapter(title: str) -> Node:
    return Node(uid="", kind=Kind.CHAPTER.value, title=title)


def _headings(lines: Sequence[CriterionLine], above: str, *, is_plain: bool) -> tuple[Node, ...]:
    """Return the criteria below `above`. Headings of a target table bear no number, what is in it 1. 2."""
    found = []
    for line in lines:
        if parent_code(line.code) != above:
            continue
        below = _headings(lines, line.code, is_plain=is_plain)
        found.append(
            Node(
                uid="",
                kind=Kind.HEADING.value,
                title=line.title,
                numbered=not is_plain,
                child_style=Style.ARABIC.value if is_plain and not below else "",
                points=None if line.points is None else f"{line.points:f}",
                points_text="" if line.points is None else points_as_printed(line.points),
                criterion=line.code,
                children=below,
            )
        )
    return tuple(found)


def _heads(names: Sequence[str], layout: str) -> tuple[str, ...]:
    """Return the heads of the table where the levels have names of their own, else none."""
    if not layout or len(names) != _LEVELS_IN_TABLE[layout]:
        return ()
    heads = (*names, *HEADS[layout][len(names) :])
    return () if heads == HEADS[layout] else heads
