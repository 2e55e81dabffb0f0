from __future__ import annotations

import unicodedata
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from districtplans.demo.builder import seed
from districtplans.demo.people import PASSWORD, PEOPLE, DemoPerson
from districtplans.demo.places import DISTRICTS
from districtplans.demo.scale import PEOPLE as SCALE_PEOPLE
from districtplans.demo.scale import add_scale, is_in_earnest
from plans.models import Plan

MOST_DISTRICTS = 999


class Command(BaseCommand):
    help = "Add what is missing of the demonstration: plans of five districts, and people to sign in as."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--scale",
            type=int,
            metavar="N",
            help="add a city of N districts with three years of followed plans each, to see pages at size",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        scale: int | None = options["scale"]
        if scale is not None:
            _refuse_in_earnest(scale)
        added = seed()
        if scale and (plans := add_scale(scale)):
            name = str(Plan._meta.verbose_name_plural)  # noqa: SLF001 -- Django's documented name of a model
            added.counts[name] = added.counts.get(name, 0) + plans
        for what, count in added.counts.items():
            self.stdout.write(f"{what}: +{count}")
        if not added.counts:
            self.stdout.write(_("Everything is there already; nothing was changed."))
        if not settings.DEBUG:
            self.stdout.write(_("Nobody to sign in as was added, for DEBUG is off."))
            return
        self.stdout.write("")
        people = (*PEOPLE, *SCALE_PEOPLE) if scale else PEOPLE
        for row in _table([(p.username, p.full_name, str(p.role.label), _place_name(p)) for p in people]):
            self.stdout.write(row)
        self.stdout.write(_("Password of all of them: %(password)s") % {"password": PASSWORD})


def _refuse_in_earnest(scale: int) -> None:
    """Raise CommandError where invented districts by the hundred would stand among real ones."""
    if not 1 <= scale <= MOST_DISTRICTS:
        raise CommandError(_("Give a number of districts from 1 to %(most)d.") % {"most": MOST_DISTRICTS})
    if not settings.DEBUG:
        raise CommandError(_("A city this size is made for trying things out only, while DEBUG is on."))
    if is_in_earnest():
        raise CommandError(_("People work on this site who are not of the demonstration; nothing was added."))


def _place_name(person: DemoPerson) -> str:
    names = {demo.slug: f"{demo.city}{demo.name}" for demo in DISTRICTS}
    if isinstance(person.place, tuple):
        slug, unit = person.place
        return f"{names[slug]} {unit}"
    return names.get(person.place, person.place)


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    """Return the columns a terminal gives the text: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
