"""Heads of tables: which column a printed head names, and where in the source a row of heads stands.

Offices name the same columns differently, so each name stands for a role; what the plan printed is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from core.text import fold, strip_blank
from documents.ingest.nodes import Line
from documents.ingest.proposal import Layout

Role = Literal[
    "item",
    "focus",
    "units",
    "dimension",
    "indicator",
    "emphasis",
    "action",
    "target",
    "remark",
    "job",
    "member",
    "duty",
    "serial",
]

NAMES: Final[dict[Role, tuple[str, ...]]] = {
    "item": ("執行要項", "實施要項", "工作要領", "執行策略", "推動要項", "工作要項", "實施策略", "要項"),
    "focus": ("執行重點", "工作重點", "執行方法", "實施重點", "實施方法", "推動重點", "工作項目", "執行項目"),
    "units": (
        "執行單位",
        "業務單位",
        "承辦單位",
        "主辦單位",
        "主協辦單位",
        "主(協)辦單位",
        "主辦(協辦)單位",
        "主辦課室",
        "承辦課室",
        "執行課室",
        "權責單位",
        "負責單位",
        "責任單位",
        "辦理單位",
        "執行單位(課室)",
    ),
    "dimension": ("構面", "評核構面", "評分構面"),
    "indicator": ("指標", "評核指標", "評分指標", "衡量指標"),
    "emphasis": ("重點", "評核重點"),
    "action": (
        "具體作法",
        "具體做法",
        "實施作法",
        "實施做法",
        "執行作法",
        "執行做法",
        "推動作法",
        "具體措施",
        "作法",
    ),
    "target": ("預期目標", "預期成果", "預期效益", "預期成效", "預定目標", "年度目標"),
    "remark": ("備註", "備考", "附註", "說明"),
    "job": ("職稱", "職務", "組別", "任務職稱", "編組職稱"),
    "member": (
        "編組人員",
        "組成人員",
        "編組成員",
        "小組成員",
        "姓名",
        "成員",
        "人員",
        "擔任人員",
        "現職",
        "原職",
        "本職",
        "兼任人員",
        "單位職稱",
    ),
    "duty": ("職掌", "工作職掌", "任務", "工作任務", "任務分工", "工作內容", "任務職掌", "工作分配", "分工"),
    "serial": ("編號", "項次", "序號", "次序"),
}
_ROLE_OF: Final = {fold(name): role for role, names in NAMES.items() for name in names}
_LONGEST_ROW: Final = 400  # characters of a line; heads take fewer
_LONGEST: Final = max(map(len, _ROLE_OF))
# (課室) under 執行單位, (配分) after 構面: printed with the head they explain.
_EXPLAINED = re.compile(r"[(（][^()（）]{1,10}[)）]")
_TARGET_ROLES: Final = {"dimension", "indicator", "emphasis", "action", "target"}


@dataclass
class Heads:
    """A row of heads. `last` is the line it ends on; the table's body starts after it."""

    layout: Layout
    names: list[str]
    roles: list[Role]
    first: int
    last: int
    lines: list[Line] = field(default_factory=list)


def find_heads(lines: list[Line], start: int) -> tuple[Heads, int] | None:
    """Return the heads that begin at index `start` and the index after them, None where none begin."""
    names: list[str] = []
    roles: list[Role] = []
    used: list[Line] = []
    at = start
    after = start
    while at < len(lines) and at - after < 4:
        text = lines[at].text
        bare = strip_blank(text[:_LONGEST_ROW])
        if not bare:
            at += 1
            continue
        if names and len(bare) <= 12 and _EXPLAINED.fullmatch(bare):
            names[-1] += bare
        elif (found := _names_in(text)) and not set(found[1]) & set(roles):
            names += found[0]
            roles += found[1]
        else:
            break
        used.append(lines[at])
        at += 1
        after = at
    layout = _layout_of(roles)
    if not layout:
        return None
    return Heads(layout, names, roles, lines[start].number, used[-1].number, used), after


def is_head_line(text: str, heads: Heads) -> bool:
    """Is `text` a row, or part of a row, of the same heads, repeated at the top of a page?"""
    bare = fold(text[: _LONGEST_ROW + 1])
    if not bare or len(bare) > _LONGEST_ROW:
        return False
    whole = fold("".join(heads.names))
    if len(bare) >= 6 and bare in whole:
        return True
    found = _names_in(text)
    return found is not None and all(fold(name) in map(fold, heads.names) for name in found[0])


def _names_in(text: str) -> tuple[list[str], list[Role]] | None:
    """Read a line that is nothing but heads, however they are spaced. None when anything else is in it."""
    if len(text) > _LONGEST_ROW:
        return None
    names: list[str] = []
    roles: list[Role] = []
    for cell in text.split("\t"):
        if not (bare := strip_blank(cell)):
            continue
        if (found := _names_in_cell(bare)) is None:
            return None
        names += found[0]
        roles += found[1]
    return (names, roles) if names else None


def _names_in_cell(bare: str) -> tuple[list[str], list[Role]] | None:
    names: list[str] = []
    roles: list[Role] = []
    at = 0
    while at < len(bare):
        if names and (explained := _EXPLAINED.match(bare, at)):
            names[-1] += explained[0]
            at = explained.end()
            continue
        for length in range(min(_LONGEST, len(bare) - at), 1, -1):
            role = _ROLE_OF.get(fold(bare[at : at + length]))
            if role is not None:
                names.append(bare[at : at + length])
                roles.append(role)
                at += length
                break
        else:
            return None
    return names, roles


def _layout_of(roles: list[Role]) -> Layout:
    found = set(roles)
    if "duty" in found and found & {"job", "member"}:
        return "roster"
    if len(found & _TARGET_ROLES) >= 3 and found & {"action", "target"}:
        return "target_table"
    if len(found & {"item", "focus", "action"}) >= 1 and "units" in found and len(found) >= 2:
        return "responsibility"
    return ""
