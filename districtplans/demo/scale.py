"""A whole city of followed plans, for benchmarks and for looking at pages where there is much to look at.

`seed_demo --scale N`: N districts, three years each, 60 lines reported on in four periods. The city's first
plan is written by the services; all others are copies of its rows (copies.py), put in by the thousand.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from importlib.resources import files

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.enums import CITY_ROLES, UNIT_ROLES, Role
from accounts.models import Appointment, City, District, Unit, User
from accounts.services import appoint, create_person
from districtplans.demo.builder import SINCE, author, enriched
from districtplans.demo.copies import Copier, way_of
from districtplans.demo.guard import PREFIX
from districtplans.demo.notation import read_plan
from districtplans.demo.people import PASSWORD, DemoPerson
from districtplans.demo.places import CIVIL, CONSCRIPTION, ECONOMY, OFFICES, WELFARE
from districtplans.demo.years import moment
from plans.document import PlanDocument
from plans.models import SERIES, Plan
from plans.services.plans import create_plan
from plans.services.steps import take_step
from plans.workflow import BY_NAME
from progress.services.layout import lay_out_plan
from review.models import DeadlineRule

CITY, CODE = "示範市", "99000"
YEARS = 3
GROUPS = ("甲組", "乙組", "丙組")
UNITS = (CIVIL, WELFARE, ECONOMY, CONSCRIPTION, *OFFICES)
AT_ONCE = 40  # plans whose rows are in memory together
FIRST = "第001區"
# Who signs in to look at it.
PEOPLE = (
    DemoPerson("scale-evaluator", "邵雲翔", "研究員", Role.EVALUATOR, CITY),
    DemoPerson("scale-auditor", "杜念慈", "稽核", Role.AUDITOR, CITY),
    DemoPerson("scale-secretary", "唐若蘭", "課員", Role.SECRETARIAT, f"{CITY}{FIRST}"),
    DemoPerson("scale-head", "夏文淵", "區長", Role.DISTRICT_HEAD, f"{CITY}{FIRST}"),
    DemoPerson("scale-civil-chief", "湯佳穎", "課長", Role.SECTION_CHIEF, f"{CITY}{FIRST} {CIVIL.name}"),
    DemoPerson("scale-civil-staff", "馮柏仁", "里幹事", Role.UNIT_STAFF, f"{CITY}{FIRST} {CIVIL.name}"),
)
EVALUATOR = PEOPLE[0].username


def is_in_earnest() -> bool:
    """Say whether somebody holds an office here who is none of the demonstration's people."""
    return Appointment.objects.exclude(user__username__startswith=PREFIX).exists()


def add_scale(districts: int, *, years: int = YEARS, now: dt.datetime | None = None) -> int:
    """Add what is missing of a city with so many districts and years; return how many plans were added.

    Every few plans are a transaction of their own: a run that was stopped is taken up by the next.
    """
    now = now or timezone.now()
    with transaction.atomic():
        places = _add_places(districts)
        _add_people(places[0])
    last = now.year if moment(now.year, 6, 1) <= now else now.year - 1
    wanted = [(place, year) for year in range(last, last - years, -1) for place in places]
    known = set(Plan.objects.filter(district__in=places, series=SERIES).values_list("district", "year"))
    missing = [(place, year) for place, year in wanted if (place.pk, year) not in known]
    if not missing:
        return 0
    first = Plan.objects.filter(district=places[0], in_force__isnull=False).order_by("pk").first()
    with transaction.atomic():
        copier = Copier(first or _write_first(*missing[0]), places, on=timezone.localdate(now))
        if first is None:
            copier.report()
    rest = missing if first else missing[1:]
    for start in range(0, len(rest), AT_ONCE):
        with transaction.atomic():
            copier.copy(rest[start : start + AT_ONCE])
    return len(missing)


def _add_places(count: int) -> list[District]:
    city, _is_new = City.objects.get_or_create(name=CITY, defaults={"code": CODE})
    DeadlineRule.objects.get_or_create(city=city, defaults={"month": 4})
    names = [f"第{number:03}區" for number in range(1, count + 1)]
    known = set(District.objects.filter(city=city).values_list("name", flat=True))
    new = District.objects.bulk_create(
        District(
            city=city,
            name=name,
            code=f"{CODE}{number:04}",
            agency_name=f"{CITY}{name}公所",
            evaluation_group=GROUPS[number % len(GROUPS)],
        )
        for number, name in enumerate(names, start=1)
        if name not in known
    )
    Unit.objects.bulk_create(
        Unit(
            district=district,
            name=unit.name,
            short_names=unit.short_names,
            order=order,
            is_secretariat=unit.is_secretariat,
        )
        for district in new
        for order, unit in enumerate(UNITS, start=1)
    )
    return list(District.objects.filter(city=city, name__in=names).select_related("city"))


def _add_people(district: District) -> None:
    password = make_password(PASSWORD)
    known = set(User.objects.filter(username__startswith=PREFIX).values_list("username", flat=True))
    for person in PEOPLE:
        if person.username not in known:
            values = {
                "username": person.username,
                "full_name": person.full_name,
                "job_title": person.job_title,
                "password": password,
            }
            user = create_person(actor=None, values=values)
            appoint(user, person.role, _place(person.role, district), starts_on=SINCE, actor=None)


def _place(role: Role, district: District) -> City | District | Unit:
    if role in CITY_ROLES:
        return district.city
    if role in UNIT_ROLES:
        unit: Unit = district.units.get(name=CIVIL.name)
        return unit
    return district


def _write_first(district: District, year: int) -> Plan:
    """Write the plan all others are copied from, by the services that write any plan."""
    actor, evaluator = author(), User.objects.get(username=EVALUATOR)
    plan = create_plan(_document(district, year), district=district, actor=actor)
    for step in way_of(district, year):
        who = evaluator if step.role == Role.EVALUATOR else actor
        take_step(plan.pk, BY_NAME[step.name], actor=who, role=step.role, at=step.at, letter=step.letter)
    lay_out_plan(plan.pk, actor=actor, at=step.at)
    return plan


def _document(district: District, year: int) -> PlanDocument:
    source = files("districtplans.demo").joinpath("content", "scale.txt").read_text(encoding="utf-8")
    document = read_plan(
        source.replace("{agency}", district.agency_name),
        year=year,
        agency=district.agency_name,
        city=district.city.name,
        district=district.name,
        series=SERIES,
    )
    return replace(document, chapters=tuple(enriched(one, {}) for one in document.chapters)).numbered()
