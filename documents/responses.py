"""The 審查意見回應表 as a document: what the city remarked in each round, and what the district answered.

The app that keeps remarks lies above this one and fills it in. Words that stand on paper are Chinese.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self

from plans.document import canonical

TITLE = "審查意見回應表"
HEADS = ("項次", "條目", "審查意見", "採納情形", "回應及辦理情形")
WHOLE_PLAN = "整體計畫"
NOT_ANSWERED = "（尚未回應）"


@dataclass(frozen=True, slots=True)
class ResponseLine:
    number: int
    place: str  # the number and the first words of the line, "" for the plan as a whole
    remark: str
    adoption: str = ""
    answer: str = ""
    units: tuple[str, ...] = ()
    waits: bool = True  # for an answer, where there is none

    @property
    def where(self) -> str:
        return self.place or WHOLE_PLAN

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """What was answered, paragraph by paragraph, the units that see to it last."""
        if not self.adoption:
            return (NOT_ANSWERED,) if self.waits else ("－",)
        named = (f"（{'、'.join(self.units)}）",) if self.units else ()
        return (*(part for part in self.answer.splitlines() if part.strip()), *named)


@dataclass(frozen=True, slots=True)
class ResponseRound:
    """The remarks told with one decision of the city; `told` says which, when and by what letter."""

    number: int
    told: str
    comment: str = ""
    lines: tuple[ResponseLine, ...] = ()
    answered: str = ""  # by whom and when, "" while nothing is

    @property
    def title(self) -> str:
        return f"第{self.number}次函報"


@dataclass(frozen=True, slots=True)
class ResponseSheet:
    """All rounds of a plan, the latest first."""

    plan: str
    agency: str
    year: int
    rounds: tuple[ResponseRound, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.plan}{TITLE}"

    def to_json(self) -> str:
        return canonical(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        values = json.loads(text)
        rounds = (
            ResponseRound(**{**one, "lines": tuple(_line(line) for line in one["lines"])})
            for one in values["rounds"]
        )
        return cls(**{**values, "rounds": tuple(rounds)})


def _line(values: dict[str, object]) -> ResponseLine:
    units = values.get("units")
    return ResponseLine(**{**values, "units": tuple(units) if isinstance(units, list) else ()})  # type: ignore[arg-type]  # as asdict wrote them
