"""What the editor shows of a plan to one person. A fixed number of queries whatever the rows.

The sheet comes from the plan's document; single pieces of it from its shape, which is read much sooner.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from accounts.models import Unit, User
from plans.document import EffectiveUnits, Member, Node, PlanDocument, UnitName, answering
from plans.enums import Layout
from plans.layout import head_of, line_at
from plans.models import Criterion, Item, Plan
from plans.permissions import get_names_to_write_for, get_rights
from plans.queries.documents import plan_document, plan_facts
from plans.queries.shapes import roster_keys, rosters_of, shape_of, unit_keys, units_of, words_of
from plans.rights import Rights, is_written_by
from plans.shape import Numbering, Shape
from plans.sheet import Piece, piece_of_chapter, piece_of_line, piece_of_table, pieces_of
from plans.sheet_changes import ROW, Cut, Mark, Put, changes_between, cut_out, pk_of
from plans.structure import Key, Slot, What, in_row, rows_of, spans_of
from plans.tables import Table, roster_block

PREFIXES: dict[str, str] = {What.LINE: "i", What.TABLE: "t", What.ROSTER: "m", ROW: "r"}


@dataclass(frozen=True)
class Desk:
    plan: Plan
    document: PlanDocument
    rights: Rights
    pieces: list[Piece]


def desk_of(plan: Plan, user: User, *, on: dt.date) -> Desk:
    document = plan_document(plan)
    rights = get_rights(user, plan, document, on=on)
    return Desk(plan, document, rights, pieces_of(document, rights))


def units_to_name(plan: Plan, item: Item, *, on: dt.date) -> list[Unit]:
    """Return the units that exist, and those the line names although they no longer do."""
    units = Unit.objects.filter(district=plan.district_id)
    named = item.responsibilities.values("unit")
    return list((units.active(on) | units.filter(pk__in=named)).order_by("order", "name"))


def criteria_of(plan: Plan) -> list[Criterion]:
    return list(Criterion.objects.filter(framework=plan.framework_id)) if plan.framework_id else []


@dataclass(frozen=True)
class Swap:
    """What a step does to a sheet: ids to take out, to put and behind what, numbers to write; and the pieces.

    What is put where it stands has None for the id before it, the first of the sheet "".
    """

    remove: list[str]
    put: list[tuple[str, str | None]]
    numbers: dict[str, str]
    pieces: list[Piece]


def swap_between(plan: Plan, user: User, before: Shape, after: Shape, *, on: dt.date) -> Swap:
    """Return what turns the user's sheet of one shape into that of the other."""
    before, after = _completed(plan, before, after)
    changes = changes_between(before, after, plan.scheme)
    marks = [*changes.remove, *(mark for put in changes.put for mark in (put.mark, put.behind) if mark)]
    lines = _Lines(plan, after, changes.cut, {*changes.numbers, *(mark.key for mark in marks)})

    def name(mark: Mark) -> str:
        uid = lines.uids[mark.key]
        return f"i-{uid}-text" if mark.what == What.WORDS else f"{PREFIXES[mark.what]}-{uid}"

    def behind(put: Put) -> str | None:
        return None if put.stays else name(put.behind) if put.behind else ""

    return Swap(
        remove=list(map(name, changes.remove)),
        put=[(name(put.mark), behind(put)) for put in changes.put],
        numbers={f"i-{lines.uids[key]}": number for key, number in changes.numbers.items()},
        pieces=_pieces(lines, plan, user, changes.cut, on=on),
    )


def pieces_at(
    plan: Plan, user: User, ids: Collection[tuple[str, uuid.UUID | None]], *, on: dt.date
) -> list[Piece]:
    """Return pieces as they stand now, by prefix and uid of their ids; rows as a table of theirs alone."""
    whats = {prefix: [what] for what, prefix in PREFIXES.items()}
    whats[PREFIXES[What.ROSTER]].append(What.WORDS)  # the form of a roster opens in its caption
    wanted = [(what, uid) for prefix, uid in ids for what in whats.get(prefix, ()) if uid]
    if not wanted:
        return []
    rows = Item.objects.present().filter(plan=plan, uid__in=[uid for _what, uid in wanted])
    keys = dict(rows.order_by().values_list("uid", "pk"))
    marks = [Mark(what, keys[uid]) for what, uid in wanted if uid in keys]
    [shape] = _completed(plan, shape_of(plan))
    cut = cut_out(shape, marks)
    return _pieces(_Lines(plan, shape, cut), plan, user, cut, on=on)


def _completed(plan: Plan, *shapes: Shape) -> Iterator[Shape]:
    """Yield the shapes with what they are laid out by: rosters, and units where these make rows."""
    rostered = roster_keys(plan)
    named = unit_keys(plan) if shapes[-1].has(Layout.RESPONSIBILITY) else frozenset()
    for shape in shapes:
        yield replace(shape, named=named, rostered=rostered)


def _pieces(lines: _Lines, plan: Plan, user: User, cut: Cut, *, on: dt.date) -> list[Piece]:
    shape = lines.shape
    writes = lines.written_by(get_names_to_write_for(user, plan, on=on))

    def piece(slot: Slot) -> Piece:
        key = pk_of(slot.key)
        node = lines.nodes[key]
        if slot.what == What.CHAPTER:
            return piece_of_chapter(head_of(node), writes)
        if slot.what == What.ROSTER:
            return piece_of_table(roster_block(lines.facts, node), writes)
        if slot.what == What.TABLE:
            plans = rows_of(shape.spot(key), shape.source(key))
            rows = zip(plans, spans_of(plans), strict=True)
            return piece_of_table(lines.table(key).block(lines.facts, rows), writes)
        return piece_of_line(line_at(slot, node), writes)

    some = [
        piece_of_table(lines.table(top).block(lines.facts, rows), writes, "rows")
        for top, rows in cut.rows.items()
        if rows
    ]
    return [*map(piece, cut.slots), *some]


class _Lines:
    """The lines that are shown in a cut of the sheet, as nodes with all they say.

    With the uids of these, of those above them, and of those that are named besides.
    """

    def __init__(self, plan: Plan, shape: Shape, cut: Cut, named: Collection[int] = ()) -> None:
        self.shape = shape
        self.facts = plan_facts(plan)
        self.numbers = Numbering(shape, plan.scheme)
        self.keys = _keys_in(shape, cut)
        self.around = {above for key in self.keys for above in shape.path(key)}
        self.uids: dict[int, str] = {}
        self.words: dict[int, list[str]] = {}
        for key, uid, *words in words_of(self.around.union(named)):
            self.uids[key], self.words[key] = str(uid), words
        self.units: dict[int, list[UnitName]] = defaultdict(list)
        for key, name, duty in units_of(self.around):
            self.units[key].append(UnitName(name, duty))
        self.rosters: dict[int, list[Member]] = defaultdict(list)
        for key, *row in rosters_of(self.keys.intersection(shape.rostered)):
            self.rosters[key].append(Member(*row))
        self.answers: dict[int, EffectiveUnits] = {}
        self.nodes: dict[Key, Node] = {}
        for key in self.keys:
            if key not in self.nodes:
                self._build(key)

    def _build(self, key: int) -> Node:
        """Return the line with those below it that are shown too."""
        title, text, points_text = self.words[key]
        below = [one for one in self.shape.keys_at(key) if one in self.keys]
        self.nodes[key] = replace(
            self._bare(key),
            title=title,
            text=text,
            points_text=points_text,
            number=self.numbers.line(key)[0],
            roster=tuple(self.rosters[key]),
            children=tuple(self.nodes.get(one) or self._build(one) for one in below),
        )
        return self.nodes[key]

    def _bare(self, key: int) -> Node:
        """Return a line without words, and without what stands below it."""
        spot = self.shape.spot(key)
        return Node(
            uid=self.uids[key],
            kind=spot.kind,
            numbered=spot.numbered,
            child_style=spot.child_style,
            layout=spot.layout,
            units=tuple(self.units[key]),
            all_units=spot.all_units,
        )

    def table(self, top: int) -> Table:
        return Table(self.nodes[top], self.nodes, lambda key: self._units_of(pk_of(key)))

    def written_by(self, units: frozenset[str] | None) -> frozenset[str]:
        """Return the uids of lines here and above that people of these units may write; None are all."""
        return frozenset(
            self.uids[key]
            for key in self.around
            if units is None or is_written_by(units, self._units_of(key))
        )

    def _units_of(self, key: int) -> EffectiveUnits:
        if key not in self.answers:
            parent = self.shape.spot(key).parent
            above = EffectiveUnits() if parent is None else self._units_of(parent)
            self.answers[key] = answering(self._bare(key), above)
        return self.answers[key]


def _keys_in(shape: Shape, cut: Cut) -> set[int]:
    """Return the lines that are shown: with those that head a row, and what stands in its cells."""
    keys: set[int] = set()
    for slot in cut.slots:
        keys.update(shape.walk(pk_of(slot.key)) if slot.what == What.TABLE else [pk_of(slot.key)])
    for top, rows in cut.rows.items():
        keys.add(top)
        for row, _spans in rows:
            keys.update(map(pk_of, (*row.path, row.key)))
            if inner := in_row(shape.spot(pk_of(row.key)), row.holds):
                # With those beside them that are not told here: a label tells of what stands before it.
                keys.update(shape.keys_at(pk_of(row.key)))
                keys.update(key for one in inner for key in shape.walk(one.key))
    return keys
