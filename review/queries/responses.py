"""The 審查意見回應表: what the city remarked round by round, and what the district answered."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.roc import roc_date
from documents.responses import ResponseLine, ResponseRound, ResponseSheet
from plans.enums import VersionKind, state_label
from plans.models import Plan, PlanEvent, PlanVersion
from plans.queries.versions import document_of, given_up_versions
from review.models import LINE_LIMIT, Answer, Remark, RemarkQuerySet
from review.queries.approvals import letter_words


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
    is_given_up: bool = False  # the revision it was a round of

    @property
    def unanswered(self) -> int:
        """How many remarks wait for an answer.

        Those that came with an approval wait for none, nor those on a revision that was given up.
        """
        if self.decision is None or self.decision.step != "return" or self.is_given_up:
            return 0
        return sum(row.answer is None for row in self.rows)

    @property
    def letter(self) -> str:
        """The letter behind the decision, as papers name it."""
        return letter_words(self.decision) if self.decision else ""

    @property
    def state(self) -> str | Promise:
        """What the city decided in this round, as it calls it."""
        if self.decision is None:
            return ""
        if self.decision.step == "return":
            return _("Returned")
        return state_label(self.decision.after, self.decision.plan.district.city.decision)


def rounds_of(plan: Plan, remarks: RemarkQuerySet) -> list[Round]:
    """Return the rounds of which remarks were told, the latest first, in four queries."""
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
        event.plan = plan  # whose city tells what its decisions are called
        if event.version_id is None:
            continue
        if event.step == "file":
            numbers[event.version_id] = len(numbers) + 1
        else:
            decisions[event.version_id] = event
    gone = given_up_versions(plan)
    return [
        Round(numbers.get(version, 0), decisions.get(version), tuple(numbered(rows)), version in gone)
        for version, rows in reversed(by_version.items())
    ]


def numbered(remarks: Iterable[Remark]) -> Iterable[ResponseRow]:
    """Yield the remarks of one round with their numbers in it."""
    for number, remark in enumerate(remarks, 1):
        answer = getattr(remark, "answer", None)
        units = tuple(unit.name for unit in answer.units.all()) if answer else ()
        yield ResponseRow(number, remark, answer, units)


def response_sheet(plan: Plan, *, since_approval: bool = False) -> ResponseSheet:
    """Return the table as a document; with `since_approval` of the rounds since the city's last yes alone,
    or since the last revision that was given up.

    It holds what the district was told, in Chinese as on all papers.
    """
    rounds = rounds_of(plan, Remark.objects.filter(plan=plan).told())
    if since_approval:
        ends = plan.events.filter(step__in=("approve", "give_up")).order_by("-number")
        last = ends.values_list("number", flat=True).first()
        rounds = [one for one in rounds if one.decision and one.decision.number > (last or 0)]
    with override("zh-hant"):
        return ResponseSheet(
            plan.title, plan.district.agency_name, plan.year, tuple(_printed(one) for one in rounds)
        )


def _printed(told: Round) -> ResponseRound:
    decision = told.decision
    lines = tuple(_line(row, waits=bool(told.unanswered)) for row in told.rows)
    if decision is None:
        return ResponseRound(told.number, "", "", lines)
    words = [
        f"審查結果：{told.state}",
        roc_date(timezone.localdate(decision.at)),
        told.letter,
        f"審查人：{decision.actor}",
    ]
    answers = [row.answer.answered_at for row in told.rows if row.answer]
    return ResponseRound(
        told.number,
        "　".join(word for word in words if word),
        decision.comment,
        lines,
        f"{decision.plan.district.agency_name}　{roc_date(timezone.localdate(max(answers)))}"
        if answers
        else "",
    )


def _line(row: ResponseRow, *, waits: bool) -> ResponseLine:
    place = row.remark.line if row.remark.item_uid else ""
    if row.answer is None:
        return ResponseLine(row.number, place, row.remark.text, waits=waits)
    adoption, words = str(row.answer.get_adoption_display()), row.answer.text
    return ResponseLine(row.number, place, row.remark.text, adoption, words, row.units, waits=False)
