"""PlanDocument: the one tree that screen, PDF, ODT, JSON, comparison and check list are made from.

Frozen dataclasses, built from rows by `plans/queries/documents.py` or read back from canonical JSON. Numbers
are stored in the JSON, so that a version prints years later as it was, whatever the numbering does by then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, Self

from core.numerals import to_chinese
from indicators.phrases import promise
from plans.enums import Kind
from plans.numbering import Numbers

SCHEMA = 1
# The fields of a target that belong to its indicator.
MANNER = (
    *("name", "counted_in", "comparator", "aggregation", "per", "frequency", "baseline", "direction"),
    "decimals",
)


class UnreadableDocument(ValueError):  # noqa: N818 -- named for what it says, as StaleSave is
    """The JSON is no plan, or one of a schema this program does not know."""


@dataclass(frozen=True, slots=True)
class UnitName:
    name: str
    duty: str = "lead"


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step towards a target: the day as 2026-06-30, the weight in per cent as text."""

    title: str
    due_on: str
    weight: str


@dataclass(frozen=True, slots=True)
class Target:
    """A promised value: decimals as text, `value` None when qualitative; enums of indicators/enums.py.

    Everything its attainment depends on stands here, so that a version in force counts as it was approved.
    Last year's result does not: it is no promise.
    """

    quote: str
    name: str
    comparator: str
    value: str | None
    value_max: str | None
    counted_in: str
    aggregation: str
    per: str = ""
    frequency: str = ""
    baseline: str = ""
    direction: str = "none"
    decimals: int = 0
    start: str | None = None  # what a level comes from: the 16 of 16小時→8小時
    milestones: tuple[Milestone, ...] = ()

    @property
    def words(self) -> str:
        """What is promised, in words."""
        return promise(
            self.comparator,
            None if self.value is None else Decimal(self.value),
            None if self.value_max is None else Decimal(self.value_max),
            self.counted_in,
            aggregation=self.aggregation,
            per=self.per,
            frequency=self.frequency,
            baseline=self.baseline,
            direction=self.direction,
            start=None if self.start is None else Decimal(self.start),
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A row of a roster."""

    title: str
    member: str
    duty: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A line of the plan. `uid` is its identity; `units` its own, "" and () mean nothing said here."""

    uid: str
    kind: str
    title: str = ""
    text: str = ""
    number: str = ""
    numbered: bool = True
    child_style: str = ""
    layout: str = ""
    points: str | None = None
    points_text: str = ""
    criterion: str = ""
    units: tuple[UnitName, ...] = ()
    all_units: bool = False
    targets: tuple[Target, ...] = ()
    roster: tuple[Member, ...] = ()
    children: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, in document order."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    # What the structure of a plan on paper asks of a line (plans/structure.py).

    @property
    def key(self) -> str:
        return self.uid

    @property
    def names_units(self) -> bool:
        return bool(self.units) or self.all_units

    @property
    def has_roster(self) -> bool:
        return bool(self.roster)

    @property
    def holds_rosters(self) -> bool:
        return any(node.kind == Kind.TABLE or node.roster for node in self.walk())


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands on the title page. `year` is Western; `column_heads` maps a node's uid to its heads."""

    title: str
    agency: str
    city: str
    district: str
    series: str
    year: int
    subtitle: str = ""
    attribute: str = ""
    note: str = ""
    sign_off: tuple[str, ...] = ()
    scheme: str = "standard"
    framework: str = ""  # its name within the city
    column_heads: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def heads_for(self, uid: str) -> tuple[str, ...]:
        return dict(self.column_heads).get(uid, ())


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file behind the plan: what it prints as, its name, and the digest of its bytes."""

    title: str
    file_name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PlanDocument:
    facts: Facts
    chapters: tuple[Node, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()

    def walk(self) -> Iterator[Node]:
        for chapter in self.chapters:
            yield from chapter.walk()

    def find(self, uid: str) -> Node | None:
        return next((node for node in self.walk() if node.uid == uid), None)

    @property
    def enclosure_lines(self) -> list[str]:
        """What stands of the attachments at the end: 附件一　名稱."""
        return [f"附件{to_chinese(number)}　{one.title}" for number, one in enumerate(self.enclosures, 1)]

    def numbered(self) -> Self:
        """Return the document with every number computed from the tree and the plan's scheme."""
        numbers = Numbers(self.facts.scheme)
        return replace(self, chapters=tuple(_number(chapter, numbers) for chapter in self.chapters))

    def to_json(self) -> str:
        """Return canonical JSON: keys sorted, no blanks, text unescaped, values that say nothing left out."""
        parts = {"schema": SCHEMA, "plan": _dump(self.facts), "chapters": _dump(self.chapters)}
        if self.enclosures:
            parts["enclosures"] = _dump(self.enclosures)
        return canonical(parts)

    def digest(self) -> str:
        """Return the sha256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read canonical JSON of this or an older schema. Raises UnreadableDocument."""
        try:
            data = json.loads(text)
            data = upgrade(data)
            facts = data["plan"]
            heads = tuple((uid, tuple(names)) for uid, names in facts.pop("column_heads", []))
            return cls(
                facts=Facts(**{**facts, "sign_off": tuple(facts.get("sign_off", ())), "column_heads": heads}),
                chapters=tuple(_load_node(chapter) for chapter in data.get("chapters", [])),
                enclosures=tuple(Enclosure(**row) for row in data.get("enclosures", ())),
            )
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            if isinstance(error, UnreadableDocument):
                raise
            raise UnreadableDocument(str(error)) from error


# Pure functions from one schema to the next, by the schema they start from. Stored bytes are never rewritten.
UPGRADERS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def upgrade(data: dict[str, Any]) -> dict[str, Any]:
    schema = data["schema"]
    while schema < SCHEMA:
        data, schema = UPGRADERS[schema](data), schema + 1
    if schema != SCHEMA:
        message = f"schema {schema} is newer than this program knows"
        raise UnreadableDocument(message)
    return data


def canonical(value: Any) -> str:
    """Return `value` as JSON that is the same for the same content: the text digests are taken of."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class EffectiveUnits:
    """Who answers for a node: its own units, or those of the nearest node above that names any."""

    names: tuple[str, ...] = ()
    all_units: bool = False
    source: str = ""  # uid of the node that names them, "" when nobody does


def effective_units(document: PlanDocument) -> dict[str, EffectiveUnits]:
    """Return for every uid the units that answer for it; responsibility is inherited downwards."""
    found: dict[str, EffectiveUnits] = {}
    stack = [(chapter, EffectiveUnits()) for chapter in reversed(document.chapters)]
    while stack:
        node, above = stack.pop()
        own = found[node.uid] = answering(node, above)
        stack.extend((child, own) for child in reversed(node.children))
    return found


def answering(node: Node, above: EffectiveUnits) -> EffectiveUnits:
    """Return who answers for a line: the units it names, or whoever answers for the line above it."""
    if not node.names_units:
        return above
    return EffectiveUnits(tuple(unit.name for unit in node.units), node.all_units, node.uid)


def _number(node: Node, numbers: Numbers) -> Node:
    number, inner = numbers.take(kind=node.kind, numbered=node.numbered, child_style=node.child_style)
    return replace(node, number=number, children=tuple(_number(child, inner) for child in node.children))


def _dump(value: Any) -> Any:
    if isinstance(value, (Facts, Node, UnitName, Target, Milestone, Member, Enclosure)):
        return {
            field.name: _dump(getattr(value, field.name))
            for field in fields(value)
            if getattr(value, field.name) != field.default
        }
    if isinstance(value, tuple):
        return [_dump(part) for part in value]
    return value


def _load_target(data: dict[str, Any]) -> Target:
    milestones = tuple(Milestone(**milestone) for milestone in data.get("milestones", ()))
    return Target(**{**data, "milestones": milestones})


def _load_node(data: dict[str, Any]) -> Node:
    parts = dict(data)
    parts["units"] = tuple(UnitName(**unit) for unit in data.get("units", ()))
    parts["targets"] = tuple(_load_target(target) for target in data.get("targets", ()))
    parts["roster"] = tuple(Member(**member) for member in data.get("roster", ()))
    parts["children"] = tuple(_load_node(child) for child in data.get("children", ()))
    return Node(**parts)
