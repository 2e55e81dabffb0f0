"""What a PDF prints of who signed: the boxes (核章) at its end.

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
    seals: tuple[Seal, ...] = ()

    def to_json(self) -> str:
        """Return canonical JSON, "" where there is nothing to print."""
        return canonical([asdict(seal) for seal in self.seals]) if self.seals else ""

    @classmethod
    def from_json(cls, text: str) -> Approval:
        rows = json.loads(text) if text else []
        return cls(tuple(Seal(row["label"], tuple(row["lines"])) for row in rows))

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
