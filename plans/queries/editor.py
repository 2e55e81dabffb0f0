"""What the editor shows of a plan to one person. A fixed number of queries whatever the rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.models import Unit, User
from plans.document import Node, PlanDocument
from plans.models import Criterion, Item, Plan
from plans.permissions import get_rights
from plans.queries.documents import plan_document
from plans.rights import Rights
from plans.sheet import Piece, pieces_of


@dataclass(frozen=True)
class Desk:
    plan: Plan
    document: PlanDocument
    rights: Rights
    pieces: list[Piece]

    def find(self, uid: str) -> Node | None:
        return next((node for node in self.document.walk() if node.uid == uid), None)

    def parent_of(self, uid: str) -> Node | None:
        for node in self.document.walk():
            if any(child.uid == uid for child in node.children):
                return node
        return None


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
