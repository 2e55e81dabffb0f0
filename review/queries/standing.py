"""Where a plan stands: whose turn it is and since when, what a person may do now, and the steps so far."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.db.models import Q
from django.utils.functional import Promise

from accounts.models import User
from plans.enums import FILED, Condition, PlanStatus, VersionKind, state_label
from plans.models import Plan, PlanEvent, PlanVersion
from plans.permissions import is_of_district
from plans.queries.checks import findings_of
from plans.queries.rounds import board as round_board
from plans.queries.steps import failing_conditions
from plans.queries.versions import given_up_versions
from plans.step_permissions import get_steps
from plans.workflow import BY_NAME, CLOSE, Step
from review.models import TELLING_STEPS, Remark, Signature, SigningRound
from review.permissions import places_held
from review.queries.approvals import decision_words
from review.queries.signing import Holder, Strip, strip_of
from review.words import label_of

EVENTS_SHOWN = 4
NAMED = BY_NAME | {CLOSE.name: CLOSE}
# Conditions whose failing means that it is not this step's turn; others are explained on its page.
OF_TURN = frozenset(Condition) - {Condition.NO_ERRORS, Condition.REVISION_ALLOWED, Condition.AS_SIGNED}


@dataclass(frozen=True)
class Button:
    step: Step
    label: str | Promise


@dataclass(frozen=True)
class Turn:
    """Whose turn it is: `who` is a word of `_plan_standing_turn.html`, `people` are named where known."""

    who: str
    since: dt.datetime | None
    places: tuple[tuple[Signature, list[Holder]], ...] = ()
    person: User | None = None
    decision: str = ""  # of the city, where it is nobody's turn
    step: str = ""  # by which it became the secretariat's turn, "" while the plan was never sent


@dataclass(frozen=True)
class EventRow:
    event: PlanEvent
    label: str | Promise
    after: str | Promise
    version: int | None = None  # of the text the step speaks of: while it goes round, the one sent round


@dataclass(frozen=True)
class Remarks:
    """How many remarks of the city the district was told, and how many of them wait for an answer."""

    told: int = 0
    unanswered: int = 0


@dataclass(frozen=True)
class LooseEnds:
    """What a sending for signature leaves: units not released by their chiefs, doubts of the check list."""

    units: list[str] = field(default_factory=list)
    doubts: int = 0

    def __bool__(self) -> bool:
        return bool(self.units or self.doubts)


@dataclass(frozen=True)
class Standing:
    plan: Plan
    turn: Turn
    buttons: list[Button] = field(default_factory=list)
    my_place: Signature | None = None
    events: list[EventRow] = field(default_factory=list)
    is_inside: bool = False

    @property
    def is_on_desk(self) -> bool:
        """Whether the desk of its city shows it."""
        return self.plan.status in FILED

    @cached_property
    def remarks(self) -> Remarks:
        """What the city remarked on the plan; nothing where it was never filed, which needs no asking."""
        return remarks_of(self.plan) if self.filed else Remarks()

    @cached_property
    def filed(self) -> int | None:
        """The number of the version last filed, None before the first filing.

        What was filed of a revision that was given up does not count.
        """
        filed = PlanVersion.objects.filter(plan=self.plan, kind=VersionKind.FILED, events__step="file")
        stands = filed.exclude(pk__in=given_up_versions(self.plan)).order_by("-number")
        return stands.values_list("number", flat=True).first()


def standing_of(plan: Plan, user: User, *, on: dt.date, strip: Strip | None = None) -> Standing:
    """Return where the plan stands for one reader; the queries do not depend on the number of its steps.

    A page that shows the strip already gives it: its reader is of the district.
    """
    is_inside = strip is not None or is_of_district(user, plan.district, on=on)
    if strip is None and is_inside and plan.status == PlanStatus.SIGNING:
        strip = strip_of(plan)
    held = places_held(user, strip, on=on) if strip else {}
    mine = [one for one in strip.turn if one.position in held] if strip else []
    return Standing(
        plan,
        _turn(plan, strip, on=on),
        [one for one in buttons_for(plan, user, on=on) if _is_for(one.step, strip, mine)],
        mine[0] if mine else None,
        event_rows(plan, is_inside=is_inside, limit=EVENTS_SHOWN),
        is_inside,
    )


def _is_for(step: Step, strip: Strip | None, mine: list[Signature]) -> bool:
    """Say whether a button helps: whoever has a place in the strip decides there, and in its turn."""
    if step.name == "send_back":
        return not mine
    if step.name == "record_signature":
        return strip is not None and strip.last in strip.turn
    return step.name != "sign"


def remarks_of(plan: Plan) -> Remarks:
    remarks = Remark.objects.filter(plan=plan)
    return Remarks(remarks.told().count(), remarks.to_answer().count())


def remarks_with(plan: Plan, step: Step) -> int | None:
    """Return how many remarks the district gets to read with a step of the city, None with any other."""
    if step.name not in TELLING_STEPS:
        return None
    filed = PlanVersion.objects.filter(plan=plan, kind=VersionKind.FILED).order_by("-number")
    return Remark.objects.filter(plan=plan, version=filed.values("pk")[:1]).count()


def loose_ends(plan: Plan, step: Step, *, on: dt.date) -> LooseEnds:
    """Return what a sending for signature leaves as it is, nothing of any other step: none of it hinders."""
    if step.name != "send_for_signature":
        return LooseEnds()
    board = round_board(plan, on=on)
    units = [row.unit.name for row in board.unreleased] if board.is_open else []
    return LooseEnds(units, sum(not finding.is_error for finding in findings_of(plan)[1]))


def buttons_for(plan: Plan, user: User, *, on: dt.date) -> list[Button]:
    """Return the steps whose turn it is and that the user may take."""
    return [
        Button(step, label_of(step, plan.district.city.decision))
        for step in get_steps(user, plan, on=on)
        if not failing_conditions(plan, _of_turn(step), actor=user, on=on)
    ]


def event_rows(plan: Plan, *, is_inside: bool, limit: int | None = None) -> list[EventRow]:
    """Return the plan's steps, last first. People of the city see those from the filing on."""
    events = plan.events.select_related("actor", "acting_for", "version").defer("version__content")
    if not is_inside:
        events = events.filter(Q(before__in=FILED) | Q(after__in=FILED))
    decision = plan.district.city.decision
    sent = _sent_round(plan) if is_inside and limit is None else []
    return [
        EventRow(
            event,
            label_of(NAMED[event.step], decision) if event.step in NAMED else event.step,
            state_label(event.after, decision),
            _version(event, sent),
        )
        for event in events.order_by("-number")[:limit]
    ]


def _sent_round(plan: Plan) -> list[tuple[int, int | None]]:
    """Return the step and the version of each sending for signature, the last first."""
    rounds = SigningRound.objects.filter(plan=plan).order_by("-sent__number")
    return list(rounds.values_list("sent__number", "version__number"))


def _version(event: PlanEvent, sent: list[tuple[int, int | None]]) -> int | None:
    if event.step != "file" and PlanStatus.SIGNING in (event.before, event.after):
        version = next((version for number, version in sent if number <= event.number), None)
        if version is not None:
            return version
    return event.version.number if event.version else None


def _of_turn(step: Step) -> Step:
    """Return the step with those of its conditions that are read from the plan's row alone."""
    return replace(step, conditions=tuple(one for one in step.conditions if one in OF_TURN))


def _turn(plan: Plan, strip: Strip | None, *, on: dt.date) -> Turn:
    if plan.status == PlanStatus.SUBMITTED:
        if plan.taken_by is not None:
            return Turn("evaluator", plan.taken_at, person=plan.taken_by)
        return Turn("city", plan.filed_at)
    if plan.status == PlanStatus.SIGNING:
        if plan.signed_at is not None:
            return Turn("filing", plan.signed_at)
        places = [one for one in strip.turn if one.is_required] if strip else []
        held = strip.holders(on) if strip else {}
        return Turn(
            "places",
            strip.since if strip else None,
            tuple((place, held[place.position]) for place in places),
        )
    step, last = plan.events.order_by("-number").values_list("step", "at").first() or ("", None)
    if plan.status in (PlanStatus.DRAFT, PlanStatus.REVISING):
        return Turn("secretariat", last or plan.created_at, step=step)
    return Turn("nobody", last, decision=decision_words(plan, plan.in_force_id) if plan.in_force_id else "")
