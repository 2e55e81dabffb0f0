"""What a plan can be compared with, which two of it are compared, and what is known of their lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from plans.contrast import Sheet, side_name
from plans.document import PlanDocument
from plans.models import Item, Plan, PlanVersion
from plans.queries.documents import plan_document
from plans.queries.versions import document_of

NOW = "now"
HOPS = 4  # plans back that are asked for predecessors: a line of five years ago is known by its words


@dataclass(frozen=True)
class Side:
    """A plan as it stands, or as a version of it was. `key` names it in addresses.

    `now` and `version:3` are of the plan whose page it is, `plan:17` and `plan:17:3` of another.
    """

    key: str
    plan: Plan
    version: PlanVersion | None = None

    @property
    def label(self) -> str:
        if self.version is None:
            return _("%(year)s, as it stands now") % {"year": self.plan.roc_year}
        return _("%(year)s, version %(number)d “%(name)s”") % {
            "year": self.plan.roc_year,
            "number": self.version.number,
            "name": self.version.name,
        }

    def document(self) -> PlanDocument:
        return document_of(self.version) if self.version else plan_document(self.plan)


@dataclass(frozen=True)
class Choice:
    """The sides there are, and the two chosen; `old` is None where there is nothing to compare with."""

    sides: Mapping[str, Side] = field(repr=False)
    new: Side
    old: Side | None

    @property
    def groups(self) -> list[tuple[Plan, list[Side]]]:
        """Return the sides by plan, as a list to choose from shows them."""
        groups: dict[int, tuple[Plan, list[Side]]] = {}
        for side in self.sides.values():
            groups.setdefault(side.plan.pk, (side.plan, []))[1].append(side)
        return list(groups.values())


def choose(
    plan: Plan, plans: Iterable[Plan], versions: Iterable[PlanVersion], *, new: str, old: str
) -> Choice | None:
    """Return the two sides named, None where there is no such side among these plans and versions.

    Where no old side is named it is last year's plan, else the newest of an earlier year, else the last
    version.
    """
    sides = _sides(plan, plans, versions)
    chosen = sides.get(new or NOW)
    other = sides.get(old) if old else _usual(plan, sides)
    if chosen is None or (old and other is None):
        return None
    return Choice(sides, chosen, other)


def _sides(plan: Plan, plans: Iterable[Plan], versions: Iterable[PlanVersion]) -> dict[str, Side]:
    by_plan: dict[int, list[PlanVersion]] = {}
    for version in versions:
        by_plan.setdefault(version.plan_id, []).append(version)
    sides = [Side(NOW, plan)]
    sides += [Side(f"version:{version.number}", plan, version) for version in by_plan.get(plan.pk, ())]
    for other in plans:
        if other.pk != plan.pk:
            key = f"plan:{other.pk}"
            sides.append(Side(key, other))
            sides += [Side(f"{key}:{kept.number}", other, kept) for kept in by_plan.get(other.pk, ())]
    return {side.key: side for side in sides}


def _usual(plan: Plan, sides: Mapping[str, Side]) -> Side | None:
    if found := sides.get(f"plan:{plan.predecessor_id}"):
        return found
    others = [side for side in sides.values() if side.plan.pk != plan.pk and side.version is None]
    earlier = [side for side in others if side.plan.year < plan.year and side.plan.series == plan.series]
    if earlier:
        return max(earlier, key=lambda side: side.plan.year)
    return next((side for side in sides.values() if side.plan.pk == plan.pk and side.version), None)


def sheet_of(new: Side, old: Side) -> Sheet:
    """Return the two documents with what is known of them: at most nine queries, whatever they hold."""
    new_document, old_document = new.document(), old.document()
    is_other_plan = new.plan.pk != old.plan.pk
    names = [
        side_name(
            document.facts,
            version=(side.version.number, side.version.name) if side.version else None,
            names_year=is_other_plan,
        )
        for side, document in ((new, new_document), (old, old_document))
    ]
    return Sheet(
        old=old_document,
        new=new_document,
        links=predecessors(new.plan, old.plan),
        old_name=names[1],
        new_name=names[0],
        old_key=old.key,
        new_key=new.key,
    )


def predecessors(new: Plan, old: Plan) -> dict[str, str]:
    """Return for lines of the new plan, by uid, the line of the old one they were made from.

    Also where the new side is the earlier plan. Lines that were deleted count: versions may hold them.
    """
    if new.pk == old.pk:
        return {}
    if new.year < old.year:
        return {before: after for after, before in predecessors(old, new).items()}
    steps = ["predecessor__" * hops for hops in range(1, HOPS + 1)]
    names = [f"{step}{name}" for step in steps for name in ("plan_id", "uid")]
    links = {}
    for uid, *found in Item.objects.filter(plan=new, predecessor__isnull=False).values_list("uid", *names):
        for plan_id, known in zip(found[::2], found[1::2], strict=True):
            if plan_id == old.pk:
                links[str(uid)] = str(known)
                break
    return links
