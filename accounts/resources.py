"""Sheets of places, people and appointments. Places are named as people write them: 市, 區, 課室."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import services
from accounts.enums import CITY_ROLES, DISTRICT_ROLES, UNIT_ROLES, Decision, Role
from accounts.models import Appointment, City, District, Unit, User
from accounts.recording import places_of
from core.audit import Place
from core.sheets import ChoiceColumn, CodeColumn, Column, DayColumn, FlagColumn, SheetResource, WholeColumn
from core.text import fold

CITY_HEADS = ("縣市", "直轄市", "市")
DISTRICT_HEADS = ("行政區", "區", "區公所")
UNIT_HEADS = ("課室", "單位")
PERSON_HEADS = ("帳號", "使用者")


class Places:
    """Cities, districts and units by what a sheet may call them, in three queries."""

    def __init__(self) -> None:
        self.cities: dict[str, City] = {}
        self.districts: dict[tuple[int, str], District] = {}
        self.units: dict[tuple[int, str], Unit] = {}
        self._districts_named: dict[str, list[District]] = defaultdict(list)
        for city in City.objects.all():
            self.add_city(city)
        for district in District.objects.select_related("city"):
            self.add_district(district)
        for unit in Unit.objects.select_related("district__city", "successor"):
            self.add_unit(unit)

    def add_city(self, city: City) -> None:
        self.cities[fold(city.name)] = self.cities[city.code] = city

    def add_district(self, district: District) -> None:
        names = {district.name, district.city.name + district.name, district.agency_name, district.code}
        for name in map(fold, names):
            self.districts[district.city_id, name] = district
            self._districts_named[name].append(district)

    def add_unit(self, unit: Unit) -> None:
        self.units[unit.district_id, fold(unit.name)] = unit

    def city(self, sheet: SheetResource, name: str) -> City | None:
        city = self.cities.get(fold(name))
        if city is None:
            words = _("There is no city “%(name)s”. Check the spelling, or add it under Cities first.")
            sheet.problem("city", words % {"name": name})
        return city

    def district(self, sheet: SheetResource, city_name: str, name: str) -> District | None:
        """Return the district; its own name needs the city, its agency's name or its code does not."""
        found = self._districts_named.get(fold(name), [])
        if city_name:
            city = self.city(sheet, city_name)
            if city is None:
                return None
            found = [district for district in found if district.city_id == city.pk]
        if len(found) == 1:
            return found[0]
        if found:
            words = _("Several cities have a district “%(name)s”. Fill in the city beside it.")
        elif city_name:
            words = _(
                "%(city)s has no district “%(name)s”. Check the spelling, or add it under Districts first."
            )
        else:
            words = _("There is no district “%(name)s”. Check the spelling, or add it under Districts first.")
        sheet.problem("district", words % {"name": name, "city": city_name})
        return None

    def unit(self, sheet: SheetResource, district: District, name: str, column: str = "unit") -> Unit | None:
        unit = self.units.get((district.pk, fold(name)))
        if unit is None:
            words = _(
                "%(district)s has no unit “%(name)s”. Check the spelling, or add it first, by a row above."
            )
            sheet.problem(column, words % {"district": district.agency_name, "name": name})
        return unit


class PlacedResource(SheetResource):
    """Of rows that are told to the audit log of their own place."""

    def places_of(self, row: Any) -> list[Place]:
        return places_of(row)


class CityResource(PlacedResource):
    name = Column("name", also=CITY_HEADS, is_key=True)
    code = CodeColumn("code")
    decision = ChoiceColumn("decision", Decision)

    class Meta:
        model = City
        fields = ("name", "code", "decision")

    def prepare(self) -> None:
        self.places = Places()

    def find(self) -> City | None:
        return self.places.cities.get(fold(self.values["name"]))

    def create(self) -> City:
        return services.create_city(actor=self.actor, values=self.values)

    def update(self, row: Any) -> None:
        services.update_city(row.pk, actor=self.actor, values=self.values)


class DistrictResource(PlacedResource):
    city = Column("city__name", label=gettext_lazy("city"), also=CITY_HEADS, is_key=True)
    name = Column("name", also=DISTRICT_HEADS, is_key=True)
    code = CodeColumn("code")
    agency_name = Column("agency_name", also=("機關名稱", "機關"), blank_keeps=True)
    population = WholeColumn("population", also=("人口數", "人口"))
    population_on = DayColumn("population_on", also=("人口數日期", "人口基準日"))
    evaluation_group = Column("evaluation_group", also=("組別", "評核組別"))
    related = ("city",)

    class Meta:
        model = District
        fields = ("city", "name", "code", "agency_name", "population", "population_on", "evaluation_group")

    def prepare(self) -> None:
        self.places = Places()

    def resolve(self) -> None:
        if "city" in self.values:
            self.values["city"] = self.places.city(self, self.values["city"])

    def find(self) -> District | None:
        return self.places.districts.get((self.values["city"].pk, fold(self.values["name"])))

    def create(self) -> District:
        city, name = self.values["city"], self.values["name"]
        values = {"agency_name": f"{city.name}{name}公所", **self.values}
        return services.create_district(actor=self.actor, values=values)

    def update(self, row: Any) -> None:
        services.update_district(row.pk, actor=self.actor, values=self.values)


class UnitResource(PlacedResource):
    city = Column("district__city__name", label=gettext_lazy("city"), also=CITY_HEADS, is_key=True)
    district = Column("district__name", label=gettext_lazy("district"), also=DISTRICT_HEADS, is_key=True)
    name = Column("name", also=UNIT_HEADS, is_key=True)
    short_names = Column("short_names", also=("簡稱",))
    order = WholeColumn("order", also=("順序", "排序"), blank_keeps=True)
    is_secretariat = FlagColumn("is_secretariat", also=("秘書室", "是否為秘書室"))
    starts_on = DayColumn("starts_on", also=("成立日", "起日"))
    ends_on = DayColumn("ends_on", also=("裁撤日", "迄日"))
    successor = Column("successor__name", label=gettext_lazy("successor"), also=("承接課室", "承接單位"))
    related = ("district__city", "successor")

    class Meta:
        model = Unit
        fields = (
            "city",
            "district",
            "name",
            "short_names",
            "order",
            "is_secretariat",
            "starts_on",
            "ends_on",
            "successor",
        )

    def prepare(self) -> None:
        self.places = Places()

    def resolve(self) -> None:
        values = self.values
        city, name = values.pop("city", ""), values.pop("district", "")
        district = self.places.district(self, city, name) if city and name else None
        if district is None:
            return
        values["district"] = district
        if successor := values.pop("successor", None):
            values["successor"] = self.places.unit(self, district, successor, "successor")
        elif successor == "":
            values["successor"] = None

    def find(self) -> Unit | None:
        return self.places.units.get((self.values["district"].pk, fold(self.values["name"])))

    def create(self) -> Unit:
        unit = services.create_unit(actor=self.actor, values=self.values)
        self.places.add_unit(unit)
        return unit

    def update(self, row: Any) -> None:
        services.update_unit(row.pk, actor=self.actor, values=self.values)


class PersonResource(PlacedResource):
    """People without their passwords, and without the flags that open the admin."""

    username = Column("username", also=PERSON_HEADS, is_key=True)
    full_name = Column("full_name", also=("姓名",))
    job_title = Column("job_title", also=("職稱",))
    email = Column("email", also=("電子郵件", "電子信箱"))
    is_active = FlagColumn("is_active", also=("啟用",))

    class Meta:
        model = User
        fields = ("username", "full_name", "job_title", "email", "is_active")

    def prepare(self) -> None:
        self.people = User.objects.in_bulk(field_name="username")

    def key_of(self, instance: User) -> str:
        return instance.username

    def find(self) -> User | None:
        person = self.people.get(self.values["username"])
        # Whoever can write a superuser's e-mail address can ask for a new password in their place.
        if person and person.is_superuser and not (self.actor and self.actor.is_superuser):
            self.problem("username", _("Only a superuser may change this person. Remove the row."))
        return person

    def create(self) -> User:
        return services.create_person(actor=self.actor, values=self.values)

    def update(self, row: Any) -> None:
        services.update_person(row.pk, actor=self.actor, values=self.values)


def city_name(appointment: Appointment) -> str | None:
    district = district_of(appointment)
    city = district.city if district else appointment.city
    return city.name if city else None


def district_name(appointment: Appointment) -> str | None:
    district = district_of(appointment)
    return district.name if district else None


def district_of(appointment: Appointment) -> District | None:
    return appointment.unit.district if appointment.unit else appointment.district


class AppointmentResource(PlacedResource):
    user = Column("user__username", label=gettext_lazy("person"), also=PERSON_HEADS, is_key=True)
    role = ChoiceColumn("role", Role, also=("角色", "職務"), is_key=True, blank_keeps=False)
    city = Column("city", get=city_name, also=CITY_HEADS)
    district = Column("district", get=district_name, also=DISTRICT_HEADS)
    unit = Column("unit__name", label=gettext_lazy("unit"), also=UNIT_HEADS)
    starts_on = DayColumn("starts_on", also=("from", "自", "到職日"), is_key=True)
    ends_on = DayColumn("ends_on", also=("迄日", "離職日"))
    acting_for = Column("acting_for__username", label=gettext_lazy("acting for"), also=("代理",))
    related = ("user", "city", "district__city", "unit__district__city", "acting_for")

    class Meta:
        model = Appointment
        fields = ("user", "role", "city", "district", "unit", "starts_on", "ends_on", "acting_for")

    def prepare(self) -> None:
        self.places = Places()
        self.people = User.objects.in_bulk(field_name="username")
        self.held = {self.key_of(held): held for held in Appointment.objects.select_related(*self.related)}

    def key_of(self, instance: Appointment) -> tuple[Any, ...]:
        return (
            instance.user_id,
            instance.role,
            instance.city_id,
            instance.district_id,
            instance.unit_id,
            instance.starts_on,
        )

    def resolve(self) -> None:
        for name in ("user", "acting_for"):
            if username := self.values.get(name):
                self.values[name] = self._person(name, username)
            elif name in self.values:
                self.values[name] = None
        places = {name: self.values.pop(name, "") for name in ("city", "district", "unit")}
        if role := self.values.get("role"):
            self._resolve_place(role, places)

    def _person(self, column: str, username: str) -> User | None:
        person = self.people.get(username)
        if person is None:
            words = _("There is nobody with the user name “%(name)s”. Check it, or add the person first.")
            self.problem(column, words % {"name": username})
        return person

    def _resolve_place(self, role: str, places: dict[str, str]) -> None:
        """Find the one place the role is held at, and refuse a cell that names a smaller one."""
        needed = (
            ["city"]
            if role in CITY_ROLES
            else ["district"]
            if role in DISTRICT_ROLES
            else ["district", "unit"]
        )
        for name in needed:
            if not places[name]:
                self.problem(name, _("This role needs this cell. Fill it in."))
        for name in ("district", "unit"):
            if places[name] and name not in needed:
                self.problem(name, _("This role is not held at one of these. Leave this cell empty."))
        if self.problems:
            return
        if role in CITY_ROLES:
            self.values["city"] = self.places.city(self, places["city"])
            return
        district = self.places.district(self, places["city"], places["district"])
        if role in UNIT_ROLES and district:
            self.values["unit"] = self.places.unit(self, district, places["unit"])
        elif district:
            self.values["district"] = district

    def find(self) -> Appointment | None:
        return self.held.get(self.key_of(Appointment(**self.values)))

    def create(self) -> Appointment:
        values = self.values
        place = values.get("unit") or values.get("district") or values["city"]
        return services.appoint(
            values["user"],
            values["role"],
            place,
            starts_on=values["starts_on"],
            ends_on=values.get("ends_on"),
            acting_for=values.get("acting_for"),
            actor=self.actor,
        )

    def update(self, row: Any) -> None:
        services.update_appointment(row.pk, actor=self.actor, values=self.values)
