"""What each step of a plan's life is called on its button and says of itself on its page."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import Decision
from plans.workflow import Step

# What a step does that the table's question does not tell.
EXPLAINED: Final[dict[str, str | Promise]] = {
    "send_for_signature": _("The plan goes to the places of the sign-off strip, one after the other."),
    "sign": _("You sign the plan as it stands, as the last of the sign-off strip."),
    "record_signature": _(
        "The head has signed on paper or in the office's document system; you record it here."
    ),
    "send_back": _("The secretariat gets the plan back with your reason and can change it again."),
    "recall": _("The plan can be changed again. What was signed so far counts no more."),
    "file": _(
        "The plan is filed to the city, signed. Plan, targets, check list and digests are made into one file "
        "for you."
    ),
    "withdraw": _("The plan comes back from the city, and the secretariat can change it again."),
    "take_in_hand": _("Your name stands beside the plan, and the district can no longer withdraw it."),
    "put_back": _("Other evaluators can take the plan in hand, and the district can withdraw it."),
    "return": _("The district gets the plan back with your reason and the remarks pinned to its lines."),
    "approve": _("The plan of the district stands."),
    "revise": _("A round begins in which the plan is changed; the grounds stand in its record."),
    "give_up": _("What was changed in this round is dropped."),
}
# Where the page of a step asks for the letter behind it, though the step goes without one.
LETTER_WELCOME: Final = frozenset({"file", "withdraw", "return", "revise"})

ANOTHER_TEXT: Final = _(
    "The text is no longer the one that was sent for signature: a target, a unit or a name it shares with "
    "other plans was changed elsewhere. The secretariat takes the plan back and sends it for signature anew."
)

DECISIONS: Final[dict[str, str | Promise]] = {
    Decision.APPROVAL: _("Approve"),
    Decision.RATIFICATION: pgettext_lazy("decision of the city", "Ratify"),
    Decision.RECORD: pgettext_lazy("decision of the city", "Put on record"),
}


def label_of(step: Step, decision: str) -> str | Promise:
    """Return what the button of a step says; the city's yes is called as that city calls it."""
    return DECISIONS.get(decision, step.label) if step.name == "approve" else step.label
