"""The 審查意見回應表: what the city remarked round by round, and what the district answered."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from plans.enums import VersionKind
from plans.models import Plan, PlanEvent, PlanVersion
from plans.queries.versions import document_of
from review.models import LINE_LIMIT, Answer, Remark, RemarkQuerySet


def filed_version(plan: Plan) -> PlanVersion | None:
    """Return the version last filed."""
    return PlanVersion.objects.filter(plan=plan, kind=VersionKind.FILED).order_by("-number").first()


def place_of(version: PlanVersion | None, uid: uuid.UUID | None) -> tuple[int, str] | None:
    """Return which line of a version this is, counted from 1, and its first words.

    The plan as a whole is (0, ""), and None a line the version does not hold. Raises UnreadableDocument.
    """
    if uid is None:
        return 0, ""
    nodes = document_of(version).walk() if version else ()
    for position, node in enumerate(nodes, 1):
        if node.uid == str(uid):
            return position, f"{node.number}{' '.join((node.title or node.text).split())}"[:LINE_LIMIT]
    return None


@dataclass(frozen=True)
class ResponseRow:
    number: int
    remark: Remark
    answer: Answer | None
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Round:
    """The remarks told with one return or approval; `decision` is that step."""

    number: int
    decision: PlanEvent | None
    rows: Sequence[ResponseRow] = field(default=())

    @property
    def unanswered(self) -> int:
        """How many remarks wait for an answer; those that came with an approval wait for none."""
        if self.decision is None or self.decision.step != "return":
            return 0
        return sum(row.answer is None for row in self.rows)


def rounds_of(plan: Plan, remarks: RemarkQuerySet) -> list[Round]:
    """Return the rounds of which remarks were told, the latest first, in three queries."""
    found = (
        remarks.select_related("author", "answer__answered_by")
        .prefetch_related("answer__units")
        .order_by("version__number", "position", "pk")
    )
    by_version: dict[int, list[Remark]] = defaultdict(list)
    for remark in found:
        by_version[remark.version_id].append(remark)
    if not by_version:
        return []
    numbers: dict[int, int] = {}
    decisions: dict[int, PlanEvent] = {}
    events = plan.events.filter(step__in=("file", "return", "approve")).select_related("actor")
    for event in events.order_by("number"):
        if event.version_id is None:
            continue
        if event.step == "file":
            numbers[event.version_id] = len(numbers) + 1
        else:
            decisions[event.version_id] = event
    return [
        Round(numbers.get(version, 0), decisions.get(version), tuple(numbered(rows)))
        for version, rows in reversed(by_version.items())
    ]


def numbered(remarks: Iterable[Remark]) -> Iterable[ResponseRow]:
    """Yield the remarks of one round with their numbers in it."""
    for number, remark in enumerate(remarks, 1):
        answer = getattr(remark, "answer", None)
        units = tuple(unit.name for unit in answer.units.all()) if answer else ()
        yield ResponseRow(number, remark, answer, units)
