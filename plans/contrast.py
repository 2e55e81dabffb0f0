"""The 新舊對照表: a Comparison as the three columns 修正規定, 現行規定, 說明 that page and paper print.

Words that stand on paper are constants here: a document is Chinese whatever the language of the site.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple, Self

from core.numerals import to_chinese
from core.roc import to_roc
from plans.compare import (
    UNITS_BETWEEN,
    Change,
    Comparison,
    Field,
    Row,
    RowKind,
    answering,
    compare,
    roster_text,
)
from plans.document import Facts, Node, PlanDocument, canonical
from plans.enums import Scheme
from plans.explaining import FACTS, fact_note, notes
from plans.words import ADDED, EQUAL, REMOVED, Words, compare_names, new_words, old_words

TITLE = "新舊對照表"
NEW_HEAD, OLD_HEAD, NOTES_HEAD = HEADS = ("修正規定", "現行規定", "說明")
NOTHING_OLD, NOTHING_NEW = "（無）", "（刪除）"
SAME = "兩者內容相同，無修正之處。"
MARKS = "新增文字加粗並加底線，刪除文字加刪除線。"  # in the printed table
STATES: dict[RowKind, str] = {
    RowKind.UNCHANGED: "未修正",
    RowKind.CHANGED: "修正",
    RowKind.MOVED: "移列",
    RowKind.MOVED_AND_CHANGED: "移列並修正",
    RowKind.ADDED: "新增",
    RowKind.REMOVED: "刪除",
}
FACTS_HEAD = "計畫名稱及其他記載"
LONGEST_STEP = 22  # characters of each heading in a path, and of a line in the list of changes


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line: its title, points, text, roster or units (`name`), with marked words."""

    name: str
    words: Words


@dataclass(frozen=True, slots=True)
class Cell:
    number: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Sheet:
    """Two documents to be compared, what is known of their lines, and what stands above their columns.

    The keys name the two sides in addresses (plans/queries/comparing.py).
    """

    old: PlanDocument
    new: PlanDocument
    links: Mapping[str, str]
    old_name: str
    new_name: str
    old_key: str = ""
    new_key: str = ""

    @property
    def title(self) -> str:
        return f"{self.new.facts.title}{TITLE}"

    def comparison(self) -> Comparison:
        return compare(self.old, self.new, predecessors=self.links)

    def to_json(self) -> str:
        """Return all of it as canonical JSON, both documents in their own."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return canonical(values | {"old": self.old.to_json(), "new": self.new.to_json()})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote. Raises UnreadableDocument."""
        values = json.loads(text)
        sides = {name: PlanDocument.from_json(values[name]) for name in ("old", "new")}
        return cls(**{**values, **sides})


class Side(NamedTuple):
    head: str
    cell: Cell | None
    nothing: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table. `new` or `old` is None where the line stands on the other side alone."""

    uid: str
    kind: RowKind
    new: Cell | None
    old: Cell | None
    notes: tuple[str, ...]
    name: str  # for the list of changes
    sort: str = "line"

    @property
    def state(self) -> str:
        return STATES[self.kind]

    @property
    def sides(self) -> tuple[Side, Side]:
        """Return both columns, each with its head and what stands where there is no line."""
        return (Side(NEW_HEAD, self.new, NOTHING_NEW), Side(OLD_HEAD, self.old, NOTHING_OLD))

    @property
    def numbered_notes(self) -> tuple[str, ...]:
        """Return the notes as official tables write them: several are 一、, 二、."""
        if len(self.notes) < 2:
            return self.notes
        return tuple(f"{to_chinese(count)}、{note}" for count, note in enumerate(self.notes, 1))


@dataclass(frozen=True, slots=True)
class Head:
    """The headings below which the lines that follow stand."""

    uid: str  # of the first line below
    steps: tuple[str, ...]
    sort: str = "head"

    @property
    def text(self) -> str:
        return "／".join(self.steps)


@dataclass(frozen=True, slots=True)
class Fold:
    """Lines that are the same on both sides and not shown; some bear another number than before."""

    uid: str  # of the first of them
    count: int
    renumbered: int
    sort: str = "fold"


Entry = Line | Head | Fold


def contrast(comparison: Comparison, *, shows_all: bool = False) -> list[Entry]:
    """Return the table's entries: what changed below its headings, the rest folded unless all is shown."""
    facts = list(_fact_lines(comparison.facts))
    entries: list[Entry] = [Head("facts", (FACTS_HEAD,)), *facts] if facts else []
    if shows_all:
        return [*entries, *map(_line, comparison.rows)]
    shown: set[str] = set()  # the lines seen since the last heading: what stands below them needs none
    hidden: list[Row] = []
    for row in comparison.rows:
        if row.kind == RowKind.UNCHANGED:
            hidden.append(row)
            continue
        if hidden:
            entries.append(_fold(hidden))
            hidden = []
        path = row.path
        if path and path[-1].uid not in shown:
            shown = {path[-1].uid}
            entries.append(Head(row.place.node.uid, _steps(path)))
        elif not path and any(isinstance(entry, Head) for entry in entries):
            # A chapter stands below nothing, least of all below the heading of the line before it.
            shown = set()
            entries.append(Head(row.place.node.uid, _steps([row.place.node])))
        shown.add(row.place.node.uid)
        entries.append(_line(row))
    return [*entries, _fold(hidden)] if hidden else entries


def _fold(rows: Sequence[Row]) -> Fold:
    return Fold(rows[0].place.node.uid, len(rows), sum(row.is_renumbered for row in rows))


def side_name(facts: Facts, *, version: tuple[int, str] | None, names_year: bool) -> str:
    """Return what stands under the head of a column: 115年度計畫, 第3版「送審前」, 目前內容."""
    year = f"{to_roc(facts.year)}年度計畫" if names_year else ""
    if version is None:
        return year or "目前內容"
    number, name = version
    return f"{year}第{number}版{f'「{name}」' if name else ''}"


def summary(comparison: Comparison) -> str:
    """Return how much changed, in a sentence."""
    if comparison.is_same:
        return SAME
    counts = comparison.counts
    told = [
        f"{STATES[kind]}{counts[kind]}項"
        for kind in (
            RowKind.ADDED,
            RowKind.REMOVED,
            RowKind.CHANGED,
            RowKind.MOVED,
            RowKind.MOVED_AND_CHANGED,
        )
        if counts[kind]
    ]
    if comparison.facts:
        told.append(f"{FACTS_HEAD}修正{len(comparison.facts)}處")
    rest = counts[RowKind.UNCHANGED]
    return f"{'、'.join(told)}{f'；其餘{rest}項未修正' if rest else ''}。"


def _steps(path: Iterable[Node]) -> tuple[str, ...]:
    return tuple(_name(node) for node in path)


def _name(node: Node) -> str:
    words = " ".join((node.title or node.text).split())
    short = words if len(words) <= LONGEST_STEP else f"{words[:LONGEST_STEP]}…"
    return f"{node.number}{short}"


# -- cells --------------------------------------------------------------------------------------------


def _line(row: Row) -> Line:
    node = row.place.node
    before = row.before.node if row.before else None
    after = row.after.node if row.after else None
    parts = tuple(_parts(row, before, after))
    return Line(
        uid=node.uid,
        kind=row.kind,
        new=Cell(after.number, _side(parts, new_words)) if after else None,
        old=Cell(before.number, _side(parts, old_words)) if before else None,
        notes=tuple(notes(row)),
        name=_name(node),
    )


def _side(parts: Iterable[Part], words_of: Callable[[Words], Words]) -> tuple[Part, ...]:
    sides = (Part(part.name, words_of(part.words)) for part in parts)
    return tuple(side for side in sides if side.words)


def _parts(row: Row, before: Node | None, after: Node | None) -> Iterator[Part]:
    """Yield what the line says on either side: what it prints, and in brackets who answers for it."""
    for name, field, text in _TEXTS:
        old = text(before) if before else None
        new = text(after) if after else None
        change = row.change_of(field)
        if change is not None:
            yield Part(name, change.words)
        elif words := _marked(old, new):
            yield Part(name, words)
    units = _unit_words(answering(before) if before else None, answering(after) if after else None)
    if units:
        yield Part("units", units)


_TEXTS: tuple[tuple[str, Field, Callable[[Node], str]], ...] = (
    ("title", Field.TITLE, lambda node: node.title),
    ("points", Field.POINTS_TEXT, lambda node: node.points_text),
    ("text", Field.TEXT, lambda node: node.text),
    ("roster", Field.ROSTER, roster_text),
)


def _marked(old: str | None, new: str | None) -> Words:
    """Return a text as words: all added or removed where the other side has no line at all."""
    text = new if old is None else old
    mark = ADDED if old is None else REMOVED if new is None else EQUAL
    return ((mark, text),) if text else ()


def _unit_words(before: tuple[str, ...] | None, after: tuple[str, ...] | None) -> Words:
    if before is not None and after is not None:
        return compare_names(before, after, separator=UNITS_BETWEEN)
    old, new = (None if names is None else UNITS_BETWEEN.join(names) for names in (before, after))
    return _marked(old, new)


def _fact_lines(changes: Iterable[Change]) -> Iterator[Line]:
    for change in changes:
        name = FACTS[change.field]
        words = change.words
        if change.field == Field.SCHEME:
            words = ((REMOVED, str(Scheme(change.before).label)), (ADDED, str(Scheme(change.after).label)))
        part = (Part("text", words),)
        number = f"{name}："
        new = Cell(number, _side(part, new_words)) if change.after else None
        old = Cell(number, _side(part, old_words)) if change.before else None
        kind = RowKind.CHANGED if new and old else RowKind.ADDED if new else RowKind.REMOVED
        yield Line(f"fact-{change.field}", kind, new, old, (fact_note(change),), name)
