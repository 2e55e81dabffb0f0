"""What a PDF prints of a plan's way: the boxes (核章) at its end, the letter below its title, its version.

It stands beside a plan's text and not in it, so that a version stays what its digest says. The app that keeps
signatures lies above this one and provides them by `provide`; without it nothing is printed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final

from plans.document import canonical
from plans.models import Plan, PlanVersion

MOST_IN_ROW: Final = 6  # boxes that stand side by side on the page


@dataclass(frozen=True, slots=True)
class Seal:
    """One box: the place above it, and the lines of whoever signed; none, to be signed on paper."""

    label: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """`decision` is the line of a version the city has decided on: by whom, when, by what letter.

    `version` is the number of one that was filed.
    """

    seals: tuple[Seal, ...] = ()
    decision: str = ""
    version: int = 0

    def to_json(self) -> str:
        """Return canonical JSON, "" where there is nothing to print."""
        seals = [asdict(seal) for seal in self.seals]
        if self.decision or self.version:
            return canonical({"seals": seals, "decision": self.decision, "version": self.version})
        return canonical(seals) if seals else ""

    @classmethod
    def from_json(cls, text: str) -> Approval:
        told = json.loads(text) if text else []
        if isinstance(told, list):
            told = {"seals": told}
        seals = tuple(Seal(row["label"], tuple(row["lines"])) for row in told["seals"])
        return cls(seals, told.get("decision", ""), told.get("version", 0))

    @property
    def rows(self) -> list[tuple[Seal, ...]]:
        """The boxes in rows of nearly equal length."""
        count = -(-len(self.seals) // MOST_IN_ROW)
        length = -(-len(self.seals) // count) if count else 1
        return [self.seals[at : at + length] for at in range(0, len(self.seals), length)]


Provider = Callable[[Plan, PlanVersion | None], Approval]
_providers: list[Provider] = []


def provide(provider: Provider) -> None:
    """Have approvals told by this function from now on."""
    _providers[:] = [provider]


def approval_of(plan: Plan, version: PlanVersion | None = None) -> Approval:
    """Return what is printed of the signatures of a version, or with None of the plan as it stands."""
    return _providers[0](plan, version) if _providers else Approval()
