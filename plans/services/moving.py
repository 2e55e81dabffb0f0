"""Where the lines of a plan stand: moved, put on another level, deleted and brought back.

Lines keep their order of reading when their level changes, as in a word processor: what followed a line
that moves out by one level stands below it afterwards.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from accounts.models import User
from core.history import save_as
from plans.enums import Kind, Removal
from plans.models import Item, ItemQuerySet, Plan
from plans.services.items import (
    MAX_DEPTH,
    is_taken,
    last_below,
    open_place,
    path_of,
    present_item,
    remember,
)
from plans.services.locking import lock_open, next_moment, store_change


@transaction.atomic
def move_item(
    plan_pk: int,
    uid: uuid.UUID,
    *,
    actor: User,
    parent: uuid.UUID | None,
    after: uuid.UUID | None,
    token: uuid.UUID | None = None,
) -> Item:
    """Put a line, with all below it, below `parent` (None: among the chapters), behind its child `after`."""
    plan = lock_open(plan_pk)
    item = present_item(plan, uid)
    if is_taken(plan, actor, token):
        return item
    holder = present_item(plan, parent) if parent else None
    if after == uid:
        raise ValidationError(_("A line cannot stand behind itself."))
    remember(plan, actor, token)
    _place(plan, item, holder, after, actor=actor)
    return item


@transaction.atomic
def shift_item(
    plan_pk: int, uid: uuid.UUID, direction: str, *, actor: User, token: uuid.UUID | None = None
) -> Item:
    """Move a line one step: up or down among its siblings, in below the line before it, or out.

    Raises ValidationError, in words, when there is nowhere to go.
    """
    plan = lock_open(plan_pk)
    item = present_item(plan, uid)
    if is_taken(plan, actor, token):
        return item
    remember(plan, actor, token)
    _STEPS[direction](plan, item, actor)
    return item


@transaction.atomic
def remove_items(
    plan_pk: int, uids: Collection[uuid.UUID], *, actor: User, token: uuid.UUID | None = None
) -> list[Item]:
    """Take lines, with all below them, out of the plan; `restore_items` brings them back.

    They are retired and not deleted: history, comments and versions name them. Lines that are gone
    already are passed over. Returns the retired lines.
    """
    plan = lock_open(plan_pk)
    if is_taken(plan, actor, token):
        return list(plan.items.filter(uid__in=uids))
    chosen = Item.objects.present().filter(plan=plan, uid__in=uids).order_by().values_list("pk", flat=True)
    going = list(Item.objects.filter(pk__in=_with_below(chosen)))
    remember(plan, actor, token)
    if not going:
        return []
    moment, revision = next_moment(plan), store_change(plan)
    for item in going:
        item.removed_at, item.removed_as, item.changed_in = moment, Removal.DELETED, revision
    bulk_update_with_history(
        going, Item, ["removed_at", "removed_as", "changed_in"], batch_size=500, default_user=actor
    )
    return going


@transaction.atomic
def restore_items(
    plan_pk: int, uids: Collection[uuid.UUID], *, actor: User, token: uuid.UUID | None = None
) -> list[Item]:
    """Bring deleted lines back to their place, with what was deleted together with them below them.

    A line whose heading was deleted too brings the heading back with it. Returns the lines that came back.
    """
    plan = lock_open(plan_pk)
    if is_taken(plan, actor, token):
        return list(plan.items.filter(uid__in=uids))
    remember(plan, actor, token)
    rows = {item.pk: item for item in plan.items.filter(removed_as=Removal.DELETED)}
    below: dict[int | None, list[Item]] = defaultdict(list)
    for item in rows.values():
        below[item.parent_id].append(item)
    coming: dict[int, Item] = {}
    stack = [item for item in rows.values() if item.uid in set(uids)]
    for item in list(stack):
        above = rows.get(item.parent_id) if item.parent_id else None
        while above is not None and above.pk not in coming:
            coming[above.pk] = above
            above = rows.get(above.parent_id) if above.parent_id else None
    while stack:
        item = stack.pop()
        coming[item.pk] = item
        stack.extend(child for child in below[item.pk] if child.removed_at == item.removed_at)
    if not coming:
        raise ValidationError(
            _("There is nothing to bring back: these lines stand in the plan, or never did.")
        )
    revision = store_change(plan)
    back = list(coming.values())
    for item in back:
        if item.parent_id and not _stands(plan, item.parent_id, coming):
            # Its heading went with an import. It comes back as a chapter rather than not at all.
            item.parent, item.kind = None, Kind.CHAPTER
    _check_depths(coming)
    for item in back:
        item.removed_at, item.removed_as, item.changed_in = None, "", revision
    bulk_update_with_history(
        back,
        Item,
        ["parent", "kind", "removed_at", "removed_as", "changed_in"],
        batch_size=500,
        default_user=actor,
    )
    return back


def _stands(plan: Plan, key: int, coming: dict[int, Item]) -> bool:
    return key in coming or Item.objects.present().filter(plan=plan, pk=key).exists()


def _check_depths(coming: dict[int, Item]) -> None:
    """Refuse lines that would be too deep: their heading may have moved further in meanwhile."""
    levels: dict[int, int] = {}
    for item in coming.values():
        top, level = item, 1
        while top.parent_id in coming:
            top, level = coming[top.parent_id], level + 1
        levels[top.pk] = max(level, levels.get(top.pk, 0))
    for key, level in levels.items():
        if len(path_of(coming[key].parent)) + level > MAX_DEPTH:
            raise _too_deep()


def _too_deep() -> ValidationError:
    return ValidationError(
        _("A plan has at most %(most)d levels; this line would be deeper."), params={"most": MAX_DEPTH}
    )


def _up(plan: Plan, item: Item, actor: User) -> None:
    above = _line_before(item)
    if above is None:
        raise ValidationError(_("It is the first of its level already."))
    _exchange(plan, item, above, actor=actor)


def _down(plan: Plan, item: Item, actor: User) -> None:
    below = _lines_behind(item).order_by("position", "pk").first()
    if below is None:
        raise ValidationError(_("It is the last of its level already."))
    _exchange(plan, item, below, actor=actor)


def _in(plan: Plan, item: Item, actor: User) -> None:
    above = _line_before(item)
    if above is None:
        raise ValidationError(_("There is no line before it on its level that it could stand below."))
    _place(plan, item, above, last_below(plan, above), actor=actor)


def _out(plan: Plan, item: Item, actor: User) -> None:
    if item.parent is None:
        raise ValidationError(_("It stands on the outermost level already."))
    followers = list(_lines_behind(item).order_by("position", "pk"))
    parent = item.parent
    _place(plan, item, parent.parent, parent.uid, actor=actor)
    if followers:
        # Behind the deleted ones too, which come back to where they stood.
        last = plan.items.filter(parent=item).aggregate(position=Max("position"))["position"]
        start = 0 if last is None else last + 1
        for number, follower in enumerate(followers):
            follower.parent, follower.position, follower.changed_in = item, start + number, plan.revision
            follower.version += 1
        bulk_update_with_history(
            followers,
            Item,
            ["parent", "position", "version", "changed_in"],
            batch_size=500,
            default_user=actor,
        )


_STEPS = {"up": _up, "down": _down, "in": _in, "out": _out}


def _line_before(item: Item) -> Item | None:
    """Return the line before this one on its level."""
    before = Q(position__lt=item.position) | Q(position=item.position, pk__lt=item.pk)
    line = Item.objects.present().right_below(item.plan_id, item.parent_id).filter(before)
    return line.order_by("-position", "-pk").first()


def _lines_behind(item: Item) -> ItemQuerySet:
    behind = Q(position__gt=item.position) | Q(position=item.position, pk__gt=item.pk)
    return Item.objects.present().right_below(item.plan_id, item.parent_id).filter(behind)


def _exchange(plan: Plan, item: Item, other: Item, *, actor: User) -> None:
    """Let a line change places with its neighbour, which is no change of that one."""
    if item.position == other.position:
        _set_apart(plan, item)
        for one in (item, other):
            one.refresh_from_db(fields=["position"])
    position, item.position = item.position, other.position
    Item.objects.filter(pk=other.pk).update(position=position)
    item.version += 1
    item.changed_in = store_change(plan)
    save_as(item, actor, update_fields=["position", "version", "changed_in", "updated_at"])


def _set_apart(plan: Plan, item: Item) -> None:
    """Give each line on the level of this one a place of its own: one that came back may share it."""
    line = list(Item.objects.right_below(plan, item.parent_id).order_by("position", "pk"))
    for position, one in enumerate(line):
        one.position = position
    Item.objects.bulk_update(line, ["position"], batch_size=500)


def _place(plan: Plan, item: Item, parent: Item | None, after: uuid.UUID | None, *, actor: User) -> None:
    above = path_of(parent)
    if item.pk in above:
        raise ValidationError(_("A line cannot be moved below itself."))
    if len(above) + 1 + max(_with_below([item.pk]).values()) > MAX_DEPTH:
        raise _too_deep()
    item.parent, item.position = parent, open_place(plan, parent, after)
    item.kind = _kind_below(parent, item)
    item.version += 1
    item.changed_in = store_change(plan)
    save_as(item, actor, update_fields=["parent", "position", "kind", "version", "changed_in", "updated_at"])


def _kind_below(parent: Item | None, item: Item) -> str:
    """Return the kind of a line at its new place: what stands at the top is a chapter, nothing else is."""
    if parent is None:
        return Kind.CHAPTER
    if item.kind != Kind.CHAPTER:
        return item.kind
    return Kind.HEADING if item.title else Kind.ACTION


def _with_below(keys: Collection[int]) -> dict[int, int]:
    """Return these lines and all present ones below them: how many levels below its first line each is.

    One query for each level, as deep as the lines go and not as many as the plan has.
    """
    levels = dict.fromkeys(keys, 0)
    line, level = list(levels), 0
    while line:
        level += 1
        below = Item.objects.present().filter(parent__in=line).order_by().values_list("pk", flat=True)
        line = [key for key in below if key not in levels]
        levels |= dict.fromkeys(line, level)
    return levels
