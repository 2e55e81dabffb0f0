"""Choices of the plan's data: kinds of items, layouts, numbering styles, states."""

from __future__ import annotations

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import Decision


class Kind(models.TextChoices):
    CHAPTER = "chapter", _("Chapter")
    HEADING = "heading", _("Heading")
    ACTION = "action", pgettext_lazy("kind of item", "Action")
    TARGET = "target", _("Expected target")
    NOTE = "note", pgettext_lazy("kind of item", "Note")
    TABLE = "table", _("Roster")


class Layout(models.TextChoices):
    OUTLINE = "outline", _("Outline")
    RESPONSIBILITY = "responsibility", _("Responsibility table")
    TARGET_TABLE = "target_table", _("Target table")
    ROSTER = "roster", _("Roster")


class Style(models.TextChoices):
    """How the children of an item are numbered. Labels are the marks themselves, so not translated."""

    FORMAL = "formal", "壹、"
    CHINESE = "chinese", "一、"
    CHINESE_PAREN = "chinese_paren", "(一)"
    ARABIC = "arabic", "1."
    PAIR = "pair", "1-1."
    ARABIC_PAREN = "arabic_paren", "(1)"
    CIRCLED = "circled", "①"
    UPPER = "upper", "A."
    LOWER = "lower", "a."


class Scheme(models.TextChoices):
    """The styles of a plan, outermost first; `SCHEMES` in plans/numbering.py spells them out."""

    STANDARD = "standard", "壹、 一、 (一) 1. (1) ① A. a."
    WITH_PAIRS = "with_pairs", "壹、 一、 (一) 1. 1-1. (1) ① A. a."
    TABLE = "table", "1. (1) ① A. a."


class PlanStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SIGNING = "signing", _("In signing")
    SUBMITTED = "submitted", _("Submitted to the city")
    APPROVED = "approved", _("Approved")
    REVISING = "revising", _("In revision")
    CLOSED = "closed", _("Closed")


# What a city says of a plan it has decided on, where it says otherwise than “approved”.
DECIDED: dict[str, str | Promise] = {
    Decision.RATIFICATION: pgettext_lazy("state of a plan", "Ratified"),
    Decision.RECORD: pgettext_lazy("state of a plan", "On record"),
}


def state_label(status: str, decision: str) -> str | Promise:
    """Return what a state is called where the city's yes is that decision: 核定, 核備 or 備查."""
    label = PlanStatus(status).label
    return DECIDED.get(decision, label) if status == PlanStatus.APPROVED else label


# States in which the district may write. Everything else is read only.
EDITABLE = (PlanStatus.DRAFT, PlanStatus.REVISING)
# States in which the city sees a plan; a plan once in force stays visible through that version.
FILED = (PlanStatus.SUBMITTED, PlanStatus.APPROVED, PlanStatus.CLOSED)


class FrameworkStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_FORCE = "in_force", _("In force")
    RETIRED = "retired", _("Retired")


class Duty(models.TextChoices):
    LEAD = "lead", _("Lead")
    ASSISTING = "assisting", _("Assisting")


class Removal(models.TextChoices):
    """Why a line is no longer in the plan, which says how it comes back."""

    DELETED = "deleted", _("Deleted")
    REPLACED = "replaced", _("Replaced by an import")


class VersionKind(models.TextChoices):
    KEPT = "kept", _("Kept by hand")
    FILED = "filed", _("Filed")


class PartState(models.TextChoices):
    """Where a unit stands with its part of the plan."""

    NOT_BEGUN = "not_begun", _("Not begun")
    WRITING = "writing", _("Writing")
    READY = "ready", _("Ready for the chief")
    RELEASED = "released", _("Released by the chief")
    SENT_BACK = "sent_back", _("Sent back")


# From which states each step leads on. A chief may release what nobody has marked as ready.
PART_STEPS: dict[str, frozenset[str]] = {
    "ready": frozenset({PartState.NOT_BEGUN, PartState.WRITING, PartState.SENT_BACK}),
    "writing": frozenset({PartState.READY}),
    "release": frozenset(PartState) - {PartState.RELEASED},
    "take_back": frozenset({PartState.RELEASED}),
    "send_back": frozenset({PartState.READY, PartState.RELEASED}),
}


class Condition(models.TextChoices):
    """What a step of the workflow needs besides the status. The label says what is wrong when it fails."""

    NO_ERRORS = "no_errors", _("The check list still has errors; they come first.")
    SIGNED = "signed", _("The district head has not signed yet.")
    NOT_SIGNED = "not_signed", _("The district head has signed already.")
    AS_SIGNED = (
        "as_signed",
        _(
            "The text is no longer the one the head signed: a target, a unit or a name it shares with other "
            "plans was changed elsewhere. Take the plan back from signing and send it for signature anew."
        ),
    )
    TAKEN = "taken", _("Take the plan in hand first.")
    TAKEN_BY_ME = "taken_by_me", _("Another evaluator has this plan in hand.")
    NOT_TAKEN = "not_taken", _("An evaluator has this plan in hand already.")
    IN_FORCE = "in_force", _("No version of this plan is in force.")
    REVISION_ALLOWED = (
        "revision_allowed",
        _("In the last two months of its year a plan is revised only where the city allows it."),
    )
