"""Which lines a unit's people write, move, delete and bring back: the rules told again, over a plain tree.

`Tree` below says from parents and names alone what follows; each test asks the permission functions the same
for every line and every person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Unit, User
from plans import permissions
from plans.enums import Kind, PartState, PlanStatus
from plans.models import Item, Plan, Responsibility, UnitPart, WritingRound
from plans.queries.documents import plan_document
from tests.builders import make_district, make_holder, make_secretary, make_unit, make_user

pytestmark = pytest.mark.django_db

ON = dt.date(2026, 4, 10)
ALL = "各課室"
EARLIER, LATER = dt.datetime(2026, 4, 1, tzinfo=dt.UTC), dt.datetime(2026, 4, 2, tzinfo=dt.UTC)

# A line, the one it stands below, the units named at it, and when it was deleted.
LINES: list[tuple[str, str, tuple[str, ...], dt.datetime | None]] = [
    ("章", "", (), None),
    ("甲", "章", ("甲課",), None),
    ("甲一", "甲", (), None),
    ("甲一一", "甲一", (), None),
    ("甲一二", "甲一", (), None),
    ("甲一三", "甲一", ("乙課",), None),
    ("甲二", "甲", ("乙課",), None),
    ("甲二一", "甲二", (), None),
    ("甲三", "甲", (), None),
    ("甲三一", "甲三", ("乙課",), None),
    ("甲四", "甲", ("甲課", "乙課"), None),
    ("甲四一", "甲四", (), None),
    ("甲四二", "甲四", ("甲課",), None),
    ("甲五", "甲", (), None),
    ("甲五一", "甲五", ("乙課",), EARLIER),  # deleted: nobody's any more
    ("甲六", "甲", (), LATER),
    ("甲六一", "甲六", (), LATER),
    ("甲七", "甲", (), LATER),
    ("甲七一", "甲七", ("乙課",), LATER),
    ("甲八", "甲", (), LATER),
    ("甲八一", "甲八", ("乙課",), EARLIER),  # deleted by itself before: it does not come back with 甲八
    ("甲九", "甲", (), None),
    ("乙", "章", ("乙課",), None),
    ("乙一", "乙", ("甲課",), None),
    ("乙一一", "乙一", (), None),
    ("乙二", "乙", (), None),
    ("各", "章", (ALL,), None),
    ("各一", "各", (), None),
    ("各二", "各", ("甲課",), None),
    ("各三", "各", (ALL, "甲課"), None),
    ("丙去", "章", ("丙課",), EARLIER),  # the one line here that names it
    ("甲章", "", ("甲課",), None),
    ("甲章一", "甲章", (), None),
    ("無章", "", (), None),
    ("無章一", "無章", ("甲課",), LATER),
    ("去章", "", ("甲課",), LATER),
    ("去章一", "去章", (), EARLIER),
]


class Tree:
    """What follows for the people of some units."""

    def __init__(self, units: set[str], *, writes_all: bool = False) -> None:
        self.units, self.writes_all = units, writes_all
        self.above = {line: above for line, above, _names, _gone in LINES}
        self.names = {line: set(names) for line, _above, names, _gone in LINES}
        self.gone = {line: gone for line, _above, _names, gone in LINES}

    def answering(self, line: str) -> set[str]:
        while line:
            if named := self.names[line]:
                return named - {ALL}
            line = self.above[line]
        return set()

    def below(self, line: str, gone: dt.datetime | None) -> Iterator[str]:
        """All that stands below a line and was deleted at that moment, or stands there still."""
        for other, above in self.above.items():
            if above == line and self.gone[other] == gone:
                yield other
                yield from self.below(other, gone)

    def siblings(self, line: str) -> list[str]:
        return [one for one in self.above if self.above[one] == self.above[line] and not self.gone[one]]

    def writes(self, line: str) -> bool:
        return self.writes_all or bool(self.units & self.answering(line))

    def adds_below(self, line: str) -> bool:
        return self.writes(line) if line else self.writes_all

    def arranges(self, line: str) -> bool:
        above = self.above[line]
        return self.writes_all or (bool(above) and self.writes(line) and self.writes(above))

    def shifts(self, line: str, step: str) -> bool:
        beside = self.siblings(line)
        at = beside.index(line)
        if step == "in":
            return self.writes_all or at == 0 or self.writes(beside[at - 1])
        if step == "out":  # what follows it comes to stand below it
            upper = self.above[self.above[line]] if self.above[line] else ""
            return self.adds_below(upper) and all(self.writes(one) for one in beside[at + 1 :])
        return True

    def removes(self, line: str) -> bool:
        return all(self.writes(one) for one in self.below(line, None))

    def brings_back(self, line: str) -> bool:
        if self.writes_all:
            return True
        above = self.above[line]
        has_heading = not above or self.gone[above] is None
        return (
            self.arranges(line) and has_heading and all(map(self.writes, self.below(line, self.gone[line])))
        )


@pytest.fixture
def plan() -> Plan:
    district = make_district()
    units = {name: make_unit(district, name) for name in ("甲課", "乙課", "丙課")}
    plan = Plan.objects.create(district=district, year=2026, title="計畫")
    items: dict[str, Item] = {}
    for position, (line, above, names, gone) in enumerate(LINES):
        items[line] = Item.objects.create(
            plan=plan,
            parent=items.get(above),
            position=position,
            kind=Kind.HEADING if above else Kind.CHAPTER,
            title=line,
            all_units=ALL in names,
            removed_at=gone,
        )
        for name in names:
            if name != ALL:
                Responsibility.objects.create(item=items[line], unit=units[name])
    # A chapter of another plan would stand before this one's, if chapters were told by their places alone.
    other = Plan.objects.create(district=district, year=2027, title="計畫")
    chapter = Item.objects.create(plan=other, position=0, kind=Kind.CHAPTER, title="章")
    Responsibility.objects.create(item=chapter, unit=units["丙課"])
    return plan


def unit(plan: Plan, name: str) -> Unit:
    return plan.district.units.get(name=name)


def person(plan: Plan, who: str) -> User:
    if who == "secretary":
        return make_secretary(plan.district)
    if who == "nobody":
        return make_user()
    return make_holder(Role.UNIT_STAFF if who != "甲課" else Role.SECTION_CHIEF, unit(plan, who))


PEOPLE = {
    "secretary": Tree(set(), writes_all=True),
    "甲課": Tree({"甲課"}),
    "乙課": Tree({"乙課"}),
    "丙課": Tree({"丙課"}),
    "nobody": Tree(set()),
}


@pytest.mark.parametrize("who", PEOPLE)
def test_each_line_is_written_arranged_and_deleted_by_whom_the_rules_say(plan: Plan, who: str) -> None:
    rules, user = PEOPLE[who], person(plan, who)
    breaches = []

    def ask(what: str, line: str, *, found: bool, expected: bool) -> None:
        if found != expected:
            breaches.append(f"{what} {line}: {found}, not {expected}")

    for item in plan.items.select_related("parent__parent"):
        item.plan, line = plan, item.title
        may = {
            "write": (permissions.can_edit_item, rules.writes(line)),
            "arrange": (permissions.can_arrange_item, rules.arranges(line)),
            "bring back": (permissions.can_bring_back_item, rules.brings_back(line)),
        }
        if not item.removed_at:
            may["delete"] = (permissions.can_remove_item, rules.removes(line))
        for what, (function, expected) in may.items():
            ask(what, line, found=function(user, item, on=ON), expected=expected)
        found = permissions.can_add_below(user, plan, item, on=ON)
        ask("add below", line, found=found, expected=rules.adds_below(line))
        if not item.removed_at:
            for step in ("up", "down", "in", "out"):
                found = permissions.can_shift_item(user, item, step, on=ON)
                ask(step, line, found=found, expected=rules.shifts(line, step))
    found = permissions.can_add_below(user, plan, None, on=ON)
    ask("add a chapter", "", found=found, expected=rules.writes_all)
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize("who", PEOPLE)
def test_the_page_gives_the_same_rights_as_a_request(plan: Plan, who: str) -> None:
    rules, user = PEOPLE[who], person(plan, who)
    present = {str(item.uid): item.title for item in plan.items.filter(removed_at=None)}

    rights = permissions.get_rights(user, plan, plan_document(plan), on=ON)

    assert rights.is_whole is rules.writes_all
    assert {present[uid] for uid in rights.writes} == set(filter(rules.writes, present.values()))
    assert {present[uid] for uid in rights.arranges} == set(filter(rules.arranges, present.values()))
    assert rights.any is any(map(rules.writes, present.values()))
    assert permissions.can_write_in(user, plan, on=ON) is rights.any


@pytest.mark.parametrize("status", PlanStatus.values)
def test_a_unit_writes_while_the_plan_is_open(plan: Plan, status: str) -> None:
    plan.status = status
    plan.save()
    user, secretary = person(plan, "甲課"), person(plan, "secretary")
    item = plan.items.get(title="甲一")
    is_open = status in {PlanStatus.DRAFT, PlanStatus.REVISING}

    assert permissions.can_edit_item(user, item, on=ON) is is_open
    assert permissions.can_edit_item(secretary, item, on=ON) is is_open
    assert permissions.get_rights(user, plan, plan_document(plan), on=ON).any is is_open
    assert permissions.can_write_in(user, plan, on=ON) is is_open
    assert permissions.can_write_in(secretary, plan, on=ON) is is_open


@pytest.mark.parametrize("state", PartState.values)
@pytest.mark.parametrize("where", ["here", "a round that is closed", "another plan", "another unit"])
def test_a_released_part_of_an_open_round_is_closed_to_its_unit_alone(
    plan: Plan, state: str, where: str
) -> None:
    other = Plan.objects.get(year=2027)
    now = timezone.now()
    opened = WritingRound.objects.create(
        plan=other if where == "another plan" else plan,
        due_on=ON,
        opened_by=make_user(),
        opened_at=now,
        closed_at=now if where == "a round that is closed" else None,
    )
    for name in ("甲課", "乙課"):
        is_it = (name == "乙課") == (where == "another unit")
        UnitPart.objects.create(
            round=opened, unit=unit(plan, name), state=state if is_it else PartState.WRITING
        )
    item = plan.items.get(title="甲一")
    is_closed = where == "here" and state == PartState.RELEASED

    assert permissions.can_edit_item(person(plan, "甲課"), item, on=ON) is not is_closed
    assert permissions.can_edit_item(person(plan, "secretary"), item, on=ON)
