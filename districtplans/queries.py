"""What the first page shows: the places a person works at, and the plans of the year there."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Q, Window

from accounts.enums import AUDIT_ROLES, CITY_ROLES, SECRETARIAT_ROLES, UNIT_ROLES
from accounts.models import Appointment, City, District, Notice, Unit, User
from accounts.permissions import get_notices_to_read
from core.due import Due
from dashboard.queries.owed import (
    CityFindings,
    DistrictFiling,
    FollowedFindings,
    OwedFiling,
    ToCheck,
    filings_of_districts,
    findings_of_cities,
    findings_of_district,
    owed_of,
    periods_to_check,
)
from plans.enums import EDITABLE, PartState
from plans.models import Plan, Responsibility
from plans.queries.rounds import OpenRound, open_rounds
from plans.sight_permissions import get_plans_to_list

NOTICES = 5
# Of a notice, what the page shows.
NOTICED = ("words", "parameters", "sent_at", "read_at", "sender__full_name", "sender__username")
# Of a plan, what the page shows or asks of it.
LISTED = ("district", "year", "series", "title", "status", "in_force", "updated_at")


@dataclass(frozen=True)
class OwnLine:
    """A line of a plan: its identity, which is its anchor on the plan's page, and its words."""

    uid: str
    words: str


@dataclass(frozen=True)
class OwedPart(Due):
    """What a unit owes in an open round: until when, and where it stands."""

    plan: Plan
    state: str

    @property
    def get_state_display(self) -> str:
        return str(PartState(self.state).label)


@dataclass
class OwnUnit:
    """A unit the person works in, and the lines of each plan it answers for by name."""

    unit: Unit
    lines: list[tuple[Plan, list[OwnLine]]] = field(default_factory=list)
    parts: list[OwedPart] = field(default_factory=list)
    filings: list[OwedFiling] = field(default_factory=list)  # reports to file, the most urgent first
    findings: list[FollowedFindings] = field(default_factory=list)

    @property
    def sheets(self) -> list[tuple[Plan, list[OwnLine], bool]]:
        """The lines of each plan, and whether the unit's people may write them now."""
        released = {part.plan.pk for part in self.parts if part.state == PartState.RELEASED}
        return [
            (plan, lines, plan.status in EDITABLE and plan.pk not in released) for plan, lines in self.lines
        ]


@dataclass
class OwnDistrict:
    district: District
    plans: list[Plan] = field(default_factory=list)
    units: list[OwnUnit] = field(default_factory=list)
    rounds: dict[int, OpenRound] = field(default_factory=dict)  # by the plan's key
    may_write: bool = False
    is_whole: bool = False  # whether a role is held in the district as such
    filings: list[DistrictFiling] = field(default_factory=list)
    own_filings: list[OwedFiling] = field(default_factory=list)  # of the secretariat's unit
    to_check: list[ToCheck] = field(default_factory=list)  # what waits for the secretariat
    findings: list[FollowedFindings] = field(
        default_factory=list
    )  # at all units, for those of the whole district

    @property
    def plans_with_rounds(self) -> list[tuple[Plan, OpenRound | None, bool]]:
        """The plans, each with its open round, and whether the person may open one."""
        return [
            (plan, self.rounds.get(plan.pk), self.may_write and plan.status in EDITABLE)
            for plan in self.plans
        ]


@dataclass
class OwnCity:
    city: City
    year: int
    rows: list[tuple[District, Plan | None]] = field(default_factory=list)
    may_audit: bool = False
    filed_ahead: int = 0  # districts whose plan of the year after is filed already
    findings: CityFindings | None = None  # of its own checks, where anything is followed

    @property
    def next_year(self) -> int:
        return self.year + 1

    @property
    def filed(self) -> int:
        return sum(plan is not None for _district, plan in self.rows)


@dataclass
class Home:
    appointments: list[Appointment]
    districts: list[OwnDistrict]
    cities: list[OwnCity]
    notices: list[Notice] = field(default_factory=list)  # the newest of those not read
    unread: int = 0


def home(user: User, *, on: dt.date) -> Home:
    """Return the first page's content in at most eight queries; districts show the latest five plans."""
    held = _appointments(user, on)
    districts: dict[int, OwnDistrict] = {}
    for appointment in held:
        district = appointment.unit.district if appointment.unit else appointment.district
        if district is None:
            continue
        own = districts.setdefault(district.pk, OwnDistrict(district))
        own.may_write = own.may_write or appointment.role in SECRETARIAT_ROLES
        own.is_whole = own.is_whole or appointment.district is not None
        if appointment.unit and appointment.role in UNIT_ROLES:
            own.units.append(OwnUnit(appointment.unit))
    # Of all the districts of a city those of this year are told, and how many of the next are filed.
    is_shown = Q(year__in=(on.year, on.year + 1)) | Q(district__in=districts, year__gte=on.year - 2)
    listed = get_plans_to_list(user, on=on).filter(is_shown).order_by("-year", "pk")
    plans = list(listed.only(*LISTED))
    for own in districts.values():
        own.plans = [plan for plan in plans if plan.district_id == own.district.pk][:5]
        for plan in own.plans:
            plan.district = own.district  # what a state is called is the city's to say
    _add_lines(districts)
    _add_rounds(districts, on)
    _add_filings(districts, plans, on)
    # The count comes along with each row, which spares a query of its own.
    unread = get_notices_to_read(user).unread().select_related("sender").only(*NOTICED)
    notices = list(unread.annotate(total=Window(Count("*")))[:NOTICES])
    count: int = notices[0].total if notices else 0  # type: ignore[attr-defined]  # annotated above
    cities = _cities(held, plans, on)
    if not districts:  # who is of a district too finds these on the city's dashboard
        _add_city_findings(cities, on)
    return Home(held, list(districts.values()), cities, notices, count)


def _appointments(user: User, on: dt.date) -> list[Appointment]:
    """Return what the person holds that day, with its places; these few alone are joined."""
    posts = user.posts(on).held
    places = [
        place
        for place, is_held in (
            ("city", any(post.city for post in posts)),
            ("district__city", any(post.district for post in posts)),
            ("unit__district__city", any(post.unit for post in posts)),
        )
        if is_held
    ]
    if not places:
        return []
    return list(Appointment.objects.in_force(on).filter(user=user).select_related(*places).order_by("pk"))


def _add_lines(districts: dict[int, OwnDistrict]) -> None:
    units = {unit.unit.pk: (own, unit) for own in districts.values() for unit in own.units}
    if not units:
        return
    rows = (
        Responsibility.objects.filter(
            unit__in=units,
            item__removed_at__isnull=True,
            item__plan__in=[plan.pk for own in districts.values() for plan in own.plans],
        )
        .order_by("item__plan_id", "item_id")
        .values_list("unit_id", "item__plan_id", "item__uid", "item__title", "item__text")
    )
    by_unit: dict[int, dict[int, list[OwnLine]]] = defaultdict(lambda: defaultdict(list))
    for unit_id, plan_id, uid, title, text in rows:
        by_unit[unit_id][plan_id].append(OwnLine(str(uid), title or text))
    for pk, (own, unit) in units.items():
        unit.lines = [(plan, by_unit[pk][plan.pk]) for plan in own.plans if plan.pk in by_unit[pk]]


def _add_rounds(districts: dict[int, OwnDistrict], on: dt.date) -> None:
    """Add the open rounds, and what each unit owes in them, also where it was named after the opening."""
    rounds = open_rounds([plan for own in districts.values() for plan in own.plans])
    for own in districts.values():
        own.rounds = {plan.pk: rounds[plan.pk] for plan in own.plans if plan.pk in rounds}
        for unit in own.units:
            unit.parts = [
                OwedPart(plan, rounds[plan.pk].state_of(unit.unit), due_on=rounds[plan.pk].due_on, on=on)
                for plan, _lines in unit.lines
                if plan.pk in rounds
            ]


def _add_filings(districts: dict[int, OwnDistrict], plans: list[Plan], on: dt.date) -> None:
    """Add what is to be filed of plans in force, and to whole districts how far their units are."""
    in_force = {
        plan.pk: plan.title
        for plan in plans
        if plan.in_force_id and plan.district_id in districts and plan.year >= on.year - 1
    }
    years = {plan.pk: plan.year for plan in plans}
    units = {unit.unit.pk for own in districts.values() for unit in own.units}
    whole = [plan.pk for plan in plans if plan.pk in in_force and districts[plan.district_id].is_whole]
    found, findings = owed_of(units, whole, plans=in_force, on=on)
    missing = [filing for filing in found if filing.unfiled]
    for pk, own in districts.items():
        for unit in own.units:
            unit.filings = [filing for filing in missing if filing.unit == unit.unit.pk]
            unit.findings = [one for one in findings if one.unit == unit.unit.pk]
        if own.is_whole:
            # Of a year that is over only what is missing is told.
            told = filings_of_districts(found, pk)
            own.filings = [one for one in told if one.released < one.owed or years[one.plan] == on.year]
            own.findings = findings_of_district(findings, pk)
        if own.may_write:
            own.to_check = periods_to_check(found, pk)
            own.own_filings = [one for one in missing if one.district == pk and one.is_secretariat]


def _cities(held: list[Appointment], plans: list[Plan], on: dt.date) -> list[OwnCity]:
    cities = {
        appointment.city.pk: OwnCity(appointment.city, on.year)
        for appointment in held
        if appointment.city and appointment.role in CITY_ROLES
    }
    for appointment in held:
        if appointment.city and appointment.role in AUDIT_ROLES:
            cities[appointment.city.pk].may_audit = True
    if cities:
        of_year = {plan.district_id: plan for plan in plans if plan.year == on.year}
        ahead = {plan.district_id for plan in plans if plan.year == on.year + 1}
        for district in District.objects.filter(city__in=cities):
            own, filed = cities[district.city_id], of_year.get(district.pk)
            district.city = own.city
            if filed is not None:
                filed.district = district
            own.rows.append((district, filed))
            own.filed_ahead += district.pk in ahead
    return list(cities.values())


def _add_city_findings(cities: list[OwnCity], on: dt.date) -> None:
    found = findings_of_cities([own.city.pk for own in cities], on=on)
    for own in cities:
        own.findings = found.get(own.city.pk)
