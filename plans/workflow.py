"""The life of a plan as one table: which step leads from where to where, by whom, under which conditions.

Buttons, permissions, the event log and the diagram in docs/workflow.md are all made from `STEPS`. The status
tells of the present round only: a plan written anew while a version is in force is `revising`, without one it
is a `draft`; a step that leads back to writing names OPEN and leaves the choice to `after_step`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from plans.enums import Condition, PlanStatus

OPEN: Final = "open"
SECRETARIAT: Final = frozenset({Role.SECRETARIAT, Role.SECRETARIAT_CHIEF})
HEAD: Final = frozenset({Role.DISTRICT_HEAD})
CITY: Final = frozenset({Role.EVALUATOR})


@dataclass(frozen=True)
class Step:
    """`after` is a status, or OPEN. A step of the city is refused to people with a stake in the plan."""

    name: str
    label: str | Promise
    before: tuple[str, ...]
    after: str
    roles: frozenset[Role]
    conditions: tuple[Condition, ...] = ()
    needs_comment: bool = False
    needs_document: bool = False  # number and date of an official letter
    makes_version: bool = False
    asks: str | Promise = ""  # the question before a step with consequences

    @property
    def is_of_city(self) -> bool:
        return self.roles == CITY


STEPS: Final = (
    Step(
        "send_for_signature",
        _("Send for signature"),
        (PlanStatus.DRAFT, PlanStatus.REVISING),
        PlanStatus.SIGNING,
        SECRETARIAT,
        (Condition.NO_ERRORS,),
        asks=_("Nobody can change the plan while it is being signed."),
    ),
    Step(
        "sign",
        _("Sign"),
        (PlanStatus.SIGNING,),
        PlanStatus.SIGNING,
        HEAD,
        (Condition.NOT_SIGNED, Condition.NO_ERRORS),
        asks=_("The secretariat then files the plan to the city."),
    ),
    Step(
        "record_signature",
        _("Record the head's signature"),
        (PlanStatus.SIGNING,),
        PlanStatus.SIGNING,
        SECRETARIAT,
        (Condition.NOT_SIGNED, Condition.NO_ERRORS),
        needs_document=True,
        asks=_("The letter must show it: its number and date stand in the strip."),
    ),
    Step(
        "send_back",
        _("Send back"),
        (PlanStatus.SIGNING,),
        OPEN,
        HEAD | {Role.SECRETARIAT_CHIEF},
        needs_comment=True,
    ),
    Step("recall", _("Take back from signing"), (PlanStatus.SIGNING,), OPEN, SECRETARIAT),
    Step(
        "file",
        _("File to the city"),
        (PlanStatus.SIGNING,),
        PlanStatus.SUBMITTED,
        SECRETARIAT,
        (Condition.SIGNED, Condition.AS_SIGNED, Condition.NO_ERRORS),
        makes_version=True,
        asks=_("The plan as it stands becomes a version that can never be changed, and the city sees it."),
    ),
    Step(
        "withdraw",
        _("Withdraw"),
        (PlanStatus.SUBMITTED,),
        OPEN,
        SECRETARIAT,
        (Condition.NOT_TAKEN,),
        asks=_("The city no longer sees this round; you go on writing."),
    ),
    Step(
        "take_in_hand",
        _("Take in hand"),
        (PlanStatus.SUBMITTED,),
        PlanStatus.SUBMITTED,
        CITY,
        (Condition.NOT_TAKEN,),
    ),
    Step(
        "put_back",
        _("Put back for others"),
        (PlanStatus.SUBMITTED,),
        PlanStatus.SUBMITTED,
        CITY,
        (Condition.TAKEN, Condition.TAKEN_BY_ME),
    ),
    Step(
        "return",
        _("Return to the district"),
        (PlanStatus.SUBMITTED,),
        OPEN,
        CITY,
        (Condition.TAKEN, Condition.TAKEN_BY_ME),
        needs_comment=True,
    ),
    Step(
        "approve",
        _("Approve"),
        (PlanStatus.SUBMITTED,),
        PlanStatus.APPROVED,
        CITY,
        (Condition.TAKEN, Condition.TAKEN_BY_ME),
        needs_document=True,
        asks=_("The filed version comes into force."),
    ),
    Step(
        "revise",
        _("Revise"),
        (PlanStatus.APPROVED,),
        PlanStatus.REVISING,
        SECRETARIAT,
        (Condition.IN_FORCE, Condition.REVISION_ALLOWED),
        needs_comment=True,
        asks=_("The version in force stays so, and counts, until the city has approved the new one."),
    ),
    Step(
        "give_up",
        _("Give up the revision"),
        (PlanStatus.REVISING,),
        PlanStatus.APPROVED,
        SECRETARIAT,
        (Condition.IN_FORCE,),
        asks=_("The plan goes back to the version in force; what was written since stays in the history."),
    ),
)
BY_NAME: Final = {step.name: step for step in STEPS}
# Taken with the receipt of the year's results (review/services/year_ends.py), so there is no button for it.
CLOSE: Final = Step("close", _("Close the plan"), (PlanStatus.APPROVED,), PlanStatus.CLOSED, CITY)


def after_step(step: Step, *, has_version_in_force: bool) -> str:
    """Return the status a step leads to."""
    if step.after == OPEN:
        return PlanStatus.REVISING if has_version_in_force else PlanStatus.DRAFT
    return step.after


def steps_from(status: str, roles: Collection[str]) -> list[Step]:
    """Return the steps somebody of these roles could take from a status, conditions apart."""
    return [step for step in STEPS if status in step.before and step.roles.intersection(roles)]


def diagram(steps: Iterable[Step] = STEPS) -> str:
    """Return the table as a Mermaid state diagram, for the guides (`manage.py draw_workflow`)."""
    lines = ["stateDiagram-v2", "  [*] --> draft"]
    ends = {end for step in steps for end in (*step.before, step.after)}
    lines += [f"  {state.value}: {state.label}" for state in PlanStatus if state in ends]
    for step in steps:
        for before in step.before:
            targets = [PlanStatus.DRAFT, PlanStatus.REVISING] if step.after == OPEN else [step.after]
            lines += [f"  {before} --> {after}: {step.label}" for after in targets]
    return "\n".join(lines)


def table(steps: Iterable[Step] = STEPS) -> str:
    """Return the steps as a table in Markdown: from where to where, by whom, what they wait and ask for."""
    heads = (_("Step"), _("From"), _("To"), _("By whom"), _("Refused while"), _("Needs"))
    rows = [tuple(map(str, heads)), ("---",) * len(heads)]
    for step in steps:
        after = [PlanStatus.DRAFT, PlanStatus.REVISING] if step.after == OPEN else [PlanStatus(step.after)]
        needs = [
            str(words)
            for is_needed, words in (
                (step.needs_comment, _("a reason")),
                (step.needs_document, _("number and date of a letter")),
                (step.makes_version, _("makes a version")),
            )
            if is_needed
        ]
        rows.append(
            (
                str(step.label),
                "、".join(str(PlanStatus(state).label) for state in step.before),
                "／".join(str(state.label) for state in after),
                "、".join(str(role.label) for role in Role if role in step.roles),
                "".join(str(condition.label) for condition in step.conditions),
                "、".join(needs),
            )
        )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
