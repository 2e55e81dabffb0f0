"""Why an indicator stands as it does, in words: a code and what it is filled with, told when it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Codes may be stored: they and the names of their parameters stay.
WORDS: dict[str, _StrPromise] = {
    # what adds up over the year
    "amount": _("%(result)s of %(target)s, expected by now %(expected)s"),
    "amount_reached": _("%(result)s of %(target)s, reached"),
    "amount_final": _("%(result)s of %(target)s when the year ended"),
    "within": _("%(result)s, to be %(target)s when the year ends, expected by now %(expected)s"),
    "limit": _("%(result)s, to be %(target)s for the year, by now at most %(expected)s"),
    "limit_broken": _("%(result)s, to be %(target)s: exceeded, which no later period can mend"),
    # what is held against the target as it is
    "level": _("%(result)s, to be %(target)s"),
    "level_by_the_end": _("%(result)s, to be %(target)s when the year ends"),
    "level_on_its_way": _("%(result)s, to be %(target)s when the year ends, expected by now %(expected)s"),
    "level_final": _("%(result)s when the year ended, to be %(target)s"),
    "up": _("%(change)s more than last year (%(baseline)s)"),
    "down": _("%(change)s less than last year (%(baseline)s)"),
    "unchanged": _("as much as last year (%(baseline)s)"),
    # what each period, unit or milestone has to reach
    "rounds": _("%(reached)s of %(total)s periods reached, %(over)s are over"),
    "rounds_missed": _("not reached in period %(periods)s, which cannot be made up"),
    "units": _("%(reached)s of %(total)s units reached it, this is the one furthest off"),
    "milestones_of": _("%(reached)s of %(total)s milestones, expected by now %(expected)s"),
    "milestones_weigh": _("by weight %(result)s%%, expected by now %(expected)s%%"),
    "milestones_late": _("due and not reached: %(titles)s"),
    "done": _("done"),
    "not_done": _("not done yet"),
    "units_done": _("%(reached)s of %(total)s units have done it"),
    # what cannot be computed
    "nothing": _("no result filed yet"),
    "nothing_expected": _("no result filed yet, expected by now %(expected)s"),
    "nothing_final": _("no result filed for the year"),
    "no_number": _("no number was promised; the state is the one given"),
    "no_milestones": _("no milestones are set yet"),
    "no_cases": _("there was nothing yet to take a share of: the denominators add up to 0"),
    "no_parts": _("shares without numerator and denominator cannot be put together (period %(periods)s)"),
    "no_baseline": _("%(result)s; last year's result is not known, so there is no change to tell"),
    "zero_baseline": _("%(result)s; last year's result is 0, of which there is no percentage"),
    # what a result has to be
    "at_least": _("at least %(amount)s"),
    "more_than": _("more than %(amount)s"),
    "exactly": _("exactly %(amount)s"),
    "less_than": _("less than %(amount)s"),
    "at_most": _("at most %(amount)s"),
    "between": _("between %(amount)s"),
    # what else is to be known
    "missing": _("nothing filed for period %(periods)s"),
    "waiting": _("%(count)s not released yet and not counted"),
    "stopped": _("stopped"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """`parameters` fill the words; one that is in words itself is a Reason again."""

    code: str
    parameters: tuple[tuple[str, Value], ...] = ()

    @property
    def words(self) -> str:
        filled = {name: told if isinstance(told, str) else told.words for name, told in self.parameters}
        return str(WORDS[self.code]) % filled


Value = str | Reason


def because(code: str, **parameters: Value) -> Reason:
    return Reason(code, tuple(parameters.items()))
