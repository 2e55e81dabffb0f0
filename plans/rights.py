"""What the people of a unit may do with which line of a document; the secretariat may do everything.

A unit writes the lines it answers for by name, and may add to them, arrange and delete what stands below
them. The lines it is named at, and who answers for what, are the secretariat's to arrange. 各課室 gives a
right to report and not to write.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from plans.document import EffectiveUnits, PlanDocument, effective_units


@dataclass(frozen=True)
class Rights:
    """Uids of the lines whose words a person may write, and of those they may also move and delete."""

    writes: frozenset[str] = frozenset()
    arranges: frozenset[str] = frozenset()
    is_whole: bool = False  # the plan's facts, its chapters, and who answers for what

    @property
    def any(self) -> bool:
        return self.is_whole or bool(self.writes)


def rights_to_all(document: PlanDocument) -> Rights:
    every = frozenset(node.uid for node in document.walk())
    return Rights(every, every, is_whole=True)


def is_written_by(units: Collection[str], who: EffectiveUnits) -> bool:
    """Say whether the people of these units write a line for which these answer."""
    return any(name in units for name in who.names)


def rights_of_units(document: PlanDocument, units: Collection[str]) -> Rights:
    """Return what the people of the units of these names may do."""
    writes = frozenset(uid for uid, who in effective_units(document).items() if is_written_by(units, who))
    arranges = frozenset(
        child.uid
        for node in document.walk()
        if node.uid in writes
        for child in node.children
        if child.uid in writes
    )
    return Rights(writes, arranges)
