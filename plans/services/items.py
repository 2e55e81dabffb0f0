"""Writing the lines of a plan: their words and what is set about them. Places are for `moving.py`."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from accounts.models import Unit, User
from core.history import save_as
from plans.enums import Duty, Kind, Layout, Style
from plans.models import Criterion, Item, Plan, Responsibility, RosterRow, TakenStep
from plans.services.locking import lock_open, store_change
from plans.services.rounds import touch_part

MAX_DEPTH = 12
SPARE = 15  # places kept free behind a line that was put between others
HUNDREDTH, MOST_POINTS = Decimal("0.01"), Decimal(100_000)
POINTS_TEXT_LIMIT, WORDS_LIMIT = 200, 20_000
PLAIN = ("title", "text", "kind", "numbered", "child_style", "layout", "points_text", "all_units")
FIELDS = (*PLAIN, "points", "criterion", "units", "roster")
# What only changes words where they stand. Everything else may change other lines, or their places.
WORDS = frozenset({"title", "text", "points"})

Values = Mapping[str, Any]


class StaleSave(Exception):  # noqa: N818 -- named for what it says
    """Somebody else changed the same fields since the page was made.

    `fields` names them; `base`, `mine` and `theirs` hold their values before, as sent, and as stored.
    """

    def __init__(self, *, fields: Sequence[str], base: Values, mine: Values, theirs: Values) -> None:
        super().__init__(", ".join(fields))
        self.fields = tuple(fields)
        self.base, self.mine, self.theirs = dict(base), dict(mine), dict(theirs)


@dataclass(frozen=True)
class Saved:
    """What a save left: the line, its values as they stand, and what of them it changed."""

    item: Item
    values: dict[str, Any]
    changed: tuple[str, ...] = ()
    changes_shape: bool = False
    is_repeat: bool = False


@dataclass(frozen=True)
class NewLine:
    """A line to be added: `depth` counts from the place it is added at, 0 being that place itself."""

    kind: str
    title: str = ""
    text: str = ""
    depth: int = 0
    numbered: bool = True
    roster: tuple[tuple[str, str, str, str], ...] = field(default=())


def values_of(item: Item) -> dict[str, Any]:
    """Return all that can be written about a line, in the form `save_item` takes."""
    values: dict[str, Any] = {name: getattr(item, name) for name in PLAIN}
    values["points"] = None if item.points is None else f"{item.points.normalize():f}"
    values["criterion"] = item.criterion.code if item.criterion else ""
    values["units"] = [
        {"unit": unit, "duty": duty}
        for unit, duty in item.responsibilities.order_by("position", "pk").values_list("unit_id", "duty")
    ]
    values["roster"] = [
        {"title": title, "member": member, "duty": duty, "remark": remark}
        for title, member, duty, remark in item.roster.order_by("position", "pk").values_list(
            "title", "member", "duty", "remark"
        )
    ]
    return values


@transaction.atomic
def save_item(
    plan_pk: int,
    uid: uuid.UUID,
    *,
    actor: User,
    base: Values,
    values: Values,
    token: uuid.UUID | None = None,
) -> Saved:
    """Write `values`, made from the line as it stood at `base`; what others changed meanwhile is kept.

    Raises StaleSave, carrying both sides, when somebody else changed one of the same fields. A token that
    was used before, for the same words, is answered with the line as it is, and nothing is written again.
    """
    plan = lock_open(plan_pk)
    # Fetched after the lock: a row loaded earlier would write stale columns into the history.
    item = present_item(plan, uid)
    # An import may have stored line ends and blanks that a form does not give back.
    now = clean_values(values_of(item))
    base, values = clean_values(base), clean_values(values)
    said = digest_of_words(str(uid), values)
    earlier = taken_step(plan, actor, token)
    if is_repeat_of(earlier, said):
        return Saved(item, now, is_repeat=True)
    changed = [name for name in values if values[name] != base.get(name, now[name])]
    clash = [name for name in changed if now[name] not in (base.get(name, now[name]), values[name])]
    if clash:
        raise StaleSave(
            fields=clash,
            base={name: base.get(name) for name in clash},
            mine={name: values[name] for name in clash},
            theirs={name: now[name] for name in clash},
        )
    changed = [name for name in changed if now[name] != values[name]]
    remember(plan, actor, token, {"said": said}, earlier=earlier)
    if not changed:
        return Saved(item, now)
    check_kind(item, values)
    shape = not WORDS.issuperset(changed) or _stands_otherwise(item, now, values)
    revision = store_change(plan, shape=shape)
    _write(plan, item, {name: values[name] for name in changed}, actor=actor)
    item.version += 1
    item.changed_in = revision
    columns = ["criterion" if name == "criterion" else name for name in changed]
    columns = [name for name in columns if name not in {"units", "roster"}]
    save_as(item, actor, update_fields=[*columns, "version", "changed_in", "updated_at"])
    touch_part(plan, actor, on=timezone.localdate())
    return Saved(item, values_of(item), tuple(changed), shape)


@transaction.atomic
def add_lines(
    plan_pk: int,
    lines: Sequence[NewLine],
    *,
    actor: User,
    parent: uuid.UUID | None = None,
    after: uuid.UUID | None = None,
    token: uuid.UUID | None = None,
) -> list[Item]:
    """Add lines below `parent` (None: as chapters), behind its child `after` (None: as the first).

    A line of a greater depth than the one before it stands below that one. Returns the new lines in
    order; for a token that was used before, those that were made then.
    """
    plan = lock_open(plan_pk)
    if made := taken_result(plan, actor, token):
        return list(plan.items.filter(uid__in=made.get("uids", [])).order_by("pk"))
    above = present_item(plan, parent) if parent else None
    depth = len(path_of(above))
    deepest = max((line.depth for line in lines), default=0)
    if depth + deepest + 1 > MAX_DEPTH:
        raise ValidationError(
            _("A plan has at most %(most)d levels; this line would be deeper."), params={"most": MAX_DEPTH}
        )
    position = open_place(plan, above, after, count=sum(1 for line in lines if line.depth == 0))
    revision = store_change(plan)
    made_items: list[Item] = []
    path: list[tuple[Item | None, int]] = [(above, position)]  # the parent, and the next place below it
    for line in lines:
        level = min(line.depth, len(path) - 1 if not made_items else len(path))
        if level == len(path):
            path.append((made_items[-1], 0))
        del path[level + 1 :]
        holder, at = path[level]
        path[level] = (holder, at + 1)
        item = Item(
            plan=plan,
            parent=holder,
            position=at,
            kind=_kind_at(holder, line.kind),
            title=clean_text(line.title),
            text=clean_text(line.text),
            numbered=line.numbered,
            changed_in=revision,
        )
        check_words({"title": item.title, "text": item.text})
        save_as(item, actor)
        _write_roster(item, [dict(zip(ROSTER, row, strict=True)) for row in line.roster], actor=actor)
        made_items.append(item)
    remember(plan, actor, token, {"uids": [str(item.uid) for item in made_items]})
    touch_part(plan, actor, on=timezone.localdate())
    return made_items


def present_item(plan: Plan, uid: uuid.UUID) -> Item:
    """Return a line that stands in the plan. Raises ValidationError when it was deleted meanwhile."""
    lines = Item.objects.present().select_related("criterion").order_by("pk")
    item = lines.filter(plan=plan, uid=uid).first()
    if item is None:
        raise ValidationError(_("This line is no longer in the plan; somebody deleted it."), code="gone")
    return item


def path_of(item: Item | None) -> list[int]:
    """Return the keys of a line and of those it stands below, in one query; none for no line."""
    if item is None:
        return []
    names = ["parent__" * step + "pk" for step in range(MAX_DEPTH)]
    above = Item.objects.filter(pk=item.pk).values_list(*names).get()
    return [key for key in above if key is not None]


def stands_below(plan: Plan, parent: Item | None, uid: uuid.UUID) -> bool:
    return Item.objects.present().right_below(plan, parent).filter(uid=uid).exists()


def last_below(plan: Plan, parent: Item | None) -> uuid.UUID | None:
    """Return the last line that stands below `parent`, if any does."""
    line = Item.objects.present().right_below(plan, parent).order_by("-position", "-pk")
    return line.values_list("uid", flat=True).first()


def open_place(plan: Plan, parent: Item | None, after: uuid.UUID | None, *, count: int = 1) -> int:
    """Make room for so many lines behind the child `after` of `parent`, or as the first: return where.

    Lines that only make room are not changed by that: their history stays quiet. They make some more than
    is needed, so that the next ones cost no line its place.
    """
    line = Item.objects.right_below(plan, parent)
    standing = line.present().order_by("position", "pk").values_list("position", flat=True)
    if after is None:
        position = standing.first() or 0
    else:
        found = standing.filter(uid=after).first()
        if found is None:
            raise ValidationError(
                _("The line before this place was moved or deleted meanwhile; look again and repeat."),
                code="gone",
            )
        position = found + 1
    # Deleted lines keep their place among the others, for they may come back to it.
    behind = line.filter(position__gte=position)
    nearest = behind.order_by("position").values_list("position", flat=True).first()
    if nearest is not None and nearest < position + count:
        behind.update(position=F("position") + (position + count + SPARE - nearest))
    return position


def is_taken(plan: Plan, actor: User, token: uuid.UUID | None) -> bool:
    return taken_step(plan, actor, token) is not None


def taken_result(plan: Plan, actor: User, token: uuid.UUID | None) -> dict[str, Any]:
    """Return what the step of this token left when it was taken before, else an empty dict."""
    taken = taken_step(plan, actor, token)
    result: dict[str, Any] = taken.result if taken else {}
    return result


def remember(
    plan: Plan,
    actor: User,
    token: uuid.UUID | None,
    result: Mapping[str, Any] | None = None,
    *,
    earlier: TakenStep | None = None,
) -> None:
    """Remember what the step of this token left; `earlier` is what it was used for before."""
    if earlier is not None:
        earlier.result = dict(result or {})
        earlier.save(update_fields=["result"])
    elif token is not None:
        TakenStep.objects.create(token=token, plan=plan, actor=actor, result=dict(result or {}))


def is_repeat_of(earlier: TakenStep | None, said: str) -> bool:
    """Say whether the same words were sent before: a page sent again with newer ones repeats nothing."""
    return earlier is not None and earlier.result.get("said", said) == said


def digest_of_words(name: str, values: Values) -> str:
    return hashlib.sha256(json.dumps([name, dict(values)], sort_keys=True).encode()).hexdigest()


def taken_step(plan: Plan, actor: User, token: uuid.UUID | None) -> TakenStep | None:
    """Return what the token was used for. Raises ValidationError where that was not this person, here."""
    taken = TakenStep.objects.filter(token=token).first() if token else None
    if taken is not None and (taken.plan_id, taken.actor_id) != (plan.pk, actor.pk):
        raise ValidationError(
            _("This page is damaged or out of date. Copy your text, then load it again."), code="token"
        )
    return taken


def clean_text(text: str) -> str:
    """Return text as it is stored: line ends of one kind, no blanks at the end of lines or of the whole."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def clean_values(values: Values) -> dict[str, Any]:
    """Return the values in the one form in which they are compared and stored."""
    cleaned = {name: values[name] for name in FIELDS if name in values}
    for name in ("title", "text", "points_text"):
        if name in cleaned:
            cleaned[name] = clean_text(cleaned[name])
    if "title" in cleaned:
        cleaned["title"] = " ".join(cleaned["title"].split("\n"))
    if "points" in cleaned:
        cleaned["points"] = _points(cleaned["points"])
    if "roster" in cleaned:
        rows = [{name: clean_text(row.get(name, "")) for name in ROSTER} for row in cleaned["roster"]]
        cleaned["roster"] = [row for row in rows if any(row.values())]
    if "units" in cleaned:
        cleaned["units"] = [
            {"unit": int(row["unit"]), "duty": str(row.get("duty") or Duty.LEAD)} for row in cleaned["units"]
        ]
    return cleaned


def check_words(values: Values) -> None:
    for name in ("title", "text"):
        if len(values.get(name, "")) > WORDS_LIMIT:
            raise ValidationError(
                {name: _("A line holds at most %(most)d characters.") % {"most": WORDS_LIMIT}}
            )


def check_kind(item: Item, values: Values) -> None:
    """Refuse what a line at its place cannot be: only what stands at the top is a chapter, and it is one."""
    check_words(values)
    kind = values.get("kind", item.kind)
    if kind not in Kind.values:
        raise ValidationError({"kind": _("There is no such kind of line.")})
    if (kind == Kind.CHAPTER) != (item.parent_id is None):
        raise ValidationError(
            {"kind": _("A chapter stands at the top of the plan, and what stands there is a chapter.")}
        )
    if values.get("child_style", "") not in {"", *Style.values}:
        raise ValidationError({"child_style": _("There is no such numbering.")})
    if values.get("layout", "") not in {"", *Layout.values}:
        raise ValidationError({"layout": _("There is no such layout.")})
    if len(values.get("points_text", "")) > POINTS_TEXT_LIMIT:
        raise ValidationError({"points_text": _("These words about points are too long.")})


ROSTER = ("title", "member", "duty", "remark")


def _stands_otherwise(item: Item, now: Values, values: Values) -> bool:
    """Say whether other words make a line another part of the sheet (plans/structure.py): a heading, a 重點
    with a row for its text, a roster with words below it."""

    def turns(name: str) -> bool:
        return bool(now[name]) != bool(values.get(name, now[name]))

    if turns("title"):
        return True
    if not (turns("text") and now["title"]):
        return False
    rows = Item.objects.filter(pk=item.pk, parent__parent__layout=Layout.RESPONSIBILITY)
    return item.kind == Kind.TABLE or rows.exists()


def _kind_at(parent: Item | None, kind: str) -> str:
    if parent is None:
        return Kind.CHAPTER
    return Kind.ACTION if kind == Kind.CHAPTER else kind


def _points(points: Any) -> str | None:
    if points in {None, ""}:
        return None
    try:
        value = Decimal(str(points)).quantize(HUNDREDTH)
    except InvalidOperation as error:
        raise ValidationError({"points": _("Points are a number, such as 25 or 12.5.")}) from error
    if not value.is_finite() or not 0 <= value < MOST_POINTS:
        raise ValidationError({"points": _("Points are a number from 0 to 99,999.")})
    return f"{value.normalize():f}"


def _write(plan: Plan, item: Item, values: Values, *, actor: User) -> None:
    for name in PLAIN:
        if name in values:
            setattr(item, name, values[name])
    if "points" in values:
        item.points = None if values["points"] is None else Decimal(values["points"])
    if "criterion" in values:
        item.criterion = _criterion(plan, values["criterion"])
    if "units" in values:
        _write_units(plan, item, values["units"], actor=actor)
    if "roster" in values:
        for row in item.roster.all():
            row._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001 -- simple-history's documented way
            row.delete()
        _write_roster(item, values["roster"], actor=actor)


def _criterion(plan: Plan, code: str) -> Criterion | None:
    if not code:
        return None
    found = Criterion.objects.filter(framework=plan.framework_id, code=code).first()
    if found is None:
        raise ValidationError({"criterion": _("The framework of this plan has no such criterion.")})
    return found


def _write_units(plan: Plan, item: Item, units: Sequence[Values], *, actor: User) -> None:
    wanted = {row["unit"]: row for row in units}
    known = set(Unit.objects.filter(district=plan.district_id, pk__in=wanted).values_list("pk", flat=True))
    if known != set(wanted):
        raise ValidationError({"units": _("A unit is not one of this district.")})
    have = {row.unit_id: row for row in item.responsibilities.all()}
    for key, row in have.items():
        if key not in wanted:
            row._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001 -- simple-history's documented way
            row.delete()
    for position, (key, value) in enumerate(wanted.items()):
        if value["duty"] not in Duty.values:
            raise ValidationError({"units": _("A unit either leads or assists.")})
        kept = have.get(key) or Responsibility(item=item, unit_id=key, position=-1)
        if (kept.duty, kept.position) != (value["duty"], position):
            kept.duty, kept.position = value["duty"], position
            save_as(kept, actor)


def _write_roster(item: Item, rows: Sequence[Values], *, actor: User) -> None:
    made = [
        RosterRow(item=item, position=position, **{name: row[name] for name in ROSTER})
        for position, row in enumerate(rows)
    ]
    bulk_create_with_history(made, RosterRow, default_user=actor)
