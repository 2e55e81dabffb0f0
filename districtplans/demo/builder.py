"""What `seed_demo` does: adds what is missing of the demonstration, by the services, and changes nothing.

Rows that are there stay as they are, however a person has edited them since: each is looked for by what
names it (a unit by its names, a plan by district, series and year, a person by the sign-in name).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.resources import files

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import serializers
from django.db import transaction
from django.db.models import Model

from accounts.models import City, District, Unit, User
from accounts.services import appoint, create_person, create_unit
from core.text import fold
from districtplans.demo.desk import add_desk
from districtplans.demo.guard import PREFIX
from districtplans.demo.notation import read_plan
from districtplans.demo.people import PASSWORD, PEOPLE, DemoPerson
from districtplans.demo.places import DISTRICTS, DemoDistrict, DemoPlan
from districtplans.demo.years import add_years
from indicators.extraction import read_targets
from plans.document import Node, PlanDocument, Target
from plans.enums import Kind
from plans.models import SERIES, Criterion, Framework, Plan, WritingRound
from plans.readings import target_of
from plans.services.plans import create_plan
from progress.models import Period

FIXTURES = ("cities", "districts", "frameworks", "deadline_rules", "holidays_2025", "holidays_2026")
SINCE = dt.date(2024, 1, 1)


@dataclass
class Added:
    """How many rows of each sort were added, by what they are called in the summary."""

    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


@transaction.atomic
def seed() -> Added:
    """Add what is missing, all of it or nothing. People only where DEBUG is on."""
    added = Added()
    _add_reference_data(added)
    places = {
        demo.slug: District.objects.select_related("city").get(city__name=demo.city, name=demo.name)
        for demo in DISTRICTS
    }
    for demo in DISTRICTS:
        _add_units(places[demo.slug], demo, added)
    if settings.DEBUG:
        _add_people(places, added)
    for demo in DISTRICTS:
        for plan in demo.plans:
            _add_plan(places[demo.slug], demo, plan, added)
    if settings.DEBUG and add_desk():
        added.count(str(WritingRound._meta.verbose_name_plural))  # noqa: SLF001 -- Django's documented name of a model
    if settings.DEBUG and (years := add_years()):
        added.counts[str(Period._meta.verbose_name_plural)] = years * 4  # noqa: SLF001 -- as above
    return added


def _add_reference_data(added: Added) -> None:
    """Load what is missing of the fixtures. Cities and districts that are there are left alone, and so
    are the criteria of a framework that is there, for somebody may have taken one out of it.
    """
    known = set(Framework.objects.values_list("city__name", "name"))
    for name in FIXTURES:
        text = (settings.BASE_DIR / "fixtures" / f"{name}.json").read_text(encoding="utf-8")
        for row in serializers.deserialize("json", text):
            # A row found by its natural key carries the primary key of the one in the database.
            of_known = isinstance(row.object, Criterion) and row.object.framework.natural_key() in known
            if row.object.pk is None and not of_known:
                row.save()
                added.count(_sort_of(row.object))


def _sort_of(row: Model) -> str:
    return str(row._meta.verbose_name_plural)  # noqa: SLF001 -- Django's documented name of a model


def _add_units(district: District, demo: DemoDistrict, added: Added) -> None:
    known = {fold(name) for unit in district.units.all() for name in unit.names}
    for order, unit in enumerate(demo.units, start=1):
        if fold(unit.name) in known:
            continue
        row = create_unit(
            actor=None,
            values={
                "district": district,
                "name": unit.name,
                "short_names": unit.short_names,
                "order": order,
                "is_secretariat": unit.is_secretariat,
            },
        )
        added.count(_sort_of(row))


def _add_people(places: dict[str, District], added: Added) -> None:
    """Enter the people who are missing, with their appointments; those who are there keep their own."""
    password = make_password(PASSWORD)  # once for all: hashing is slow on purpose
    known = set(User.objects.filter(username__startswith=PREFIX).values_list("username", flat=True))
    for person in PEOPLE:
        if person.username in known:
            continue
        user = create_person(
            actor=None,
            values={
                "username": person.username,
                "full_name": person.full_name,
                "job_title": person.job_title,
                "password": password,
            },
        )
        appoint(user, person.role, _place(person, places), starts_on=SINCE, actor=None)
        added.count(_sort_of(user))


def _place(person: DemoPerson, places: dict[str, District]) -> City | District | Unit:
    if isinstance(person.place, tuple):
        slug, name = person.place
        units: dict[str, Unit] = {fold(n): unit for unit in places[slug].units.all() for n in unit.names}
        return units[fold(name)]
    if person.place in places:
        return places[person.place]
    return City.objects.get(name=person.place)


def _add_plan(district: District, demo: DemoDistrict, plan: DemoPlan, added: Added) -> None:
    if Plan.objects.filter(district=district, series=SERIES, year=plan.year).exists():
        return
    framework = None
    if plan.framework:
        framework = Framework.objects.filter(city=district.city, name=plan.framework).first()
    row = create_plan(
        demo_document(demo, plan, framework),
        district=district,
        actor=_author(demo),
        framework=framework,
    )
    added.count(_sort_of(row))


def _author(demo: DemoDistrict) -> User:
    """Return whom the history names: the district's secretary, or without people one who never signs in."""
    secretary = User.objects.filter(username=f"{PREFIX}{demo.slug}-secretary").first()
    return author() if secretary is None else secretary


def author() -> User:
    """Return one who never signs in, in whose name is written what nobody wrote."""
    row = User.objects.filter(username=f"{PREFIX}author").first()
    return row or create_person(
        actor=None, values={"username": f"{PREFIX}author", "full_name": "示範資料", "is_active": False}
    )


def demo_document(demo: DemoDistrict, plan: DemoPlan, framework: Framework | None = None) -> PlanDocument:
    """Return the plan as its content file has it, with targets read and criteria found by their titles."""
    source = files("districtplans.demo").joinpath("content", f"{demo.slug}.txt").read_text(encoding="utf-8")
    document = read_plan(
        source,
        year=plan.year,
        agency=f"{demo.city}{demo.name}公所",
        city=demo.city,
        district=demo.name,
        series=SERIES,
    )
    codes: dict[str, str] = {}
    if framework is not None:
        codes = {fold(title): code for title, code in framework.criteria.values_list("title", "code")}
    chapters = tuple(enriched(chapter, codes) for chapter in document.chapters)
    return replace(document, chapters=chapters).numbered()


def enriched(node: Node, codes: dict[str, str]) -> Node:
    """Return a line and all below it with targets read, and criteria by their folded titles."""
    return replace(
        node,
        criterion=codes.get(fold(node.title), ""),
        targets=tuple(_promised(node.text)) if node.kind == Kind.TARGET else (),
        children=tuple(enriched(child, codes) for child in node.children),
    )


def _promised(text: str) -> Iterator[Target]:
    """Yield what a target's sentence promises in numbers, or as done with evidence."""
    for reading in read_targets(text, kind=Kind.TARGET):
        if reading.origin == "target":
            yield target_of(reading)
