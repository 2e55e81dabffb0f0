"""A plan in force, laid out for reporting, with the people it needs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from accounts.enums import Role
from accounts.models import District, Unit, User
from plans.document import Milestone, Node, Target, UnitName
from plans.models import Plan
from plans.services.steps import make_version
from progress.models import CountedTarget, Period, ProgressReport, TrackedLine
from progress.services.layout import lay_out_plan
from tests.builders import make_district, make_holder, make_plan, make_secretary, make_unit, node

APPROVED = dt.datetime(2026, 1, 5, 2, tzinfo=dt.UTC)  # ten in the morning in Taipei
IN_FIRST = dt.datetime(2026, 3, 20, 2, tzinfo=dt.UTC)
UNITS = ("民政課", "社會課", "秘書室")


@dataclass
class Year:
    """A plan whose year is followed. `at` a moment inside the first quarter its filing is open."""

    plan: Plan
    district: District
    units: dict[str, Unit]
    secretary: User
    people: dict[str, User] = field(default_factory=dict)

    def chief(self, unit: str = "民政課") -> User:
        return self._person(Role.SECTION_CHIEF, unit)

    def staff(self, unit: str = "民政課") -> User:
        return self._person(Role.UNIT_STAFF, unit)

    def _person(self, role: Role, unit: str) -> User:
        key = f"{role} {unit}"
        if key not in self.people:
            self.people[key] = make_holder(role, self.units[unit])
        return self.people[key]

    def period(self, number: int = 1) -> Period:
        return self.plan.periods.get(number=number)

    def line(self, words: str) -> TrackedLine:
        return self.plan.tracked_lines.get(words=words)

    def target(self, name: str) -> CountedTarget:
        return self.plan.counted_targets.get(name=name)

    def report(self, words: str, number: int = 1, unit: str = "") -> ProgressReport:
        reports = ProgressReport.objects.filter(
            line__plan=self.plan, line__words=words, period__number=number
        )
        return reports.get(unit=self.units[unit]) if unit else reports.get()


def counted(text: str, name: str, value: str, counted_in: str, aggregation: str = "sum") -> Node:
    """Return a line under 預期目標 that promises a number."""
    return node("target", text, targets=(Target(text, name, ">=", value, None, counted_in, aggregation),))


def staged(text: str, name: str, *steps: tuple[str, str, str]) -> Node:
    """Return a line that promises what is done by milestones: title, day and weight of each."""
    milestones = tuple(Milestone(title, day, weight) for title, day, weight in steps)
    target = Target(text, name, "done", None, None, "", "milestones", milestones=milestones)
    return node("target", text, targets=(target,))


def chapters() -> tuple[Node, ...]:
    """Two groups with targets in an outline, one of them with a qualitative one, and a basis that is none."""
    advice = [
        node(text="每週二晚間設法律諮詢櫃檯。"),
        counted("全年辦理法律諮詢12場次。", "法律諮詢", "12", "場次"),
        node("target", "諮詢紀錄於三日內歸檔。"),
    ]
    care = [
        node(text="志工每月訪視獨居長者。"),
        counted("訪視獨居長者達成率95%以上。", "訪視達成率", "95", "%", "ratio"),
    ]
    return (
        node("chapter", title="計畫依據", children=[node(text="依本市年度服務規定辦理。")]),
        node(
            "chapter",
            title="計畫內容",
            children=[
                node("heading", title="法律諮詢", units=(UnitName("民政課"),), children=advice),
                node("heading", title="關懷訪視", units=(UnitName("社會課"),), children=care),
            ],
        ),
    )


def make_year(
    *parts: Node, at: dt.datetime = APPROVED, district: District | None = None, year: int = 2026
) -> Year:
    """Return a plan of these chapters, or of the usual ones, in force since `at` and laid out."""
    district = district or make_district()
    units = {
        name: district.units.filter(name=name).first()
        or make_unit(district, name, is_secretariat=name == "秘書室", order=place)
        for place, name in enumerate(UNITS)
    }
    plan = make_plan(district, chapters=parts or chapters(), year=year)
    secretary = make_secretary(district)
    put_in_force(plan, actor=secretary, at=at)
    return Year(plan, district, units, secretary)


def put_in_force(plan: Plan, *, actor: User, at: dt.datetime) -> None:
    """Make the working rows the version in force, as an approval does, and lay it out."""
    plan.refresh_from_db()
    version = make_version(plan, actor=actor, at=at)
    Plan.objects.filter(pk=plan.pk).update(in_force=version, status="approved")
    plan.refresh_from_db()
    lay_out_plan(plan.pk, actor=actor, at=at)
