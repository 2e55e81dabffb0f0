"""A district at its desk: a plan whose lines several units answer for, with their people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice, Unit, User
from plans.document import UnitName
from plans.models import Item, Plan, UnitPart
from plans.services import rounds
from tests.builders import make_district, make_holder, make_plan, make_secretary, make_unit, node

UNITS = ("民政課", "社會課", "經建課")


@dataclass
class Desk:
    plan: Plan
    secretary: User
    units: dict[str, Unit]
    chiefs: dict[str, User] = field(default_factory=dict)
    staff: dict[str, User] = field(default_factory=dict)

    def part(self, unit: str = "民政課") -> UnitPart:
        return UnitPart.objects.get(round__plan=self.plan, round__closed_at=None, unit=self.units[unit])

    def open_round(self, *, days: int = 7, at: dt.datetime | None = None, note: str = "") -> None:
        at = at or timezone.now()
        due_on = timezone.localdate(at) + dt.timedelta(days=days)
        rounds.open_round(self.plan.pk, actor=self.secretary, due_on=due_on, note=note, at=at)

    def item(self, words: str) -> Item:
        return next(item for item in self.plan.items.all() if words in (item.title, item.text))


def make_desk(*, units: int = 2) -> Desk:
    """Return a plan with three lines for each unit, and a chapter of 各課室 that nobody owes."""
    district = make_district()
    names = UNITS[:units]
    groups = [
        node(
            "heading",
            title=f"{name}業務",
            units=(UnitName(name),),
            children=[node(text=f"{name}第一條。"), node(text="")],
        )
        for name in names
    ]
    chapters = (
        node("chapter", title="計畫依據", text="依規定辦理。"),
        node("chapter", title="計畫內容", children=groups),
        node("chapter", title="管制考核", all_units=True, children=[node(text="各課室配合辦理。")]),
    )
    rows = {name: make_unit(district, name, order=order) for order, name in enumerate(names)}
    desk = Desk(make_plan(district, chapters=chapters), make_secretary(district), rows)
    for name, unit in rows.items():
        desk.chiefs[name] = make_holder(Role.SECTION_CHIEF, unit)
        desk.staff[name] = make_holder(Role.UNIT_STAFF, unit)
    return desk


def told(person: User) -> list[str]:
    """Return the message ids of a person's unread notices, the oldest first."""
    notices = Notice.objects.filter(recipient=person).unread()
    return list(notices.order_by("sent_at", "pk").values_list("words", flat=True))
