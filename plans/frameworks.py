"""The tree of a framework's criteria: where each stands, and whether its points add up. Pure functions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

_CODE = re.compile(r"(?:0|[1-9]\d{0,3})(?:\.(?:0|[1-9]\d{0,3}))*")


@dataclass(frozen=True)
class CriterionLine:
    """A criterion as the arithmetic needs it. `code` is its path of positions: 1.2.3."""

    code: str
    title: str
    points: Decimal | None = None

    @property
    def name(self) -> str:
        return f"{self.code} {self.title}"


def parent_code(code: str) -> str:
    """Return the code of the criterion above, "" for the outermost ones."""
    return code.rpartition(".")[0]


def position_of(code: str) -> int:
    return int(code.rpartition(".")[2])


def sort_key(code: str) -> tuple[int, ...]:
    """Order codes as the tree does: 1.10 comes after 1.9."""
    return tuple(map(int, code.split(".")))


def code_problems(codes: Sequence[str]) -> list[str]:
    """Say which codes do not make a tree: malformed, given twice, or without the criterion above."""
    problems = []
    for code in dict.fromkeys(codes):
        if not _CODE.fullmatch(code):
            problems.append(
                _("“%(code)s” is not a code. Write the positions with dots between, such as 1.2.")
                % {"code": code}
            )
        elif codes.count(code) > 1:
            problems.append(
                _("The code %(code)s is given twice. Give each criterion its own.") % {"code": code}
            )
        elif parent_code(code) and parent_code(code) not in codes:
            problems.append(
                _("Nothing stands above %(code)s. Add the criterion %(parent)s, or change the code.")
                % {"code": code, "parent": parent_code(code)}
            )
    return problems


def point_problems(total: Decimal | None, lines: Iterable[CriterionLine]) -> list[str]:
    """Say where points do not add up; an empty list where they do, or where there are none at all.

    Points may end at any level: the criteria below it then carry none. Where one of a group has points
    all of it must, and the group must give the points of what it stands under.
    """
    groups: dict[str, list[CriterionLine]] = defaultdict(list)
    by_code = {}
    for line in sorted(lines, key=lambda line: sort_key(line.code)):
        by_code[line.code] = line
        groups[parent_code(line.code)].append(line)
    problems = [
        _("%(name)s has fewer than no points.") % {"name": line.name}
        for line in by_code.values()
        if line.points is not None and line.points < 0
    ]
    if total is not None and all(line.points is None for line in groups[""]):
        problems.append(
            _("The framework has %(total)s points, its outermost criteria have none.")
            % {"total": _shown(total)}
        )
    for code, group in groups.items():
        problems += _group_problems(by_code.get(code), total, group)
    return problems


def _group_problems(
    above: CriterionLine | None, total: Decimal | None, group: list[CriterionLine]
) -> list[str]:
    pointed = [line.points for line in group if line.points is not None]
    if not pointed:
        return []
    problems = [
        _("%(name)s has no points, but others beside it have.") % {"name": line.name}
        for line in group
        if line.points is None
    ]
    wanted = above.points if above else total
    name = above.name if above else _("The framework")
    if wanted is None:
        problems.append(
            _("%(name)s has no points, but what stands below it has %(sum)s.")
            % {"name": name, "sum": _shown(sum(pointed, Decimal(0)))}
        )
    elif sum(pointed) != wanted:
        problems.append(
            _("%(name)s has %(points)s points, but what stands below it has %(sum)s.")
            % {"name": name, "points": _shown(wanted), "sum": _shown(sum(pointed, Decimal(0)))}
        )
    return problems


def _shown(points: Decimal) -> str:
    """Print 200.00 as 200, and 12.50 as 12.5."""
    return f"{points.normalize():f}"
