"""Who may what, told a second time: the rules over plain facts, held against the permission functions.

A person is a list of what they hold or held. `Rules` says from that alone, without a query, what they see and
may do; each test asks the same of the site's functions, for every person and every state a plan can be in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from accounts.enums import CITY_ROLES, SECRETARIAT_ROLES, UNIT_ROLES, Role
from accounts.models import Appointment, City, District, Unit, User
from plans import permissions, sight_permissions, step_permissions, version_permissions
from plans.enums import EDITABLE, FILED, PlanStatus, VersionKind
from plans.models import Plan, PlanEvent, PlanVersion
from plans.workflow import STEPS
from review import deadline_permissions, desk_permissions
from review import permissions as review_permissions
from review.models import Extension
from tests.builders import LONG_AGO, make_city, make_district, make_unit, make_user

pytestmark = pytest.mark.django_db

ON = dt.date(2026, 4, 10)
DAY = dt.timedelta(days=1)
YEAR = ON.year


@dataclass(frozen=True)
class Held:
    """An appointment; `place` names an attribute of World."""

    role: str
    place: str
    since: dt.date = LONG_AGO
    until: dt.date | None = None
    is_acting: bool = False

    def holds(self, first: dt.date, last: dt.date | None = None) -> bool:
        """Say whether it holds on a day, or at some time from the first day to the last."""
        return self.since <= (last or first) and (self.until is None or self.until >= first)


def until(role: str, place: str, day: dt.date) -> Held:
    return Held(role, place, until=day)


EVALUATOR = Held(Role.EVALUATOR, "city")
PEOPLE: dict[str, tuple[Held, ...]] = {
    "nobody": (),
    "superuser": (),
    # Every role at home, next door and far away.
    **{
        f"{role} at {place}": (Held(role, place),)
        for role, places in {
            **dict.fromkeys((Role.SECRETARIAT, Role.SECRETARIAT_CHIEF, Role.DISTRICT_HEAD), ("home", "next")),
            **dict.fromkeys(UNIT_ROLES, ("civil", "office", "unit_next")),
            **dict.fromkeys(CITY_ROLES, ("city", "other_city")),
        }.items()
        for place in places
    },
    # First and last days.
    **{
        f"{role} {name}": (held,)
        for role, place in {
            Role.SECRETARIAT: "home",
            Role.SECTION_CHIEF: "civil",
            Role.EVALUATOR: "city",
        }.items()
        for name, held in {
            "until today": until(role, place, ON),
            "until yesterday": until(role, place, ON - DAY),
            "from today": Held(role, place, ON),
            "from tomorrow": Held(role, place, ON + DAY),
        }.items()
    },
    # Evaluators with something to do with the agency: in the plan's year and the year before it counts.
    **{
        f"evaluator, {name}": (EVALUATOR, held)
        for name, held in {
            "secretary too": Held(Role.SECRETARIAT, "home"),
            "clerk too": Held(Role.UNIT_STAFF, "civil"),
            "head next door too": Held(Role.DISTRICT_HEAD, "next"),
            "clerk next door too": Held(Role.UNIT_STAFF, "unit_next"),
            "secretary till the first day that counts": until(
                Role.SECRETARIAT, "home", dt.date(YEAR - 1, 1, 1)
            ),
            "secretary till the day before": until(Role.SECRETARIAT, "home", dt.date(YEAR - 2, 12, 31)),
            "chief till the first day that counts": until(
                Role.SECTION_CHIEF, "civil", dt.date(YEAR - 1, 1, 1)
            ),
            "chief till the day before": until(Role.SECTION_CHIEF, "civil", dt.date(YEAR - 2, 12, 31)),
            "head from the last day that counts": Held(Role.DISTRICT_HEAD, "home", dt.date(YEAR, 12, 31)),
            "head from the day after": Held(Role.DISTRICT_HEAD, "home", dt.date(YEAR + 1, 1, 1)),
            "administrator too": Held(Role.CITY_ADMIN, "city"),
            "auditor elsewhere too": Held(Role.AUDITOR, "other_city"),
        }.items()
    },
    "evaluator, took a step for the district": (EVALUATOR,),
    "evaluator, took a step for the city": (EVALUATOR,),
    "administrator, secretary too": (Held(Role.CITY_ADMIN, "city"), Held(Role.SECRETARIAT, "home")),
    # In somebody's stead, and both.
    "acting secretary": (Held(Role.SECRETARIAT, "home", is_acting=True),),
    "acting secretary, then in their own right": (
        Held(Role.SECRETARIAT, "home", is_acting=True),
        Held(Role.SECRETARIAT_CHIEF, "home"),
    ),
    "secretary of two": (Held(Role.SECRETARIAT, "home"), Held(Role.SECRETARIAT_CHIEF, "next")),
    "clerk of two": (Held(Role.UNIT_STAFF, "civil"), Held(Role.SECTION_CHIEF, "unit_next")),
}
STEPS_BY_ROLES = {step.roles: step for step in STEPS}  # one step of each kind
TOOK = {
    "evaluator, took a step for the district": Role.SECRETARIAT,
    "evaluator, took a step for the city": Role.EVALUATOR,
}


class Rules:
    """What follows from what a person holds. Written from the design, not from the code."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.all = PEOPLE[name]
        self.now = [held for held in self.all if held.holds(ON)]

    def has(self, place: str, *roles: str) -> bool:
        return any(held.place == place and held.role in roles for held in self.now)

    @property
    def places(self) -> set[str]:
        return {held.place for held in self.now}

    @property
    def is_inside(self) -> bool:
        return bool(self.places & {"home", "civil", "office"})

    @property
    def is_secretariat(self) -> bool:
        return self.has("home", *SECRETARIAT_ROLES)

    @property
    def is_of_city(self) -> bool:
        return self.has("city", *CITY_ROLES)

    @property
    def has_stake(self) -> bool:
        first, last = dt.date(YEAR - 1, 1, 1), dt.date(YEAR, 12, 31)
        served = any(
            held.place in {"home", "civil", "office"} and held.holds(first, last) for held in self.all
        )
        return served or TOOK.get(self.name) == Role.SECRETARIAT

    @property
    def may_judge(self) -> bool:
        return self.has("city", Role.EVALUATOR) and not self.has_stake

    def sees(self, plan: Plan) -> bool:
        return self.is_inside or (self.is_of_city and plan.status in FILED)

    def sees_in_force(self, plan: Plan) -> bool:
        return plan.in_force_id is not None and (self.is_inside or self.is_of_city)

    def standings(self) -> list[tuple[str, bool]]:
        """Roles in the district as a whole and in its city, those in somebody's stead last."""
        held = [(one.role, one.is_acting) for one in self.now if one.place in {"home", "city"}]
        return sorted(held, key=lambda one: one[1])

    def step(self, step: Any) -> bool:
        has_role = any(role in step.roles for role, _is_acting in self.standings())
        return has_role and not (step.is_of_city and self.has_stake)


@dataclass
class World:
    """Two cities, a district with units and plans in every state, its neighbour, and everybody."""

    city: City = field(default_factory=make_city)
    other_city: City = field(default_factory=make_city)
    people: dict[str, User] = field(default_factory=dict)
    plans: list[Plan] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home, self.next = make_district(self.city), make_district(self.city)
        self.far = make_district(self.other_city)
        self.civil, self.unit_next = make_unit(self.home), make_unit(self.next)
        self.office = make_unit(self.home, is_secretariat=True)
        absent = make_user()
        for name, all_held in PEOPLE.items():
            person = self.people[name] = make_user(is_superuser=name == "superuser")
            for held in all_held:
                place = getattr(self, held.place)
                Appointment.objects.create(
                    user=person,
                    role=held.role,
                    starts_on=held.since,
                    ends_on=held.until,
                    acting_for=absent if held.is_acting else None,
                    **{{City: "city", District: "district", Unit: "unit"}[type(place)]: place},
                )
        for status in PlanStatus.values:
            for is_in_force in (False, True):
                self.plans.append(self.plan(self.home, status, is_in_force=is_in_force))
        self.some = [
            next(plan for plan in self.plans if plan.series == series)
            for series in ("draft False", "revising True", "submitted False", "approved True")
        ]
        # Others that could be seen by mistake.
        self.others = [
            self.plan(district, PlanStatus.SUBMITTED, is_in_force=True) for district in (self.next, self.far)
        ]

    def plan(self, district: District, status: str, *, is_in_force: bool) -> Plan:
        series = f"{status} {is_in_force}"
        plan = Plan.objects.create(district=district, year=YEAR, series=series, title="計畫", status=status)
        maker, now = make_user(), timezone.now()
        versions = [
            PlanVersion.objects.create(
                plan=plan, number=number, kind=kind, content="{}", made_by=maker, made_at=now
            )
            for number, kind in enumerate((VersionKind.KEPT, VersionKind.FILED), 1)
        ]
        for number, (name, role) in enumerate(TOOK.items(), 1):
            if district == self.home:
                PlanEvent.objects.create(
                    plan=plan, number=number, step="x", actor=self.people[name], role=role, at=now
                )
        Extension.objects.create(plan=plan, reason="颱風。", asked_until=ON, asked_by=maker, asked_at=now)
        if is_in_force:
            plan.in_force = versions[1]
            plan.save()
        return plan

    def everybody(self) -> Iterator[tuple[Rules, User]]:
        for name, person in self.people.items():
            yield Rules(name), person

    def places(self, *names: str) -> set[Any]:
        return {getattr(self, name) for name in names}


@pytest.fixture
def world() -> World:
    return World()


def answer(ask: Callable[..., Any], *args: Any) -> Any:
    """Return what a function returns, or 404 or 403."""
    try:
        return ask(*args, on=ON)
    except Http404:
        return 404
    except PermissionDenied:
        return 403


def code(ask: Callable[..., Any], *args: Any) -> int:
    found = answer(ask, *args)
    return found if found in (403, 404) else 200


def seen_or(seen: bool, may: bool) -> int:
    return 404 if not seen else 200 if may else 403


class Breaches:
    """Collects what differs, so that one run tells all of it."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def ask(self, what: str, rules: Rules, found: Any, expected: Any) -> None:
        if found != expected:
            self.found.append(f"{rules.name}: {what} is {found}, not {expected}")

    def none(self) -> None:
        assert not self.found, "\n".join(self.found[:40])


@pytest.fixture
def breaches() -> Iterator[Breaches]:
    breaches = Breaches()
    yield breaches
    breaches.none()


def test_what_one_sees(world: World, breaches: Breaches) -> None:
    for rules, person in world.everybody():
        seen = set(permissions.get_plans_to_view(person, on=ON))
        expected = {plan for plan in world.plans if rules.sees(plan)}
        inside_next = bool(rules.places & {"next", "unit_next"})
        expected |= {world.others[0]} if rules.is_of_city or inside_next else set()
        expected |= {world.others[1]} if "other_city" in rules.places else set()
        breaches.ask("what is seen", rules, seen, expected)
        in_force = {plan for plan in world.plans if rules.sees_in_force(plan)}
        in_force |= expected & set(world.others)
        breaches.ask("in force", rules, set(sight_permissions.get_plans_in_force(person, on=ON)), in_force)
        listed = {plan: plan.is_in_force_alone for plan in sight_permissions.get_plans_to_list(person, on=ON)}
        alone = {plan: plan not in expected for plan in expected | in_force}
        breaches.ask("the list", rules, listed, alone)
        for plan in world.some:
            code_in_force = 200 if rules.sees_in_force(plan) else 404
            found = code(sight_permissions.get_plan_in_force, person, plan.pk)
            breaches.ask(f"{plan.series} in force", rules, found, code_in_force)


def test_what_one_is_inside(world: World, breaches: Breaches) -> None:
    for rules, person in world.everybody():
        inside = permissions.is_of_district(person, world.home, on=ON)
        breaches.ask("inside", rules, inside, rules.is_inside)
        is_secretariat = permissions.is_secretariat(person, world.home, on=ON)
        breaches.ask("secretariat", rules, is_secretariat, rules.is_secretariat)
        districts = {name for name in ("home", "next") if rules.has(name, *SECRETARIAT_ROLES)}
        found = permissions.get_districts_to_write(person, on=ON)
        breaches.ask("districts", rules, set(found), world.places(*districts))
        plan = world.plans[0]
        found = answer(permissions.get_plan_inside, person, plan.pk)
        if not rules.is_inside:
            breaches.ask("get inside", rules, found, 404)
            continue
        expected = permissions.Membership(
            is_secretariat=rules.is_secretariat,
            is_secretariat_chief=rules.has("home", Role.SECRETARIAT_CHIEF),
            chief_of=frozenset(
                getattr(world, name).pk for name in ("civil", "office") if rules.has(name, Role.SECTION_CHIEF)
            ),
            staff_of=frozenset(
                getattr(world, name).pk for name in ("civil", "office") if rules.has(name, Role.UNIT_STAFF)
            ),
        )
        breaches.ask("get inside", rules, found, (plan, expected))


def test_what_one_writes(world: World, breaches: Breaches) -> None:
    for rules, person in world.everybody():
        for plan in world.some:
            sees, is_open = rules.sees(plan), plan.status in EDITABLE
            for ask, may in {
                permissions.get_plan_to_edit: rules.is_secretariat and is_open,
                permissions.get_plan_to_copy: rules.is_secretariat,
                version_permissions.get_plan_to_keep: rules.is_secretariat,
            }.items():
                found = code(ask, person, plan.pk)
                breaches.ask(f"{ask.__name__} {plan.series}", rules, found, seen_or(sees, may))
            for ask in (permissions.get_plan_to_arrange_round, deadline_permissions.get_plan_to_extend):
                found = code(ask, person, plan.pk)
                expected = seen_or(rules.is_inside, rules.is_secretariat)
                breaches.ask(f"{ask.__name__} {plan.series}", rules, found, expected)
            units = {name for name in ("civil", "office") if rules.has(name, *UNIT_ROLES) and is_open}
            found = set(permissions.get_units_to_write_for(person, plan, on=ON))
            breaches.ask(f"units of {plan.series}", rules, found, world.places(*units))


def test_which_versions_one_reads(world: World, breaches: Breaches) -> None:
    for rules, person in world.everybody():
        versions = version_permissions.get_versions_to_view(person, world.home, on=ON)
        expected = {
            (plan.pk, number)
            for plan in world.plans
            for number in ((1, 2) if rules.is_inside else (2,))
            if rules.sees(plan)
        }
        breaches.ask("versions", rules, set(versions.values_list("plan", "number")), expected)
        plan = world.plans[0]
        for number in (1, 2, 3):
            found = code(version_permissions.get_version_to_view, person, plan, number)
            breaches.ask(f"version {number}", rules, found, 200 if (plan.pk, number) in expected else 404)


def test_which_steps_one_takes(world: World, breaches: Breaches) -> None:
    for rules, person in world.everybody():
        plan = world.plans[0]
        found = [
            (one.role, one.acting_for is not None) for one in step_permissions.standings(person, plan, on=ON)
        ]
        breaches.ask("standings", rules, found, rules.standings())
        breaches.ask("stake", rules, step_permissions.has_stake(person, plan), rules.has_stake)
        for plan in world.plans[::2]:
            steps = {step.name for step in step_permissions.get_steps(person, plan, on=ON)}
            expected = {step.name for step in STEPS if plan.status in step.before and rules.step(step)}
            breaches.ask(f"steps of {plan.series}", rules, steps, expected)
        for plan in (world.plans[0], world.plans[-1]):
            for step in STEPS_BY_ROLES.values():
                found = code(step_permissions.get_step_to_take, person, plan.pk, step.name)
                breaches.ask(step.name, rules, found, seen_or(rules.sees(plan), rules.step(step)))
        assert code(step_permissions.get_step_to_take, person, plan.pk, "burn") == 404
        found = code(review_permissions.get_secretariat_standing, person, plan)
        breaches.ask("secretariat standing", rules, found, 200 if rules.is_secretariat else 403)


def test_what_one_does_at_the_desk(world: World, breaches: Breaches) -> None:
    for rules, person in world.everybody():
        cities = {name for name in ("city", "other_city") if rules.has(name, *CITY_ROLES)}
        overseer = answer(desk_permissions.get_overseer, person)
        if not cities:
            breaches.ask("the desk", rules, overseer, 403)
        else:
            breaches.ask("cities of the desk", rules, set(overseer.cities), world.places(*cities))
            judged = {getattr(world, name).pk for name in cities if rules.has(name, Role.EVALUATOR)}
            breaches.ask("judges in", rules, set(overseer.may_judge_in), judged)
            breaches.ask("works in", rules, overseer.works_in(world.home.pk), rules.is_inside)
            served = any(
                held.place in {"home", "civil", "office"}
                and held.holds(dt.date(YEAR - 1, 1, 1), dt.date(YEAR, 12, 31))
                for held in rules.all
            )
            breaches.ask("served", rules, overseer.served(world.home.pk, YEAR), served)
        for plan in world.some:
            is_there = rules.is_of_city and plan.status in FILED
            found = code(desk_permissions.get_plan_on_desk, person, plan.pk)
            breaches.ask(f"{plan.series} on the desk", rules, found, 200 if is_there else 404)
            found = code(desk_permissions.get_plan_to_remark, person, plan.pk)
            breaches.ask(f"remark on {plan.series}", rules, found, seen_or(is_there, rules.may_judge))
            found = answer(desk_permissions.get_responses_to_view, person, plan.pk)
            answers = found if found == 404 else found[2]
            breaches.ask(
                f"answers {plan.series}", rules, answers, rules.is_secretariat if rules.sees(plan) else 404
            )


def test_which_plans_are_known_to_have_left_the_desk(world: World, breaches: Breaches) -> None:
    draft, revising, submitted, approved = world.some
    for plan in (draft, submitted):  # filed once, and one of them written again since
        PlanEvent.objects.create(
            plan=plan, number=99, step="file", actor=make_user(), role=Role.SECRETARIAT, at=timezone.now()
        )
    for rules, person in world.everybody():
        for plan in (draft, revising, submitted, approved):
            found = code(desk_permissions.get_plan_off_desk, person, plan.pk)
            expected = 200 if plan == draft and rules.is_of_city else 404
            breaches.ask(f"{plan.series} off the desk", rules, found, expected)


def test_what_one_does_about_deadlines(world: World, breaches: Breaches) -> None:
    of_city = {"home": "city", "next": "city", "civil": "city", "office": "city", "unit_next": "city"}
    for rules, person in world.everybody():
        cities = {of_city.get(place, place) for place in rules.places}
        found = deadline_permissions.get_cities(person, on=ON)
        breaches.ask("cities", rules, set(found), world.places(*cities))
        changed = {name for name in cities if rules.has(name, Role.CITY_ADMIN)}
        found = deadline_permissions.get_cities_to_change(person, on=ON)
        breaches.ask("cities to change", rules, found, {getattr(world, name).pk for name in changed})
        found = code(deadline_permissions.get_city_to_change, person, world.city.pk)
        breaches.ask("the city", rules, found, seen_or("city" in cities, "city" in changed))
        found = code(review_permissions.get_district_to_arrange, person, world.home.pk)
        breaches.ask("the chain", rules, found, seen_or(rules.is_inside, rules.is_secretariat))
        home = (
            {plan.extensions.get() for plan in world.plans} if rules.is_inside or rules.is_of_city else set()
        )
        if rules.is_of_city or rules.places & {"next", "unit_next"}:
            home |= {world.others[0].extensions.get()}
        if "other_city" in rules.places:
            home |= {world.others[1].extensions.get()}
        found = set(deadline_permissions.get_extensions_to_view(person, on=ON))
        breaches.ask("extensions", rules, found, home)
        extension, sees = world.plans[0].extensions.get(), rules.is_inside or rules.is_of_city
        decides = rules.has("city", Role.EVALUATOR, Role.CITY_ADMIN) and not rules.has_stake
        for ask, may in {
            deadline_permissions.get_extension_to_view: True,
            deadline_permissions.get_extension_to_decide: decides,
            deadline_permissions.get_extension_to_withdraw: rules.is_secretariat,
        }.items():
            breaches.ask(ask.__name__, rules, code(ask, person, extension.pk), seen_or(sees, may))
