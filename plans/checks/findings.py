"""What the check list says: every rule with its words, and what a rule found where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from plans.frameworks import CriterionLine

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Level(StrEnum):
    ERROR = "error"  # stops signature and filing
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """`words` is one finding in a sentence, with its parameters; `title` heads all of the rule's findings."""

    level: Level
    title: _StrPromise
    words: _StrPromise
    remedy: _StrPromise


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found at a line, or with `uid` "" in the plan as a whole. Its words follow the language."""

    code: str
    uid: str = ""
    parameters: tuple[tuple[str, str | int], ...] = ()

    @property
    def rule(self) -> Rule:
        return RULES[self.code]

    @property
    def level(self) -> Level:
        return self.rule.level

    @property
    def is_error(self) -> bool:
        return self.level is Level.ERROR

    @property
    def words(self) -> str:
        return str(self.rule.words) % dict(self.parameters)

    @property
    def remedy(self) -> str:
        return str(self.rule.remedy) % dict(self.parameters)


def found(code: str, uid: str = "", **parameters: str | int) -> Finding:
    return Finding(code, uid, tuple(parameters.items()))


@dataclass(frozen=True, slots=True)
class UnitDates:
    """When a unit of the district exists, and the name of the one that took over its work."""

    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    successor: str = ""

    def exists_in(self, year: int) -> bool:
        """Say whether the unit exists on any day of that Western year."""
        begins = self.starts_on is None or self.starts_on.year <= year
        return begins and (self.ends_on is None or self.ends_on.year >= year)


@dataclass(frozen=True)
class Context:
    """What the rules need and a document does not say. Mappings are by the uid of a line, units by name."""

    units: Mapping[str, UnitDates] = field(default_factory=dict)
    criteria: Mapping[str, CriterionLine] = field(default_factory=dict)  # by code
    total_points: Decimal | None = None
    unprintable: frozenset[str] = frozenset()  # characters of this document that no face has
    proposals: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)  # (name, counted in)
    refused: Mapping[str, frozenset[str]] = field(default_factory=dict)  # digests of readings
    earlier: Mapping[str, str] = field(default_factory=dict)  # words of the line it was made from
    comments: Mapping[str, int] = field(default_factory=dict)  # open threads

    @property
    def has_points(self) -> bool:
        return self.total_points is not None or any(
            line.points is not None for line in self.criteria.values()
        )


# In the order in which the list names them. Codes are part of what `check_plan --json` promises.
RULES: dict[str, Rule] = {
    "no_chapter": Rule(
        Level.ERROR,
        _("No chapter"),
        _("The plan has no chapter yet."),
        _("Add a chapter."),
    ),
    "no_title": Rule(
        Level.ERROR,
        _("No title"),
        _("The plan has no title."),
        _("Write it among the facts of the plan."),
    ),
    "sign_off_missing": Rule(
        Level.ERROR,
        _("Sign-off lines missing"),
        _("A plan with a target table is signed below it, but “%(line)s” is not among its sign-off lines."),
        _("Add the line among the facts of the plan."),
    ),
    "empty_chapter": Rule(
        Level.ERROR,
        _("Empty chapter"),
        _("Nothing stands in this chapter."),
        _("Write its text, or delete the chapter."),
    ),
    "empty_line": Rule(
        Level.ERROR,
        _("Line without words"),
        _("Nothing is written in this line."),
        _("Write the line, or delete it."),
    ),
    "unit_gone": Rule(
        Level.ERROR,
        _("Unit that no longer exists"),
        _("There is no %(unit)s in the plan's year."),
        _("Name another unit."),
    ),
    "unit_replaced": Rule(
        Level.ERROR,
        _("Unit that was replaced"),
        _("There is no %(unit)s in the plan's year; %(successor)s took over its work."),
        _("Name %(successor)s instead."),
    ),
    "no_unit_in_table": Rule(
        Level.ERROR,
        _("Row without a unit"),
        _("Nobody answers for this part of the responsibility table."),
        _("Name a unit here, or above."),
    ),
    "points_total": Rule(
        Level.ERROR,
        _("Points differ from the framework's total"),
        _("The plan has %(sum)s points in all, its framework %(points)s."),
        _("Correct the points, or choose another framework."),
    ),
    "points_sum": Rule(
        Level.ERROR,
        _("Points that do not add up"),
        _("%(points)s points here, but what stands below it has %(sum)s."),
        _("Correct the points here or below."),
    ),
    "points_criterion": Rule(
        Level.ERROR,
        _("Points differ from the criterion's"),
        _("%(sum)s points here, but the criterion “%(criterion)s” has %(points)s."),
        _("Correct the points, or choose another criterion."),
    ),
    "points_printed": Rule(
        Level.ERROR,
        _("Points printed otherwise"),
        _("The line counts %(points)s points but prints “%(text)s”."),
        _("Correct the points, or how they are printed."),
    ),
    "unprintable": Rule(
        Level.ERROR,
        _("Character that cannot be printed"),
        _("The font of documents has no %(characters)s."),
        _("Write it with another character, or in words."),
    ),
    "no_units": Rule(
        Level.WARNING,
        _("No unit named at all"),
        _("No line of the plan names a unit that answers for it."),
        _("Name the units at the lines they carry out."),
    ),
    "no_unit": Rule(
        Level.WARNING,
        _("Line without a unit"),
        _("Nobody answers for this line and what stands below it."),
        _("Name a unit here, or above."),
    ),
    "no_targets": Rule(
        Level.WARNING,
        _("Group without expected targets"),
        _("The groups beside this one have expected targets, this one has none."),
        _("Add expected targets, if it can be said what is to be reached."),
    ),
    "number_unread": Rule(
        Level.WARNING,
        _("Number without an indicator"),
        _("“%(quote)s” promises %(value)s, and no indicator holds it."),
        _("Take it on as an indicator, or say that it is none."),
    ),
    "target_drifted": Rule(
        Level.WARNING,
        _("Sentence and indicator differ"),
        _("The indicator “%(name)s” promises %(promised)s, the sentence %(said)s."),
        _("Correct the indicator or the sentence."),
    ),
    "target_lost": Rule(
        Level.WARNING,
        _("Indicator the sentence does not name"),
        _("The indicator “%(name)s” promises %(promised)s, of which the sentence says nothing."),
        _("Write it into the sentence, or take the indicator off the line."),
    ),
    "target_proposal": Rule(
        Level.WARNING,
        _("Target carried on from last year"),
        _("The target of “%(name)s” was carried on from last year and nobody has confirmed it."),
        _("Confirm or change it."),
    ),
    "stale_year": Rule(
        Level.WARNING,
        _("Year of last year's plan"),
        _("“%(mention)s” is the year before the plan's."),
        _("Change the year, if this year is meant."),
    ),
    "repeated": Rule(
        Level.WARNING,
        _("Repeated paragraph"),
        _("“%(words)s” stands at %(place)s already."),
        _("Delete one of the two, or say what is different."),
    ),
    "level_skipped": Rule(
        Level.WARNING,
        _("Level skipped"),
        _("The numbering goes from %(above)s to %(number)s and leaves out a level."),
        _("Move the line to the next level, or choose another numbering for it."),
    ),
    "level_unnamed": Rule(
        Level.WARNING,
        _("Level without words"),
        _("A line without number and words stands above others, which hang in the air."),
        _("Give it words, or move what stands below it one level out."),
    ),
    "comments_open": Rule(
        Level.WARNING,
        _("Open comments"),
        _("Comments not resolved yet: %(count)d."),
        _("Answer and resolve them."),
    ),
}
