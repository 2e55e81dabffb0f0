"""The table of `attainment.txt` as cases: what goes in, and what was worked out by hand to come out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from indicators.attainment import Attainment, Filed, Goal, Stage, Term, Yardstick, attain, even_terms
from indicators.enums import Aggregation, Comparator, Frequency, Per, ProgressState

TABLE = Path(__file__).with_name("attainment.txt")
BODIES = {"person", "unit", "village", "household", "case", "session", "each"}
REACHED = {"yes": True, "no": False, "?": None}
ONE = re.compile(
    r"(?P<period>\d+):(?P<what>-?[\d.]+(?:/[\d.]+)?|-|\{[\d,]*\})(?:v(?P<version>\d))?(?:@(?P<unit>\w))?(?P<waits>\?)?"
)


@dataclass(frozen=True)
class Row:
    what: str
    yardstick: str
    target: str
    filed: str
    now: str
    result: str
    percent: str
    reached: str
    state: str
    reasons: str


@dataclass(frozen=True)
class Given:
    """A row's left side, ready for `attain`."""

    yardstick: Yardstick
    goal: Goal
    filed: tuple[Filed, ...]
    terms: tuple[Term, ...]
    units: tuple[str, ...]
    stated: ProgressState | None

    def attain(self, **changes: Any) -> Attainment:
        filed, terms = changes.pop("filed", self.filed), changes.pop("terms", self.terms)
        options = {"units": self.units, "stated": self.stated} | changes
        return attain(self.yardstick, self.goal, filed, terms, **options)


def rows() -> list[Row]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if line and not line.startswith("#")]
    return [Row(*(cell.strip() for cell in line.split("|"))) for line in found]


def given(row: Row) -> Given:
    comparator, goal = _goal(row.target)
    over, _, rest = row.now.partition(" ")
    done, count = over.split("/")
    said = re.search(r"says (\w+)", rest)
    units = re.search(r"units ((?:\w(?: |$))+)", rest)
    return Given(
        _yardstick(row.yardstick, comparator),
        goal,
        tuple(_filed(word) for word in row.filed.split()),
        even_terms(int(count), int(done)),
        tuple(units[1].split()) if units else (),
        ProgressState(said[1]) if said else None,
    )


def told(number: Decimal | None, places: int) -> str:
    """Return a number as the table writes it."""
    if number is None:
        return "-"
    number = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{number.normalize():f}" if number else "0"


def _yardstick(words: str, comparator: str) -> Yardstick:
    aggregation, *rest = words.split()
    values: dict[str, Any] = {"aggregation": Aggregation(aggregation), "comparator": comparator}
    for word in rest:
        if word in BODIES:
            values["per"] = Per(word)
        elif word in Frequency.values:
            values["frequency"] = Frequency(word)
        elif word == "last_year":
            values["baseline"] = word
        elif word in {"less", "more"}:
            values["direction"] = word
        elif word.startswith("decimals="):
            values["decimals"] = int(word.removeprefix("decimals="))
        elif "/" in word:
            values["stages"] = tuple(
                Stage(key, Decimal(weight.rstrip("*")), f"M{key}", is_due=weight.endswith("*"))
                for key, weight in enumerate(word.split("/"), 1)
            )
        else:
            values["counted_in"] = word
    return Yardstick(**values)


def _goal(words: str) -> tuple[str, Goal]:
    target, _, start = words.partition(" from ")
    comparator, *numbers = target.split()
    if comparator == "-":
        return Comparator.AT_LEAST, Goal()
    value, value_max = [None if number == "-" else Decimal(number) for number in [*numbers, "-", "-"][:2]]
    return comparator, Goal(value, value_max, Decimal(start) if start else None)


def _filed(word: str) -> Filed:
    found = ONE.fullmatch(word)
    assert found, word
    what = found["what"]
    values: dict[str, Any] = {}
    if what.startswith("{"):
        values["reached"] = frozenset(int(key) for key in what[1:-1].split(",") if key)
    elif "/" in what:
        above, below = what.split("/")
        values |= {"numerator": Decimal(above), "denominator": Decimal(below)}
    elif what != "-":
        values["value"] = Decimal(what)
    return Filed(
        int(found["period"]),
        found["unit"] or "",
        is_accepted=not found["waits"],
        version=int(found["version"] or 1),
        **values,
    )
