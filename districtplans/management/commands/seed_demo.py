from __future__ import annotations

import unicodedata
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from districtplans.demo.builder import seed
from districtplans.demo.people import PASSWORD, PEOPLE, DemoPerson
from districtplans.demo.places import DISTRICTS


class Command(BaseCommand):
    help = "Add what is missing of the demonstration: plans of five districts, and people to sign in as."

    def handle(self, *args: Any, **options: Any) -> None:
        added = seed()
        for what, count in added.counts.items():
            self.stdout.write(f"{what}: +{count}")
        if not added.counts:
            self.stdout.write(_("Everything is there already; nothing was changed."))
        if not settings.DEBUG:
            self.stdout.write(_("Nobody to sign in as was added, for DEBUG is off."))
            return
        self.stdout.write("")
        for row in _table([(p.username, p.full_name, str(p.role.label), _place_name(p)) for p in PEOPLE]):
            self.stdout.write(row)
        self.stdout.write(_("Password of all of them: %(password)s") % {"password": PASSWORD})


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
