"""What the importer proposes: a tree with its confidence, and everything it could not place.

Plain dataclasses, no rows. `documents/ingest/propose.py` makes one from text, the correction screen
edits one, `documents/services.py` writes one through the services of `plans`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# The kinds of an item as plans/enums.py names them; repeated here because the importer knows no rows.
Kind = Literal["chapter", "heading", "action", "target", "note", "table"]
Layout = Literal["", "outline", "responsibility", "target_table", "roster"]
Origin = Literal["target", "action", "frequency"]

LOW_CONFIDENCE = 0.7  # below this the correction screen marks the line


@dataclass(frozen=True)
class Span:
    """First and last line of the source, counted from 1."""

    first: int
    last: int


@dataclass
class ProposedItem:
    """One line of the plan to be. `parent` is another item's `id`; chapters have None.

    `title` is for what has items or text below it, `text` for the sentence itself: a one-line item has
    only text. `marker` is as in the source ("1-3", "( 二 )", "○1"), "" where the line had none;
    `numbered` says whether the printed plan numbers it. `units` are names as printed and stand where
    the source has them (`own_units`); the effective ones are inherited downward.
    """

    id: int
    parent: int | None
    kind: Kind
    marker: str = ""
    title: str = ""
    text: str = ""
    numbered: bool = True
    child_style: str = ""  # a style of plans/numbering.py for the children, "" = next of the scheme
    layout: Layout = ""
    units: list[str] = field(default_factory=list)
    all_units: bool = False
    points: str | None = None  # decimal as text, from (400 分) or (25%)
    points_text: str = ""  # the points as printed: "(400 分)"; counted as placed
    confidence: float = 1.0
    lines: Span = field(default_factory=lambda: Span(0, 0))


@dataclass
class ProposedTarget:
    """A reading of a sentence; `item` is the id of the item whose text holds `quote`."""

    item: int
    quote: str
    name: str
    comparator: Literal[">=", ">", "=", "<", "<=", "between", "done"]
    value: str | None
    value_max: str | None
    counted_in: str
    aggregation: str
    per: str
    origin: Origin


@dataclass
class ProposedMember:
    """A row of the roster, under the item of kind table named by `item`."""

    item: int
    title: str
    member: str
    duty: str
    remark: str = ""
    lines: Span = field(default_factory=lambda: Span(0, 0))


@dataclass
class Unplaced:
    line: int
    text: str


@dataclass
class ReadingWarning:
    line: int
    code: str
    message: str


@dataclass
class PlanFacts:
    title: str = ""
    subtitle: str = ""  # the revision line: 112年12月修訂
    agency: str = ""  # 高雄市三民區公所
    attribute: str = ""  # 第一線服務機關, from 機關（單位）屬性：
    note: str = ""  # the text after 備註：
    sign_off: list[str] = field(default_factory=list)  # 填表人, 單位主管（機關首長）


@dataclass
class Columns:
    """Heads of one table as printed, and the item whose body it is."""

    item: int | None
    heads: list[str]
    lines: Span


@dataclass
class Dropped:
    """Characters of the source that carry no content of their own, counted as placed.

    `reason`: markup, head (of a table), label (a bare 預期目標, a repeated label, a colon before a
    fact), rule (a row of dashes between cells).
    """

    line: int
    text: str
    reason: Literal["markup", "head", "label", "rule"]
    last: int = 0  # where the text may stand on any of several lines: the last of them


@dataclass
class Proposal:
    plan: PlanFacts = field(default_factory=PlanFacts)
    items: list[ProposedItem] = field(default_factory=list)  # in document order, parents first
    targets: list[ProposedTarget] = field(default_factory=list)
    task_force: list[ProposedMember] = field(default_factory=list)
    columns: list[Columns] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    warnings: list[ReadingWarning] = field(default_factory=list)
    source: list[str] = field(default_factory=list)  # the lines as read, for the left side of the screen
