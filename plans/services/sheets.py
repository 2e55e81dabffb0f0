"""Many lines written at once, as a sheet gives them: words, settings, units and places, under one lock."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts.models import Unit, User
from plans.enums import Kind
from plans.models import Criterion, Item, Plan, Responsibility
from plans.services.items import MAX_DEPTH, PLAIN, WORDS, check_kind
from plans.services.locking import lock_open, store_change

BATCH = 500


@dataclass(frozen=True)
class Place:
    """Below which line (None: among the chapters), and as which of its lines, counted from 1.

    Without a number it is the last.
    """

    parent: uuid.UUID | None = None
    number: int | None = None


@dataclass(frozen=True)
class LineChange:
    """What is to become of a line. `uid` None adds one. `values` are cleaned ones, as `save_item` takes
    them; without `place` the line stays where it is. `name` is what a complaint calls it."""

    uid: uuid.UUID | None
    version: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)
    place: Place | None = None
    name: str = ""


@transaction.atomic
def write_lines(plan_pk: int, changes: Sequence[LineChange], *, actor: User) -> list[Item]:
    """Write these lines of the open plan, and return them. Lines that are not named stay as they are.

    Raises ValidationError where a line was changed since the version it was made from, or where a place is
    none: below itself, too deep, or gone.
    """
    plan = lock_open(plan_pk)
    if not changes:
        return []
    tree = _Tree(plan)
    _check_units(plan, changes)
    written = [(_line(plan, tree, change), change) for change in changes]
    for item, change in written:
        if change.place is not None:
            tree.move(item, change)
    tree.check_depth({item.uid: change.name for item, change in written})
    for item, change in written:
        _set(plan, tree, item, change.values)
    is_words = all(change.place is None and WORDS.issuperset(change.values) for _item, change in written)
    revision = store_change(plan, shape=not is_words)
    touched = tree.number()
    now = timezone.now()
    for item, change in written:
        item.changed_in, item.updated_at = revision, now
        if change.uid is not None:
            item.version += 1
    _store(tree, written, touched, actor=actor)
    _store_units(
        [(item, change.values["units"]) for item, change in written if "units" in change.values], actor=actor
    )
    return [item for item, _change in written]


def _line(plan: Plan, tree: _Tree, change: LineChange) -> Item:
    if change.uid is None:
        item = Item(plan=plan, position=0, kind=Kind.ACTION)
        tree.add(item)
        return item
    found = tree.items.get(change.uid)
    if found is None:
        raise ValidationError(_("“%(name)s” is no longer in the plan."), params={"name": change.name})
    if found.version != change.version:
        raise ValidationError(
            _("“%(name)s” has just been changed by somebody else."), params={"name": change.name}
        )
    return found


def _check_units(plan: Plan, changes: Sequence[LineChange]) -> None:
    wanted = {row["unit"] for change in changes for row in change.values.get("units", ())}
    if Unit.objects.filter(district=plan.district_id, pk__in=wanted).count() != len(wanted):
        raise ValidationError({"units": _("A unit is not one of this district.")})


def _set(plan: Plan, tree: _Tree, item: Item, values: Mapping[str, Any]) -> None:
    holder = tree.parents[item.uid]
    item.parent = holder
    if holder is None:
        item.kind = Kind.CHAPTER
    elif item.kind == Kind.CHAPTER:
        item.kind = Kind.HEADING if item.title else Kind.ACTION
    check_kind(item, values)
    for name in PLAIN:
        if name in values:
            setattr(item, name, values[name])
    if "points" in values:
        item.points = None if values["points"] is None else Decimal(values["points"])
    if "criterion" in values:
        item.criterion = tree.criterion(plan, values["criterion"])


class _Tree:
    """The present lines of a plan, and which stands where while some of them move."""

    def __init__(self, plan: Plan) -> None:
        rows = list(Item.objects.present().filter(plan=plan).order_by("position", "pk"))
        by_key = {item.pk: item for item in rows}
        self.items = {item.uid: item for item in rows}
        self.parents = {item.uid: by_key.get(item.parent_id or 0) for item in rows}
        self._lines: dict[uuid.UUID | None, list[Item]] = defaultdict(list)
        for item in rows:
            self._lines[self._above(item)].append(item)
        self._coming: dict[uuid.UUID | None, list[tuple[int, int, Item]]] = defaultdict(list)
        self._criteria: dict[str, Criterion] | None = None

    def add(self, item: Item) -> None:
        self.items[item.uid] = item
        self.parents[item.uid] = None

    def move(self, item: Item, change: LineChange) -> None:
        """Take a line out of where it stands; `number` puts it where it is to stand."""
        place = change.place or Place()
        holder = self.items.get(place.parent) if place.parent else None
        if place.parent and holder is None:
            raise ValidationError(
                _("The line above “%(name)s” is no longer in the plan."), params={"name": change.name}
            )
        line = self._lines[self._above(item)]
        self._lines[self._above(item)] = [one for one in line if one is not item]
        self.parents[item.uid] = holder
        number = place.number if place.number is not None else len(self.items) + 1
        self._coming[place.parent].append((number, len(self._coming[place.parent]), item))

    def check_depth(self, names: Mapping[uuid.UUID, str]) -> None:
        depths: dict[uuid.UUID, int] = {}
        for uid in self.items:
            path = []
            at: uuid.UUID | None = uid
            while at is not None and at not in depths:
                if at in path:
                    raise ValidationError(
                        _("“%(name)s” cannot stand below itself."), params={"name": names.get(at, "")}
                    )
                path.append(at)
                above = self.parents[at]
                at = above.uid if above else None
            depth = depths[at] if at is not None else 0
            for step in reversed(path):
                depth += 1
                depths[step] = depth
            if depths[uid] > MAX_DEPTH:
                raise ValidationError(
                    _("A plan has at most %(most)d levels; this line would be deeper."),
                    params={"most": MAX_DEPTH},
                )

    def number(self) -> list[Item]:
        """Give every line its position again where lines came; return those that only made room."""
        made_room = []
        for parent, coming in self._coming.items():
            line = self._lines[parent]
            for number, _order, item in sorted(coming, key=lambda one: one[:2]):
                line.insert(max(number - 1, 0), item)
            movers = {id(item) for _number, _order, item in coming}
            for position, item in enumerate(line):
                if id(item) not in movers and item.position != position:
                    made_room.append(item)
                item.position = position
        return made_room

    def criterion(self, plan: Plan, code: str) -> Criterion | None:
        if not code:
            return None
        if self._criteria is None:
            self._criteria = {row.code: row for row in Criterion.objects.filter(framework=plan.framework_id)}
        if code not in self._criteria:
            raise ValidationError({"criterion": _("The framework of this plan has no such criterion.")})
        return self._criteria[code]

    def _above(self, item: Item) -> uuid.UUID | None:
        holder = self.parents[item.uid]
        return holder.uid if holder else None


def _store(
    tree: _Tree, written: Sequence[tuple[Item, LineChange]], touched: Sequence[Item], *, actor: User
) -> None:
    # Places of lines that only made room are no change of those lines: their history stays quiet.
    Item.objects.bulk_update(touched, ["position"], batch_size=BATCH)
    # New lines stand below lines that were there before, so one level is all there is.
    added = [item for item, change in written if change.uid is None]
    for item in added:
        item.parent = tree.parents[item.uid]
    bulk_create_with_history(added, Item, batch_size=BATCH, default_user=actor)
    kept = [(item, change) for item, change in written if change.uid is not None]
    columns = {"version", "changed_in", "updated_at"}
    for _item, change in kept:
        columns.update(name for name in change.values if name != "units")
        if change.place is not None:
            columns.update({"parent", "position", "kind"})
    bulk_update_with_history(
        [item for item, _change in kept], Item, sorted(columns), batch_size=BATCH, default_user=actor
    )


def _store_units(wanted: Sequence[tuple[Item, Sequence[Mapping[str, Any]]]], *, actor: User) -> None:
    have: dict[int, dict[int, Responsibility]] = defaultdict(dict)
    for row in Responsibility.objects.filter(item__in=[item.pk for item, _units in wanted]):
        have[row.item_id][row.unit_id] = row
    added, changed = [], []
    for item, units in wanted:
        keys = {row["unit"] for row in units}
        for key, row in have[item.pk].items():
            if key not in keys:
                row._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001 -- simple-history's documented way
                row.delete()
        for position, value in enumerate(units):
            kept = have[item.pk].get(value["unit"])
            if kept is None:
                added.append(
                    Responsibility(item=item, unit_id=value["unit"], duty=value["duty"], position=position)
                )
            elif (kept.duty, kept.position) != (value["duty"], position):
                kept.duty, kept.position = value["duty"], position
                changed.append(kept)
    bulk_create_with_history(added, Responsibility, batch_size=BATCH, default_user=actor)
    bulk_update_with_history(
        changed, Responsibility, ["duty", "position"], batch_size=BATCH, default_user=actor
    )
